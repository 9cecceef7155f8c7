"""The gallery's memory: pieces that someone kept, with all that is needed to make them again.

store = the_store()
piece = store.add(NewPiece("verse", "tang", "春浦迢迢望夕曛", seed=2, settings={...}), shelf)
store.search(Search(words="夕曛", hearted=True), shelf).pieces

A shelf is what one person sees; whoever knows the id of a piece can read it from any shelf, and only its
own shelf can change it. Every call has a connection of its own, so threads and processes may call at once.
"""

from __future__ import annotations

import json
import os
import secrets
import sqlite3
import time
import weakref
import zlib
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from ..errors import ConfigError, GeneratorError
from ..stopping import go_on
from .settings import limits
from .store_room import Quota, make_room, merge, weigh
from .store_rows import GIVEN, KINDS, MOST_CHARACTERS, SCORE, clean, folded, row_of
from .store_schema import is_damage, open_file, prepare, set_aside_files
from .store_words import matching

__all__ = ["KINDS", "Found", "NewPiece", "SavedPiece", "Search", "Store", "store_path", "the_store"]

ORDERS = {"newest": "created DESC, number DESC", "oldest": "created, number", "title": "title COLLATE NOCASE, number"}
AT_ONCE = 300_000  # bytes that are put into the file by one transaction; others wait so long with their writing
DELETED_DAYS = 30.0  # for so long a deleted piece can be brought back
DAY = 86_400.0
BOUNDLESS = Quota()
Row = tuple[dict[str, Any], dict[str, bytes]]  # as ``row_of`` makes it


@dataclass(frozen=True)
class NewPiece:
    """A piece that is to be kept.

    Attributes:
        kind: ``text``, ``verse`` or ``music``.
        model: What commands call the model.
        text: What was written; of music its musical characters.
        seed: Of the draw; None where there was none.
        digest: Of the model's files, which tells whether it is still the same one.
        settings: Every setting and wish, as JSON holds it: enough to make the piece again.
        facts: What there is to know about it, such as key, metre, bars, bits per character.
        title: Empty for the first line of a text.
        score: Of music the MusicXML, so that it plays where the model is gone.
        given: Of music the file that it was written to (a melody to harmonise); its name is in the settings.
        hearted: Whether it is a favourite.
        note: Its owner's words about it.
        created: Seconds since 1970; None for now.
        id: None for a new one.
    """

    kind: str
    model: str
    text: str
    seed: int | None = None
    digest: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    score: str = ""
    given: bytes = b""
    hearted: bool = False
    note: str = ""
    created: float | None = None
    id: str | None = None


@dataclass(frozen=True)
class SavedPiece:
    """A piece that was kept; what ``NewPiece`` says, and ``deleted_at`` where it waits to be purged.

    Attributes:
        shelf: Whose it is.
        deleted_at: Seconds since 1970; None where it was not deleted.
    """

    id: str
    shelf: str
    created: float
    kind: str
    model: str
    digest: str
    seed: int | None
    settings: dict[str, Any]
    facts: dict[str, Any]
    title: str
    text: str
    note: str
    hearted: bool
    deleted_at: float | None


@dataclass(frozen=True)
class Search:
    """Which pieces are looked for; all conditions hold together.

    Attributes:
        words: All of them stand in title, text, note, model or facts, in any script and case.
        kinds, models: One of these; empty for any.
        hearted: Favourites only.
        since, until: Seconds since 1970; ``until`` itself is outside.
        deleted: Those that were deleted instead of those that were not.
        order: ``newest``, ``oldest`` or ``title``.
    """

    words: str = ""
    kinds: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    hearted: bool = False
    since: float | None = None
    until: float | None = None
    deleted: bool = False
    order: str = "newest"


@dataclass(frozen=True)
class Found:
    """Some of the pieces that were looked for, and how many there are in all."""

    pieces: tuple[SavedPiece, ...]
    total: int


def store_path() -> Path:
    """Where the gallery lies: in $GENERATOR_APP_FOLDER, or in ``generator`` in the user's data folder."""
    said = os.environ.get("GENERATOR_APP_FOLDER")
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return (Path(said) if said else home / "generator") / "pieces.sqlite3"


