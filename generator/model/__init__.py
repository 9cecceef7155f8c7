"""Floor 3: the network, and nothing of how it is trained or asked."""

from .language_model import LanguageModel
from .scan import GATES
from .state import State

__all__ = ["GATES", "LanguageModel", "State"]
