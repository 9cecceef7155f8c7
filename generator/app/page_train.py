"""The page Train: from files or a corpus to a model, while one watches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from .. import catalogue
from ..config import ModelConfig, PrepareConfig, TrainingConfig
from ..corpus import is_prepared
from ..errors import ConfigError, GeneratorError
from ..places import PREPARED
from .corpora_statistics import music_alphabet
from .corpora_view import show_error, show_progress, show_understood
from .errors_in_words import Complaint
from .escaping import escaped
from .gallery_shelf import something_kept, whose
from .languages import _, in_words, labelled
from .models import cards
from .settings import limits
from .tables import file_size
from .training_bench import Bench
from .training_form import bench, controls, the_queue
from .training_jobs import Queue, free_name
from .training_options import FIRST, arguments, checked, labels
from .training_view import FINE_TUNE, RUN, show_run, show_runs

__all__ = ["choose_corpus", "page"]

EVERY_SECONDS = 0.5
CHANCE = ""  # what a new network begins from
NETWORK_OF_A_MODEL = ("dropout", "input_dropout", "weight_dropout")  # what fine-tuning may change of a network


def page() -> None:
    """Show the page."""
    st.title(_("Train"))
    queue = the_queue()
    chosen = st.query_params.get(RUN)
    if chosen:
        if st.button(_("All trainings"), icon=":material/arrow_back:"):
            del st.query_params[RUN]
            st.rerun()
        st.header(escaped(chosen), divider="gray")
        show_run(queue, chosen)
        return
    st.write(_("Drop text or music, see what was understood of it, and watch a network learn to write more of it."))
    desk = bench("train")
    ready = _source(desk)
    if ready is not None:
        _settings(queue, desk, ready)
    elif first := st.session_state.get(FINE_TUNE):
        st.info(_("Choose above what {name} is to learn from now.").format(name=escaped(first)))
    st.header(_("Trainings"), divider="gray")
    st.caption(
        _(
            "Trainings are kept in the folder runs on this machine, and go on when this page is closed. Everyone who "
            "can open this app here sees them. One is trained at a time; others wait."
        )
    )
    show_runs(queue)


@dataclass(frozen=True)
class Source:
    """What is learnt from.

    Attributes:
        said: As the command takes it.
        title: A name for it.
        alphabet: Of its music: ``melody``, ``voices`` or ``midi``; else empty.
        corpus: Where it lies if it is to be moved into the run.
    """

    said: str
    title: str
    alphabet: str = ""
    corpus: Path | None = None


def _source(desk: Bench) -> Source | None:
    """Choose what to learn from, and show what was understood of it; None as long as there is nothing to train on."""
    st.header(_("What to learn from"), divider="gray")
    files, corpus = _("Files of your own"), _("A corpus")
    kind = st.segmented_control(
        _("Source"), [files, corpus], default=files, required=True, key="train_kind", label_visibility="collapsed"
    )
    return _files(desk) if kind != corpus else _corpus(desk)


def choose_corpus(name: str) -> None:
    """Have a corpus chosen when the page is opened."""
    st.session_state["train_kind"], st.session_state["train_corpus"] = _("A corpus"), name


def _files(desk: Bench) -> Source | None:
    allowed = limits()
    dropped = st.file_uploader(
        _("Text, verse or music: files, or a zip of them"),
        accept_multiple_files=True,
        max_upload_size=allowed.upload_mb,
        key="train_files",
        help=_("Text: .txt .md .json .jsonl .csv; music: .mid .musicxml .mxl .abc .krn; and .zip .gz .tgz of them."),
    )
    st.caption(
        _("At most {count} files of {size} MB each; they stay on this machine, and go when this tab is closed.").format(
            count=f"{allowed.upload_count:,}", size=allowed.upload_mb
        )
    )
    with st.expander(_("How it is read: chosen for you, or as you say")):
        said = controls(PrepareConfig, "read", but=("cues",))
    if not dropped:
        desk.clear()
        return None
    try:
        config = checked(PrepareConfig, said)
    except ConfigError as error:
        show_error(Complaint.of(error).said(labels()))
        return None
    assert isinstance(config, PrepareConfig)
    desk.drop((tuple(file.file_id for file in dropped), config), [(file.name, file) for file in dropped], config)
    if desk.upload is None or not _read(desk, desk.upload.corpus):
        return None
    corpus = show_understood(desk.upload.corpus, key="train")
    if corpus is None:
        return None
    title, place = desk.upload.title, desk.upload.corpus
    return Source(place.as_posix(), title.rpartition(".")[0] or title, music_alphabet(corpus), place)


def _corpus(desk: Bench) -> Source | None:
    known = {entry.name: entry for entry in catalogue.corpora(PREPARED) if not entry.problem}
    others = sorted(
        path.name
        for path in (PREPARED.iterdir() if PREPARED.is_dir() else ())
        if path.name not in known and not path.name.startswith(".") and is_prepared(path)
    )
    name = st.selectbox(
        _("Corpus"),
        [*known, *others],
        format_func=lambda each: labelled(each, in_words(known[each].title)) if each in known else each,
        key="train_corpus",
    )
    folder, entry = PREPARED / name, known.get(name)
    if entry is not None:
        st.caption(escaped(_facts(entry)))
    if desk.asked == name or is_prepared(folder):
        if desk.asked == name and not _read(desk, folder):
            return None
        corpus = show_understood(folder, key="train")
        if corpus is None:
            return None
        return Source(name if entry is not None else folder.as_posix(), name, music_alphabet(corpus))
    if st.button(_("Fetch and read it"), type="primary"):
        desk.fetch(name, PrepareConfig())
        st.rerun()
    return None


def _facts(entry: catalogue.CorpusEntry) -> str:
    size = file_size(entry.size) if entry.size else _("nothing to download")
    return _("Licence: {licence}. Size: {size}.").format(licence=in_words(entry.licence), size=size)


def _read(desk: Bench, folder: Path) -> bool:
    """Show how far the reading is, or why it failed.

    Returns:
        Whether there is a corpus to train on.
    """
    if desk.problem is not None:
        show_error(desk.problem.message, desk.problem.hint or "")
        return False
    now = desk.look()
    if now is None:
        return is_prepared(folder)
    if now.state == "running":
        st.fragment(_poll, run_every=EVERY_SECONDS)(desk, is_prepared(folder), folder)
    elif now.state != "done":
        message = now.message or _("The reading was interrupted.")
        show_error(message, now.hint)
        if now.lines:
            with st.expander(_("What was said")):
                st.code("\n".join(now.lines), language=None)
        return False
    return is_prepared(folder)


def _poll(desk: Bench, readable: bool, folder: Path) -> None:
    now = desk.look()
    if now is None or now.state != "running" or is_prepared(folder) != readable:
        st.rerun()
    show_progress(now)


def _settings(queue: Queue, desk: Bench, source: Source) -> None:
    """Choose nothing or everything, and start."""
    st.header(_("How to train"), divider="gray")
    st.write(_("Nothing has to be chosen: what is left alone is fitted to the text and to this machine."))
    # the alphabet of a text is widened where that has more characters; those of music have nothing in common
    models = [card.name for card in cards() if not card.problem and card.alphabet == source.alphabet]
    first = st.session_state.pop(FINE_TUNE, None)
    if first in models:
        st.session_state["train_begin"] = first
    elif first is not None:
        st.warning(
            _("{name} cannot go on with this: it was trained on another kind of text or music.").format(
                name=escaped(first)
            )
        )
    if st.session_state.get("train_begin") not in models:
        st.session_state["train_begin"] = CHANCE
    name_column, begin_column = st.columns(2)
    name = name_column.text_input(_("Name"), placeholder=free_name(queue, source.title), key="train_name", max_chars=60)
    begin = begin_column.selectbox(
        _("Begin from"),
        [CHANCE, *models],
        format_func=lambda each: str(each) if each else _("chance: a new network"),
        key="train_begin",
        help=_("A trained model can learn on from here (fine-tuning); its network is then taken as it is."),
    )
    fixed = () if not begin else tuple(set(FIRST) & {"hidden_size", "num_layers", "cell"})
    said: dict[str, Any] = {}
    said |= controls(TrainingConfig, "train", only=("minutes", "epochs", "learning_rate"))
    said |= controls(ModelConfig, "train", only=("cell", "hidden_size", "num_layers"), disabled=fixed)
    with st.expander(_("Every setting")):
        st.markdown(_("**Network**"))
        names = NETWORK_OF_A_MODEL if begin else None
        said |= controls(ModelConfig, "train", only=names, but=FIRST)
        st.markdown(_("**Training**"))
        said |= controls(TrainingConfig, "train", but=FIRST)
    if st.button(_("Start training"), type="primary", icon=":material/play_arrow:", key="train_start"):
        _start(queue, desk, said, source, name.strip() or free_name(queue, source.title), begin)


def _start(queue: Queue, desk: Bench, said: Mapping[str, Any], source: Source, name: str, begin: str) -> None:
    try:
        options = arguments([checked(ModelConfig, said), checked(TrainingConfig, said)])
        if begin:
            options.append(f"--init-from={begin}")
        queue.check(name, options)
        if source.corpus is not None and desk.preparation is not None:
            desk.preparation.cancel()
        run = queue.add(name, source.said, options, corpus=source.corpus, owner=whose())
    except GeneratorError as error:
        show_error(Complaint.of(error).said(labels()))
        return
    except OSError as error:
        show_error(error.strerror or str(error))
        return
    something_kept()  # so that this browser is known again as the one that began it
    desk.clear()
    st.query_params[RUN] = run.name
    st.rerun()
