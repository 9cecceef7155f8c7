"""Shelves of the gallery as wholes: how much one may hold, and two that become one."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from ..errors import GeneratorError
from .store_rows import MOST_CHARACTERS, folded

__all__ = ["Quota", "make_room", "merge", "weigh"]

MEGABYTE = 1_000_000
# What a piece holds, its files as they are packed; as ``row_of`` counts it.
SIZE = """
    length(CAST(settings AS BLOB)) + length(CAST(facts AS BLOB)) + length(CAST(title AS BLOB))
    + length(CAST(text AS BLOB)) + length(CAST(note AS BLOB))
    + coalesce((SELECT sum(length(content)) FROM files WHERE files.number = pieces.number), 0)
"""


@dataclass(frozen=True)
class Quota:
    """How much one shelf may hold, what was deleted and can still be brought back among it; None for any number.

    Attributes:
        pieces: How many.
        megabytes: Of what they hold together, scores packed.
    """

    pieces: int | None = None
    megabytes: int | None = None


def make_room(link: sqlite3.Connection, shelf: str, quota: Quota, pieces: int, size: int) -> None:
    """See that so much more finds room on a shelf: what was deleted there first makes room by going for good.

    Args:
        link: Within a transaction.
        shelf: Whose.
        quota: What it may hold.
        pieces: How many are to come.
        size: Bytes of what comes.
    Raises:
        GeneratorError: if there is no room for it; nothing is removed then.
    """
    count, held = link.execute("SELECT count(*), total(size) FROM pieces WHERE shelf = ?", (shelf,)).fetchone()
    many = 0 if quota.pieces is None else count + pieces - quota.pieces
    much = 0 if quota.megabytes is None else held + size - quota.megabytes * MEGABYTE
    if many <= 0 and much <= 0:
        return
    going: list[int] = []
    for number, its in link.execute(
        "SELECT number, size FROM pieces WHERE shelf = ? AND deleted_at IS NOT NULL ORDER BY deleted_at, number",
        (shelf,),
    ):
        if many <= 0 and much <= 0:
            break
        going.append(number)
        many, much = many - 1, much - its
    hint = "Delete what you no longer need, or take pieces out to a file first: what was deleted makes room."
    if many > 0:
        raise GeneratorError(f"There is no room in the gallery: it takes {quota.pieces:,} pieces.", hint)
    if much > 0:
        raise GeneratorError(f"There is no room in the gallery: it takes {quota.megabytes:,} MB.", hint)
    link.executemany("DELETE FROM pieces WHERE number = ?", [(number,) for number in going])


def weigh(link: sqlite3.Connection, number: int) -> None:
    """Note what a piece holds, after it was changed."""
    link.execute(f"UPDATE pieces SET size = {SIZE} WHERE number = ?", (number,))


def merge(link: sqlite3.Connection, before: str, after: str) -> int:
    """Put everything of one shelf on another; what stands on both becomes one piece.

    Args:
        link: Within a transaction.
        before: The shelf that is empty then.
        after: The shelf that has it all; of a piece on both, its id stays.
    Returns:
        How many pieces came.
    """
    if before == after:
        return 0
    twice = link.execute(
        "SELECT gone.number, stays.number FROM pieces AS gone JOIN pieces AS stays "
        "ON stays.shelf = ? AND stays.fingerprint = gone.fingerprint WHERE gone.shelf = ?",
        (after, before),
    ).fetchall()
    for gone, stays in twice:
        make_one(link, gone, stays)
    moved = link.execute("UPDATE pieces SET shelf = ? WHERE shelf = ?", (after, before))
    return len(twice) + moved.rowcount


def make_one(link: sqlite3.Connection, gone: int, stays: int) -> None:
    """Make one piece of two that are the same.

    Whether it is deleted, and its title, are as they were said last. A heart stays, and so do the words of both notes.
    """
    one, two = (link.execute("SELECT * FROM pieces WHERE number = ?", (number,)).fetchone() for number in (gone, stays))
    decided = one if (one["decided"], one["deleted_at"] is None) > (two["decided"], two["deleted_at"] is None) else two
    first, second = (one, two) if one["edited"] > two["edited"] else (two, one)
    title, note = first["title"], both(first["note"], second["note"])
    link.execute(
        "UPDATE pieces SET deleted_at = ?, decided = ?, title = ?, note = ?, edited = ?, hearted = ?, folded = ? "
        "WHERE number = ?",
        (
            decided["deleted_at"], decided["decided"], title, note, first["edited"],
            max(one["hearted"], two["hearted"]),
            folded(two["kind"], title, two["text"], note, two["model"], two["facts"]), stays,
        ),
    )  # fmt: skip
    link.execute(
        "UPDATE OR IGNORE files SET number = ? WHERE number = ?", (stays, gone)
    )  # a score that the other lacks
    link.execute("DELETE FROM pieces WHERE number = ?", (gone,))
    weigh(link, stays)


def both(first: str, second: str) -> str:
    """Two notes as one; one that the other holds is not said twice."""
    if second in first:
        return first
    return second if first in second else f"{first}\n\n{second}"[:MOST_CHARACTERS]
