"""One file of music, whatever its format, into its pieces: each is read, or it is said why not."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from generator.errors import CorpusError, UnreadableFile, UnsupportedFormat

from .abc_reading import read_abc
from .measures import Reading
from .midi_reading import GRID, read_midi
from .notation_reading import read_kern, read_musicxml
from .safe_xml import parse_xml, unpack_mxl
from .score import Score
from .stored import score_from_json, score_to_json

__all__ = ["FORMATS", "Outcome", "format_of", "read_bytes", "read_file", "read_score"]

FORMATS = {
    ".mid": "midi",
    ".midi": "midi",
    ".musicxml": "musicxml",
    ".xml": "musicxml",
    ".mxl": "mxl",
    ".abc": "abc",
    ".krn": "kern",
    ".kern": "kern",
}
MOST_BYTES = 64 << 20  # of one file


@dataclass(frozen=True)
class Outcome:
    """What became of one piece of a file.

    Attributes:
        number: Which piece of its file it is, as the file says (``X:`` of ABC); empty where there is one.
        score: The piece, lawful; None if it was not kept.
        reason: Why it was not kept; empty if it was.
        losses: What of the source the score does not hold, with how often.
        quantisation: For MIDI, how far notes were from the grid: see ``midi_reading.Quantisation``.
    """

    number: str = ""
    score: Score | None = None
    reason: str = ""
    losses: dict[str, int] = field(default_factory=dict)
    quantisation: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """As plain data."""
        data = {name: getattr(self, name) for name in ("number", "reason", "losses", "quantisation")}
        return {**data, "score": score_to_json(self.score) if self.score else None}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Outcome:
        """What ``to_json`` wrote."""
        score = score_from_json(data["score"]) if data["score"] else None
        return cls(data["number"], score, data["reason"], data["losses"], data["quantisation"])


def format_of(path: Path) -> str:
    """The format that a file's name promises.

    Raises:
        UnsupportedFormat: If no reader knows it.
    """
    found = FORMATS.get(Path(path).suffix.lower())
    if found is None:
        raise UnsupportedFormat(
            f"{path} is of a kind that no reader of music knows ({Path(path).suffix or 'no ending'}).",
            f"Known are: {' '.join(FORMATS)}.",
        )
    return found


def read_bytes(data: bytes, kind: str, name: str, grid: Sequence[int] = GRID) -> list[Outcome]:
    """The pieces of a file from its bytes.

    Args:
        data: The whole file.
        kind: One of the values of ``FORMATS``.
        name: What to call the file in messages.
        grid: For MIDI, the allowed divisions of a quarter note.

    Raises:
        UnreadableFile: If no piece can be found in it, named with the reason.
    """
    if not data:
        raise UnreadableFile(f"{name} is empty.")
    try:
        if kind == "midi":
            reading, moved = read_midi(data, grid)
            return [replace(outcome("", reading), quantisation=vars(moved) | {"grid": list(moved.grid)})]
        if kind == "kern":
            return [outcome("", read_kern(decoded(data)))]
        if kind == "abc":
            found = [outcome(number, each) for number, each in read_abc(decoded(data))]
            if not found:
                raise CorpusError("There is no tune in it: no line begins with X:.")
            return found
        return [outcome("", read_musicxml(parse_xml(unpack_mxl(data, name) if kind == "mxl" else data, name)))]
    except UnreadableFile:
        raise
    except CorpusError as error:
        raise UnreadableFile(f"{name} cannot be read: {error.message}", error.hint) from error
    except RecursionError as error:
        raise UnreadableFile(f"{name} cannot be read: it is too deeply nested.") from error


def outcome(number: str, reading: Reading | CorpusError) -> Outcome:
    """A piece that was read is kept if it is lawful."""
    if isinstance(reading, CorpusError):
        return Outcome(number, reason=reading.message)
    problems = reading.score.problems()
    if problems:
        return Outcome(number, reason=problems[0], losses=reading.losses)
    return Outcome(number, reading.score, losses=reading.losses)


def decoded(data: bytes) -> str:
    """Text in UTF-8, or else in Latin-1, the two that music in text files comes in."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("latin-1")


def contents(path: Path) -> bytes:
    """The bytes of a file, if it is there and not too large.

    Raises:
        UnreadableFile: If it is not.
    """
    try:
        size = os.stat(path).st_size
        if size > MOST_BYTES:
            raise UnreadableFile(f"{path} has {size >> 20} MB, and {MOST_BYTES >> 20} MB is the most for one file.")
        return Path(path).read_bytes()
    except OSError as error:
        raise UnreadableFile(f"{path} cannot be opened: {error.strerror or error}.") from error


def read_file(path: Path, grid: Sequence[int] = GRID) -> list[Outcome]:
    """The pieces of one file, read here and now, without cache or time limit.

    Raises:
        UnsupportedFormat: If no reader knows such a file.
        UnreadableFile: If nothing can be read from it.
    """
    path = Path(path)
    return read_bytes(contents(path), format_of(path), str(path), grid)


def read_score(path: Path, grid: Sequence[int] = GRID) -> Score:
    """The first lawful piece of a file.

    Raises:
        UnsupportedFormat, UnreadableFile: If there is none, with the reason.
    """
    found = read_file(path, grid)
    return next(kept(found), None) or refuse(path, found)


def kept(found: list[Outcome]) -> Iterator[Score]:
    """The scores among the outcomes."""
    return (each.score for each in found if each.score is not None)


def refuse(path: Path, found: list[Outcome]) -> Score:
    """Say why a file has no piece to use."""
    raise UnreadableFile(f"{path} has no piece that can be used: {found[0].reason}", "Correct it in a notation editor.")
