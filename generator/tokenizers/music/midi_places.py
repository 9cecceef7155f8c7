"""A way through a piece of the alphabet ``midi``: what may come next, and what the network is told of it.

What is written only by ``allowed`` is in the normal form: bars open with their metre, the first with a
tempo at its beginning; places in a bar go on; at one place a new tempo comes first, then programs in order,
drums last, each with its keys from the lowest up; no key is struck while it is down. So every note that the
text says is in the MIDI file. A piece ends behind a note, in the last bar where bars are wished for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ...errors import ConstraintUnsatisfiable, TokenizerError
from ...text.cues import CueField
from .alphabet import Place, Wish
from .echoes import LENGTHS, Echo
from .midi_normal import MOST_BARS, MOST_NOTES, order
from .midi_vocabulary import DRUMS, FOLLOWS, STEPS, TICKS, Vocabulary

__all__ = ["CUE_FIELDS", "MidiPlace", "begin", "full_bars"]

MOST_EMPTY = 8  # bars in a row without a note that may be written; more are followed
REMEMBERED = 1 << 13  # characters in which a repetition is looked for, at least
ALIKE = 9  # characters that must be alike to count as a repetition: about three notes
LEFT = 16  # bars to come that are told apart
KINDS = {kind: number for number, kind in enumerate(FOLLOWS, start=1)}

CUE_FIELDS = (
    CueField("due", len(KINDS), 0, 0),  # what has just been written settles what kind of token may come
    CueField("beat", 12, 1, 0),  # of the bar, from 1; 0 where no place has been said yet
    CueField("part", STEPS, 2, 0),  # of the beat, from 1
    CueField("program", 129, 3, 0),  # in force: 1 to 128, 129 for drums
    CueField("pitch", 128, 4, 0),  # the last key of the program in force, from 1
    CueField("echo", 0, 5, 1),
    CueField("strength", len(LENGTHS), 6, 1),
    CueField("left", LEFT, 7, 2, ahead=True),  # bars to come, this one counted
)


@dataclass(frozen=True, slots=True, eq=False)
class MidiPlace(Place):
    """Where a piece stands.

    Attributes:
        words: The vocabulary.
        bars: How many full bars are wished for.
        wished: The metre that is wished for, as its character.
        kind: The type of the last token.
        bar, empty: Bars that have begun, and how many of them, the last in a row, have no note.
        pickup: 1 if the first bar was a pickup.
        metre: Of this bar.
        start: Where this bar begins, in ticks of 1/96 of a quarter.
        place: In this bar, -1 before the first.
        tempo: The tempo in force, as its character.
        program: In force; None before the first.
        group: Of the programs that have a note at this place, the last by its order; -1 for none.
        key: The last key that was named at this place for the program in force; -1 for none.
        down: Program and key to the tick at which the note ends.
        lasts: Program to its last key.
        notes: How many there are.
        echo: What is being repeated.
    """

    words: Vocabulary
    bars: int | None = None
    wished: str = ""
    kind: str = ""
    bar: int = 0
    empty: int = 0
    pickup: int = 0
    metre: tuple[int, int] = (0, 4)
    start: int = 0
    place: int = -1
    tempo: str = ""
    program: int | None = None
    group: int = -1
    key: int = -1
    down: dict[tuple[int, int], int] = field(default_factory=dict)
    lasts: dict[int, int] = field(default_factory=dict)
    notes: int = 0
    echo: Echo = field(default_factory=lambda: Echo(least=ALIKE))

    @property
    def now(self) -> int:
        """The tick of this place."""
        return self.start + max(self.place, 0) * (4 * TICKS // self.metre[1] // STEPS)

    @property
    def bar_ticks(self) -> int:
        """Ticks in this bar."""
        return self.metre[0] * 4 * TICKS // self.metre[1]

    @property
    def in_last_bar(self) -> bool:
        """Whether no other bar may begin."""
        return self.bar >= MOST_BARS or (self.bars is not None and self.bar - self.pickup >= self.bars)

    def may_end(self) -> bool:
        if self.kind != "Duration":
            return False
        return self.bars is None or self.in_last_bar or self.notes >= MOST_NOTES

    def allowed(self) -> str:
        words = self.words
        match self.kind:
            case "":
                return words.by_kind["Bar"]
            case "Bar":
                return self.wished or words.by_kind["TimeSig"]
            case "Position":
                if not self.tempo:
                    return words.by_kind["Tempo"]
                return words.by_kind["Tempo"].replace(self.tempo, "") + self.strikes()
            case "Program":
                return self.keys(self.program)
            case "Pitch" | "PitchDrum":
                return words.by_kind["Velocity"]
            case "Velocity":
                return self.lengths()
        if self.notes >= MOST_NOTES:
            return ""
        if self.kind == "TimeSig":
            return words.places[0] if self.bar == 1 else self.onward()
        return self.strikes() + self.onward()  # behind a tempo or a note

    def onward(self) -> str:
        """The later places of this bar, and the next bar."""
        places = "".join(self.words.places[each] for each in range(self.place + 1, self.metre[0] * STEPS))
        blocked = self.in_last_bar or self.empty > MOST_EMPTY
        return places if blocked else places + self.words.by_kind["Bar"]

    def strikes(self) -> str:
        """What may begin a note at this place: a key of the program in force, or another program."""
        others = "".join(
            character
            for program, character in self.words.programs.items()
            if program != self.program and order(program) > self.group and self.has_key(program)
        )
        return self.keys(self.program) + others

    def keys(self, program: int | None) -> str:
        """The keys of the program in force that may be struck: above those of this place, and not down."""
        if program is None:
            return ""
        now, known = self.now, self.words.drums if program == DRUMS else self.words.pitches
        return "".join(known[key] for key in range(self.key + 1, 128) if self.down.get((program, key), -1) <= now)

    def has_key(self, program: int) -> bool:
        """Whether not every key of a program is down."""
        return len(self.down) < 128 or any(self.down.get((program, key), -1) <= self.now for key in range(128))

    def lengths(self) -> str:
        """How long a note may last: to the end of the bars that are wished for, as the metre stands."""
        found = self.words.lengths[self.metre[1]]
        if self.bars is None:
            return "".join(found.values())
        most = self.start + max(self.bars + self.pickup - self.bar + 1, 1) * self.bar_ticks - self.now
        return "".join(character for ticks, character in found.items() if ticks <= most)

    def advance(self, character: str) -> MidiPlace:
        """The place behind a character.

        Raises:
            TokenizerError: if nothing that the alphabet writes could stand there.
        """
        words = self.words
        kind = words.kinds.get(character)
        if kind is None or kind not in FOLLOWS[self.kind]:
            said = f"{kind}_{words.values[character]}" if kind else repr(character)
            raise TokenizerError(f"{said} cannot follow {self.kind or 'nothing'} in the alphabet midi.")
        echo = followed(self.echo, character)
        match kind:
            case "Bar":
                start = self.start + self.bar_ticks
                return replace(
                    self, kind=kind, echo=echo, bar=self.bar + 1, empty=self.empty + 1, start=start, place=-1
                )
            case "TimeSig":
                metre = words.metre_of[character]
                short = self.bar == 2 and is_shorter(self.metre, metre)
                return replace(
                    self, kind=kind, echo=echo, metre=metre, pickup=int(short) if self.bar == 2 else self.pickup
                )
            case "Position":
                return replace(self, kind=kind, echo=echo, place=words.numbers[character], group=-1, key=-1)
            case "Tempo":
                return replace(self, kind=kind, echo=echo, tempo=character)
            case "Program":
                return replace(self, kind=kind, echo=echo, program=words.numbers[character], key=-1)
            case "Pitch" | "PitchDrum":
                if self.program is None or (self.program == DRUMS) != (kind == "PitchDrum"):
                    raise TokenizerError(f"{kind}_{words.values[character]} is no key of the program in force.")
                return replace(self, kind=kind, echo=echo, key=words.numbers[character])
            case "Duration":
                return self.struck(character, echo)
        return replace(self, kind=kind, echo=echo)  # a velocity

    def struck(self, length: str, echo: Echo) -> MidiPlace:
        """The place behind a note."""
        assert self.program is not None, "a key needs a program"
        now = self.now
        down = {each: end for each, end in self.down.items() if end > now}
        down[self.program, self.key] = now + self.words.ticks[self.metre[1]][length]
        return replace(
            self,
            kind="Duration",
            echo=echo,
            down=down,
            lasts={**self.lasts, self.program: self.key},
            group=order(self.program),
            notes=self.notes + 1,
            empty=0,
        )

    def cues(self) -> tuple[int, ...]:
        beat, part = divmod(self.place, STEPS)
        last = -1 if self.program is None else self.lasts.get(self.program, -1)
        left = 0 if self.bars is None else min(max(self.bars + self.pickup - self.bar, 0) + 1, LEFT)
        return (
            KINDS[self.kind],
            min(beat + 1, 12) if self.place >= 0 else 0,
            part + 1 if self.place >= 0 else 0,
            0 if self.program is None else order(self.program) + 1,
            last + 1,
            ord(self.echo.due) if self.echo.due else 0,
            self.echo.strength,
            left,
        )


def followed(echo: Echo, character: str) -> Echo:
    """The echo behind a character; what lies long ago is forgotten, as it would be copied with every character."""
    echo = echo.advance(character)
    if len(echo.text) < 2 * REMEMBERED:
        return echo
    again = echo.again - REMEMBERED
    if again < 0:
        return Echo(echo.text[REMEMBERED:], -1, 0, echo.least)
    return Echo(echo.text[REMEMBERED:], again, echo.length, echo.least)


def is_shorter(first: tuple[int, int], second: tuple[int, int]) -> bool:
    """Whether bars of the first metre are shorter than those of the second."""
    return first[0] * second[1] < second[0] * first[1]


def full_bars(words: Vocabulary, text: str) -> int:
    """The bars of a text, a pickup not counted."""
    metres = [words.metre_of[character] for character in text if character in words.metre_of]
    return len(metres) - int(len(metres) > 1 and is_shorter(metres[0], metres[1]))


def begin(words: Vocabulary, wish: Wish) -> MidiPlace:
    """The place before the first character.

    Raises:
        ConstraintUnsatisfiable: if the wish cannot be met.
    """
    if wish.key is not None or wish.mode is not None:
        raise ConstraintUnsatisfiable(
            f"The alphabet midi does not keep keys, so {wish.key or wish.mode!r} cannot be asked for.",
            "Leave out the key and the mode, or use a model of melodies or of voices.",
        )
    if wish.bars is not None and not 1 <= wish.bars <= MOST_BARS:
        raise ConstraintUnsatisfiable(f"{wish.bars} bars cannot be asked for.", f"Ask for 1 to {MOST_BARS}.")
    wished = ""
    if wish.metre is not None:
        wished = words.of_symbol.get(f"TimeSig_{wish.metre}", "")
        if not wished:
            known = " ".join(words.values[character] for character in words.by_kind["TimeSig"])
            raise ConstraintUnsatisfiable(f"{wish.metre!r} is no metre of the alphabet midi.", f"Known are: {known}.")
    return MidiPlace(words, wish.bars, wished)
