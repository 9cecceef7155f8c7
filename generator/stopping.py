"""Long work that somebody else may end: it asks now and then whether to go on, and is ended by what it is answered.

    with stoppable(task.go_on):  # raises when the work is to end
        read_bytes(data, "abc", "tune.abc")

What works asks by ``go_on()``, about every hundredth of a second of its work. Where nobody waits to end it, nothing
is asked. What holds in one thread does not in another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from .errors import GeneratorError

__all__ = ["TimeIsUp", "go_on", "stoppable"]

_asked: ContextVar[Callable[[], None] | None] = ContextVar("asked", default=None)


class TimeIsUp(GeneratorError):
    """The work took longer than it may; it says nothing about what was worked on."""


@contextmanager
def stoppable(ask: Callable[[], None]) -> Iterator[None]:
    """Within, ``go_on`` asks this.

    Args:
        ask: Raises when the work is to end.
    """
    token = _asked.set(ask)
    try:
        yield
    finally:
        _asked.reset(token)


def go_on() -> None:
    """Go on, unless the work is to end.

    Raises:
        Whatever the one raises who wants it to end.
    """
    ask = _asked.get()
    if ask is not None:
        ask()
