"""English verse: how words sound, which of them rhyme, and where in a metre they may stand."""

from .pronunciations import Pronunciation, normal, pronunciations
from .rhyme import perfect_rhyme, rhyme_keys, slant_keys, slant_rhyme
from .stress import fits, line_fits

__all__ = [
    "Pronunciation",
    "fits",
    "line_fits",
    "normal",
    "perfect_rhyme",
    "pronunciations",
    "rhyme_keys",
    "slant_keys",
    "slant_rhyme",
]
