"""The chorales of Jsb16thSeparated.json as chords with lengths: the decisions, their cues, and batches of them.

A piece is a list of frames, one a sixteenth, of four MIDI pitches (soprano, alto, tenor, bass; -1 for a
rest). A step of the model is a chord: the frames up to the next change in any voice. A chord is written
by five decisions: soprano (or the end of the piece), bass, alto, tenor, and how many sixteenths it
lasts. A voice that stays on its pitch holds it; the data cannot tell a repeated note from a held one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsb_cues as cues
import numpy as np
from jsb_cues import LOWEST, PITCHES, Cues
from jsb_tunes import Tunes

COLUMNS = (0, 3, 1, 2)  # of the file, in the order of the decisions
CANDIDATES = PITCHES + 2  # a rest, the pitches, the end
REST, END = 0, PITCHES + 1
# what each voice may be scored at: the training ranges and some semitones on either side
RANGES = ((55, 86), (31, 71), (47, 79), (41, 74))


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


def analyse(frames: np.ndarray, tunes: Tunes, leave_out: int | None = None) -> Piece:
    """Write a piece as decisions with their cues.

    Args:
        frames: The piece [frames, 4], in the order of the decisions.
        tunes: The tunes of the training pieces.
        leave_out: The piece's own number, if it is one of them.
    """
    at = cues.walk(frames)
    foretold = cues.foretell(at, frames, tunes, leave_out)
    targets = np.full((len(at.before), 5), -1)
    targets[:-1, :4] = candidate(at.after[:-1])
    targets[:-1, 4] = at.length[1:] - 1
    targets[-1, 0] = END
    return Piece(
        frames=len(frames),
        history=cues.history(at, foretold),
        cues=tuple(cues.decision_cues(at, foretold, decision) for decision in range(5)),
        targets=targets,
        references=np.stack([cues.references(at, foretold, voice) for voice in range(4)], 1),
        modes=np.stack([np.where(keys > 0, 1 + (keys > 12), 0) for keys in (at.keys, at.local_keys)], 1),
        last=np.where(at.before == -2, -1, candidate(at.before)),
        lengths=at.length,
        echo_lengths=cues.lengths_expected(at, foretold),
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
