"""Small networks that are ready to write, and a cache of their own for what is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

import pytest
import torch

from generator import tokenizers
from generator.config import ModelConfig
from generator.decoding import Writer
from generator.model import LanguageModel
from generator.seeding import torch_generator

TEXT = "O rose, thou art sick!\nThe invisible worm,\nthat flies in the night\n春眠不觉晓，处处闻啼鸟。\n"
MakeWriter = Callable[..., Writer]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("GENERATOR_CACHE", str(tmp_path / "cache"))
    yield


@lru_cache(maxsize=64)
def build(
    kind: str = "char",
    *,
    start_text: str = "\n",
    precision: str = "float32",
    cell: str = "lstm",
    text: str = TEXT,
    boundary_bias: float = 0.0,
    scale: float = 1.5,
    tags: tuple[tuple[str, tuple[str, ...]], ...] = (),
    vocab_size: int = 300,
) -> Writer:
    tokenizer = tokenizers.train(kind, [text] * 3, **({"vocab_size": vocab_size} if kind in ("bpe", "unigram") else {}))
    config = ModelConfig(
        vocab_size=tokenizer.vocab_size, cell=cell, embed_dim=32, hidden_size=48, num_layers=2, tie_weights=False,
        dropout=0.0, input_dropout=0.0, tag_sizes=tuple(len(values) for _, values in tags),
    )  # fmt: skip
    model = LanguageModel(config, torch_generator(5)).eval()
    with torch.no_grad():
        for value in model.parameters():
            value *= scale
        model.output.bias[0] += boundary_bias
    fields = {field: list(values) for field, values in tags}
    writer = Writer(model, tokenizer, tag_fields=fields, start_text=start_text, precision=precision)
    writer.model = model  # type: ignore[attr-defined]  # for tests that compare with the network
    return writer


@pytest.fixture
def make_writer() -> MakeWriter:
    return build
