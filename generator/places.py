"""Where things lie unless someone says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["PREPARED", "RUNS", "cache_home", "checkpoints_home"]

RUNS = Path("runs")  # what is being trained here, in the folder where a person works
PREPARED = Path("data")  # corpora that were prepared here


def checkpoints_home() -> Path:
    """The folder of the models known by name: ``checkpoints/`` beside the package, or $GENERATOR_CHECKPOINTS."""
    said = os.environ.get("GENERATOR_CHECKPOINTS")
    return Path(said) if said else Path(__file__).resolve().parent.parent / "checkpoints"


def cache_home() -> Path:
    """The folder for what can be made again: $GENERATOR_CACHE, or ``generator`` in the user's cache folder."""
    said = os.environ.get("GENERATOR_CACHE")
    return Path(said) if said else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "generator"
