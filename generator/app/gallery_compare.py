"""Two pieces beside each other: in which settings and facts they differ, and in which lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from difflib import SequenceMatcher
from typing import Any

from ..config import MusicConfig, SamplingConfig, VerseConfig
from .store import SavedPiece

__all__ = ["Difference", "asked", "common_lines", "differences", "flat"]

LEFT_OUT = ("settings.seed", "model", "score_name", "count")  # said elsewhere, or no setting of one piece


@dataclass(frozen=True)
class Difference:
    """A setting that two pieces have differently; a value that one of them lacks is empty."""

    name: str
    left: str
    right: str


def flat(values: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Nested values under names such as ``settings.temperature``; what was not said is left out."""
    found: dict[str, str] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{before}{name}.")
        elif value not in (None, "", [], ()):
            found[before + name] = shown(value)
    return {name: value for name, value in found.items() if name not in LEFT_OUT}


def asked(settings: Mapping[str, Any]) -> dict[str, str]:
    """What was asked in a piece's settings: flat, without what has its default anyway."""
    usual: dict[str, str] = {}
    for name, config in (("settings", SamplingConfig), ("verse", VerseConfig), ("music", MusicConfig)):
        usual |= {f"{name}.{each.name}": shown(each.default) for each in fields(config)}
    usual["task"] = "free"
    return {name: value for name, value in flat(settings).items() if usual.get(name) != value}


def shown(value: Any) -> str:
    """A value as a person reads it."""
    if isinstance(value, float):
        return f"{value:.4g}"
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def differences(left: SavedPiece, right: SavedPiece) -> list[Difference]:
    """What was asked or is known differently, in the order in which the left piece has it: what was said first.

    Of bars, a key or a metre that were asked it is enough to know which came of it.
    """
    sides = []
    for piece in (left, right):
        seed = {} if piece.seed is None else {"settings.seed": str(piece.seed)}
        sides.append({"model": piece.model, "digest": piece.digest} | seed | flat(piece.settings) | flat(piece.facts))
    known = flat(left.facts) | flat(right.facts)
    names = [
        name
        for name in dict.fromkeys([*sides[0], *sides[1]])
        if "." not in name or name.rpartition(".")[2] not in known
    ]
    rows = [Difference(name, sides[0].get(name, ""), sides[1].get(name, "")) for name in names]
    return [row for row in rows if row.left != row.right]


def common_lines(left: SavedPiece, right: SavedPiece) -> int:
    """How many lines two texts share in the same order, empty ones left out."""
    first, second = ([line.strip() for line in each.text.splitlines() if line.strip()] for each in (left, right))
    return sum(block.size for block in SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks())
