"""Musical characters: scores as text of an alphabet of their own."""

from .alphabet import FIRST, Alphabet, Place, Wish, characters
from .echoes import LENGTHS, Echo
from .tokenizer import MusicTokenizer

__all__ = ["FIRST", "LENGTHS", "Alphabet", "Echo", "MusicTokenizer", "Place", "Wish", "characters"]
