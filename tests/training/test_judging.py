"""Samples on the way are what a person can read."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator import tokenizers
from generator.config import ModelConfig
from generator.corpus.packing import turned
from generator.model import LanguageModel
from generator.seeding import torch_generator
from generator.training.judging import sampler

TEXT = "O rose, thou art sick!\nThe invisible worm,\n" + "\n" * 20


def test_a_sample_of_lines_that_are_written_from_their_ends_is_read_forwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("GENERATOR_CACHE", str(tmp_path))
    tokenizer = tokenizers.train("char", [TEXT])
    sizes = ModelConfig(
        vocab_size=tokenizer.vocab_size, embed_dim=8, hidden_size=8, num_layers=1, tie_weights=True, dropout=0.0,
        input_dropout=0.0,
    )  # fmt: skip
    model = LanguageModel(sizes, torch_generator(1)).eval()
    plain, backward = (
        sampler(tokenizer, {"tag_fields": {}, "start_text": "\n", "backward": each})(model) for each in (False, True)
    )
    assert backward == turned(plain) != plain
    assert "\n" in backward
