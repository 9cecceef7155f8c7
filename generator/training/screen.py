"""What a person sees of a run: the plan, one live line, samples."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from tqdm import tqdm

__all__ = ["Screen", "bits", "plan_lines"]


def bits(nats: float) -> float:
    """Nats as bits."""
    return nats / math.log(2)


def plan_lines(facts: dict[str, str]) -> list[str]:
    """Facts as aligned lines."""
    width = max(map(len, facts))
    return [f"{name:<{width}}  {value}" for name, value in facts.items()]


class Screen:
    """The live line of a run and what is printed above it.

    Args:
        say: Prints a line where there is no live line.
        live: Whether to draw one.
    """

    def __init__(self, say: Callable[[str], Any], live: bool) -> None:
        self._say = say
        self._live = live
        self._bar: tqdm[Any] | None = None

    def begin(self, step: int, total: int) -> None:
        """Draw the line."""
        if self._live:
            form = "{desc} {percentage:3.0f}%|{bar:20}| step {n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"
            self._bar = tqdm(total=total, initial=step, bar_format=form, dynamic_ncols=True, mininterval=0.3)

    def step(self, loss_bits: float, valid_bits: float | None, tokens_per_second: float) -> None:
        """One step more."""
        if self._bar is not None:
            valid = "" if valid_bits is None else f", valid {valid_bits:.4f}"
            self._bar.set_postfix_str(
                f"{loss_bits:.4f} bits/char{valid}, {tokens_per_second:,.0f} tokens/s", refresh=False
            )
            self._bar.update()

    def set_back(self, step: int) -> None:
        """Show an earlier step again."""
        if self._bar is not None:
            self._bar.n = step
            self._bar.refresh()

    def fit(self, total: int) -> None:
        """Show another number of steps."""
        if self._bar is not None:
            self._bar.total = total

    def say(self, line: str = "") -> None:
        """Print above the line."""
        if self._bar is not None:
            self._bar.write(line)
        else:
            self._say(line)

    def end(self) -> None:
        """Leave the line as it is."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None
