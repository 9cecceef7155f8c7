"""A trained model, ready to write: the engine, the tokenizer, and what the model was told of its text."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..corpus.packing import turned
from ..errors import DecodingError, TokenizerError, UnknownSymbol
from ..tokenizers import Tokenizer
from ..tokenizers.base import Unknown
from .engine import Engine
from .precision import Choice, choose

if TYPE_CHECKING:
    from ..checkpoint import Checkpoint
    from ..model import LanguageModel

__all__ = ["Writer"]


class Writer:
    """Everything that ``generate`` needs to know of a model.

    Args:
        model: The network.
        tokenizer: The one it was trained with.
        tag_fields: For each field its values; value i has id i + 1.
        start_text: What stands before a text that has no prompt; empty where the model was trained
            on pieces, which begin and end with the boundary.
        precision: "auto" for the fastest on this processor, or as said.
        backward: Whether it was trained on lines that were turned round, and so writes each from its end.
    Attributes:
        ends: Whether texts end by themselves, with the boundary.
        cue_count: How many cues the model reads beside its tags.
        base_mask: The tokens that may ever be written [vocab_size].
        choice: The precision, and why.
    """

    def __init__(
        self,
        model: LanguageModel,
        tokenizer: Tokenizer,
        *,
        tag_fields: Mapping[str, list[str]] | None = None,
        start_text: str = "",
        precision: str = "auto",
        backward: bool = False,
    ) -> None:
        if model.config.vocab_size != tokenizer.vocab_size:
            raise DecodingError(
                f"The model has {model.config.vocab_size} tokens and its tokenizer {tokenizer.vocab_size}.",
                "They do not belong together; restore the checkpoint's folder.",
            )
        self.tokenizer = tokenizer
        self.tag_fields = dict(tag_fields or {})
        self.cue_count = len(model.config.cue_sizes)
        self.start_text = start_text
        self.ends = not start_text
        self.backward = backward
        self.base_mask: NDArray[np.bool_] = np.ones(tokenizer.vocab_size, np.bool_)
        self.base_mask[tokenizer.boundary] = self.ends
        self.choice: Choice = choose(model, precision)
        self.engine: Engine = self.choice.engine

    @classmethod
    def of(cls, checkpoint: Checkpoint, precision: str = "auto") -> Writer:
        """Prepare a loaded checkpoint."""
        config: dict[str, Any] = checkpoint.config
        return cls(
            checkpoint.model,
            checkpoint.tokenizer,
            tag_fields=config.get("tag_fields"),
            start_text=config.get("start_text", ""),
            precision=precision,
            backward=bool(config.get("backward")),
        )

    def context(self, prompt: str, unknown: Unknown = "error") -> NDArray[np.int64]:
        """The tokens that are read before the first one is written; at least one.

        Args:
            prompt: As it is read; a model that writes lines from their ends gets its lines turned.
            unknown: What to do about a character that the tokenizer has never seen.
        Raises:
            UnknownSymbol: if the prompt holds such a character.
            DecodingError: if the prompt ends within a line, and the model writes lines from their ends: of such
                a line it would have to know the end first.
        """
        boundary = [self.tokenizer.boundary]
        if self.backward and prompt and not prompt.endswith("\n"):
            raise DecodingError(
                "The prompt ends within a line, and this model writes each line from its end: it goes on from "
                "whole lines only.",
                "End the last line with a line break, or leave that line out.",
            )
        try:
            text = turned(prompt) if self.backward else prompt
            given = self.tokenizer.encode(text, unknown=unknown).astype(np.int64)
        except UnknownSymbol:
            self.tokenizer.encode(prompt, unknown=unknown)  # which names its place in the prompt as it was given
            raise
        if self.ends:
            return np.concatenate((boundary, given))
        if len(given):
            return given
        try:
            return np.concatenate((boundary, self.tokenizer.encode(self.start_text)))[1:].astype(np.int64)
        except TokenizerError:  # a text without a line break
            return np.array(boundary, np.int64)

    def tag_ids(self, tags: Mapping[str, str] | None) -> NDArray[np.int64] | None:
        """The ids of tags, 0 for a field that is not given [fields]; None where the model has no fields.

        Raises:
            DecodingError: on a field or a value that the model was not trained with.
        """
        for field, value in (tags or {}).items():
            if field not in self.tag_fields:
                raise DecodingError(
                    f"This model has no tag {field!r}.",
                    f"Its tags are: {', '.join(self.tag_fields)}."
                    if self.tag_fields
                    else "It was trained without tags.",
                )
            if value not in self.tag_fields[field]:
                raise DecodingError(
                    f"This model knows no {field} {value!r}.", near_matches(value, self.tag_fields[field])
                )
        return self.known_tags(tags or {}) if self.tag_fields else None

    def known_tags(self, tags: Mapping[str, str]) -> NDArray[np.int64]:
        """The ids of those tags that the model knows, 0 for every other field [fields]."""
        return np.array(
            [
                values.index(tags[field]) + 1 if tags.get(field) in values else 0
                for field, values in self.tag_fields.items()
            ],
            np.int64,
        )


def near_matches(value: str, known: list[str]) -> str:
    """A hint: the values most like the one that was asked for, or the first ones."""
    near = get_close_matches(value, known, n=5, cutoff=0.4)
    if near:
        return f"Did you mean: {', '.join(near)}?"
    more = ", …" if len(known) > 8 else ""
    return f"It knows: {', '.join(known[:8])}{more}."
