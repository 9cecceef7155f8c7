"""What a model writes, for its card: a few lines, or some engraved bars, written once and kept in the cache folder.

A sample is made when its model is first loaded; those of models that nobody has loaded yet are made one after the
other while nothing else is being done.
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from ..config import MusicConfig, SamplingConfig, VerseConfig
from ..errors import GeneratorError
from ..files import write_text
from ..places import cache_home
from .controls import forms_of
from .incipits import Incipit, incipit
from .models import Card, Loaded, signature

if TYPE_CHECKING:
    from ..music import Score

__all__ = ["SampleMaker", "heard_of", "make_sample", "sample_of"]

log = logging.getLogger(__name__)

CHARACTERS = 180
SETTINGS = SamplingConfig(seed=1, length=CHARACTERS)
TRIES = 4
BARS = "4"
PAUSE_S = 1.0  # between two looks whether there is time for a sample


def place(card: Card, ending: str = "txt") -> Path:
    """Where the sample of a card lies: another place when its checkpoint is written anew."""
    name = sha256(repr((str(card.folder.resolve()), signature(card.folder))).encode()).hexdigest()[:16]
    return cache_home() / "app-samples" / f"{name}.{ending}"


def sample_of(card: Card) -> str:
    """The text that the model of a card wrote; empty where nothing is kept, and for music."""
    try:
        return place(card).read_text(encoding="utf-8")
    except OSError:
        return ""


def heard_of(card: Card) -> Incipit | None:
    """The bars that the model of a card wrote; None where nothing is kept, and for text."""
    if card.kind != "music":
        return None
    try:
        found = json.loads(place(card, "json").read_text(encoding="utf-8"))
        return Incipit(**{**found, "first": tuple(found["first"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def has_sample(card: Card) -> bool:
    """Whether a sample is kept."""
    return place(card, "json" if card.kind == "music" else "txt").exists()


def make_sample(loaded: Loaded) -> None:
    """Let a model write its sample, unless there is one."""
    card = loaded.card
    if has_sample(card):
        return
    try:
        if card.kind == "music":
            keep(place(card, "json"), json.dumps(asdict(incipit(piece(loaded))), ensure_ascii=False))
        else:
            keep(place(card), lines(loaded))
    except (GeneratorError, OSError):  # a card without a sample is a card still
        return


def keep(path: Path, content: str) -> None:
    """Put a sample where it is looked for."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, content)


def lines(loaded: Loaded) -> str:
    """Some lines of text."""
    from ..decoding import compose, generate

    if loaded.card.kind == "verse":
        wish = VerseConfig(form=next(iter(forms_of(loaded.card.language))), candidates=TRIES)
        return compose(loaded.poet(), wish, SETTINGS).samples()[0].text.strip()
    return generate(loaded.writer(), "", SETTINGS).samples()[0].text.rpartition("\n")[0].strip()


def piece(loaded: Loaded) -> Score:
    """Some bars of music."""
    from ..decoding import write_music

    composer = loaded.composer()
    wish = MusicConfig(bars=None if loaded.card.alphabet == "midi" else BARS)
    made = write_music(composer, wish, SETTINGS)
    return made.score(made.generation.samples()[0])


class SampleMaker:
    """A thread that makes the samples that are missing, whenever nothing else is being done.

    Args:
        load: Loads the model of a card, for this once.
        idle: Tells whether nothing else is being done.
    """

    def __init__(self, load: Callable[[Card], Loaded], idle: Callable[[], bool]) -> None:
        self.load, self.idle = load, idle
        self._tried: set[Path] = set()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def see_to(self, cards: Sequence[Card]) -> None:
        """Begin with those of the cards that have no sample, unless that is going on already."""
        with self._lock:
            missing = [card for card in cards if not card.problem and place(card) not in self._tried]
            missing = [card for card in missing if not has_sample(card)]
            if missing and (self._thread is None or not self._thread.is_alive()):
                self._thread = threading.Thread(target=self._make, args=(missing,), name="card samples", daemon=True)
                self._thread.start()

    def wait(self, seconds: float) -> None:
        """Wait until it has nothing more to do, for tests."""
        if self._thread is not None:
            self._thread.join(seconds)

    def _make(self, missing: Sequence[Card]) -> None:
        for card in missing:
            while not self.idle():
                time.sleep(PAUSE_S)
            self._tried.add(place(card))
            try:
                make_sample(self.load(card))
            except GeneratorError as error:  # it cannot be loaded, as whoever chooses it is told, too
                log.info("no sample of %s: %s", card.name, error)
            except Exception:  # a bug, or memory that is full: the other cards get theirs
                log.exception("no sample of %s", card.name)
