"""Helpers that several tests of the corpus room share."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
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


@pytest.fixture(autouse=True, scope="session")
def no_waiting_for_the_disk() -> Iterator[None]:
    """Thousands of small corpora are written here, and none must outlive a power cut."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "fsync", lambda descriptor: None)
        yield


@pytest.fixture(scope="session")
def prepare() -> Callable[..., PreparedCorpus]:
    return prepare_quietly


@pytest.fixture(scope="session")
def texts() -> Callable[[PreparedCorpus], dict[str, list[str]]]:
    return texts_of


@pytest.fixture(scope="session")
def poems() -> list[str]:
    """300 different short texts of two lines."""
    return [f"Poem {index} of the sea\nand {index * index} of the wind." for index in range(300)]
