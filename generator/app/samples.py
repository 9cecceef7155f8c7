"""A few lines that a model wrote, for its card: written once when it is first loaded, kept in the cache folder."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from ..config import SamplingConfig, VerseConfig
from ..errors import GeneratorError
from ..files import write_text
from ..places import cache_home
from .controls import forms_of
from .models import Card, Loaded, signature

__all__ = ["make_sample", "sample_of"]

CHARACTERS = 180
SETTINGS = SamplingConfig(seed=1, length=CHARACTERS)
TRIES = 4


def place(card: Card) -> Path:
    """Where the sample of a card lies: another place when its checkpoint is written anew."""
    name = sha256(repr((str(card.folder.resolve()), signature(card.folder))).encode()).hexdigest()[:16]
    return cache_home() / "app-samples" / f"{name}.txt"


def sample_of(card: Card) -> str:
    """What the model of a card wrote; empty where nothing is kept, and for music, which a card cannot show."""
    try:
        return place(card).read_text(encoding="utf-8")
    except OSError:
        return ""


def make_sample(loaded: Loaded) -> None:
    """Let a model write its sample, unless there is one."""
    card = loaded.card
    if card.kind == "music" or sample_of(card):
        return
    from ..decoding import compose, generate

    try:
        if card.kind == "verse":
            wish = VerseConfig(form=next(iter(forms_of(card.language))), candidates=TRIES)
            text = compose(loaded.poet(), wish, SETTINGS).samples()[0].text
        else:
            text = generate(loaded.writer(), "", SETTINGS).samples()[0].text.rpartition("\n")[0]
        path = place(card)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text.strip())
    except (GeneratorError, OSError):  # a card without a sample is a card still
        return
