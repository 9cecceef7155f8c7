"""The gallery's file: an SQLite database, its tables by version, its index of words, and what becomes of a damaged one.

``user_version`` counts the migrations that a file has been through. A file that cannot be read is moved
aside, never removed; what can still be read of it is carried over into the new one.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from ..errors import GeneratorError

__all__ = ["is_damage", "open_file", "prepare", "set_aside_files"]

BUSY_SECONDS = 15.0  # how long one connection waits for another's writing
DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
ASIDE = "damaged"

# Each runs once, in order, in one transaction; a published one is never changed, a new one is added behind it.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """
        CREATE TABLE pieces (
            number INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,
            shelf TEXT NOT NULL,
            created REAL NOT NULL,
            kind TEXT NOT NULL CHECK (kind IN ('text', 'verse', 'music')),
            model TEXT NOT NULL,
            digest TEXT NOT NULL,
            seed TEXT NOT NULL,
            settings TEXT NOT NULL,
            facts TEXT NOT NULL,
            title TEXT NOT NULL,
            text TEXT NOT NULL,
            note TEXT NOT NULL,
            hearted INTEGER NOT NULL,
            deleted_at REAL,
            fingerprint TEXT NOT NULL,
            folded TEXT NOT NULL,
            UNIQUE (shelf, fingerprint)
        )
        """,
        "CREATE INDEX pieces_by_time ON pieces (shelf, created)",
        """
        CREATE TABLE files (
            number INTEGER NOT NULL REFERENCES pieces (number) ON DELETE CASCADE,
            name TEXT NOT NULL,
            content BLOB NOT NULL,
            PRIMARY KEY (number, name)
        ) WITHOUT ROWID
        """,
    ),
    (  # when it was last kept, deleted or brought back; when its title or note was changed; bytes that it holds
        "ALTER TABLE pieces ADD COLUMN decided REAL NOT NULL DEFAULT 0",
        "ALTER TABLE pieces ADD COLUMN edited REAL NOT NULL DEFAULT 0",
        "ALTER TABLE pieces ADD COLUMN size INTEGER NOT NULL DEFAULT 0",
        """
        UPDATE pieces SET decided = max(created, coalesce(deleted_at, 0)), size =
            length(CAST(settings AS BLOB)) + length(CAST(facts AS BLOB)) + length(CAST(title AS BLOB))
            + length(CAST(text AS BLOB)) + length(CAST(note AS BLOB))
            + coalesce((SELECT sum(length(content)) FROM files WHERE files.number = pieces.number), 0)
        """,
        "CREATE INDEX pieces_by_size ON pieces (shelf, size)",
    ),
)

# The trigrams of FTS5 find any three characters in a row, and so Chinese too, which has no spaces.
INDEX = (
    "CREATE VIRTUAL TABLE words USING fts5 (folded, content='pieces', content_rowid='number', tokenize='trigram')",
    """
    CREATE TRIGGER words_insert AFTER INSERT ON pieces BEGIN
        INSERT INTO words (rowid, folded) VALUES (new.number, new.folded);
    END
    """,
    """
    CREATE TRIGGER words_delete AFTER DELETE ON pieces BEGIN
        INSERT INTO words (words, rowid, folded) VALUES ('delete', old.number, old.folded);
    END
    """,
    """
    CREATE TRIGGER words_update AFTER UPDATE OF folded ON pieces BEGIN
        INSERT INTO words (words, rowid, folded) VALUES ('delete', old.number, old.folded);
        INSERT INTO words (rowid, folded) VALUES (new.number, new.folded);
    END
    """,
    "INSERT INTO words (words) VALUES ('rebuild')",
)
TRIGGERS = ("words_insert", "words_delete", "words_update")


def open_file(path: Path) -> sqlite3.Connection:
    """A connection that commits only when it is told to; the caller closes it, in whatever thread."""
    link = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        link.row_factory = sqlite3.Row
        link.execute("PRAGMA foreign_keys = ON")
        link.execute(
            "PRAGMA synchronous = NORMAL"
        )  # in a WAL: a loss of power may cost the last moment, never the file
    except BaseException:
        link.close()
        raise
    return link


def is_damage(error: sqlite3.Error) -> bool:
    """Whether an error says that the file is not a sound database."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.DatabaseError) and code is not None and code & 0xFF in DAMAGE


