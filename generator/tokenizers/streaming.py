"""Text out of tokens as they come: whole characters at a time, even where a token is one byte."""

from __future__ import annotations

import codecs

from .base import Tokenizer

__all__ = ["StreamDecoder"]


class StreamDecoder:
    """Decodes one row of tokens, some at a time.

    What ``feed`` and at last ``flush`` return, put together, is ``tokenizer.decode`` of all the
    tokens that were fed.

        decoder = StreamDecoder(tokenizer)
        for token in tokens:
            print(decoder.feed(token), end="")
        print(decoder.flush())
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self.tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, *tokens: int) -> str:
        """The text that is whole now, thanks to these tokens; may be empty."""
        return self._decoder.decode(b"".join(map(self.tokenizer.token_bytes, tokens)))

    def flush(self) -> str:
        """The end of the row: U+FFFD for a character that was begun and not finished, or nothing.

        The decoder is as new afterwards.
        """
        rest = self._decoder.decode(b"", final=True)
        self._decoder.reset()
        return rest

    @property
    def waiting(self) -> bytes:
        """The bytes of the character that is not whole yet."""
        return self._decoder.getstate()[0]
