"""Whether what was asked suits the text: the language of verse, and whether anything is left to learn from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ..errors import CorpusError

__all__ = ["check_language", "check_left", "han_share"]

HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
LETTERS = re.compile(r"[^\W\d_]")
MOST = 0.5  # of the letters that may be those of the other language


def han_share(text: str) -> float | None:
    """The share of Chinese characters among the letters of a text; None where it has no letters."""
    letters = len(LETTERS.findall(text))
    return len(HAN.findall(text)) / letters if letters else None


def check_language(verse: str | None, text: str) -> None:
    """Refuse a text as verse of a language that it is not in.

    Raises:
        CorpusError: with the share of Chinese characters.
    """
    share = None if verse is None else han_share(text)
    if share is None:
        return
    if verse == "zh" and share < 1 - MOST:
        raise CorpusError(
            f"--verse zh is for Chinese poems, and only {share:.0%} of the letters of this text are Chinese.",
            "Give --verse en for English poems, or leave it out.",
        )
    if verse == "en" and share > MOST:
        raise CorpusError(
            f"--verse en is for English poems, and {share:.0%} of the letters of this text are Chinese.",
            "Give --verse zh for Chinese poems, or leave it out.",
        )


def check_left(counts: Mapping[str, Mapping[str, Any]], left_out: int, min_count: int) -> None:
    """Refuse a corpus of which a part that is needed was left out piece by piece.

    Args:
        counts: What was written of each part.
        left_out: Pieces that hold a character that is too rare.
        min_count: How often it would have to stand.
    Raises:
        CorpusError: with how many pieces are left.
    """
    empty = [name for name in ("train", "validation") if not counts[name]["pieces"]]
    if empty and left_out:
        whole = left_out + sum(part["pieces"] for part in counts.values())
        raise CorpusError(
            f"{left_out:,} of {whole:,} pieces hold a character that stands fewer than {min_count:,} times in all "
            f"the text, and are left out by --rare piece; none is left for {empty[0]}.",
            "Leave out those characters alone (--rare character), keep them (--min-count 1), or give more text.",
        )
