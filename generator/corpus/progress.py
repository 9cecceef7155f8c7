"""A progress bar that is only drawn on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Callable

__all__ = ["Progress"]


class Progress:
    """``with Progress("reading", total, shown) as advance: advance(count)``."""

    def __init__(self, what: str, total: int, shown: bool) -> None:
        from tqdm import tqdm

        self.bar = tqdm(
            total=total or None,
            desc=what,
            unit="",
            unit_scale=True,
            disable=not (shown and sys.stderr.isatty()),
            leave=False,
            delay=0.5,
        )

    def __enter__(self) -> Callable[[int], object]:
        return self.bar.update

    def __exit__(self, *_: object) -> None:
        self.bar.close()