def the_store() -> Store:
    """The gallery of this process.

    Raises:
        ConfigError: if the app's limits cannot be read.
    """
    return store_at(store_path().absolute(), Quota(limits().gallery_pieces, limits().gallery_mb))


@cache
def store_at(path: Path, quota: Quota) -> Store:
    """One object for each file, so that it is looked over once."""
    return Store(path, quota)


class Store:
    """A gallery's file.

    Args:
        path: Made on first use.
        quota: How much a shelf may hold.
    Attributes:
        indexed: Whether words are looked up in an index; None before first use.
    """

    def __init__(self, path: Path, quota: Quota = BOUNDLESS) -> None:
        self.path, self.quota = Path(path), quota
        self.indexed: bool | None = None
        self._lock = Lock()
        self._idle: weakref.finalize[..., Any] | None = None

    # ------------------------------------------------------------ keeping

    def add(self, piece: NewPiece, shelf: str = "", now: float | None = None) -> SavedPiece:
        """Keep a piece. The same piece twice is kept once: a deleted one comes back, a heart is added.

        Args:
            piece: What to keep.
            shelf: Whose it is to be.
            now: Seconds since 1970; None for what the clock says.
        Returns:
            The piece as it is kept.
        Raises:
            GeneratorError: if it is no such piece, is too long, finds no room, or cannot be written.
        """
        row = row_of(piece, shelf, time.time() if now is None else now)
        with self._link(write=True) as link:
            self._room(link, [row])
            return saved(put(link, *row))

    def add_all(self, pieces: Sequence[NewPiece], shelf: str = "") -> None:
        """Keep many pieces, as ``add`` does; none of them if they find no room.

        Raises:
            GeneratorError: As ``add``.
        """
        rows: deque[Row] = deque()
        for piece in pieces:
            go_on()
            rows.append(row_of(piece, shelf, time.time()))
        with self._link(write=True) as link:
            self._room(link, rows)
        while rows:
            go_on()
            with self._link(write=True) as link:
                some, size = list[Row](), 0
                while rows and size < AT_ONCE:
                    some.append(rows.popleft())
                    size += some[-1][0]["size"]
                self._room(link, some)  # again, as others may keep something meanwhile
                for row in some:
                    put(link, *row)

    def _room(self, link: sqlite3.Connection, rows: Collection[Row]) -> None:
        """Make room for those of these that are not there yet."""
        new = {values["fingerprint"]: values for values, _files in rows if place_of(link, values) is None}
        if new:
            size = sum(values["size"] for values in new.values())
            make_room(link, next(iter(new.values()))["shelf"], self.quota, len(new), size)

    def heart(self, piece: str, shelf: str = "", on: bool = True) -> bool:
        """Make a piece a favourite or not; False where there is none of that id on the shelf."""
        return self._change("hearted = ?", (int(on),), piece, shelf)

    def edit(
        self,
        piece: str,
        shelf: str = "",
        *,
        title: str | None = None,
        note: str | None = None,
        now: float | None = None,
    ) -> bool:
        """Give a piece another title or note; an empty title leaves the old one. False where there is none.

        Raises:
            GeneratorError: if there is no room for so long a note.
        """
        with self._link(write=True) as link:
            row = link.execute("SELECT * FROM pieces WHERE id = ? AND shelf = ?", (piece, shelf)).fetchone()
            if row is None:
                return False
            called = clean(title or "").strip()[:MOST_CHARACTERS] or row["title"]
            noted = row["note"] if note is None else clean(note)[:MOST_CHARACTERS]
            words = folded(row["kind"], called, row["text"], noted, row["model"], row["facts"])
            link.execute(
                "UPDATE pieces SET title = ?, note = ?, folded = ?, edited = ? WHERE number = ?",
                (called, noted, words, time.time() if now is None else now, row["number"]),
            )
            weigh(link, row["number"])
            if len(called) + len(noted) > len(row["title"]) + len(row["note"]):
                make_room(link, shelf, self.quota, 0, 0)
            return True

    def move(self, before: str, after: str) -> int:
        """Put what stands on one shelf on another, where the same piece stays one (``merge``). How many were moved."""
        with self._link(write=True) as link:
            return merge(link, before, after)

    # ------------------------------------------------------------ deleting

    def delete(self, piece: str, shelf: str = "", now: float | None = None) -> bool:
        """Take a piece off its shelf; ``undo`` brings it back. False where there is none."""
        moment = time.time() if now is None else now
        return self._change("deleted_at = ?, decided = ?", (moment, moment), piece, shelf, "AND deleted_at IS NULL")

    def undo(self, piece: str, shelf: str = "", now: float | None = None) -> bool:
        """Bring a deleted piece back; False where there is none."""
        moment = time.time() if now is None else now
        return self._change("deleted_at = NULL, decided = ?", (moment,), piece, shelf, "AND deleted_at IS NOT NULL")

    def purge(self, days: float = DELETED_DAYS, now: float | None = None) -> int:
        """Remove for good what was deleted so many days ago, on every shelf; how many pieces."""
        before = (time.time() if now is None else now) - days * DAY
        with self._link(write=True) as link:
            return link.execute("DELETE FROM pieces WHERE deleted_at <= ?", (before,)).rowcount

    # ------------------------------------------------------------ finding

    def get(self, piece: str) -> SavedPiece | None:
        """A piece by its id, on whatever shelf and deleted or not; None where there is none."""
        with self._link() as link:
            row = link.execute("SELECT * FROM pieces WHERE id = ?", (piece,)).fetchone()
        return None if row is None else saved(row)

    def stands(self, piece: str, shelf: str = "") -> bool:
        """Whether a piece is on a shelf, and was not deleted; asked often, so it reads no more than that."""
        asked = "SELECT 1 FROM pieces WHERE id = ? AND shelf = ? AND deleted_at IS NULL"
        with self._link() as link:
            return link.execute(asked, (piece, shelf)).fetchone() is not None

    def score(self, piece: str) -> str:
        """The MusicXML of a piece of music; empty where there is none."""
        return self._file(piece, SCORE).decode()

    def given(self, piece: str) -> bytes:
        """The file of music that a piece was written to; empty where there is none."""
        return self._file(piece, GIVEN)

    def _file(self, piece: str, name: str) -> bytes:
        with self._link() as link:
            row = link.execute(
                "SELECT content FROM files JOIN pieces USING (number) WHERE id = ? AND name = ?", (piece, name)
            ).fetchone()
        return b"" if row is None else zlib.decompress(row["content"])

    def search(self, search: Search | None = None, shelf: str = "", *, limit: int = 20, offset: int = 0) -> Found:
        """The pieces of a shelf that are looked for.

        Args:
            search: None for all that are not deleted.
            shelf: Whose.
            limit, offset: So many of them, after so many.
        Raises:
            ConfigError: if the order is unknown.
        """
        search = search or Search()
        if search.order not in ORDERS:
            raise ConfigError(f"{search.order} is no order of pieces.", f"Choose among {', '.join(ORDERS)}.")
        with self._link() as link:
            conditions, values = matching(search, shelf, indexed=bool(self.indexed))
            total = link.execute(f"SELECT count(*) FROM pieces WHERE {conditions}", values).fetchone()[0]
            rows = link.execute(
                f"SELECT * FROM pieces WHERE {conditions} ORDER BY {ORDERS[search.order]} LIMIT ? OFFSET ?",
                (*values, max(limit, 0), max(offset, 0)),
            ).fetchall()
        return Found(tuple(map(saved, rows)), int(total))

    def ids(self, search: Search, shelf: str = "", *, limit: int) -> list[str]:
        """The ids of so many of the pieces that are looked for, in their order."""
        with self._link() as link:
            conditions, values = matching(search, shelf, indexed=bool(self.indexed))
            rows = link.execute(
                f"SELECT id FROM pieces WHERE {conditions} ORDER BY {ORDERS[search.order]} LIMIT ?", (*values, limit)
            ).fetchall()
        return [row["id"] for row in rows]

    def models(self, shelf: str = "") -> list[str]:
        """The models that pieces of a shelf were written with, by name."""
        with self._link() as link:
            rows = link.execute(
                "SELECT DISTINCT model FROM pieces WHERE shelf = ? AND deleted_at IS NULL ORDER BY model", (shelf,)
            ).fetchall()
        return [row["model"] for row in rows]

    def set_aside(self) -> list[Path]:
        """Damaged files that were moved aside and still lie beside the gallery."""
        return set_aside_files(self.path)

    # ------------------------------------------------------------ the file

    def _change(self, what: str, values: tuple[Any, ...], piece: str, shelf: str, also: str = "") -> bool:
        with self._link(write=True) as link:
            done = link.execute(f"UPDATE pieces SET {what} WHERE id = ? AND shelf = ? {also}", (*values, piece, shelf))
            return done.rowcount > 0

    @contextmanager
    def _link(self, write: bool = False) -> Iterator[sqlite3.Connection]:
        """A connection and a transaction for one call, over a file that was looked over.

        Raises:
            GeneratorError: in place of what SQLite and the system raise.
        """
        try:
            with self._lock:
                if self.indexed is None or not self.path.exists():
                    self._look_over()
            with closing(open_file(self.path)) as link:
                link.execute("BEGIN IMMEDIATE" if write else "BEGIN")
                yield link
                link.commit()
        except (OSError, sqlite3.Error) as error:
            raise self._in_words(error) from error

    def _look_over(self) -> None:
        """Make the file ready, and hold it open: the last connection that closes would write the log back each time."""
        if self._idle is not None:
            self._idle()
        self.indexed = prepare(self.path)
        idle = open_file(self.path)
        idle.execute("SELECT count(*) FROM sqlite_master").fetchone()  # it is opened by the first reading
        self._idle = weakref.finalize(self, idle.close)

    def _in_words(self, error: Exception) -> GeneratorError:
        if isinstance(error, sqlite3.Error) and is_damage(error):
            self.indexed = None  # looked over again by the next call
            return GeneratorError(
                f"The gallery {self.path} is damaged.",
                "Try again: it is moved aside, and what can be read of it is carried over.",
            )
        if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
            return GeneratorError(
                f"The gallery {self.path} is busy with another program's writing.", "Try again in a moment."
            )
        return GeneratorError(
            f"The gallery {self.path} cannot be read or written: {error}.",
            "See to its rights and the space on the disk, or name another folder in GENERATOR_APP_FOLDER.",
        )


