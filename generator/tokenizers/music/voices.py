"""The alphabet ``voices``: several voices that sound together, on a grid of sixteenths, as chorales need them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...errors import ConstraintUnsatisfiable
from ...music import Score
from ...music.pitch import fifths_for
from ...text.cues import CueField
from .alphabet import Alphabet, Place, Wish
from .tokenizer import MusicTokenizer
from .voices_cues import CUE_FIELDS, cue_rows
from .voices_setting import score_of, setting_of
from .voices_signs import (
    CHOIR,
    HIGHEST,
    HOLD,
    LOWEST,
    PITCHES,
    REST,
    SIGNATURES,
    SYMBOLS,
    VOICE_COUNTS,
    transposing_table,
)
from .voices_text import read_setting, write_setting

__all__ = ["Voices", "VoicesTokenizer"]

DOWN, UP = -6, 5  # semitones: every key once


class Voices(Alphabet):
    """Voices on a grid of sixteenths."""

    kind: ClassVar[str] = "voices"
    symbols: ClassVar[tuple[str, ...]] = SYMBOLS
    cue_fields: ClassVar[tuple[CueField, ...]] = CUE_FIELDS
    keeps: ClassVar[str] = (
        "sounding pitches, onsets, durations, rests, bar lines, pickups, passages, metres and keys with their "
        "changes, fermatas, the number of voices"
    )

    def write(self, score: Score) -> str:
        return write_setting(setting_of(score))

    def read(self, text: str, *, key: str | None = None) -> Score:
        return score_of(read_setting(text))

    def kept(self, score: Score) -> Score:
        return score_of(setting_of(score))

    def tags(self, score: Score) -> dict[str, str]:
        found = {"metre": score.metres[0].name} if score.metres else {}
        if score.keys and score.keys[0].key.mode:
            found |= {"key": score.keys[0].key.name, "mode": score.keys[0].key.mode}
        if score.kind:
            found["type"] = score.kind
        return found

    def variants(self, text: str) -> list[str]:
        """The piece itself, and its transpositions by up to six semitones down and five up.

        A transposition counts if every voice stays where such a voice sings: in the range of its choir
        voice where there are four, else on the keyboard.
        """
        voices = VOICE_COUNTS[text[3]]
        spans = [used(each) for each in slots(text, voices)]
        limits = CHOIR if voices == 4 else ((LOWEST, HIGHEST),) * voices
        signatures = [SIGNATURES[sign] for sign in text if sign in SIGNATURES]
        found = [text]
        for semitones in range(DOWN, UP + 1):
            fifths = fifths_for(semitones, signatures)
            if not semitones or any(abs(signature + fifths) > 7 for signature in signatures):
                continue
            if all(
                low <= lowest + semitones and highest + semitones <= high
                for (lowest, highest), (low, high) in zip(spans, limits, strict=True)
                if lowest
            ):
                found.append(text.translate(transposing_table(semitones, fifths)))
        return found

    def begin(self, wish: Wish) -> Place:
        raise ConstraintUnsatisfiable("The alphabet voices cannot write yet.")

    def cue_rows(self, text: str) -> NDArray[np.int64]:
        return cue_rows(text)


def slots(text: str, voices: int) -> list[str]:
    """What stands in each slot, frame by frame, fermatas left out."""
    filling = "".join(sign for sign in text if sign >= HOLD)
    return [filling[slot::voices] for slot in range(voices)]


def used(slot: str) -> tuple[int, int]:
    """The lowest and the highest pitch of a voice; zeros where it is silent."""
    pitches = [PITCHES[sign] for sign in set(slot) - {HOLD, REST}]
    return (min(pitches), max(pitches)) if pitches else (0, 0)


class VoicesTokenizer(MusicTokenizer):
    """A token for each character of the alphabet ``voices``."""

    kind = "voices"

    @classmethod
    def make_alphabet(cls) -> Voices:
        return Voices()
