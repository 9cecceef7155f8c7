"""Floor 6: from a corpus to a trained network, in a run directory that others can read."""

from .run_directory import RunDirectory
from .start import Outcome, resume, train

__all__ = ["Outcome", "RunDirectory", "resume", "train"]