def place_of(link: sqlite3.Connection, values: Mapping[str, Any]) -> int | None:
    """The number of the same piece on the same shelf; None where there is none."""
    found = link.execute(
        "SELECT number FROM pieces WHERE shelf = ? AND fingerprint = ?", (values["shelf"], values["fingerprint"])
    ).fetchone()
    return None if found is None else int(found[0])


def put(link: sqlite3.Connection, values: Mapping[str, Any], files: Mapping[str, bytes]) -> sqlite3.Row:
    """Put a row into the file, or what is new of it into the row of the same piece; the row as it is then."""
    if link.execute("SELECT 1 FROM pieces WHERE id = ?", (values["id"],)).fetchone():
        values = {**values, "id": secrets.token_urlsafe(12)}
    link.execute(
        f"INSERT INTO pieces ({', '.join(values)}) VALUES ({', '.join(':' + name for name in values)}) "
        "ON CONFLICT (shelf, fingerprint) DO UPDATE SET deleted_at = NULL, decided = excluded.decided, "
        "hearted = max(hearted, excluded.hearted)",
        values,
    )
    number = place_of(link, values) or 0  # which no row has
    for name, content in files.items():
        link.execute("INSERT OR IGNORE INTO files (number, name, content) VALUES (?, ?, ?)", (number, name, content))
    weigh(link, number)
    row: sqlite3.Row = link.execute("SELECT * FROM pieces WHERE number = ?", (number,)).fetchone()
    return row


def saved(row: sqlite3.Row) -> SavedPiece:
    """A piece from its row."""
    return SavedPiece(
        id=row["id"],
        shelf=row["shelf"],
        created=row["created"],
        kind=row["kind"],
        model=row["model"],
        digest=row["digest"],
        seed=int(row["seed"]) if row["seed"] else None,
        settings=json.loads(row["settings"]),
        facts=json.loads(row["facts"]),
        title=row["title"],
        text=row["text"],
        note=row["note"],
        hearted=bool(row["hearted"]),
        deleted_at=row["deleted_at"],
    )
