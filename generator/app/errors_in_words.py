"""Errors as a page shows them: at the wish that they are about, with its label for the option of the command."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import GeneratorError
from .languages import in_words
from .phrasebook import joined
from .request import Request, place_of

__all__ = ["Complaint", "said"]

OPTION = re.compile(r"--([a-z][a-z-]*)( [A-Za-z_]+=)?")


@dataclass(frozen=True)
class Complaint:
    """What went wrong.

    Attributes:
        place: The wish that it is about; empty where it is about none.
        message: What was wrong.
        hint: What to do about it.
    """

    place: str
    message: str
    hint: str

    @classmethod
    def of(cls, error: GeneratorError, request: Request | None = None) -> Complaint:
        """What an error says."""
        return cls(place_of(error, request or Request("")), error.message, error.hint)

    def said(self, labels: Mapping[str, str]) -> str:
        """Message and hint in the session's language, with labels in place of options: “Rhyme” for ``--rhyme``."""

        def label(found: re.Match[str]) -> str:
            name = found[1].replace("-", "_")
            return f"“{labels[name]}”" if name in labels else found[1].replace("-", " ")

        text = OPTION.sub(label, joined(in_words(self.message), in_words(self.hint)))
        return text[:1].upper() + text[1:]


def said(error: GeneratorError) -> str:
    """Message and hint of an error in the session's language, as one text."""
    return joined(in_words(error.message), in_words(error.hint))
