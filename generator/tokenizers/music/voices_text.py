"""The text of the alphabet ``voices``: a setting written in its characters, and read from them.

The header is signature, mode, metre, number of voices, and the missing steps of a pickup. Then come the
frames, one for each sixteenth, each with a slot for every voice: the top voice, the lowest, then the
inner ones from the top down. What may stand before a frame, in this order: BAR or SECTION, a metre, the
missing steps of a passage that begins with a pickup, signature and mode (these two also inside a bar).
A slot is the pitch of a note that begins, a FERMATA before it if it has one, HOLD or REST.
"""

from __future__ import annotations

from ...errors import TokenizerError
from ...music import Key
from .voices_setting import FULL_STEPS, Setting, Sounding
from .voices_signs import (
    BAR,
    FERMATA,
    FULL,
    HOLD,
    METRES,
    MISSING,
    MODE_SIGNS,
    PITCHES,
    REST,
    SECTION,
    SIGNATURES,
    SIGNS,
    VOICE_COUNTS,
    pitch_sign,
    slot_order,
)

__all__ = ["frames_of", "read_setting", "signs_of", "write_setting"]

METRE_NAMES = dict(zip(FULL, METRES, strict=True))


def key_signs(key: Key) -> str:
    """Signature and mode."""
    return SIGNS[f"key{key.fifths:+d}"] + SIGNS[key.mode or "mode?"]


def signs_of(setting: Setting) -> dict[int, str]:
    """The characters that stand before a frame, by its number; the header stands before frame 0."""
    missing = {time: SIGNS[f"missing{steps}"] for time, steps in setting.missing().items()}
    sections = set(setting.sections)
    metres, keys = dict(setting.metres), dict(setting.keys)
    count = SIGNS[f"voices{len(setting.voices)}"]
    found = {0: key_signs(keys.pop(0)) + SIGNS[metres.pop(0)] + count + missing.get(0, "")}
    for bar in setting.bars[1:]:
        metre = SIGNS[metres[bar]] if bar in metres else ""
        found[bar] = (SECTION if bar in sections else BAR) + metre + missing.get(bar, "")
    for time, key in keys.items():
        found[time] = found.get(time, "") + key_signs(key)
    return found


def frames_of(voice: tuple[Sounding, ...], length: int) -> list[str]:
    """What a voice does in each frame: a pitch, perhaps with its fermata, HOLD or REST [frames]."""
    frames = [REST] * length
    for note in voice:
        frames[note.start : note.end] = [HOLD] * (note.end - note.start)
        frames[note.start] = (FERMATA if note.fermata else "") + pitch_sign(note.midi)
    return frames


def write_setting(setting: Setting, frames: int | None = None) -> str:
    """The text of a setting, or of its first frames."""
    slots = [frames_of(setting.voices[voice], setting.length) for voice in slot_order(len(setting.voices))]
    signs = signs_of(setting)
    rows = ["".join(frame) for frame in zip(*slots, strict=True)]
    return "".join(signs.get(number, "") + row for number, row in enumerate(rows[:frames]))


class Reader:
    """Reads a text from left to right; where it breaks off, the last complete frame is the end."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0

    def fail(self, expected: str) -> TokenizerError:
        if self.at >= len(self.text):
            return TokenizerError(f"The piece breaks off after {self.at} characters, before its first chord.")
        character = self.text[self.at]
        shown = next((symbol for symbol, sign in SIGNS.items() if sign == character), repr(character))
        return TokenizerError(f"Character {self.at + 1} of the piece is {shown}, where {expected} should stand.")

    def take(self, table: dict[str, int] | dict[str, str], expected: str) -> str:
        """The next character, which must be one of a table."""
        if self.at >= len(self.text) or self.text[self.at] not in table:
            raise self.fail(expected)
        self.at += 1
        return self.text[self.at - 1]

    def find(self, table: dict[str, int] | dict[str, str]) -> str:
        """The next character if it is one of a table, else nothing."""
        if self.at < len(self.text) and self.text[self.at] in table:
            self.at += 1
            return self.text[self.at - 1]
        return ""

    def key(self) -> Key:
        signature = self.take(SIGNATURES, "a key signature")
        mode = self.take(MODE_SIGNS, "a mode")
        return Key(SIGNATURES[signature], MODE_SIGNS[mode])

    def setting(self) -> Setting:
        text = self.text
        keys = [(0, self.key())]
        metres = [(0, METRE_NAMES[self.take(FULL, "a metre")])]
        full = FULL_STEPS[metres[0][1]]
        count = VOICE_COUNTS[self.take(VOICE_COUNTS, "the number of voices")]
        place = self.missing(full)
        bars, sections = [0], []
        voices: list[list[Sounding]] = [[] for _ in range(count)]
        begun: list[tuple[int, int, bool] | None] = [None] * count  # start, pitch and fermata of what sounds
        frame = 0
        while self.at < len(text):
            before = self.at
            line = text[self.at] if text[self.at] in (BAR, SECTION) and bars[-1] < frame else ""
            if line:
                if place < full and line == BAR:
                    raise self.fail("the rest of the bar")
                self.at += 1
                bar, place = frame, 0
            metre = self.find(FULL) if line else ""
            if line == SECTION:
                place = self.missing(FULL[metre] if metre else full)
            signed = self.at < len(text) and text[self.at] in SIGNATURES
            try:
                key = self.key() if signed else None
                row = [self.slot(begun[slot] is not None) for slot in range(count)]
            except TokenizerError:
                if self.at < len(text):
                    raise
                break  # off in the middle of a frame
            if line:
                bars.append(bar)
            if line == SECTION:
                sections.append(frame)
            if metre:
                metres.append((frame, METRE_NAMES[metre]))
                full = FULL[metre]
            if key:
                keys.append((frame, key))
            if place >= full:
                self.at = before
                raise self.fail("a bar line")
            for slot, sign in enumerate(row):
                if sign == HOLD:
                    continue
                close(voices[slot], begun[slot], frame)
                begun[slot] = None if sign == REST else (frame, PITCHES[sign[-1]], sign[0] == FERMATA)
            frame += 1
            place += 1
        if not frame:
            raise self.fail("a chord")
        for slot in range(count):
            close(voices[slot], begun[slot], frame)
        order = slot_order(count)
        return Setting(
            tuple(bars),
            frame,
            tuple(metres),
            tuple(keys),
            tuple(sections),
            tuple(tuple(voices[order.index(voice)]) for voice in range(count)),
        )

    def missing(self, full: int) -> int:
        """The steps that a bar lacks at its beginning; 0 where nothing says so."""
        sign = self.find(MISSING)
        if sign and MISSING[sign] >= full:
            self.at -= 1
            raise self.fail("less than a bar of missing steps")
        return MISSING[sign] if sign else 0

    def slot(self, sounding: bool) -> str:
        """What a voice does in a frame."""
        fermata = self.find({FERMATA: ""})
        if not fermata and (sign := self.find({HOLD: "", REST: ""} if sounding else {REST: ""})):
            return sign
        return fermata + self.take(PITCHES, "a pitch" if fermata else "what a voice does")


def close(voice: list[Sounding], begun: tuple[int, int, bool] | None, end: int) -> None:
    """Add the note that stops, if any."""
    if begun:
        voice.append(Sounding(begun[0], end, begun[1], begun[2]))


def read_setting(text: str) -> Setting:
    """The setting of a text, up to its last complete frame.

    Raises:
        TokenizerError: if it is none; the message names the character.
    """
    return Reader(text).setting()
