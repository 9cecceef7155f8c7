"""The pieces of a shelf: looked for, filtered, shown in short, taken out and brought in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import partial

import streamlit as st

from .escaping import escaped
from .gallery_exchange import exchange, taken_in
from .gallery_piece import (
    DELETED,
    bring_back,
    caption,
    delete,
    heart,
    kinds,
    to_compose,
    zone,
)
from .gallery_shelf import whose
from .gallery_way import open_pieces
from .generating import Task
from .incipit_view import engraving, show_engraving, until_engraved
from .incipits import Incipit, incipit
from .languages import _
from .store import Found, SavedPiece, Search, Store, the_store
from .store_exchange import score_of_piece

__all__ = ["CHOSEN", "keep_filters", "show"]

AT_ONCE = 12  # pieces that are shown, and so many more with each click
LINES, CHARACTERS = 6, 400  # of a piece in short
PICTURE = 420  # pixels that the first bars of one are wide
CHOSEN = "gallery chosen"  # id of the piece that is to be compared with a second one
RARER = ("gallery models", "gallery first", "gallery last", "gallery hearted", "gallery deleted only")
FILTERS = ("gallery words", "gallery kind", "gallery order", *RARER)
MORE = "gallery more"


def show() -> None:
    """The gallery."""
    keep_filters()
    taken_in()
    forget_what_is_gone()
    undo()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        words = st.text_input(
            _("Search"), key="gallery words", placeholder=_("words of the text, title, note, model or key"),
            icon=":material/search:", max_chars=200,
        )  # fmt: skip
        kind = st.selectbox(_("Kind"), ["", *kinds()], format_func=kind_name, key="gallery kind", width=140)
        order = st.selectbox(
            _("Order"), list(orders()), format_func=orders().__getitem__, key="gallery order", width=160
        )
    filtered = any(st.session_state.get(key) for key in RARER)
    with st.expander(_("More filters"), icon=":material/filter_list:", expanded=filtered):
        search = more_filters(words, kind, order)
    asked = repr(search)
    if st.session_state.get("gallery asked") != asked:  # another search begins at its top
        st.session_state["gallery asked"], st.session_state[MORE] = asked, AT_ONCE
    found = the_store().search(search, whose(), limit=st.session_state.get(MORE, AT_ONCE))
    with st.container():  # what stands below it stays what it is, whatever is found
        begun = shown(search, found)
    with st.expander(_("Export and import"), icon=":material/import_export:"):
        exchange(search, found.total)
    until_engraved(begun)


def shown(search: Search, found: Found) -> list[Task | str]:
    """The pieces that were found; the engravings that this begins."""
    begun: list[Task | str] = []
    if not found.total:
        nothing(search)
    else:
        st.caption(_("Pieces: {count}").format(count=found.total))
        chosen_for_comparison()
        for first in range(0, len(found.pieces), 2):
            for column, piece in zip(st.columns(2), found.pieces[first : first + 2], strict=False):
                with column, st.container(border=True, height="stretch"):
                    card(piece, begun)
        if found.total > len(found.pieces):
            st.button(_("Show more"), icon=":material/expand_more:", on_click=more, key="gallery show more")
    return begun


def more() -> None:
    """More of the pieces are asked for."""
    st.session_state[MORE] = st.session_state.get(MORE, AT_ONCE) + AT_ONCE


def keep_filters() -> None:
    """Keep what is looked for while a piece is open: Streamlit forgets the values of controls that are not shown.

    Called before the controls are drawn too: the browser is told a value of the run before only where it is set anew.
    """
    for key in FILTERS:
        if key in st.session_state:
            st.session_state[key] = st.session_state[key]


def kind_name(kind: str) -> str:
    """A kind in the list."""
    return kinds()[kind] if kind else _("All")


def orders() -> dict[str, str]:
    """The orders of pieces in words."""
    return {"newest": _("Newest first"), "oldest": _("Oldest first"), "title": _("By title")}


def more_filters(words: str, kind: str, order: str) -> Search:
    """What is looked for, the rarer conditions among it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        models = st.multiselect(_("Models"), the_store().models(whose()), key="gallery models", placeholder=_("all"))
        first = st.date_input(_("From"), None, key="gallery first", width=150)
        last = st.date_input(_("To"), None, key="gallery last", width=150)
    with st.container(horizontal=True):
        hearted = st.toggle(_("Favourites only"), key="gallery hearted")
        deleted = st.toggle(_("Deleted pieces"), key="gallery deleted only")
    return Search(
        words=words,
        kinds=(kind,) if kind else (),
        models=tuple(models),
        hearted=hearted,
        since=midnight(first),
        until=midnight(last, 1),
        deleted=deleted,
        order=order,
    )


