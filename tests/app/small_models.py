"""Small models with random weights as checkpoints: the app must hold whatever the network says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from generator import checkpoint, tokenizers
from generator.config import ModelConfig
from generator.model import LanguageModel
from generator.seeding import torch_generator
from generator.text.chinese.cues import VERSE
from generator.tokenizers.music import MusicTokenizer

TEXT = "O rose, thou art sick!\nThe invisible worm,\nthat flies in the night\n"
CHARACTERS = (
    "東風同空中紅翁宮功蓬冬宗農松龍容峰鐘江窗雙支時詩枝知遲絲池思悲期飛歸衣微稀暉書魚居初餘無孤湖圖夫蘇吳"
    "陽香鄉光長芳堂霜涼生明情名聲城平清青亭星靈意盡望萬遠晚斷半見岸面片坐卧起倒照早老好島下馬野舍上賞想往影"
    "月日白石碧色客落木葉雪酒水鳥曉夜路樹雨草暮古道子里裏裡事春夏秋花山人天一心雲江不有何處"
)


def network(tokenizer: Any, fields: dict[str, list[str]], cues: tuple[Any, ...] = ()) -> LanguageModel:
    """A network with random weights, and rather decided ones."""
    config = ModelConfig(
        vocab_size=tokenizer.vocab_size, embed_dim=12, hidden_size=16, num_layers=1, tie_weights=False,
        dropout=0.0, input_dropout=0.0, tag_sizes=tuple(map(len, fields.values())),
        cue_sizes=tuple(cue.size for cue in cues), cue_tables=tuple(cue.table for cue in cues),
        cue_groups=tuple(cue.group for cue in cues),
    )  # fmt: skip
    model = LanguageModel(config, torch_generator(5)).eval()
    with torch.no_grad():
        for value in model.parameters():
            value *= 2
    return model


def put(folder: Path, tokenizer: Any, told: tuple[Any, ...] = (), **config: Any) -> Path:
    """A checkpoint."""
    fields = config.setdefault("tag_fields", {})
    config.setdefault("provenance", {"source": f"{folder.name}: made for a test", "tokenizer": tokenizer.kind})
    checkpoint.save(folder, network(tokenizer, fields, told), tokenizer, {"name": folder.name, **config}, "# A card")
    return folder


def text_model(home: Path, name: str = "prose") -> Path:
    """A model of text, told of the author."""
    tags = {"author": ["Blake", "Keats"]}
    return put(home / name, tokenizers.train("char", [TEXT] * 3), medium="text", start_text="\n", tag_fields=tags)


def verse_model(home: Path, name: str = "poems") -> Path:
    """A model of Chinese verse."""
    tokenizer = tokenizers.train("char", ["".join(dict.fromkeys(CHARACTERS + "，。\n"))] * 3)
    return put(
        home / name, tokenizer, tuple(VERSE), medium="text", verse="zh", cues="verse",
        tag_fields={"author": ["李白", "杜甫"], "form": ["五绝"]},
    )  # fmt: skip


def music_model(home: Path, kind: str = "melody", name: str = "tunes") -> Path:
    """A model of music."""
    tokenizer = tokenizers.train(kind, ["x"])
    assert isinstance(tokenizer, MusicTokenizer)
    cues = tuple(tokenizer.musical.cue_fields)
    return put(
        home / name, tokenizer, cues, medium="music", cues=kind, tag_fields={"metre": ["4/4", "6/8"], "mode": ["major"]}
    )