def prepare(path: Path) -> bool:
    """Make the file if there is none, move it aside if it is damaged, bring its tables up to this version.

    Several processes may do so at once.

    Args:
        path: The file; its folder is made if need be, for its owner alone.
    Returns:
        Whether words can be looked up in an index.
    Raises:
        GeneratorError: if it was written by a newer version.
        OSError, sqlite3.Error: if it cannot be made or opened.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with one_process(path.with_name(path.name + ".lock")):
        aside = move_aside(path) if is_damaged(path) else None
        if not path.exists():  # an open file is left alone: to close it here would drop SQLite's locks on it
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
        with closing(open_file(path)) as link:
            link.execute("PRAGMA journal_mode = WAL")
            migrate(link, path)
            indexed = see_to_index(link)
            if aside is not None:
                carry_over(aside, link)
            return indexed


@contextmanager
def one_process(lock: Path) -> Iterator[None]:
    """Hold a lock that others wait for; the system lets it go when a process dies."""
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def transaction(link: sqlite3.Connection) -> Iterator[None]:
    """All of the body or nothing of it; others wait with their writing."""
    link.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        link.rollback()
        raise
    link.commit()


def migrate(link: sqlite3.Connection, path: Path) -> None:
    """Bring the tables up to this version.

    Raises:
        GeneratorError: if they are of a newer one.
    """
    with transaction(link):
        version = int(link.execute("PRAGMA user_version").fetchone()[0])
        if version > len(MIGRATIONS):
            raise GeneratorError(
                f"The gallery {path} was written by a newer version of this program.",
                "Update the program, or name another folder in GENERATOR_APP_FOLDER.",
            )
        for statements in MIGRATIONS[version:]:
            for statement in statements:
                link.execute(statement)
        link.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def see_to_index(link: sqlite3.Connection) -> bool:
    """Make the index of words, or switch it off where this SQLite has none that finds Chinese.

    Returns:
        Whether there is one. It is made anew where an SQLite without it has written in between.
    """
    try:
        link.execute("CREATE VIRTUAL TABLE temp.probe USING fts5 (folded, tokenize='trigram')")
        link.execute("DROP TABLE temp.probe")
        able = True
    except sqlite3.OperationalError:
        able = False
    with transaction(link):
        kept = [row[0] for row in link.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")]
        whole = all(name in kept for name in TRIGGERS)
        if able and whole:
            return True
        for name in TRIGGERS:
            link.execute(f"DROP TRIGGER IF EXISTS {name}")
        if able:
            link.execute("DROP TABLE IF EXISTS words")
            for statement in INDEX:
                link.execute(statement)
    return able


def is_damaged(path: Path) -> bool:
    """Whether there is a file that is no sound database; an empty one is none yet."""
    if not path.exists() or not path.stat().st_size:
        return False
    try:
        with closing(open_file(path)) as link:
            return str(link.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok"
    except sqlite3.DatabaseError as error:
        if is_damage(error):
            return True
        raise


def move_aside(path: Path) -> Path:
    """Give a damaged file another name, and the files that SQLite keeps beside it too."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    target = path.with_name(f"{path.stem}.{ASIDE}-{stamp}{path.suffix}")
    number = 1
    while target.exists():
        number += 1
        target = path.with_name(f"{path.stem}.{ASIDE}-{stamp}-{number}{path.suffix}")
    for ending in ("-wal", "-shm", ""):
        beside = path.with_name(path.name + ending)
        if beside.exists():
            os.replace(beside, target.with_name(target.name + ending))
    return target


def set_aside_files(path: Path) -> list[Path]:
    """The damaged files that were moved aside and are still there, the oldest first."""
    return sorted(path.parent.glob(f"{path.stem}.{ASIDE}-*{path.suffix}"))


def carry_over(aside: Path, link: sqlite3.Connection) -> int:
    """Copy into a new file every piece that can still be read in a damaged one, which is left as it is.

    Returns:
        How many pieces.
    """
    carried = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / aside.name
        for ending in ("", "-wal"):
            with suppress(FileNotFoundError):
                shutil.copyfile(aside.with_name(aside.name + ending), copy.with_name(copy.name + ending))
        with suppress(sqlite3.DatabaseError), closing(open_file(copy)) as damaged:
            for number in readable_numbers(damaged):
                with suppress(sqlite3.DatabaseError), transaction(link):
                    carried += copy_piece(damaged, link, number)
    return carried


def readable_numbers(damaged: sqlite3.Connection) -> list[int]:
    """The numbers of the pieces that are met from the beginning and from the end, until something is broken."""
    found: set[int] = set()
    for order in ("ASC", "DESC"):
        with suppress(sqlite3.DatabaseError):
            for row in damaged.execute(f"SELECT number FROM pieces NOT INDEXED ORDER BY number {order}"):
                found.add(int(row[0]))
    return sorted(found)


def copy_piece(damaged: sqlite3.Connection, link: sqlite3.Connection, number: int) -> int:
    """Copy one piece, and its files where they can be read; 1 if it was there and sound."""
    rows = damaged.execute("SELECT * FROM pieces WHERE number = ?", (number,)).fetchall()
    copied = sum(insert(link, "pieces", row) for row in rows)
    with suppress(sqlite3.DatabaseError):
        for row in damaged.execute("SELECT * FROM files WHERE number = ?", (number,)):
            insert(link, "files", row)
    return copied


def insert(link: sqlite3.Connection, table: str, row: sqlite3.Row) -> int:
    """Insert a whole row that does not stand in the way of another; 1 if it was inserted."""
    columns, places = ", ".join(row.keys()), ", ".join("?" * len(row))
    return link.execute(f"INSERT OR IGNORE INTO {table} ({columns}) VALUES ({places})", tuple(row)).rowcount
