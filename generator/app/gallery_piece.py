"""One piece of the gallery on a page: as it reads or sounds, what made it, and what can be done with it."""

from __future__ import annotations

import dataclasses
import time
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from ..errors import ConfigError, GeneratorError
from . import compose_state, links
from .control_names import labels
from .controls import forms_of
from .errors_in_words import said
from .escaping import escaped
from .gallery_compare import asked, flat
from .gallery_shelf import COPY, whose
from .gallery_way import PIECE, go_back_to_all, open_pieces
from .languages import _, moment
from .models import find_card
from .music_view import POLL_S, show_music, waiting
from .request import Request
from .session import desk
from .store import NewPiece, SavedPiece, the_store
from .store_exchange import file_name, score_of_piece
from .tables import show_table
from .value_names import tag_name, value_name

__all__ = [
    "back_from_compose",
    "body",
    "caption",
    "complain",
    "name_of_setting",
    "problem",
    "show",
    "value_of_setting",
    "write_again",
    "zone",
]

DELETED = "gallery deleted"  # ids of the pieces that the last click deleted
PROBLEM = "gallery problem"
AGAIN = "gallery written again"  # id of the piece that was last written again
SAID_FOR_S = 10
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
        "version": _("Version of the program"),
    }
    last = name.rpartition(".")[2]
    return known.get(last, last.replace("_", " "))


def value_of_setting(name: str, value: str) -> str:
    """A value of a setting as the controls show it."""
    if name.rpartition(".")[2] == "form":
        return (forms_of("en") | forms_of("zh")).get(value, value)
    return value_name(name, value)


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
    """Remember what went wrong; the page says it for a while, as it may draw itself again at once."""
    st.session_state[PROBLEM] = said(error), time.monotonic() + SAID_FOR_S


def problem() -> str:
    """What went wrong a moment ago; empty where nothing did."""
    found, until = st.session_state.get(PROBLEM, ("", 0.0))
    return str(found) if time.monotonic() < until else ""


def show(piece_id: str) -> None:
    """The page of one piece, which a share link opens too."""
    st.session_state.pop(DELETED, None)  # who goes on does not mean to undo it
    store = the_store()
    piece, mine = store.get(piece_id), whose()
    st.button(_("To the gallery"), icon=":material/arrow_back:", on_click=go_back_to_all, key="gallery back")
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
            st.button(_("Keep a copy"), key=COPY, icon=":material/favorite_border:", on_click=copy, args=(piece,))
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
    told = dict.fromkeys(
        (name_of_setting(name), value_of_setting(name, value)) for name, value in rows.items() if value
    )
    with st.expander(_("What made it"), icon=":material/tune:", expanded=True):
        show_table(
            [{_("Setting"): name, _("Value"): value} for name, value in told],
            told=_("The settings that made the piece, and what is known of it."),
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
    except GeneratorError as error:
        complain(error)
        st.rerun()
    compose_state.copy_to_controls(request)
    params = links.params_of(request, piece.digest) or {}
    # Compose finds in its address what is asked already; the address of this page stays what it is.
    st.session_state[compose_state.OPENED] = {name: values for name, values in params.items() if name != "d"}
    st.session_state[compose_state.IN_ADDRESS] = tuple(params)
    st.session_state[AGAIN] = piece.id
    st.session_state.pop(compose_state.COMPLAINT, None)
    try:
        job = desk().submit(request, card)
        job.first_digest, job.first_version = piece.digest, str(piece.facts.get("version") or "")
        st.session_state[compose_state.JOB] = job.id
    except GeneratorError as error:
        compose_state.complain(error, request)
    to_compose(**params)


def back_from_compose() -> None:
    """Show the piece again to who goes back from Compose, the address of which Streamlit puts on this page first."""
    if "m" in st.query_params and PIECE not in st.query_params:
        kept = {name: st.query_params[name] for name in ("lang",) if name in st.query_params}
        piece = st.session_state.get(AGAIN)
        st.query_params.from_dict(kept | ({PIECE: piece} if piece else {}))


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
    go_back_to_all()


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
        open_pieces(store.add(new, whose()).id)
    except GeneratorError as error:
        complain(error)
