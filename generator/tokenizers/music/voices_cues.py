"""What a network is told beside the characters of the alphabet ``voices``, for a whole text at once.

``VoicesPlace.cues`` tells the same of one place; a test holds the two together.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...text.cues import CueField
from .alphabet import FIRST
from .echoes import LENGTHS
from .voices_degrees import SHOWN, SILENT, TONES, VOICE_NAMES, degree_fields, degree_rows, parallels
from .voices_signs import (
    BAR,
    FERMATA,
    FULL,
    HOLD,
    MISSING,
    MODE_NAMES,
    MODE_SIGNS,
    MOST_STEPS,
    MOST_VOICES,
    PITCHES,
    REST,
    SECTION,
    SIGNATURES,
    VOICE_COUNTS,
)

__all__ = [
    "AHEAD_FIELDS",
    "BAR_DUE",
    "CAP",
    "CUE_FIELDS",
    "END_OR_ON",
    "FERMATA_SHIFT",
    "FRAME",
    "LEAST",
    "SHOWN",
    "SILENT",
    "START",
    "ahead_table",
    "cue_rows",
]

Rows = NDArray[np.int64]

CAP = 32  # steps or bars; what is further off is told as this
LEAST = 16  # characters that must be alike to count as a repetition: four chords of four voices

# What is due: 1 to 4 the header, then these.
START = 5  # the missing steps of a pickup, or the first chord
FRAME = 6  # the top voice; the other slots follow
FERMATA_SHIFT = MOST_VOICES  # added where the fermata is written and the pitch is due
BAR_DUE = FRAME + 2 * MOST_VOICES  # the bar is full
END_OR_ON = BAR_DUE + 1  # the top voice, at the place where the piece began with its pickup, and so may end

CUE_FIELDS = (
    CueField("slot", END_OR_ON, 0, 0),
    CueField("place", MOST_STEPS + 1, 1, 0),
    CueField("last", TONES, 2, 1),
    CueField("held", CAP, 3, 1),
    *(CueField(f"{name}_sounds", SILENT, 4 + slot, 1) for slot, name in enumerate(VOICE_NAMES)),
    CueField("echo", 0, 8, 2),
    CueField("echo_strength", len(LENGTHS), 9, 2),
    CueField("bars_left", CAP, 10, 3, ahead=True),
    *(
        CueField(f"{name}_{what}", size, 11 + 4 * slot + number, 4 + slot, ahead=True)
        for slot, name in enumerate(VOICE_NAMES)
        for number, (what, size) in enumerate((("does", 0), ("next", TONES), ("next_in", CAP), ("fermata_in", CAP)))
    ),
    # the key in force, beside every note: a network forgets what a header said
    CueField("signature", 15, 27, 8),
    CueField("mode", len(MODE_NAMES), 28, 8),
    *degree_fields(29, sounding=9, coming=4),
)
KEY = 27  # the column of the signature
DEGREE = 29  # the column of the first cue that is relative to the key
PARALLEL = len(CUE_FIELDS) - (SHOWN - 1)
AHEAD = 10  # the column of the first cue that tells of what comes
AHEAD_FIELDS = 4  # of each voice


def code(character: str) -> int:
    return ord(character) - FIRST


SIGNATURE_CODES = sorted(map(code, SIGNATURES))
MODE_CODES = sorted(map(code, MODE_SIGNS))
LOWEST_CODE = code(next(iter(PITCHES)))
# Code to steps: of a full bar, and missing; 0 for all other characters.
FULL_OF = np.zeros(LOWEST_CODE + TONES, np.int64)
FULL_OF[[code(sign) for sign in FULL]] = list(FULL.values())
MISSING_OF = np.zeros_like(FULL_OF)
MISSING_OF[[code(sign) for sign in MISSING]] = list(MISSING.values())


def latest(marked: NDArray[np.bool_]) -> Rows:
    """The number of the last marked row before each row, and before the end; -1 where there is none [rows + 1, ...]."""
    numbers = np.arange(len(marked), dtype=np.int64).reshape(-1, *[1] * (marked.ndim - 1))
    first = np.full((1, *marked.shape[1:]), -1, np.int64)
    return np.concatenate([first, np.maximum.accumulate(np.where(marked, numbers, -1), axis=0)])


def following(marked: NDArray[np.bool_]) -> Rows:
    """The number of the first marked row from each row on; the number of rows where there is none [rows]."""
    numbers = np.where(marked, np.arange(len(marked)), len(marked))
    return np.minimum.accumulate(numbers[::-1])[::-1]


def ahead_table(moves: Rows, fermatas: NDArray[np.bool_]) -> Rows:
    """What is known of one voice when each frame is written, and after the last one.

    Only what is known without a gap is told: over frames that are still free nothing is told of what follows.

    Args:
        moves: The code of what the voice does in each frame, -1 for one that is free [frames].
        fermatas: Whether it begins a note with a fermata there [frames].
    Returns:
        What it does (``ord``), the pitch that it begins next, in how many steps, and in how many steps (and 1)
        it begins a note with a fermata; 0 for unknown [frames + 1, 4].
    """
    frames = len(moves)
    table = np.zeros((frames + 1, AHEAD_FIELDS), np.int64)
    numbers = np.arange(frames)
    table[:-1, 0] = np.where(moves >= 0, moves + FIRST, 0)
    ends = np.append(following(moves < 0), frames)  # of the passage that is known, from each frame on
    onsets = np.append(following(moves >= LOWEST_CODE), [frames, frames])[1:]  # after each frame
    begins = onsets[:-1] < ends[1:]
    reached = onsets[:-1][begins]
    table[:-1, 1][begins] = moves[reached] - LOWEST_CODE + 1
    table[:-1, 2][begins] = np.minimum(reached - numbers[begins], CAP)
    marks = following(fermatas)
    told = marks < ends[:-1]
    table[:-1, 3][told] = np.minimum(marks[told] - numbers[told] + 1, CAP)
    return table


def echo_columns(text: str) -> tuple[list[int], list[int]]:
    """The character that an ``Echo`` says is due at each place, and how strongly, as ``Echo`` itself tells it."""
    due, strengths = [0], [0]
    strength_of = [sum(length >= each for each in LENGTHS) for length in range(LENGTHS[-1] + 1)]
    seen: dict[str, int] = {}  # passage -> the latest place where it began
    again, length = -1, 0
    for number, character in enumerate(text):
        if again >= 0 and text[again] == character:
            again += 1
            length += 1
            passage = text[number - LEAST + 1 : number + 1]
        else:
            passage = text[max(number - LEAST + 1, 0) : number + 1]
            found = seen.get(passage, -1)
            again, length = (found + LEAST, LEAST) if found >= 0 else (-1, 0)
        if number >= LEAST - 1:
            seen[passage] = number - LEAST + 1
        due.append(ord(text[again]) if again >= 0 else 0)
        strengths.append(strength_of[min(length, LENGTHS[-1])] if again >= 0 else 0)
    return due, strengths


def cue_rows(text: str) -> Rows:
    """The cues of each character of a piece and of its end, where all of the piece is known [characters + 1, fields].

    Args:
        text: As ``write`` makes it, or a beginning of one that has its header.
    """
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64) - FIRST
    voices = VOICE_COUNTS[text[3]]
    rows = np.zeros((len(text) + 1, len(CUE_FIELDS)), np.int64)
    filling = codes >= code(HOLD)  # a slot
    frame, slot = np.divmod(np.concatenate([[0], np.cumsum(filling)]), voices)
    complete = int(frame[-1])
    body = np.arange(len(text) + 1) > 4

    # where we are
    lines = (codes == code(BAR)) | (codes == code(SECTION))
    line = latest(lines)
    missing_before = latest(MISSING_OF[codes] > 0)
    # the codes of what was found are looked up from behind where nothing was: the last entry is only a filling
    lacking = np.where(missing_before > line, MISSING_OF[codes[missing_before]], 0)
    place = frame - np.where(line >= 0, frame[line], 0) + lacking
    full = FULL_OF[codes[latest(FULL_OF[codes] > 0)]]
    pickup = int(MISSING_OF[codes[4]]) if len(text) > 4 else 0
    before = np.concatenate([[-1], codes])  # the character just written
    due = FRAME + slot
    first = slot == 0
    due[first & (place == pickup) & (pickup > 0) & (frame > 0)] = END_OR_ON
    due[first & (place >= full)] = BAR_DUE
    due[before == code(FERMATA)] = (FRAME + FERMATA_SHIFT + slot)[before == code(FERMATA)]
    due[(before >= SIGNATURE_CODES[0]) & (before <= SIGNATURE_CODES[-1])] = 2
    due[:5] = range(1, min(len(due), 5) + 1)
    rows[:, 0] = due
    rows[:, 1] = np.where(body, np.minimum(place + 1, MOST_STEPS + 1), 0)

    # what sounds: the state of each voice after 0, 1, 2 ... frames
    written = codes[filling]
    grid = np.full((complete + 1, voices), code(HOLD), np.int64)
    grid.reshape(-1)[: len(written)] = written
    onset = latest(grid >= LOWEST_CODE)
    silence = latest(grid == code(REST))
    columns = np.arange(voices)
    pitch = np.where(onset >= 0, grid[onset, columns] - LOWEST_CODE + 1, 0)
    sounding = np.where(silence > onset, SILENT, pitch)
    rows[:, 2] = np.where(body, pitch[frame, slot], 0)
    began = onset[frame, slot]
    sounds = body & (began >= 0) & (silence[frame, slot] < began)
    rows[:, 3] = np.where(sounds, np.minimum(frame - began, CAP), 0)
    for voice in range(min(voices, SHOWN)):
        rows[:, 4 + voice] = np.where(body, sounding[frame + (voice < slot), voice], 0)
    rows[:, 8], rows[:, 9] = echo_columns(text)

    signature = latest(np.isin(codes, SIGNATURE_CODES))
    rows[:, KEY] = np.where(signature >= 0, codes[signature] - SIGNATURE_CODES[0] + 1, 0)
    mode = latest(np.isin(codes, MODE_CODES))
    rows[:, KEY + 1] = np.where(mode >= 0, codes[mode] - MODE_CODES[0] + 1, 0)

    # what comes
    passed = np.concatenate([[0], np.cumsum(lines)])
    bars = 1 + int(np.sum(lines & (frame[:-1] < complete))) - (pickup > 0)
    rows[:, AHEAD] = np.clip(bars - np.maximum(passed - (pickup > 0), 0), 0, CAP)
    marked = (before[:-1] == code(FERMATA))[filling]
    for voice in range(min(voices, SHOWN)):
        moves, marks = written[voice::voices][:complete], marked[voice::voices][:complete]
        table = ahead_table(moves, marks)
        start = AHEAD + 1 + AHEAD_FIELDS * voice
        rows[:, start : start + AHEAD_FIELDS] = table[frame]

    # what follows from it
    pitches = rows[:, [2, *range(4, 4 + SHOWN)]]
    rows[:, DEGREE:PARALLEL] = degree_rows(rows[:, KEY : KEY + 2], pitches, rows[:, AHEAD + 1 : KEY])
    for voice in range(min(voices, SHOWN) - 1):
        told = parallels(sounding[frame, slot], sounding[frame, voice], sounding[frame + 1, voice])
        rows[:, PARALLEL + voice] = np.where(body & (voice < slot), told, 0)
    return rows
