"""Scores: what a piece of music is here, and the files that it is read from and written to."""

from .pitch import Key, Pitch, parse_key, parse_pitch, spell
from .score import Event, KeyChange, Metre, Note, Part, Rest, Score, Tempo, Voice
from .transposing import transpose

__all__ = [
    "Event",
    "Key",
    "KeyChange",
    "Metre",
    "Note",
    "Part",
    "Pitch",
    "Rest",
    "Score",
    "Tempo",
    "Voice",
    "parse_key",
    "parse_pitch",
    "spell",
    "transpose",
]
