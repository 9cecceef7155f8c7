"""The cards of the models on a page: what each writes, a sample of it, how large it is; one of them is chosen."""

from __future__ import annotations

import streamlit as st

from .compose_state import MODEL
from .escaping import escaped
from .incipit_view import show_sample
from .languages import _, in_words, large
from .models import Card

__all__ = ["shelf"]

AT_ONCE = 5  # models of one's own whose cards are shown: a line of them on a wide screen
WIDTH = 200  # pixels: five beside each other, one and a half on a phone
LONGEST_SOURCE = 64  # letters of what a model learnt from; the page About has all


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
            with st.container(border=True, width=WIDTH, height="stretch", gap="small"):
                show_card(card, card.name == chosen.name)


def show_card(card: Card, chosen: bool) -> None:
    """One card: what it writes, from what it learnt, how large it is."""
    st.markdown(f"**{escaped(card.name.removeprefix('runs/'))}**")
    if card.problem:
        problems = {"a file is missing": _("a file is missing"), "a file cannot be read": _("a file cannot be read")}
        problem = problems.get(card.problem, card.problem)
        st.warning(_("It cannot be used: {problem}.").format(problem=problem))
        return
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
    st.markdown(what_it_writes(card))
    show_sample(card)
    size = _("{parameters} parameters, {mb:.0f} MB").format(
        parameters=large(card.parameters), mb=max(card.size / 1e6, 1)
    )
    if card.bits_per_char is not None:
        size += " · " + _("{bits:.2f} bits per character").format(bits=card.bits_per_char)
    st.caption("  \n".join(escaped(each) for each in (source_of(card), size) if each))


def source_of(card: Card) -> str:
    """What a model learnt from, in short."""
    said = in_words(card.source.partition(": ")[2] or card.source)  # the name of the corpus stands before it
    return said if len(said) <= LONGEST_SOURCE else said[:LONGEST_SOURCE].rpartition(" ")[0].rstrip(",:;") + " …"


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
