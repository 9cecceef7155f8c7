"""One request carried out: the model asked, its steps put together, and what a page may see of it while they come."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import GeneratorError
from .models import Card, Loaded, Shelf
from .request import Request

if TYPE_CHECKING:
    from ..decoding import Composing, Generation, Step
    from ..music import Score
    from ..tokenizers import Tokenizer

__all__ = ["Certainty", "Progress", "Row", "Snapshot", "Stopped", "write"]

ALTERNATIVES = 5


class Stopped(Exception):
    """Someone asked the work to end."""


@dataclass(frozen=True)
class Certainty:
    """How sure a model was of one token that it wrote.

    Attributes:
        text: What the token added.
        probability: Of the token, 0 to 1.
        alternatives: The likeliest tokens there, each with its probability, the likeliest first.
    """

    text: str
    probability: float
    alternatives: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Row:
    """One variation.

    Attributes:
        seed: Writes it again alone, with the same settings.
        text: As a reader is shown it, the prompt first; of music, its tokens in words.
        written: What was written of it, without the prompt: as the training text is written, and read forwards.
        finished: Whether nothing more comes to it.
        ended: Whether it came to its own end, and was not broken off.
        bits_per_char: How surprised the model was, on the average; None before the first character.
        draft: Whether it is a try that may not be the one that is kept.
        score: Of music, the piece; None while it is being written.
        problem: Why there is no score; empty where there is one or none is due.
        performance: Its MIDI file, where that says more than the score.
    """

    seed: int
    text: str = ""
    written: str = ""
    finished: bool = False
    ended: bool = False
    bits_per_char: float | None = None
    draft: bool = False
    score: Score | None = None
    problem: str = ""
    performance: bytes | None = None


@dataclass(frozen=True)
class Snapshot:
    """How a job stands.

    Attributes:
        state: ``waiting``, ``working``, ``done``, ``stopped`` or ``failed``.
        rows: The variations.
        error: Why it failed.
        place: The wish that the error is about; empty where it is about none.
        precision: The arithmetic that was used; empty before.
        digest: Of the model; empty before it is loaded.
        tries: Steps of the tries so far, of which the best are shown later.
        first_s: Seconds from the request to the first character; None before.
        seconds: Seconds of writing.
        notes: What else a person should know.
    """

    state: str
    rows: tuple[Row, ...]
    error: GeneratorError | None = None
    place: str = ""
    precision: str = ""
    digest: str = ""
    tries: int = 0
    first_s: float | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    @property
    def over(self) -> bool:
        """Whether nothing more will come."""
        return self.state in ("done", "stopped", "failed")


class Progress:
    """What a job has written so far: filled by the thread that works on it, looked at by others.

    Args:
        request: With its seed.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.begun = self.whole = False
        self._lock = threading.Lock()
        self._asked = time.monotonic()
        self._first: float | None = None
        self._started = self._ended = 0.0
        self._seeds = [(request.sampling.seed or 0) + row for row in range(request.count)]
        self._generation: Generation | None = None
        self._drafts: list[list[str]] = []
        self._tries = 0
        self._scores: dict[int, tuple[Score | str, bytes | None]] = {}
        self.precision = self.digest = ""
        self.notes: tuple[str, ...] = ()
        self._reset()

    def _reset(self) -> None:
        rows = self.request.count
        self._texts: list[list[str]] = [[] for _ in range(rows)]
        self._raw: list[list[str]] = [[] for _ in range(rows)]  # of each token what it adds, as the model writes it
        self._logs: list[list[float]] = [[] for _ in range(rows)]
        self._others: list[list[list[tuple[int, float]]]] = [[] for _ in range(rows)]
        self._finished = [False] * rows

    def start(self, generation: Generation, loaded: Loaded, precision: str) -> None:
        """Writing begins."""
        with self._lock:
            self._generation, self.digest = generation, loaded.digest
            self.precision = precision
            self._started = time.monotonic()

    def tried(self, step: Step | None) -> None:
        """A step of the tries: of each variation the first one is shown as a draft."""
        with self._lock:
            self._tries += 1
            if step is not None:
                count = self.request.count
                self._drafts = self._drafts or [[] for _ in range(count)]
                tries = len(step.texts) // count
                for row in range(count):
                    self._drafts[row].append(step.texts[row * tries])
            self._seen()

    def add(self, step: Step) -> None:
        """A step of the texts that are shown."""
        rows = [row for row, token in enumerate(step.tokens.tolist()) if token >= 0]
        logs, others = step.log_prob, likeliest(step.log_probs)
        with self._lock:
            for row in rows:
                self._texts[row].append(step.texts[row])
                self._raw[row].append(step.raw[row])
                self._logs[row].append(float(logs[row]))
                self._others[row].append(others[row])
            self._finished = step.finished.tolist()
            self._seen()

    def _seen(self) -> None:
        if self._first is None:
            self._first = time.monotonic() - self._asked

    def scored(self, row: int, score: Score | str, performance: bytes | None = None) -> None:
        """The score of a variation, or why there is none; and its MIDI file, where that says more."""
        with self._lock:
            self._scores[row] = score, performance

    def end(self, whole: bool) -> None:
        """Writing is over."""
        with self._lock:
            self.whole = whole
            self._ended = time.monotonic()

    def snapshot(self, state: str, error: GeneratorError | None, place: str) -> Snapshot:
        """What there is now."""
        with self._lock:
            now = self._ended or time.monotonic()
            return Snapshot(
                state,
                tuple(self._row(row, state) for row in range(self.request.count)),
                error,
                place,
                self.precision,
                self.digest,
                self._tries,
                self._first,
                now - self._started if self._started else 0.0,
                self.notes,
            )

    def _row(self, row: int, state: str) -> Row:
        seed, generation = self._seeds[row], self._generation
        if generation is None:
            return Row(seed)
        draft = not self._texts[row] and bool(self._drafts) and state != "done"
        parts = self._drafts[row] if draft else self._texts[row]
        written = "".join(parts)
        if state != "working" and draft:  # stopped among the tries: what there is of the first of them
            draft = False
        music = generation.readable is not str
        shown = generation.readable(written) if music else generation.finish(generation.prompt + written)
        nats, characters = -sum(self._logs[row]), sum(map(len, self._raw[row]))
        score, performance = self._scores.get(row, (None, None))
        return Row(
            seed,
            shown,
            written,
            self._finished[row] or state not in ("waiting", "working"),
            self._finished[row],
            nats / math.log(2) / characters if characters else None,
            draft,
            None if isinstance(score, str) else score,
            score if isinstance(score, str) else "",
            performance,
        )

    def certainty(self, row: int) -> list[Certainty]:
        """How sure the model was of each token of a variation, in the order in which a reader meets them.

        The text is as the model wrote it: an English poem in lower case, its punctuation apart.
        """
        with self._lock:
            generation = self._generation
            if generation is None:
                return []
            tokenizer, backward = generation.writer.tokenizer, generation.writer.backward
            found = [
                Certainty(
                    text if generation.readable is str else generation.readable(text),
                    math.exp(nats),
                    tuple((label_of(tokenizer, token, backward), math.exp(each)) for token, each in others),
                )
                for text, nats, others in zip(self._raw[row], self._logs[row], self._others[row], strict=True)
                if text
            ]
        return turned_lines(found) if backward else found


