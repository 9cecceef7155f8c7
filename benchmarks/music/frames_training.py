"""Training and judging of the network over frames."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from frames_cues import END, Table
from frames_data import KEYS
from frames_model import Batch, Frames, batch_of
from torch import nn
from torch.nn import functional as F

from generator.model.state import State
from generator.training.averaging import WeightAverage
from generator.training.schedule import learning_rate

__all__ = ["Judgement", "Plan", "judge", "train"]

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


@dataclass(frozen=True)
class Judgement:
    """Nats a frame over some pieces: over all their frames, and the mean of the pieces' means."""

    pooled: float
    by_piece: float
    frames: int


def groups(tables: list[Table], rows: int, draw: random.Random | None) -> list[list[Table]]:
    """Pieces of about one length together; with ``draw``, in fresh company and order."""
    spread = {id(each): len(each) * (1 if draw is None else draw.uniform(0.85, 1.18)) for each in tables}
    ordered = sorted(tables, key=lambda each: spread[id(each)])
    found = [ordered[begin : begin + rows] for begin in range(0, len(ordered), rows)]
    if draw is not None:
        draw.shuffle(found)
    return found


def chunks(group: list[Table], shifts: list[int], chunk: int) -> Iterator[tuple[Batch, list[int]]]:
    """A group in chunks, and which of its pieces each chunk has; pieces that have ended are left out."""
    for begin in range(0, max(map(len, group)), chunk):
        alive = [row for row, table in enumerate(group) if len(table) > begin]
        longest = max(len(group[row]) for row in alive)
        span = min(chunk, longest - begin)
        yield batch_of([group[row] for row in alive], [shifts[row] for row in alive], begin, span), alive


def follow(state: State | None, before: list[int], alive: list[int]) -> State | None:
    """The state of the pieces that go on."""
    if state is None or before == alive:
        return state
    return state.rows(torch.tensor([before.index(row) for row in alive]))


def drawn_shift(table: Table, draw: random.Random) -> int:
    """A transposition that keeps the piece on the keyboard."""
    return draw.choice([shift for shift in ALL_SHIFTS if table.lowest + shift >= 0 and table.highest + shift < KEYS])


@torch.no_grad()
def judge(
    models: list[Frames],
    tables: list[Table],
    shifts: tuple[int, ...] = (0,),
    *,
    lawful: bool = True,
    rows: int = 32,
    geometric: bool = False,
) -> Judgement:
    """Nats a frame.

    Args:
        models: Networks whose predictions are averaged.
        tables: The pieces.
        shifts: Transpositions whose predictions are averaged, each on its own walk through the piece.
        lawful: Whether the order of spelling is known to the model.
        geometric: Average logarithms of probabilities, made to sum to 1 again, instead of probabilities.
    """
    costs: list[float] = []
    counts: list[int] = []
    for model in models:
        model.eval()
    for group in groups(tables, rows, None):
        spent = np.zeros(len(group))
        usable = [s for s in shifts if all(t.lowest + s >= 0 and t.highest + s < KEYS for t in group)]
        states: dict[tuple[int, int], State | None] = {}
        before: list[int] = []
        walks = [chunks(group, [shift] * len(group), 256) for shift in usable]
        for versions in zip(*walks, strict=True):
            alive = versions[0][1]
            blend: torch.Tensor | None = None
            for shift, (batch, _) in zip(usable, versions, strict=True):
                for number, model in enumerate(models):
                    state = follow(states.get((number, shift)), before, alive)
                    logs, states[number, shift] = model(batch, state, lawful=lawful)
                    keys = torch.roll(logs[:, :KEYS], -shift, 1)  # rolled back: what comes round is unlawful or unused
                    logs = torch.cat((keys, logs[:, END:]), 1)
                    logs = logs if geometric else logs.exp()
                    blend = logs if blend is None else blend + logs
            assert blend is not None
            first = versions[usable.index(0)][0]
            if geometric:
                blend = F.log_softmax(blend / (len(usable) * len(models)), 1)
            else:
                blend = (blend / (len(usable) * len(models))).log()
            nats = -blend.gather(1, first.answers[:, None])[:, 0].double().numpy()
            piece = np.array(alive)[first.frames.numpy() // first.tokens.shape[1]]
            np.add.at(spent, piece, nats)
            before = alive
        costs.extend(spent)
        counts.extend(map(len, group))
    each = np.array(costs) / np.array(counts)
    return Judgement(float(np.sum(costs) / np.sum(counts)), float(each.mean()), int(np.sum(counts)))


def train(model: Frames, pieces: dict[str, list[Table]], plan: Plan, out: Path) -> float:
    """Train for the planned time and leave the best weights in ``out``.

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
                        result = judge([model], pieces["valid"])
                        mark = ""
                        if result.pooled < best:
                            best, mark = result.pooled, " *"
                            save_file({name: value.contiguous() for name, value in model.state_dict().items()}, out)
                    print(
                        f"{passed / 60:5.1f} min, epoch {epoch}, step {step}: training {spent / max(frames, 1):.3f}, "
                        f"validation {result.pooled:.4f} nats a frame{mark}",
                        flush=True,
                    )
                    spent, frames = 0.0, 0
                if passed >= seconds:
                    return best
    return best
