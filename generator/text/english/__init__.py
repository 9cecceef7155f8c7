"""English verse: how words sound, which of them rhyme, where in a metre they stand, and how a line goes on."""

from .lexicon import Lexicon
from .plan import Plan
from .poem import PoemState, PoemWalk
from .pronunciations import Pronunciation, normal, pronunciations
from .rhyme import perfect_rhyme, rhyme_keys, slant_keys, slant_rhyme
from .stress import fits, line_fits
from .walk import END, State, Walk
from .wish import Wish, patterns_of
from .words import PUNCTUATION, words_of

__all__ = [
    "END",
    "PUNCTUATION",
    "Lexicon",
    "Plan",
    "PoemState",
    "PoemWalk",
    "Pronunciation",
    "State",
    "Walk",
    "Wish",
    "fits",
    "line_fits",
    "normal",
    "patterns_of",
    "perfect_rhyme",
    "pronunciations",
    "rhyme_keys",
    "slant_keys",
    "slant_rhyme",
    "words_of",
]
