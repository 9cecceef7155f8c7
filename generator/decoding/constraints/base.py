"""The contract of a constraint, and how several act together.

A constraint walks along each row: ``begin`` gives the place before the first token, ``allowed`` the
tokens that may come at a place, ``advance`` the next place. Places are immutable values, so rows,
beams and particles may share and copy them freely, and two rows at the same place may share a mask.
"""

from __future__ import annotations

import weakref
from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ...errors import DecodingError
from ...tokenizers import Tokenizer

__all__ = ["Constraint", "Context", "Mask", "Together", "remembered"]

Mask = NDArray[np.bool_]
Result = TypeVar("Result")


@dataclass(frozen=True)
class Context:
    """What a constraint is to know before the first token.

    Attributes:
        tokenizer: What tokens stand for.
        prompt: The text that stands before the first token.
        length: The most tokens that will be written.
        may_end: Whether the model ends texts by itself (with the boundary token).
        backward: Whether it writes each line from its end; the prompt's lines are turned, too, then.
    """

    tokenizer: Tokenizer
    prompt: str
    length: int
    may_end: bool
    backward: bool = False


class Constraint(ABC):
    """A rule about what may come next.

    Attributes:
        name: What messages call it.
    """

    name: str

    @abstractmethod
    def check(self, context: Context) -> None:
        """Look at the whole form before the first token.

        Raises:
            ConstraintUnsatisfiable: if it cannot be met, naming the wish and the place.
        """

    @abstractmethod
    def begin(self, context: Context) -> Hashable:
        """The place before the first token."""

    def begins(self, context: Context, seeds: Sequence[int]) -> Sequence[Hashable]:
        """The place of each row before its first token; a constraint that draws something draws by the seed."""
        return [self.begin(context)] * len(seeds)

    @abstractmethod
    def allowed(self, place: Hashable) -> Mask | None:
        """The tokens that may come at a place [vocab_size]; None for all. Not to be written to."""

    @abstractmethod
    def advance(self, place: Hashable, token: int) -> Hashable:
        """The place after an allowed token."""

    def cues(self, place: Hashable) -> NDArray[np.int64] | None:
        """What a model with cues is to be told at a place [cues]; None for nothing."""
        return None

    def tags(self, place: Hashable) -> Mapping[str, str]:
        """Tags of a row at its first place that were not asked for but follow; those a model lacks do not matter."""
        return {}

    def drawn(self, seed: int) -> Mapping[str, object]:
        """What was drawn for the row of a seed, as plain values for people."""
        return {}

    def lookahead(self, place: Hashable) -> NDArray[np.float32] | None:
        """What is added to the logits at a place [vocab_size], for tokens that lead well; None for nothing."""
        return None


def remembered(owner: Any, function: Callable[..., Result], maxsize: int) -> Callable[..., Result]:
    """A function of an object with its last results kept by their arguments.

    A cached bound method would hold its object, which holds it: such a circle keeps megabytes of masks alive
    until the collector comes round to it. Here the object is held weakly, so all goes when it goes.

    Args:
        owner: The object; it keeps what is returned.
        function: Of its class; called with the object before the other arguments.
        maxsize: How many results are kept.
    """
    own = weakref.ref(owner)

    @lru_cache(maxsize=maxsize)
    def found(*arguments: Hashable) -> Result:
        return function(own(), *arguments)

    return found


def _cues(constraint: Constraint, place: Hashable) -> NDArray[np.int64] | None:
    return constraint.cues(place)


class Together:
    """Several constraints on several rows: what each row may write is what all of them allow.

    Args:
        constraints: The rules.
        context: What they are told first.
        seeds: The seed of each row.
    Raises:
        ConstraintUnsatisfiable: if one of them cannot be met.
    """

    def __init__(self, constraints: Sequence[Constraint], context: Context, seeds: Sequence[int]) -> None:
        self.constraints = constraints
        self.vocab_size = context.tokenizer.vocab_size
        for constraint in constraints:
            constraint.check(context)
        begins = [constraint.begins(context, seeds) for constraint in constraints]
        self.places: list[tuple[Hashable, ...]] = list(zip(*begins, strict=True))
        self.written = 0

    def allowed(self, base: Mask, live: Mask) -> Mask:
        """What each row may write next [rows, vocab_size].

        Args:
            base: The tokens that come into question at all [vocab_size].
            live: The rows that have not ended [rows]; the others may write anything.
        Raises:
            DecodingError: if nothing is left in a row, naming the constraint that took the last.
        """
        whole = np.ones((len(self.places), self.vocab_size), np.bool_)
        for row in np.flatnonzero(live).tolist():
            mask = whole[row]
            mask &= base
            for constraint, place in zip(self.constraints, self.places[row], strict=True):
                some = constraint.allowed(place)
                if some is not None:
                    mask &= some
                    if not mask.any():
                        raise DecodingError(
                            f"{constraint.name} leaves nothing to write in row {row + 1} after {self.written} tokens.",
                            "Loosen it, or try another seed.",
                        )
        return whole

    def advance(self, tokens: NDArray[np.int64], live: Mask) -> None:
        """Move every live row past its token [rows]."""
        self.written += 1
        for row in np.flatnonzero(live).tolist():
            token = int(tokens[row])
            self.places[row] = tuple(
                constraint.advance(place, token)
                for constraint, place in zip(self.constraints, self.places[row], strict=True)
            )

    def cues(self) -> NDArray[np.int64] | None:
        """What the model is told of each row [rows, cues]; None where no constraint says anything."""
        rows = [
            next((found for found in map(_cues, self.constraints, places) if found is not None), None)
            for places in self.places
        ]
        if any(row is None for row in rows):
            return None
        return np.stack(rows)  # type: ignore[arg-type]  # mypy does not see that none is None

    def tags(self) -> list[dict[str, str]]:
        """The tags of each row that follow from the constraints, at the first place."""
        return [
            {
                field: value
                for rule, place in zip(self.constraints, places, strict=True)
                for field, value in rule.tags(place).items()
            }
            for places in self.places
        ]

    def lookahead(self, scores: NDArray[np.float32], live: Mask) -> None:
        """Add to the scores [rows, vocab_size] what the constraints see ahead."""
        for row in np.flatnonzero(live).tolist():
            for constraint, place in zip(self.constraints, self.places[row], strict=True):
                ahead = constraint.lookahead(place)
                if ahead is not None:
                    scores[row] += ahead

    def select(self, index: Sequence[int]) -> None:
        """Reorder the rows, as beams are."""
        self.places = [self.places[row] for row in index]
