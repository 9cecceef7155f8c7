"""Showing what is being written, on the terminal or in a file."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .decoding import Collector, Generation

__all__ = ["BETWEEN", "Live", "put_out", "tell", "watch"]

BETWEEN = "\n\n"  # between two texts


class Live:
    """Shows the rows one after the other while all of them are being written.

    Args:
        generation: What is shown.
    """

    def __init__(self, generation: Generation) -> None:
        self.generation = generation
        self.row = -1
        self.parts = 0
        self._next_row()

    def show(self, collector: Collector) -> None:
        """Show what the present row has gained, and the rows that are ready behind it."""
        while True:
            texts = collector.texts[self.row]
            new = self.generation.readable("".join(texts[self.parts :]))
            self.parts = len(texts)
            if new:
                sys.stdout.write(new)
                sys.stdout.flush()
            if not collector.finished[self.row] or self.row + 1 == self.generation.count:
                return
            self._next_row()

    def finish(self, collector: Collector) -> None:
        """Show the rest of all rows."""
        self.show(collector)
        while self.row + 1 < self.generation.count:
            self._next_row()
            self.show(collector)
        sys.stdout.write("\n")
        sys.stdout.flush()

    def _next_row(self) -> None:
        self.row += 1
        self.parts = 0
        sys.stdout.write((BETWEEN if self.row else "") + self.generation.prompt)
        sys.stdout.flush()


def watch(generation: Generation, collector: Collector, live: Live | None) -> tuple[float, bool]:
    """Let a generation run; Ctrl-C ends it, and what was written until then is kept.

    Args:
        generation: What is being written.
        collector: Gets its steps.
        live: Shows them; None for nothing.
    Returns:
        How many seconds it took, and whether it was stopped.
    """
    started, stopped = time.perf_counter(), False
    try:
        for step in generation:
            collector.add(step)
            if live:
                live.show(collector)
    except KeyboardInterrupt:
        stopped = True
    if live:
        live.finish(collector)
    return time.perf_counter() - started, stopped


def put_out(path: Path | None, text: str) -> None:
    """To the file, whole or not at all, or to the terminal."""
    if path is None:
        sys.stdout.write(text)
        sys.stdout.flush()
        return
    from .files import write_text

    write_text(path, text)


def tell(line: str) -> None:
    """Say something beside the text."""
    print(line, file=sys.stderr)
