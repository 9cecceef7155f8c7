"""Chinese verse: sounds and rhyme books, the two scripts, and what form a poem keeps."""

from .sounds import Rhymebook, rhymebook

__all__ = ["Rhymebook", "rhymebook"]
