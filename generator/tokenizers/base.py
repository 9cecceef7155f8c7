"""What every tokenizer does: text to token ids and back, and itself to a folder and back.

Token 0 is the boundary between pieces in every kind; it stands for no text. All other tokens stand
for the UTF-8 bytes ``token_bytes(token)``, and the bytes of the tokens of a text, in a row, are the
bytes of the text.

    tokenizer = tokenizers.train("char", texts)
    ids = tokenizer.encode("To be")
    tokenizer.decode(ids) == "To be"
"""

from __future__ import annotations

import warnings
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar, Literal, NoReturn, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ..errors import TokenizerError
from ..files import atomic_file, write_json
from ..wording import counted
from .modelfile import open_model
from .places import label_of, name_of, reject_surrogate

__all__ = [
    "FORMAT_VERSION",
    "MODEL_FILE",
    "TABLE_FILE",
    "DroppedSymbols",
    "Ids",
    "Tokenizer",
    "Unknown",
    "tell_dropped",
    "utf8",
]

FORMAT_VERSION = 1
TABLE_FILE = "tokenizer.json"
MODEL_FILE = "sentencepiece.model"

Unknown = Literal["error", "drop"]
Ids = NDArray[np.unsignedinteger[Any]]


class DroppedSymbols(UserWarning):
    """Characters that a tokenizer does not know were left out of a text, as was asked."""


