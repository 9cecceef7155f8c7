"""The first bars of a piece on a page: an image, so that nothing in it can act as HTML, and the same in words."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING

import streamlit as st

from ..errors import GeneratorError
from .errors_in_words import said
from .escaping import escaped
from .generating import Task
from .incipits import Incipit, incipit
from .languages import _, listed, sentence
from .models import Card
from .phrasebook import joined
from .samples import heard_of, sample_of
from .session import desk
from .value_names import key_name, signs

if TYPE_CHECKING:
    from ..music import Score

__all__ = ["Piece", "engraving", "show_engraving", "show_incipits", "show_sample", "until_engraved"]

POLL_S = 0.4
SAMPLE_LINES = 2
HEIGHT = 260  # pixels of a text beside others


@dataclass(frozen=True)
class Piece:
    """A piece that is shown by its beginning.

    Attributes:
        heading: What stands above it.
        score: The piece; None where it is text, or no music yet.
        signs: What is shown where there is no score.
    """

    heading: str
    score: Score | None
    signs: str


def told_of(found: Incipit) -> str:
    """What the picture shows, in words."""
    facts = [escaped(each) for each in (key_name(found.key), found.metre) if each]
    facts.append(_("1 bar") if found.bars == 1 else _("{bars} bars").format(bars=found.bars))
    begins = _("It begins {notes}.").format(notes=escaped(" ".join(map(signs, found.first)))) if found.first else ""
    return joined(sentence(listed(facts)), begins)


def show_incipits(pieces: Sequence[Piece]) -> None:
    """Show the beginnings of some pieces side by side; while one is being engraved, say so."""
    from ..music import score_to_json

    begun = []
    for column, piece in zip(st.columns(len(pieces)), pieces, strict=True):
        with column:
            if piece.heading:
                st.caption(escaped(piece.heading))
            if piece.score is None:
                st.code(piece.signs or " ", language=None, wrap_lines=True, height=HEIGHT)
                continue
            content = json.dumps(score_to_json(piece.score), sort_keys=True)
            begun.append(engraving(content, partial(incipit, piece.score)))
            show_engraving(begun[-1])
    until_engraved(begun)


def engraving(name: str, make: Callable[[], Incipit | None]) -> Task | str:
    """The engraving of a piece, begun where it was not yet; why it cannot be, as a sentence.

    Args:
        name: Tells the piece from others of this session.
        make: Engraves it; called by a thread of the pool.
    """
    try:
        return desk().start(f"incipit {sha256(name.encode()).hexdigest()[:16]}", lambda _task: make())
    except GeneratorError as error:
        return said(error)


def show_engraving(found: Task | str) -> None:
    """The picture, or why it is not there."""
    if isinstance(found, str):
        st.caption(escaped(found))
    elif not found.ended:
        st.caption(_("Engraving …"))
    elif found.error is not None:
        st.caption(escaped(said(found.error)))
    elif found.result is not None:
        show_picture(found.result)


def until_engraved(found: Sequence[Task | str]) -> None:
    """Look at the page again once all of these are there; at its end, so that it is drawn again but once."""
    if not _all_there(found):
        st.fragment(_waiting, run_every=POLL_S)(found)


def _waiting(found: Sequence[Task | str]) -> None:
    desk().go_on()
    if _all_there(found):
        st.rerun()


def _all_there(found: Sequence[Task | str]) -> bool:
    return all(isinstance(each, str) or each.ended for each in found)


def show_picture(found: Incipit, *, told: bool = True) -> None:
    """The picture, and below it what it shows in words, for who cannot see it."""
    words = told_of(found)
    st.image(found.picture, alt=joined(_("The first bars, engraved."), words), width="stretch")
    if told:
        st.caption(words)


def show_sample(card: Card) -> None:
    """What the model of a card writes: some lines, or the first bars of a piece; nothing where nothing is kept yet."""
    found = heard_of(card)
    if found is not None:
        show_picture(found, told=False)
    elif sample := sample_of(card):
        st.caption("  \n".join(escaped(line) for line in list(filter(None, sample.splitlines()))[:SAMPLE_LINES]))
