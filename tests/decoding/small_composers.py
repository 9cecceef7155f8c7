"""Tiny composers with random weights: what they write must be lawful, and keep what is asked, whatever they say."""

from __future__ import annotations

from functools import lru_cache

import torch

from generator import tokenizers
from generator.config import ModelConfig
from generator.decoding import Composer, Writer
from generator.model import LanguageModel
from generator.music import Score
from generator.music.reading import read_bytes
from generator.seeding import torch_generator
from generator.tokenizers.music import MusicTokenizer

TAGS = {
    "melody": {"type": ["reel", "jig"], "metre": ["4/4", "6/8", "3/4"], "mode": ["major", "minor", "dorian"]},
    "voices": {"metre": ["4/4", "3/4"], "mode": ["major", "minor"], "key": ["C major", "E minor", "G major"]},
    "midi": {"metre": ["4/4", "3/4"]},
}


def small_network(tokenizer: MusicTokenizer, fields: dict[str, list[str]], scale: float = 2.0) -> LanguageModel:
    """A network for an alphabet, of hidden size 16."""
    cues = tokenizer.musical.cue_fields
    config = ModelConfig(
        vocab_size=tokenizer.vocab_size, embed_dim=8, hidden_size=16, num_layers=1, tie_weights=False, dropout=0.0,
        input_dropout=0.0, tag_sizes=tuple(map(len, fields.values())),
        cue_sizes=tuple(cue.size for cue in cues), cue_tables=tuple(cue.table for cue in cues),
        cue_groups=tuple(cue.group for cue in cues), cue_ahead=tuple(int(cue.ahead) for cue in cues),
    )  # fmt: skip
    model = LanguageModel(config, torch_generator(5)).eval()
    with torch.no_grad():
        for value in model.parameters():
            value *= scale
    return model


@lru_cache(maxsize=8)
def small_composer(kind: str) -> Composer:
    """A composer of an alphabet."""
    tokenizer = tokenizers.train(kind, ["anything"])
    assert isinstance(tokenizer, MusicTokenizer)
    model = small_network(tokenizer, TAGS[kind])
    return Composer(Writer(model, tokenizer, tag_fields=TAGS[kind], precision="float32"), tokenizer, "small")


def from_abc(text: str, *, metre: str = "4/4", key: str = "C") -> Score:
    """The score of a few lines of ABC, an eighth the unit."""
    found = read_bytes(f"X:1\nT:given\nM:{metre}\nL:1/8\nK:{key}\n{text}\n".encode(), "abc", "test")[0]
    assert found.score is not None, found.reason
    return found.score
