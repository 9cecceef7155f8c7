"""Writing and reading ``sentencepiece.model``: our own model file around sentencepiece's engine.

sentencepiece's trainer puts its normaliser, its handling of spaces and the options of the machine
into the file that it writes, and none of these may stand here: text must come back as it was, and
the same vocabulary must give the same bytes. So the file is written by this module, from the pieces
alone, in the layout of ``sentencepiece_model.proto`` (package sentencepiece 0.2): a protocol buffer
of a few fields, whose encoding takes twenty lines. Reading goes through sentencepiece itself.

What the written models have in common:

* piece 0 is of type UNKNOWN, which the engine demands, and stands for the boundary of a piece of
  text; the engine never gives it out where bytes or the whole alphabet are in the vocabulary;
* NUL, which sentencepiece refuses in a piece, goes under the name of its byte, ``<0x00>``;
* no normalisation, no dummy prefix, no removed spaces, no space mark: ``escape_whitespaces`` is off,
  so U+0020 stays U+0020 and U+2581 stays itself.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import NamedTuple

import sentencepiece

from ..errors import TokenizerError

__all__ = ["BOUNDARY_NAME", "BYTE", "NORMAL", "Entry", "byte_entries", "open_model", "read_entries", "write_model"]

# ModelProto.SentencePiece.Type
NORMAL, UNKNOWN, BYTE = 1, 2, 6
# TrainerSpec.ModelType
ENGINES = {"unigram": 1, "bpe": 2, "char": 4}
# No vocabulary can hold this name: a piece never has a space anywhere but at its start.
BOUNDARY_NAME = "<piece boundary>"


class Entry(NamedTuple):
    """One token of a vocabulary: its text (or the name of a byte), score and type."""

    piece: str
    score: float
    type: int


def byte_entries() -> list[Entry]:
    """The 256 byte tokens under the names that sentencepiece knows them by."""
    return [Entry(f"<0x{value:02X}>", 0.0, BYTE) for value in range(256)]


def write_model(engine: str, entries: Iterable[Entry], *, byte_fallback: bool) -> bytes:
    """Lay out a model file; the boundary is put before ``entries``.

    Args:
        engine: How the engine segments: "char", "bpe" or "unigram".
        entries: The tokens 1, 2, ... in order.
        byte_fallback: Characters without a token are spelt in byte tokens.
    """
    boundary = Entry(BOUNDARY_NAME, 0.0, UNKNOWN)
    pieces = [
        field(1, field(1, entry.piece.encode()) + field(2, entry.score) + field(3, entry.type))
        for entry in (boundary, *entries)
    ]
    trainer = (
        field(3, ENGINES[engine])
        + field(4, len(pieces))
        + field(35, int(byte_fallback))
        + b"".join(field(number, -1) for number in (41, 42, 43))  # no <s>, </s>, <pad>
        + field(40, 0)
        + field(45, BOUNDARY_NAME.encode())
    )
    normalizer = field(1, b"identity") + field(3, 0) + field(4, 0) + field(5, 0)
    return b"".join(pieces) + field(2, trainer) + field(3, normalizer)


def field(number: int, value: int | float | bytes) -> bytes:
    """One field of a protocol buffer message: an integer, a 32-bit float or bytes."""
    if isinstance(value, bytes):
        return varint(number << 3 | 2) + varint(len(value)) + value
    if isinstance(value, float):
        return varint(number << 3 | 5) + struct.pack("<f", value)
    return varint(number << 3) + varint(value)


def varint(value: int) -> bytes:
    """Seven bits a byte, lowest first; negative numbers as 64-bit two's complement."""
    value &= (1 << 64) - 1
    parts = bytearray()
    while value > 0x7F:
        parts.append(value & 0x7F | 0x80)
        value >>= 7
    parts.append(value)
    return bytes(parts)


def open_model(content: bytes, name: str) -> sentencepiece.SentencePieceProcessor:
    """The engine over the content of a model file.

    Raises:
        TokenizerError: if sentencepiece cannot read it; ``name`` says which file it was.
    """
    try:
        engine = sentencepiece.SentencePieceProcessor(model_proto=content)
        if engine.get_piece_size() == 0 or engine.unk_id() != 0:
            raise ValueError("it holds no vocabulary of this program")
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        raise TokenizerError(
            f"{name} is not a readable sentencepiece model ({error}).",
            "The folder is damaged: prepare the corpus or fetch the checkpoint again.",
        ) from error
    return engine


def read_entries(engine: sentencepiece.SentencePieceProcessor) -> list[Entry]:
    """All tokens but the boundary, as ``write_model`` takes them."""
    ids = list(range(1, engine.get_piece_size()))
    if not ids:
        return []
    return [
        Entry(piece, score, BYTE if is_byte else NORMAL)
        for piece, score, is_byte in zip(
            engine.id_to_piece(ids), engine.get_score(ids), engine.is_byte(ids), strict=True
        )
    ]
