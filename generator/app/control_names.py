"""What the controls of the page Compose are called, and what those of the draw do."""

from __future__ import annotations

from .languages import _

__all__ = ["labels", "said_of"]


def labels() -> dict[str, str]:
    """What each control is called."""
    return {
        "prompt": _("Beginning"),
        "form": _("Form"),
        "theme": _("Theme"),
        "author": _("In the manner of"),
        "rhyme": _("Rhyme"),
        "acrostic": _("Acrostic"),
        "start": _("First words"),
        "upper": _("Upper line of a couplet"),
        "word": _("Words that must occur"),
        "book": _("Rhyme book"),
        "script": _("Simplified or traditional"),
        "repeat": _("Characters may come again"),
        "candidates": _("Tries"),
        "key": _("Key"),
        "tempo": _("Tempo"),
        "bars": _("Bars"),
        "voices": _("Voices to write anew"),
        "score": _("Melody"),
        "count": _("Variations"),
        "length": _("Length"),
        "temperature": _("Daring (temperature)"),
        "top_k": _("How many choices (top-k)"),
        "top_p": _("Share of the choices (top-p)"),
        "min_p": _("Leave out the unlikely (min-p)"),
        "repetition_penalty": _("Avoid repetition"),
        "strictness": _("Avoid parallel fifths and octaves"),
        "particles": _("Ways tried at once"),
        "seed": _("Seed"),
        "type": _("Kind of tune"),
        "metre": _("Metre"),
        "mode": _("Mode"),
    }


def said_of(name: str) -> str:
    """What a setting of the draw does, for one who has never heard of it."""
    return {
        "temperature": _(
            "The model weighs each next letter or note; this says how boldly one is drawn. 0 always takes the "
            "likeliest, below 1 is safer, above 1 wilder."
        ),
        "top_k": _("Only so many of the likeliest letters or notes may come next; 1 leaves no choice, 0 allows all."),
        "top_p": _(
            "Only the likeliest letters or notes may come next, as many as together come up in this share of the "
            "cases: 0.9 leaves out the unlikeliest tenth, 1 nothing."
        ),
        "min_p": _(
            "Leaves out letters or notes that are much less likely than the likeliest one: 0.1 those less than a "
            "tenth as likely, 0 none."
        ),
        "repetition_penalty": _(
            "Above 1 what was written just before becomes less likely, below 1 likelier; 1 changes nothing."
        ),
    }[name]
