"""What a network of the alphabet ``voices`` is told relative to the key, and to the voices written before in a frame.

All of it follows from the other cues, and a network could work it out; told, it need not spend its layers on that,
and what it learns of one key holds for all.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from ...music.pitch import Key
from ...text.cues import CueField
from .voices_signs import HIGHEST, HOLD, LOWEST, MODE_NAMES, PITCHES

__all__ = ["DEGREES", "SHOWN", "SILENT", "TONES", "degree_fields", "degree_row", "degree_rows", "parallel", "parallels"]

SHOWN = 4  # voices of which cues tell
TONES = HIGHEST - LOWEST + 1  # pitch cues are the key number less 20
SILENT = TONES + 1  # the voice rests
HELD = SILENT + 1  # the voice goes on; in the table of degrees alone
RESTS, HOLDS = 13, 14  # beside the twelve degrees
PERFECT = (0, 7)  # unisons and octaves, fifths
VOICE_NAMES = ("top", "lowest", "second", "third")
LOWEST_ORD = ord(next(iter(PITCHES)))
HOLD_ORD = ord(HOLD)


def degree_table() -> NDArray[np.int64]:
    """Degree by signature, mode and pitch, all as cues: 1 the tonic, 2 the semitone above it [16, modes + 1, HELD + 1].

    A key of no known mode counts as major; where no key is told, no degree is.
    """
    table = np.zeros((16, len(MODE_NAMES) + 1, HELD + 1), np.int64)
    pitches = np.arange(LOWEST, HIGHEST + 1)
    for signature in range(1, 16):
        for mode in range(len(MODE_NAMES) + 1):
            name = MODE_NAMES[mode - 1] if mode else ""
            tonic = 7 * Key(signature - 8, name or "major").fifths_of_tonic
            table[signature, mode, 1:SILENT] = (pitches - tonic) % 12 + 1
            table[signature, mode, SILENT:] = RESTS, HOLDS
    return table


DEGREES = degree_table()
LISTED: list[list[list[int]]] = DEGREES.tolist()


def degree_fields(table: int, sounding: int, coming: int) -> tuple[CueField, ...]:
    """The cues, from a table number on.

    Args:
        table: Of the first.
        sounding: The group of those that tell of what sounds.
        coming: The group of the first voice's that tell of what comes; the other voices' follow.
    """
    here = ("last_degree", *(f"{name}_degree" for name in VOICE_NAMES))
    ahead = [
        (f"{name}_{what}", slot) for slot, name in enumerate(VOICE_NAMES) for what in ("does_degree", "next_degree")
    ]
    moved = [f"{name}_parallel" for name in VOICE_NAMES[:-1]]
    return (
        *(CueField(name, HOLDS, table + number, sounding) for number, name in enumerate(here)),
        *(
            CueField(name, HOLDS, table + 5 + number, coming + slot, ahead=True)
            for number, (name, slot) in enumerate(ahead)
        ),
        *(CueField(name, TONES, table + 13 + number, sounding) for number, name in enumerate(moved)),
    )  # fmt: skip


def pitch_of(does: int) -> int:
    """A character of a frame, by its number in Unicode, as a pitch cue."""
    if does >= LOWEST_ORD:
        return does - LOWEST_ORD + 1
    return 0 if not does else HELD if does == HOLD_ORD else SILENT


def degree_row(key: tuple[int, int], pitches: Sequence[int], coming: Sequence[int]) -> tuple[int, ...]:
    """The degrees of one place.

    Args:
        key: The signature and the mode in force, as cues.
        pitches: The cues of the last pitch and of what each voice sounds [1 + SHOWN].
        coming: The cues of what comes, four for each voice, of which the first two count [4 * SHOWN].
    """
    table = LISTED[key[0]][key[1]]
    degrees = [table[pitch] for pitch in pitches]
    for start in range(0, len(coming), len(coming) // SHOWN):
        degrees += table[pitch_of(coming[start])], table[coming[start + 1]]
    return tuple(degrees)


def degree_rows(
    key: NDArray[np.int64], pitches: NDArray[np.int64], coming: NDArray[np.int64]
) -> NDArray[np.int64]:  # fmt: skip
    """``degree_row`` of many places [places, 13].

    Args:
        key: Of each place [places, 2].
        pitches: [places, 1 + SHOWN].
        coming: [places, 4 * SHOWN].
    """
    each = coming.shape[1] // SHOWN
    does, following = coming[:, ::each], coming[:, 1::each]
    begun = np.where(does >= LOWEST_ORD, does - LOWEST_ORD + 1, SILENT)
    does = np.where(does == 0, 0, np.where(does == HOLD_ORD, HELD, begun))
    told = np.concatenate([pitches, np.stack([does, following], -1).reshape(len(key), -1)], 1)
    found: NDArray[np.int64] = DEGREES[key[:, :1], key[:, 1:], told]
    return found


def parallel(mine: int, was: int, now: int) -> int:
    """The pitch with which a voice would go in parallel fifths, octaves or unisons with another, as a cue; else 0.

    Args:
        mine: What the voice that is due sang in the frame before.
        was: What the other sang there.
        now: What the other sings in this frame.
    """
    singing = 0 < mine < SILENT and 0 < was < SILENT and 0 < now < SILENT
    if not singing or now == was or abs(mine - was) % 12 not in PERFECT:
        return 0
    reached = mine + now - was
    return reached if 1 <= reached <= TONES else 0


def parallels(mine: NDArray[np.int64], was: NDArray[np.int64], now: NDArray[np.int64]) -> NDArray[np.int64]:
    """``parallel`` of many places, of any shape."""
    singing = (mine > 0) & (mine < SILENT) & (was > 0) & (was < SILENT) & (now > 0) & (now < SILENT)
    reached = mine + now - was
    told = singing & (now != was) & np.isin(np.abs(mine - was) % 12, PERFECT) & (reached >= 1) & (reached <= TONES)
    return np.where(told, reached, 0)
