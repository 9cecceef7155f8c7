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
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

from ..errors import ConfigError, GeneratorError
from .store_schema import is_damage, open_file, prepare, set_aside_files
from .store_words import fold, matching

__all__ = ["KINDS", "Found", "NewPiece", "SavedPiece", "Search", "Store", "store_path", "the_store"]

KINDS = ("text", "verse", "music")
ORDERS = {"newest": "created DESC, number DESC", "oldest": "created, number", "title": "title COLLATE NOCASE, number"}
SCORE, GIVEN = "score", "given"  # files that belong to a piece
MOST_CHARACTERS = 2_000_000  # of a text, a score or the settings of one piece
MOST_BYTES = 20_000_000  # of the file that a piece was written to
DELETED_DAYS = 30.0  # for so long a deleted piece can be brought back
LONGEST_TITLE = 80
DAY = 86_400.0


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
    """The gallery of this process."""
    return store_at(store_path().absolute())


@cache
def store_at(path: Path) -> Store:
    """One object for each file, so that it is looked over once."""
    return Store(path)


class Store:
    """A gallery's file.

    Args:
        path: Made on first use.
    Attributes:
        indexed: Whether words are looked up in an index; None before first use.
    """

    def __init__(self, path: Path) -> None:
        self.path = Path(path)
        self.indexed: bool | None = None
        self._lock = Lock()
        self._idle: weakref.finalize[..., Any] | None = None

    # ------------------------------------------------------------ keeping

    def add(self, piece: NewPiece, shelf: str = "") -> SavedPiece:
        """Keep a piece. The same piece twice is kept once: a deleted one comes back, a heart is added.

        Args:
            piece: What to keep.
            shelf: Whose it is to be.
        Returns:
            The piece as it is kept.
        Raises:
            GeneratorError: if it is no such piece, is too long, or cannot be written.
        """
        settings, facts = plain(piece.settings), plain(piece.facts)
        if piece.kind not in KINDS:
            raise ConfigError(f"{piece.kind!r} is no kind of piece.", f"Choose among {', '.join(KINDS)}.")
        if max(map(len, (piece.text, piece.score, settings, facts, piece.title, piece.note))) > MOST_CHARACTERS:
            raise GeneratorError(
                f"The piece is longer than {MOST_CHARACTERS:,} characters, which is too long for the gallery.",
                "Download it instead.",
            )
        if len(piece.given) > MOST_BYTES:
            raise GeneratorError(
                "The file that the piece was written to is too large for the gallery.", "Keep it apart."
            )
        text, title, note = clean(piece.text), clean(piece.title).strip() or headline(piece), clean(piece.note)
        mark = fingerprint(piece, settings, text)
        values = {
            "id": piece.id or secrets.token_urlsafe(12),
            "shelf": shelf,
            "created": time.time() if piece.created is None else piece.created,
            "kind": piece.kind,
            "model": clean(piece.model),
            "digest": piece.digest,
            "seed": "" if piece.seed is None else str(piece.seed),
            "settings": settings,
            "facts": facts,
            "title": title,
            "text": text,
            "note": note,
            "hearted": int(piece.hearted),
            "fingerprint": mark,
            "folded": folded(piece.kind, title, text, note, piece.model, facts),
        }
        with self._link(write=True) as link:
            if link.execute("SELECT 1 FROM pieces WHERE id = ?", (values["id"],)).fetchone():
                values["id"] = secrets.token_urlsafe(12)
            names = ", ".join(values)
            link.execute(
                f"INSERT INTO pieces ({names}) VALUES ({', '.join(':' + name for name in values)}) "
                "ON CONFLICT (shelf, fingerprint) DO UPDATE SET deleted_at = NULL, "
                "hearted = max(hearted, excluded.hearted)",
                values,
            )
            row = link.execute("SELECT * FROM pieces WHERE shelf = ? AND fingerprint = ?", (shelf, mark)).fetchone()
            for name, content in ((SCORE, clean(piece.score).encode()), (GIVEN, piece.given)):
                if content:
                    link.execute(
                        "INSERT OR IGNORE INTO files (number, name, content) VALUES (?, ?, ?)",
                        (row["number"], name, zlib.compress(content)),
                    )
            return saved(row)

    def heart(self, piece: str, shelf: str = "", on: bool = True) -> bool:
        """Make a piece a favourite or not; False where there is none of that id on the shelf."""
        return self._change("hearted = ?", (int(on),), piece, shelf)

    def edit(self, piece: str, shelf: str = "", *, title: str | None = None, note: str | None = None) -> bool:
        """Give a piece another title or note; an empty title leaves the old one. False where there is none."""
        with self._link(write=True) as link:
            row = link.execute("SELECT * FROM pieces WHERE id = ? AND shelf = ?", (piece, shelf)).fetchone()
            if row is None:
                return False
            called = clean(title or "").strip()[:MOST_CHARACTERS] or row["title"]
            noted = row["note"] if note is None else clean(note)[:MOST_CHARACTERS]
            words = folded(row["kind"], called, row["text"], noted, row["model"], row["facts"])
            link.execute(
                "UPDATE pieces SET title = ?, note = ?, folded = ? WHERE number = ?",
                (called, noted, words, row["number"]),
            )
            return True

    def move(self, before: str, after: str) -> int:
        """Put what stands on one shelf on another; what stands there already stays behind. How many were moved."""
        with self._link(write=True) as link:
            done = link.execute("UPDATE OR IGNORE pieces SET shelf = ? WHERE shelf = ?", (after, before))
            return done.rowcount

    # ------------------------------------------------------------ deleting

    def delete(self, piece: str, shelf: str = "", now: float | None = None) -> bool:
        """Take a piece off its shelf; ``undo`` brings it back. False where there is none."""
        moment = time.time() if now is None else now
        return self._change("deleted_at = ?", (moment,), piece, shelf, "AND deleted_at IS NULL")

    def undo(self, piece: str, shelf: str = "") -> bool:
        """Bring a deleted piece back; False where there is none."""
        return self._change("deleted_at = NULL", (), piece, shelf, "AND deleted_at IS NOT NULL")

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


def clean(text: str) -> str:
    """A text that UTF-8 can hold: halves of characters are replaced."""
    return text.encode("utf-8", "replace").decode("utf-8")


def plain(values: Mapping[str, Any]) -> str:
    """Values as JSON; ones that JSON has no number for are refused, as what cannot be read again is no memory."""
    return clean(json.dumps(dict(values), ensure_ascii=False, allow_nan=False, sort_keys=True))


def headline(piece: NewPiece) -> str:
    """A title for a piece that has none: its first line, or its model and seed."""
    first = "" if piece.kind == "music" else next(filter(None, map(str.strip, clean(piece.text).splitlines())), "")
    if len(first) > LONGEST_TITLE:
        first = first[: LONGEST_TITLE - 1].rstrip() + "…"
    return first or (piece.model if piece.seed is None else f"{piece.model}, {piece.seed}")


def fingerprint(piece: NewPiece, settings: str, text: str) -> str:
    """What makes two pieces the same: the model, the settings, the seed and what was written."""
    whole = json.dumps([piece.kind, piece.model, piece.digest, piece.seed, settings, text])
    return sha256(whole.encode()).hexdigest()


def folded(kind: str, title: str, text: str, note: str, model: str, facts: str) -> str:
    """All in which words are looked for; the characters of music are no words."""
    known = (str(value) for value in json.loads(facts).values() if isinstance(value, str | int))
    return fold("\n".join((title, "" if kind == "music" else text, note, model, *known)))


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
