"""Which arithmetic decodes: the fastest on this processor that stays near enough to the training network.

The choice is measured once for a shape of network on a processor, and remembered in the user's cache
folder: the precision decides the last bits of the logits, and the same seed should give the same
text tomorrow. One choice serves every number of rows, since row i of a batch must be the text of
that row alone; it is made by the geometric mean of the time of one row and of many.
"""

from __future__ import annotations

import json
import os
import platform
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from ..files import append_line
from ..seeding import numpy_generator
from .engine import Engine
from .products import PRECISIONS
from .sampling import draw, log_softmax

if TYPE_CHECKING:
    from ..model import LanguageModel

__all__ = ["MOST_DIVERGENCE", "Choice", "choose", "divergence", "rows_agree"]

MOST_DIVERGENCE = 0.003  # nats a token that decoding may cost
MANY_ROWS = 64
SECONDS = 0.03  # of measuring, for each precision and each number of rows
LEAST_RUNS = 3  # the first compares numbers of threads, and may be slow for that
USUAL_THREADS = torch.get_num_threads()  # what torch takes where nobody has said a number


@dataclass(frozen=True)
class Choice:
    """What was chosen, and why.

    Attributes:
        engine: The model, prepared.
        notes: What a person should know: a precision that was passed over, and why.
    """

    engine: Engine
    notes: tuple[str, ...] = ()

    @property
    def precision(self) -> str:
        return self.engine.precision


def choose(model: LanguageModel, precision: str = "auto") -> Choice:
    """Prepare ``model`` in the precision that was asked for, or in the best one.

    Args:
        model: The network.
        precision: "auto", or the name of a precision, which is then taken as it is.

    Torch's threads are brought down to the processors that this process may use, unless someone has
    set another number than the usual one: with a thread too many, all wait for it at every product.
    """
    if torch.get_num_threads() == USUAL_THREADS > processors():
        torch.set_num_threads(processors())
    if precision != "auto":
        return Choice(Engine.build(model, precision))
    key = machine_key(model)
    remembered = recall(key)
    order = remembered if remembered is not None else fastest_first(model)
    if remembered is None:
        remember(key, order)
    notes: list[str] = []
    for name in order:
        engine = Engine.build(model, name)
        if name == "float32":
            return Choice(engine, tuple(notes))
        cost = divergence(model, engine)
        if cost <= MOST_DIVERGENCE:
            return Choice(engine, tuple(notes))
        notes.append(f"{name} would cost {cost:.4f} nats a token, more than {MOST_DIVERGENCE}: not taken.")
    return Choice(Engine.build(model, "float32"), tuple(notes))


def fastest_first(model: LanguageModel) -> list[str]:
    """The precisions in which a row does not hang on its company, the fastest first."""
    times: dict[str, float] = {}
    for name in PRECISIONS:
        engine = Engine.build(model, name)
        if rows_agree(engine):
            times[name] = (seconds_a_step(engine, 1) * seconds_a_step(engine, MANY_ROWS)) ** 0.5
    return sorted(times, key=times.__getitem__) or ["float32"]


def seconds_a_step(engine: Engine, rows: int) -> float:
    """Time of one step, the best of several short runs."""
    state, tokens = engine.start(rows), np.zeros(rows, np.int64)
    engine.step(tokens, state)
    best, runs, end = float("inf"), 0, time.perf_counter() + SECONDS
    while True:
        runs += 1
        start = time.perf_counter()
        for _ in range(4):
            engine.step(tokens, state)
        now = time.perf_counter()
        best = min(best, (now - start) / 4)
        if now > end and runs >= LEAST_RUNS:
            return best


def rows_agree(engine: Engine) -> bool:
    """Whether rows get the same bits alone, in small company and in large."""
    tokens = numpy_generator(1).integers(0, engine.vocab_size, (3, MANY_ROWS))
    sizes = ((0, MANY_ROWS), (0, 1), (MANY_ROWS - 1, 1), (3, 2), (9, 7))
    runs = []
    for start, size in sizes:
        state = engine.start(size)
        runs.append([engine.step(column[start : start + size], state).copy() for column in tokens])
    return all(
        np.array_equal(some, whole[start : start + size])
        for (start, size), run in zip(sizes, runs, strict=True)
        for some, whole in zip(run, runs[0], strict=True)
    )


def divergence(model: LanguageModel, engine: Engine, rows: int = 8, steps: int = 32) -> float:
    """What the engine's arithmetic costs, in nats a token, on text that the model writes itself.

    The mean over places of the Kullback-Leibler divergence of the engine's distribution from that of
    the training network, which is the rise of its cross-entropy on such text.
    """
    random = numpy_generator(2)
    state = engine.start(rows)
    tokens = np.zeros(rows, np.int64)
    written, near = [], []
    for _ in range(steps):
        written.append(tokens)
        logits = engine.step(tokens, state)
        near.append(log_softmax(logits))
        tokens = draw(logits.copy(), random.random(rows))
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        device = next(model.parameters()).device
        logits_there, _ = model(torch.from_numpy(np.stack(written, 1)).to(device))
    model.train(was_training)
    exact = log_softmax(logits_there.float().cpu().numpy().reshape(rows * steps, -1))
    ours = np.stack(near, 1).reshape(rows * steps, -1)
    return float((np.exp(exact) * (exact - ours)).sum(1).mean())


def machine_key(model: LanguageModel) -> str:
    """What the speed of a precision hangs on: processor, torch, threads, and the network's shape."""
    config = model.config.to_dict()
    shape = {
        name: config[name]
        for name in ("vocab_size", "cell", "embed_dim", "hidden_size", "num_layers", "residual", "layer_norm",
                     "attention_window")
    }  # fmt: skip
    facts = [processor(), torch.__version__, torch.get_num_threads(), list(PRECISIONS), shape]
    return sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """The processor's name and abilities, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    told = [line for line in lines if line.startswith(("model name", "flags", "Features"))]
    return "\n".join(dict.fromkeys(told)) or platform.machine()


def cache_file() -> Path:
    """Where choices are remembered."""
    said = os.environ.get("GENERATOR_CACHE")
    home = Path(said) if said else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "generator"
    return home / "precisions.jsonl"


def recall(key: str) -> list[str] | None:
    """The order that was measured before; None where there is none that can be read."""
    try:
        lines = cache_file().read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    for line in lines:
        try:
            entry = json.loads(line)
            if entry["key"] == key and entry["order"] and set(entry["order"]) <= set(PRECISIONS):
                return list(entry["order"])
        except (ValueError, KeyError, TypeError):
            continue  # a line that was cut off, or is not ours
    return None


def remember(key: str, order: list[str]) -> None:
    """Keep an order for next time; a cache that cannot be written only costs the measuring again."""
    try:
        cache_file().parent.mkdir(parents=True, exist_ok=True)
        append_line(cache_file(), {"key": key, "order": order})
    except OSError:
        return