def midnight(day: object, later: int = 0) -> float | None:
    """When a day begins where the reader is, in seconds since 1970; ``later`` counts days onwards."""
    if not isinstance(day, date):
        return None
    return datetime.combine(day + timedelta(days=later), time(), zone()).timestamp()


def nothing(search: Search) -> None:
    """What to do where there is nothing."""
    if search.deleted:
        st.info(_("Nothing was deleted in the last 30 days."))
    elif search == Search(order=search.order):
        st.info(
            _(
                "Nothing is kept here yet. Write something on the page Compose and press Keep under it: it comes here "
                "with all its settings, and stays in this browser's gallery."
            ),
            icon=":material/favorite_border:",
        )
        if st.button(_("Write something"), icon=":material/edit_note:", type="primary", key="gallery to compose"):
            to_compose()
    else:
        st.info(_("No piece is like this. Look for fewer words, or drop a filter."), icon=":material/search_off:")


def card(piece: SavedPiece, begun: list[Task | str]) -> None:
    """A piece in short, with what can be done with it at once; an engraving that this begins is added to ``begun``."""
    st.markdown(f"**{escaped(piece.title)}**")
    st.caption(caption(piece))
    if piece.kind != "music":
        st.text(in_short(piece.text), width="stretch")
    else:
        begun.append(engraving(f"{piece.id} {piece.created}", partial(first_bars, the_store(), piece)))
        with st.container(width=PICTURE):
            show_engraving(begun[-1])
    st.space("stretch")  # the buttons of two beside each other stand in a line
    with st.container(horizontal=True, gap="small", vertical_alignment="center"):
        if piece.deleted_at is not None:
            st.button(
                _("Bring back"), key=f"{piece.id} undo", icon=":material/undo:", on_click=bring_back, args=([piece.id],)
            )
            return
        st.button(
            _("Listen") if piece.kind == "music" else _("Open"),
            key=f"{piece.id} open",
            icon=":material/play_arrow:" if piece.kind == "music" else ":material/open_in_full:",
            on_click=open_pieces,
            args=(piece.id,),
        )
        heart(piece, f"{piece.id} heart")
        st.button(
            _("Compare"), key=f"{piece.id} compare", icon=":material/compare:",
            type="primary" if piece.id == st.session_state.get(CHOSEN) else "secondary",
            on_click=choose, args=(piece.id,), help=_("Choose two to see them side by side."),
        )  # fmt: skip
        st.button(_("Delete"), key=f"{piece.id} delete", icon=":material/delete:", on_click=delete, args=([piece.id],))


def first_bars(store: Store, piece: SavedPiece) -> Incipit | None:
    """The beginning of a piece of music, engraved; None where no score was kept."""
    score = score_of_piece(store, piece)
    return None if score is None else incipit(score)


def in_short(text: str) -> str:
    """The beginning of a text."""
    lines = text.strip("\n").splitlines()
    short = "\n".join(lines[:LINES])[:CHARACTERS]
    return short if short == "\n".join(lines) else short + " …"


def choose(piece: str) -> None:
    """Choose a piece for comparison, or no longer; the second one is shown beside it."""
    forget_what_is_gone()
    first = st.session_state.pop(CHOSEN, None)
    if first is None:
        st.session_state[CHOSEN] = piece
    elif first != piece:
        open_pieces(first, piece)


def forget_what_is_gone() -> None:
    """A piece that was deleted is not compared any longer, nor when it is brought back."""
    if CHOSEN in st.session_state and not the_store().stands(st.session_state[CHOSEN], whose()):
        del st.session_state[CHOSEN]


def chosen_for_comparison() -> None:
    """Say that one more piece is needed."""
    if CHOSEN in st.session_state:
        st.info(_("One piece is chosen. Press Compare under a second one."), icon=":material/compare:")


def undo() -> None:
    """Offer to undo the last deletion."""
    deleted = st.session_state.get(DELETED)
    if deleted:
        with st.container(horizontal=True, vertical_alignment="center", key="gallery undone"):
            st.write(_("Deleted. It can be brought back for 30 days."))
            st.button(_("Undo"), key="gallery undo", icon=":material/undo:", on_click=bring_back, args=(list(deleted),))
