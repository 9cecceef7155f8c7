"""One piece of the gallery on a page: as it reads or sounds, what made it, and what can be done with it."""

from __future__ import annotations

import dataclasses
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from ..errors import ConfigError, GeneratorError
from . import compose_state, links
from .compose_controls import labels
from .errors_in_words import said
from .escaping import escaped
from .gallery_compare import asked, flat
from .gallery_shelf import whose
from .languages import _, moment
from .models import digest_of, find_card
from .music_view import POLL_S, show_music, waiting
from .request import Request
from .session import desk
from .store import NewPiece, SavedPiece, the_store
from .store_exchange import file_name, score_of_piece
from .value_names import tag_name, value_name

__all__ = ["body", "caption", "complain", "name_of_setting", "open_piece", "show", "write_again", "zone"]

PIECE = "piece"  # in the address
DELETED = "gallery deleted"  # ids of the pieces that the last click deleted
PROBLEM = "gallery problem"
AT_ONCE_S = 0.2  # a score that a thread of the pool has read by then is shown without a word about waiting


def kinds() -> dict[str, str]:
    """The kinds of pieces in words."""
    return {"text": _("Text"), "verse": _("Poem"), "music": _("Music")}


def name_of_setting(name: str) -> str:
    """``settings.temperature`` in the words of the controls."""
    known = labels() | {
        "prompt": _("Beginning"),
        "digest": _("Digest of the model"),
        "model": _("Model"),
        "task": _("Task"),
        "bits_per_char": _("Bits per character"),
        "precision": _("Arithmetic"),
    }
    last = name.rpartition(".")[2]
    return known.get(last, last.replace("_", " "))


def caption(piece: SavedPiece) -> str:
    """Kind, model, seed and day, in a line."""
    parts = [kinds()[piece.kind], escaped(piece.model)]
    if piece.seed is not None:
        parts.append(_("Seed {seed}").format(seed=piece.seed))
    parts += [escaped(tag_name(name, str(piece.facts[name]))) for name in ("key", "metre") if piece.facts.get(name)]
    with suppress(ValueError, OSError, OverflowError):  # a day outside the calendar, brought in from elsewhere
        parts.append(moment(datetime.fromtimestamp(piece.created, zone())))
    return " · ".join(parts)


def zone() -> tzinfo:
    """Where the reader is, as the browser says."""
    try:
        return ZoneInfo(st.context.timezone or "UTC")
    except (ValueError, KeyError, OSError):  # a zone that this machine does not know
        return UTC


def complain(error: GeneratorError) -> None:
    """Remember what went wrong; the page says it once."""
    st.session_state[PROBLEM] = said(error)


def open_piece(piece: str | None) -> None:
    """Show one piece, or the gallery again."""
    if piece is None:
        st.query_params.pop(PIECE, None)
    else:
        st.query_params[PIECE] = piece


def show(piece_id: str) -> None:
    """The page of one piece, which a share link opens too."""
    store = the_store()
    piece, mine = store.get(piece_id), whose()
    st.button(_("To the gallery"), icon=":material/arrow_back:", on_click=open_piece, args=(None,), key="gallery back")
    if piece is None or (piece.deleted_at is not None and piece.shelf != mine):
        st.warning(
            _("There is no such piece. It was deleted, or the link is not complete: ask for it again."),
            icon=":material/link_off:",
        )
        return
    own = piece.shelf == mine
    st.subheader(escaped(piece.title), anchor=False)
    st.caption(caption(piece))
    if piece.deleted_at is not None:
        st.info(_("This piece was deleted; it can still be brought back."))
        st.button(_("Bring back"), icon=":material/undo:", on_click=bring_back, args=([piece.id],), key="piece undo")
        return
    written, about = st.columns([3, 2], gap="large")
    with written:
        body(piece)
    with about:
        actions(piece, own)
        settings(piece)
        if own:
            words(piece)


def body(piece: SavedPiece) -> None:
    """The text, or the music with its player."""
    if piece.kind != "music":
        with st.container(border=True):
            st.text(piece.text, width="stretch")
        return
    store = the_store()
    try:
        task = desk().start(f"music of {piece.id}", lambda _task: score_of_piece(store, piece))
    except GeneratorError as error:
        st.info(escaped(said(error)))
        return
    if not task.wait(AT_ONCE_S):
        st.fragment(waiting, run_every=POLL_S)(task)
    elif task.error is not None:
        st.error(escaped(said(task.error)))
    elif task.result is None:
        st.info(_("No score was kept of this piece. Write it again to hear it."))
    else:
        show_music(task.result, file_name(piece), piece.settings)


