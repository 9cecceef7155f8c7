"""What a reader is given: a file to read, or a file that is not read with the reason why not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import BinaryIO

from .rules import Rules

__all__ = ["InputFile", "Rejected", "archive_kind", "kind_of", "refusal"]

KINDS = {
    ".txt": "text",
    ".text": "text",
    ".md": "text",
    ".markdown": "text",
    ".json": "json",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".csv": "csv",
    ".tsv": "csv",
    **dict.fromkeys((".mid", ".midi", ".musicxml", ".xml", ".mxl", ".abc", ".krn", ".kern"), "music"),
}
SETTINGS = ".settings.json"  # written beside every piece of music
ARCHIVES = {".zip": "zip", ".tar": "tar", ".tar.gz": "tar", ".tgz": "tar", ".gz": "gz"}


@dataclass(frozen=True)
class InputFile:
    """A file to read.

    Attributes:
        name: As people know it: relative to the source, ``archive.zip!member`` in an archive.
        kind: "text", "json", "jsonl", "csv" or "music".
        size: Bytes, uncompressed.
        path: Where it lies, or None for a member of an archive.
        data: The bytes of a member of an archive, which last until the next file is asked for.
    """

    name: str
    kind: str
    size: int
    path: Path | None = None
    data: BinaryIO | None = None

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The file's bytes from their start; may be opened again and again."""
        if self.data is not None:
            self.data.seek(0)
            yield self.data
        elif self.path is not None:
            with self.path.open("rb") as file:
                yield file


@dataclass(frozen=True)
class Rejected:
    """A file that is not read, and why."""

    name: str
    size: int
    reason: str


def kind_of(name: str, rules: Rules) -> str | None:
    """The kind of a file by its name, or None for one that no reader knows."""
    suffix = os.path.splitext(name)[1].lower()
    return "text" if suffix in rules.suffixes else KINDS.get(suffix)


def archive_kind(name: str) -> str | None:
    """ "zip", "tar" or "gz" for the name of an archive."""
    lower = name.lower()
    for suffix in sorted(ARCHIVES, key=len, reverse=True):
        if lower.endswith(suffix):
            return ARCHIVES[suffix]
    return None


def refusal(name: str, rules: Rules) -> str | None:
    """Why a file of this name, in a folder or an archive, is not read; None if it is."""
    parts = name.replace("\\", "/").split("/")
    for part in parts:
        if any(fnmatch(part, pattern) for pattern in rules.leave_out):
            return "left out by the corpus's description"
    if any(part.startswith(".") and part not in (".", "..") for part in parts) or "__MACOSX" in parts:
        return "hidden"
    if parts[-1].lower().endswith(SETTINGS):
        return "settings of a piece that was written here, not text"
    if kind_of(name, rules) is None:
        suffix = os.path.splitext(name)[1].lower()
        return f"no reader for {suffix} files" if suffix else "no reader for files without an ending"
    return None
