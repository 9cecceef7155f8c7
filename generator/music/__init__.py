"""Scores: what a piece of music is here, and the files that it is read from and written to."""

from .durations import Tuplet, split
from .folder import MusicReport, read_folder
from .pitch import Key, Pitch, parse_key, parse_pitch, spell
from .reading import Outcome, read_file, read_score
from .score import Event, KeyChange, Metre, Note, Part, Rest, Score, Tempo, Voice
from .stored import score_from_json, score_to_json
from .transposing import transpose
from .writing import score_bytes, write_score

__all__ = [
    "Event",
    "Key",
    "KeyChange",
    "Metre",
    "MusicReport",
    "Note",
    "Outcome",
    "Part",
    "Pitch",
    "Rest",
    "Score",
    "Tempo",
    "Tuplet",
    "Voice",
    "parse_key",
    "parse_pitch",
    "read_file",
    "read_folder",
    "read_score",
    "score_bytes",
    "score_from_json",
    "score_to_json",
    "spell",
    "split",
    "transpose",
    "write_score",
]
