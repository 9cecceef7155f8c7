"""The chorales of Jsb16thSeparated.json as chords with lengths, and what a model may know at each decision.

A piece is a list of frames, one a sixteenth, of four MIDI pitches (soprano, alto, tenor, bass; -1 for a
rest). A step of the model is a chord: the frames up to the next change in any voice. A chord is written
by five decisions: soprano (or the end of the piece), bass, alto, tenor, and how many sixteenths it
lasts. A voice that stays on its pitch holds it; the data cannot tell a repeated note from a held one.

All cues are computed from what was decided before. Value 0 is always "nothing to say".
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jsb_tunes import LONG, Tunes

ORDER = ("soprano", "bass", "alto", "tenor")  # the order of the decisions; the file has S A T B
COLUMNS = (0, 3, 1, 2)
LOWEST, HIGHEST = 30, 88  # MIDI; the ranges of the collection with half an octave on either side
PITCHES = HIGHEST - LOWEST + 1
CANDIDATES = PITCHES + 2  # a rest, the pitches, the end
REST, END = 0, PITCHES + 1
# what each voice may be scored at: the training ranges and some semitones on either side
RANGES = ((55, 86), (31, 71), (47, 79), (41, 74))
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


@dataclass(frozen=True)
class Piece:
    """A chorale as decisions.

    Attributes:
        frames: Length in sixteenths.
        history: Cues of what the recurrent layers read before each chord.
        cues: Cues of each of the five decisions.
        targets: [steps, 5]; candidates for the voices, sixteenths - 1 for the length; -1 where nothing is decided.
        references: MIDI pitches that candidates are compared with [steps, 4, references]; -1 for none.
        modes: 0 for nothing, 1 major, 2 minor: of the key estimates [steps, 2].
        last: The candidate that would hold, [steps, 4]; -1 at the beginning.
        echo_lengths: The lengths foretold by an earlier passage and by another piece [steps, 2]; 0 for none.
        lengths: The length before each chord [steps], 0 at the beginning: the token of the recurrent layers.
    """

    frames: int
    history: Cues
    cues: tuple[Cues, ...]
    targets: np.ndarray
    references: np.ndarray
    modes: np.ndarray
    last: np.ndarray
    lengths: np.ndarray
    echo_lengths: np.ndarray


def read(path: Path) -> dict[str, list[np.ndarray]]:
    """The three splits, each piece [frames, 4] in the order of the decisions."""
    found = json.loads(path.read_text(encoding="utf-8"))
    return {split: [np.array(piece)[:, COLUMNS] for piece in found[split]] for split in ("train", "valid", "test")}


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


def analyse(frames: np.ndarray, tunes: Tunes, leave_out: int | None = None) -> Piece:
    """Write a piece [frames, 4], in the order of the decisions, as decisions with their cues.

    Args:
        frames: The piece.
        tunes: The tunes of the training pieces.
        leave_out: The piece's own number, if it is one of them.
    """
    starts = np.flatnonzero(np.r_[True, (frames[1:] != frames[:-1]).any(1)])
    chords, lengths = frames[starts], np.diff(np.r_[starts, len(frames)])
    if lengths.max() > LONGEST:
        raise SystemExit(f"error: a chord of {lengths.max()} sixteenths; this benchmark knows up to {LONGEST}")
    steps = len(chords) + 1
    unknown = np.full((1, 4), -2)
    before = np.concatenate((unknown, chords))  # [steps, 4]; what sounds before each chord
    after = np.concatenate((chords, unknown))
    places = np.r_[starts, len(frames)]
    length = np.r_[0, lengths]

    # a voice's present note: since when, what was before it, how it was reached
    age = np.zeros((steps, 4), dtype=np.int64)
    former = np.full((steps, 4), -2)
    older = np.full((steps, 4), -2)
    for step in range(1, steps):
        moved = before[step] != before[step - 1]
        age[step] = np.where(moved, 0, age[step - 1]) + length[step]
        former[step] = np.where(moved, before[step - 1], former[step - 1])
        older[step] = np.where(moved, former[step - 1], older[step - 1])
    moves = (before[1:] != before[:-1]) if steps > 1 else np.zeros((0, 4), bool)
    pattern = np.r_[0, 1 + moves @ (1 << np.arange(4))]

    # keys, as far as has been heard: all of it alike, and the last bars more than those before
    heard, fresh = np.zeros((steps, 12)), np.zeros((steps, 12))
    for step in range(1, steps):
        sounding = np.zeros(12)
        np.add.at(sounding, before[step][before[step] >= 0] % 12, float(length[step]))
        heard[step] = heard[step - 1] + sounding
        fresh[step] = fresh[step - 1] * 0.5 ** (length[step] / 16) + sounding
    keys, local_keys = key_estimates(heard), key_estimates(fresh)

    # the place: in bars of four and of three quarters from the beginning, and since the last chord of a half or more
    long_start = np.zeros(steps, dtype=np.int64)
    for step in range(1, steps):
        is_long = length[step] >= 8
        long_start[step] = places[step - 1] if is_long else long_start[step - 1]
    since = places - long_start

    echo, matched = echoes(before, length)  # [steps, 5], [steps]
    foretold = np.where(matched[:, None] > 0, echo, -2)
    agreed = matched.copy()  # the length of the match, for as long as this chord goes on as foretold

    # the tune, as it went on in other pieces: of the note that sounds before each chord, and of the one after it
    note = np.r_[0, 1 + np.cumsum(np.r_[0, chords[1:, 0] != chords[:-1, 0]])]  # the soprano's note, from 1
    foretold_notes = tunes.foretell(frames, leave_out)[:, np.maximum(note - 1, 0)] * (note > 0)
    known, due, leap, start, higher, alike = foretold_notes
    likely = tunes.chord(start, age[:, 0], higher, known)  # [steps, 5]
    left = np.where(known > 0, due - age[:, 0], 0)
    tune = np.where((known > 0) & (before[:, 0] >= 0), before[:, 0] + leap * (left <= 0), -2)
    known_after = np.r_[known[1:], 0]
    left_after = np.where(after[:, 0] == before[:, 0], left, np.r_[due[1:], 0])
    left_after = np.where(known_after > 0, np.clip(left_after, 0, LONGEST), 0)

    def common(columns: Columns) -> None:
        columns.add(places % 16 + 1, 16)
        columns.add(places % 12 + 1, 12)
        columns.add(np.minimum(since, 64) + 1, 65)
        columns.add(length, LONGEST)
        columns.add(np.minimum(places // 16, 23) + 1, 24)
        columns.add(pattern, 16)
        columns.add(matched, LONG_MATCH)

    history = Columns()
    common(history)
    for voice in range(4):
        history.add(pitch_cue(before[:, voice]), PITCHES + 1, pitch=True)
        history.add(interval_cue(before[:, voice], former[:, voice], 12) * (age[:, voice] == length), 25)
        history.add(degree_cue(before[:, voice], keys), 24)
        history.add(degree_cue(before[:, voice], local_keys), 24)
        history.add(np.minimum(age[:, voice], 16), 16)
        if voice != 1:
            history.add(class_cue(before[:, voice], before[:, 1]), 12)
    history.add(class_cue(before[:, 0], before[:, 2]) * 12 + class_cue(before[:, 0], before[:, 3]), 12 * 13)

    like = known  # notes of the tune that agree, for as long as this chord goes on as in that piece
    cues, references = [], np.full((steps, 4, 10), -1)
    unsounding = np.full(steps, -1)
    for decision in range(5):
        columns = Columns()
        common(columns)
        now = before.copy()
        now[:, :decision] = after[:, :decision]  # what has been decided of this chord
        for voice in range(4):
            columns.add(pitch_cue(now[:, voice]), PITCHES + 1, pitch=True)
            columns.add(degree_cue(now[:, voice], keys), 24)
            columns.add(degree_cue(now[:, voice], local_keys), 24)
            columns.add(np.minimum(age[:, voice], 16), 16)
            if voice < decision:
                columns.add(interval_cue(after[:, voice], before[:, voice], 12), 25)
            if voice != decision:
                own = now[:, decision] if decision < 4 else now[:, 1]
                columns.add(interval_cue(now[:, voice], own), INTERVALS)
            columns.add(interval_cue(before[:, voice], former[:, voice], 12), 25)
        if decision < 4:
            columns.add(interval_cue(former[:, decision], older[:, decision], 12), 25)
        held = [(after[:, voice] == before[:, voice]).astype(np.int64) for voice in range(min(decision, 4))]
        written = sum((bit << voice for voice, bit in enumerate(held)), np.zeros(steps, dtype=np.int64))
        columns.add(written + 1, 16)
        columns.add((written * 16 + places % 16) + 1, 256)
        columns.add((written * 12 + places % 12) + 1, 192)
        for voice in (0, 2, 3):
            columns.add(class_cue(now[:, voice], now[:, 1]), 12)
        if decision:
            agreed = np.where(after[:, decision - 1] == foretold[:, decision - 1], agreed, 0)
        columns.add(agreed, LONG_MATCH)
        if decision:
            like = np.where(after[:, decision - 1] == likely[:, decision - 1], like, 0)
        columns.add(like, LONG)
        columns.add((like > 0) * (alike + 1), 13)
        if decision < 4:
            columns.add(interval_cue(likely[:, decision], before[:, decision]), INTERVALS)
        else:
            columns.add(np.clip(likely[:, 4], 0, LONGEST), LONGEST)
            likely_length = np.where(like > 0, np.clip(likely[:, 4], 0, LONGEST), 0)
        if decision == 0:
            columns.add(interval_cue(tune, before[:, 0]), INTERVALS)
            columns.add(np.clip(left, 0, LONGEST), LONGEST)
        else:
            columns.add(np.minimum(left_after, 16), 16)
            columns.add(known_after, LONG)
        if decision < 4:
            columns.add(interval_cue(foretold[:, decision], before[:, decision]), INTERVALS)
        else:
            columns.add(np.maximum(foretold[:, 4], 0), LONGEST)
            echo_length = np.where(agreed > 0, foretold[:, 4], 0)
        cues.append(columns.done())
        if decision < 4:
            others = [voice for voice in range(4) if voice != decision]
            tonic = np.where(keys > 0, (keys - 1) % 12 + 60, -1)
            local = np.where(local_keys > 0, (local_keys - 1) % 12 + 60, -1)
            rows = [
                now[:, decision],
                former[:, decision],
                *(now[:, voice] for voice in others),
                tonic,
                local,
                foretold[:, decision],
            ]
            rows += [tune if decision == 0 else unsounding, likely[:, decision]]
            references[:, decision] = np.maximum(np.stack(rows, 1), -1)

    targets = np.full((steps, 5), -1)
    targets[:-1, :4] = candidate(chords)
    targets[:-1, 4] = lengths - 1
    targets[-1, 0] = END
    last = np.where(before == -2, -1, candidate(before))
    modes = np.stack([np.where(each > 0, 1 + (each > 12), 0) for each in (keys, local_keys)], 1)
    return Piece(
        len(frames),
        history.done(),
        tuple(cues),
        targets,
        references,
        modes,
        last,
        length,
        np.stack((echo_length, likely_length), 1),
    )


def candidate(midi: np.ndarray) -> np.ndarray:
    """The number of a pitch or rest among the candidates."""
    return np.where(midi < 0, REST, midi - LOWEST + 1)


def narrow(candidates: Any, voice: int) -> Any:
    """Candidates as columns among those of one voice: the rest, its pitches, the end; -1 stays."""
    low, high = RANGES[voice]
    skipped = low - LOWEST
    pitches = (candidates > REST) & (candidates < END)
    assert bool(((candidates - skipped >= 1) & (candidates - skipped <= high - low + 1) | ~pitches).all())
    ends = candidates == END
    return candidates - skipped * pitches - (END - (high - low + 2)) * ends


def free_shifts(frames: np.ndarray, low: np.ndarray, high: np.ndarray) -> list[int]:
    """Transpositions that leave every voice between ``low`` and ``high`` [4]."""
    sounding = np.where(frames < 0, 60, frames)
    lowest = np.where(frames < 0, 999, frames).min(0)
    highest = np.where(frames < 0, -999, sounding).max(0)
    down, up = int((low - lowest).max()), int((high - highest).min())
    return [shift for shift in range(-6, 7) if down <= shift <= up] or [0]


def batch_of(pieces: Sequence[Piece], shifts: Sequence[int]) -> dict[str, Any]:
    """Pieces side by side, padded: arrays [pieces, steps, ...]."""
    steps = max(len(piece.targets) for piece in pieces)

    def pad(rows: list[np.ndarray], filler: int) -> np.ndarray:
        out = np.full((len(rows), steps, *rows[0].shape[1:]), filler, dtype=np.int64)
        for index, row in enumerate(rows):
            out[index, : len(row)] = row
        return out

    def raised(values: np.ndarray, shift: int, least: int) -> np.ndarray:
        return values + shift * (values >= least)

    return {
        "frames": sum(piece.frames for piece in pieces),
        "lengths": pad([piece.lengths for piece in pieces], 0),
        "echo_lengths": pad([piece.echo_lengths for piece in pieces], 0),
        "history": pad([piece.history.at(shift) for piece, shift in zip(pieces, shifts, strict=True)], 0),
        "cues": [
            pad([piece.cues[kind].at(shift) for piece, shift in zip(pieces, shifts, strict=True)], 0)
            for kind in range(5)
        ],
        "targets": pad(
            [
                np.concatenate(
                    (
                        np.where((voices := piece.targets[:, :4]) == END, END, raised(voices, shift, 1)),
                        piece.targets[:, 4:],
                    ),
                    1,
                )
                for piece, shift in zip(pieces, shifts, strict=True)
            ],
            -1,
        ),
        "references": pad(
            [raised(piece.references, shift, 0) for piece, shift in zip(pieces, shifts, strict=True)], -1
        ),
        "modes": pad([piece.modes for piece in pieces], 0),
        "last": pad([raised(piece.last, shift, 1) for piece, shift in zip(pieces, shifts, strict=True)], -1),
    }
