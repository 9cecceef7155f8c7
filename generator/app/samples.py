"""What a model writes, for its card: a few lines, or some engraved bars, written once and kept in the cache folder.

A sample is made when its model is first loaded; those of models that nobody has loaded yet by a process of their own:

    python -m generator.app.samples 16
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections.abc import Sequence
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
from .models import Card, Loaded, Shelf, cards, signature
from .training_jobs import Queue
from .training_processes import alive, begin, identity

if TYPE_CHECKING:
    from ..music import Score

__all__ = ["SampleMaker", "heard_of", "make_sample", "sample_of"]

CHARACTERS = 180
SETTINGS = SamplingConfig(seed=1, length=CHARACTERS)
TRIES = 4
BARS = "4"
MOST = 16  # cards of which a sample is made unasked
BETWEEN = "-"  # in the names of files, between what tells the folder and what tells the checkpoint in it
COURTESY = 10  # how far that steps back behind everything else, as `nice` counts


def place(card: Card, ending: str = "txt") -> Path:
    """Where the sample of a card lies: another place when its checkpoint is written anew."""
    parts = (str(card.folder.resolve()), repr(signature(card.folder)))
    name = BETWEEN.join(sha256(part.encode()).hexdigest()[:16] for part in parts)
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
    """Put a sample where it is looked for, and away with those of what lay in the folder of its checkpoint before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, content)
    for old in path.parent.glob(path.name.partition(BETWEEN)[0] + BETWEEN + "*"):
        if old != path:
            old.unlink(missing_ok=True)


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
    """Sees to it that the cards get samples: in a process that steps back behind everything else.

    Args:
        most: How many cards get one unasked.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self._begun: set[Path] = set()  # of which a sample was asked for: one that cannot be made is not tried again
        self._process: tuple[int, str | None] | None = None  # the last one, and when it began
        self._lock = threading.Lock()

    def see_to(self, among: Sequence[Card]) -> bool:
        """Begin with those of the cards that have no sample, once the process before has ended; whether it began."""
        with self._lock:
            if self._process is not None and alive(*self._process):
                return False
            missing = {place(card) for card in lacking(among, self.most)}
            if not missing - self._begun:
                return False
            self._begun |= missing
            pid = self._begin()
            self._process = pid, identity(pid)
        return True

    def _begin(self) -> int:
        package = Path(__file__).resolve().parents[2]  # wherever it runs, the process finds this very program
        paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
        command = [sys.executable, "-m", "generator.app.samples", str(self.most)]
        environment = {"PYTHONPATH": os.pathsep.join(paths)}
        return begin(command, folder=Path.cwd(), log=Path(os.devnull), environment=environment, courtesy=COURTESY)


def lacking(among: Sequence[Card], most: int) -> list[Card]:
    """Those of the first cards that get a sample unasked and have none.

    A model that is being trained gets none: it is written anew every few minutes.
    """
    trained = {f"runs/{run.name}" for run in Queue().runs() if run.busy}
    return [card for card in among[:most] if not (card.problem or card.name in trained or has_sample(card))]


def main(most: int) -> int:
    """Make the samples that are missing; a model that cannot be used goes without."""
    for card in lacking(cards(), most):
        try:
            make_sample(Shelf(1).get(card))
        except Exception as error:  # of one checkpoint: the other cards get theirs
            print(f"no sample of {card.name}: {error}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
