"""The process that reads files for ``pool``: paths come in, a line each, and outcomes go into the cache.

    python -m generator.music.worker

It is a process of its own because a file may be hostile: one that takes too long or too much memory
takes this process with it and nothing else.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from generator.errors import GeneratorError

from .cache import Cache
from .reading import Outcome, read_file

__all__ = ["main"]

MOST_MEMORY = 4 << 30  # bytes of address space; music21 with a long orchestral score needs about one


def main() -> None:
    """Answer each line of the input with a line: ``done``, or ``failed`` where nothing could be kept of it."""
    limit_memory()
    answers = sys.stdout
    sys.stdout = sys.stderr  # what a library prints is no answer
    for line in sys.stdin:
        job = json.loads(line)
        path, grid = Path(job["path"]), tuple(job["grid"])
        try:
            outcomes = read_file(path, grid)
        except GeneratorError as error:
            outcomes = [Outcome(reason=error.message)]
        except MemoryError:
            outcomes = [Outcome(reason=f"{path} needs more memory than is allowed for one file.")]
        Cache(Path(job["cache"])).put(job["key"], outcomes)
        print("done", file=answers, flush=True)


def limit_memory() -> None:
    """Let the system refuse more memory than any score needs, where it can."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    except (ImportError, ValueError, OSError):
        pass


if __name__ == "__main__":
    main()
