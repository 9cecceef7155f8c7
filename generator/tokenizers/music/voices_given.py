"""What of a piece in voices is settled before it is written: its bars, and what some voices do in some frames."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from ...errors import ConstraintUnsatisfiable, TokenizerError
from ...music import Score
from .voices_setting import CHOIR_NAMES, Setting, setting_of
from .voices_signs import (
    BAR,
    CHOIR,
    FERMATA,
    HOLD,
    MOST_VOICES,
    SECTION,
    STEPS,
    VOICE_COUNTS,
    pitch_sign,
    slot_order,
)
from .voices_text import frames_of, signs_of

__all__ = ["Given", "given_of_score", "given_of_text", "played_bars"]


@dataclass(frozen=True)
class Given:
    """The bars of a piece, and its voices as far as they are settled.

    Attributes:
        signs: What stands before a frame, by the frame's number; the whole header before frame 0. Before
            other frames nothing stands.
        frames: How many frames the piece has.
        moves: For each slot what its voice does in each frame: a pitch, perhaps after a FERMATA; HOLD; REST; or
            nothing, where it is still to be written. A HOLD and a pitch together: the note goes on if it
            sounds already, and begins here if not. None for a voice that is all to be written.
    """

    signs: Mapping[int, str]
    frames: int
    moves: tuple[tuple[str, ...] | None, ...]

    @property
    def pickup(self) -> bool:
        """Whether the first bar lacks its beginning."""
        return self.signs.get(0, "")[4:] != ""

    @property
    def bars(self) -> int:
        """How many bars there are, a pickup not counted."""
        lines = sum(signs[0] in (BAR, SECTION) for time, signs in self.signs.items() if time)
        return lines + (0 if self.pickup else 1)


def given_of_text(text: str) -> Given:
    """All of a piece, up to its last complete frame."""
    voices = VOICE_COUNTS[text[3]] if len(text) > 3 else 0
    signs: dict[int, str] = {}
    moves: list[list[str]] = [[] for _ in range(voices)]
    filled = 0
    fermata = ""
    for character in text:
        if character >= HOLD:
            moves[filled % voices].append(fermata + character)
            filled += 1
            fermata = ""
        elif character == FERMATA:
            fermata = character
        else:
            frame = filled // voices if voices else 0
            signs[frame] = signs.get(frame, "") + character
    frames = filled // voices if voices else 0
    return Given(
        {frame: each for frame, each in signs.items() if frame < max(frames, 1)},
        frames,
        tuple(tuple(each[:frames]) for each in moves),
    )


def given_of_score(
    score: Score, *, free: Sequence[str | int] = (), bars: tuple[int, int] | None = None, voices: int | None = None
) -> Given:
    """What ``Voices.given`` returns."""
    try:
        setting = setting_of(score)
    except TokenizerError as error:
        raise ConstraintUnsatisfiable(error.message, error.hint) from error
    present = len(setting.voices)
    count = present if voices is None else voices
    if not present <= count <= MOST_VOICES:
        raise ConstraintUnsatisfiable(
            f"The score has {present} voices, and {count} are asked for.", f"Ask for {present} to {MOST_VOICES}."
        )
    if count > present > 1:
        raise ConstraintUnsatisfiable(
            f"The score has {present} voices, so it is not clear which of {count} they are.",
            "Give one line to be harmonised, or all voices and say which to write anew.",
        )
    if count > present and count == len(CHOIR):
        check_range(setting)
    gaps = frames_of_bars(setting, score, bars)
    chosen = {voice_number(name, count) for name in free}
    moves: list[tuple[str, ...] | None] = []
    for voice in slot_order(count):
        if voice >= present:
            moves.append(None)
            continue
        frames = frames_of(setting.voices[voice], setting.length)
        moves.append(with_gaps(setting, voice, frames, gaps) if voice in chosen else tuple(frames))
    whole = replace(setting, voices=(*setting.voices, *[()] * (count - present)))
    return Given(signs_of(whole), setting.length, tuple(moves))


def with_gaps(setting: Setting, voice: int, frames: list[str], gaps: list[tuple[int, int]]) -> tuple[str, ...]:
    """The frames of a voice without those of some passages; a note that sounds on behind one may begin there."""
    for first, end in gaps:
        frames[first:end] = [""] * (end - first)
        if end < setting.length and frames[end] == HOLD:
            note = next(each for each in setting.voices[voice] if each.start <= end < each.end)
            frames[end] = HOLD + (FERMATA if note.fermata else "") + pitch_sign(note.midi)
    return tuple(frames)


def frames_of_bars(setting: Setting, score: Score, bars: tuple[int, int] | None) -> list[tuple[int, int]]:
    """First frame, and the one behind the last, of bars by their numbers, once for each time that they are played.

    The numbers are those on the page that the score was read from: where it has repeats, bars may be played twice.
    """
    if bars is None:
        return [(0, setting.length)]
    least = 0 if setting.pickup else 1
    most = len(setting.bars) - 1 + least
    hint = f"Its bars are {least} to {most}."
    starts = [(edge, number) for number, edge in enumerate(setting.bars, start=least)]
    if score.printed:
        starts = [(int(time * STEPS), number) for time, number in score.printed]
        played = f"{least} to {most}"
        least, most = min(number for _, number in starts), max(number for _, number in starts)
        hint = f"Its bars are {least} to {most} on the page, which is what counts; {played} with its repeats played."
    if not least <= bars[0] <= bars[1] <= most:
        raise ConstraintUnsatisfiable(f"There are no bars {bars[0]} to {bars[1]} in this piece.", hint)
    found: list[tuple[int, int]] = []
    for (start, number), (end, _) in pairwise([*starts, (setting.length, 0)]):
        if not bars[0] <= number <= bars[1]:
            continue
        if found and found[-1][1] == start:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    return found


def played_bars(score: Score, bars: tuple[int, int]) -> list[tuple[int, int]]:
    """First and last bar of each time that bars of the page are played, as people count what is played.

    Raises:
        ConstraintUnsatisfiable: if there are no such bars.
    """
    setting = setting_of(score)
    least = 0 if setting.pickup else 1
    return [
        (bisect_right(setting.bars, first) - 1 + least, bisect_right(setting.bars, end - 1) - 1 + least)
        for first, end in frames_of_bars(setting, score, bars)
    ]


def voice_number(name: str | int, count: int) -> int:
    """Which voice is meant, 0 for the top one."""
    names = [each.lower() for each in CHOIR_NAMES] if count == len(CHOIR_NAMES) else []
    word = str(name).strip().lower()
    if word in names:
        return names.index(word)
    if word.isdecimal() and 1 <= int(word) <= count:
        return int(word) - 1
    choices = f"{', '.join(names)}, or " if names else ""
    raise ConstraintUnsatisfiable(f"There is no voice {name!r} here.", f"Name {choices}a number from 1 to {count}.")


def check_range(setting: Setting) -> None:
    """Refuse a line to be harmonised that no soprano sings."""
    pitches = [note.midi for note in setting.voices[0]]
    low, high = CHOIR[0]
    if not pitches:
        raise ConstraintUnsatisfiable("The line to be harmonised has no notes.")
    if low <= min(pitches) and max(pitches) <= high:
        return
    least, most = low - min(pitches), high - max(pitches)
    move = least if least > 0 else most
    raise ConstraintUnsatisfiable(
        f"The line goes from {min(pitches)} to {max(pitches)} (middle C is 60), a soprano here from {low} to {high}.",
        f"Transpose it by {move:+d} semitones." if least <= most else "Move the notes that lie outside by an octave.",
    )
