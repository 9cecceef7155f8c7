"""A run directory as people look at it: curves, what simple models score, samples by step, what it learns from."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..files import read_json

__all__ = ["Course", "Sample", "alphabet_of", "chosen_samples", "read_course", "read_samples", "samples_kept"]

MOST_POINTS = 400  # of a curve: more than a screen has room for
LONGEST_SAMPLE = 4000  # characters that are shown


@dataclass(frozen=True)
class Course:
    """How a run went so far.

    Attributes:
        training: Step and smoothed loss in bits per character.
        validation: Step and validation in bits per character.
        baselines: What simple models score on the validation text, in bits per character, the worst first.
        parameters: How many numbers are learnt.
        total_steps: Steps of the run, as last planned.
        events: What happened besides, as step and kind: ``resumed``, ``rollback``, ``stopped``, ``finished``.
    """

    training: list[tuple[int, float]] = field(default_factory=list)
    validation: list[tuple[int, float]] = field(default_factory=list)
    baselines: dict[str, float] = field(default_factory=dict)
    parameters: int | None = None
    total_steps: int | None = None
    events: list[tuple[int, str]] = field(default_factory=list)

    @property
    def best(self) -> tuple[int, float] | None:
        """Step and value of the best validation."""
        return min(self.validation, key=lambda point: point[1], default=None)


@dataclass(frozen=True)
class Sample:
    """What the network wrote at a step."""

    step: int
    text: str


def read_course(folder: Path) -> Course:
    """The course of a run by its ``metrics.jsonl``; a line that was cut off, or says nothing lawful, is passed over.

    Steps that were done again, after a rollback or a kill, count as they were done last.
    """
    training: dict[int, float] = {}
    validation: dict[int, float] = {}
    course = Course()
    baselines: dict[str, float] = {}
    parameters = total = None
    for event in _events(folder / "metrics.jsonl"):
        kind, step = event.get("event"), event.get("step")
        if kind == "plan":
            found = event.get("baselines")
            nats = found if isinstance(found, dict) else {}
            baselines = {str(name): float(value) / math.log(2) for name, value in nats.items() if _number(value)}
            parameters, total = event.get("parameters"), event.get("total_steps")
        elif not isinstance(step, int):
            continue
        elif kind == "step" and _number(event.get("loss_bits")):
            training[step] = float(event["loss_bits"])
        elif kind == "validation" and _number(event.get("bits")):
            validation[step] = float(event["bits"])
        elif kind == "replan":
            total = event.get("total_steps")
        else:
            course.events.append((step, str(kind)))
    return Course(
        _thinned(sorted(training.items())),
        sorted(validation.items()),
        dict(sorted(baselines.items(), key=lambda item: -item[1])),
        parameters if isinstance(parameters, int) else None,
        total if isinstance(total, int) else None,
        course.events,
    )


def samples_kept(folder: Path) -> int:
    """How many samples there are of a run."""
    return sum(1 for _ in (folder / "samples").glob("*.txt"))


def alphabet_of(folder: Path) -> str:
    """The alphabet of music that the samples of a run are written in; empty where they are text."""
    try:
        found = read_json(folder / "config.json").get("checkpoint")
    except (OSError, ValueError, AttributeError):
        return ""
    if not isinstance(found, dict) or found.get("medium") != "music":
        return ""
    provenance = found.get("provenance")
    said = provenance.get("tokenizer") if isinstance(provenance, dict) else None
    return str(said or found.get("cues") or "")


def read_samples(folder: Path) -> list[Sample]:
    """What it wrote along the way, the earliest first."""
    found = []
    for path in sorted((folder / "samples").glob("*.txt")):
        try:
            found.append(Sample(int(path.stem), path.read_text(encoding="utf-8")[:LONGEST_SAMPLE]))
        except (OSError, ValueError):
            continue
    return found


def chosen_samples(samples: Sequence[Sample], count: int) -> list[Sample]:
    """Some of the samples: the first, the last, and those between that show most; by the roots of their steps.

    A network learns most at the beginning, so that the early ones stand closer together.
    """
    if len(samples) <= count:
        return list(samples)
    last = len(samples) - 1
    places = {round(last * (number / (count - 1)) ** 2) for number in range(count)}
    spare = (number for number in range(1, last) if number not in places)
    while len(places) < count:
        places.add(next(spare))
    return [samples[place] for place in sorted(places)]


def _events(path: Path) -> list[dict[str, Any]]:
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return []
    events = []
    for line in lines:
        try:
            event = json.loads(line)
        except ValueError:
            continue
        if isinstance(event, dict):
            events.append(event)
    return events


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _thinned(points: list[tuple[int, float]]) -> list[tuple[int, float]]:
    """Evenly spaced points of many, the last among them."""
    if len(points) <= MOST_POINTS:
        return points
    each = math.ceil(len(points) / MOST_POINTS)
    return points[(len(points) - 1) % each :: each]
