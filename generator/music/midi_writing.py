"""Writing MIDI: what is heard, on one track a part, with metres, keys and tempos."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any

from generator.errors import RenderingError, of_extra

from .pitch import Key
from .score import Note, Part, Score

__all__ = ["write_midi"]

LEAST_TICKS, MOST_TICKS = 480, 32767  # of a quarter: fine enough to be smooth, and what 15 bits hold
VELOCITY = 80


def write_midi(score: Score, *, velocity: int = VELOCITY) -> bytes:
    """The bytes of a MIDI file; ``read_midi`` with a grid that fits gives the same music back.

    Kept: key numbers, onsets, durations (ties joined), bars, metres, keys as major or minor, tempos, names
    and instruments of parts. Not kept: spelling, ties, tuplets, fermatas, which voice of a part a note is
    in, passages, title. Incomplete bars are written with a time signature of their own.

    Args:
        score: A lawful score.
        velocity: How hard every note is struck, 1 to 127.

    Raises:
        RenderingError: If there is no note, a time has no tick, or a note has no key.
    """
    with of_extra("music"):
        import symusic

    library: Any = symusic  # its types know three units of time, of which this uses ticks
    ticks = ticks_per_quarter(score)
    file = library.Score(ticks)

    def tick(time: Fraction) -> int:
        return round(time * ticks)

    for start, beats, kind in signatures(score):
        file.time_signatures.append(library.TimeSignature(tick(start), beats, kind))
    for change in score.keys:
        sharps, minor = midi_key(change.key)
        file.key_signatures.append(library.KeySignature(tick(change.onset), sharps, minor))
    for tempo in score.tempos:
        file.tempos.append(library.Tempo(tick(tempo.onset), float(tempo.bpm)))
    for part in score.parts:
        track = library.Track(part.name, part.program or 0, part.percussion)
        for start, end, key in heard(part):
            if not 0 <= key <= 127:
                raise RenderingError(f"A note has the key number {key}, and MIDI has 0 to 127.")
            track.notes.append(library.Note(tick(start), max(tick(end) - tick(start), 1), key, velocity))
        file.tracks.append(track)
    if not file.note_num():
        raise RenderingError("There is nothing to write: the score has no notes.")
    return bytes(file.dumps_midi())


def ticks_per_quarter(score: Score) -> int:
    """A number of ticks in which every time of the score is whole.

    Raises:
        RenderingError: If there is none that MIDI can hold.
    """
    times = {event.onset.denominator for voice in score.voices() for event in voice.events}
    times |= {event.duration.denominator for voice in score.voices() for event in voice.events}
    times |= {change.onset.denominator for change in score.keys}
    times |= {change.onset.denominator for change in score.tempos}
    least = lcm(*times)
    if least > MOST_TICKS:
        raise RenderingError(f"The lengths would need {least} ticks in a quarter, and MIDI has at most {MOST_TICKS}.")
    return least * max(1, min(-(-LEAST_TICKS // least), MOST_TICKS // least))


def heard(part: Part) -> list[tuple[Fraction, Fraction, int]]:
    """Onset, end and key of what a part sounds; one key cannot be struck while it is down.

    Where two voices meet on a key, the earlier note ends when the later begins, and of two that begin
    together the longer stays.
    """
    notes: list[Note] = [note for voice in part.voices for note in voice.sounding()]
    by_key: dict[int, list[Note]] = {}
    for note in sorted(notes, key=lambda note: (note.onset, -note.duration)):
        by_key.setdefault(note.pitch.midi, []).append(note)
    found: list[tuple[Fraction, Fraction, int]] = []
    for key, line in by_key.items():
        kept = [note for place, note in enumerate(line) if not place or line[place - 1].onset != note.onset]
        for place, note in enumerate(kept):
            end = min(note.end, kept[place + 1].onset) if place + 1 < len(kept) else note.end
            found.append((note.onset, end, key))
    return sorted(found)


def signatures(score: Score) -> list[tuple[Fraction, int, int]]:
    """Time signatures such that every bar line falls where the score has it."""
    found: list[tuple[Fraction, int, int]] = []
    for start, end in score.bar_spans():
        metre = score.metre_at(start)
        if metre is None:
            continue
        beats, kind = metre.beats, metre.beat_type
        if end - start != metre.bar and end != score.length:
            short = (end - start) / 4
            kind = max(kind, short.denominator)
            beats = int(short * kind)
            if kind not in (1, 2, 4, 8, 16, 32, 64) or Fraction(beats, kind) != short or beats > 255:
                beats, kind = metre.beats, metre.beat_type  # no signature has that length
        if not found or found[-1][1:] != (beats, kind):
            found.append((start, beats, kind))
    return found


def midi_key(key: Key) -> tuple[int, int]:
    """Sharps or flats, and whether the third is minor, as MIDI knows them."""
    return key.fifths, int(key.mode in ("minor", "aeolian", "dorian", "phrygian", "locrian"))
