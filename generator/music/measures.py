"""From bars as they are written to a score as it is played.

Readers of notation collect ``Measure``s with times counted from their own bar line; ``assemble``
puts them in the order of play and makes every voice whole.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import pairwise

from generator.errors import CorpusError
from generator.stopping import go_on

from .durations import is_writable, split
from .pitch import Key, Pitch
from .repeats import Marks, play_order
from .score import Event, KeyChange, Metre, Note, Part, Rest, Score, Tempo, Voice, chords

__all__ = ["Measure", "Reading", "assemble", "fill", "refuse_cells"]

MOST_CELLS = 500_000  # bars of all voices together: of forty staves, twelve thousand bars
MOST_PARTS = 1 << 40  # of a quarter, in which bars begin
MOST_PIECES = 16  # into which repeats cut a bar
VoiceName = tuple[int, str]  # the number of the part, and the voice's name in it


@dataclass
class Measure:
    """One written bar; all times count from its beginning.

    Attributes:
        length: Quarters from this bar line to the next as written.
        metre: Beats and beat type in force; None for free metre.
        keys: Keys with the time where each begins; the first stands at 0 and is the one in force.
        tempos: New speeds in quarters a minute, with the time where each begins.
        voices: The events of each voice, in any order.
        marks: What is played after it.
    """

    length: Fraction = Fraction(0)
    metre: tuple[int, int] | None = None
    keys: list[tuple[Fraction, Key]] = field(default_factory=list)
    tempos: list[tuple[Fraction, Fraction]] = field(default_factory=list)
    voices: dict[VoiceName, list[Event]] = field(default_factory=dict)
    marks: Marks = field(default_factory=Marks)

    @property
    def nominal(self) -> Fraction | None:
        """Quarters that the metre asks for."""
        return Fraction(4 * self.metre[0], self.metre[1]) if self.metre else None


@dataclass(frozen=True)
class Reading:
    """A score and what of its source it does not hold.

    Attributes:
        score: The piece.
        losses: What was left out, with how often: ``{"grace notes": 12}``.
    """

    score: Score
    losses: dict[str, int] = field(default_factory=dict)


def assemble(
    measures: Sequence[Measure],
    parts: Sequence[Part],
    *,
    title: str = "",
    composer: str = "",
    kind: str = "",
    losses: Counter[str] | None = None,
    order: Sequence[int] | None = None,
) -> Reading:
    """Put written bars together into a score, repeats played out.

    Bars that a repeat sign cuts in two are joined when together they make one bar of the metre.
    Silences that the source leaves out are filled with rests. A tie that leads to no note of its
    pitch, as at a first ending, is dropped and counted.

    Args:
        measures: The bars as written.
        parts: Name and instrument of each part; their voices are left empty.
        title, composer, kind: What is known of the piece.
        losses: What the reader has already left out.
        order: The bars in the order of play, where the repeat signs do not say it.

    Raises:
        CorpusError: If there is no bar or no note, or the repeats lead on without end.
    """
    counted: Counter[str] = Counter(losses or {})
    if order is None:
        order = play_order([measure.marks for measure in measures])
    order = [place for place in order if measures[place].length > 0]
    played = [measures[place] for place in order]
    if not any(isinstance(event, Note) for measure in played for events in measure.voices.values() for event in events):
        raise CorpusError("There is not one note in it.")
    starts, length = bar_starts(played)
    bars = joined_bars(played, starts, length)
    names = sorted({name for measure in played for name in measure.voices}, key=lambda name: (name[0], *rank(name[1])))
    refuse_cells(len(names), len(played))
    voices: dict[int, list[Voice]] = {number: [] for number in range(len(parts))}
    for name in names:
        events = whole_voice(name, played, starts, counted)
        if any(isinstance(event, Note) for event in events):
            voices[name[0]].append(Voice(tuple(events)))
    silent = sum(not found for found in voices.values())
    if silent:
        counted["parts without a note"] += silent
    filled = tuple(replace(part, voices=tuple(voices[number])) for number, part in enumerate(parts) if voices[number])
    bar_set = set(bars)
    metres: list[Metre] = []
    for measure, start in zip(played, starts, strict=True):
        if (
            measure.metre
            and start in bar_set
            and (not metres or measure.metre != (metres[-1].beats, metres[-1].beat_type))
        ):
            metres.append(Metre(start, *measure.metre))
    if metres and metres[0].onset:
        metres[0] = replace(metres[0], onset=Fraction(0))
    score = Score(
        filled,
        tuple(bars),
        length,
        tuple(metres),
        tuple(changed_keys(played, starts)),
        tuple(changed_tempos(played, starts)),
        tuple(section_starts(measures, order, starts, bars)),
        " ".join(title.split()),
        " ".join(composer.split()),
        " ".join(kind.split()),
        tuple(zip(starts, numbers(measures, order), strict=True)) if repeats(order) else (),
    )
    return Reading(score, {what: count for what, count in counted.items() if count})


def repeats(order: Sequence[int]) -> bool:
    """Whether the bars are played in another order than they stand in."""
    return any(before >= after for before, after in pairwise(order))


def numbers(measures: Sequence[Measure], order: Sequence[int]) -> list[int]:
    """The number on the page of each bar that is played: a pickup is 0, and a bar that is cut in two counts once."""
    found: dict[int, int] = {}
    number, filled = 0, Fraction(0)
    for place, measure in enumerate(measures):
        nominal = measure.nominal
        if not number and not found and nominal and measure.length < nominal and len(measures) > 1:
            found[place] = 0
            continue
        if not (nominal and 0 < filled < nominal and filled + measure.length <= nominal):
            number, filled = number + 1, Fraction(0)
        filled += measure.length
        found[place] = number
    return [found[place] for place in order]


def refuse_cells(voices: int, bars: int) -> None:
    """Refuse what would fill the memory, as each voice gets a rest in each bar.

    Raises:
        CorpusError: Then.
    """
    if voices * bars > MOST_CELLS:
        raise CorpusError(f"It has {voices} voices in {bars} bars, more than can be read.")


def bar_starts(played: Sequence[Measure]) -> tuple[list[Fraction], Fraction]:
    """Where each written bar begins when they are played in a row, and where the last one ends."""
    starts, time = [], Fraction(0)
    for measure in played:
        starts.append(time)
        time += measure.length
        if time.denominator > MOST_PARTS:
            raise CorpusError("Its bars have lengths that no metre has.")
    return starts, time


def joined_bars(played: Sequence[Measure], starts: Sequence[Fraction], length: Fraction) -> list[Fraction]:
    """The bar lines, without those that stand inside a bar of the metre because of a repeat sign."""
    bars: list[Fraction] = [Fraction(0)]
    place = 1
    while place < len(played):
        bars.append(starts[place])
        nominal, total, ahead = played[place].nominal, played[place].length, place + 1
        most = min(len(played), place + MOST_PIECES)
        while nominal and total < nominal and ahead < most and played[ahead].metre == played[place].metre:
            total += played[ahead].length
            ahead += 1
        place = ahead if total == nominal else place + 1
    return bars


def section_starts(
    measures: Sequence[Measure], order: Sequence[int], starts: Sequence[Fraction], bars: Sequence[Fraction]
) -> list[Fraction]:
    """The bar lines at which a passage begins, each after the first bar and before the end."""
    found: set[Fraction] = set()
    for (before, after), start in zip(pairwise(order), starts[1:], strict=True):
        marks = measures[after].marks
        if marks.section or marks.start or measures[before].marks.times or after != before + 1:
            place = bisect_left(bars, start)
            if place < len(bars):
                found.add(bars[place])
    return sorted(found)


def rank(name: str) -> tuple[int, str]:
    """Voices called by numbers come in the order of the numbers, others after them."""
    return (int(name), "") if name.isdecimal() else (1 << 30, name)


def whole_voice(
    name: VoiceName, played: Sequence[Measure], starts: Sequence[Fraction], losses: Counter[str]
) -> list[Event]:
    """One voice through the piece: rests for what it leaves out, ties that lead somewhere."""
    events: list[Event] = []
    for measure, start in zip(played, starts, strict=True):
        go_on()
        if measure.voices and name not in measure.voices:
            events.append(Rest(start, measure.length))
            continue
        for event in fill(measure.voices.get(name, ()), measure.length):
            events.append(replace(event, onset=event.onset + start))
    return drop_loose_ties(events, losses)


def fill(events: Iterable[Event], length: Fraction) -> list[Event]:
    """The events of one bar in order, the lowest note of a chord first, rests in the gaps.

    A rest that no one sign can stand for becomes several, unless it is the whole bar. What overlaps is
    left for ``Score.problems`` to tell.
    """

    def place(event: Event) -> tuple[Fraction, Fraction, int, int]:
        pitch = event.pitch if isinstance(event, Note) else None
        return event.onset, event.duration, pitch.midi if pitch else -1, pitch.fifths if pitch else 0

    filled: list[Event] = []
    time = Fraction(0)
    for event in sorted(events, key=place):
        if event.onset > time:
            filled += rests(time, event.onset, length)
        if isinstance(event, Rest) and event.duration != length and not is_writable(event.duration, event.tuplet):
            filled += rests(event.onset, event.end, length)
        else:
            filled.append(event)
        time = max(time, event.end)
    if time < length:
        filled += rests(time, length, length)
    return filled


def rests(start: Fraction, end: Fraction, bar: Fraction) -> list[Event]:
    """Rests for a gap: one if it is the whole bar, else each of a length that one sign can have."""
    pieces = None if end - start == bar else split(end - start)
    if pieces is None:
        return [Rest(start, end - start)]
    found: list[Event] = []
    for duration, tuplet in pieces:
        found.append(Rest(start, duration, tuplet=tuplet))
        start += duration
    return found


def drop_loose_ties(events: Sequence[Event], losses: Counter[str]) -> list[Event]:
    """The events without the ties that no note of the same pitch takes up; chords without doubled notes."""
    groups = list(chords(events))
    found: list[Event] = []
    for place, group in enumerate(groups):
        go_on()
        following = groups[place + 1] if place + 1 < len(groups) else []
        targets = {event.pitch for event in following if isinstance(event, Note) and event.onset == group[0].end}
        seen: set[Pitch] = set()
        for event in group:
            if isinstance(event, Note):
                if event.pitch in seen:
                    losses["notes doubled within a chord"] += 1
                    continue
                seen.add(event.pitch)
                if event.tied and event.pitch not in targets:
                    losses["ties that lead to no note of their pitch"] += 1
                    event = replace(event, tied=False)
            found.append(event)
    return found


def changed_keys(played: Sequence[Measure], starts: Sequence[Fraction]) -> list[KeyChange]:
    """The keys in the order of play, each where it differs from the one before."""
    keys: list[KeyChange] = []
    for measure, start in zip(played, starts, strict=True):
        for offset, key in measure.keys:
            if not keys or keys[-1].key != key:
                keys.append(KeyChange(start + offset, key))
    if keys and keys[0].onset:
        keys[0] = replace(keys[0], onset=Fraction(0))
    return keys


def changed_tempos(played: Sequence[Measure], starts: Sequence[Fraction]) -> list[Tempo]:
    """The speeds in the order of play, each where it differs from the one before."""
    tempos: list[Tempo] = []
    for measure, start in zip(played, starts, strict=True):
        for offset, bpm in measure.tempos:
            if tempos and tempos[-1].onset == start + offset:
                tempos.pop()
            if not tempos or tempos[-1].bpm != bpm:
                tempos.append(Tempo(start + offset, bpm))
    return tempos
