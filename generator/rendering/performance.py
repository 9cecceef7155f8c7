"""A score as it is played: an instrument for each part, a tempo throughout, fermatas held."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from generator.music import Part, Score, Tempo
from generator.music.timing import DEFAULT_BPM, Clock

__all__ = ["orchestrated", "performed"]

PIANO, VIOLIN, CHOIR = 0, 40, 52  # General MIDI, counted from 0
SINGERS = {"soprano", "mezzo", "alto", "contralto", "countertenor", "tenor", "baritone", "bass", "choir", "voice"}


def orchestrated(score: Score) -> Score:
    """The score with an instrument for every part and a tempo from the beginning; what it says itself stays.

    A part without an instrument that is named as a singer is sung, a line that is alone is played on the
    fiddle, and anything else on the piano.
    """
    alone = sum(1 for _ in score.voices()) == 1
    parts = tuple(
        part if part.program is not None or part.percussion else replace(part, program=usual_program(part, alone))
        for part in score.parts
    )
    told = score.tempos and score.tempos[0].onset == 0
    tempos = score.tempos if told else (Tempo(Fraction(0), DEFAULT_BPM), *score.tempos)
    return replace(score, parts=parts, tempos=tempos)


def usual_program(part: Part, alone: bool) -> int:
    """The instrument for a part that names none."""
    if any(word in SINGERS for word in part.name.lower().replace(".", " ").split()):
        return CHOIR
    return VIOLIN if alone else PIANO


def performed(score: Score) -> Score:
    """The score with its instruments, and with every change of speed that a ``Clock`` makes as a tempo."""
    return replace(orchestrated(score), tempos=Clock(score).tempos)
