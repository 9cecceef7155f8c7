"""The one way that tokens come out: ``generate(...)``, an iterator of steps.

    writer = Writer.of(checkpoint.load("shakespeare"))
    for step in generate(writer, "ROMEO:", SamplingConfig(seed=7)):
        print(step.text, end="")

To stop is to stop asking.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from ..config import SamplingConfig
from ..errors import ConfigError
from ..seeding import fresh_seed, row_seeds
from ..tokenizers.base import Unknown
from .constraints import Constraint, Context, Together
from .engine import EngineState
from .sampling import Recent, Uniforms, build_filters, draw, likeliest
from .search import beam_search, keep_best
from .steps import NO_TOKEN, Collector, Sample, Step
from .streaming import Rows
from .writer import Writer

__all__ = ["Generation", "generate"]

Tokens = NDArray[np.int64]


class Generation(Iterator[Step]):
    """The steps of a generation, one after the other, made when they are asked for.

    Attributes:
        prompt: What stands before them.
        config: The settings, the seed among them even where none was given.
        count: How many rows there are.
        seeds: The seed of each row; after a best-of, known with the first step.
    """

    def __init__(self, writer: Writer, prompt: str, config: SamplingConfig, count: int) -> None:
        self.writer, self.prompt, self.config = writer, prompt, config
        self.count = count
        self.seeds = row_seeds(config.seed or 0, count)
        self._steps: Iterator[Step] = iter(())

    def __next__(self) -> Step:
        return next(self._steps)

    def samples(self) -> list[Sample]:
        """Run to the end, from the beginning, and put the rows together."""
        collector = Collector(self.count)
        for step in self:
            collector.add(step)
        return collector.samples(self.prompt, self.seeds)


def generate(
    writer: Writer,
    prompt: str = "",
    config: SamplingConfig | None = None,
    *,
    count: int = 1,
    tags: Mapping[str, str] | None = None,
    constraints: Sequence[Constraint] = (),
    until: str = "",
    unknown: Unknown = "error",
) -> Generation:
    """Write on from a prompt, in ``count`` rows side by side.

    Args:
        writer: The model.
        prompt: Any text; empty starts a piece, or a text.
        config: How to draw; its defaults without.
        count: How many rows; row i is what the seed + i writes alone.
        tags: What the text is to be like, field to value.
        constraints: Rules about what may come next.
        until: End a row once it has written this.
        unknown: What to do about a character of the prompt that the model has never seen.
    Raises:
        UnknownSymbol, DecodingError, ConfigError: before the first step, if what is asked cannot be done.
        DecodingError: at a step, if the constraints leave nothing to write.
    """
    config = config or SamplingConfig()
    if config.seed is None:
        config = dataclasses.replace(config, seed=fresh_seed())
    if count < 1:
        raise ConfigError(f"{count} texts cannot be written.", "Ask for at least one.")
    if config.beam_size and count > config.beam_size:
        raise ConfigError(
            f"A search with --beam-size {config.beam_size} finds {config.beam_size} texts, not {count}.",
            "Give a larger --beam-size, or ask for fewer texts.",
        )
    tokens, ids = writer.context(prompt, unknown), writer.tag_ids(tags)
    context = Context(writer.tokenizer, prompt, config.length, writer.ends)
    rows = config.beam_size or count * config.best_of
    together = Together(constraints, context, 1 if config.beam_size else rows) if constraints else None
    generation = Generation(writer, prompt, config, count)

    def start(rows: int) -> EngineState:
        """Read the prompt once, and stand all rows behind it."""
        state = writer.engine.start(1, None if ids is None else ids[None])
        writer.engine.prefill(tokens, state)
        return writer.engine.select(state, [0] * rows)

    def sampled(rows: int, seeds: Sequence[int]) -> Iterator[Step]:
        yield from _sample(writer, start(rows), config, seeds, tokens, together, until)

    def searched() -> Iterator[Step]:
        found = beam_search(writer.engine, start(1), config, together, writer.base_mask, until, writer.tokenizer)
        yield from _follow(writer, start(count), [item.tokens for item in found[:count]], until)

    def best() -> Iterator[Step]:
        seeds, candidates = row_seeds(config.seed or 0, rows), Collector(rows)
        for step in sampled(rows, seeds):
            candidates.add(step)
        kept = keep_best(candidates.samples(prompt, seeds), config.best_of)
        generation.seeds = [sample.seed for sample in kept]
        yield from _follow(writer, start(count), [sample.tokens for sample in kept], until)

    if config.beam_size:
        generation._steps = searched()
    elif config.best_of > 1:
        generation._steps = best()
    else:
        generation._steps = sampled(count, generation.seeds)
    return generation


def _sample(
    writer: Writer,
    state: EngineState,
    config: SamplingConfig,
    seeds: Sequence[int],
    context: Tokens,
    together: Together | None,
    until: str,
) -> Iterator[Step]:
    """Draw token after token."""
    engine, base = writer.engine, writer.base_mask
    filters, uniforms = build_filters(config), Uniforms(seeds)
    greedy, boundary = config.temperature == 0, writer.tokenizer.boundary
    rows = Rows(writer.tokenizer, len(seeds), writer.ends, until)
    recent = Recent(len(seeds), config.repetition_window)
    penalised = config.repetition_penalty != 1
    if penalised:
        for token in context[-config.repetition_window :]:
            recent.add(np.full(len(seeds), token))
    logits = state.logits_view
    allowed = None
    for index in range(config.length):
        kept = logits.copy()  # the engine will write over its own
        scores = logits.copy()
        if not writer.ends:
            scores[:, boundary] = -np.inf
        if together is not None:
            allowed = together.allowed(base, ~rows.finished)
            np.copyto(scores, -np.inf, where=~allowed)
        for change in filters:
            change(scores, recent)
        tokens = likeliest(scores) if greedy else draw(scores, uniforms())
        if together is not None:
            together.advance(tokens, ~rows.finished)
        tokens, texts = rows.add(tokens, last=index + 1 == config.length)
        yield Step(index, tokens, texts, rows.finished, kept, allowed, writer.tokenizer)
        if rows.all_finished:
            return
        if penalised:
            recent.add(tokens)
        logits = engine.step(np.maximum(tokens, boundary) if rows.any_finished else tokens, state)


def _follow(writer: Writer, state: EngineState, wanted: Sequence[Sequence[int]], until: str) -> Iterator[Step]:
    """The steps of texts that are known already, each at its own length."""
    rows = Rows(writer.tokenizer, len(wanted), writer.ends, until)
    longest = max(map(len, wanted))
    table = np.full((longest, len(wanted)), NO_TOKEN, np.int64)
    for row, text in enumerate(wanted):
        table[: len(text), row] = text
    logits = state.logits_view
    for index, column in enumerate(table):
        kept = logits.copy()
        tokens, texts = rows.add(column, last=index + 1 == longest)
        yield Step(index, tokens, texts, rows.finished, kept, None, writer.tokenizer)
        if index + 1 < longest:
            logits = writer.engine.step(np.maximum(column, writer.tokenizer.boundary), state)
