"""Sizes and rates chosen from the corpus and the time, where the person did not say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ..config import ModelConfig, TrainingConfig
from ..errors import CorpusError
from ..text.cues import CueField

__all__ = ["LEAST_TOKENS", "Plan", "fill_model", "fill_training", "memory_bytes"]

LEAST_TOKENS = 256  # below this there is nothing to learn that a person could not write down faster

# tokens of training text, up to: hidden size, layers, dropout, passes over the text
SIZES = (
    (40_000, 128, 1, 0.4, 120),
    (200_000, 256, 1, 0.4, 80),
    (600_000, 384, 2, 0.45, 50),
    (3_000_000, 512, 2, 0.45, 30),
    (15_000_000, 512, 2, 0.25, 8),
    (60_000_000, 512, 3, 0.15, 3),
)
LARGEST = (512, 3, 0.1, 1.5)


@dataclass(frozen=True)
class Plan:
    """What a run will do, decided before its first step.

    Attributes:
        model, training: Complete settings.
        total_steps: Optimizer steps of the run; with a time to keep, a first estimate.
        expected_minutes: How long that takes, by the speed that was measured.
        notes: What was changed to make it fit, in words.
    """

    model: ModelConfig
    training: TrainingConfig
    total_steps: int
    expected_minutes: float
    notes: tuple[str, ...] = ()


def _size(tokens: int) -> tuple[int, int, float, float]:
    for limit, hidden_size, num_layers, dropout, epochs in SIZES:
        if tokens <= limit:
            return hidden_size, num_layers, dropout, epochs
    return LARGEST


def fill_model(
    said: ModelConfig,
    tokens: int,
    vocab_size: int,
    tag_sizes: tuple[int, ...],
    minutes: float | None,
    cues: Sequence[CueField] = (),
) -> ModelConfig:
    """Choose the sizes that were not given.

    Scarce text asks for a small network and much dropout; little time for a small one that learns
    quickly and has no time to overfit.

    Args:
        said: What the person gave; None where nothing.
        tokens: Length of the training text.
        vocab_size: Tokens of the tokenizer.
        tag_sizes: Values of each tag field.
        minutes: Time to train, where one was given.
        cues: What stands beside each token.
    """
    hidden_size, num_layers, dropout, _ = _size(tokens)
    if minutes is not None and minutes < 3 and tokens > 200_000:
        hidden_size, num_layers, dropout = 256, 2, 0.0
    elif minutes is not None and minutes < 8:
        dropout = min(dropout, 0.2)
    hidden_size = said.hidden_size or hidden_size
    embed_dim = said.embed_dim
    tied = said.tie_weights
    if tied is None:
        tied = embed_dim is None or embed_dim == hidden_size
    if embed_dim is None:
        embed_dim = hidden_size
    return replace(
        said,
        vocab_size=vocab_size,
        hidden_size=hidden_size,
        embed_dim=embed_dim,
        tie_weights=tied,
        num_layers=said.num_layers or num_layers,
        dropout=dropout if said.dropout is None else said.dropout,
        input_dropout=0.0 if said.input_dropout is None else said.input_dropout,
        tag_sizes=tag_sizes,
        cue_sizes=tuple(cue.size for cue in cues),
        cue_tables=tuple(cue.table for cue in cues),
        cue_groups=tuple(cue.group for cue in cues),
        cue_ahead=tuple(int(cue.ahead) for cue in cues),
    )


def fill_training(
    said: TrainingConfig, tokens: int, hidden_size: int, processes: int = 1, *, finetune: bool = False
) -> tuple[TrainingConfig, list[str]]:
    """Choose batch, rate and length that were not given, and shrink the batch to a small corpus.

    Args:
        said: What the person gave.
        tokens: Length of the training text.
        hidden_size: Width of the network.
        processes: Each gets an equal share of the batch.
        finetune: Train on from learnt weights: a lower rate.
    Returns:
        Complete settings, and what had to be changed, in words.
    Raises:
        CorpusError: if the text is too short to train on.
    """
    if tokens < LEAST_TOKENS:
        raise CorpusError(
            f"The training text has {tokens} tokens; that is too little to learn from.",
            f"Give at least {LEAST_TOKENS} (a page or two); some 30,000 make it worth while.",
        )
    notes = []
    bptt_steps = said.bptt_steps or (64 if tokens < 200_000 or (said.minutes or 99) < 8 else 128)
    batch_size = said.batch_size or (16 if tokens < 100_000 else 32 if tokens < 30_000_000 else 64)
    if batch_size % processes:
        batch_size += processes - batch_size % processes
        notes.append(f"batch raised to {batch_size}, to share it equally among {processes} processes")
    fitting = tokens // batch_size
    if fitting < bptt_steps:
        wanted = batch_size, bptt_steps
        batch_size = max(min(batch_size, tokens // (4 * processes * 16) * processes), processes)
        bptt_steps = min(bptt_steps, max(tokens // (4 * batch_size), 2))
        notes.append(f"batch shrunk from {wanted[0]} x {wanted[1]} to {batch_size} x {bptt_steps}: the text is short")
    rate = said.learning_rate or 6e-3 * (256 / hidden_size) ** 0.5 * (0.25 if finetune else 1.0)
    epochs = said.epochs
    if epochs is None and said.minutes is None:
        epochs = _size(tokens)[3] / (4 if finetune else 1)
    warmup_steps = said.warmup_steps if said.warmup_steps is not None else 30 if (said.minutes or 99) < 8 else 100
    return (
        replace(
            said,
            bptt_steps=bptt_steps,
            batch_size=batch_size,
            learning_rate=rate,
            epochs=epochs,
            warmup_steps=warmup_steps,
        ),
        notes,
    )


def memory_bytes(model: ModelConfig, parameters: int, batch_size: int, bptt_steps: int) -> int:
    """About how much memory a training step takes.

    Weights, average, gradient and two moments in float32; for each layer and token the gates, cells
    and outputs kept for the backward pass; and the logits three times (values, log-probabilities,
    gradient).
    """
    gates = {"lstm": 4, "gru": 3, "rnn": 1}[model.cell]
    per_token = int(model.num_layers or 1) * int(model.hidden_size or 1) * (gates * (4 + 2 + 2) + 4 * 3 + 2 * 3)
    return parameters * 4 * 5 + batch_size * bptt_steps * (per_token + 3 * 4 * model.vocab_size)
