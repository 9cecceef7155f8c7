"""The same piece higher or lower, spelled as a musician would spell it there."""

from __future__ import annotations

from dataclasses import replace

from generator.errors import ConfigError

from .pitch import Key, Pitch, fifths_for
from .score import Event, KeyChange, Note, Score, Voice

__all__ = ["transpose"]


def transpose(score: Score, semitones: int, *, fifths: int | None = None) -> Score:
    """Move every note and every key; percussion parts stay.

    Args:
        semitones: How far, up or down.
        fifths: How far the names move along the line of fifths. Left out, the move is chosen that
            gives the simplest key signatures; a piece that is moved away and back may then return
            in the other name of its key (G flat major as F sharp major), unless both moves are said.

    Raises:
        ConfigError: If a note would leave the keys 0 to 127, if a key would need more than seven
            sharps or flats, or if ``fifths`` does not lead to that distance.
    """
    signatures = [change.key.fifths for change in score.keys]
    move = fifths_for(semitones, signatures) if fifths is None else fifths
    if (7 * move - semitones) % 12:
        raise ConfigError(f"{semitones} semitones are not {move} fifths.", "Leave the fifths out to have them chosen.")
    if any(abs(signature + move) > 7 for signature in signatures):
        raise ConfigError(f"Moved by {semitones} semitones, a key would need more than seven sharps or flats.")

    def moved(event: Event) -> Event:
        if not isinstance(event, Note):
            return event
        try:
            pitch = event.pitch.moved(semitones, move)
        except ValueError:  # a triple sharp raised once more: its plain name is as good
            pitch = simpler(event, semitones, move)
        if not 0 <= pitch.midi <= 127:
            raise ConfigError(
                f"{event.pitch.name} moved by {semitones} semitones leaves the keys of MIDI.", "Move it less far."
            )
        return replace(event, pitch=pitch)

    def moved_voice(voice: Voice) -> Voice:
        return Voice(tuple(moved(event) for event in voice.events))

    parts = tuple(
        part if part.percussion else replace(part, voices=tuple(moved_voice(voice) for voice in part.voices))
        for part in score.parts
    )
    keys = tuple(KeyChange(change.onset, Key(change.key.fifths + move, change.key.mode)) for change in score.keys)
    return replace(score, parts=parts, keys=keys)


def simpler(note: Note, semitones: int, fifths: int) -> Pitch:
    """The pitch under the enharmonic name that lies twelve fifths nearer to C."""
    return note.pitch.moved(semitones, fifths - 12 if note.pitch.fifths + fifths > 0 else fifths + 12)
