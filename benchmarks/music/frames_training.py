"""Training and judging of the network over frames."""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
from frames_cues import END, Table
from frames_judging import chunks, fits, follow, groups, judge
from frames_model import Frames
from torch import nn
from torch.nn import functional as F

from generator.training.averaging import WeightAverage
from generator.training.schedule import learning_rate

__all__ = ["ALL_SHIFTS", "Plan", "train"]

ALL_SHIFTS = tuple(range(-6, 6))


@dataclass(frozen=True)
class Plan:
    """How the network is trained."""

    minutes: float
    seed: int
    rows: int
    chunk: int
    rate: float
    weight_decay: float = 0.02
    clip: float = 1.0
    decay: float = 0.998
    validations: int = 15
    patience: int = 3  # validations without a gain before training ends early
    watch: int = 1  # every how many-th validation piece is looked at in training


def drawn_shift(table: Table, draw: random.Random) -> int:
    """A transposition that keeps the piece on the keyboard."""
    return draw.choice([shift for shift in ALL_SHIFTS if fits(table, shift)])


def train(model: Frames, pieces: dict[str, list[Table]], plan: Plan, out: Path, told: dict[str, str]) -> float:
    """Train for the planned time and leave the best weights in ``out``.

    Args:
        model: The network, with its first weights.
        pieces: The pieces under ``train`` and ``valid``.
        plan: How to train.
        out: The file of the weights.
        told: What to write beside them.
    Returns:
        The lowest nats a frame of the validation pieces, without averaging over transpositions.
    """
    from safetensors.torch import save_file

    draw, average = random.Random(plan.seed), WeightAverage(model, plan.decay)
    matrices = [value for value in model.parameters() if value.dim() > 1]
    others = [value for value in model.parameters() if value.dim() <= 1]
    optimiser = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": plan.weight_decay}, {"params": others, "weight_decay": 0.0}],
        betas=(0.9, 0.98),
    )
    begun, judged, best, step, epoch = time.perf_counter(), 0.0, math.inf, 0, 0
    vain = 0
    seconds = plan.minutes * 60
    due = seconds / plan.validations
    spent, frames = 0.0, 0
    while (passed := time.perf_counter() - begun) < seconds:
        epoch += 1
        for group in groups(pieces["train"], plan.rows, draw):
            shifts = [drawn_shift(table, draw) for table in group]
            state, before = None, list(range(len(group)))
            for batch, alive in chunks(group, shifts, plan.chunk):
                passed = time.perf_counter() - begun
                share = min(passed / seconds, 1.0)
                rate = learning_rate(
                    int(share * 10000), peak=plan.rate, warmup_steps=150, total_steps=10001, final_share=0.01
                )
                for settings in optimiser.param_groups:
                    settings["lr"] = rate * min(1.0, (step + 1) / 100)
                model.train()
                state = follow(state, before, alive)
                logs, after = model(batch, state)
                loss, here = F.nll_loss(logs, batch.answers, reduction="sum"), int((batch.answers == END).sum())
                optimiser.zero_grad(set_to_none=True)
                (loss / here).backward()
                nn.utils.clip_grad_norm_(model.parameters(), plan.clip)
                optimiser.step()
                step += 1
                average.update(step)
                state, before = after.detach(), alive
                spent += loss.item()
                frames += here
                if passed >= min(judged + due, seconds):
                    judged = passed
                    with average.applied():
                        result = judge(model, pieces["valid"][:: plan.watch])
                        mark, vain = "", vain + 1
                        if result.pooled["single"] < best:
                            best, mark, vain = result.pooled["single"], " *", 0
                            save_file(
                                {name: value.contiguous() for name, value in model.state_dict().items()}, out, told
                            )
                    print(
                        f"{passed / 60:5.1f} min, epoch {epoch}, step {step}: training {spent / max(frames, 1):.3f}, "
                        f"validation {result.pooled['single']:.4f} nats a frame{mark}",
                        flush=True,
                    )
                    spent, frames = 0.0, 0
                if passed >= seconds or vain >= plan.patience:
                    return best
    return best
