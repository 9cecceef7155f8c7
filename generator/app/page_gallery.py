"""The page Gallery: what was kept, one piece of it, or two beside each other."""

from __future__ import annotations

import streamlit as st

from ..errors import GeneratorError
from . import gallery_list, gallery_piece
from .errors_in_words import said
from .escaping import escaped
from .gallery_compare import common_lines, differences
from .gallery_shelf import something_kept, whose
from .languages import _
from .store import SavedPiece, the_store
from .value_names import value_name

__all__ = ["page"]


@st.cache_resource(ttl=3600, show_spinner=False)
def tidy() -> bool:
    """Remove for good what was deleted long ago, now and then."""
    the_store().purge()
    return True


def page() -> None:
    """Show the page."""
    st.title(_("Gallery"), anchor=False)
    try:
        tidy()
        if the_store().search(shelf=whose(), limit=0).total:  # which also finds out whether the file is sound
            something_kept()
        told()
        shown()
    except GeneratorError as error:
        st.error(escaped(said(error)), icon=":material/error:")


def shown() -> None:
    """One piece, two, or all."""
    piece = st.query_params.get(gallery_piece.PIECE)
    if piece:
        gallery_piece.show(piece)
        return
    found = [the_store().get(each) for each in st.session_state.get(gallery_list.CHOSEN, ())]
    pair = [each for each in found if each is not None and each.deleted_at is None]
    if len(pair) == 2:
        compare(pair[0], pair[1])
    else:
        gallery_list.show()


def told() -> None:
    """What went wrong, or well, with the last click; and files that were moved aside."""
    problem = st.session_state.pop(gallery_piece.PROBLEM, None)
    if problem:
        st.error(escaped(problem), icon=":material/error:")
    brought = st.session_state.pop("gallery brought in", None)
    if brought is not None:
        st.success(_("New pieces that were brought in: {count}").format(count=brought), icon=":material/check:")
    for path in the_store().set_aside():
        st.warning(
            _(
                "The gallery's file was damaged. What could be read is here; the damaged file was kept as {name}."
            ).format(name=escaped(path.name)),
            icon=":material/warning:",
        )


def compare(left: SavedPiece, right: SavedPiece) -> None:
    """Two pieces side by side, and in what they differ."""
    st.button(_("To the gallery"), icon=":material/arrow_back:", on_click=end_comparison, key="compare back")
    for side, piece in zip(st.columns(2, gap="large"), (left, right), strict=True):
        with side:
            st.subheader(escaped(piece.title), anchor=False)
            st.caption(gallery_piece.caption(piece))
            gallery_piece.body(piece)
            st.button(
                _("Open"),
                key=f"compare {piece.id}",
                icon=":material/open_in_full:",
                on_click=open_one,
                args=(piece.id,),
            )
    rows = list(
        dict.fromkeys(
            (
                gallery_piece.name_of_setting(row.name),
                value_name(row.name, row.left),
                value_name(row.name, row.right),
            )
            for row in differences(left, right)
        )
    )
    st.subheader(_("In what they differ"), anchor=False)
    if rows:
        st.dataframe(
            {
                _("Setting"): [name for name, _left, _right in rows],
                _("Left"): [one for _name, one, _right in rows],
                _("Right"): [other for _name, _left, other in rows],
            },
            hide_index=True,
            width="stretch",
            alt=_("The settings in which the two pieces differ."),
        )
    else:
        st.caption(_("Both were made with the same settings."))
    if left.kind != "music" and right.kind != "music":
        st.caption(_("Lines that stand in both: {count}").format(count=common_lines(left, right)))


def end_comparison() -> None:
    """The gallery again."""
    st.session_state.pop(gallery_list.CHOSEN, None)


def open_one(piece: str) -> None:
    """One of the two by itself."""
    end_comparison()
    gallery_piece.open_piece(piece)
