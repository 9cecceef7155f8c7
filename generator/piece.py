"""One item of a corpus: a poem, a chapter, a tune, with what is known about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Piece"]


@dataclass(frozen=True)
class Piece:
    """Content and tags of one item of a corpus.

    Attributes:
        content: The text (a ``str``); musical rooms put a score here.
        tags: What is known of it, field to value: ``{"author": "李白", "form": "七绝"}``.
    """

    content: Any
    tags: Mapping[str, str] = field(default_factory=dict)