def label_of(tokenizer: Tokenizer, token: int, backward: bool) -> str:
    """A token as a person reads it; of several characters from their end, where lines are written so."""
    from ..tokenizers import places

    if backward:
        try:
            return places.label_of(tokenizer.token_bytes(token).decode()[::-1]) or tokenizer.token_label(token)
        except UnicodeDecodeError:  # a part of a character, which has no direction
            pass
    return tokenizer.token_label(token)


def turned_lines(found: list[Certainty]) -> list[Certainty]:
    """The tokens of a text that was written from the ends of its lines, in the order of reading.

    A token that goes over a line break is shown in its parts.
    """
    ordered: list[Certainty] = []
    line: list[Certainty] = []
    for each in found:
        for number, part in enumerate(each.text.split("\n")):
            if number:
                ordered += [*line[::-1], replace(each, text="\n")]
                line = []
            if part:
                line.append(replace(each, text=part[::-1]))
    return ordered + line[::-1]


def likeliest(log_probs: np.ndarray) -> list[list[tuple[int, float]]]:
    """The likeliest tokens of each row with their log-probabilities, the likeliest first."""
    count = min(ALTERNATIVES, log_probs.shape[1])
    near = np.argpartition(-log_probs, count - 1, axis=1)[:, :count]
    values = np.take_along_axis(log_probs, near, 1)
    order = np.argsort(-values, axis=1, kind="stable")
    near, values = np.take_along_axis(near, order, 1), np.take_along_axis(values, order, 1)
    return [list(zip(row, each, strict=True)) for row, each in zip(near.tolist(), values.tolist(), strict=True)]


