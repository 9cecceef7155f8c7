"""Files that a person drops onto a page: written into a folder of their own under names that do no harm.

Nothing is opened or unpacked here: the folder is then read by the readers of ``generator.prepare``,
which bound what an archive unpacks to and say of every file what became of it. An upload belongs to
the session that holds it; when the session is gone, so is the folder.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import time
import unicodedata
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ..errors import CorpusError

__all__ = ["SUFFIXES", "Upload", "clear_old", "receive", "safe_file_name"]

# what the readers of a corpus know; see generator/corpus/inputs.py
SUFFIXES = (
    "txt", "text", "md", "markdown", "json", "jsonl", "ndjson", "csv", "tsv",
    "mid", "midi", "musicxml", "xml", "mxl", "abc", "krn", "kern",
    "zip", "tar", "tgz", "gz",
)  # fmt: skip
FOLDER = ".uploads"
LONGEST_NAME = 120  # bytes, of the 255 that file systems allow
WORTH_OF_FILES = 5  # all files together may be as large as so many of the largest size
OLD_AFTER_HOURS = 24.0


@dataclass(eq=False)
class Upload:
    """Files that were received.

    Attributes:
        folder: The private folder; deleted with this object.
        source: The one file, or the folder of them: what ``generator.corpus.prepare`` reads.
        names: The files' names as they were given.
        size: Bytes of all of them.
    """

    folder: Path
    source: Path
    names: tuple[str, ...]
    size: int

    def __post_init__(self) -> None:
        self._clear = weakref.finalize(self, shutil.rmtree, self.folder, True)

    @property
    def corpus(self) -> Path:
        """Where its prepared form is put."""
        return self.folder / "corpus"

    @property
    def title(self) -> str:
        """A name for what was received: of the file, or of the first and how many more there are."""
        return self.source.name if self.source.is_file() else Path(self.names[0]).stem

    def close(self) -> None:
        """Delete it."""
        self._clear()


def receive(files: Sequence[tuple[str, bytes | BinaryIO]], home: Path, *, most_files: int, most_mb: int) -> Upload:
    """Write files into a folder that nobody can guess.

    Args:
        files: Names as given, and contents.
        home: The folder under which uploads lie.
        most_files: How many are taken.
        most_mb: How large each may be, in MB; all together five times that.
    Raises:
        CorpusError: if there are none, too many, or too large ones. Nothing is kept then.
    """
    if not files:
        raise CorpusError("No file was given.", "Drop one or more files of text or music.")
    if len(files) > most_files:
        raise CorpusError(f"{len(files):,} files are too many.", f"Give at most {most_files:,}, or a zip of them.")
    folder = home / FOLDER / secrets.token_hex(16)
    folder.mkdir(parents=True, mode=0o700)
    try:
        inner = folder / "files"
        inner.mkdir()
        taken: set[str] = set()
        total = 0
        for given, content in files:
            name = _unused(safe_file_name(given), taken)
            total += _write(inner / name, given, content, most_mb, most_mb * WORTH_OF_FILES * 1_000_000 - total)
        names = tuple(given for given, _ in files)
        return Upload(folder, inner / next(iter(taken)) if len(taken) == 1 else inner, names, total)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def safe_file_name(given: str) -> str:
    """A file's name without folders, control characters and leading dots, short enough for any disk.

    The ending is kept, as it tells what kind of file it is.

    >>> safe_file_name("../../etc/passwd")
    'passwd'
    """
    last = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1]
    plain = "".join(
        character for character in last if unicodedata.category(character)[0] != "C" and character not in '<>:"|?*'
    )
    plain = re.sub(r"^[\s.]+", "", plain).strip() or "file"
    stem, suffix = os.path.splitext(plain)
    if len(suffix.encode()) > 12:
        stem, suffix = plain, ""
    room = LONGEST_NAME - len(suffix.encode())
    return stem.encode()[:room].decode(errors="ignore") + suffix


def clear_old(home: Path, now: float | None = None, *, names: Sequence[str] = (FOLDER,)) -> None:
    """Delete what an app left when it was killed, in the folders of these names: what was untouched for a day."""
    limit = (time.time() if now is None else now) - OLD_AFTER_HOURS * 3600
    for folder in (each for name in names for each in _folders(home / name)):
        try:
            if folder.stat().st_mtime < limit:
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue


def _write(path: Path, given: str, content: bytes | BinaryIO, most_mb: int, left: int) -> int:
    """Write one file in blocks, and return its size."""
    blocks: Iterable[bytes] = [content] if isinstance(content, bytes) else iter(lambda: content.read(1 << 20), b"")
    size = 0
    with open(path, "xb") as target:
        for block in blocks:
            size += len(block)
            if size > most_mb * 1_000_000:
                raise CorpusError(f"{given} is larger than {most_mb} MB.", "Give a smaller one, or a zip of it.")
            if size > left:
                raise CorpusError(
                    f"The files are larger than {most_mb * WORTH_OF_FILES} MB together.", "Give fewer of them."
                )
            target.write(block)
    return size


def _unused(name: str, taken: set[str]) -> str:
    """The name, or with a number where another file has it already; also where only case tells them apart."""
    stem, suffix = os.path.splitext(name)
    number, found = 1, name
    while found.casefold() in {other.casefold() for other in taken}:
        number += 1
        found = f"{stem} ({number}){suffix}"
    taken.add(found)
    return found


def _folders(home: Path) -> list[Path]:
    return [path for path in home.iterdir() if path.is_dir()] if home.is_dir() else []
