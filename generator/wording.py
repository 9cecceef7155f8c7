"""Numbers in sentences."""

from __future__ import annotations

__all__ = ["counted"]


def counted(count: int, one: str, several: str = "") -> str:
    """``1 piece``, ``2 pieces``, ``1,024 pieces``.

    Args:
        count: How many.
        one: What they are, where it is one.
        several: Where it is another number; by default with an s.
    """
    return f"{count:,} {one if count == 1 else several or one + 's'}"
