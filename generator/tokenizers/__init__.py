"""Text to token ids and back: characters, bytes, subwords."""

from .base import DroppedSymbols, Tokenizer
from .byte import ByteTokenizer
from .char import CharTokenizer
from .registry import KINDS, load, train

__all__ = ["KINDS", "ByteTokenizer", "CharTokenizer", "DroppedSymbols", "Tokenizer", "load", "train"]
