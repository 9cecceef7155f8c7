"""What was made of a file before, found by the digest of its bytes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from generator.errors import GeneratorError
from generator.files import atomic_file
from generator.places import cache_home

from .reading import Outcome

__all__ = ["READERS_VERSION", "Cache", "key_of"]

# Raise this whenever a reader gives another result for the same file.
READERS_VERSION = 1


def key_of(data: bytes, kind: str, grid: Sequence[int]) -> str:
    """The name of a file's entry: it changes with its bytes, its format, the readers, and for MIDI the grid."""
    about = [READERS_VERSION, kind, list(grid) if kind == "midi" else []]
    return sha256(json.dumps(about).encode() + b"\0" + data).hexdigest()


class Cache:
    """A folder of outcomes.

    Args:
        folder: Where it is; left out, ``music`` in this user's cache folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = Path(folder) if folder else cache_home() / "music"

    def path(self, key: str) -> Path:
        """The file of an entry; a folder for each first byte, so that none grows too long."""
        return self.folder / key[:2] / f"{key[2:]}.json"

    def get(self, key: str) -> list[Outcome] | None:
        """What was kept; None where there is nothing, or nothing that can be read."""
        try:
            return [Outcome.from_json(each) for each in json.loads(self.path(key).read_bytes())]
        except (OSError, KeyError, TypeError, ValueError, ZeroDivisionError, GeneratorError):
            return None

    def put(self, key: str, outcomes: Sequence[Outcome]) -> None:
        """Keep outcomes; a disk that is full or read-only raises OSError."""
        with atomic_file(self.path(key)) as file:
            file.write(json.dumps([each.to_json() for each in outcomes], ensure_ascii=False).encode())
