"""The page Compose: a model chosen, wishes said, and what it writes beside them."""

from __future__ import annotations

import streamlit as st

from . import compose_controls, compose_results
from .compose_state import MODEL, chosen_card, listed, opened_by_link
from .escaping import escaped
from .incipit_view import show_sample
from .languages import _
from .models import Card
from .session import load_ahead
from .settings import limits

__all__ = ["page"]

AT_ONCE = 8  # cards that are shown without asking


def page() -> None:
    """Show the page."""
    among = listed()
    st.title(_("Compose"))
    if not among:
        st.info(_("There is no model here yet. Train one on the page Train, or put one into the folder checkpoints."))
        return
    opened_by_link(among)
    card = chosen_card(among)
    with st.expander(
        _("Model") + ": " + escaped(card.name), icon=":material/neurology:", expanded=not compose_results.any_yet()
    ):
        shelf(among, card)
    wishes, written = st.columns([2, 3], gap="large")
    with wishes:
        compose_controls.show(card, limits())
    with written:
        compose_results.show(among)
    load_ahead(card)


def shelf(among: list[Card], chosen: Card) -> None:
    """The cards of the models: those that came with the program, then those that were trained here."""
    own = [card for card in among if card.own]
    cards_of([card for card in among if not card.own], chosen)
    if own:
        st.caption(_("Trained here"))
        cards_of(own[:AT_ONCE], chosen)
    if len(own) > AT_ONCE:
        st.selectbox(
            _("More models that were trained here"),
            [card.name for card in own[AT_ONCE:]],
            index=None,
            key="more_models",
            on_change=choose_more,
        )


def choose_more() -> None:
    """A model of the long list was chosen."""
    if st.session_state["more_models"]:
        choose(st.session_state["more_models"])


def cards_of(among: list[Card], chosen: Card) -> None:
    """Cards side by side, as many as there is room for."""
    with st.container(horizontal=True, gap="small"):
        for card in among:
            with st.container(border=True, width=270):
                show_card(card, card.name == chosen.name)


def show_card(card: Card, chosen: bool) -> None:
    """One card: what it writes, from what it learnt, how large it is."""
    st.markdown(f"**{escaped(card.name.removeprefix('runs/'))}**")
    st.markdown(what_it_writes(card))
    if card.problem:
        problems = {"a file is missing": _("a file is missing"), "a file cannot be read": _("a file cannot be read")}
        problem = problems.get(card.problem, card.problem)
        st.warning(_("It cannot be used: {problem}.").format(problem=problem))
        return
    show_sample(card)
    if card.source:
        st.caption(escaped(card.source))
    size = _("{millions:.1f} million parameters, {mb:.0f} MB").format(
        millions=card.parameters / 1e6, mb=max(card.size / 1e6, 1)
    )
    if card.bits_per_char is not None:
        size += " · " + _("{bits:.2f} bits per character").format(bits=card.bits_per_char)
    st.caption(size)
    st.button(
        _("Chosen") if chosen else _("Choose"),
        key=f"choose {card.name}",
        type="primary" if chosen else "secondary",
        icon=":material/check:" if chosen else None,
        disabled=chosen,
        on_click=choose,
        args=(card.name,),
        width="stretch",
    )


def choose(name: str) -> None:
    """A card was chosen; wishes that both models know are kept."""
    st.session_state[MODEL] = name


def what_it_writes(card: Card) -> str:
    """In a few words."""
    if card.kind == "music":
        kinds = {
            "melody": _("tunes of a single line"),
            "voices": _("music in several voices, melodies harmonised, passages filled in"),
        }
        return kinds.get(card.alphabet, _("music for instruments, as MIDI"))
    if card.kind == "verse":
        return _("Chinese poems in classical forms") if card.language == "zh" else _("English verse in forms")
    return _("text, letter by letter")
