"""All that the player of a piece is told, as plain JSON: pages and where its notes stand on them, roll, tokens, beats.

Places are in parts of a page, times in seconds of the sound. Nothing here knows of Streamlit; it is worked out
once for a piece, by a thread of the pool.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ..errors import RenderingError, TokenizerError

if TYPE_CHECKING:
    from ..music import Metre, Score
    from ..rendering import Engraving, PianoRoll

__all__ = ["beats_s", "player_data", "token_bars"]

NARROW_MM, NARROW_MARGIN_MM, NARROW_PAGE_MM = 120.0, 4.0, 400.0  # of pages for telephones and for columns
PARTS = 5  # digits of a place on a page: a hundredth of a millimetre of a large screen
BARS = ("|", "||")


def player_data(score: Score, *, tokens: str = "") -> dict[str, Any]:
    """What the player of a score is told; the same score gives the same.

    Args:
        score: The piece.
        tokens: Its tokens in words, where they are known; otherwise they are those that an alphabet of this
            program writes it in.

    Raises:
        RenderingError: If it cannot be engraved, or has no notes.
    """
    from ..rendering import engrave, piano_roll

    roll = piano_roll(score)
    layouts = [layout(score, engrave(score), 210.0)]
    try:
        bare = replace(score, title="", composer="")  # a small page has no room for long words
        pages = engrave(bare, width_mm=NARROW_MM, margin_mm=NARROW_MARGIN_MM, height_mm=NARROW_PAGE_MM)
        layouts.append(layout(bare, pages, NARROW_MM))
    except RenderingError:  # a bar too full for a small page
        pass
    found: dict[str, Any] = {
        "seconds": round(roll.length_s, 4),
        "bars": rounded(roll.bars_s),
        "first": roll.first_bar,
        "beats": rounded(beats_s(score)),
        "title": score.title,
        "composer": score.composer,
        "layouts": layouts,
        "roll": roll_data(roll),
        "tokens": token_bars(score, tokens),
    }
    found["id"] = sha256(json.dumps(found, sort_keys=True).encode()).hexdigest()[:16]
    return found


def rounded(values: Sequence[float]) -> list[float]:
    """Seconds, to a tenth of a thousandth."""
    return [round(value, 4) for value in values]


def layout(score: Score, engraving: Engraving, width_mm: float) -> dict[str, Any]:
    """Pages of one width, what stands where on them, and which notes are held when."""
    from ..rendering import Box, cursor, places

    def box(place: Box) -> list[float]:
        return [place.page, *(round(each, PARTS) for each in (place.left, place.top, place.right, place.bottom))]

    found = places(engraving)
    number = {name: place for place, name in enumerate(found.notes)}
    return {
        "width": width_mm,
        "pages": [
            {"svg": page, "ratio": round(width / height, 6)}
            for page, (width, height) in zip(engraving.pages, found.sizes, strict=True)
        ],
        "systems": [box(system.box) for system in found.systems],
        "notes": [box(place) for _, place in found.notes.values()],
        "anchors": [
            [round(each.second, 4), each.system, round(each.x, PARTS)] for each in cursor(score, engraving, found)
        ],
        "moments": [
            [round(moment.start_s, 4), [number[name] for name in moment.notes if name in number]]
            for moment in engraving.moments
        ],
    }


def roll_data(roll: PianoRoll) -> dict[str, Any]:
    """The piano roll: from, to, key, part and name of each note, in order of time."""
    from ..rendering.roll_pictures import COLOURS

    notes = sorted(roll.notes, key=lambda note: (note.start_s, note.part, note.voice, note.pitch.midi))
    return {
        "notes": [
            [round(note.start_s, 4), round(note.end_s, 4), note.pitch.midi, note.part, note.pitch.name]
            for note in notes
        ],
        "low": roll.lowest,
        "high": roll.highest,
        "parts": list(roll.parts),
        "colours": [COLOURS[part % len(COLOURS)] for part in range(len(roll.parts))],
    }


def beats_s(score: Score) -> list[float]:
    """The second of each beat, bar lines among them: a dotted quarter in 6/8, a quarter in 4/4.

    In a pickup they are counted from its end; where there is no metre, quarters are.
    """
    from ..music.timing import Clock

    clock = Clock(score)
    found: list[Fraction] = []
    for number, (start, end) in enumerate(score.bar_spans()):
        step = beat(score.metre_at(start))
        at = [start + step * place for place in range(int((end - start) / step) + 1)]
        if number == 0 and score.pickup:
            at = [start, *reversed([end - step * place for place in range(1, len(at))])]
        found += [each for each in dict.fromkeys(at) if start <= each < end]
    return [float(clock.seconds(each)) for each in found]


def beat(metre: Metre | None) -> Fraction:
    """Quarters in a beat."""
    if metre is None:
        return Fraction(1)
    three = metre.beat_type >= 8 and metre.beats % 3 == 0 and metre.beats > 3
    return Fraction(12 if three else 4, metre.beat_type)


def token_bars(score: Score, words: str = "") -> list[list[Any]]:
    """The tokens of a score, bar by bar: number of the bar from 0, or None for what is in no bar; its tokens in words.

    Where the tokens have other bar lines than the score, as those of a performance, they are one piece.
    Empty where no alphabet can write the score.
    """
    words = words or written(score)
    bars: list[list[str]] = [[]]
    for word in words.split():
        bars[-1].append(word)
        if word in BARS:
            bars.append([])
    if bars and not bars[-1]:
        bars.pop()
    if len(bars) != len(score.bars):
        return [[None, words.split()]] if words else []
    return [[number, bar] for number, bar in enumerate(bars)]


def written(score: Score) -> str:
    """The score in words of the alphabet that is made for it: of melodies where it is one line, or of voices."""
    from .. import tokenizers

    kinds = ("melody", "voices") if len(list(score.voices())) == 1 else ("voices",)
    for kind in kinds:
        try:
            alphabet = tokenizers.alphabet(kind)
            return alphabet.shown(alphabet.write(score))
        except TokenizerError:
            continue
    return ""
