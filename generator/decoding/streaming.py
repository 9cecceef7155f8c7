"""From the tokens of many rows to the text that each gains, whole characters at a time.

A model that was trained on lines turned round writes each line from its end. What it writes is held back until the
line is whole, and then given as it is read.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..corpus.packing import turned
from ..tokenizers import Tokenizer
from ..tokenizers.streaming import StreamDecoder
from .steps import NO_TOKEN

__all__ = ["Rows", "whole_lines"]


class Rows:
    """Which rows have ended, and the text of those that have not.

    Args:
        tokenizer: What tokens stand for.
        rows: How many rows there are.
        ends: Whether the boundary ends a row.
        until: End a row once it has written this; empty for no such text.
        backward: Whether lines are written from their ends.
    Attributes:
        raw: What each row gained with the last tokens, as the model writes it.
        finished: Which rows have ended [rows]; never changed in place, so that steps may keep it.
        any_finished, all_finished: Whether some, or all, have.
    """

    def __init__(self, tokenizer: Tokenizer, rows: int, ends: bool, until: str = "", backward: bool = False) -> None:
        self.boundary, self.ends, self.until = tokenizer.boundary, ends, until
        self.finished: NDArray[np.bool_] = np.zeros(rows, np.bool_)
        self.any_finished = self.all_finished = False
        self.tails = [""] * rows
        self.raw: list[str] = []
        self.begun: list[list[str]] | None = [[] for _ in range(rows)] if backward else None  # lines
        self.whole = whole_texts(tokenizer)
        self.decoders = [] if self.whole is not None else [StreamDecoder(tokenizer) for _ in range(rows)]

    def add(self, tokens: NDArray[np.int64], *, last: bool = False) -> tuple[NDArray[np.int64], list[str]]:
        """Add one token to every row that has not ended.

        Args:
            tokens: [rows]; what stands in ended rows is not looked at.
            last: Whether these are the last tokens, after which nothing can complete a character.
        Returns:
            The tokens, -1 in rows that had ended, and what each row gains, as it is read.
        """
        if self.any_finished:
            tokens = np.where(self.finished, NO_TOKEN, tokens)
        numbers: list[int] = tokens.tolist()
        if self.whole is not None:
            texts = [self.whole[token] for token in numbers]  # -1 is the empty text at the table's end
        else:
            texts = [
                "" if token == NO_TOKEN else decoder.feed(token)
                for token, decoder in zip(numbers, self.decoders, strict=True)
            ]
        self.raw = texts
        if self.begun is not None:
            texts = [turned_now(line, text) for line, text in zip(self.begun, texts, strict=True)]
        ended: set[int] = set()
        if self.ends:
            ended.update(row for row, token in enumerate(numbers) if token == self.boundary)
        if self.until:
            for row, text in enumerate(texts):
                tail = self.tails[row] + text
                if text and self.until in tail:
                    ended.add(row)
                self.tails[row] = tail[-len(self.until) :]
        if (self.decoders or self.begun is not None) and (ended or last):
            self.raw, texts = list(self.raw), list(texts)
            for row in range(len(texts)) if last else ended:
                if numbers[row] != NO_TOKEN:
                    self._flush(row, texts)
        if ended:
            self.finished = self.finished.copy()
            self.finished[list(ended)] = True
            self.any_finished, self.all_finished = True, bool(self.finished.all())
        return tokens, texts

    def _flush(self, row: int, texts: list[str]) -> None:
        """The end of a row: what is left of a character, and of a line."""
        rest = self.decoders[row].flush() if self.decoders else ""
        self.raw[row] += rest
        if self.begun is None:
            texts[row] += rest
            return
        texts[row] += ("".join(self.begun[row]) + rest)[::-1]
        self.begun[row] = []


def turned_now(line: list[str], text: str) -> str:
    """What can be read of a row that is written from the ends of its lines: those that are whole now.

    Args:
        line: The parts of the line that is being written; it is kept up to date.
        text: What comes to it.
    """
    head, newline, rest = text.rpartition("\n")
    if not newline:
        line.append(text)
        return ""
    whole = turned("".join(line) + head) + "\n"
    line[:] = [rest]
    return whole


def whole_lines(text: str) -> str:
    """What can be read of a text that is written from the ends of its lines."""
    return turned(text[: text.rfind("\n") + 1])


def whole_texts(tokenizer: Tokenizer) -> list[str] | None:
    """The text of each token, and "" for -1; None where a token may be a part of a character."""
    try:
        return [content.decode() for content in tokenizer.byte_table] + [""]
    except UnicodeDecodeError:
        return None
