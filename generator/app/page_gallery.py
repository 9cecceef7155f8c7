"""The page Gallery: what was kept, one piece of it, or two beside each other."""

from __future__ import annotations

import streamlit as st

from ..errors import GeneratorError
from . import gallery_list, gallery_piece
from .errors_in_words import said
from .escaping import escaped
from .gallery_compare import common_lines, differences
from .gallery_shelf import refused, something_kept, told_of_refusal, whose
from .gallery_way import asked_for, go_back_to_all, open_pieces, stand_by
from .languages import _
from .store import SavedPiece, the_store
from .tables import show_table

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
    gallery_piece.back_from_compose()
    stand_by()
    asked = asked_for()
    if not asked:
        gallery_list.show()
        return
    gallery_list.keep_filters()
    found = {piece: the_store().get(piece) for piece in asked}
    pair = [each for each in found.values() if each is not None and each.deleted_at is None]
    if len(pair) == 2:
        compare(pair[0], pair[1])
    else:
        gallery_piece.show(next((piece for piece in asked if found[piece] not in pair), asked[0]))


def told() -> None:
    """What went wrong with the last click; what the browser does not keep; and files that were moved aside."""
    if problem := gallery_piece.problem():
        st.error(escaped(problem), icon=":material/error:")
    if refused():
        st.warning(told_of_refusal(), icon=":material/cookie_off:")
    for path in the_store().set_aside():
        st.warning(
            _(
                "The gallery's file was damaged. What could be read is here; the damaged file was kept as {name}."
            ).format(name=escaped(path.name)),
            icon=":material/warning:",
        )


def compare(left: SavedPiece, right: SavedPiece) -> None:
    """Two pieces side by side, and in what they differ."""
    st.button(_("To the gallery"), icon=":material/arrow_back:", on_click=go_back_to_all, key="compare back")
    for side, piece in zip(st.columns(2, gap="large"), (left, right), strict=True):
        with side:
            st.subheader(escaped(piece.title), anchor=False)
            st.caption(gallery_piece.caption(piece))
            gallery_piece.body(piece)
            st.button(
                _("Open"),
                key=f"compare {piece.id}",
                icon=":material/open_in_full:",
                on_click=open_pieces,
                args=(piece.id,),
            )
    name_of, value_of = gallery_piece.name_of_setting, gallery_piece.value_of_setting
    rows = dict.fromkeys(
        (name_of(row.name), value_of(row.name, row.left), value_of(row.name, row.right))
        for row in differences(left, right)
    )
    st.subheader(_("In what they differ"), anchor=False)
    if rows:
        show_table(
            [{_("Setting"): name, _("Left"): one, _("Right"): other} for name, one, other in rows],
            told=_("The settings in which the two pieces differ."),
        )
    else:
        st.caption(_("Both were made with the same settings."))
    if left.kind != "music" and right.kind != "music":
        st.caption(_("Lines that stand in both: {count}").format(count=common_lines(left, right)))
