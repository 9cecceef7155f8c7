"""Pieces out of the gallery and into it again: as lines of JSON, or as a zip that people can read too.

Either way each piece keeps its id, its settings and its seed, so nothing is lost on the way to another machine.
A file that is brought in is checked line by line; what is not understood is refused by its line.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from ..errors import GeneratorError, UnreadableFile
from ..stopping import TimeIsUp, go_on
from .store import KINDS, NewPiece, SavedPiece, Store

__all__ = ["MOST_PIECES", "bring_in", "export_lines", "export_zip", "file_name", "read_export", "score_of_piece"]

FORMAT = 1
LINES = "pieces.jsonl"
MOST_PIECES = 20_000
MOST_BYTES = 50_000_000  # of the lines of one file, as they are unpacked
MOST_VALUES = 3_000_000  # in one file: each may take a hundred bytes of memory
QUICK = ("mid", "musicxml")  # formats of music in a zip of many pieces; sound and pictures take seconds each
ID = re.compile(r"[A-Za-z0-9_-]{12,64}")
SEPARATE = re.compile(r"""[\s/\\:*?"<>|\x00-\x1f\x7f]+""")


def export_lines(store: Store, pieces: Iterable[SavedPiece]) -> bytes:
    """One JSON object a line, all that is known of a piece in it; UTF-8.

    Raises:
        GeneratorError: if it becomes larger than ``read_export`` takes.
    """
    lines = Lines(store)
    for piece in pieces:
        go_on()
        lines.add(piece)
    return lines.content()


def export_zip(store: Store, pieces: Iterable[SavedPiece], formats: tuple[str, ...] = QUICK) -> bytes:
    """A zip with a text file, or the files of a score, for each piece, and ``pieces.jsonl`` for bringing them in.

    Args:
        store: Where the pieces are.
        pieces: Which.
        formats: Those of music, among ``generator.rendering.FORMATS``.
    Raises:
        GeneratorError: if its lines become more than ``read_export`` takes.
    """
    lines, memory = Lines(store), io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, piece in enumerate(pieces, start=1):
            go_on()
            lines.add(piece)
            name = f"{number:03} {file_name(piece)}"
            for file, content in files_of(store, piece, name, formats):
                archive.writestr(zipfile.ZipInfo(file), content, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo(LINES), lines.content(), zipfile.ZIP_DEFLATED)
    return memory.getvalue()


class Lines:
    """The lines of some pieces, not more of them than are taken back."""

    def __init__(self, store: Store) -> None:
        self.store, self.lines, self.size = store, list[bytes](), 0

    def add(self, piece: SavedPiece) -> None:
        """One more piece.

        Raises:
            GeneratorError: if it is too much.
        """
        self.lines.append((json.dumps(record(self.store, piece), ensure_ascii=False) + "\n").encode())
        self.size += len(self.lines[-1])
        if self.size > MOST_BYTES:
            raise GeneratorError(
                f"These pieces are more than {MOST_BYTES // 1_000_000} MB, which is too much for one file.",
                "Look for fewer of them first: of one kind, or of some days.",
            )

    def content(self) -> bytes:
        """All of them."""
        return b"".join(self.lines)


