"""A step of the engine with one thread, with all, and with the number that it chooses for itself.

    python benchmarks/text/threads.py fiddle
    python benchmarks/text/threads.py fiddle --beside      # while another process keeps one processor busy

The median over rounds, in which the three take turns. ``--beside`` begins that process itself, of a higher
priority where the system allows it, as a training run that somebody cares for has.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from statistics import median

import numpy as np
import torch

from generator.checkpoint import load
from generator.command import Parser, run
from generator.decoding.engine import Engine
from generator.decoding.threads import Threads

ROWS = (1, 16, 64)
STEPS = 8
WARM_S = 0.5  # in which the number is chosen


@contextlib.contextmanager
def busy(wanted: bool) -> Iterator[None]:
    """Another process that never rests, on the last processor that this one may use."""
    if not wanted:
        yield
        return
    held = max(os.sched_getaffinity(0))
    code = f"import os\nos.sched_setaffinity(0, {{{held}}})\ntry: os.nice(-10)\nexcept OSError: pass\nwhile True: pass"
    process = subprocess.Popen([sys.executable, "-c", code])
    try:
        time.sleep(0.5)
        yield
    finally:
        process.kill()
        process.wait()


def seconds(engine: Engine, rows: int, number: int | None, usual: int) -> float:
    """Time of a step, the mean of a few."""
    torch.set_num_threads(number or usual)
    engine.threads.fixed = number is not None
    state, tokens = engine.start(rows), np.zeros(rows, np.int64)
    if number is None:
        end = time.perf_counter() + WARM_S
        while time.perf_counter() < end:
            engine.step(tokens, state)
    begun = time.perf_counter()
    for _ in range(STEPS):
        engine.step(tokens, state)
    return (time.perf_counter() - begun) / STEPS


def measure(options: argparse.Namespace) -> int:
    """Print a table."""
    model, usual = load(options.model).model, torch.get_num_threads()
    engine = Engine.build(model, options.precision)
    weights = sum(product.weight.numel() for product in engine.products())
    print(f"{options.model}, {options.precision}, {weights / 1e6:.1f} million weights; microseconds a step, median\n")
    print(f"| rows | one thread | {usual} threads | chosen |\n|---:|---:|---:|---:|")
    with busy(options.beside):
        for rows in ROWS:
            times: dict[int | None, list[float]] = {1: [], usual: [], None: []}
            for _ in range(options.rounds):
                for number, taken in times.items():
                    if number is None:
                        engine.threads = Threads(weights)
                    taken.append(seconds(engine, rows, number, usual) * 1e6)
            print(f"| {rows} | " + " | ".join(f"{median(taken):.0f}" for taken in times.values()) + " |", flush=True)
    return 0


def main() -> int:
    """Run the command."""
    parser = Parser("benchmarks/text/threads.py", __doc__ or "")
    parser.add_argument("model", help="a model, by name or folder")
    parser.add_argument("--precision", default="int8", help="int8 or bfloat16 (default: int8)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="turns of each (default: 5)")
    parser.add_argument("--beside", action="store_true", help="keep one processor busy meanwhile")
    return run(parser, measure)


if __name__ == "__main__":
    raise SystemExit(main())
