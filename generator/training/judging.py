"""What weights are worth: a text that they write, and exact figures on the validation text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from .. import checkpoint
from ..config import SamplingConfig
from ..decoding import Writer, generate
from ..decoding.constraints import MusicForm
from ..evaluation import evaluate_split
from ..model import LanguageModel
from ..tokenizers import Tokenizer
from ..tokenizers.music import MusicTokenizer, Wish
from .card import write_card
from .run_directory import RunDirectory

__all__ = ["judge", "sampler"]

SAMPLE_LENGTH = 240  # tokens of the samples that are shown on the way


def _on_processor(model: LanguageModel) -> LanguageModel:
    """The network where the decoding engine can read it."""
    weights = model.state_dict()
    if all(value.device.type == "cpu" for value in weights.values()):
        return model
    twin = LanguageModel(model.config, initialise=False)
    twin.load_state_dict({name: value.cpu() for name, value in weights.items()})
    return twin.eval()


def sampler(tokenizer: Tokenizer, config: dict[str, Any]) -> Callable[[LanguageModel], str]:
    """What the network writes now, always with the same seed, so that samples can be compared."""

    def sample(model: LanguageModel) -> str:
        writer = Writer(
            _on_processor(model), tokenizer,
            tag_fields=config["tag_fields"], start_text=config["start_text"], precision="float32",
            backward=bool(config.get("backward")),
        )  # fmt: skip
        settings = SamplingConfig(length=SAMPLE_LENGTH, seed=1, temperature=0.8)
        if isinstance(tokenizer, MusicTokenizer):
            rules = [MusicForm(tokenizer, Wish())]
            return tokenizer.musical.shown(generate(writer, "", settings, constraints=rules).samples()[0].text)
        return generate(writer, "", settings).samples()[0].text.strip("\n")

    return sample


def judge(run: RunDirectory, valid: Any, device: torch.device) -> dict[str, Any]:
    """Measure the best checkpoint by both protocols and write the figures into it."""
    loaded = checkpoint.load(run.best)
    found = evaluate_split(
        loaded.model.to(device),
        valid.ids,
        characters=valid.characters,
        starts=valid.starts,
        tags=valid.tags,
        cues=valid.cues,
        temperature=True,
    )
    scores = {
        **loaded.config["scores"],
        "protocols": found["protocols"],
        "characters": found["characters"],
        "split": "validation",
    }
    scores["calibrated"] = found["temperature"]
    config = {**loaded.config, "scores": scores, "temperature": (found["temperature"] or {}).get("value")}
    checkpoint.save(
        run.best,
        loaded.model,
        loaded.tokenizer,
        config,
        write_card(config, loaded.model.parameter_count()),
        aids=loaded.aids,
    )
    return config