def files_of(store: Store, piece: SavedPiece, name: str, formats: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """The files of one piece that people open."""
    if piece.kind != "music":
        yield f"{name}.txt", (piece.text.rstrip("\n") + "\n").encode()
        return
    from ..rendering import zip_bytes

    try:
        score = score_of_piece(store, piece)
        inner = zip_bytes(score, name=name, settings=piece.settings, formats=formats) if score is not None else b""
    except TimeIsUp:
        raise
    except GeneratorError:  # the lines hold it all the same
        return
    if inner:
        with zipfile.ZipFile(io.BytesIO(inner)) as archive:
            for file in archive.namelist():
                yield file, archive.read(file)


def score_of_piece(store: Store, piece: SavedPiece) -> Any:
    """The ``Score`` of a piece of music; None where none was kept.

    Raises:
        GeneratorError: if it cannot be read.
    """
    from ..music.reading import read_bytes

    written = store.score(piece.id)
    if not written:
        return None
    found = read_bytes(written.encode(), "musicxml", piece.title)[0]
    if found.score is None:
        raise UnreadableFile(f"The score of {piece.title} cannot be read: {found.reason}.")
    return found.score


def file_name(piece: SavedPiece) -> str:
    """What the files of a piece are called before their endings, on any system."""
    names = (SEPARATE.sub(" ", name).strip(" .")[:40].strip(" .") for name in (piece.title, piece.model))
    return next(filter(None, names), piece.kind)


def record(store: Store, piece: SavedPiece) -> dict[str, Any]:
    """All that is known of a piece, as JSON holds it."""
    return {
        "format": FORMAT,
        "id": piece.id,
        "created": datetime.fromtimestamp(piece.created, UTC).isoformat(),
        "kind": piece.kind,
        "title": piece.title,
        "text": piece.text,
        "model": piece.model,
        "digest": piece.digest,
        "seed": piece.seed,
        "settings": piece.settings,
        "facts": piece.facts,
        "hearted": piece.hearted,
        "note": piece.note,
        "score": store.score(piece.id),
        "given": base64.b64encode(store.given(piece.id)).decode(),
    }


def bring_in(store: Store, pieces: Sequence[NewPiece], shelf: str = "") -> int:
    """Put pieces that were read on a shelf; those that are there already are not doubled. How many were new.

    Raises:
        GeneratorError: if they find no room there; none is brought in then.
    """
    before = store.search(shelf=shelf, limit=0).total
    store.add_all(pieces, shelf)
    return store.search(shelf=shelf, limit=0).total - before


def read_export(content: bytes, name: str) -> list[NewPiece]:
    """The pieces of a file that ``export_lines`` or ``export_zip`` made.

    Args:
        content: The whole file.
        name: What to call it in messages.
    Raises:
        UnreadableFile: if it is none, naming the line and what is wrong with it. Nothing is brought in then.
    """
    lines = unzipped(content, name) if content.startswith(b"PK") else content
    try:
        text = lines.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{name} is not a gallery: byte {error.start} is no UTF-8.", HINT) from None
    if len(lines) > MOST_BYTES or sum(map(text.count, ",[{")) > MOST_VALUES:
        raise UnreadableFile(f"{name} holds more than {MOST_BYTES // 1_000_000} MB.", "Bring it in by parts.")
    found: list[NewPiece] = []
    for number, line in enumerate(text.split("\n"), start=1):
        go_on()
        if not line.strip():
            continue
        if len(found) == MOST_PIECES:
            raise UnreadableFile(f"{name} has more than {MOST_PIECES:,} pieces.", "Bring it in by parts.")
        try:
            found.append(piece_of(json.loads(line)))
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
            reason = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
            raise UnreadableFile(f"{name} cannot be read, line {number}: {reason}.", HINT) from error
    if not found:
        raise UnreadableFile(f"There is no piece in {name}.", HINT)
    return found


HINT = "Give a file that the gallery exported: .jsonl or .zip."


def unzipped(content: bytes, name: str) -> bytes:
    """The lines inside a zip."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive, archive.open(LINES) as file:
            lines = file.read(MOST_BYTES + 1)  # a bomb says little of its size, and is refused by what came of it
    except KeyError:
        raise UnreadableFile(f"There is no {LINES} in {name}.", HINT) from None
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise UnreadableFile(f"{name} is a damaged zip: {error}.", HINT) from error
    return lines


def piece_of(values: dict[str, Any]) -> NewPiece:
    """A piece from its record.

    Raises:
        ValueError, TypeError, KeyError, AttributeError: saying what is wrong with it.
    """
    if values["format"] != FORMAT:
        raise ValueError(f"format {values['format']} is not known to this version")
    kind, seed, said = str(values["kind"]), values["seed"], values.get("id")
    if kind not in KINDS:
        raise ValueError(f"{kind!r} is no kind of piece")
    if seed is not None and (not isinstance(seed, int) or isinstance(seed, bool) or seed < 0):
        raise ValueError(f"{seed!r} is no seed")
    for name in ("settings", "facts"):
        if not isinstance(values[name], dict):
            raise ValueError(f"{name} is no object")
        if not finite(values[name]):
            raise ValueError(f"{name} has a number that is none")
    for name in ("text", "title", "model", "digest", "note", "score", "given"):
        if not isinstance(values.get(name, ""), str):
            raise ValueError(f"{name} is no text")
    try:
        given = base64.b64decode(values.get("given", ""), validate=True)
    except binascii.Error as error:
        raise ValueError("given is not in base64") from error
    return NewPiece(
        kind=kind,
        model=values["model"],
        text=values["text"],
        seed=seed,
        digest=values.get("digest", ""),
        settings=values["settings"],
        facts=values["facts"],
        title=values.get("title", ""),
        score=values.get("score", ""),
        given=given,
        hearted=values.get("hearted") is True,
        note=values.get("note", ""),
        created=datetime.fromisoformat(values["created"]).timestamp(),
        id=said if isinstance(said, str) and ID.fullmatch(said) else None,
    )


def finite(value: Any) -> bool:
    """Whether JSON can hold a value again: Python's reader takes NaN, which JSON has not."""
    if isinstance(value, dict):
        return all(map(finite, value.values()))
    if isinstance(value, list):
        return all(map(finite, value))
    return not isinstance(value, float) or math.isfinite(value)
