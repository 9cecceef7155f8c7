"""The page Corpora: what there is to learn from, where it comes from and on what terms, and what it is like."""

from __future__ import annotations

import re
from collections.abc import Container
from pathlib import Path

import streamlit as st

from .. import catalogue
from ..config import PrepareConfig
from ..corpus import is_prepared
from ..corpus.manifest import Manifest, find_manifest
from ..errors import CorpusError
from ..places import PREPARED
from . import page_train
from .corpora_view import show_error, show_progress, show_statistics, show_understood
from .escaping import escaped
from .languages import _, in_words, labelled
from .phrasebook import joined
from .tables import file_size, show_table
from .training_bench import Bench
from .training_form import bench

__all__ = ["page"]

CORPUS = "corpus"  # in the address
EVERY_SECONDS = 0.5
PLACE = "\0"  # where an address comes in a sentence
ADDRESS = re.compile(r"https://[\w.-]+(/[\w.~%+-]*)*", re.ASCII)


def page() -> None:
    """Show the page."""
    st.title(_("Corpora"))
    st.write(_("The texts and the music that can be learnt from: known by name, or prepared here from files."))
    known = {entry.name: entry for entry in catalogue.corpora(PREPARED)}
    own = prepared_here(known)
    names = [*known, *own]
    if not names:
        return
    show_table(
        [_row(entry) for entry in known.values()] + [_own_row(name) for name in own],
        told=_("The corpora, with what was prepared of them, their sizes and licences."),
        wide={_("What it is"): 24, _("Licence"): 20},
    )
    asked = st.query_params.get(CORPUS)
    name = st.selectbox(
        _("Corpus"),
        names,
        index=names.index(asked) if asked in names else 0,
        format_func=lambda each: (
            labelled(each, in_words(known[each].title)) if each in known and known[each].title else each
        ),
        key="corpora_choice",
    )
    st.query_params[CORPUS] = name
    desk = bench("corpora")
    st.header(escaped(name), divider="gray")
    entry = known.get(name)
    if entry is not None and entry.problem:
        show_error(entry.problem, _("Its description lies in the folder corpora."))
        return
    _terms(name)
    _corpus(desk, name, fetchable=entry is not None)


def prepared_here(known: Container[str]) -> list[str]:
    """Prepared corpora in the folder ``data`` that no description names."""
    if not PREPARED.is_dir():
        return []
    return sorted(
        path.name
        for path in PREPARED.iterdir()
        if path.name not in known and not path.name.startswith(".") and is_prepared(path)
    )


def _row(entry: catalogue.CorpusEntry) -> dict[str, object]:
    return {
        _("Name"): entry.name,
        _("What it is"): in_words(entry.title or entry.problem),
        _("Prepared"): _("yes") if entry.prepared is not None else _("not yet"),
        _("Size"): file_size(entry.size) if entry.size else "–",
        _("Licence"): in_words(entry.licence),
    }


def _own_row(name: str) -> dict[str, object]:
    return {
        _("Name"): name,
        _("What it is"): _("prepared here"),
        _("Prepared"): _("yes"),
        _("Size"): "–",
        _("Licence"): "",
    }


def _terms(name: str) -> None:
    """What a description says of a corpus."""
    try:
        manifest = find_manifest(name)
    except CorpusError as error:
        show_error(error.message, error.hint or "")
        return
    if manifest is None:
        return
    if manifest.description:
        st.write(escaped(in_words(manifest.description)))
    licence = _("Licence: {licence}.").format(licence=in_words(manifest.licence))
    # an address is a link of its own: what is escaped holds signs that nobody sees, and cannot be copied as it is
    told = escaped(joined(licence, _origin(manifest)))
    st.caption(told.replace(escaped(PLACE), link_to(manifest.address)))


def link_to(address: str) -> str:
    """An address as a link, where it is nothing but one."""
    return f"[{escaped(address)}]({address})" if ADDRESS.fullmatch(address) else escaped(address)


def _origin(manifest: Manifest) -> str:
    if manifest.files:
        size = file_size(manifest.download_bytes)
        if len(manifest.files) == 1:
            return _("One file of {size} is fetched from {address}, and checked by its digest.").format(
                size=size, address=PLACE
            )
        return _("{count} files of {size} in all are fetched from {address}, and checked by their digests.").format(
            count=f"{len(manifest.files):,}", size=size, address=PLACE
        )
    if manifest.package:
        return _("Nothing is downloaded: it is part of the package {package}.").format(package=manifest.package)
    return _("Nothing is downloaded: it comes with this program or with Python.")


def _corpus(desk: Bench, name: str, *, fetchable: bool) -> None:
    folder = PREPARED / name
    mine = desk.asked in (name, folder)
    now = desk.look() if mine else None
    if mine and desk.problem is not None:
        show_error(desk.problem.message, desk.problem.hint or "")
    elif now is not None and now.state == "running":
        st.fragment(_poll, run_every=EVERY_SECONDS)(desk, is_prepared(folder))
        if st.button(_("Cancel"), key="corpora_cancel"):
            desk.clear()
            st.rerun()
    elif now is not None and now.state != "done":
        show_error(now.message or _("The reading was interrupted."), now.hint)
        if now.lines:
            with st.expander(_("What was said")):
                st.code("\n".join(now.lines), language=None)
    if not is_prepared(folder):
        if now is None or now.state != "running":
            if st.button(_("Fetch and prepare"), type="primary", key="corpora_fetch"):
                desk.fetch(name, PrepareConfig())
                st.rerun()
            st.caption(_("It is put into the folder data, ready to be trained on."))
        return
    if st.button(_("Train on it"), icon=":material/model_training:", type="primary", key="corpora_train"):
        _train_on(name)
    corpus = show_understood(folder, key="corpora")
    if corpus is None:
        return
    if not show_statistics(corpus, key="corpora") and (now is None or now.state != "running"):
        if st.button(_("Count characters and lengths"), key="corpora_measure"):
            desk.measure(folder)
            st.rerun()
        st.caption(_("It was prepared by the command: its statistics have not been worked out yet."))
    if fetchable and (now is None or now.state != "running"):
        with st.popover(_("Prepare again")):
            st.markdown(_("The prepared form is made anew from the source, and replaced at the end."))
            if st.button(_("Prepare again"), key="corpora_again"):
                desk.fetch(name, PrepareConfig())
                st.rerun()


def _train_on(name: str) -> None:
    """Go to the page Train with this corpus chosen."""
    page_train.choose_corpus(name)
    said = {"lang": st.query_params["lang"]} if "lang" in st.query_params else {}
    st.switch_page(st.Page(page_train.page, url_path="train"), query_params=said)


def _poll(desk: Bench, readable: bool) -> None:
    now = desk.look()
    folder = desk.preparation.out if desk.preparation is not None else Path()
    if now is None or now.state != "running" or is_prepared(folder) != readable:
        st.rerun()
    show_progress(now)
