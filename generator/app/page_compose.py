"""The page Compose: a model chosen, wishes said, and what it writes beside them."""

from __future__ import annotations

import streamlit as st

from . import compose_controls, compose_melody, compose_results
from .compose_state import chosen_card, listed, opened_by_link, stay_in_address
from .escaping import escaped
from .languages import _, labelled
from .model_cards import shelf, what_it_writes
from .session import just_come, load_ahead, to_be_drawn
from .settings import limits

__all__ = ["page"]


def page() -> None:
    """Show the page."""
    to_be_drawn()  # it is, now
    among = listed()
    st.title(_("Compose"))
    if not among:
        st.info(_("There is no model here yet. Train one on the page Train, or put one into the folder checkpoints."))
        return
    opened_by_link(among)
    compose_melody.settle()
    if just_come():
        stay_in_address()
    card = chosen_card(among)
    name = labelled(_("Model"), f"{escaped(card.name)} · {escaped(what_it_writes(card))}")
    with st.expander(name, icon=":material/neurology:", expanded=not compose_results.any_yet()):
        shelf(among, card)
    wishes, written = st.columns([2, 3], gap="large")
    with wishes:
        compose_controls.show(card, limits())
    with written:
        compose_results.show(among)
    load_ahead(card)
