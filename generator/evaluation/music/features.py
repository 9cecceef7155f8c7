"""What is counted in one piece, so that sets of pieces can be compared.

The features are those of L.-C. Yang and A. Lerch, "On the evaluation of generative models in music",
Neural Computing and Applications 32 (2020), with two more (intervals, onsets in the bar) and three
changes: pitch classes are counted from the tonic, so that a piece and its transposition are the same;
histograms are shares, so that a long piece and a short one may be alike; and notes are those that sound,
ties joined. A voice's melody takes the highest note of a chord; steps go from note to note of a voice,
rests or not.

    features(score)["pitch_classes"]     # [12], adds up to 1

A piece that lacks what a feature needs has NaN there: steps and intervals need a voice with two notes,
onsets in the bar need bars, all need a note.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from generator.music import Score

from .lines import Line, lines_of, places_in_bars, sounding_notes, tonics_at

__all__ = ["DURATIONS", "FEATURES", "Feature", "counts", "features"]

# Quarters; a length between two of them goes to the nearer by ratio.
DURATIONS = (1 / 16, 1 / 8, 1 / 6, 1 / 4, 1 / 3, 3 / 8, 1 / 2, 2 / 3, 3 / 4, 1, 4 / 3, 3 / 2, 2, 3, 4, 6, 8)
WIDEST = 12  # semitones; wider intervals count as this one
GRID = 12  # places in a quarter: sixteenths and triplets of eighths and sixteenths fall on one
LONGEST_BAR = 6  # quarters that have places of their own; what begins later shares one


@dataclass(frozen=True)
class Feature:
    """Something to compare pieces by.

    Attributes:
        name: The key in ``features``.
        meaning: In words, for tables.
        size: How many numbers; 1 for a plain number, else the classes of a histogram.
    """

    name: str
    meaning: str
    size: int = 1

    @property
    def is_histogram(self) -> bool:
        """Whether it is made of shares that add up to 1."""
        return self.size > 1


FEATURES = (
    Feature("pitch_classes", "pitch classes from the tonic", 12),
    Feature("pitch_class_steps", "steps between pitch classes", 144),
    Feature("intervals", "melodic intervals, down to up", 2 * WIDEST + 1),
    Feature("durations", "durations", len(DURATIONS)),
    Feature("duration_steps", "steps between durations", len(DURATIONS) ** 2),
    Feature("onsets", "onsets in the bar", GRID * LONGEST_BAR + 1),
    Feature("notes", "notes"),
    Feature("different_pitches", "different pitches"),
    Feature("pitch_range", "highest less lowest pitch, semitones"),
    Feature("mean_interval", "mean size of a melodic interval, semitones"),
    Feature("mean_duration", "mean duration, quarters"),
    Feature("mean_step", "mean time from onset to onset, quarters"),
)


def counts(score: Score) -> dict[str, np.ndarray]:
    """How often each class of each histogram occurs: [size] float64, all 0 where there is nothing."""
    notes = sounding_notes(score)
    onsets = tuple(note.onset for note in notes)
    pitches = np.array([note.pitch.midi for note in notes], np.int64)
    classes = (pitches - tonics_at(score, onsets)) % 12
    lengths = duration_classes([float(note.duration) for note in notes])
    places = np.array([round(float(place) * GRID) for place in places_in_bars(score, onsets)], np.int64)
    found = {
        "pitch_classes": np.bincount(classes, minlength=12).astype(float),
        "pitch_class_steps": np.zeros(144),
        "intervals": np.zeros(2 * WIDEST + 1),
        "durations": np.bincount(lengths, minlength=len(DURATIONS)).astype(float),
        "duration_steps": np.zeros(len(DURATIONS) ** 2),
        "onsets": np.bincount(np.clip(places, 0, GRID * LONGEST_BAR), minlength=GRID * LONGEST_BAR + 1).astype(float),
    }
    for line in lines_of(score):
        if len(line) < 2:
            continue
        degrees = (line.pitches - tonics_at(score, line.onsets)) % 12
        found["pitch_class_steps"] += np.bincount(12 * degrees[:-1] + degrees[1:], minlength=144)
        steps = np.clip(np.diff(line.pitches), -WIDEST, WIDEST) + WIDEST
        found["intervals"] += np.bincount(steps, minlength=2 * WIDEST + 1)
        lengths = duration_classes([float(duration) for duration in line.durations])
        pairs = len(DURATIONS) * lengths[:-1] + lengths[1:]
        found["duration_steps"] += np.bincount(pairs, minlength=len(DURATIONS) ** 2)
    return found


def duration_classes(durations: Sequence[float]) -> np.ndarray:
    """The place in ``DURATIONS`` that is nearest to each length by ratio [durations] int64."""
    edges = np.sqrt(np.array(DURATIONS[:-1]) * np.array(DURATIONS[1:]))
    return np.searchsorted(edges, np.array(durations, float))


def features(score: Score, counted: dict[str, np.ndarray] | None = None) -> dict[str, np.ndarray]:
    """Everything that ``FEATURES`` names, of one piece.

    Args:
        score: The piece.
        counted: What ``counts`` gave for it, if that is at hand.
    Returns:
        For each feature an array [size] float64; NaN throughout where the piece has nothing to count.
    """
    counted = counts(score) if counted is None else counted
    found = {name: each / each.sum() if each.sum() else np.full(len(each), np.nan) for name, each in counted.items()}
    notes = sounding_notes(score)
    lines = lines_of(score)
    pitches = [note.pitch.midi for note in notes]
    numbers = {
        "notes": float(len(notes)),
        "different_pitches": float(len(set(pitches))) if notes else np.nan,
        "pitch_range": float(max(pitches) - min(pitches)) if notes else np.nan,
        "mean_interval": mean([abs(step) for line in lines for step in np.diff(line.pitches).tolist()]),
        "mean_duration": mean([float(note.duration) for note in notes]),
        "mean_step": mean([step for line in lines for step in onset_steps(line)]),
    }
    found.update({name: np.array([value]) for name, value in numbers.items()})
    return {feature.name: found[feature.name] for feature in FEATURES}


def onset_steps(line: Line) -> list[float]:
    """Quarters from each onset of a line to the next."""
    return np.diff(np.array([float(onset) for onset in line.onsets])).tolist()


def mean(values: Sequence[float]) -> float:
    """The mean, NaN of nothing."""
    return float(np.mean(values)) if values else float("nan")
