"""Where a melody stands that is being written, what may follow, and what a network is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ...music import Key
from .alphabet import Place
from .echoes import Echo
from .melody_cues import (
    BACK,
    BARS,
    COARSE,
    GRAIN,
    LEAST,
    LEFT,
    PLACES,
    SECTIONS,
    Due,
    Group,
    bar_ticks,
    grouped,
    told,
)
from .melody_grammar import LEAST_BARS, MOST_BARS, fitting, palette, pickups
from .melody_scores import TONICS, changed, home_of, key_on, next_home
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
    TIE,
)

__all__ = ["MelodyPlace", "Plan"]

ORDER_OF_METRE = {sign: number for number, sign in enumerate(METRES, start=1)}
ORDER_OF_MODE = {sign: number for number, sign in enumerate(MODES, start=1)}
MUSIC = (Due.START, Due.INSIDE, Due.FULL, Due.CLOSE)
PREFIXES = (Due.DURATION, Due.FERMATA, Due.TIE)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is settled before a melody is written.

    Attributes:
        modes, metres: The characters to choose from.
        tonic: As ``Bb``; None for the commonest of the mode.
        bars: How many, a pickup not counted; None for as many as the writer likes.
    """

    modes: str
    metres: str
    tonic: str | None = None
    bars: int | None = None


