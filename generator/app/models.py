"""The models that the app offers: a card of each, read without loading any, and a shelf of the few that are loaded."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..catalogue import count_parameters
from ..errors import CheckpointError, GeneratorError
from ..files import read_json
from ..places import PREPARED, RUNS, checkpoints_home
from ..stopping import go_on

if TYPE_CHECKING:
    from ..checkpoint import Checkpoint
    from ..decoding import Composer, Poet, Writer

__all__ = ["Card", "Loaded", "Shelf", "cards", "digest_of", "find_card", "may_be_shown", "training_text"]

JOB = "job.json"  # of a run: what the app was asked for, and by whom
TRIES = 3  # of a checkpoint that is written anew while it is loaded
PARTS = ("model.safetensors", "config.json", "aids.safetensors")


@dataclass(frozen=True)
class Card:
    """What there is to know about a model before it is loaded.

    Attributes:
        name: What a link calls it: its folder, and ``runs/`` before it where it was trained here.
        folder: Of its checkpoint.
        kind: ``text``, ``verse`` or ``music``.
        language: Of its verse: ``zh`` or ``en``; else empty.
        alphabet: Of its music: ``melody``, ``voices`` or ``midi``; else empty.
        tag_fields: The tags that it was trained with, and their values, the commonest first.
        backward: Whether it writes each line from its end, so that it goes on from whole lines only.
        parameters: How many numbers were learnt.
        size: Bytes on disk.
        bits_per_char: Its measured score; None where there is none.
        source: What it learnt from.
        provenance: Where it comes from, as its checkpoint says.
        problem: What is wrong with it; empty where it can be used.
    """

    name: str
    folder: Path
    kind: str = "text"
    language: str = ""
    alphabet: str = ""
    tag_fields: Mapping[str, list[str]] = field(default_factory=dict)
    backward: bool = False
    parameters: int = 0
    size: int = 0
    bits_per_char: float | None = None
    source: str = ""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""

    @property
    def own(self) -> bool:
        """Whether it was trained here."""
        return self.name.startswith("runs/")


def cards(checkpoints: Path | None = None, runs: Path = RUNS) -> list[Card]:
    """The models that are here: those known by name, then those that were trained here, the newest first."""
    home = checkpoints_home() if checkpoints is None else checkpoints
    known = [read_card(path.parent, path.parent.name) for path in sorted(home.glob("*/model.safetensors"))]
    found = []
    for run in {path.parent.parent for path in runs.glob("*/*/model.safetensors")}:
        folder = next((run / each for each in ("best", "last") if (run / each / "model.safetensors").is_file()), None)
        if folder is not None:
            found.append((changed(folder), read_card(folder, f"runs/{run.name}")))
    return known + [card for _, card in sorted(found, key=lambda each: -each[0])]


def changed(folder: Path) -> float:
    """When a checkpoint was last written; 0 where it is gone."""
    try:
        return (folder / "model.safetensors").stat().st_mtime
    except OSError:
        return 0.0


def find_card(name: str, among: list[Card]) -> Card:
    """The card of a name, which may come from an address: only what is listed is ever opened.

    Raises:
        CheckpointError: if there is none, or it cannot be used.
    """
    for card in among:
        if card.name == name:
            if card.problem:
                raise CheckpointError(f"{name} cannot be used: {card.problem}.", "Get it again, or choose another.")
            return card
    raise CheckpointError(f"There is no model {name!r} here.", "Choose one of those that are shown.")


def read_card(folder: Path, name: str) -> Card:
    """The card of a checkpoint; one that cannot be read says so."""
    try:
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
        config = read_json(folder / "config.json")
        parameters = count_parameters(folder / "model.safetensors")
        return card_of(config, folder, name, parameters, size)
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        missing = isinstance(error, FileNotFoundError)
        return Card(name, folder, problem="a file is missing" if missing else "a file cannot be read")


def card_of(config: dict[str, Any], folder: Path, name: str, parameters: int, size: int) -> Card:
    """The card that a checkpoint's ``config.json`` gives."""
    music = config.get("medium") == "music"
    language = str(config.get("verse") or ("zh" if config.get("cues") == "verse" else ""))
    provenance = dict(config.get("provenance") or {})
    bits = ((config.get("scores") or {}).get("protocols") or {}).get("carried", {}).get("bits")
    return Card(
        name,
        folder,
        "music" if music else "verse" if language else "text",
        "" if music else language,
        str(provenance.get("tokenizer") or config.get("cues") or "") if music else "",
        {str(key): [str(value) for value in values] for key, values in (config.get("tag_fields") or {}).items()},
        bool(config.get("backward")),
        parameters,
        size,
        float(bits) if isinstance(bits, int | float) else None,
        str(provenance.get("source") or ""),
        provenance,
    )


