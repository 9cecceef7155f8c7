"""Finding the tokenizer that a word or a folder asks for."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import TokenizerError
from ..files import read_json
from .base import FORMAT_VERSION, MODEL_FILE, TABLE_FILE, Tokenizer
from .byte import ByteTokenizer
from .char import CharTokenizer
from .subword import BpeTokenizer, UnigramTokenizer

if TYPE_CHECKING:
    from .music import Alphabet, MusicTokenizer

__all__ = ["KINDS", "alphabet", "load", "train"]

KINDS: dict[str, type[Tokenizer]] = {
    each.kind: each for each in (CharTokenizer, ByteTokenizer, BpeTokenizer, UnigramTokenizer)
}
MUSIC = ("melody", "voices", "midi")  # loaded when they are asked for: they need more than text does
DAMAGED = "The folder is damaged or not a tokenizer: prepare the corpus or fetch the checkpoint again."


def train(kind: str, texts: Iterable[str], **options: Any) -> Tokenizer:
    """Train a tokenizer of ``kind`` on a stream of texts (options as in ``Tokenizer.train``).

    Raises:
        TokenizerError: if the kind is not known, or there is nothing to learn from.
    """
    return known(kind, "").train(texts, **options)


def load(folder: Path | str) -> Tokenizer:
    """Read the tokenizer that ``Tokenizer.save`` wrote into ``folder``.

    Raises:
        TokenizerError: if a file is missing or damaged, or comes from a newer version.
    """
    folder = Path(folder)
    table, model = folder / TABLE_FILE, folder / MODEL_FILE
    try:
        described = read_json(table)
        content = model.read_bytes()
    except OSError as error:
        raise TokenizerError(f"{error.filename or folder}: {error.strerror or error}.", DAMAGED) from error
    except ValueError as error:
        raise TokenizerError(f"{table} is not readable JSON ({error}).", DAMAGED) from error
    if not isinstance(described, dict):
        raise TokenizerError(f"{table} holds no JSON object.", DAMAGED)
    version = described.get("format_version")
    if version != FORMAT_VERSION:
        raise TokenizerError(
            f"{table} has format version {version!r}, and this program reads version {FORMAT_VERSION}.",
            "It may come from a newer version; update generator.",
        )
    facts = described.get("training")
    tokenizer = known(described.get("kind"), f"{table}: ")(
        content, facts if isinstance(facts, dict) else {}, str(model)
    )
    for name in ("digest", "vocab_size"):
        stated, found = described.get(name), getattr(tokenizer, name)
        if stated != found:
            raise TokenizerError(f"{model} does not fit {table}: {name} is {found}, not {stated}.", DAMAGED)
    return tokenizer


def alphabet(kind: str) -> Alphabet:
    """The musical alphabet of a kind.

    Raises:
        TokenizerError: if it is none of music.
    """
    if kind not in MUSIC:
        raise TokenizerError(f"{kind!r} is not an alphabet of music.", f"Choose one of: {', '.join(MUSIC)}.")
    return musical(kind).shared_alphabet()


def musical(kind: str) -> type[MusicTokenizer]:
    """The class of a kind of ``MUSIC``."""
    if kind == "melody":
        from .music.melody import MelodyTokenizer

        return MelodyTokenizer
    if kind == "voices":
        from .music.voices import VoicesTokenizer

        return VoicesTokenizer
    from .music.midi import MidiTokenizer

    return MidiTokenizer


def known(kind: Any, where: str) -> type[Tokenizer]:
    """The class of a kind, or ``TokenizerError``."""
    if isinstance(kind, str) and kind in MUSIC:
        return musical(kind)
    if not isinstance(kind, str) or kind not in KINDS:
        raise TokenizerError(
            f"{where}{kind!r} is not a kind of tokenizer.", f"Choose one of: {', '.join((*KINDS, *MUSIC))}."
        )
    return KINDS[kind]
