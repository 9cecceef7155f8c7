"""From the bytes of a file to text: which encoding it is in, and its newlines made one kind.

The order is: what the person said; a byte-order mark; strict UTF-8; and only where that fails, the
guess of charset-normalizer, which is always shown.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ..errors import UnreadableFile

__all__ = ["Charset", "TextStream", "candidates", "guess_charset", "text_of_head"]

BLOCK = 1 << 18  # bytes read at a time: the pieces of one block should fit the cache
HEAD = 1 << 18  # bytes from which the shape of a text is guessed
SAMPLE = 1 << 16  # bytes shown to the guesser
LINE = 1 << 14  # bytes of one line that are looked at
MOST_LOOKED_AT = 8 << 20  # bytes passed in search of the sample
COMMONEST = "cp1252"  # of the encodings of one byte: wins where the guesser finds several as good
TIE = 0.01
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark begins it
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True)
class Charset:
    """An encoding and how it was found.

    Attributes:
        codec: Python's name of it.
        found: "said", "mark", "strict" or "guessed".
    """

    codec: str
    found: str

    @property
    def label(self) -> str:
        """For tables: a guess is marked as one."""
        return self.codec + {"mark": " (mark)", "guessed": " (guessed)"}.get(self.found, "")


def candidates(head: bytes, said: str | None) -> Charset:
    """The encoding to try first on a file that begins with ``head``."""
    if said is not None:
        return Charset(said, "said")
    for mark, codec in MARKS:
        if head.startswith(mark):
            return Charset(codec, "mark")
    return Charset("utf-8", "strict")


class TextStream:
    """The text of a file, block by block, with its newlines made ``\\n``.

    Args:
        file: Open for reading bytes, at its start.
        charset: How to decode it, strictly.

    Attributes:
        newlines_changed: ``\\r\\n`` and lone ``\\r`` met so far.
        bytes_read: Bytes taken from the file so far.
    """

    def __init__(self, file: BinaryIO, charset: Charset) -> None:
        self.file = file
        self.charset = charset
        self.newlines_changed = 0
        self.bytes_read = 0

    def __iter__(self) -> Iterator[str]:
        """Yield the text in blocks.

        Raises:
            UnicodeDecodeError: where the bytes are not in the encoding; its ``start`` counts from
                the start of the file.
            UnreadableFile: if there is a NUL, which no text has.
        """
        decoder = codecs.getincrementaldecoder(self.charset.codec)("strict")
        held = ""  # a return at the end of a block, whose newline may be in the next
        first = True
        while True:
            block = self.file.read(BLOCK)
            pending = len(decoder.getstate()[0])
            try:
                text = decoder.decode(block, final=not block)
            except UnicodeDecodeError as error:
                error.start += self.bytes_read - pending
                raise
            if "\0" in text:
                raise UnreadableFile(f"not text: a NUL in the first {self.bytes_read + len(block):,} bytes")
            self.bytes_read += len(block)
            if first and text:
                text, first = text.removeprefix("\ufeff"), False
            text, held = held + text, ""
            if "\r" in text:
                if block and text.endswith("\r"):
                    text, held = text[:-1], "\r"
                self.newlines_changed += text.count("\r")
                text = text.replace("\r\n", "\n").replace("\r", "\n")
            if text:
                yield text
            if not block:
                return


def guess_charset(file: BinaryIO, failed_at: int) -> Charset:
    """Ask charset-normalizer about the lines that are not plain ASCII, from where UTF-8 failed.

    Raises:
        UnreadableFile: if no encoding fits.
    """
    from charset_normalizer import from_bytes

    sample = telling_lines(file, failed_at)
    if b"\0" in sample:
        raise UnreadableFile("not text: it holds NUL bytes, and is not UTF-8")
    matches = from_bytes(sample)
    best = matches.best()
    if best is None:
        raise UnreadableFile(f"neither UTF-8 (byte {failed_at:,}) nor any encoding that could be guessed")
    equals = {
        name
        for match in matches
        if match.chaos <= best.chaos + TIE and match.coherence >= best.coherence - TIE
        for name in (match.encoding, *match.could_be_from_charset)
    }
    return Charset(COMMONEST if COMMONEST in equals else best.encoding, "guessed")


def telling_lines(file: BinaryIO, place: int) -> bytes:
    """Some lines with bytes above 127, the first of them the one at ``place``."""
    start = max(0, place - LINE)
    file.seek(start)
    before = file.read(place - start)
    file.seek(start + before.rfind(b"\n") + 1)
    lines: list[bytes] = []
    size = looked_at = 0
    while size < SAMPLE and looked_at < MOST_LOOKED_AT and (line := file.readline(LINE)):
        looked_at += len(line)
        if not line.isascii():
            lines.append(line)
            size += len(line)
    return b"".join(lines)


def text_of_head(file: BinaryIO, said: str | None) -> str:
    """The first part of a file as text, for guessing its shape; "" where that fails."""
    head = file.read(HEAD)
    charset = candidates(head, said)
    try:
        text = codecs.getincrementaldecoder(charset.codec)("strict").decode(head)
    except UnicodeDecodeError as error:
        try:
            text = head.decode(guess_charset(file, error.start).codec, "replace")
        except UnreadableFile:
            return ""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