@dataclass(frozen=True, slots=True)
class MelodyPlace(Place):
    """A place in a melody.

    Attributes:
        plan: What is settled.
        due: What stands here.
        mode, metre, force: Characters of the mode, metre and duration in force; empty before the first.
        key: In which it would be written out.
        home: The tonic of its home octave, in letters above C0.
        move: Fifths to the key that is coming, where one is begun.
        full: Ticks in a full bar.
        pickup: Ticks in the pickup.
        at: Ticks from the beginning of the bar; a pickup begins where it stands in a full bar.
        number, inside, section: Number of the bar in the piece and in its passage from 1, 0 for a pickup; and of
            the passage from 0.
        last, before: The last two pitches.
        tied: Whether the last note sounds on.
        tying: Whether the note that is begun will.
        group: The tuplet that is open.
        bar: What stood in this bar: ticks from its beginning to the duration and character that began there.
        past: The same of the bars before, the latest last.
        echo: What of the text comes again.
    """

    plan: Plan
    due: Due = Due.MODE
    mode: str = ""
    key: Key | None = None
    home: int = 0
    move: int = 0
    metre: str = ""
    force: str = ""
    full: int = 0
    pickup: int = 0
    at: int = 0
    number: int = 1
    inside: int = 1
    section: int = 0
    last: str = ""
    before: str = ""
    tied: bool = False
    tying: bool = False
    group: Group | None = None
    bar: tuple[tuple[int, str, str], ...] = ()
    past: tuple[dict[int, tuple[str, str]], ...] = ()
    echo: Echo = field(default_factory=lambda: Echo(least=LEAST))

    def advance(self, character: str) -> MelodyPlace:
        place = replace(self, echo=self.echo.advance(character))
        if character in PITCHES or character in (REST, BAR_REST):
            return place._event(character)
        if character in DURATIONS:
            return replace(place, force=character, due=Due.DURATION)
        if character in (BAR, SECTION):
            return place._bar_line(character)
        if character == TIE:
            return replace(place, tying=True, due=Due.TIE)
        if character == FERMATA:
            return replace(place, due=Due.FERMATA)
        if character in METRES:
            due = Due.FIRST if self.due == Due.METRE else Due.START
            return replace(place, metre=character, full=bar_ticks(character), due=due)
        if character in MODES:
            return place._mode(character)
        if character in PICKUPS:
            length = PICKUPS[character]
            return replace(place, pickup=length, at=self.full - length, number=0, inside=0, due=Due.PICKED)
        if character in MOVES:
            return replace(place, move=MOVES[character], due=Due.MOVED)
        return place

    def _mode(self, character: str) -> MelodyPlace:
        """Behind a mode, of the header or of a change of key."""
        mode = MODES[character]
        if self.key is None:
            key = key_on(self.plan.tonic or TONICS[mode], mode)
            return replace(self, mode=character, key=key, home=home_of(key), due=Due.METRE)
        key = changed(self.key, self.move, mode)
        return replace(self, mode=character, key=key, home=next_home(self.home, key), due=self._standing())

    def _event(self, character: str) -> MelodyPlace:
        """Behind a note or rest."""
        duration = DURATIONS.get(self.force)
        whole = character == BAR_REST
        length = self.full - self.at if whole else duration.ticks if duration else 0
        pitched = character in PITCHES
        place = replace(
            self,
            at=self.at + length,
            last=character if pitched else self.last,
            before=self.last if pitched else self.before,
            tied=self.tying,
            tying=False,
            group=None if whole or duration is None else grouped(self.group, duration),
            bar=(*self.bar, (self.at, "" if whole else self.force, character)),
        )
        return replace(place, due=place._standing())

    def _bar_line(self, character: str) -> MelodyPlace:
        """Behind a bar line."""
        stood = {at: (duration, sign) for at, duration, sign in (*self.bar, (self.at, "", character))}
        begins = character == SECTION
        return replace(
            self,
            at=0,
            number=self.number + 1,
            inside=1 if begins else self.inside + 1,
            section=self.section + begins,
            group=None,
            bar=(),
            past=(*self.past, stood)[-max(BACK) :],
            due=Due.START,
        )

    def _standing(self) -> Due:
        """What is due between two notes."""
        if self.at >= self.full:
            return Due.FULL
        if self.pickup and self.number and self.at + self.pickup == self.full:
            return Due.CLOSE
        return Due.INSIDE if self.bar else Due.START

    def cues(self) -> tuple[int, ...]:
        ahead = 0 if self.plan.bars is None else told(self.plan.bars - self.number)
        named = (self.force, self.last, self.before, self.echo.due)
        force, last, before, echo = (ord(sign) if sign else 0 for sign in named)
        head = (int(self.due), int(self.tied), self.group.notes if self.group else 0)
        form = (0, 0, 0, 0, 0)
        if self.metre:
            form = (
                1 + min(self.at // GRAIN, PLACES),
                1 + min(max(0, -((self.at - self.full) // COARSE)), LEFT),
                1 + (self.inside - 1) % 8 if self.inside else 9,
                1 + min(self.number, BARS),
                1 + min(self.section, SECTIONS),
            )
        signs = (ORDER_OF_METRE.get(self.metre, 0), ORDER_OF_MODE.get(self.mode, 0))
        backs = (self._back(bars) for bars in BACK)
        return (*head, *form, *signs, force, last, before, echo, self.echo.strength, *backs, ahead)

    def _back(self, bars: int) -> int:
        """The character that stood at this place so many bars back, as it would be written here."""
        if len(self.past) < bars:
            return 0
        duration, sign = self.past[-bars].get(self.at, ("", ""))
        if duration and duration != self.force and self.due not in PREFIXES:
            return ord(duration)
        return ord(sign) if sign else 0

    def allowed(self) -> str:
        if self.due == Due.MODE:
            return self.plan.modes
        if self.due == Due.METRE:
            return self.plan.metres
        if self.due == Due.MOVED:
            return "".join(MODES)
        left = self.full - self.at
        if self.due in MUSIC and left <= 0:
            return self._bar_lines()
        lengths = fitting(left, self.group)
        if self.due in PREFIXES:
            return self._notes()
        changes = lengths.replace(self.force, "") if self.force else lengths
        if self.due == Due.FIRST:
            return pickups(self.full) + changes
        return changes + (self._notes() if self.force and self.force in lengths else "")

    def _bar_lines(self) -> str:
        """What may follow a full bar: no new passage behind a pickup or within a tie."""
        if self.number >= (self.plan.bars or MOST_BARS):
            return ""
        return BAR if self.tied or not self.number else BAR + SECTION

    def _notes(self) -> str:
        """What a note of the length in force, or what is begun of one, goes on with."""
        found = self.last if self.tied else palette(self.key, self.home) if self.key else ""
        if self.due == Due.TIE:
            return found
        duration = DURATIONS[self.force]
        ends = self.at + duration.ticks >= self.full and self.number >= (self.plan.bars or MOST_BARS)
        return (
            found + ("" if ends else TIE) + ("" if self.tied else REST) + ("" if self.due == Due.FERMATA else FERMATA)
        )

    def may_end(self) -> bool:
        complete = self.due == Due.FULL or (self.due == Due.CLOSE and self.group is None)
        return complete and not self.tied and self.number >= (self.plan.bars or LEAST_BARS)
