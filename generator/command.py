"""What every command does around its work: show errors on one screen, offer ``--debug``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence

from .errors import GeneratorError

__all__ = ["Parser", "run"]


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
    except BrokenPipeError:  # the reader of a pipe has gone, as `| head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except OSError as error:
        if options.debug:
            raise
        place = f"{error.filename}: " if error.filename else ""
        print(f"error: {place}{error.strerror or error}", file=sys.stderr)
        return 2
