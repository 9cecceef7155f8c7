"""Verse: how characters and words sound, which forms there are, and what keeps them."""

from .cues import CueField

__all__ = ["CueField"]
