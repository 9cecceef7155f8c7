"""What a model of chorales may know at each decision, as small numbers for embeddings and as pitches to compare with.

A step is a chord: the frames up to the next change in any voice. The voices stand in the order of the
decisions: soprano, bass, alto, tenor; the fifth decision is how long the chord lasts. All is computed from
what was decided before. Value 0 of a cue is always "nothing to say".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from jsb_tunes import LONG, Tunes

ORDER = ("soprano", "bass", "alto", "tenor")  # the order of the decisions
LOWEST, HIGHEST = 30, 88  # MIDI; the ranges of the collection with half an octave on either side
PITCHES = HIGHEST - LOWEST + 1
LONGEST = 64  # sixteenths that a chord may last
LONG_MATCH = 8  # chords of a repeated passage, and more
LEAP = 24  # intervals beyond two octaves count as two octaves
INTERVALS = 2 * LEAP + 1
# How well each pitch class fits a key: Krumhansl & Kessler (1982), major and minor, from the tonic up.
MAJOR = (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88)
MINOR = (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)


@dataclass(frozen=True)
class Cues:
    """Cues of one kind of decision: values [steps, cues] and which of them are pitches, that transposing shifts."""

    values: np.ndarray
    sizes: tuple[int, ...]
    shifted: np.ndarray

    def at(self, shift: int) -> np.ndarray:
        """The values with the piece ``shift`` semitones higher."""
        moved = self.values + shift * (self.shifted & (self.values >= 2))
        return np.clip(moved, 0, np.array(self.sizes))


def key_estimates(weights: np.ndarray) -> np.ndarray:
    """The best key of each row of pitch-class weights [steps, 12]: 0 for none, then 1 + tonic, 13 + tonic in minor."""
    profiles = np.array([np.roll(kind, tonic) for kind in (MAJOR, MINOR) for tonic in range(12)])  # [24, 12]
    profiles = (profiles - profiles.mean(1, keepdims=True)) / profiles.std(1, keepdims=True)
    centred = weights - weights.mean(1, keepdims=True)
    return np.where(weights.sum(1) > 0, 1 + (centred @ profiles.T).argmax(1), 0)


class Columns:
    """Cues as they are collected."""

    def __init__(self) -> None:
        self.values: list[np.ndarray] = []
        self.sizes: list[int] = []
        self.shifted: list[bool] = []

    def add(self, values: np.ndarray, size: int, *, pitch: bool = False) -> None:
        self.values.append(values)
        self.sizes.append(size)
        self.shifted.append(pitch)

    def done(self) -> Cues:
        return Cues(np.stack(self.values, 1).astype(np.int64), tuple(self.sizes), np.array(self.shifted))


def pitch_cue(midi: np.ndarray) -> np.ndarray:
    """1 for a rest, 2 and up for pitches, 0 for what is not known (-2)."""
    return np.where(midi == -2, 0, np.where(midi == -1, 1, midi - LOWEST + 2))


def interval_cue(upper: np.ndarray, lower: np.ndarray, leap: int = LEAP) -> np.ndarray:
    """1 and up for intervals from ``leap`` downwards to ``leap`` upwards; 0 where one of the two does not sound."""
    return np.where((upper >= 0) & (lower >= 0), np.clip(upper - lower, -leap, leap) + leap + 1, 0)


def class_cue(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """1 to 12 for the interval class above ``lower``; 0 where one of the two does not sound."""
    return np.where((upper >= 0) & (lower >= 0), (upper - lower) % 12 + 1, 0)


def degree_cue(midi: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """1 to 24 for the degree in the estimated key, minor after major; 0 where there is none."""
    tonic, minor = (keys - 1) % 12, (keys > 12).astype(np.int64)
    return np.where((midi >= 0) & (keys > 0), (midi - tonic) % 12 + 12 * minor + 1, 0)


def echoes(before: np.ndarray, length: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What followed the longest earlier passage that ends in the same chords as the last ones.

    Args:
        before: What sounds before each step [steps, 4]; nothing before the first.
        length: Sixteenths of it [steps].
    Returns:
        The chord that came then and its length [steps, 5], and how many chords agree [steps], 0 for none.
    """
    steps = len(before)
    equal = (before[:, None] == before[None]).all(2)
    found, matched = np.full((steps, 5), -2), np.zeros(steps, dtype=np.int64)
    run = np.zeros(steps, dtype=np.int64)
    for step in range(2, steps):
        # run[earlier]: how many chords up to the one before ``step`` equal those up to the one before ``earlier``
        run = np.where(equal[step], np.r_[0, run[:-1]] + 1, 0)
        run[0] = 0
        earlier = run[1:step][::-1]
        if earlier.max(initial=0):
            where = step - 1 - int(earlier.argmax())
            found[step, :4], found[step, 4] = before[where + 1], length[where + 1]
            matched[step] = min(run[where], LONG_MATCH)
    return found, matched


