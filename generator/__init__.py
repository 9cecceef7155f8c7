"""Learns to write from what it is shown, and writes more of it, one character at a time.

    import generator

    model = generator.load("shakespeare")
    for step in model.stream("ROMEO:", temperature=0.8, seed=7):
        print(step.text, end="")

The names below are the public face; everything else may move between versions. What needs torch is
imported when it is first asked for, so that ``--help`` and this import cost next to nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .errors import (
    CheckpointError,
    ChecksumMismatch,
    ConfigError,
    ConstraintUnsatisfiable,
    CorpusError,
    DamagedCheckpoint,
    DecodingError,
    Diverged,
    GeneratorError,
    IncompatibleCheckpoint,
    MissingPackage,
    RenderingError,
    TokenizerError,
    TrainingError,
    UnknownSymbol,
    UnreadableFile,
    UnsupportedFormat,
)

if TYPE_CHECKING:
    from .api import Model, load

__all__ = [
    "CheckpointError",
    "ChecksumMismatch",
    "ConfigError",
    "ConstraintUnsatisfiable",
    "CorpusError",
    "DamagedCheckpoint",
    "DecodingError",
    "Diverged",
    "GeneratorError",
    "IncompatibleCheckpoint",
    "MissingPackage",
    "Model",
    "RenderingError",
    "TokenizerError",
    "TrainingError",
    "UnknownSymbol",
    "UnreadableFile",
    "UnsupportedFormat",
    "__version__",
    "load",
]

__version__ = "0.1.0"

_FROM_API = ("Model", "load")


def __getattr__(name: str) -> Any:
    if name in _FROM_API:
        return getattr(import_module(".api", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
