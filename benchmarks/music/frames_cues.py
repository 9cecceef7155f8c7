"""What a network reads about a frame and about a note: columns of small numbers, written once for each piece.

A frame is spelled from its highest key down and closed by an end mark. For each frame to be predicted there is a row
of frame columns, read by the recurrent network (the frame before it, its place, what two kinds of memory expect), and
for each of its notes and its end mark a row of note columns, read by the head (the notes of the frame so far, seen
from the frame before and from what is expected). Columns that hold a key (key + 1, 0 for none) move with a
transposition; all others are intervals, counts and flags, which do not.

Two memories, both over whole frames: the echo, which is the frame that followed the longest earlier match of the last
frames; and the lag, the distance at which the piece has lately agreed best with itself. A third may be added, the
shelf: what the training pieces expect (``frames_shelf.py``).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from frames_data import KEYS, Piece

__all__ = ["END", "Columns", "Table", "frame_columns", "frames_of", "note_columns", "references_of", "table_of"]

END = KEYS
MODULI = (3, 4, 6, 8, 12, 16, 24, 32)
STEPS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48)  # a longer match has a larger number
REACH = 30  # intervals beyond it are one
NEXT = 2 * REACH + 2  # where an interval would be told: an end mark is due
BACK = 0.93  # how fast the agreement at a lag is forgotten
LEAST_LAG = 6
SLOTS = 5  # notes of a frame that have a column each


@dataclass(frozen=True)
class Columns:
    """Names, sizes (largest value) and kinds of the columns of a table."""

    names: tuple[str, ...]
    sizes: tuple[int, ...]
    keys: np.ndarray  # bool: the column holds a key


def columns(**groups: list[str]) -> Columns:
    """Columns from lists of ``name`` or ``name:size``; those in the group ``keys`` hold keys."""
    named = [(each, group) for group, members in groups.items() for each in members]
    sizes = tuple(KEYS if group == "keys" else int(each.partition(":")[2]) for each, group in named)
    return Columns(
        tuple(each.partition(":")[0] for each, _ in named),
        sizes,
        np.array([group == "keys" for _, group in named]),
    )


RANKS = ["first", "second", "third", "fourth", "fifth", "lowest"]


@cache
def frame_columns(shelf: bool) -> Columns:
    """What is told of the frame before, with or without what the shelf expects."""
    sources = ["now", "echo", "lag"] + (["shelf"] if shelf else [])
    return columns(
        keys=[f"{source} {rank}" for source in sources for rank in RANKS],
        plain=[
            "notes:10",
            *(f"place {modulus}:{modulus}" for modulus in MODULI),
            "hold first:24",
            "hold rest:48",
            "echo length:12",
            "lag agreement:12",
            "lag now:4",
            "first moved:61",
            "lowest moved:61",
            "gap 1:61",
            "gap 2:61",
            "gap 3:61",
            "span:61",
            "first in key:12",
            "lowest in key:12",
            "echo moves:61",
            "lag moves:61",
            *(["shelf length:9", "shelf alike:5", "shelf moves:61"] if shelf else []),
        ],
    )


@cache
def note_columns(shelf: bool) -> Columns:
    """What is told of the notes so far."""
    return columns(
        keys=[*(f"slot {slot}" for slot in range(SLOTS)), "last"],
        plain=[
            "slot:10",
            *(f"last to now {rank}:{NEXT}" for rank in RANKS),
            f"last step:{NEXT}",
            f"last to first:{NEXT}",
            f"last to due now:{NEXT}",
            f"last to due echo:{NEXT}",
            f"last to due lag:{NEXT}",
            "alike:8",
            "alike echo:25",
            "alike lag:25",
            "last in key:12",
            "due now in key:13",
            "due echo in key:13",
            *([f"last to due shelf:{NEXT}", "alike shelf:19"] if shelf else []),
        ],
    )


def references_of(shelf: bool) -> int:
    """How many keys the head measures candidates from: notes of the frame, what is due, the frame before, the key."""
    return 12 if shelf else 11


@dataclass
class Table:
    """One piece, ready to be read: frames - 1 predictions.

    Attributes:
        tokens: Highest key of the frame before each prediction, plus 1 [predictions].
        cues: Frame columns [predictions, columns].
        sets: Which keys are in the frame before, the one before that, the echo, the lag and the shelf, bits of 1, 2,
            4, 8 and 16 [predictions, KEYS].
        begins: Where the notes of each prediction begin [predictions + 1].
        notes: Note columns [notes, columns].
        answers: Key or ``END`` [notes].
        bounds: Only keys below this one may come [notes]; KEYS at the beginning of a frame.
        references: Keys, or -1 [notes, references].
        ends: The bits of ``sets`` for the end mark: which of them has no key left [notes].
        lowest, highest: The piece's range, which limits transposition.
        shelf: Whether what the shelf expects is told.
    """

    tokens: np.ndarray
    cues: np.ndarray
    sets: np.ndarray
    begins: np.ndarray
    notes: np.ndarray
    answers: np.ndarray
    bounds: np.ndarray
    references: np.ndarray
    ends: np.ndarray
    lowest: int
    highest: int
    shelf: bool

    def __len__(self) -> int:
        return len(self.tokens)


def echoes(ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each place the latest frame that followed the longest earlier match, and the match's length; -1 and 0."""
    count = len(ids)
    due, length = np.full(count, -1), np.zeros(count, np.int64)
    run = np.zeros(count + 1, np.int64)  # run[i + 1]: how many frames up to i equal those up to now
    for now in range(count):
        run[1 : now + 1] = np.where(ids[:now] == ids[now], run[:now] + 1, 0)
        if now and (best := run[1 : now + 1].max()):
            due[now] = now - int(np.argmax(run[now:0:-1] == best))
            length[now] = best
    return due, length


