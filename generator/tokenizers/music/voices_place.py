"""A place in a piece of the alphabet ``voices`` while it is written: what may follow, and what a network is told.

The place follows what ``write`` makes of any score. What it lets be written is narrower, so that it comes
out lawful and can be sung; ``Voices`` says what that is.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

from ...errors import TokenizerError
from .alphabet import Place, Wish
from .echoes import Echo
from .voices_cues import (
    AHEAD_FIELDS,
    BAR_DUE,
    CAP,
    END_OR_ON,
    FERMATA_SHIFT,
    FRAME,
    LEAST,
    LOWEST_CODE,
    MODE_CODES,
    SHOWN,
    SIGNATURE_CODES,
    SILENT,
    START,
    TONES,
    code,
)
from .voices_degrees import degree_row, parallel
from .voices_given import Given
from .voices_plan import Plan, plan_of
from .voices_signs import (
    BAR,
    CHOIR,
    FERMATA,
    FULL,
    HIGHEST,
    HOLD,
    LOWEST,
    MISSING,
    MODE_SIGNS,
    MOST_STEPS,
    PITCHES,
    REST,
    SECTION,
    SIGNATURES,
    SIGNS,
    VOICE_COUNTS,
    pitch_sign,
)

__all__ = ["VoicesPlace", "first_place"]

FREE_VOICES = 4


@cache
def choices(slot: int, voices: int, sounding: bool) -> str:
    """What a voice may do in a frame where nothing is settled."""
    return (HOLD if sounding else "") + REST + FERMATA + tones(slot, voices)


@cache
def tones(slot: int, voices: int) -> str:
    """The pitches that a voice may have."""
    low, high = CHOIR[slot] if voices == len(CHOIR) else (LOWEST, HIGHEST)
    return "".join(map(pitch_sign, range(low, high + 1)))


@dataclass(frozen=True, slots=True)
class VoicesPlace(Place):
    """A place in a piece that is written.

    Attributes:
        plan: What holds for the whole piece.
        echo: What has been written, and where it stood before.
        frame: How many frames are complete.
        slot: Which slot of the frame is due.
        signs: How many characters stand before this frame: header, bar line, changes.
        signature: The character of the signature, once it is written.
        voices: How many there are, 0 until that is known.
        pickup: The steps that the first bar lacks.
        full: Steps in a full bar.
        place: Steps from the beginning of the bar, its missing steps counted.
        passed: How many bar lines there were.
        pitches: What each voice sang last, as a cue.
        sounds: What each voice sings now, as a cue.
        began: The frame in which each voice's last note began.
        key: The signature and the mode in force, as cues.
        chord: What each voice sang in the frame before, as a cue.
    """

    plan: Plan
    echo: Echo
    frame: int = 0
    slot: int = 0
    signs: int = 0
    signature: str = ""
    voices: int = 0
    pickup: int = 0
    full: int = 0
    place: int = 0
    passed: int = 0
    pitches: tuple[int, ...] = ()
    sounds: tuple[int, ...] = ()
    began: tuple[int, ...] = ()
    key: tuple[int, int] = (0, 0)
    chord: tuple[int, ...] = ()

    @property
    def before(self) -> str:
        """The character just written."""
        return self.echo.text[-1:]

    @property
    def heading(self) -> int:
        """The number of the header's character that is due, 1 to 5; 0 behind it."""
        length = len(self.echo.text)
        return length + 1 if length < START else 0

    @property
    def number(self) -> int:
        """The number of the bar, 0 for a pickup."""
        return self.passed + (0 if self.pickup else 1)

    def advance(self, character: str) -> VoicesPlace:
        echo = self.echo.advance(character)
        if character in PITCHES or character in (HOLD, REST):
            return self.filled(character, echo)
        if character == FERMATA:
            return replace(self, echo=echo)
        signs = self.signs + 1
        if character in (BAR, SECTION):
            return replace(self, echo=echo, signs=signs, place=0, passed=self.passed + 1)
        if character in MISSING:
            steps = MISSING[character]
            return replace(self, echo=echo, signs=signs, place=steps, pickup=self.pickup if self.frame else steps)
        if character in FULL:
            return replace(self, echo=echo, signs=signs, full=FULL[character])
        if character in VOICE_COUNTS:
            none = (0,) * VOICE_COUNTS[character]
            return replace(
                self, echo=echo, signs=signs, voices=len(none), pitches=none, sounds=none, began=none
            )  # fmt: skip
        if character in SIGNATURES:
            key = (code(character) - SIGNATURE_CODES[0] + 1, self.key[1])
            return replace(self, echo=echo, signs=signs, signature=self.signature or character, key=key)
        if character in MODE_SIGNS:
            key = (self.key[0], code(character) - MODE_CODES[0] + 1)
            return replace(self, echo=echo, signs=signs, key=key)
        raise TokenizerError(f"{character!r} is no character of the alphabet voices.")

    def filled(self, character: str, echo: Echo) -> VoicesPlace:
        """The place behind what a voice does in a frame."""
        slot, pitches, sounds, began = self.slot, self.pitches, self.sounds, self.began
        if character == REST:
            sounds = (*sounds[:slot], SILENT, *sounds[slot + 1 :])
        elif character != HOLD:
            cue = code(character) - LOWEST_CODE + 1
            pitches = (*pitches[:slot], cue, *pitches[slot + 1 :])
            sounds = (*sounds[:slot], cue, *sounds[slot + 1 :])
            began = (*began[:slot], self.frame, *began[slot + 1 :])
        last = slot + 1 == self.voices
        return VoicesPlace(
            self.plan,
            echo,
            self.frame + last,
            0 if last else slot + 1,
            0 if last else self.signs,
            self.signature,
            self.voices,
            self.pickup,
            self.full,
            self.place + last,
            self.passed,
            pitches,
            sounds,
            began,
            self.key,
            sounds if last else self.chord,
        )

    def parallels(self) -> str:
        """The pitches with which the voice that is due would go in parallel fifths, octaves or unisons with another
        that has been written in this frame: both begin a note, a perfect interval apart before and after."""
        mine = self.chord[self.slot] if self.chord else 0
        if not 0 < mine < SILENT or self.before == FERMATA:
            return ""
        found: set[int] = set()
        for was, now in zip(self.chord[: self.slot], self.sounds[: self.slot], strict=True):
            apart = abs(mine - was) % 12
            if apart in (0, 7) and 0 < was < SILENT and 0 < now < SILENT and now != was:
                # from an octave below to an octave above, as many times as voices reach
                found |= {each for each in range(1, TONES + 1) if each != mine and abs(each - now) % 12 == apart}
        return "".join(pitch_sign(LOWEST + each - 1) for each in sorted(found))

    def allowed(self) -> str:
        if self.before == FERMATA:
            settled = self.settled()
            return settled[-1] if settled else tones(self.slot, self.voices)
        if self.plan.given is not None:
            return self.allowed_by(self.plan.given)
        if self.heading:
            return self.header()
        if self.slot == 0 and self.ends_here():
            return ""
        if self.slot == 0 and self.place >= self.full:
            # a pickup is part of the passage that it leads to
            lines = BAR + SECTION if self.number else BAR
            return lines if self.number < self.plan.bars[1] else ""
        return self.free()

    def ends_here(self) -> bool:
        """Whether the piece has the bars that were wished for, and its last one what the pickup left of a bar."""
        wished = self.plan.given is None and self.number == self.plan.told_bars > 0
        return wished and 0 < self.pickup == self.place and self.frame > 0

    def free(self) -> str:
        """What may stand in a slot that nothing settles."""
        return choices(self.slot, self.voices, 0 < self.sounds[self.slot] < SILENT)

    def header(self) -> str:
        """What may stand in the header, or behind it, where nothing is given."""
        if self.heading == 1:
            return "".join(SIGNS[f"key{fifths:+d}"] for fifths in self.plan.first)
        if self.heading == 2:
            fifths = SIGNATURES[self.signature]
            return "".join(SIGNS[key.mode or "mode?"] for key in self.plan.keys if key.fifths == fifths)
        if self.heading == 3:
            return self.plan.metres
        if self.heading == 4:
            return SIGNS[f"voices{FREE_VOICES}"]
        return self.free() + "".join(sign for sign, steps in MISSING.items() if steps < self.full)

    def allowed_by(self, given: Given) -> str:
        """What may come where the bars and some voices are settled."""
        if self.slot == 0:
            if self.frame >= given.frames:
                return ""
            signs = given.signs.get(self.frame, "")
            if self.signs < len(signs):
                return signs[self.signs]
        settled = self.settled()
        return settled[0] if settled else self.free()

    def settled(self) -> str:
        """What the voice that is due has to do in this frame; empty if that is open."""
        given = self.plan.given
        moves = given.moves[self.slot] if given and self.slot < len(given.moves) else None
        move = moves[self.frame] if moves and self.frame < len(moves) else ""
        if len(move) > 1 and move[0] == HOLD:
            sounds_on = self.sounds[self.slot] == code(move[-1]) - LOWEST_CODE + 1 and self.before != FERMATA
            return HOLD if sounds_on else move[1:]
        return move

    def may_end(self) -> bool:
        if self.slot or not self.frame or self.signs or self.before == FERMATA:
            return False
        if self.plan.given is not None:
            return self.frame >= self.plan.given.frames
        filled = self.place >= self.full or self.place == self.pickup
        return filled and self.number >= self.plan.bars[0]

    def due(self) -> int:
        """What is due, as a cue."""
        if self.heading:
            return self.heading
        if self.before in SIGNATURES:
            return 2
        if self.before == FERMATA:
            return FRAME + FERMATA_SHIFT + self.slot
        if self.slot == 0 and self.place >= self.full:
            return BAR_DUE
        if self.slot == 0 and self.place == self.pickup and self.pickup and self.frame:
            return END_OR_ON
        return FRAME + self.slot

    def cues(self) -> tuple[int, ...]:
        plan = self.plan
        left = min(max(plan.told_bars - max(self.passed - (self.pickup > 0), 0), 0), CAP)
        if self.heading:
            here: tuple[int, ...] = (self.heading, *(0,) * 7)
        else:
            slot = self.slot
            sounding = 0 < self.sounds[slot] < SILENT
            here = (
                self.due(),
                min(self.place + 1, MOST_STEPS + 1),
                self.pitches[slot],
                min(self.frame - self.began[slot], CAP) if sounding else 0,
                *self.sounds[:SHOWN],
                *(0,) * (SHOWN - self.voices),
            )
        due = self.echo.due
        ahead = plan.ahead[min(self.frame, len(plan.ahead) - 1)] if plan.ahead else (0,) * (AHEAD_FIELDS * SHOWN)
        degrees = degree_row(self.key, (here[2], *here[4 : 4 + SHOWN]), ahead)
        told = (*here, ord(due) if due else 0, self.echo.strength, left, *ahead, *self.key, *degrees)
        return (*told, *self.parallel_to())

    def parallel_to(self) -> tuple[int, ...]:
        """With which pitch the voice that is due would go in parallel with each of the first three, as cues."""
        if self.heading or not self.chord:
            return (0,) * (SHOWN - 1)
        mine, moved = self.chord[self.slot], min(self.slot, SHOWN - 1)
        told = (parallel(mine, self.chord[voice], self.sounds[voice]) for voice in range(moved))
        return (*told, *(0,) * (SHOWN - 1 - moved))


def first_place(wish: Wish) -> VoicesPlace:
    """The place before the first character.

    Raises:
        ConstraintUnsatisfiable: if the wish cannot be met.
    """
    return VoicesPlace(plan_of(wish), Echo(least=LEAST))
