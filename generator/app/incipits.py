"""The first bars of a piece as a small engraved picture, where a player has no room: cards, samples, previews."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import takewhile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..music import Score

__all__ = ["Incipit", "incipit", "score_of_signs"]

FIRST_NOTES = 8  # that are told in words
FIRST_BARS = 48  # that are engraved: more than a page of them
ONE_LINE = {"width_mm": 120.0, "height_mm": 75.0, "staff_mm": 9.0}  # two lines of some bars, in a column of a page
MANY_LINES = {"width_mm": 190.0, "height_mm": 150.0, "staff_mm": 9.0}


@dataclass(frozen=True)
class Incipit:
    """The beginning of a piece.

    Attributes:
        picture: An SVG document.
        key, metre: As they are named; empty where there is none.
        bars: Of the whole piece.
        first: The first notes of the top voice.
    """

    picture: str
    key: str
    metre: str
    bars: int
    first: tuple[str, ...]


def incipit(score: Score) -> Incipit:
    """Engrave the beginning of a score.

    Raises:
        RenderingError: if it cannot be engraved.
    """
    from ..rendering import engrave

    voices = list(score.voices())
    bare = replace(score, title="", composer="", tempos=())
    size = ONE_LINE if len(voices) == 1 else MANY_LINES
    notes = voices[0].sounding()[:FIRST_NOTES] if voices else []
    return Incipit(
        engrave(beginning(bare, FIRST_BARS), **size, names=False).pages[0],
        score.keys[0].key.name if score.keys else "",
        score.metres[0].name if score.metres else "",
        len(score.bars) - (1 if score.pickup else 0),
        tuple(note.pitch.name for note in notes),
    )


def beginning(score: Score, bars: int) -> Score:
    """The first bars of a score; what would sound on beyond them ends there."""
    from ..music import Note, Voice

    if bars >= len(score.bars):
        return score
    end = score.bars[bars]

    def cut(voice: Voice) -> Voice:
        kept = takewhile(lambda event: event.end <= end, voice.events)
        return Voice(
            tuple(
                replace(event, tied=False) if isinstance(event, Note) and event.end == end else event for event in kept
            )
        )

    return replace(
        score,
        parts=tuple(replace(part, voices=tuple(map(cut, part.voices))) for part in score.parts),
        bars=score.bars[:bars],
        length=end,
        metres=tuple(each for each in score.metres if each.onset < end),
        keys=tuple(each for each in score.keys if each.onset < end),
        tempos=tuple(each for each in score.tempos if each.onset < end),
        sections=tuple(each for each in score.sections if each < end),
    )


def score_of_signs(signs: str, kind: str) -> Score:
    """The score of a piece whose signs are written with spaces between, as a training keeps its samples.

    Args:
        signs: What ``Alphabet.shown`` gives of a piece, or of the beginning of one.
        kind: Of the alphabet.
    Raises:
        TokenizerError: if it is no music of this alphabet.
    """
    from ..tokenizers import alphabet
    from ..tokenizers.music import FIRST

    known = alphabet(kind)
    places = {symbol: place for place, symbol in enumerate(known.symbols)}
    text = "".join(chr(FIRST + places[sign]) if sign in places else sign for sign in signs.split())
    return known.read(text)
