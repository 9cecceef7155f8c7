"""Cutting text into pieces as it streams by: a line each, or blocks between blank lines."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from ..errors import UnreadableFile

__all__ = ["LARGEST_PIECE", "between_markers", "blocks_between_blanks", "gap_of", "lines"]

LARGEST_PIECE = 64 << 20  # characters of one line or block: more is one long text, not a piece


def lines(blocks: Iterable[str]) -> Iterator[list[str]]:
    """Every line that is not blank, without its newline, in lists as the blocks come.

    Raises:
        UnreadableFile: if a line is longer than ``LARGEST_PIECE``.
    """
    begun: list[str] = []  # a line that goes on in the next block
    for block in blocks:
        head, newline, rest = block.partition("\n")
        begun.append(head)
        if not newline:
            check_size(begun)
            continue
        found = rest.split("\n")
        found.insert(0, "".join(begun))
        begun = [found.pop()]
        yield list(filter(str.strip, found))
    last = "".join(begun)
    if last and not last.isspace():
        yield [last]


def blocks_between_blanks(blocks: Iterable[str], blank_lines: int) -> Iterator[list[str]]:
    """Every block of lines that stands between ``blank_lines`` blank lines or more.

    Blank lines at the ends of a block are not part of it; fewer blank lines inside it are.

    Raises:
        UnreadableFile: if a block is longer than ``LARGEST_PIECE``.
    """
    gap = gap_of(blank_lines)
    begun: list[str] = []
    for block in blocks:
        begun.append(block)
        if "\n" not in block:
            check_size(begun)
            continue
        found = gap.split("".join(begun))
        begun = [found.pop()]
        check_size(begun)
        yield [piece for piece in map(without_outer_blanks, found) if piece]
    last = without_outer_blanks("".join(begun))
    if last:
        yield [last]


def gap_of(blank_lines: int) -> re.Pattern[str]:
    """What stands between two blocks: so many blank lines or more, white space in them allowed."""
    return re.compile(rf"\n(?:[^\S\n]*\n){{{blank_lines},}}")


def without_outer_blanks(piece: str) -> str:
    """A piece without blank lines at its ends; the first line keeps its indentation."""
    if piece[:1].isspace() or piece[-1:].isspace():
        return piece[start_of_text(piece) : end_of_text(piece)]
    return piece


def start_of_text(text: str) -> int:
    """Where the first line begins that is not blank."""
    spaces = len(text) - len(text.lstrip())
    return spaces if spaces == len(text) else text.rfind("\n", 0, spaces) + 1


def end_of_text(text: str) -> int:
    """Where the blank lines at the end begin, with the newline that leads to them."""
    end = len(text.rstrip())
    newline = text.find("\n", end)
    return newline if newline >= 0 else len(text)


def check_size(begun: list[str]) -> None:
    """Stop before a text without separators is held in memory whole."""
    if sum(map(len, begun)) > LARGEST_PIECE:
        raise UnreadableFile(f"a piece of more than {LARGEST_PIECE:,} characters: read it with --pieces file")


def between_markers(blocks: Iterable[str], after: str | None, before: str | None) -> Iterator[str]:
    """The text between the line that begins with ``after`` and the one that begins with ``before``.

    Blank lines next to the markers go with them.

    Raises:
        UnreadableFile: if a marker is not there.
    """
    if after is not None:
        blocks = skip_to(blocks, after)
    yield from blocks if before is None else stop_at(blocks, before)


def skip_to(blocks: Iterable[str], marker: str) -> Iterator[str]:
    """What comes after the line that begins with ``marker`` and the blank lines that follow it."""
    text, found = "\n", False
    stream = iter(blocks)
    for block in stream:
        text += block
        if not found:
            at = text.find("\n" + marker)
            end = text.find("\n", at + 1) if at >= 0 else -1
            if end < 0:
                if at < 0:
                    text = text[-len(marker) - 1 :]
                continue
            found, text = True, text[end:]
        if text.isspace():
            continue
        yield text[start_of_text(text) :]
        yield from stream
        return
    if not found:
        raise UnreadableFile(f"no line begins with {marker!r}")


def stop_at(blocks: Iterable[str], marker: str) -> Iterator[str]:
    """What comes before the line that begins with ``marker`` and the blank lines that precede it."""
    text, given = "\n", 1  # the newline put before the first line is not given out
    for block in blocks:
        text += block
        at = text.find("\n" + marker)
        if at >= 0:
            end = end_of_text(text[:at])
            if end > given or given == 0:
                yield text[given:end] + "\n"
            return
        # what might be the start of the marker, or blank lines before it, waits for the next block
        safe = end_of_text(text[: max(0, len(text) - len(marker) - 1)])
        if safe > given:
            yield text[given:safe]
            text, given = text[safe:], 0
    raise UnreadableFile(f"no line begins with {marker!r}")
