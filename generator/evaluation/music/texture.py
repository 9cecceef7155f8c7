"""Measures of one piece by itself: its scale, its bars, its rhythm, its repetitions.

Every function takes a score and returns one number, or NaN where the piece has nothing to measure; what
"nothing" is stands with each. Parts of percussion count in bars and in the groove only.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from fractions import Fraction
from itertools import groupby

import numpy as np

from generator.music import Score

from .lines import lines_of, pickups, sounding_notes

__all__ = [
    "TEXTURES",
    "empty_bars",
    "groove_similarity",
    "longest_same",
    "repeated_bars",
    "repeated_pitches",
    "repeated_rhythms",
    "scale_consistency",
]

DIATONIC = (0, 2, 4, 5, 7, 9, 11)  # major; every mode and the natural minor are one of its transpositions
HARMONIC_MINOR = (0, 2, 3, 5, 7, 8, 11)
POSITIONS = 64  # in a bar, for the groove
NOTHING = float("nan")


def scale_consistency(score: Score) -> float:
    """The largest share of the notes that lie in one scale: diatonic (all modes) or harmonic minor.

    O. Mogren, "C-RNN-GAN", 2016, whose scales were fewer. 7/12 for notes at random is exceeded, because
    the best of 24 scales is taken. NaN for a piece without notes.
    """
    classes = np.bincount([note.pitch.midi % 12 for note in sounding_notes(score)], minlength=12)
    if not classes.sum():
        return NOTHING
    scales = [[(tonic + step) % 12 for step in scale] for scale in (DIATONIC, HARMONIC_MINOR) for tonic in range(12)]
    return float(max(classes[scale].sum() for scale in scales) / classes.sum())


def empty_bars(score: Score) -> float:
    """The share of the bars in which no voice sounds; NaN for a piece without bars."""
    spans = score.bar_spans() if score.bars else []
    if not spans:
        return NOTHING
    full = {bisect_right(score.bars, note.onset) - 1 for voice in score.voices() for note in voice.notes()}
    return 1 - len(full & set(range(len(spans)))) / len(spans)


def groove_similarity(score: Score) -> float:
    """How alike the bars are in where notes begin: mean over all pairs of bars of the same length.

    With g a vector that has 1 at each of the Q = 64 positions of a bar at which a note begins, in any
    voice, the likeness of two bars is 1 - (1/Q) Σ XOR(g_a, g_b). S.-L. Wu and Y.-H. Yang, "The Jazz
    Transformer on the front line", ISMIR 2020. An onset between two positions goes to the nearer one.
    Pickups are left out, and so are bars without notes. NaN if there are no two bars to compare.
    """
    groups: dict[Fraction, list[np.ndarray]] = {}
    short = pickups(score) if score.bars else set()
    onsets = sorted({note.onset for voice in score.voices() for note in voice.sounding()})
    for number, (begin, end) in enumerate(score.bar_spans() if score.bars else []):
        inside = onsets[bisect_left(onsets, begin) : bisect_left(onsets, end)]
        if number in short or not inside:
            continue
        groove = np.zeros(POSITIONS)
        groove[[round((onset - begin) / (end - begin) * POSITIONS) % POSITIONS for onset in inside]] = 1
        groups.setdefault(end - begin, []).append(groove)
    different, pairs = 0.0, 0
    for grooves in groups.values():
        table = np.array(grooves)
        ones = table.sum(axis=0)
        # a position differs in as many pairs as it has bars with an onset times bars without
        different += float((ones * (len(table) - ones)).sum())
        pairs += len(table) * (len(table) - 1) // 2
    return 1 - different / (POSITIONS * pairs) if pairs else NOTHING


def repeated_bars(score: Score) -> float:
    """The share of bars that are, note for note in all voices, like one before; NaN for fewer than two bars.

    Bars are compared with their rests, and with ties as they are written. Wholly empty ones do not count.
    """
    return share_heard_before(bar_contents(score, pitches=True))


def repeated_rhythms(score: Score) -> float:
    """The share of bars whose rhythm, in all voices, is that of one before; as ``repeated_bars``."""
    return share_heard_before(bar_contents(score, pitches=False))


def repeated_pitches(score: Score) -> float:
    """The share of melodic steps that stay on the same pitch; NaN without a voice of two notes."""
    steps = [step for line in lines_of(score) for step in np.diff(line.pitches).tolist()]
    return steps.count(0) / len(steps) if steps else NOTHING


def longest_same(score: Score) -> float:
    """The largest number of notes of one pitch in a row, in any voice; NaN without notes."""
    runs = [len(list(run)) for line in lines_of(score) for _, run in groupby(line.pitches.tolist())]
    return float(max(runs)) if runs else NOTHING


def bar_contents(score: Score, pitches: bool) -> list[tuple[object, ...]]:
    """What each bar that is not empty has in each voice, as something to compare."""
    if not score.bars:
        return []
    bars: list[list[object]] = [[] for _ in score.bars]
    full: set[int] = set()
    for number, voice in enumerate(score.voices()):
        for event in voice.events:
            bar = bisect_right(score.bars, event.onset) - 1
            pitch = getattr(event, "pitch", None)
            sound = None if pitch is None else pitch.midi if pitches else True
            tied = bool(getattr(event, "tied", False))
            bars[bar].append((number, event.onset - score.bars[bar], event.duration, sound, tied))
            if pitch is not None:
                full.add(bar)
    return [tuple(bars[bar]) for bar in sorted(full)]


def share_heard_before(contents: list[tuple[object, ...]]) -> float:
    """The share of things that occurred earlier in the list; NaN for fewer than two."""
    return 1 - len(set(contents)) / len(contents) if len(contents) > 1 else NOTHING


# Name, what it says in a table, function.
TEXTURES = (
    ("scale_consistency", "notes in the best scale", scale_consistency),
    ("empty_bars", "empty bars", empty_bars),
    ("groove_similarity", "likeness of the bars' rhythm", groove_similarity),
    ("repeated_bars", "bars heard before", repeated_bars),
    ("repeated_rhythms", "rhythms of bars heard before", repeated_rhythms),
    ("repeated_pitches", "steps that stay", repeated_pitches),
    ("longest_same", "longest row of one pitch, notes", longest_same),
)
