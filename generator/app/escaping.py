"""Text of others in Streamlit's Markdown: labels and captions know no other form."""

from __future__ import annotations

__all__ = ["escaped"]

SPECIAL = frozenset("\\`*_{}[]()<>#+-.!|~$:^&")


def escaped(text: str) -> str:
    """A text in which Markdown finds nothing to act on, on one line."""
    return "".join("\\" + letter if letter in SPECIAL else " " if letter in "\r\n" else letter for letter in text)
