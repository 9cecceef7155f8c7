"""How alike two sets of pieces are, feature by feature.

As L.-C. Yang and A. Lerch do it in "On the evaluation of generative models in music" (Neural Computing
and Applications 32, 2020): for each feature the Euclidean distances between all pairs of reference
pieces (within), and between every piece of the set and every reference piece (across). If the set were
drawn from where the reference comes from, both samples of distances would have the same distribution.
So both get a kernel density estimate, and the table shows

    overlap = ∫ min(p_within(x), p_across(x)) dx        1 where they are the same
    KL      = ∫ p_within(x) log(p_within(x) / p_across(x)) dx, in nats

Two things differ from the authors' program: it takes p_within and p_across at different places for KL, here
they are taken at the same ones, as the equation says; and both estimates have the same bandwidth, the wider
of the two, because of distances between whole numbers (pitch ranges) a narrow kernel makes spikes that a
wider one does not, and two samples of one source then seem to differ. Distances cannot see everything: a set of one
piece over and over, of average features, may overlap well. So the mean distance within the set stands
beside it, and the totals of the histograms are compared directly: Jensen-Shannon divergence in bits, and
KL of the reference from the set in nats, with half a count added to every class (R. E. Krichevsky and
V. K. Trofimov, "The performance of universal encoding", IEEE Transactions on Information Theory 27,
1981).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from generator.errors import CorpusError
from generator.music import Score

from .densities import Grid, divergence, jensen_shannon, overlap, scott
from .features import FEATURES, Feature, counts, features

__all__ = ["Comparison", "Counted", "compare", "count_all", "distances"]

REPLICATES = 100  # of the bootstrap: its standard errors are good to about 7 percent
ADDED = 0.5


@dataclass(frozen=True)
class Counted:
    """The features of a set of pieces.

    Attributes:
        pieces: The pieces, by which those that stand in two sets are known.
        counts: For each histogram how often each class occurs [pieces, size].
        features: For each feature its values [pieces, size]; NaN where a piece has none.
    """

    pieces: tuple[Score, ...]
    counts: dict[str, np.ndarray]
    features: dict[str, np.ndarray]


@dataclass(frozen=True)
class Comparison:
    """One feature of a set beside the reference; None where there is nothing to say.

    Attributes:
        pieces, reference_pieces: How many of each have the feature.
        overlap: Overlap of the distances within the reference and across, 0 to 1.
        overlap_error: Its standard error, by drawing the pieces of the set again.
        kl: Divergence of the distances within from those across, nats.
        within, reference_within, across: Mean distances.
        mean, reference_mean: For a plain number its means; None for a histogram.
        mean_error, reference_mean_error: Their standard errors.
        js: Jensen-Shannon divergence of the total histograms, bits; None for a plain number.
        js_error: Its standard error, by drawing the pieces of the set again.
        total_kl: Divergence of the reference's total histogram from that of the set, nats.
    """

    pieces: int
    reference_pieces: int
    overlap: float | None = None
    overlap_error: float | None = None
    kl: float | None = None
    within: float | None = None
    reference_within: float | None = None
    across: float | None = None
    mean: float | None = None
    mean_error: float | None = None
    reference_mean: float | None = None
    reference_mean_error: float | None = None
    js: float | None = None
    js_error: float | None = None
    total_kl: float | None = None


def count_all(scores: Sequence[Score]) -> Counted:
    """The features of each piece of a set."""
    counted = [counts(score) for score in scores]
    found = [features(score, each) for score, each in zip(scores, counted, strict=True)]
    histograms = [feature.name for feature in FEATURES if feature.is_histogram]
    return Counted(
        tuple(scores),
        {name: np.array([each[name] for each in counted]) for name in histograms},
        {feature.name: np.array([each[feature.name] for each in found]) for feature in FEATURES},
    )


def compare(
    scores: Sequence[Score] | Counted, reference: Sequence[Score] | Counted, *, seed: int = 0
) -> dict[str, Comparison]:
    """Compare a set of pieces with a reference, by every feature.

    A piece that is one and the same object in both sets is not paired with itself: so a set compared
    with itself overlaps wholly.

    Args:
        scores: The set to judge, two pieces or more; or what ``count_all`` gave for it.
        reference: Pieces by people that the model has not learnt from, likewise.
        seed: For drawing pieces again.
    Returns:
        By the feature's name.
    Raises:
        CorpusError: If a set has fewer than two pieces.
    """
    one = scores if isinstance(scores, Counted) else count_all(scores)
    other = reference if isinstance(reference, Counted) else count_all(reference)
    for what, counted in (("set to judge", one), ("reference", other)):
        if len(counted.pieces) < 2:
            raise CorpusError(
                f"Sets of pieces cannot be compared: the {what} has {len(counted.pieces)}.",
                "Give at least two pieces each, better a hundred.",
            )
    return {feature.name: compare_feature(feature, one, other, np.random.default_rng(seed)) for feature in FEATURES}


def distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Euclidean distances between all rows of two tables [n, size] and [m, size]: [n, m]."""
    if one.shape[1] == 1:
        return np.abs(one - other.T)
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1)[None, :] - 2 * one @ other.T
    # rows that are equal would otherwise be some 1e-8 apart, by cancellation
    return np.sqrt(np.where(squares < 1e-12, 0, squares))


