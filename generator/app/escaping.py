"""Text of others in Streamlit's Markdown: labels and captions know no other form."""

from __future__ import annotations

import re

__all__ = ["escaped"]

SPECIAL = frozenset("\\`*_{}[]()<>#+-.!|~$:^&")
# What Streamlit's page does to the text once Markdown has been read: addresses become links, :words: icons and emoji,
# dashes and arrows are drawn as one sign. A joiner that no one sees, put between, leaves them as they are.
JOINER = "\u2060"
ACTS = re.compile(r"(?<=:)(?=[a-z/+])|(?<=www)(?=\.)|(?=@)|(?<=-)(?=[->])|(?<=<)(?=-)|(?<=[<>~])(?==)", re.IGNORECASE)


def escaped(text: str) -> str:
    """A text in which neither Markdown nor Streamlit's page finds anything to act on, on one line."""
    text = ACTS.sub(JOINER, text)
    return "".join("\\" + letter if letter in SPECIAL else " " if letter in "\r\n" else letter for letter in text)
