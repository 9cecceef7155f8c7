"""The cards of the models on a page: what each writes, a sample of it, how large it is; one of them is chosen."""

from __future__ import annotations

from functools import lru_cache
from hashlib import file_digest
from pathlib import Path

import streamlit as st

from .compose_state import MODEL
from .escaping import escaped
from .incipit_view import show_sample
from .languages import _, in_words, large
from .models import Card

__all__ = ["shelf", "what_it_writes"]

CARDS = "model_cards"  # `looks.py` lays them out on a phone
WIDTH = 204  # pixels: five beside each other, one and a half on a phone
LONGEST_SOURCE = 64  # letters of what a model learnt from; the page About has all


def shelf(among: list[Card], chosen: Card) -> None:
    """The cards of the models that came with the program, and a list of those that were trained here."""
    cards_of([card for card in among if not card.own], chosen)
    own = [card for card in among if card.own and not is_copy(card, among)]
    if own:
        st.selectbox(
            _("Trained here"),
            [card.name for card in own],
            index=next((at for at, card in enumerate(own) if card.name == chosen.name), None),
            format_func={card.name: in_a_line(card) for card in own}.__getitem__,
            placeholder=_("Choose a model that was trained here"),
            key=f"more_models {chosen.name}",
            on_change=choose_more,
            args=(f"more_models {chosen.name}",),
        )


def is_copy(card: Card, among: list[Card]) -> bool:
    """Whether a model that was trained here is one of those that came with the program, number for number."""
    if card.problem:
        return False
    alike = [each for each in among if not each.own and not each.problem and each.parameters == card.parameters]
    try:
        return any(weights_of(each) == weights_of(card) for each in alike)
    except OSError:
        return False


def weights_of(card: Card) -> str:
    """What tells the numbers of a model from others; read again only where its file has changed."""
    path = card.folder / "model.safetensors"
    stat = path.stat()
    return _weights(path, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=64)
def _weights(path: Path, _size: int, _changed: int) -> str:
    with open(path, "rb") as file:
        return file_digest(file, "sha256").hexdigest()


def in_a_line(card: Card) -> str:
    """A model in one line: its name, what it writes, how large it is."""
    name = card.name.removeprefix("runs/")
    if card.problem:
        return f"{name} · {problem_of(card)}"
    return f"{name} · {what_it_writes(card)} · {size_of(card)}"


def choose_more(key: str) -> None:
    """A model of the list was chosen."""
    if st.session_state[key]:
        choose(st.session_state[key])


def cards_of(among: list[Card], chosen: Card) -> None:
    """Cards side by side, as many as there is room for; on a phone in one line that is pushed along."""
    with st.container(horizontal=True, gap="small", key=CARDS):
        for card in among:
            with st.container(border=True, width=WIDTH, height="stretch", gap="small"):
                show_card(card, card.name == chosen.name)


def show_card(card: Card, chosen: bool) -> None:
    """One card: its name, which chooses it; what it writes, a sample, how large it is."""
    if card.problem:
        st.markdown(f"**{escaped(card.name)}**")
        st.warning(problem_of(card))
        return
    st.button(
        escaped(card.name),
        key=f"choose {card.name}",
        type="primary" if chosen else "secondary",
        icon=":material/check:" if chosen else None,
        on_click=choose,
        args=(card.name,),
        width="stretch",
        help=about(card),
    )
    st.markdown(f":small[{escaped(what_it_writes(card))}]")
    show_sample(card)
    st.caption(escaped(size_of(card)))


def problem_of(card: Card) -> str:
    """What is wrong with a model."""
    problems = {"a file is missing": _("a file is missing"), "a file cannot be read": _("a file cannot be read")}
    return _("It cannot be used: {problem}.").format(problem=problems.get(card.problem, card.problem))


def size_of(card: Card) -> str:
    """How large a model is."""
    mb = max(card.size / 1e6, 1)
    return _("{parameters} parameters, {size}").format(parameters=large(card.parameters), size=f"{mb:.0f}\u00a0MB")


def about(card: Card) -> str:
    """What a model learnt from, and how well it foretells."""
    told = [source_of(card)]
    if card.bits_per_char is not None:
        told.append(_("{bits:.2f} bits per character").format(bits=card.bits_per_char))
    return escaped(" · ".join(filter(None, told)))


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
