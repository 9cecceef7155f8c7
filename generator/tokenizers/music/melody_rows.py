"""The cues of a whole melody at once: what ``MelodyPlace.cues`` tells place by place, a hundred times as fast."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .alphabet import FIRST
from .echoes import LENGTHS
from .melody_cues import (
    AHEAD,
    BACK,
    BARS,
    COARSE,
    CUE_FIELDS,
    GRAIN,
    LEAST,
    LEFT,
    PLACES,
    SECTIONS,
    Due,
    Group,
    bar_ticks,
    bars_in,
    grouped,
)
from .melody_signs import (
    BAR,
    BAR_REST,
    DURATIONS,
    FERMATA,
    METRES,
    MODES,
    MOVES,
    PICKUPS,
    PITCHES,
    REST,
    SECTION,
    SYMBOLS,
    TIE,
)

__all__ = ["cue_rows"]

Numbers = NDArray[np.int64]

PITCH, RESTING, WHOLE, LENGTH, LINE, METRING, MODING, MOVING, PICKING, TYING, HOLDING = range(1, 12)
KINDS = (PITCHES, REST, BAR_REST, DURATIONS, BAR + SECTION, METRES, MODES, MOVES, PICKUPS, TIE, FERMATA)
ROOM: Final = 1 << 32  # ticks, more than any bar has


def table(values: dict[str, int]) -> Numbers:
    """What each character stands for, by its number; 0 for those that are not named."""
    found = np.zeros(len(SYMBOLS), np.int64)
    for sign, value in values.items():
        found[ord(sign) - FIRST] = value
    return found


KIND: Final = table({sign: kind for kind, signs in enumerate(KINDS, start=1) for sign in signs})
TICKS: Final = table({sign: duration.ticks for sign, duration in DURATIONS.items()})
FULL: Final = table({sign: bar_ticks(sign) for sign in METRES})
ORDER: Final = table({sign: place for signs in (METRES, MODES) for place, sign in enumerate(signs, start=1)})
TUPLET: Final = table({sign: 1 for sign, duration in DURATIONS.items() if duration.tuplet})


def latest(where: NDArray[np.bool_]) -> Numbers:
    """The index of the latest True up to each place, -1 before the first."""
    return np.maximum.accumulate(np.where(where, np.arange(len(where)), -1))


def taken(values: Numbers, index: Numbers) -> Numbers:
    """``values[index]``, and 0 where the index is below 0."""
    return np.where(index >= 0, values[index], 0)


def cue_rows(text: str) -> Numbers:
    """The cues of each character and of the end of a melody [characters + 1, fields], all of it known."""
    size = len(text)
    rows = np.zeros((size + 1, len(CUE_FIELDS)), np.int64)
    column = {field.name: number for number, field in enumerate(CUE_FIELDS)}
    rows[0, column["due"]] = Due.MODE
    rows[:, column["ahead"]] = 1 + min(max(bars_in(text) - 1, 0), AHEAD)
    if not text:
        return rows
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64) - FIRST
    kind, index = KIND[codes], np.arange(size)
    after = rows[1:]  # [characters, fields], the place behind each character

    force = latest(kind == LENGTH)
    forced = taken(codes, force)
    metre = latest(kind == METRING)
    full = np.where(metre >= 0, FULL[taken(codes, metre)], 0)
    pickup = PICKUPS.get(text[2:3], 0)
    line = latest(kind == LINE)
    bar = np.cumsum(kind == LINE)  # from 0, a pickup counted
    event = (kind >= PITCH) & (kind <= WHOLE)

    # the place in the bar
    begin = np.where(bar == 0, np.where(index >= 2, full - pickup if pickup else 0, 0), 0)
    lengths = np.where(kind == WHOLE, full - begin, np.where(event & (force >= 0), TICKS[forced], 0))
    passed = np.cumsum(lengths)
    at = passed - taken(passed, line) + begin
    known = metre >= 0
    after[:, column["place"]] = np.where(known, 1 + np.minimum(at // GRAIN, PLACES), 0)
    after[:, column["left"]] = np.where(known, 1 + np.clip(-((at - full) // COARSE), 0, LEFT), 0)

    # the number of the bar
    section = latest(codes == ord(SECTION) - FIRST)
    picked = np.where(index >= 2, int(pickup > 0), 0)
    number = bar + 1 - picked
    inside = np.where(section >= 0, bar - taken(bar, section) + 1, number)
    after[:, column["eighth"]] = np.where(known, np.where(inside > 0, 1 + (inside - 1) % 8, 9), 0)
    after[:, column["bar"]] = np.where(known, 1 + np.minimum(number, BARS), 0)
    passages = np.cumsum(codes == ord(SECTION) - FIRST)
    after[:, column["section"]] = np.where(known, 1 + np.minimum(passages, SECTIONS), 0)
    after[:, column["ahead"]] = 1 + np.clip(bars_in(text) - number, 0, AHEAD)

    # what is due
    last_event = latest(event)
    standing = np.where(last_event > line, int(Due.INSIDE), int(Due.START))
    if pickup:
        standing[(number > 0) & (at + pickup == full)] = Due.CLOSE
    standing[at >= full] = Due.FULL
    due = standing.copy()
    due[kind == LINE] = Due.START
    prefixes = {LENGTH: Due.DURATION, HOLDING: Due.FERMATA, TYING: Due.TIE, MOVING: Due.MOVED, PICKING: Due.PICKED}
    for what, then in {**prefixes, METRING: Due.START}.items():
        due[kind == what] = then
    due[:2] = (Due.METRE, Due.FIRST)[: len(due[:2])]
    after[:, column["due"]] = due

    # what is in force, and what was before
    after[:, column["metre"]] = ORDER[taken(codes, metre)] * known
    after[:, column["mode"]] = ORDER[taken(codes, latest(kind == MODING))]
    after[:, column["duration"]] = np.where(force >= 0, forced + FIRST, 0)
    tied = np.concatenate(([False], kind[:-1] == TYING))
    after[:, column["tied"]] = taken(tied.astype(np.int64), last_event)
    after[:, column["group"]] = taken(notes_in_groups(codes, kind, forced), np.maximum(last_event, line))
    pitches = np.flatnonzero(kind == PITCH)
    count = np.cumsum(kind == PITCH)
    for name, back in (("last", 1), ("before", 2)):
        if len(pitches) >= back:
            there = pitches[np.maximum(count - back, 0)]
            after[:, column[name]] = np.where(count >= back, codes[there] + FIRST, 0)

    echoes(text, codes, rows[:, column["echo"]], rows[:, column["strength"]])

    # what stood at the same place of bars before
    entry = event | (kind == LINE)
    before = np.concatenate(([0], at[:-1]))  # where an event begins, and where a bar ends
    keys = (bar - (kind == LINE))[entry] * ROOM + before[entry]
    length_there = np.where(event & (kind != WHOLE) & (force >= 0), forced + FIRST, 0)[entry]
    sign_there = codes[entry] + FIRST
    written = (due == Due.DURATION) | (due == Due.FERMATA) | (due == Due.TIE)
    in_force = np.where(force >= 0, forced + FIRST, 0)
    for bars in BACK if len(keys) else ():
        wanted = (bar - bars) * ROOM + at
        there = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        found = (keys[there] == wanted) & (bar >= bars)
        change = (length_there[there] > 0) & (length_there[there] != in_force) & ~written
        said = np.where(change, length_there[there], sign_there[there])
        after[:, column[f"back{bars}"]] = np.where(found, said, 0)
    return rows


def notes_in_groups(codes: Numbers, kind: Numbers, forced: Numbers) -> Numbers:
    """How many notes the open tuplet has behind each note of one, 0 behind everything else [characters]."""
    found = np.zeros(len(codes), np.int64)
    within = ((kind == PITCH) | (kind == RESTING)) & (TUPLET[forced] > 0)
    if not within.any():
        return found
    breaks = np.cumsum((kind == LINE) | (kind == WHOLE) | (((kind == PITCH) | (kind == RESTING)) & ~within))
    group: Group | None = None
    run = -1
    for place in np.flatnonzero(within).tolist():
        if breaks[place] != run:
            group, run = None, int(breaks[place])
        group = grouped(group, DURATIONS[chr(FIRST + int(forced[place]))])
        found[place] = group.notes if group else 0
    return found


def echoes(text: str, codes: Numbers, due: Numbers, strength: Numbers) -> None:
    """Write what ``Echo`` tells into two columns of the rows."""
    stood: dict[str, int] = {}
    again, length = -1, 0
    places, sizes = [-1], [0]
    for place, character in enumerate(text):
        passage = text[place + 1 - LEAST : place + 1] if place + 1 >= LEAST else ""
        if again >= 0 and text[again] == character:
            again, length = again + 1, length + 1
        else:
            found = stood.get(passage, -1) if passage else -1
            again, length = (found + LEAST, LEAST) if found >= 0 else (-1, 0)
        if passage:
            stood[passage] = place + 1 - LEAST
        places.append(again)
        sizes.append(length)
    where = np.array(places)
    due[:] = np.where(where >= 0, codes[where] + FIRST, 0)
    strength[:] = np.where(where >= 0, np.searchsorted(np.array(LENGTHS), np.array(sizes), side="right"), 0)
