"""Scores as JSON, small and quick to load: the form in which a parse is kept, and worker processes answer.

An event is one word, ``onset,duration[,pitch[,marks]]``: ``0,1/2,F#4`` is a note, ``3,1`` a rest; marks
are ``-`` tied, ``f`` fermata, ``3:2`` tuplet. The same words come again and again in tunes, so each is
made into an event once, and events are shared between scores; they cannot be changed.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from .pitch import Key, Pitch, parse_pitch
from .score import Event, KeyChange, Metre, Note, Part, Rest, Score, Tempo, Voice

__all__ = ["score_from_json", "score_to_json"]

MOST_REMEMBERED = 300_000  # words; about 100 MB
MARKS = re.compile(r"(-?)(f?)(?:(\d+):(\d+))?")


class Fractions(dict[str, Fraction]):
    """Fractions by how they are written."""

    def __missing__(self, word: str) -> Fraction:
        value = self[word] = Fraction(word)
        return value


class Pitches(dict[str, Pitch]):
    """Pitches by name."""

    def __missing__(self, name: str) -> Pitch:
        value = self[name] = parse_pitch(name)
        return value


class Events(dict[str, Event]):
    """Events by the word that stands for them."""

    def __missing__(self, word: str) -> Event:
        onset, duration, *more = word.split(",")
        marks = MARKS.fullmatch(more[1]) if len(more) > 1 else None
        tied, fermata, actual, normal = marks.groups() if marks else ("", "", None, None)
        tuplet = (int(actual), int(normal)) if actual and normal else None
        event: Event
        if more and more[0]:
            pitch = PITCHES[more[0]]
            event = Note(FRACTIONS[onset], FRACTIONS[duration], pitch, bool(tied), bool(fermata), tuplet)
        else:
            event = Rest(FRACTIONS[onset], FRACTIONS[duration], bool(fermata), tuplet)
        if len(self) >= MOST_REMEMBERED:
            self.clear()
        self[word] = event
        return event


FRACTIONS, PITCHES, EVENTS = Fractions(), Pitches(), Events()


def score_to_json(score: Score) -> dict[str, Any]:
    """A score as plain data; ``score_from_json`` gives the same score back."""
    return {
        "title": score.title,
        "composer": score.composer,
        "kind": score.kind,
        "length": str(score.length),
        "bars": words(score.bars),
        "sections": words(score.sections),
        "metres": [[str(each.onset), each.beats, each.beat_type] for each in score.metres],
        "keys": [[str(each.onset), each.key.fifths, each.key.mode] for each in score.keys],
        "tempos": [[str(each.onset), str(each.bpm)] for each in score.tempos],
        "parts": [
            {
                "name": part.name,
                "program": part.program,
                "percussion": part.percussion,
                "voices": [" ".join(map(word, voice.events)) for voice in part.voices],
            }
            for part in score.parts
        ],
    }


def score_from_json(data: dict[str, Any]) -> Score:
    """The score that ``score_to_json`` wrote.

    Raises:
        KeyError, TypeError, ValueError, GeneratorError: If the data is not of that form.
    """
    event, number = EVENTS.__getitem__, FRACTIONS.__getitem__
    return Score(
        tuple(
            Part(
                tuple(Voice(tuple(map(event, voice.split()))) for voice in part["voices"]),
                part["name"],
                part["program"],
                part["percussion"],
            )
            for part in data["parts"]
        ),
        tuple(map(number, data["bars"].split())),
        number(data["length"]),
        tuple(Metre(number(onset), beats, kind) for onset, beats, kind in data["metres"]),
        tuple(KeyChange(number(onset), Key(fifths, mode)) for onset, fifths, mode in data["keys"]),
        tuple(Tempo(number(onset), number(bpm)) for onset, bpm in data["tempos"]),
        tuple(map(number, data["sections"].split())),
        data["title"],
        data["composer"],
        data["kind"],
    )


def words(times: tuple[Fraction, ...]) -> str:
    """Times, one word each."""
    return " ".join(map(str, times))


def word(event: Event) -> str:
    """The word for an event."""
    marks = ("-" if isinstance(event, Note) and event.tied else "") + ("f" if event.fermata else "")
    if event.tuplet:
        marks += f"{event.tuplet[0]}:{event.tuplet[1]}"
    pitch = event.pitch.name if isinstance(event, Note) else ""
    return ",".join([str(event.onset), str(event.duration), pitch, marks]).rstrip(",")
