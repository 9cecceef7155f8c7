"""All measures of a set of pieces beside a reference, as plain data and as tables.

    found = measure(written, held_out, training)
    print(as_table(found))

A figure alone says little: Bach writes parallel fifths too, and two tunes of one people share turns of
phrase. So each stands beside the same figure of pieces by people that the model has not learnt from, and
each has a standard error, over pieces.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from generator.music import Score

from .comparing import compare
from .copying import CopyIndex
from .features import FEATURES
from .part_writing import VOICES, PartWriting, is_four_part, part_writing
from .texture import TEXTURES

__all__ = ["PART_WRITING", "as_table", "measure", "ratio"]

Numbers = dict[str, float | None]
SHOWN = 5  # runs, the longest first

# Name, what it says in a table, what is counted in a piece, and by what it is divided: 1 for each piece.
PART_WRITING: tuple[tuple[str, str, Callable[[PartWriting], int], Callable[[PartWriting], int]], ...] = (
    ("parallel_fifths", "parallel fifths, a piece", lambda p: p.parallel_fifths, lambda p: 1),
    ("contrary_fifths", "fifths by contrary motion, a piece", lambda p: p.contrary_fifths, lambda p: 1),
    ("parallel_octaves", "parallel octaves or unisons, a piece", lambda p: p.parallel_octaves, lambda p: 1),
    ("contrary_octaves", "octaves or unisons by contrary motion, a piece", lambda p: p.contrary_octaves, lambda p: 1),
    ("hidden", "hidden fifths and octaves, outer voices, a piece", lambda p: p.hidden, lambda p: 1),
    ("crossed", "frames with crossed voices", lambda p: p.crossed, lambda p: p.frames),
    ("wide", "frames with more than an octave between upper voices", lambda p: p.wide, lambda p: p.frames),
    *(
        (
            f"{name}_outside",
            f"notes of the {name} out of range",
            lambda p, voice=voice: p.outside[voice],
            lambda p, voice=voice: p.notes[voice],
        )
        for voice, name in enumerate(VOICES)
    ),
)


def measure(
    scores: Sequence[Score], reference: Sequence[Score], training: Sequence[Score] | None = None
) -> dict[str, Any]:
    """Take every measure of a set of pieces and of a reference.

    Args:
        scores: The pieces to judge, two or more.
        reference: Pieces by people, two or more, best those held out from training.
        training: Pieces that the model has learnt from, to look for copies in; None leaves copies out.
    Returns:
        Plain data for JSON, None where there is nothing to measure: ``pieces``, ``reference_pieces``;
        ``features``, for each feature the fields of ``Comparison``; ``textures``, for each of
        ``TEXTURES`` what ``beside`` returns; ``part_writing``, likewise, with the number of pieces, over
        pieces of four voices, or None if either set has none; ``copying``, for each spelling (``top``,
        and for pieces of four voices ``frames``) what ``copies`` returns, or None.
    Raises:
        CorpusError: If a set has fewer than two pieces, or there are no training pieces.
    """
    found: dict[str, Any] = {"pieces": len(scores), "reference_pieces": len(reference)}
    found["features"] = {name: asdict(each) for name, each in compare(scores, reference).items()}
    found["textures"] = {
        name: beside(ratio([function(score) for score in scores]), ratio([function(score) for score in reference]))
        for name, _, function in TEXTURES
    }
    choirs, others = [list(filter(is_four_part, each)) for each in (scores, reference)]
    found["part_writing"] = part_writing_beside(choirs, others) if choirs and others else None
    found["copying"] = None
    if training is not None:
        found["copying"] = {"top": copies(CopyIndex(training), scores, reference)}
        models = [score for score in training if is_four_part(score)]
        if choirs and others and models:
            found["copying"]["frames"] = copies(CopyIndex(models, "frames"), choirs, others)
    return found


def ratio(counted: Sequence[float], by: Sequence[float] | None = None) -> Numbers:
    """Counts of some pieces, divided by the sum of something else: a rate for the whole set.

    The standard error is that of a ratio of two means over pieces (W. G. Cochran, "Sampling Techniques",
    1977, section 2.11). Pieces with NaN are left out.

    Args:
        counted: A number for each piece.
        by: What it is divided by, a number for each piece; None gives the mean over pieces.
    Returns:
        ``rate``, ``error`` and ``pieces``; None where there is too little.
    """
    values = np.array(counted, float)
    sizes = np.ones(len(values)) if by is None else np.array(by, float)
    use = ~np.isnan(values) & ~np.isnan(sizes)
    values, sizes = values[use], sizes[use]
    if not sizes.sum():
        return {"rate": None, "error": None, "pieces": len(values)}
    rate = values.sum() / sizes.sum()
    rests = values - rate * sizes
    error = np.sqrt((rests**2).sum() / (len(values) * (len(values) - 1))) / sizes.mean() if len(values) > 1 else None
    return {"rate": float(rate), "error": None if error is None else float(error), "pieces": len(values)}


def beside(one: Numbers, other: Numbers) -> Numbers:
    """A figure of the set, and under names that begin with ``reference_`` that of the reference."""
    return {**one, **{f"reference_{name}": value for name, value in other.items()}}


def part_writing_beside(scores: Sequence[Score], reference: Sequence[Score]) -> dict[str, Any]:
    """Every line of ``PART_WRITING`` for two sets of pieces of four voices."""
    counted, others = [[part_writing(score) for score in each] for each in (scores, reference)]
    return {
        "pieces": len(counted),
        "reference_pieces": len(others),
        **{
            name: beside(
                ratio([top(each) for each in counted], [bottom(each) for each in counted]),
                ratio([top(each) for each in others], [bottom(each) for each in others]),
            )
            for name, _, top, bottom in PART_WRITING
        },
    }


def copies(index: CopyIndex, scores: Sequence[Score], reference: Sequence[Score]) -> dict[str, Any]:
    """The longest runs of two sets that the training pieces have.

    Returns:
        ``length`` and ``share``, each as ``beside`` gives it; ``lengths`` and ``reference_lengths``: the
        quarters of the lengths (least, 25 %, median, 75 %, most); ``longest``: of the set, the pieces with
        the longest runs, with their number and the fields of ``Run``.
    """
    runs, others = [[index.longest_run(score) for score in each] for each in (scores, reference)]
    longest = sorted(range(len(runs)), key=lambda number: -runs[number].length)[:SHOWN]
    return {
        "training_pieces": index.pieces,
        "length": beside(ratio([run.length for run in runs]), ratio([run.length for run in others])),
        "share": beside(ratio([run.share for run in runs]), ratio([run.share for run in others])),
        "lengths": np.percentile([run.length for run in runs], [0, 25, 50, 75, 100]).tolist(),
        "reference_lengths": np.percentile([run.length for run in others], [0, 25, 50, 75, 100]).tolist(),
        "longest": [{"number": n, **asdict(runs[n]), "onset": float(runs[n].onset)} for n in longest],
    }


def as_table(found: dict[str, Any], name: str = "these", reference: str = "reference") -> str:
    """What ``measure`` found, as tables in Markdown that read well as they are.

    Args:
        found: The result.
        name, reference: What to call the two sets.
    """
    heads = [f"{name} ({found['pieces']})", f"{reference} ({found['reference_pieces']})"]
    tables = [feature_rows(found["features"]), number_rows(found["features"], heads)]
    rows = [[says, *pair(found["textures"][key])] for key, says, _ in TEXTURES]
    tables.append(table(["a piece", *heads], rows))
    if found["part_writing"]:
        part = found["part_writing"]
        heads_of_part = [f"{name} ({part['pieces']})", f"{reference} ({part['reference_pieces']})"]
        rows = [[says, *pair(part[key])] for key, says, _, _ in PART_WRITING]
        tables.append(table(["four voices", *heads_of_part], rows))
    units = {"top": "notes of the top voice", "frames": "frames of all voices"}
    for spelling, each in (found["copying"] or {}).items():
        quarters = [" ".join(f"{value:.0f}" for value in each[key]) for key in ("lengths", "reference_lengths")]
        rows = [
            ["mean", *pair(each["length"])],
            ["least, quarters, most", *quarters],
            ["share of the piece", *pair(each["share"])],
        ]
        tables.append(table([f"longest run from training, {units[spelling]}", *heads], rows))
    return "\n\n".join(tables)


def feature_rows(found: dict[str, Numbers]) -> str:
    """The table of likeness."""
    rows = [
        [
            feature.meaning,
            number(each["overlap"], each["overlap_error"]),
            number(each["kl"]),
            number(each["js"], each["js_error"]),
            number(each["total_kl"]),
            number(each["within"]),
            number(each["reference_within"]),
        ]
        for feature in FEATURES
        for each in [found[feature.name]]
    ]
    heads = [
        "likeness",
        "overlap",
        "KL, nats",
        "JS of totals, bits",
        "KL of totals, nats",
        "within",
        "reference within",
    ]
    return table(heads, rows)


def number_rows(found: dict[str, Numbers], heads: list[str]) -> str:
    """The table of means of plain numbers."""
    rows = [
        [
            feature.meaning,
            number(each["mean"], each["mean_error"]),
            number(each["reference_mean"], each["reference_mean_error"]),
        ]
        for feature in FEATURES
        if not feature.is_histogram
        for each in [found[feature.name]]
    ]
    return table(["mean of a piece", *heads], rows)


def pair(each: Numbers) -> list[str]:
    """A figure of both sets."""
    return [number(each["rate"], each["error"]), number(each["reference_rate"], each["reference_error"])]


def number(value: float | None, error: float | None = None) -> str:
    """A figure with its standard error; a dash where there is none."""
    if value is None:
        return "-"
    digits = 1 if abs(value) >= 100 else 2 if abs(value) >= 10 else 3 if abs(value) >= 0.1 else 4
    return f"{value:.{digits}f}" + (f" ± {error:.{digits}f}" if error is not None else "")


def table(heads: list[str], rows: list[list[str]]) -> str:
    """A Markdown table with its columns in line."""
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in [heads, *rows]
    ]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)
