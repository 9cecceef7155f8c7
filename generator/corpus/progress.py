"""A progress bar that is only drawn on a terminal, and told to whoever watches."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

__all__ = ["Progress", "watched"]

Watcher = Callable[[str, int, int], object]
_watchers: list[Watcher] = []


@contextmanager
def watched(watcher: Watcher) -> Iterator[None]:
    """Tell ``watcher`` of all progress in the block: what is done, how much of it, and of how much (0: unknown)."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


class Progress:
    """``with Progress("reading", total, shown) as advance: advance(count)``."""

    def __init__(self, what: str, total: int, shown: bool) -> None:
        from tqdm import tqdm

        self.what, self.done, self.total = what, 0, total
        self.bar = tqdm(
            total=total or None,
            desc=what,
            unit="",
            unit_scale=True,
            disable=not (shown and sys.stderr.isatty()),
            leave=False,
            delay=0.5,
        )

    def advance(self, count: int) -> None:
        """So much more is done."""
        self.bar.update(count)
        self.done += count
        for watcher in _watchers:
            watcher(self.what, self.done, self.total)

    def __enter__(self) -> Callable[[int], object]:
        self.advance(0)
        return self.advance

    def __exit__(self, *_: object) -> None:
        self.bar.close()
