"""The alphabet ``voices``: several voices that sound together, on a grid of sixteenths, as chorales need them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from ...errors import TokenizerError
from ...music import Score
from ...music.pitch import fifths_for
from ...text.cues import CueField
from .alphabet import Alphabet, Place, Wish
from .tokenizer import MusicTokenizer
from .voices_cues import CUE_FIELDS, cue_rows
from .voices_given import Given, given_of_score, given_of_text
from .voices_place import first_place
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

__all__ = ["Given", "Voices", "VoicesTokenizer"]

HEADER = 4  # characters, at least
HEADER = 4  # characters, at least
DOWN, UP = -6, 5  # semitones: every key once


class Voices(Alphabet):
    """One to eight voices, frame by frame on a grid of sixteenths.

    The text: ``voices_text`` says how it is laid out. A frame begins with the outer voices, as musicians who
    harmonise do; which voice is the top one is told by its place on the page, not by its pitch.

    Kept: what each voice sounds and when it rests, bar lines, passages, pickups, metres and keys with their
    changes (keys also inside a bar), the number of voices; and of a note's fermatas that there is one.
    Dropped: spelling, chosen anew by the key that holds where the note begins; how a sound is written in tied
    notes and a silence in rests, both written with as few signs as ``split`` needs; over which of its tied
    notes the fermata stands (over the last), fermatas over rests; parts, their names and instruments (each
    voice is a part; four are named Soprano, Alto, Tenor and Bass, and all are sung); tempo, title, composer,
    kind, which is a tag. A score without a key has no signature and no mode. Refused: sounds off the grid, and
    with them tuplets, if their notes are not tied into a sound that is on it; chords in a voice; drums; more
    than eight voices; pitches outside A0 to C8; no metre, or one that is not in ``METRES``.

    A text that breaks off is read up to its last complete frame: the last bar of a score may be short, and a
    fragment that is continued should not lose its last beats. The chord in the last frame ends there.

    Written freely, a piece has four voices in the ranges of a choir, keeps its key and metre, and consists of
    full bars: 4 to 64 of them, or as many as are wished for, a pickup not counted. A piece with a pickup may
    also end where its last bar and the pickup make a full one, which then counts as one of its bars. A passage
    does not begin right behind a pickup, which belongs to the passage that it leads to. A fermata stands only
    before a pitch. In voices that are given every note, rest and fermata is kept; a voice that is free for some
    bars may hold its note over their beginning, and a given note that sounds over their end goes on from the
    note before it if that is the same, and else begins there.
    """

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

    def opening(self, score: Score) -> str:
        """The text of a fragment that is to be continued: it breaks off where its last note ends.

        Raises:
            TokenizerError: if the alphabet cannot write it, or if there is no note.
        """
        setting = setting_of(score)
        ends = [voice[-1].end for voice in setting.voices if voice]
        if not ends:
            raise TokenizerError("There is no note to go on from.", "Give at least one note.")
        return write_setting(setting, max(ends))

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
        return first_place(wish)

    def known(self, text: str) -> Wish:
        return Wish(given=given_of_text(text))

    def cue_rows(self, text: str) -> NDArray[np.int64]:
        return cue_rows(text) if len(text) > HEADER else super().cue_rows(text)

    def given(
        self,
        score: Score,
        *,
        free: Sequence[str | int] = (),
        bars: tuple[int, int] | None = None,
        voices: int | None = None,
    ) -> Given:
        """What a score settles of a piece, for ``Wish.given``.

            alphabet.given(tune, voices=4)                               three voices below a tune
            alphabet.given(score, free=["alto", "tenor"], bars=(5, 8))   two voices anew, in four bars

        Args:
            score: Its bars, metres, keys and passages are kept, and its voices but for what is free.
            free: Which voices are to be written: ``soprano``, ``alto``, ``tenor``, ``bass`` where there are four,
                or their numbers from the top, 1 for the first.
            bars: The first and the last bar in which they are, as they are printed: 1 is the first full one, 0 a
                pickup. None for all.
            voices: How many there are to be in all; more than the score has only where it has one, which is
                then the top one. None for as many as the score has.
        Raises:
            ConstraintUnsatisfiable: if the score cannot be written in this alphabet, has not these bars or
                voices, or if the line to which three voices are to be written goes beyond a soprano.
        """
        return given_of_score(score, free=free, bars=bars, voices=voices)


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
