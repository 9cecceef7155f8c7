"""Reading music into a corpus: every file into scores, every score into text of a musical alphabet."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import tokenizers
from ..config import MUSIC, PrepareConfig
from ..errors import ConfigError, GeneratorError, TokenizerError
from .inputs import InputFile, Rejected
from .origin import Origin
from .progress import Progress
from .report import FileReport
from .rules import Rules
from .sources import walk

if TYPE_CHECKING:
    from ..music import Score

__all__ = ["TAGS", "MusicPieces", "holds_music", "read_music"]

# of every alphabet; those that no piece has are left out. A key stands in the text, and changes with transposition
TAGS = ("type", "metre", "mode")
LOOKED_AT = 200  # files, to see whether a source holds text or music
TRIED = 300  # scores that are written to choose an alphabet
SHARE = 0.8  # of the scores that an alphabet must be able to write, to be chosen
AMONG_MUSIC = "text among music; prepare it by itself"
Say = Callable[[str], object]


@dataclass
class MusicPieces:
    """What was read of a source of music.

    Attributes:
        kind: The alphabet.
        files: What became of every file.
        texts: The pieces, as text of the alphabet.
        tags: What is told of each, field to value.
    """

    kind: str
    files: list[FileReport] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    tags: list[dict[str, str]] = field(default_factory=list)

    @property
    def tag_names(self) -> tuple[str, ...]:
        """The tags that any piece has."""
        return tuple(name for name in TAGS if any(name in tags for tags in self.tags))

    def rows(self) -> list[list[str]]:
        """The values of the tags, as a spool takes them."""
        names = self.tag_names
        return [[tags.get(name, "") for name in names] for tags in self.tags]


def holds_music(origin: Origin, rules: Rules, config: PrepareConfig) -> bool:
    """Whether a source is to be read as music: as was said, or because half of the files that can be read are."""
    if config.tokenizer != "auto":
        return config.tokenizer in MUSIC
    kinds: Counter[bool] = Counter()
    for file in walk(origin.paths, rules):
        if isinstance(file, InputFile):
            kinds[file.kind == "music"] += 1
            if kinds.total() == LOOKED_AT:
                break
    return bool(kinds[True]) and kinds[True] >= kinds[False]


def read_music(
    origin: Origin, rules: Rules, config: PrepareConfig, folder: Path, say: Say, *, progress: bool
) -> MusicPieces:
    """Read every file of a source.

    Args:
        origin: Where it lies.
        rules: What is left out.
        config: ``tokenizer`` and ``voices`` count, and what is about text is refused.
        folder: For temporary files: members of archives are unpacked there.
        say: Gets the guess.
        progress: Whether to draw a bar.
    Raises:
        ConfigError: if what was said cannot be done with music.
    """
    if config.verse is not None or config.backward:
        raise ConfigError("--verse and --backward are about text, and this is music.", "Leave them out.")
    with tempfile.TemporaryDirectory(dir=folder, prefix="unpacked-") as spare:
        reports, jobs = gathered(origin, rules, Path(spare))
        paths = [path for _, path in jobs]
        kind = config.tokenizer
        check_voices(kind, config.voices)
        outcomes = scores_of(paths, progress)
        if kind == "auto":
            scores = [score for found in outcomes.values() for score, _ in found if score]
            kind, why = guess_alphabet([score for score in scores if has_voices(score, config.voices)], paths)
            say(f"music       {why}: the alphabet {kind}, a guess (--tokenizer to overrule)")
        pieces = MusicPieces(kind, reports)
        writer = Writer(kind, config.voices)
        with Progress("writing characters", len(paths), progress) as advance:
            for report, path in jobs:
                writer.add(report, path, outcomes[path], pieces)
                advance(1)
    return pieces


def check_voices(kind: str, voices: int | None) -> None:
    """Refuse a number of voices that an alphabet cannot write.

    Raises:
        ConfigError: naming both.
    """
    if kind == "melody" and voices not in (None, 1):
        raise ConfigError(
            f"--voices {voices} cannot be used with the alphabet melody, which writes single lines.",
            "Leave it out, or take --tokenizer voices.",
        )


def gathered(origin: Origin, rules: Rules, spare: Path) -> tuple[list[FileReport], list[tuple[FileReport, Path]]]:
    """A report for every file, and where those of music lie; members of archives are unpacked under plain names."""
    reports: list[FileReport] = []
    jobs: list[tuple[FileReport, Path]] = []
    for file in walk(origin.paths, rules):
        report = FileReport(file.name, file.size)
        reports.append(report)
        if isinstance(file, Rejected):
            report.reason = file.reason
        elif file.kind != "music":
            report.reason = AMONG_MUSIC
        elif file.path is not None:
            jobs.append((report, file.path))
        else:
            path = spare / f"{len(jobs)}{Path(file.name).suffix.lower()}"
            with file.open() as stream, path.open("wb") as target:
                shutil.copyfileobj(stream, target)
            jobs.append((report, path))
    return reports, jobs


def scores_of(paths: Sequence[Path], progress: bool) -> dict[Path, list[tuple[Score | None, str]]]:
    """For each file its pieces: a score, or None and why."""
    from ..music import read_folder

    with Progress("reading music", len(paths), progress) as advance:

        def read(done: int, total: int) -> None:
            advance(1)

        scores, report = read_folder(paths, progress=read)
    found: dict[Path, list[tuple[Score | None, str]]] = defaultdict(list)
    kept = iter(scores)
    for entry in report.entries:
        found[entry.path].append((next(kept), "") if entry.kept else (None, entry.reason))
    return found


def guess_alphabet(scores: Sequence[Score], paths: Sequence[Path]) -> tuple[str, str]:
    """An alphabet that most of the music can be written in, and why it was chosen.

    Of many scores, some are tried, from all over the source: writing takes about as long as reading.
    """
    scores = scores[:: max(-(-len(scores) // TRIED), 1)]
    lines = sum(len(list(score.voices())) == 1 for score in scores)
    if lines >= SHARE * len(scores) and share_written("melody", scores) >= SHARE:
        return "melody", "most pieces are a single line"
    if all(path.suffix.lower() in (".mid", ".midi") for path in paths):
        return "midi", "these are MIDI files of several voices"
    if share_written("voices", scores) >= SHARE:
        return "voices", "most pieces are of a few voices on a grid of sixteenths"
    return "midi", "neither single lines nor voices on a grid"


def share_written(kind: str, scores: Sequence[Score]) -> float:
    """The share of scores that an alphabet can write."""
    alphabet = tokenizers.alphabet(kind)
    written = 0
    for score in scores:
        try:
            alphabet.write(score)
            written += 1
        except TokenizerError:
            continue
    return written / max(len(scores), 1)


def has_voices(score: Score, voices: int | None) -> bool:
    """Whether a score has so many voices; None for any number."""
    return voices is None or len(list(score.voices())) == voices


class Writer:
    """Writes the pieces of files as text of an alphabet.

    Args:
        kind: The alphabet.
        voices: Only pieces of so many voices are kept; None for any number.
    """

    def __init__(self, kind: str, voices: int | None) -> None:
        self.alphabet: Any = tokenizers.alphabet(kind)
        self.voices = voices
        self.direct = kind == "midi"  # reads MIDI files itself, as it keeps what a score does not

    def add(
        self, report: FileReport, path: Path, outcomes: Sequence[tuple[Score | None, str]], pieces: MusicPieces
    ) -> None:
        """Add what can be written of a file, and say in its report what cannot, and why."""
        report.encoding, report.shape = path.suffix.lower().lstrip("."), "score"
        dropped: Counter[str] = Counter()
        as_it_is = self.direct and report.encoding in ("mid", "midi")
        if as_it_is and self.voices is None:
            outcomes = [(None, "")]  # whether it can be a score does not matter
        for score, reason in outcomes:
            try:
                if score is not None:
                    self.check(score)
                if as_it_is and not reason:
                    text, tags = self.text_of_file(path)
                elif score is not None:
                    text, tags = self.alphabet.write(score), dict(self.alphabet.tags(score))
                else:
                    text = ""
                if not text:
                    dropped[reason.replace(str(path), report.name) or "no note in it"] += 1
                    continue
            except GeneratorError as error:
                dropped[error.message] += 1
                continue
            pieces.texts.append(text)
            pieces.tags.append(tags)
            report.pieces += 1
            report.characters += len(text)
        report.kept = report.pieces > 0
        report.dropped = dict(dropped)
        if not report.kept:
            report.reason = "; ".join(dropped) or "no piece in it"
            report.dropped = {}

    def text_of_file(self, path: Path) -> tuple[str, dict[str, str]]:
        """The text and the tags of a MIDI file as it is."""
        text = self.alphabet.text_of_midi(path.read_bytes())
        return text, dict(self.alphabet.tags_of_text(text))

    def check(self, score: Score) -> None:
        """Refuse a piece of another number of voices.

        Raises:
            TokenizerError: if it has.
        """
        if not has_voices(score, self.voices):
            raise TokenizerError(f"the number of voices is {len(list(score.voices()))}, not {self.voices}")
