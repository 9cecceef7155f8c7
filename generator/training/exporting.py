"""A checkpoint to pass on, in another precision, judged against the one it was made of."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import torch
from torch.nn import functional as F

from .. import checkpoint
from ..checkpoint import Checkpoint
from ..config import SamplingConfig
from ..corpus import is_prepared, open_prepared
from ..decoding import Writer, generate
from ..decoding.aids import Aids
from .card import write_card

__all__ = ["divergence", "export"]

JUDGED_TOKENS = 512


def export(loaded: Checkpoint, out: Path, name: str, weights: str) -> float:
    """Write a checkpoint with its weights in another type.

    Args:
        loaded: What to write.
        out: The folder; a checkpoint that stands there is replaced.
        name: What to call it.
        weights: ``float32``, ``float16`` or ``bfloat16``.
    Returns:
        Mean divergence of its predictions from the original's, in nats a token.
    """
    loaded = with_verse(loaded)
    provenance = {key: value for key, value in loaded.config.get("provenance", {}).items() if key != "corpus"}
    config = {**loaded.config, "name": name, "provenance": provenance}
    card = write_card(config, loaded.model.parameter_count())
    checkpoint.save(out, loaded.model, loaded.tokenizer, config, card, weights, loaded.aids)
    return divergence(loaded, checkpoint.load(out))


def with_verse(loaded: Checkpoint) -> Checkpoint:
    """A checkpoint with what helps it to write verse, learnt now where the run did not come to it."""
    place = loaded.config.get("provenance", {}).get("corpus")
    if loaded.aids or not place or not is_prepared(place):
        return loaded
    prepared = open_prepared(place)
    details = {key: prepared.details.get(key) for key in ("verse", "backward", "tag_counts")}
    if details["verse"] is None:
        return loaded
    provenance = dict(loaded.config["provenance"])
    if provenance.get("corpus_digest") == prepared.details["digest"]:
        provenance["settings"] = prepared.details["settings"]  # with those that the run did not know yet
    aids = Aids.of_corpus(prepared, str(details["verse"])).tensors()
    return replace(loaded, config={**loaded.config, **details, "provenance": provenance}, aids=aids)


def divergence(one: Checkpoint, other: Checkpoint) -> float:
    """Kullback-Leibler divergence of ``other`` from ``one``, a token, on a text that ``one`` writes.

    D(p || q) = sum p (log p - log q), mean over the tokens.
    """
    sample = generate(
        Writer.of(one, "float32"), "", SamplingConfig(length=JUDGED_TOKENS, temperature=1.0, seed=1)
    ).samples()[0]
    ids = [one.tokenizer.boundary, *(token for token in sample.tokens if token != one.tokenizer.boundary)]
    tokens = torch.tensor([ids], dtype=torch.int64)
    with torch.inference_mode():
        first, second = (F.log_softmax(side.model(tokens)[0], dim=2) for side in (one, other))
    return float(F.kl_div(second, first, log_target=True, reduction="none").sum(2).mean())