@dataclass(frozen=True)
class Walk:
    """A piece as it looks before each of its chords, and before its end: arrays [steps] or [steps, 4].

    Attributes:
        before, after: What sounds before each chord, and in it: MIDI pitches, -1 for a rest, -2 for nothing yet.
        places: First frame of each chord.
        length: Sixteenths of the chord before; 0 for the first.
        age: Sixteenths that each voice's note has sounded.
        former, older: What each voice had before that note, and before that.
        pattern: Which voices moved at the chord before, 1 and up.
        keys, local_keys: Key estimates from all that was heard, and from the last bars above all.
        since: Sixteenths since the beginning of the last chord of a half or more.
    """

    before: np.ndarray
    after: np.ndarray
    places: np.ndarray
    length: np.ndarray
    age: np.ndarray
    former: np.ndarray
    older: np.ndarray
    pattern: np.ndarray
    keys: np.ndarray
    local_keys: np.ndarray
    since: np.ndarray


def walk(frames: np.ndarray) -> Walk:
    """Follow a piece [frames, 4] from chord to chord."""
    starts = np.flatnonzero(np.r_[True, (frames[1:] != frames[:-1]).any(1)])
    chords, length = frames[starts], np.diff(np.r_[0, starts, len(frames)])
    if length.max() > LONGEST:
        raise SystemExit(f"error: a chord of {length.max()} sixteenths; this benchmark knows up to {LONGEST}")
    steps, unknown = len(chords) + 1, np.full((1, 4), -2)
    before, after = np.concatenate((unknown, chords)), np.concatenate((chords, unknown))
    places = np.r_[starts, len(frames)]
    age, since = np.zeros((steps, 4), dtype=np.int64), np.zeros(steps, dtype=np.int64)
    former, older = np.full((steps, 4), -2), np.full((steps, 4), -2)
    heard, fresh = np.zeros((steps, 12)), np.zeros((steps, 12))
    long_start = 0
    for step in range(1, steps):
        moved = before[step] != before[step - 1]
        age[step] = np.where(moved, 0, age[step - 1]) + length[step]
        former[step] = np.where(moved, before[step - 1], former[step - 1])
        older[step] = np.where(moved, former[step - 1], older[step - 1])
        sounding = np.zeros(12)
        np.add.at(sounding, before[step][before[step] >= 0] % 12, float(length[step]))
        heard[step] = heard[step - 1] + sounding
        fresh[step] = fresh[step - 1] * 0.5 ** (length[step] / 16) + sounding  # half as much after a bar
        long_start = places[step - 1] if length[step] >= 8 else long_start
        since[step] = places[step] - long_start
    pattern = np.r_[0, 1 + (before[1:] != before[:-1]) @ (1 << np.arange(4))]
    keys, local_keys = key_estimates(heard), key_estimates(fresh)
    return Walk(before, after, places, length, age, former, older, pattern, keys, local_keys, since)


