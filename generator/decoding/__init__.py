"""Floor 5: how text comes out of a trained network, one step at a time."""

from .constraints import Acrostic, Alphabet, CharacterRule, Constraint, Context
from .engine import Engine, EngineState
from .generate import Generation, generate
from .music import Composer, Composing, write_music
from .steps import Alternative, Collector, Sample, Step
from .verse import Poet, compose
from .writer import Writer

__all__ = [
    "Acrostic",
    "Alphabet",
    "Alternative",
    "CharacterRule",
    "Collector",
    "Composer",
    "Composing",
    "Constraint",
    "Context",
    "Engine",
    "EngineState",
    "Generation",
    "Poet",
    "Sample",
    "Step",
    "Writer",
    "compose",
    "generate",
    "write_music",
]