def lags(ids: np.ndarray, tops: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each place the frame due at the lag of best agreement, -1 for none, and the agreement from 0 to 1."""
    count = len(ids)
    due, agreement = np.full(count, -1), np.zeros(count)
    score = np.zeros(count + 1)
    for now in range(count):
        back = np.arange(1, now + 1)
        alike = 0.5 * (ids[now - back] == ids[now]) + 0.5 * (tops[now - back] == tops[now])
        score[1 : now + 1] = score[1 : now + 1] * BACK + alike * (1 - BACK)
        if now >= LEAST_LAG:
            lag = LEAST_LAG + int(np.argmax(score[LEAST_LAG : now + 1]))
            due[now], agreement[now] = now + 1 - lag, score[lag]
    return due, agreement


def interval(above: int | None, below: int | None) -> int:
    """An interval as a number from 1 to 61; 0 where either is missing."""
    return 0 if above is None or below is None else min(max(above - below, -REACH), REACH) + REACH + 1


def rank(frame: tuple[int, ...], index: int) -> int | None:
    """A key of a frame (descending) by its rank; None where it has too few."""
    return frame[index] if -len(frame) <= index < len(frame) else None


def ranked(frame: tuple[int, ...]) -> list[int | None]:
    """The five highest keys and the lowest."""
    return [*(rank(frame, index) for index in range(5)), rank(frame, -1)]


def held(values: list[object]) -> list[int]:
    """For how many frames each value has stood, from 1."""
    counts: list[int] = []
    for index, value in enumerate(values):
        counts.append(counts[-1] + 1 if index and value == values[index - 1] else 1)
    return counts


def frames_of(piece: Piece, *, mirrored: bool) -> list[tuple[int, ...]]:
    """The frames with descending keys; ``mirrored`` turns the keyboard round, so that they are spelled from below."""
    return [tuple(sorted((KEYS - 1 - key if mirrored else key for key in frame), reverse=True)) for frame in piece]


def table_of(piece: Piece, *, mirrored: bool, shelf: list[tuple[tuple[int, ...], int, int]] | None = None) -> Table:
    """The columns of a piece; ``shelf`` is what ``Shelf.due`` says of its frames."""
    frames, shelved = frames_of(piece, mirrored=mirrored), shelf is not None
    numbers: dict[tuple[int, ...], int] = {}
    ids = np.array([numbers.setdefault(frame, len(numbers)) for frame in frames])
    tops = np.array([frame[0] if frame else -1 for frame in frames])
    echo_due, echo_length = echoes(ids)
    lag_due, agreement = lags(ids, tops)
    hold_first, hold_rest = held([rank(f, 0) for f in frames]), held([f[1:] for f in frames])
    anchor = next((frame[0 if mirrored else -1] for frame in frames[:1] if frame), None)
    predictions = len(frames) - 1
    cues, sets = (
        np.zeros((predictions, len(frame_columns(shelved).sizes)), np.int64),
        np.zeros((predictions, KEYS), np.uint8),
    )
    begins, answers, bounds, ends = [0], list[int](), list[int](), list[int]()
    rows, references = list[list[int]](), list[list[int]]()
    for at in range(predictions):
        now, before = frames[at], frames[at - 1] if at else ()
        echo = frames[echo_due[at]] if echo_due[at] >= 0 else ()
        lag = frames[lag_due[at]] if lag_due[at] >= 0 else ()
        expected, run, sounded = shelf[at] if shelf is not None else ((), 0, 0)
        memories = [echo, lag] + ([expected] if shelved else [])
        strength = 1 + sum(int(echo_length[at]) > step for step in STEPS) if echo_length[at] else 0
        agrees = 1 + int(agreement[at] * 11.99) if lag_due[at] >= 0 else 0
        lag_now = frames[lag_due[at] - 1] if lag_due[at] > 0 else None
        keys = [key for each in (now, *memories) for key in ranked(each)]
        cues[at] = [
            *(0 if key is None else key + 1 for key in keys),
            min(len(now) + 1, 10),
            *((at + 1) % modulus + 1 for modulus in MODULI),
            min(hold_first[at], 24),
            min(hold_rest[at], 48),
            strength,
            agrees,
            0 if lag_now is None else 1 + (lag_now[:1] == now[:1]) + 2 * (lag_now[1:] == now[1:]),
            interval(rank(now, 0), rank(before, 0)),
            interval(rank(now, -1), rank(before, -1)),
            interval(rank(now, 0), rank(now, 1)),
            interval(rank(now, 1), rank(now, 2)),
            interval(rank(now, 2), rank(now, 3)),
            interval(rank(now, 0), rank(now, -1)),
            in_key(rank(now, 0), anchor),
            in_key(rank(now, -1), anchor),
            interval(rank(echo, 0), rank(now, 0)),
            interval(rank(lag, 0), rank(now, 0)),
            *([run, sounded + 1 if run else 0, interval(rank(expected, 0), rank(now, 0))] if shelved else []),
        ]
        for bit, each in enumerate((now, before, *memories)):
            sets[at, list(each)] |= 1 << bit
        add_notes(frames[at + 1], now, before, memories, anchor, [strength, agrees, run], rows, references, ends)
        answers.extend([*frames[at + 1], END])
        bounds.extend([KEYS, *frames[at + 1]])
        begins.append(len(answers))
    used = [key for frame in frames for key in frame] or [0]
    return Table(
        tokens=tops[:-1] + 1,
        cues=cues.astype(np.int16),
        sets=sets,
        begins=np.array(begins),
        notes=np.array(rows, np.int16).reshape(-1, len(note_columns(shelved).sizes)),
        answers=np.array(answers, np.int16),
        bounds=np.array(bounds, np.int16),
        references=np.array(references, np.int16).reshape(-1, references_of(shelved)),
        ends=np.array(ends, np.uint8),
        lowest=min(used),
        highest=max(used),
        shelf=shelved,
    )


def in_key(key: int | None, anchor: int | None) -> int:
    """The pitch class above the first frame's lowest note, 1 to 12; 0 where either is missing."""
    return 0 if key is None or anchor is None else (key - anchor) % 12 + 1


def add_notes(
    frame: tuple[int, ...],
    now: tuple[int, ...],
    before: tuple[int, ...],
    memories: list[tuple[int, ...]],
    anchor: int | None,
    strengths: list[int],
    rows: list[list[int]],
    references: list[list[int]],
    ends: list[int],
) -> None:
    """Append the rows of one frame's notes and its end mark."""
    for slot in range(len(frame) + 1):
        chosen = frame[:slot]
        last = rank(chosen, -1)
        left = [[key for key in each if last is None or key < last] for each in (now, before, *memories)]
        due_now, _, due_echo, due_lag, *due_shelf = (rank(tuple(each), 0) for each in left)
        alike = [chosen == each[:slot] for each in (now, *memories)]
        trust = [2 * strength + same if strength else 0 for strength, same in zip(strengths, alike[1:], strict=False)]

        def to_due(due: int | None, last: int | None = last) -> int:
            return 0 if last is None else NEXT if due is None else interval(last, due)

        rows.append(
            [
                *(chosen[index] + 1 if index < slot else 0 for index in range(SLOTS)),
                0 if last is None else last + 1,
                min(slot + 1, 10),
                *(interval(last, key) for key in ranked(now)),
                interval(last, rank(chosen, -2)),
                interval(last, rank(chosen, 0)),
                to_due(due_now),
                to_due(due_echo),
                to_due(due_lag),
                1 + alike[0] + 2 * alike[1] + 4 * alike[2],
                *trust[:2],
                in_key(last, anchor),
                in_key(due_now, anchor) if due_now is not None else 13,
                in_key(due_echo, anchor) if due_echo is not None else 13,
                *(value for due in due_shelf for value in (to_due(due), trust[2])),
            ]
        )
        told = [last, rank(chosen, -2), rank(chosen, 0), due_now, due_echo, due_lag]
        told += [rank(now, 0), rank(now, 1), rank(now, 2), rank(now, -1), anchor, *due_shelf]
        references.append([-1 if key is None else key for key in told])
        ends.append(sum((not each) << bit for bit, each in enumerate(left)))
