"""Nats a frame of pieces, the ways they are told, and a proof by counting that the probabilities sum to 1.

What a frame costs is the sum over its notes and its end mark. The first frame of a piece is given, every later frame
is charged, the end of the piece is not. That is what the program of Bai, Kolter & Koltun (2018) does (``evaluate`` in
``TCN/poly_music/music_test.py`` of github.com/locuslab/TCN): it sums over the frames from the second on of all pieces
and divides by their number.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
import torch
from frames_cues import END, Table, frames_of, table_of
from frames_data import KEYS, Piece
from frames_model import Batch, Frames, Sizes, batch_of
from frames_shelf import Shelf
from torch.nn import functional as F

from generator.model.state import State

__all__ = ["Judgement", "checks", "chunks", "fits", "follow", "groups", "judge", "self_check"]

Reader = Callable[[Piece], Table]  # makes the columns of a piece


@dataclass(frozen=True)
class Judgement:
    """Nats a frame over all frames of some pieces (``pooled``), and the mean of the pieces' own means (``by_piece``).

    Each has the columns ``single`` (one reading, untransposed), ``unordered`` (the same, with probability left on keys
    that the order of spelling forbids), ``mean`` and ``geometric`` (averages over transpositions of probabilities, and
    of their logarithms made to sum to 1 again).
    """

    pooled: dict[str, float]
    by_piece: dict[str, float]
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
        span = min(chunk, max(len(group[row]) for row in alive) - begin)
        yield batch_of([group[row] for row in alive], [shifts[row] for row in alive], begin, span), alive


def follow(state: State | None, before: list[int], alive: list[int]) -> State | None:
    """The state of the pieces that go on."""
    if state is None or before == alive:
        return state
    return state.rows(torch.tensor([before.index(row) for row in alive]))


def fits(table: Table, shift: int) -> bool:
    """Whether a transposed piece stays on the keyboard."""
    return table.lowest + shift >= 0 and table.highest + shift < KEYS


def rolled_back(logs: torch.Tensor, shift: int) -> torch.Tensor:
    """Log probabilities of keys and end mark, named as before the transposition.

    Keys that the transposition moved past the edge of the keyboard get nothing; what it moved in is left out, so
    that a reading may sum to less than 1 but never to more.
    """
    keys = torch.full_like(logs[:, :KEYS], -torch.inf)
    if shift >= 0:
        keys[:, : KEYS - shift] = logs[:, shift:KEYS]
    else:
        keys[:, -shift:] = logs[:, : KEYS + shift]
    return torch.cat((keys, logs[:, END:]), 1)


@torch.no_grad()
def judge(model: Frames, tables: list[Table], shifts: tuple[int, ...] = (0,), rows: int = 48) -> Judgement:
    """Judge a model on pieces.

    Args:
        model: The network.
        tables: The pieces, each with at least one prediction.
        shifts: The transpositions to average over; 0 must be one of them. With it alone, no averages are told.
        rows: Pieces side by side.
    Returns:
        The nats a frame.
    """
    model.eval()
    names = ("single", "unordered", "mean", "geometric") if len(shifts) > 1 else ("single", "unordered")
    costs: list[np.ndarray] = []
    counts: list[int] = []
    for group in groups(tables, rows, None):
        spent = np.zeros((len(names), len(group)))
        usable = [shift for shift in shifts if all(fits(table, shift) for table in group)]
        states: dict[int, State | None] = {}
        before: list[int] = []
        for versions in zip(*(chunks(group, [shift] * len(group), 64) for shift in usable), strict=True):
            nats: dict[str, torch.Tensor] = {}
            plain, alive = versions[usable.index(0)]
            answers, wide = plain.answers[:, None], plain.tokens.shape[1]
            mean: torch.Tensor | None = None
            geometric: torch.Tensor | None = None
            for shift, (batch, _) in zip(usable, versions, strict=True):
                scores, states[shift] = model.scores(batch, follow(states.get(shift), before, alive))
                if shift == 0:
                    nats["unordered"] = -F.log_softmax(scores, 1).gather(1, answers)
                logs = model.lawful(scores, batch)
                if shift == 0:
                    nats["single"] = -logs.gather(1, answers)
                if len(shifts) > 1:
                    logs = rolled_back(logs, shift)
                    mean = logs.exp() if mean is None else mean + logs.exp()
                    geometric = logs if geometric is None else geometric + logs
            if mean is not None and geometric is not None:
                nats["mean"] = -(mean / len(usable)).log().gather(1, answers)
                nats["geometric"] = -F.log_softmax(geometric / len(usable), 1).gather(1, answers)
            pieces = np.array(alive)[plain.frames.numpy() // wide]
            for row, name in enumerate(names):
                np.add.at(spent[row], pieces, nats[name][:, 0].double().numpy())
            before = alive
        costs.append(spent)
        counts.extend(map(len, group))
    total, lengths = np.concatenate(costs, 1), np.array(counts)
    return Judgement(
        dict(zip(names, (total.sum(1) / lengths.sum()).tolist(), strict=True)),
        dict(zip(names, (total / lengths).mean(1).tolist(), strict=True)),
        int(lengths.sum()),
    )


@torch.no_grad()
def self_check(
    model: Frames, read: Reader, *, mirrored: bool, keys: tuple[int, ...] = (30, 34, 37, 41, 46, 49)
) -> float:
    """Add up the probabilities of every set of a few keys as the third frame of a piece, one reading each.

    Every other key is forbidden, by taking the probabilities over the few and the end mark alone; each set is put
    into a piece of its own and goes through columns, batch and network as any piece does.

    Returns:
        How far the sum is from 1.
    """
    model.eval()
    allowed = torch.zeros(KEYS + 1, dtype=torch.bool)
    allowed[[KEYS - 1 - key if mirrored else key for key in keys] + [END]] = True
    total = 0.0
    for size in range(len(keys) + 1):
        for chosen in combinations(keys, size):
            table = read([(34, 41), (30, 46, 49), chosen])
            batch = batch_of([table], [0], 0, len(table))
            scores, _ = model.scores(batch, None)
            scores[:, ~allowed] = -torch.inf
            logs = model.lawful(scores, batch).gather(1, batch.answers[:, None])[:, 0]
            total += math.exp(float(logs[batch.frames == 1].double().sum()))
    return abs(total - 1)


def later_known(piece: Piece, read: Reader) -> int:
    """How many values of a piece's columns change when its later half is cut away; there should be none."""
    table, part = read(piece), read(piece[: len(piece) // 2 + 1])
    notes = part.begins[-1]
    seen = [(part.cues, table.cues[: len(part)]), (part.sets, table.sets[: len(part)])]
    seen += [(part.notes, table.notes[:notes]), (part.references, table.references[:notes])]
    return sum(int((first != second).sum()) for first, second in seen)


def checks() -> None:
    """Check the protocol on random weights and print what was found; a failure ends the program with an error."""
    draw = random.Random(5)

    def random_piece() -> Piece:
        chords = [tuple(sorted(draw.sample(range(20, 70), draw.randint(0, 6)))) for _ in range(draw.randint(2, 12))]
        return [draw.choice(chords) for _ in range(draw.randint(2, 120))] * 2

    pieces, others = [random_piece() for _ in range(9)], [random_piece() for _ in range(3)]
    others.append([(2, 9), (1, 17, 20), (3, 8)])  # moves as the pieces of ``self_check`` do
    for mirrored, shelved in product((False, True), (False, True)):
        books = Shelf([frames_of(each, mirrored=mirrored) for each in others + pieces[:1]], -1 if mirrored else 0)

        def read(piece: Piece, books: Shelf = books, mirrored: bool = mirrored, shelved: bool = shelved) -> Table:
            due = books.due(frames_of(piece, mirrored=mirrored), None) if shelved else None
            return table_of(piece, mirrored=mirrored, shelf=due)

        sizes = Sizes(hidden=24, embed=16, head=24, narrow=8, shelf=int(shelved))
        model = Frames(sizes, torch.Generator().manual_seed(3))
        for parameter in model.parameters():  # far from the calm start, so that a mistake would show
            torch.nn.init.normal_(parameter, std=0.3, generator=model.generator)
        tables = [read(piece) for piece in pieces]
        result = judge(model, tables, shifts=(-5, 0, 4), rows=4)
        nats = 0.0
        for table in tables:
            with torch.no_grad():
                whole = batch_of([table], [0], 0, len(table))
                logs, _ = model(whole, None)
            nats -= float(logs.gather(1, whole.answers[:, None]).double().sum())
        found = {
            "probabilities of all sets of keys, distance of the sum from 1": self_check(model, read, mirrored=mirrored),
            "columns that know of later frames": sum(later_known(piece, read) for piece in pieces),
            "nats a frame, in chunks side by side and each piece whole, distance": abs(
                result.pooled["single"] - nats / sum(len(piece) - 1 for piece in pieces)
            ),
            "excess with unlawful keys ruled out": max(0.0, result.pooled["single"] - result.pooled["unordered"]),
        }
        print(f"spelled {'up' if mirrored else 'down'}, {'with' if shelved else 'without'} shelf:", flush=True)
        for name, value in found.items():
            print(f"  {name}: {value:.2g}")
            if value > 1e-4:
                raise SystemExit(f"error: {name}: {value}")
