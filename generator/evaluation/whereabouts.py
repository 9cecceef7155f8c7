"""Where in what a model learnt from a copied run stands: in which piece, from which place on, in which file.

copy = open_index(prepared).longest_copy(text)
place = place_of(prepared, copy)
print(place.piece, place.tags, place.file)
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ..tokenizers.music import MusicTokenizer
from .originality import Copy

if TYPE_CHECKING:
    from ..corpus import PreparedCorpus

__all__ = ["Place", "place_of"]

BAR_BEGINS, BAR_ENDS = "Bar_", "|"  # what the names of such signs begin with; an alphabet has either


@dataclass(frozen=True)
class Place:
    """Where a copied run first stands.

    Attributes:
        piece: The number of the piece among those that were learnt from, from 1; a piece of music and its
            transpositions are one.
        pieces: How many there are.
        tags: What is known of the piece, field to value.
        file: The file that it was read from; empty where that is not known.
        bar: Of music, the number of the bar in which the run begins, a pickup not counted; else None.
    """

    piece: int
    pieces: int
    tags: Mapping[str, str] = field(default_factory=dict)
    file: str = ""
    bar: int | None = None


def place_of(prepared: PreparedCorpus, copy: Copy) -> Place:
    """Where a run stands that was found in the index of a corpus."""
    part = prepared.split("train")
    firsts = prepared.details["splits"]["train"].get("originals")  # of each piece of music, before its transpositions
    number, pieces = (bisect_right(firsts, copy.piece) - 1, len(firsts)) if firsts else (copy.piece, len(part))
    tags: dict[str, str] = {}
    if part.tags is not None:
        for (name, values), tag in zip(prepared.tag_fields.items(), part.tags[copy.piece].tolist(), strict=True):
            if tag:
                tags[name] = values[tag - 1]
    return Place(number + 1, pieces, tags, file_of(prepared.report, number), bar_of(prepared, copy))


def file_of(report: Mapping[str, Any], number: int) -> str:
    """The file of a piece that was learnt from; empty where the report does not say.

    Args:
        report: What became of every file of a corpus.
        number: Of the piece, from 0.
    """
    kept = [file for file in report.get("files", ()) if file.get("kept")]
    if len(kept) == 1:
        return str(kept[0].get("name", ""))
    for file in kept:
        number -= file.get("learnt", 0)
        if number < 0:
            return str(file.get("name", ""))
    return ""


def bar_of(prepared: PreparedCorpus, copy: Copy) -> int | None:
    """The bar of a piece of music in which a run begins; None for text."""
    tokenizer = prepared.tokenizer
    if not isinstance(tokenizer, MusicTokenizer):
        return None
    text = tokenizer.decode(prepared.split("train").piece(copy.piece))
    names = [tokenizer.musical.label(sign) for sign in text[: copy.start_in_piece + 1]]
    if any(name.startswith(BAR_BEGINS) for name in names):
        return sum(name.startswith(BAR_BEGINS) for name in names)
    ended = sum(name.startswith(BAR_ENDS) for name in names[:-1])
    return max(ended + (0 if any(name.startswith("pickup") for name in names) else 1), 1)
