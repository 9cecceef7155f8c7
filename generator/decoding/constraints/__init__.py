"""Rules about what may come next; each is a small class, and any number of them compose."""

from .acrostic import Acrostic
from .alphabet import Alphabet
from .base import Constraint, Context, Together
from .characters import CharacterRule
from .music_form import MusicForm

__all__ = ["Acrostic", "Alphabet", "CharacterRule", "Constraint", "Context", "MusicForm", "Together"]