@dataclass(frozen=True)
class Foretold:
    """What is to be expected at each step, if it goes on as before or as elsewhere; -2 for nothing.

    Attributes:
        echo: The chord and its length after the longest earlier passage of this piece that ends alike [steps, 5].
        matched: How many chords of it agree.
        likely: The same from the training piece that went most alike [steps, 5].
        known: How many soprano notes agree with the tune of a training piece.
        alike: How many of the lower voices agreed there in the last notes.
        tune: The soprano as most of the tunes that agree go on.
        left: Sixteenths that its note should go on sounding.
        known_after, left_after: ``known`` and ``left`` once the soprano of the chord is decided.
    """

    echo: np.ndarray
    matched: np.ndarray
    likely: np.ndarray
    known: np.ndarray
    alike: np.ndarray
    tune: np.ndarray
    left: np.ndarray
    known_after: np.ndarray
    left_after: np.ndarray


def foretell(at: Walk, frames: np.ndarray, tunes: Tunes, leave_out: int | None) -> Foretold:
    """What the piece itself and the training pieces let expect."""
    echo, matched = echoes(at.before, at.length)
    soprano, new = at.before[:, 0], at.after[:, 0] != at.before[:, 0]
    note = np.r_[0, np.cumsum(new[:-1])]  # the soprano's note that sounds before each chord, from 1
    found = tunes.foretell(frames, leave_out)[:, np.maximum(note - 1, 0)] * (note > 0)
    known, due, leap, start, higher, alike = found
    left = np.where(known > 0, due - at.age[:, 0], 0)
    known_after = np.r_[known[1:], 0]
    left_after = np.where(new, np.r_[due[1:], 0], left)
    return Foretold(
        echo=np.where(matched[:, None] > 0, echo, -2),
        matched=matched,
        likely=tunes.chord(start, at.age[:, 0], higher, known),
        known=known,
        alike=alike,
        tune=np.where((known > 0) & (soprano >= 0), soprano + leap * (left <= 0), -2),
        left=np.clip(left, 0, LONGEST),
        known_after=known_after,
        left_after=np.where(known_after > 0, np.clip(left_after, 0, LONGEST), 0),
    )