def signature(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """What changes when a checkpoint is written anew."""
    found = []
    for part in PARTS:
        path = folder / part
        if path.is_file():
            stat = path.stat()
            found.append((part, stat.st_size, stat.st_mtime_ns))
    return tuple(found)


def digest_of(folder: Path) -> str:
    """The first 12 hexadecimal digits of the SHA-256 of a checkpoint's parts.

    Raises:
        CheckpointError: if it is not there.
    """
    signed = signature(folder)
    if not signed:
        raise CheckpointError(f"{folder.name} is gone.", "Choose another model.")
    return _digest(folder, signed)


@lru_cache(maxsize=64)
def _digest(folder: Path, signed: tuple[tuple[str, int, int], ...]) -> str:
    total = sha256()
    for part, *_ in signed:
        with open(folder / part, "rb") as file:
            while block := file.read(1 << 20):
                total.update(block)
    return total.hexdigest()[:12]


class Loaded:
    """A loaded model, and what it needs to write, each made when it is first asked for."""

    def __init__(self, card: Card, digest: str, checkpoint: Checkpoint) -> None:
        self.card, self.digest, self.checkpoint = card, digest, checkpoint
        self._lock = threading.Lock()
        self._writers: dict[str, Writer] = {}
        self._poets: dict[str, Poet] = {}

    def writer(self, precision: str = "auto") -> Writer:
        """The model ready to write; threads may share it, as what changes belongs to each generation."""
        from ..decoding import Writer

        with self._lock:
            if precision not in self._writers:
                self._writers[precision] = Writer.of(self.checkpoint, precision)
            return self._writers[precision]

    def poet(self, precision: str = "auto") -> Poet:
        """The model with what it needs to keep forms.

        Raises:
            DecodingError: if it was not trained on verse.
        """
        from ..decoding import Poet

        writer = self.writer(precision)
        with self._lock:
            if precision not in self._poets:
                self._poets[precision] = Poet.of(self.checkpoint, writer)
            return self._poets[precision]

    def composer(self, precision: str = "auto") -> Composer:
        """The model with what it needs to write scores.

        Raises:
            DecodingError: if it was not trained on music.
        """
        from ..decoding import Composer

        return Composer.of(self.checkpoint, self.writer(precision))


class Shelf:
    """The loaded models, by folder and digest; those that were asked for last stay.

    Args:
        most: How many stay.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._lock = threading.Lock()
        self._loading: dict[tuple[Path, str], threading.Lock] = {}
        self._loaded: OrderedDict[tuple[Path, str], Loaded] = OrderedDict()

    def get(self, card: Card) -> Loaded:
        """The model of a card, loaded once however many ask for it at the same time.

        Raises:
            GeneratorError: if it cannot be loaded.
        """
        for _ in range(TRIES):
            go_on()
            found = self._get(card)
            if found is not None:
                return found
        raise CheckpointError(f"{card.name} is being written anew.", "Try again in a moment.")

    def _get(self, card: Card) -> Loaded | None:
        """The model of a card; None where it was written anew while it was loaded."""
        from .. import checkpoint

        signed = signature(card.folder)
        key = (card.folder, digest_of(card.folder))
        with self._lock:
            lock = self._loading.setdefault(key, threading.Lock())
        with lock:
            with self._lock:
                if key in self._loaded:
                    self._loaded.move_to_end(key)
                    return self._loaded[key]
            try:
                loaded = Loaded(card, key[1], checkpoint.load(card.folder))
            except GeneratorError:
                if signature(card.folder) == signed:
                    raise
                return None  # its parts do not belong together
            with self._lock:
                if signature(card.folder) != signed:
                    self._loading.pop(key, None)
                    return None
                self._loaded[key] = loaded
                while len(self._loaded) > self.most:
                    gone, _ = self._loaded.popitem(last=False)
                    self._loading.pop(gone, None)
            return loaded

    def __contains__(self, card: Card) -> bool:
        with self._lock:
            return any(folder == card.folder for folder, _ in self._loaded)


def training_text(card: Card, prepared: Path = PREPARED) -> Path | None:
    """The prepared corpus that a model was trained on; None where it is not here, and nothing is fetched.

    Args:
        card: The model's.
        prepared: Where corpora known by name are prepared.
    """
    from ..corpus import is_prepared, open_prepared

    said, source = card.provenance.get("corpus"), str(card.provenance.get("source") or "")
    trained_on = card.provenance.get("corpus_digest")
    for folder in (said and Path(str(said)), source and prepared / source.partition(":")[0]):
        if not folder or not is_prepared(folder):
            continue
        try:
            if trained_on is None or open_prepared(folder).details.get("digest") == trained_on:
                return Path(folder)
        except GeneratorError:
            continue
    return None


def may_be_shown(folder: Path, visitor: str, *, alone: bool, runs: Path = RUNS, prepared: Path = PREPARED) -> bool:
    """Whether passages of a corpus may be shown to a visitor: what somebody gave for a training is that person's.

    Args:
        folder: The prepared corpus.
        visitor: The shelf of the visitor's browser.
        alone: Whether one person uses the whole app.
        runs: Where each training keeps its corpus, and ``job.json`` with its ``owner``: the shelf of the browser that
            began it. What was begun by the command has none, and is nobody's.
        prepared: Where corpora lie that the page Corpora shows to everybody.
    """
    folder, runs = folder.resolve(), runs.resolve()
    if alone or (folder.is_relative_to(prepared.resolve()) and not folder.is_relative_to(runs)):
        return True
    if not folder.is_relative_to(runs) or folder == runs:
        return False
    try:
        owner = read_json(runs / folder.relative_to(runs).parts[0] / JOB).get("owner")
    except (OSError, ValueError, AttributeError):
        return False
    return bool(owner) and owner == visitor
