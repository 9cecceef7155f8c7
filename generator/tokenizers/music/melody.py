"""The alphabet ``melody``: one line of music relative to its tonic, so that every key teaches every other.

A melody is a header, mode, metre and what the first bar has if it is a pickup, and then its bars with
bar lines between them. A note is the character of its pitch. The duration in force is told by a
character before the note where it changes, as the unit length of ABC is.

    major [6/8] pickup1/2 ♩1/2 5, | 1 3 5 ♩1 1' ♩1/2 5 || ...

A pitch is a degree of the major scale on the tonic, with signs against that scale: ``♭3`` in every
minor tune. The home octave, without a mark, begins at the tonic of octave 4, C4 to B4; behind a
change of key at the new tonic that is nearest to the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...errors import ConstraintUnsatisfiable, TokenizerError
from ...music import Rest, Score
from .alphabet import Alphabet, Place, Wish
from .melody_cues import CUE_FIELDS, bars_in
from .melody_place import MelodyPlace, Plan
from .melody_rows import cue_rows
from .melody_scores import kept, keys_of, read, tonic_and_mode, write
from .melody_signs import METRE_SIGN, MODE_SIGN, MODES, SYMBOLS
from .tokenizer import MusicTokenizer

__all__ = ["Melody", "MelodyTokenizer"]

TYPES = {
    "slipjig": "slip jig", "slip-jig": "slip jig", "hop jig": "slip jig", "double jig": "jig", "single jig": "jig",
    "highland fling": "fling", "highland": "fling", "walk-around": "walkaround", "walk around": "walkaround",
}  # fmt: skip
COMMON = ("2/4", "2/2", "3/2", "3/4", "4/4", "3/8", "6/8", "9/8", "12/8", "6/4")  # where none is asked for


class Melody(Alphabet):
    """One line of music, relative to its tonic.

    Kept: notes and rests as they are written, with onsets, lengths, ties, tuplets, fermatas and spelling;
    bars, passages and the pickup; metres; modes, and changes of key. Dropped: the key that it stands in,
    which ``read`` is given again, tempo, title, composer, names, instrument; the kind of piece is a tag.
    A key whose mode the score does not say is taken for major.
    """

    kind = "melody"
    symbols = SYMBOLS
    cue_fields = CUE_FIELDS
    loop = 32
    keeps = (
        "one line: notes, rests, ties, tuplets, fermatas, spelling relative to the tonic, bars, passages, pickup, "
        "metres, modes and changes of key; not the key itself, tempo, title, composer, names and instruments"
    )

    def write(self, score: Score) -> str:
        return write(score)

    def read(self, text: str, *, key: str | None = None) -> Score:
        return read(text, key)

    def kept(self, score: Score) -> Score:
        return kept(score)

    def tonic(self, score: Score) -> str:
        """The tonic to give to ``read``, so that a score comes back in its own key."""
        return keys_of(score)[0].key.tonic

    def tags(self, score: Score) -> Mapping[str, str]:
        kind = " ".join(score.kind.lower().split())
        found = {
            "mode": keys_of(score)[0].key.mode,
            "metre": score.metres[0].name if score.metres else "",
            "type": TYPES.get(kind, kind),
        }
        return {field: value for field, value in found.items() if value}

    def opening(self, score: Score) -> str:
        """The text of a fragment that is to be continued.

        Its last bar stays open where it is not full, and rests that only fill it are left out.

        Args:
            score: A few bars, a few notes or a single one; a first bar that others follow may be a pickup.
        Raises:
            TokenizerError: if the alphabet cannot write it, if there is no note, or if the bar that breaks off
                cannot be filled.
        """
        voice = kept(score).parts[0].voices[0]
        start = score.bars[-1]
        events = list(voice.events)
        while events and isinstance(events[-1], Rest) and events[-1].onset >= start and not events[-1].fermata:
            events.pop()
        if not voice.notes() or not events:
            raise TokenizerError("There is no note to go on from.", "Give at least one note.")
        length = events[-1].end
        bars = tuple(bar for bar in score.bars if bar < length)
        cut = replace(
            score,
            parts=(replace(score.parts[0], voices=(replace(voice, events=tuple(events)),)),),
            bars=bars,
            length=length,
            metres=tuple(each for each in score.metres if each.onset < length),
            keys=tuple(each for each in score.keys if each.onset < length),
            sections=tuple(each for each in score.sections if each < length),
        )
        text = write(cut)
        place: Place = self.begin(Wish())
        for character in text:
            place = place.advance(character)
        if not place.allowed() and not place.may_end():
            raise TokenizerError(
                "No lengths of this alphabet fill the bar that breaks off.", "Fill it, or leave it out."
            )
        return text

    def begin(self, wish: Wish) -> MelodyPlace:
        tonic, mode = None, ""
        try:
            if wish.key:
                tonic, mode = tonic_and_mode(wish.key)
            if wish.mode:
                asked = tonic_and_mode(f"C {wish.mode}")[1]
                if mode and asked != mode:
                    raise ConstraintUnsatisfiable(f"{wish.key} is not {asked}.", "Ask for one mode.")
                mode = asked
        except TokenizerError as problem:
            raise ConstraintUnsatisfiable(problem.message, problem.hint) from None
        metre = "".join(wish.metre.split()) if wish.metre else ""
        signs = {f"{beats}/{beat_type}": sign for (beats, beat_type), sign in METRE_SIGN.items()}
        if metre and metre not in signs:
            raise ConstraintUnsatisfiable(
                f"{wish.metre!r} is no metre of this alphabet.", f"Choose one of {', '.join(signs)}."
            )
        if wish.bars is not None and wish.bars < 1:
            raise ConstraintUnsatisfiable(f"A melody of {wish.bars} bars cannot be written.", "Ask for 1 or more.")
        return MelodyPlace(
            Plan(
                MODE_SIGN[mode] if mode else "".join(sign for sign, name in MODES.items() if name != "locrian"),
                signs[metre] if metre else "".join(signs[name] for name in COMMON),
                tonic,
                wish.bars,
            )
        )

    def known(self, text: str) -> Wish:
        return Wish(bars=bars_in(text))

    def cue_rows(self, text: str) -> NDArray[np.int64]:
        return cue_rows(text)


class MelodyTokenizer(MusicTokenizer):
    """A token for each character of the alphabet ``melody``."""

    kind = "melody"

    @classmethod
    def make_alphabet(cls) -> Melody:
        return Melody()