def common(columns: Columns, at: Walk, foretold: Foretold) -> None:
    """The cues that everything is told: the place in bars of four and of three quarters, and since when."""
    columns.add(at.places % 16 + 1, 16)
    columns.add(at.places % 12 + 1, 12)
    columns.add(np.minimum(at.since, 64) + 1, 65)
    columns.add(at.length, LONGEST)
    columns.add(np.minimum(at.places // 16, 23) + 1, 24)
    columns.add(at.pattern, 16)
    columns.add(foretold.matched, LONG_MATCH)


def history(at: Walk, foretold: Foretold) -> Cues:
    """What the recurrent layers read before each chord."""
    columns, before = Columns(), at.before
    common(columns, at, foretold)
    for voice in range(4):
        columns.add(pitch_cue(before[:, voice]), PITCHES + 1, pitch=True)
        columns.add(interval_cue(before[:, voice], at.former[:, voice], 12) * (at.age[:, voice] == at.length), 25)
        columns.add(degree_cue(before[:, voice], at.keys), 24)
        columns.add(degree_cue(before[:, voice], at.local_keys), 24)
        columns.add(np.minimum(at.age[:, voice], 16), 16)
        if voice != 1:
            columns.add(class_cue(before[:, voice], before[:, 1]), 12)
    columns.add(class_cue(before[:, 0], before[:, 2]) * 12 + class_cue(before[:, 0], before[:, 3]), 12 * 13)
    return columns.done()


def decided(at: Walk, decision: int) -> np.ndarray:
    """What sounds once the voices before ``decision`` are decided [steps, 4]."""
    now = at.before.copy()
    now[:, :decision] = at.after[:, :decision]
    return now


def still(start: np.ndarray, expected: np.ndarray, at: Walk, decision: int) -> np.ndarray:
    """``start`` where the voices before ``decision`` went as expected [steps, 5], 0 elsewhere."""
    return np.where((at.after[:, :decision] == expected[:, :decision]).all(1), start, 0)


def decision_cues(at: Walk, foretold: Foretold, decision: int) -> Cues:
    """What one of the five decisions is told."""
    columns, now = Columns(), decided(at, decision)
    common(columns, at, foretold)
    for voice in range(4):
        columns.add(pitch_cue(now[:, voice]), PITCHES + 1, pitch=True)
        columns.add(degree_cue(now[:, voice], at.keys), 24)
        columns.add(degree_cue(now[:, voice], at.local_keys), 24)
        columns.add(np.minimum(at.age[:, voice], 16), 16)
        if voice < decision:
            columns.add(interval_cue(at.after[:, voice], at.before[:, voice], 12), 25)
        if voice != decision:
            own = now[:, decision] if decision < 4 else now[:, 1]
            columns.add(interval_cue(now[:, voice], own), INTERVALS)
        columns.add(interval_cue(at.before[:, voice], at.former[:, voice], 12), 25)
    if decision < 4:
        columns.add(interval_cue(at.former[:, decision], at.older[:, decision], 12), 25)
    held = (at.after == at.before)[:, :decision] @ (1 << np.arange(min(decision, 4)))
    columns.add(held + 1, 16)
    columns.add((held * 16 + at.places % 16) + 1, 256)
    columns.add((held * 12 + at.places % 12) + 1, 192)
    for voice in (0, 2, 3):
        columns.add(class_cue(now[:, voice], now[:, 1]), 12)
    expected_cues(columns, at, foretold, decision)
    return columns.done()


def expected_cues(columns: Columns, at: Walk, foretold: Foretold, decision: int) -> None:
    """What one of the five decisions is told of how it went elsewhere."""
    like = still(foretold.known, foretold.likely, at, decision)
    columns.add(still(foretold.matched, foretold.echo, at, decision), LONG_MATCH)
    columns.add(like, LONG)
    columns.add((like > 0) * (foretold.alike + 1), 13)
    if decision < 4:
        columns.add(interval_cue(foretold.likely[:, decision], at.before[:, decision]), INTERVALS)
    else:
        columns.add(np.clip(foretold.likely[:, 4], 0, LONGEST), LONGEST)
    if decision == 0:
        columns.add(interval_cue(foretold.tune, at.before[:, 0]), INTERVALS)
        columns.add(foretold.left, LONGEST)
    else:
        columns.add(np.minimum(foretold.left_after, 16), 16)
        columns.add(foretold.known_after, LONG)
    if decision < 4:
        columns.add(interval_cue(foretold.echo[:, decision], at.before[:, decision]), INTERVALS)
    else:
        columns.add(np.maximum(foretold.echo[:, 4], 0), LONGEST)


def references(at: Walk, foretold: Foretold, decision: int) -> np.ndarray:
    """MIDI pitches that the candidates of a voice are compared with [steps, 10]; -1 for none.

    They are: the voice's own last two, the three other voices', the two estimated tonics, and what an earlier
    passage, the tune (for the soprano alone) and the piece most alike would bring.
    """
    now = decided(at, decision)
    tonics = [np.where(keys > 0, (keys - 1) % 12 + 60, -1) for keys in (at.keys, at.local_keys)]
    rows = [
        now[:, decision],
        at.former[:, decision],
        *(now[:, voice] for voice in range(4) if voice != decision),
        *tonics,
        foretold.echo[:, decision],
        foretold.tune if decision == 0 else np.full(len(now), -1),
        foretold.likely[:, decision],
    ]
    return np.maximum(np.stack(rows, 1), -1)


def lengths_expected(at: Walk, foretold: Foretold) -> np.ndarray:
    """The lengths of the chord by an earlier passage and by the piece most alike [steps, 2]; 0 for none."""
    echo = np.where(still(foretold.matched, foretold.echo, at, 4) > 0, foretold.echo[:, 4], 0)
    likely = np.where(still(foretold.known, foretold.likely, at, 4) > 0, foretold.likely[:, 4], 0)
    return np.stack((np.clip(echo, 0, LONGEST), np.clip(likely, 0, LONGEST)), 1)
