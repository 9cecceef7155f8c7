"""What the page About tells in numbers: scores of models, as their checkpoints say, and licences of corpora."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .. import catalogue
from ..files import read_json

__all__ = ["CorpusFacts", "ModelFacts", "corpus_facts", "model_facts"]


@dataclass(frozen=True)
class ModelFacts:
    """A model that came with the program.

    Attributes:
        name: What commands call it.
        source: What it learnt from.
        licence: Of that text.
        parameters: How many numbers were learnt; None where they cannot be counted.
        carried, windowed: Bits per character of text that it has not seen, by the two protocols of
            ``generator.evaluate``; None where they were not measured.
        characters: How many characters they were measured on; None where that is not said.
        measured_on: The part of the corpus.
        card: ``card.md``; empty where there is none.
        problem: What is wrong with the checkpoint; empty where it can be read.
    """

    name: str
    source: str = ""
    licence: str = ""
    parameters: int | None = None
    carried: float | None = None
    windowed: float | None = None
    characters: int | None = None
    measured_on: str = ""
    card: str = ""
    problem: str = ""


@dataclass(frozen=True)
class CorpusFacts:
    """A corpus that is known by name: what it is, and under which terms it comes."""

    name: str
    title: str
    licence: str


def model_facts(home: Path) -> list[ModelFacts]:
    """The models of a folder, by name; nothing is loaded, and one that cannot be read says so."""
    return [facts_of(entry, home / entry.name) for entry in catalogue.models(home)]


def facts_of(entry: catalogue.ModelEntry, folder: Path) -> ModelFacts:
    """What a checkpoint says of itself."""
    try:
        config = read_json(folder / "config.json")
    except (OSError, ValueError):
        config = {}
    provenance, scores = below(config, "provenance"), below(config, "scores")
    protocols = below(scores, "protocols")
    characters = scores.get("characters")
    try:
        card = (folder / "card.md").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        card = ""
    return ModelFacts(
        entry.name,
        str(provenance.get("source") or ""),
        str(provenance.get("licence") or ""),
        entry.parameters,
        number(below(protocols, "carried").get("bits")),
        number(below(protocols, "windowed").get("bits")),
        characters if isinstance(characters, int) else None,
        str(scores.get("split") or ""),
        card,
        entry.problem,
    )


def below(values: Any, name: str) -> Mapping[str, Any]:
    """The object under a name; an empty one where there is none."""
    found = values.get(name) if isinstance(values, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def number(value: Any) -> float | None:
    """A number, or None."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def corpus_facts(prepared: Path) -> list[CorpusFacts]:
    """The corpora known by name, with their licences."""
    return [
        CorpusFacts(entry.name, entry.title or entry.problem, entry.licence) for entry in catalogue.corpora(prepared)
    ]
