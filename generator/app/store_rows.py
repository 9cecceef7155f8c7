"""A piece as a row of the gallery's file: its texts cleaned, its words folded, and what tells it from others."""

from __future__ import annotations

import json
import secrets
import zlib
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, GeneratorError
from .store_words import fold

if TYPE_CHECKING:
    from .store import NewPiece

__all__ = ["GIVEN", "KINDS", "MOST_CHARACTERS", "SCORE", "clean", "folded", "row_of"]

KINDS = ("text", "verse", "music")
SCORE, GIVEN = "score", "given"  # files that belong to a piece
MOST_CHARACTERS = 2_000_000  # of a text, a score or the settings of one piece
MOST_BYTES = 20_000_000  # of the file that a piece was written to
LONGEST_TITLE = 80


def row_of(piece: NewPiece, shelf: str, now: float) -> tuple[dict[str, Any], dict[str, bytes]]:
    """The columns of a piece, and its files as they are kept.

    Args:
        piece: What is to be kept.
        shelf: Whose it is to be.
        now: Seconds since 1970.
    Raises:
        GeneratorError: if it is no such piece, or is too long.
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
        raise GeneratorError("The file that the piece was written to is too large for the gallery.", "Keep it apart.")
    text, title, note = clean(piece.text), clean(piece.title).strip() or headline(piece), clean(piece.note)
    contents = {SCORE: clean(piece.score).encode(), GIVEN: piece.given}
    files = {name: zlib.compress(content) for name, content in contents.items() if content}
    values = {
        "id": piece.id or secrets.token_urlsafe(12),
        "shelf": shelf,
        "created": now if piece.created is None else piece.created,
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
        "fingerprint": fingerprint(piece, settings, text),
        "folded": folded(piece.kind, title, text, note, piece.model, facts),
        "decided": now,
    }
    size = sum(len(each.encode()) for each in (settings, facts, title, text, note)) + sum(map(len, files.values()))
    return values | {"size": size}, files


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