class Tokenizer(ABC):
    """Text to token ids and back.

    Attributes:
        kind: "char", "byte", "bpe" or "unigram".
        boundary: The token that begins and ends a piece, always 0; it decodes to nothing.
        vocab_size: How many tokens there are, the boundary included.
        dtype: The smallest unsigned integers that hold every token.
        digest: SHA-256 of kind and vocabulary: equal digests encode every text equally.
        facts: What the training saw (counts; what was left out), for reports.
    """

    kind: ClassVar[str]
    boundary: ClassVar[int] = 0

    def __init__(self, model: bytes, facts: dict[str, Any] | None = None, name: str = MODEL_FILE) -> None:
        self.model = model
        self.facts = facts or {}
        self.engine = open_model(model, name)
        self.vocab_size: int = self.engine.get_piece_size()
        self.dtype: np.dtype[Any] = np.min_scalar_type(self.vocab_size - 1)

    @classmethod
    @abstractmethod
    def train(cls, texts: Iterable[str], *, vocab_size: int = 4096, min_count: int = 1) -> Self:
        """Learn a vocabulary from texts, which are read once, as a stream.

        Args:
            texts: Any number of strings of any length.
            vocab_size: Tokens of a bpe or unigram tokenizer, the boundary included.
            min_count: A char tokenizer leaves out characters that are rarer.
        Raises:
            TokenizerError: if there is nothing to learn from, or a text holds a lone surrogate.
        """

    @abstractmethod
    def encode_pieces(
        self, texts: Sequence[str], *, unknown: Unknown = "error", dropped: Counter[str] | None = None
    ) -> tuple[Ids, NDArray[np.uint64]]:
        """Encode many texts at once, each behind a boundary, as a prepared corpus stores them.

        Args:
            texts: The pieces, in order.
            unknown: What to do about a character that has no token: "error", or "drop" it.
            dropped: Gets the count of each dropped character added; without it a warning tells.
        Returns:
            The stream ``0 t t t 0 t t``, 1-D of ``dtype``, and where in it each piece's boundary stands.
        Raises:
            UnknownSymbol: naming the character and its place.
            TokenizerError: if a text holds a lone surrogate.
        """

    @cached_property
    def byte_table(self) -> list[bytes]:
        """The UTF-8 bytes of each token."""
        return [b"", *self._pieces_as_bytes()]

    @abstractmethod
    def _pieces_as_bytes(self) -> Iterable[bytes]:
        """The bytes of tokens 1, 2, ..."""

    @abstractmethod
    def _decode(self, ids: NDArray[Any]) -> str:
        """The text of ids that are known to be in range."""

    def encode(self, text: str, *, unknown: Unknown = "error", dropped: Counter[str] | None = None) -> Ids:
        """The tokens of a text, 1-D of ``dtype``, without boundaries; options as in ``encode_pieces``."""
        return self.encode_pieces([text], unknown=unknown, dropped=dropped)[0][1:]

    def decode(self, ids: ArrayLike) -> str:
        """The text of tokens: boundaries add nothing; bytes that are not UTF-8 become U+FFFD.

        Raises:
            TokenizerError: if an id is not a token of this tokenizer.
        """
        array = np.asarray(ids)
        if array.size == 0:
            return ""
        if array.ndim != 1 or array.dtype.kind not in "iu":
            raise TokenizerError(
                f"Token ids must be one row of integers, and these are {array.dtype} of shape {array.shape}.",
                "Decode one row at a time.",
            )
        if array.min() < 0 or array.max() >= self.vocab_size:
            self._reject_token(int(array[(array < 0) | (array >= self.vocab_size)][0]))
        return self._decode(array)

    def _reject_token(self, token: int) -> NoReturn:
        raise TokenizerError(
            f"There is no token {token}: this tokenizer has tokens 0 to {self.vocab_size - 1}.",
            "The ids may come from another tokenizer.",
        )

    def token_bytes(self, token: int) -> bytes:
        """The UTF-8 bytes that a token adds to the text; ``b""`` for the boundary.

        Raises:
            TokenizerError: if there is no such token.
        """
        if not 0 <= token < self.vocab_size:
            self._reject_token(token)
        return self.byte_table[token]

    def token_label(self, token: int) -> str:
        """A token as a person can read it: ``⏎``, ``␣the``, ``<0xE6>``, ``<boundary>``."""
        if token == self.boundary:
            return "<boundary>"
        content = self.token_bytes(token)
        try:
            return label_of(content.decode())
        except UnicodeDecodeError:
            return "".join(f"<0x{value:02X}>" for value in content)

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the kind and the model file, hexadecimal."""
        return sha256(self.kind.encode() + b"\n" + self.model).hexdigest()

    def save(self, folder: Path) -> None:
        """Write ``tokenizer.json`` and ``sentencepiece.model`` into ``folder``."""
        folder = Path(folder)
        with atomic_file(folder / MODEL_FILE) as file:
            file.write(self.model)
        write_json(
            folder / TABLE_FILE,
            {
                "format_version": FORMAT_VERSION,
                "kind": self.kind,
                "vocab_size": self.vocab_size,
                "boundary": self.boundary,
                "digest": self.digest,
                "training": self.facts,
            },
        )

    @classmethod
    def load(cls, folder: Path) -> Tokenizer:
        """Read a tokenizer of any kind from its folder (``tokenizers.load``)."""
        from .registry import load

        return load(folder)

    def __repr__(self) -> str:
        return f"<{self.kind} tokenizer of {self.vocab_size} tokens, {self.digest[:12]}>"


def utf8(text: str) -> bytes:
    """The UTF-8 bytes of a text.

    Raises:
        TokenizerError: naming the place of a lone surrogate.
    """
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        reject_surrogate(text, error.start)


def tell_dropped(found: Counter[str], dropped: Counter[str] | None) -> None:
    """Add what was dropped to the caller's counter, or warn where there is none."""
    if dropped is not None:
        dropped.update(found)
    elif found:
        shown = ", ".join(f"{name_of(character)} ×{count}" for character, count in found.most_common(5))
        more = f" and {len(found) - 5} more" if len(found) > 5 else ""
        warnings.warn(
            f"{counted(found.total(), 'character was', 'characters were')} dropped that this tokenizer has never seen: "
            f"{shown}{more}.",
            DroppedSymbols,
            stacklevel=5,  # whoever called encode
        )
