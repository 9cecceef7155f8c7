"""What is in a .zip, .gz, .tar or .tgz, read with distrust.

Nothing is ever written to disk under a name that an archive gives: a member is unpacked into memory
or, above some size, into a temporary file without a name. What one archive may unpack to is bounded
by its own size, so that a bomb stops early; an archive inside an archive is not opened.
"""

from __future__ import annotations

import gzip
import os
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO, cast

from ..errors import UnreadableFile
from .inputs import InputFile, Rejected, archive_kind, kind_of, refusal
from .rules import Rules

__all__ = ["LARGEST_RATIO", "LEAST_ALLOWANCE", "MOST_MEMBERS", "members"]

LARGEST_RATIO = 200  # text shrinks 3 to 10 times; a bomb about 1,000 times
LEAST_ALLOWANCE = 64 << 20  # bytes that any archive may unpack to, however small it is
MOST_MEMBERS = 200_000
IN_MEMORY = 16 << 20  # bytes of one member that stay in memory
BLOCK = 1 << 20
DAMAGE = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError,
)  # fmt: skip


class TooMuch(UnreadableFile):
    """An archive unpacks to more than its size allows."""


class Allowance:
    """How many bytes one archive may still unpack to."""

    def __init__(self, archive_size: int) -> None:
        self.left = max(LEAST_ALLOWANCE, LARGEST_RATIO * archive_size)

    def take(self, count: int) -> None:
        """Raises TooMuch: when more is taken than was allowed."""
        self.left -= count
        if self.left < 0:
            raise TooMuch(f"unpacks to more than {LARGEST_RATIO} times its size: not opened further")

    def copy(self, stream: IO[bytes]) -> tuple[BinaryIO, int]:
        """Unpack a member into memory or a nameless temporary file."""
        # closed by its reader, once the file's text has been taken
        data = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
        size = 0
        try:
            while block := stream.read(BLOCK):
                self.take(len(block))
                data.write(block)
                size += len(block)
        except BaseException:
            data.close()
            raise
        return cast(BinaryIO, data), size


class Metered:
    """The unpacked bytes of a .tgz as a stream, counted: headers and skipped members count too."""

    def __init__(self, stream: IO[bytes], allowance: Allowance) -> None:
        self.stream, self.allowance = stream, allowance

    def read(self, size: int) -> bytes:
        block = self.stream.read(size)
        self.allowance.take(len(block))
        return block


def members(kind: str, name: str, path: Path, rules: Rules) -> Iterator[InputFile | Rejected]:
    """The files in an archive; one that is damaged is rejected from the damage on."""
    size = path.stat().st_size
    reader = {"zip": zip_members, "tar": tar_members, "gz": gz_member}[kind]
    empty = True
    try:
        for member in reader(name, path, rules, Allowance(size)):
            empty = False
            yield member
    except TooMuch as error:
        yield Rejected(name, size, error.message)
    except DAMAGE as error:
        yield Rejected(name, size, f"a damaged archive: {words(error)}")
    else:
        if empty:
            yield Rejected(name, size, "an archive without files")


def words(error: BaseException) -> str:
    """An exception's text, or its kind where it has none."""
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__


def handed_on(name: str, inner: str, data: BinaryIO, size: int, rules: Rules) -> Iterator[InputFile | Rejected]:
    """One unpacked member, closed when the reader is through with it."""
    with data:
        if size == 0:
            yield Rejected(name, 0, "empty")
        else:
            yield InputFile(name, kind_of(inner, rules) or "text", size, data=data)


def refused(inner: str, rules: Rules) -> str | None:
    """Why a member of this name is not read."""
    return "an archive inside an archive: unpack it first" if archive_kind(inner) else refusal(inner, rules)


def zip_members(name: str, path: Path, rules: Rules, allowance: Allowance) -> Iterator[InputFile | Rejected]:
    """The members of a .zip, in the order of their names."""
    with zipfile.ZipFile(path) as archive:
        entries = sorted(archive.infolist(), key=lambda entry: entry.filename)
        for count, entry in enumerate(entries):
            shown = f"{name}!{entry.filename}"
            if count >= MOST_MEMBERS:
                yield Rejected(shown, 0, f"more than {MOST_MEMBERS:,} members: this one and all that follow")
                return
            if entry.is_dir():
                continue
            reason = "encrypted" if entry.flag_bits & 1 else refused(entry.filename, rules)
            if (entry.external_attr >> 28) == 0o12:
                reason = "a link, not followed"
            if reason:
                yield Rejected(shown, entry.file_size, reason)
                continue
            try:
                with archive.open(entry) as stream:
                    data, size = allowance.copy(stream)
            except DAMAGE as error:
                yield Rejected(shown, entry.file_size, f"damaged: {words(error)}")
                continue
            yield from handed_on(shown, entry.filename, data, size, rules)


def tar_members(name: str, path: Path, rules: Rules, allowance: Allowance) -> Iterator[InputFile | Rejected]:
    """The members of a .tar or .tgz, in the order in which they stand there."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        stream = Metered(cast(IO[bytes], gzip.GzipFile(fileobj=raw) if packed else raw), allowance)
        copies = Allowance(path.stat().st_size)
        with tarfile.open(fileobj=cast(BinaryIO, stream), mode="r|") as archive:
            for count, entry in enumerate(archive):
                shown = f"{name}!{entry.name}"
                if count >= MOST_MEMBERS:
                    yield Rejected(shown, 0, f"more than {MOST_MEMBERS:,} members: this one and all that follow")
                    return
                if entry.isdir():
                    continue
                reason = refused(entry.name, rules)
                if not entry.isreg() or entry.issparse():
                    reason = "a link, not followed" if entry.issym() or entry.islnk() else "not a regular file"
                content = None if reason else archive.extractfile(entry)
                if content is None:
                    yield Rejected(shown, entry.size, reason or "not a regular file")
                    continue
                data, size = copies.copy(content)
                yield from handed_on(shown, entry.name, data, size, rules)


def gz_member(name: str, path: Path, rules: Rules, allowance: Allowance) -> Iterator[InputFile | Rejected]:
    """The one file in a .gz."""
    inner = os.path.splitext(path.name)[0]
    if "." in inner and (reason := refused(inner, rules)):
        yield Rejected(name, path.stat().st_size, reason)
        return
    with gzip.open(path) as stream:
        data, size = allowance.copy(cast(BinaryIO, stream))
    yield from handed_on(name, inner, data, size, rules)