def actions(piece: SavedPiece, own: bool) -> None:
    """What can be done with the piece."""
    with st.container(horizontal=True, gap="small"):
        if st.button(
            _("Write it again"),
            key="piece again",
            type="primary",
            icon=":material/replay:",
            help=_("Opens Compose with the model, every setting and the seed that made this."),
        ):
            write_again(piece)
        if own:
            heart(piece, "piece heart")
            st.button(
                _("Delete"), key="piece delete", icon=":material/delete:", on_click=delete, args=([piece.id],),
                help=_("It can be brought back for 30 days."),
            )  # fmt: skip
        else:
            st.button(
                _("Keep a copy"), key="piece copy", icon=":material/favorite_border:", on_click=copy, args=(piece,)
            )
        if piece.kind != "music":
            st.download_button(
                _("Download"), piece.text.rstrip("\n") + "\n", file_name=f"{file_name(piece)}.txt",
                mime="text/plain", key="piece download", on_click="ignore", icon=":material/download:",
            )  # fmt: skip
    st.caption(_("Link to this piece"))
    st.code(links.address(st.context.url or "", {PIECE: [piece.id]}), language=None, wrap_lines=True)


def heart(piece: SavedPiece, key: str) -> None:
    """The heart of a piece of one's own."""
    st.button(
        _("Favourite"),
        key=key,
        icon=":material/favorite:" if piece.hearted else ":material/favorite_border:",
        type="primary" if piece.hearted else "secondary",
        help=_("No favourite any longer") if piece.hearted else _("Make it a favourite"),
        on_click=set_heart,
        args=(piece.id, not piece.hearted),
    )


def settings(piece: SavedPiece) -> None:
    """All that made the piece."""
    rows = {"model": piece.model, "digest": piece.digest}
    if piece.seed is not None:
        rows["seed"] = str(piece.seed)
    rows |= asked(piece.settings) | flat(piece.facts)
    told = dict.fromkeys((name_of_setting(name), value_name(name, value)) for name, value in rows.items() if value)
    with st.expander(_("What made it"), icon=":material/tune:", expanded=True):
        st.dataframe(
            {
                _("Setting"): [name for name, _value in told],
                _("Value"): [value for _name, value in told],
            },
            hide_index=True,
            width="stretch",
            alt=_("The settings that made the piece, and what is known of it."),
        )


def words(piece: SavedPiece) -> None:
    """Title and note, which its owner may change."""
    with st.expander(_("Title and note"), icon=":material/edit:"), st.form(f"words {piece.id}", border=False):
        title = st.text_input(_("Title"), piece.title, max_chars=200)
        note = st.text_area(_("Note"), piece.note, max_chars=5000, help=_("For yourself; the link does not show it."))
        if st.form_submit_button(_("Save"), icon=":material/check:"):
            try:
                the_store().edit(piece.id, whose(), title=title, note=note)
            except GeneratorError as error:
                complain(error)
            st.rerun()


def request_of(piece: SavedPiece) -> Request:
    """The request that a piece was written by.

    Raises:
        ConfigError: if its settings cannot be read.
    """
    if not piece.settings:
        raise ConfigError("No settings were kept of this piece.", "Write a new one on the page Compose.")
    request = Request.from_dict({**piece.settings, "model": piece.settings.get("model") or piece.model, "count": 1})
    if piece.seed is not None:
        request = dataclasses.replace(request, sampling=dataclasses.replace(request.sampling, seed=piece.seed))
    return dataclasses.replace(request, score=the_store().given(piece.id))


def write_again(piece: SavedPiece) -> None:
    """Go to Compose with everything set, and let it write."""
    try:
        request = request_of(piece)
        card = find_card(request.model, compose_state.listed())
        changed = bool(piece.digest) and digest_of(card.folder) != piece.digest
    except GeneratorError as error:
        complain(error)
        st.rerun()
    st.session_state[compose_state.OPENED] = True  # what the address says is what is asked here
    compose_state.copy_to_controls(request)
    compose_state.ask(request)
    if changed:
        st.toast(_("The model has changed since then, so the text may be another one."), icon=":material/info:")
    to_compose(**(links.params_of(request, piece.digest) or {}))


def to_compose(**said: Any) -> None:
    """Go to the page Compose, with these values in its address."""
    from . import page_compose

    if "lang" in st.query_params:
        said["lang"] = st.query_params["lang"]
    st.switch_page(st.Page(page_compose.page, url_path="compose", default=True), query_params=said)


# ---------------------------------------------------------------- what a click does


def set_heart(piece: str, on: bool) -> None:
    """The heart was pressed."""
    try:
        the_store().heart(piece, whose(), on)
    except GeneratorError as error:
        complain(error)


def delete(pieces: list[str]) -> None:
    """Delete pieces, and remember which, so that it can be undone."""
    try:
        st.session_state[DELETED] = [piece for piece in pieces if the_store().delete(piece, whose())]
    except GeneratorError as error:
        complain(error)
    open_piece(None)


def bring_back(pieces: list[str]) -> None:
    """Undo a deletion."""
    st.session_state.pop(DELETED, None)
    try:
        for piece in pieces:
            the_store().undo(piece, whose())
    except GeneratorError as error:
        complain(error)


def copy(piece: SavedPiece) -> None:
    """Keep somebody else's piece on one's own shelf, and show that one."""
    store = the_store()
    try:
        new = NewPiece(
            piece.kind, piece.model, piece.text, piece.seed, piece.digest, piece.settings, piece.facts, piece.title,
            store.score(piece.id), store.given(piece.id), hearted=True,
        )  # fmt: skip
        open_piece(store.add(new, whose()).id)
    except GeneratorError as error:
        complain(error)
