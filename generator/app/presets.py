"""Three ways to draw for people who would rather not know what a top-p is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

__all__ = ["PRESETS", "Preset", "preset_of"]


@dataclass(frozen=True)
class Preset:
    """Settings of ``SamplingConfig`` that belong together."""

    temperature: float
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0
    repetition_penalty: float = 1.0


# A penalty on repetition would forbid the letters of a word to come again where tokens are characters: all
# three leave it alone. What wildness admits, min-p cuts off at the far end.
PRESETS = {
    "safe": Preset(temperature=0.55, top_p=0.92),
    "balanced": Preset(temperature=0.8),
    "wild": Preset(temperature=1.15, min_p=0.02),
}


def preset_of(values: Mapping[str, Any]) -> str | None:
    """The name of the preset that the values of some settings keep; None where they keep none."""
    return next((name for name, preset in PRESETS.items() if asdict(preset).items() <= values.items()), None)
