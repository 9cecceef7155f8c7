"""Every error that this program raises for a person to read.

    GeneratorError
    ├── ConfigError                  an option is wrong, or two options contradict each other
    ├── CorpusError                  the text to learn from
    │   ├── ChecksumMismatch         a download is not the file that its manifest describes
    │   ├── UnsupportedFormat        a kind of file that no reader knows
    │   └── UnreadableFile           a file of a known kind that cannot be read
    ├── TokenizerError
    │   └── UnknownSymbol            a character that the tokenizer has never seen
    ├── CheckpointError              a trained model as a folder
    │   ├── IncompatibleCheckpoint   written by another version, or for another kind of model
    │   └── DamagedCheckpoint        a part is missing or unreadable
    ├── DecodingError
    │   └── ConstraintUnsatisfiable  a wish about the form that cannot be met
    ├── TrainingError
    │   └── Diverged                 the loss left the finite numbers, or exploded, too often
    ├── RenderingError
    └── MissingPackage               what an extra brings is not installed

The message says what was wrong, with the value; the hint says what to do about it. Commands print
both and exit with status 2; a traceback is shown only under ``--debug``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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
    "RenderingError",
    "TokenizerError",
    "TrainingError",
    "UnknownSymbol",
    "UnreadableFile",
    "UnsupportedFormat",
]


class GeneratorError(Exception):
    """The root of every error meant for a person.

    Args:
        message: What was wrong, with the offending value.
        hint: What to do about it; may be empty where the message says it all.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message, hint)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class ConfigError(GeneratorError):
    """An option has a value that cannot be used, or two options contradict each other."""


class CorpusError(GeneratorError):
    """The text to learn from is missing, empty or too small."""


class ChecksumMismatch(CorpusError):
    """A downloaded file is not the one that its manifest describes."""


class UnsupportedFormat(CorpusError):
    """A kind of file that no reader knows."""


class UnreadableFile(CorpusError):
    """A file of a known kind that cannot be read."""


class TokenizerError(GeneratorError):
    """A tokenizer cannot be trained, saved, loaded or applied."""


class UnknownSymbol(TokenizerError):
    """A character that the tokenizer has never seen."""


class CheckpointError(GeneratorError):
    """A trained model cannot be found, saved or loaded."""


class IncompatibleCheckpoint(CheckpointError):
    """A checkpoint of another format version, or for another kind of model."""


class DamagedCheckpoint(CheckpointError):
    """A checkpoint of which a part is missing or unreadable."""


class DecodingError(GeneratorError):
    """Generation cannot start or go on."""


class ConstraintUnsatisfiable(DecodingError):
    """A wish about the form that cannot be met, found before the first token."""


class TrainingError(GeneratorError):
    """Training cannot start or go on."""


class Diverged(TrainingError):
    """The loss stopped being finite, or exploded, and rolling back did not help."""


class RenderingError(GeneratorError):
    """A piece cannot be written in the format that was asked for."""


class MissingPackage(GeneratorError):
    """A package that an extra brings is needed, and not installed."""


@contextmanager
def of_extra(name: str) -> Iterator[None]:
    """Around the imports of packages that the extra ``name`` brings.

    Raises:
        MissingPackage: if one of them is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise MissingPackage(
            f"This needs the package {(error.name or name).partition('.')[0]}, which is not installed.",
            f"Install it with the extra {name}: pip install -e '.[{name}]'",
        ) from error
