"""What is asked of a vocabulary before anything is laid into a form: it must know the characters and the marks."""

from __future__ import annotations

from ...errors import ConstraintUnsatisfiable
from ...text.chinese.script import variants
from ...text.forms.form import Form
from .plans import Wishes
from .sounds import SoundMasks

__all__ = ["MARKS", "check_characters", "check_marks", "name_of"]

MARKS = "，。！？；：、,.!?;: \n\t"


def check_characters(wishes: Wishes, sounds: SoundMasks) -> None:
    """Every character that is wished for must be one that the model can write and the book knows."""
    named = {
        "--acrostic": wishes.acrostic, "--start": wishes.start, "--upper": wishes.upper,
        "--word": "".join(wishes.words),
    }  # fmt: skip
    for option, text in named.items():
        for character in text:
            tokens = sounds.tokens_of(character)
            if character in MARKS or any(sounds.readings[token] for token in tokens):
                continue
            known = [other for other in variants(character) if other in sounds.ids and other != character]
            hint = f"Perhaps {' or '.join(known)}?" if known else "Choose another character."
            complaint = (
                "has no tone in the rhyme book" if tokens else "is not among the characters that this model knows"
            )
            raise ConstraintUnsatisfiable(f"{character} of {option} {complaint}.", hint)


def check_marks(form: Form, sounds: SoundMasks) -> None:
    """The model must know the punctuation that the form ends its lines with, and the line break after 。"""
    marks = {line.end for pattern in form.patterns for line in pattern.lines if line.end} | {"，", "。"}
    if any(len(pattern.lines) > 2 for pattern in form.patterns):
        marks.add("\n")
    if missing := sorted(marks - sounds.ids.keys()):
        raise ConstraintUnsatisfiable(
            f"{name_of(form)} needs {' '.join(map(repr, missing))} after its lines, which this model never saw.",
            "Train on poems whose lines end in ， and 。, with a line break after each 。.",
        )


def name_of(form: Form) -> str:
    """A form as messages call it."""
    return form.title.get("zh", form.name) + f" ({form.name})"
