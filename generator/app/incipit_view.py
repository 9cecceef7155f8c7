"""The first bars of a piece on a page: an image, so that nothing in it can act as HTML, and the same in words."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import streamlit as st

from ..errors import GeneratorError
from .escaping import escaped
from .generating import Task
from .incipits import Incipit, incipit
from .languages import _
from .models import Card
from .samples import heard_of, sample_of
from .session import desk

if TYPE_CHECKING:
    from ..music import Score

__all__ = ["Piece", "show_incipits", "show_sample"]

POLL_S = 0.4
SAMPLE_LINES = 4
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
    facts = [escaped(each) for each in (found.key, found.metre) if each]
    facts.append(_("{bars} bars").format(bars=found.bars))
    begins = " " + _("It begins {notes}.").format(notes=escaped(" ".join(found.first))) if found.first else ""
    return ", ".join(facts) + "." + begins


def show_incipits(pieces: Sequence[Piece]) -> None:
    """Show the beginnings of some pieces side by side; while one is being engraved, say so."""
    tasks = [None if piece.score is None else _engraved(piece.score) for piece in pieces]
    if any(isinstance(task, Task) and not task.ended for task in tasks):
        st.fragment(_waiting, run_every=POLL_S)(pieces, tasks)
    else:
        _columns(pieces, tasks)


def _engraved(score: Score) -> Task | str:
    """The engraving of a piece, begun where it was not yet; why it cannot be, as a sentence."""
    from ..music import score_to_json

    content = json.dumps(score_to_json(score), sort_keys=True)
    try:
        return desk().start(f"incipit {sha256(content.encode()).hexdigest()[:16]}", lambda _task: incipit(score))
    except GeneratorError as error:
        return f"{error.message} {error.hint or ''}"


def _waiting(pieces: Sequence[Piece], tasks: Sequence[Task | str | None]) -> None:
    if all(not isinstance(task, Task) or task.ended for task in tasks):
        st.rerun()
    _columns(pieces, tasks)


def _columns(pieces: Sequence[Piece], tasks: Sequence[Task | str | None]) -> None:
    for column, piece, task in zip(st.columns(len(pieces)), pieces, tasks, strict=True):
        with column:
            if piece.heading:
                st.caption(escaped(piece.heading))
            if task is None:
                st.code(piece.signs or " ", language=None, wrap_lines=True, height=HEIGHT)
            elif isinstance(task, str):
                st.caption(escaped(task.strip()))
            elif not task.ended:
                st.caption(_("Engraving …"))
            elif task.error is not None:
                st.caption(escaped(f"{task.error.message} {task.error.hint}".strip()))
            elif task.result is not None:
                show_picture(task.result)


def show_picture(found: Incipit, *, told: bool = True) -> None:
    """The picture, and below it what it shows in words, for who cannot see it."""
    words = told_of(found)
    st.image(found.picture, alt=_("The first bars, engraved.") + " " + words, width="stretch")
    if told:
        st.caption(words)


def show_sample(card: Card) -> None:
    """What the model of a card writes: some lines, or the first bars of a piece; nothing where nothing is kept yet."""
    found = heard_of(card)
    if found is not None:
        show_picture(found, told=False)
    elif sample := sample_of(card):
        st.caption("  \n".join(escaped(line) for line in sample.splitlines()[:SAMPLE_LINES]))
