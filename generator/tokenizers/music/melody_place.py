"""Where a melody stands that is being written, what may follow, and what a network is told of it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

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
            return replace(place, mode=character, due=Due.METRE if self.due == Due.MODE else place._standing())
        if character in PICKUPS:
            length = PICKUPS[character]
            return replace(place, pickup=length, at=self.full - length, number=0, inside=0, due=Due.PICKED)
        if character in MOVES:
            return replace(place, due=Due.MOVED)
        return place

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
        from .melody_grammar import allowed

        return allowed(self)

    def may_end(self) -> bool:
        from .melody_grammar import may_end

        return may_end(self)
