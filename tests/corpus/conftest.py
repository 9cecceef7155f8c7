"""Helpers that several tests of the corpus room share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator import corpus
from generator.config import PrepareConfig
from generator.corpus import PreparedCorpus


def prepare_quietly(source: str | Path, out: Path, **settings: Any) -> PreparedCorpus:
    """Prepare without a word on screen."""
    return corpus.prepare(source, out, PrepareConfig(**settings), say=lambda line: None, progress=False)


def texts_of(prepared: PreparedCorpus) -> dict[str, list[str]]:
    """The pieces of each part."""
    return {name: list(corpus.read_text(prepared, name)) for name in prepared.details["splits"]}


@pytest.fixture
def prepare() -> Callable[..., PreparedCorpus]:
    return prepare_quietly


@pytest.fixture
def texts() -> Callable[[PreparedCorpus], dict[str, list[str]]]:
    return texts_of


@pytest.fixture
def poems() -> list[str]:
    """300 different short texts of two lines."""
    return [f"Poem {index} of the sea\nand {index * index} of the wind." for index in range(300)]