def write(request: Request, card: Card, shelf: Shelf, progress: Progress, go_on: Callable[[], None]) -> None:
    """Carry a request out.

    Args:
        request: With its seed.
        card: The model's.
        shelf: Where it is loaded.
        progress: Gets what is written.
        go_on: Called at every step; what it raises ends the work, and what was written stays.
    Raises:
        GeneratorError: if what is asked cannot be done.
    """
    progress.begun = True
    loaded = shelf.get(card)
    go_on()
    made: Composing | None = None
    if card.kind == "music":
        made = music(request, loaded)
        generation = made.generation
    else:
        generation = text(request, loaded)

    def watch(step: Any) -> None:
        go_on()
        progress.tried(step)

    generation.watch = watch
    writer = generation.writer
    progress.notes = writer.choice.notes + (made.brief.notes if made is not None else ())
    progress.start(generation, loaded, writer.choice.precision)
    whole = False
    try:
        for step in generation:
            progress.add(step)
            go_on()
        whole = True
    finally:
        if made is not None and progress_has_text(progress):
            put_scores(made, progress)
        progress.end(whole)


def text(request: Request, loaded: Loaded) -> Generation:
    """Text or verse."""
    from ..decoding import compose, generate
    from ..decoding.constraints import Acrostic
    from ..decoding.matter import author_tag

    sampling, tags = request.sampling, dict(request.tags)
    if request.verse.form is not None:
        poet = loaded.poet(sampling.precision)
        return compose(poet, request.verse, sampling, count=request.count, tags=tags)
    if request.verse.author is not None:
        tags.setdefault("author", author_tag(request.verse.author, loaded.card.tag_fields))
    rules = [Acrostic(request.verse.acrostic)] if request.verse.acrostic else []
    return generate(
        loaded.writer(sampling.precision), request.prompt, sampling, count=request.count, tags=tags, constraints=rules
    )


def music(request: Request, loaded: Loaded) -> Composing:
    """A piece of music: free, or to a score that is given."""
    from ..decoding import write_music
    from .melodies import notes, opening_of, score_of

    composer = loaded.composer(request.sampling.precision)
    given: dict[str, Any] = {}
    if request.task == "continue":
        given["opening"] = opening_of(request.score, request.score_name, composer)
    elif request.task in ("harmonise", "infill"):
        given[request.task] = score_of(request.score, request.score_name)
    elif request.prompt.strip():
        tags = request.tags
        given["opening"] = notes(request.prompt, tags.get("metre", "4/4"), request.music.key, tags.get("mode", ""))
    return write_music(composer, request.music, request.sampling, count=request.count, tags=dict(request.tags), **given)


def progress_has_text(progress: Progress) -> bool:
    """Whether anything was written."""
    return any(row.written for row in progress.snapshot("working", None, "").rows)


def put_scores(made: Composing, progress: Progress) -> None:
    """Read the scores out of what was written."""
    from ..decoding import Sample

    for number, row in enumerate(progress.snapshot("working", None, "").rows):
        if not row.written or row.draft:
            continue
        sample = Sample("", row.written, (), row.seed, 0.0, row.finished)
        try:
            progress.scored(number, made.score(sample), made.performance(sample))
        except GeneratorError as error:
            progress.scored(number, f"{error.message} {error.hint}".strip())
