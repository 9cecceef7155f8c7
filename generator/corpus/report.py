"""What became of every file: ``report.json`` and the table on screen say the same."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from unicodedata import east_asian_width

__all__ = ["FileReport", "records", "shown", "table"]

MOST_ROWS = 20  # a longer table is folded
FIRST_ROWS = 5
WIDEST_NAME = 48


@dataclass(slots=True)
class FileReport:
    """One input file: what was kept of it, or why nothing was.

    Attributes:
        name: As ``sources.InputFile`` names it.
        bytes: Its size, uncompressed.
        kept: Whether any text of it is in the corpus.
        reason: Why not.
        encoding: The encoding it was read in.
        guessed: Whether that was a guess.
        shape, blank_lines: How it was cut, as in ``shapes.Shape``; "record" for records.
        text_field: The field that held the text of its records.
        pieces, characters: What was kept.
        learnt: How many of its pieces are learnt from; 0 also where that was not counted.
        newlines_changed: ``\\r\\n`` and ``\\r`` that became ``\\n``.
        dropped: Reason to the number of records dropped for it.
        changed: What was changed in texts, to the number of times.
    """

    name: str
    bytes: int
    kept: bool = False
    reason: str = ""
    encoding: str = ""
    guessed: bool = False
    shape: str = ""
    blank_lines: int = 0
    text_field: str | None = None
    pieces: int = 0
    characters: int = 0
    learnt: int = 0
    newlines_changed: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain values; what is not so is left out."""
        always = ("name", "bytes", "kept", "pieces", "characters")
        return {name: value for name, value in asdict(self).items() if name in always or value not in (None, "", 0, {})}

    def notes(self, fields: bool = False) -> str:
        """What a person should know, in a few words; ``fields``: also which field held the text."""
        if not self.kept:
            return f"not read: {self.reason}"
        parts = [f"text in {self.text_field!r}"] if fields and self.text_field else []
        parts += [f"{records(count)} dropped: {reason}" for reason, count in self.dropped.items()]
        parts += [f"{count:,} {what}" for what, count in self.changed.items()]
        if self.newlines_changed:
            parts.append(f"{self.newlines_changed:,} newlines made \\n")
        return "; ".join(parts)


def table(files: Sequence[FileReport]) -> Iterator[str]:
    """The lines of the table: every file, or, where they are many, the first ones and sums."""
    if len(files) <= MOST_ROWS:
        yield from rows(files)
        return
    kept = [file for file in files if file.kept]
    dropped = [file for file in files if not file.kept]
    first = kept[:FIRST_ROWS]
    yield from rows(first)
    if len(kept) > len(first):
        yield f"  and {len(kept) - len(first):,} more that were read"
    reasons = Counter(file.reason for file in dropped)
    for reason, count in reasons.most_common():
        example = next(file.name for file in dropped if file.reason == reason)
        yield f"  {count:,} not read: {reason} ({shown(example)}{', ...' if count > 1 else ''})"
    dropped_records: Counter[str] = Counter()
    for file in kept:
        dropped_records.update(file.dropped)
    for reason, count in dropped_records.most_common():
        yield f"  {records(count)} dropped: {reason}"
    newlines = sum(file.newlines_changed for file in kept)
    if newlines:
        yield f"  {newlines:,} newlines made \\n"
    yield "  every file: report.json"


def rows(files: Sequence[FileReport]) -> Iterator[str]:
    """One line a file, in columns."""
    fields = len({file.text_field for file in files if file.kept}) > 1
    cells = [("file", "bytes", "pieces", "characters", "encoding", "")]
    for file in files:
        encoding = file.encoding + (" (guessed)" if file.guessed else "")
        counts = (f"{file.pieces:,}", f"{file.characters:,}") if file.kept else ("-", "-")
        cells.append((shown(file.name), f"{file.bytes:,}", *counts, encoding if file.kept else "-", file.notes(fields)))
    widths = [max(width_of(row[column]) for row in cells) for column in range(5)]
    for row in cells:
        aligned = [pad(row[0], widths[0])]
        aligned += [pad(cell, width, right=True) for cell, width in zip(row[1:4], widths[1:4], strict=True)]
        aligned += [pad(row[4], widths[4]), row[5]]
        yield ("  " + "  ".join(aligned)).rstrip()


def records(count: int) -> str:
    """ "1 record", "2 records"."""
    return f"{count:,} record" + ("" if count == 1 else "s")


def shown(name: str) -> str:
    """A file's name as it may be printed: no control characters, and not longer than a column."""
    safe = "".join(character if character.isprintable() else f"\\x{ord(character):02x}" for character in name)
    return safe if len(safe) <= WIDEST_NAME else "…" + safe[-WIDEST_NAME + 1 :]


def width_of(text: str) -> int:
    """Columns that a text takes on a terminal: Chinese characters take two."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def pad(text: str, width: int, right: bool = False) -> str:
    """A text filled up with spaces to a width in columns."""
    space = " " * (width - width_of(text))
    return space + text if right else text + space
