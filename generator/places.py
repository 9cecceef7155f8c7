"""Where things lie unless someone says otherwise."""

from __future__ import annotations

import os
from pathlib import Path

__all__ = ["PREPARED", "RUNS", "checkpoints_home"]

RUNS = Path("runs")  # what is being trained here, in the folder where a person works
PREPARED = Path("data")  # corpora that were prepared here


def checkpoints_home() -> Path:
    """The folder of the models known by name: ``checkpoints/`` beside the package, or $GENERATOR_CHECKPOINTS."""
    said = os.environ.get("GENERATOR_CHECKPOINTS")
    return Path(said) if said else Path(__file__).resolve().parent.parent / "checkpoints"
