"""How long one poem takes, and how near that is to what the network alone needs.

    python benchmarks/verse/speed.py                          # tang: a qijue of 16 tries
    python benchmarks/verse/speed.py --poems tang:qijue sonnets:sonnet --threads 2

A model is loaded, one poem is written that does not count, and then several, each with its own seed;
the median counts, with the best beside it, and the processor's own seconds (of all threads), which a
busy machine does not lengthen. What is written is what ``python -m generator.sample``
writes. The parts of a poem:

- preparing: the wishes laid into the form, the lookahead worked out for every try;
- stepping: all tries written side by side, masks and draws included;
- ranking: the tries judged;
- showing: the best one led through the network once more, for its steps.

"Network alone" is the engine's step and nothing else, for as many rows and as many steps as the tries
took, with tags and cues where the model has them: the limit for this engine on this machine.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import torch

from generator import checkpoint
from generator.command import Parser, run
from generator.config import SamplingConfig, VerseConfig
from generator.decoding import Poet, Writer, compose
from generator.decoding.engine import Engine
from generator.decoding.ranking import Ranking

PARTS = ("preparing", "stepping", "ranking", "showing")
Reading = tuple[float, float]  # the clock on the wall and the one of the processor, in seconds


def now() -> Reading:
    """Both clocks."""
    return time.perf_counter(), time.process_time()


def between(one: Reading, other: Reading) -> Reading:
    """What passed from one reading to another."""
    return other[0] - one[0], other[1] - one[1]


@dataclass
class Watch:
    """When a poem's tries were ranked, and the engine's steps before.

    Attributes:
        begun, ended: Of the ranking.
        rows: How many rows each step had.
        stepped: What passed in each step.
    """

    begun: Reading = (0.0, 0.0)
    ended: Reading = (0.0, 0.0)
    rows: list[int] = field(default_factory=list)
    stepped: list[Reading] = field(default_factory=list)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Note when poems are ranked and how often the network is asked before."""
    ranked, stepped = Ranking.__call__, Engine.step

    def ranking(self, samples):  # type: ignore[no-untyped-def]
        watch.begun = now()
        scores = ranked(self, samples)
        watch.ended = now()
        return scores

    def step(self, tokens, state, *more):  # type: ignore[no-untyped-def]
        started = now()
        found = stepped(self, tokens, state, *more)
        if not watch.begun[0]:
            watch.rows.append(len(tokens))
            watch.stepped.append(between(started, now()))
        return found

    Ranking.__call__, Engine.step = ranking, step  # type: ignore[method-assign]
    try:
        yield
    finally:
        Ranking.__call__, Engine.step = ranked, stepped  # type: ignore[method-assign]


def one_poem(poet: Poet, wish: VerseConfig, config: SamplingConfig) -> tuple[dict[str, Reading], list[int], str]:
    """Write a poem by the clock: what passed in each part, the rows of each step, and the poem."""
    watch, started = Watch(), now()
    with watched(watch):
        generation = compose(poet, wish, config)
        prepared = now()
        text = generation.samples()[0].text
    times = [started, prepared, watch.begun, watch.ended, now()]
    parts = {part: between(*pair) for part, pair in zip(PARTS, pairwise(times), strict=True)}
    parts["**in all**"] = between(times[0], times[-1])
    parts["the engine's steps in stepping"] = sum_of(watch.stepped)
    return parts, watch.rows, text


def sum_of(readings: list[Reading]) -> Reading:
    """What passed in all of them together."""
    return sum(wall for wall, _ in readings), sum(processor for _, processor in readings)


def network_alone(engine: Engine, rows: list[int], fields: int) -> Reading:
    """What the engine's steps take for so many rows each, with tags and cues where there are any."""
    tags = np.ones((rows[0], fields), np.int64) if fields else None
    state, random = engine.start(rows[0], tags), np.random.default_rng(1)
    tokens = random.integers(1, state.logits_view.shape[1], (len(rows), rows[0]))  # other rows of the tables each time
    started = now()
    for some in tokens:
        engine.step(some, state, tags)
    return between(started, now())


def measured(name: str, form: str, options: argparse.Namespace) -> Iterator[str]:
    """The lines of a poem."""
    begun = time.perf_counter()
    loaded = checkpoint.load(name)
    writer = Writer.of(loaded, options.precision)
    poet = Poet.of(loaded, writer)
    loading = time.perf_counter() - begun
    wish, config = VerseConfig(form=form, candidates=options.candidates), loaded.model.config
    fields = len(config.tag_sizes) + len(config.cue_sizes)
    found, text = [], ""
    for seed in range(options.count + 1):
        parts, rows, text = one_poem(poet, wish, SamplingConfig(seed=seed, precision=options.precision))
        found.append({**parts, "network alone, as many steps": network_alone(writer.engine, rows, fields)})
    first = found[0]["**in all**"][0]
    print(f"{name} {form}: loaded in {loading:.2f} s, the first poem in {first:.2f} s\n{text}\n", file=sys.stderr)
    title = f"{name}: {form}, {rows[0]} tries of {len(rows)} steps, {writer.choice.precision}"
    whole = statistics.median(one["**in all**"][0] for one in found[1:])
    for part in found[0]:
        wall, processor = zip(*(one[part] for one in found[1:]), strict=True)
        median = statistics.median(wall)
        busy = statistics.median(processor)
        yield f"| {title} | {part} | {median:.4f} | {min(wall):.4f} | {busy:.4f} | {median / whole:.0%} |"
        title = ""


def work(options: argparse.Namespace) -> None:
    """Measure and print the table."""
    torch.set_num_threads(options.threads)
    busy = os.getloadavg()[0]
    print(f"torch {torch.__version__}, {options.threads} threads, {platform.machine()}, load {busy:.1f}\n")
    print("| poem | part | s, median | s, best | s on the processor, median | share of the whole |")
    print("|---|---|---:|---:|---:|---:|")
    for poem in options.poems:
        for line in measured(*poem.split(":", 1), options):
            print(line, flush=True)


def main() -> int:
    """Run the command."""
    parser = Parser("speed", __doc__ or "")
    parser.prog = "python benchmarks/verse/speed.py"
    parser.add_argument("--poems", nargs="+", default=["tang:qijue"], metavar="MODEL:FORM", help="default: tang:qijue")
    parser.add_argument("--candidates", type=int, default=16, metavar="N", help="tries of each poem (default: 16)")
    parser.add_argument("--count", type=int, default=15, metavar="N", help="poems that are timed (default: 15)")
    parser.add_argument("--threads", type=int, default=2, help="processor threads (default: 2)")
    parser.add_argument("--precision", default="auto", help="arithmetic (default: auto, what people get)")
    return run(parser, work)


if __name__ == "__main__":
    sys.exit(main())
