"""Which of several poems is the best: how likely the model finds it, and what a reader would mind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from .steps import Sample

__all__ = ["Ranking"]

COVERAGE = 0.6  # nats a token that a poem with all keywords is worth more than one with none
REPETITION = 2.0  # for a poem of which every character stands there already
COPIED = 1.0  # for a poem of which every line is copied


@dataclass(frozen=True)
class Ranking:
    """Ranks poems by mean log-probability, keywords, repetition and copied lines.

    Attributes:
        keywords: For each keyword the spellings of which one must stand in the poem.
        lines: Cuts a poem into the lines that might be copied.
        known: Lines that the model has read.
        units: Cuts a poem into what should not come twice; None where that does not matter.
        spaced: Writes a poem so that its keywords can be found in it.
    """

    keywords: Sequence[Collection[str]] = ()
    lines: Callable[[str], Sequence[str]] = str.splitlines
    known: Collection[str] | object | None = None
    units: Callable[[str], Sequence[str]] | None = None
    spaced: Callable[[str], str] = str

    def __call__(self, samples: Sequence[Sample]) -> list[float]:
        return [self.score(sample) for sample in samples]

    def score(self, sample: Sample) -> float:
        """How good a poem is, in nats a token."""
        text = sample.written
        return (
            sample.mean_log_prob
            + COVERAGE * self.coverage(text)
            - REPETITION * self.repetition(text)
            - COPIED * self.copied(text)
        )

    def coverage(self, text: str) -> float:
        """The share of the keywords that stand in it; 0 where there are none."""
        text = self.spaced(text)
        found = [any(spelling in text for spelling in spellings) for spellings in self.keywords]
        return sum(found) / len(found) if found else 0.0

    def repetition(self, text: str) -> float:
        """The share of its units that stand there already, but for doublings."""
        if self.units is None:
            return 0.0
        units = list(self.units(text))
        single = [unit for before, unit in zip(["", *units], units, strict=False) if unit != before]
        return sum(count - 1 for count in Counter(single).values()) / max(len(units), 1)

    def copied(self, text: str) -> float:
        """The share of its lines that the model has read."""
        if self.known is None:
            return 0.0
        lines = self.lines(text)
        return sum(line in self.known for line in lines) / max(len(lines), 1)  # type: ignore[operator]