def compare_feature(feature: Feature, one: Counted, other: Counted, random: np.random.Generator) -> Comparison:
    """One feature of two sets."""
    values, reference = one.features[feature.name], other.features[feature.name]
    has, reference_has = ~np.isnan(values).any(axis=1), ~np.isnan(reference).any(axis=1)
    found: dict[str, float | None] = {}
    values, reference = values[has], reference[reference_has]
    if len(values) and len(reference) > 1:
        pieces = [piece for piece, use in zip(one.pieces, has, strict=True) if use]
        others = [piece for piece, use in zip(other.pieces, reference_has, strict=True) if use]
        places = {id(piece): place for place, piece in enumerate(others)}
        same = [(place, places[id(piece)]) for place, piece in enumerate(pieces) if id(piece) in places]
        found.update(compare_distances(values, reference, same, random))
    if feature.is_histogram:
        found.update(compare_totals(one.counts[feature.name], other.counts[feature.name], random))
    else:
        found.update(mean=mean(values), mean_error=error_of_mean(values))
        found.update(reference_mean=mean(reference), reference_mean_error=error_of_mean(reference))
    return Comparison(len(values), len(reference), **found)


def compare_distances(
    values: np.ndarray, reference: np.ndarray, same: list[tuple[int, int]], random: np.random.Generator
) -> dict[str, float | None]:
    """Distances within the reference beside those across.

    Args:
        values, reference: [n, size] and [m, size].
        same: Pairs of rows that are one piece, which are left out.
        random: For drawing pieces again.
    """
    within = distances(reference, reference)[np.triu_indices(len(reference), 1)]
    table = distances(values, reference)
    use = np.ones(table.shape, bool)
    for row, column in same:
        use[row, column] = False
    across, rows = table[use], np.nonzero(use)[0]
    own = distances(values, values)[np.triu_indices(len(values), 1)]
    if not len(across):
        return {}
    width = max(scott(within), scott(across))
    grid = Grid(min(within.min(), across.min()), max(within.max(), across.max()), width)
    expected = grid.smooth(grid.masses(within), width)
    by_piece = grid.masses(across, rows, len(values))
    seen = grid.smooth(by_piece.sum(axis=0, keepdims=True), width)
    drawn = random.multinomial(len(values), np.full(len(values), 1 / len(values)), REPLICATES) @ by_piece
    drawn = drawn[drawn.sum(axis=1) > 0]
    again = overlap(expected, grid.smooth(drawn, width))
    return {
        "overlap": float(overlap(expected, seen)[0]),
        "overlap_error": float(again.std(ddof=1)) if len(values) > 1 and len(again) > 1 else None,
        "kl": float(divergence(expected, seen)[0]),
        "within": float(own.mean()) if len(own) else None,
        "reference_within": float(within.mean()),
        "across": float(across.mean()),
    }


def compare_totals(one: np.ndarray, other: np.ndarray, random: np.random.Generator) -> dict[str, float | None]:
    """The total histograms of two sets, from counts [n, size] and [m, size]."""
    total, reference = one.sum(axis=0), other.sum(axis=0)
    if not total.any() or not reference.any():
        return {}
    drawn = random.multinomial(len(one), np.full(len(one), 1 / len(one)), REPLICATES) @ one
    drawn = drawn[drawn.any(axis=1)]
    again = jensen_shannon(drawn / drawn.sum(axis=1, keepdims=True), reference / reference.sum())
    smooth, smooth_reference = total + ADDED, reference + ADDED
    return {
        "js": float(jensen_shannon(total / total.sum(), reference / reference.sum())),
        "js_error": float(again.std(ddof=1)) if len(one) > 1 and len(again) > 1 else None,
        "total_kl": float(divergence(smooth_reference / smooth_reference.sum(), smooth / smooth.sum(), floor=0.0)),
    }


def mean(values: np.ndarray) -> float | None:
    """The mean of all numbers; None of nothing."""
    return float(values.mean()) if values.size else None


def error_of_mean(values: np.ndarray) -> float | None:
    """The standard error of a mean; None for fewer than two numbers."""
    return float(values.std(ddof=1) / np.sqrt(values.size)) if values.size > 1 else None
