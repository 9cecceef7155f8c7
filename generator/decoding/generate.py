"""The one way that tokens come out: ``generate(...)``, an iterator of steps.

    writer = Writer.of(checkpoint.load("shakespeare"))
    for step in generate(writer, "ROMEO:", SamplingConfig(seed=7)):
        print(step.text, end="")

To stop is to stop asking.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..config import SamplingConfig
from ..corpus.packing import turned
from ..errors import ConfigError
from ..seeding import candidate_seeds, fresh_seed, row_seeds
from ..tokenizers.base import Unknown
from .constraints import Constraint, Context, Together
from .engine import EngineState
from .particles import Particles
from .sampling import Recent, Uniforms, build_filters, draw, likeliest
from .search import Judge, beam_search, by_log_prob, keep_best
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
        finish: Turns the text of a row into what a reader is shown.
        readable: Turns a part of it into what can be read while it is written.
        constraints: The rules that it keeps.
        watch: Called at each step of tries of which the best are shown later: with the step, or with None where
            there is none to show. What it raises ends the generation.
    """

    def __init__(self, writer: Writer, prompt: str, config: SamplingConfig, count: int) -> None:
        self.writer, self.prompt, self.config = writer, prompt, config
        self.count = count
        self.seeds = row_seeds(config.seed or 0, count)
        self.constraints: Sequence[Constraint] = ()
        self.finish: Callable[[str], str] = str
        self.readable: Callable[[str], str] = str
        self.watch: Callable[[Step | None], object] = lambda step: None
        self._steps: Iterator[Step] = iter(())

    def __next__(self) -> Step:
        return next(self._steps)

    def drawn(self, seed: int) -> dict[str, Any]:
        """What the constraints drew for the row of a seed: pattern, rhymes."""
        return {name: value for rule in self.constraints for name, value in rule.drawn(seed).items()}

    def samples(self) -> list[Sample]:
        """Run to the end, from the beginning, and put the rows together."""
        collector = Collector(self.count)
        for step in self:
            collector.add(step)
        return self.collected(collector)

    def collected(self, collector: Collector) -> list[Sample]:
        """The rows as they stand, as a reader is shown them."""
        samples = collector.samples(self.prompt, self.seeds)
        return [dataclasses.replace(sample, text=self.finish(sample.text)) for sample in samples]


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
    judge: Judge = by_log_prob,
) -> Generation:
    """Write on from a prompt, in ``count`` rows side by side.

    Args:
        writer: The model.
        prompt: Any text; empty starts a piece, or a text. A model that writes lines from their ends goes on from
            whole lines only; what it writes is given line by line, each turned so that it is read forwards.
        config: How to draw; its defaults without.
        count: How many rows; row i is what the seed + i writes alone.
        tags: What the text is to be like, field to value.
        constraints: Rules about what may come next; they see lines as the model writes them.
        until: End a row once it has written this, with the line where the model writes lines from their ends.
        unknown: What to do about a character of the prompt that the model has never seen.
        judge: What a best-of takes the best by.
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
    before = turned(prompt) if writer.backward else prompt
    context = Context(writer.tokenizer, before, config.length, writer.ends, writer.backward)
    # particles choose among ways to what constraints settle; without constraints there is nothing to choose by
    steers = config.particles > 1 and bool(constraints)
    tries = config.particles if steers else config.best_of
    rows = config.beam_size or count * tries
    seeds = candidate_seeds(config.seed or 0, 1 if config.beam_size else count, tries)
    rules = Rules(constraints, context)
    generation = Generation(writer, prompt, config, count)
    # what constraints draw is one for all particles of a text, so that they seek the same
    together = rules.of([seed for seed in generation.seeds for _ in range(tries)] if steers else seeds)
    generation.constraints = constraints

    def start(rows: int, together: Together | None) -> tuple[EngineState, Told]:
        """Read the prompt, and stand all rows behind it."""
        told = Told(writer, ids, rows, together)
        if together is None:  # all rows are alike
            state = writer.engine.start(1, None if ids is None else ids[None])
            writer.engine.prefill(tokens, state)
            return writer.engine.select(state, [0] * rows), told
        state = writer.engine.start(rows, told.first())
        writer.engine.prefill(tokens, state)
        return state, told

    def sampled(seeds: Sequence[int]) -> Iterator[Step]:
        yield from _sample(writer, *start(len(seeds), together), config, seeds, tokens, together, until)

    def followed(kept: Sequence[Sequence[int]], seeds: Sequence[int]) -> Iterator[Step]:
        again = rules.of(seeds)
        yield from _follow(writer, *start(len(kept), again), kept, again, until)

    def searched() -> Iterator[Step]:
        state, told = start(1, together)
        found = beam_search(
            writer.engine, state, told, config, together, writer.base_mask, until, writer.tokenizer, writer.backward
        )
        yield from followed([item.tokens for item in found[:count]], seeds * count)

    def best() -> Iterator[Step]:
        candidates = Collector(rows)
        for step in sampled(seeds):
            candidates.add(step)
            generation.watch(step)
        kept = keep_best(candidates.samples(prompt, seeds), config.best_of, judge)
        generation.seeds = [sample.seed for sample in kept]
        yield from followed([sample.tokens for sample in kept], generation.seeds)

    def steered() -> Iterator[Step]:
        assert together is not None
        state, told = start(rows, together)
        boundary = writer.tokenizer.boundary
        kept = Particles(writer.engine, config, together, writer.base_mask, boundary, seeds).search(
            state, told, generation.watch
        )
        yield from followed(kept, generation.seeds)

    if config.beam_size:
        generation._steps = searched()
    elif steers:
        generation._steps = steered()
    elif config.best_of > 1:
        generation._steps = best()
    else:
        generation._steps = sampled(generation.seeds)
    return generation


class Rules:
    """The constraints of a generation, at the first place of as many rows as are asked for."""

    def __init__(self, constraints: Sequence[Constraint], context: Context) -> None:
        self.constraints, self.context = constraints, context

    def of(self, seeds: Sequence[int]) -> Together | None:
        """The constraints on rows of these seeds; None where there are none."""
        return Together(self.constraints, self.context, seeds) if self.constraints else None


class Told:
    """What the model is told beside the tokens: tags, and cues where it has them and a constraint gives them.

    Args:
        writer: The model.
        tags: Tag ids of every row [fields]; None for none.
        rows: How many rows there are.
        together: The constraints on them.
    Attributes:
        cued: Whether there is anything that changes from step to step.
    """

    def __init__(self, writer: Writer, tags: Tokens | None, rows: int, together: Together | None) -> None:
        self.together = together
        cues = together.cues() if together is not None and writer.cue_count else None
        self.cued = cues is not None
        self.width = 0 if tags is None else len(tags)
        self.table = np.zeros((rows, self.width + (0 if cues is None else writer.cue_count)), np.int64)
        if tags is not None:
            self.table[:, : self.width] = tags
            for row, own in enumerate(together.tags() if together is not None else ()):
                following = writer.known_tags(own)
                self.table[row, : self.width] = np.where(tags > 0, tags, following)

    def first(self) -> Tokens | None:
        """Tags and cues of every row before its first token; None where there are none."""
        return self.now() if self.cued else self.table if self.width else None

    def now(self) -> Tokens | None:
        """Tags and cues of every row where it stands [rows, fields + cues]; None where nothing changes."""
        if not self.cued or self.together is None:
            return None
        cues = self.together.cues()
        assert cues is not None
        if len(cues) != len(self.table):  # beams come and go
            self.table = np.repeat(self.table[:1], len(cues), 0)
        self.table[:, self.width :] = cues
        return self.table

    def select(self, index: Sequence[int]) -> None:
        """Reorder the rows."""
        self.table = self.table[list(index)]


def _sample(
    writer: Writer,
    state: EngineState,
    told: Told,
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
    rows = Rows(writer.tokenizer, len(seeds), writer.ends, until, writer.backward)
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
            together.lookahead(scores, ~rows.finished)
            np.copyto(scores, -np.inf, where=~allowed)
        for change in filters:
            change(scores, recent)
        tokens = likeliest(scores) if greedy else draw(scores, uniforms())
        if together is not None:
            together.advance(tokens, ~rows.finished)
        tokens, texts = rows.add(tokens, last=index + 1 == config.length)
        yield Step(index, tokens, texts, rows.raw, rows.finished, kept, allowed, writer.tokenizer)
        if rows.all_finished:
            return
        if penalised:
            recent.add(tokens)
        logits = engine.step(np.maximum(tokens, boundary) if rows.any_finished else tokens, state, told.now())


def _follow(
    writer: Writer,
    state: EngineState,
    told: Told,
    wanted: Sequence[Sequence[int]],
    together: Together | None,
    until: str,
) -> Iterator[Step]:
    """The steps of texts that are known already, each at its own length."""
    rows = Rows(writer.tokenizer, len(wanted), writer.ends, until, writer.backward)
    longest = max(map(len, wanted))
    table = np.full((longest, len(wanted)), NO_TOKEN, np.int64)
    for row, text in enumerate(wanted):
        table[: len(text), row] = text
    logits = state.logits_view
    for index, column in enumerate(table):
        kept, live, allowed = logits.copy(), column != NO_TOKEN, None
        if together is not None:
            allowed = together.allowed(writer.base_mask, live)
            together.advance(column, live)
        tokens, texts = rows.add(column, last=index + 1 == longest)
        yield Step(index, tokens, texts, rows.raw, rows.finished, kept, allowed, writer.tokenizer)
        if index + 1 < longest:
            logits = writer.engine.step(np.maximum(column, writer.tokenizer.boundary), state, told.now())
