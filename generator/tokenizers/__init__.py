"""Text to token ids and back: characters, bytes, subwords."""

from .base import DroppedSymbols, Tokenizer
from .byte import ByteTokenizer
from .char import CharTokenizer
from .registry import KINDS, alphabet, load, train
from .streaming import StreamDecoder
from .subword import BpeTokenizer, UnigramTokenizer

__all__ = [
    "KINDS",
    "BpeTokenizer",
    "ByteTokenizer",
    "CharTokenizer",
    "DroppedSymbols",
    "StreamDecoder",
    "Tokenizer",
    "UnigramTokenizer",
    "alphabet",
    "load",
    "train",
]
