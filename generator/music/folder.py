"""Reading folders of music, with an account of every file."""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from generator.errors import GeneratorError, UnreadableFile

from .cache import Cache, key_of
from .midi_reading import GRID
from .pool import Job, read_in_workers
from .reading import Outcome, contents, format_of
from .score import Score

__all__ = ["Entry", "MusicReport", "read_folder"]

SECONDS = 60.0  # for one file
PROCESSES = 2


@dataclass(frozen=True)
class Entry:
    """What became of one piece, or of a file in which no piece was found.

    Attributes:
        path: The file.
        number: Which piece of it; empty where there is only one.
        reason: Why it was dropped; empty if it was kept.
        losses: What of the source the score does not hold.
        quantisation: For MIDI, how far notes were from the grid.
    """

    path: Path
    number: str = ""
    reason: str = ""
    losses: dict[str, int] = field(default_factory=dict)
    quantisation: dict[str, Any] | None = None

    @property
    def kept(self) -> bool:
        """Whether the piece is among the scores."""
        return not self.reason


@dataclass
class MusicReport:
    """An account of everything that was looked at; the kept entries stand in the order of the scores.

    Attributes:
        entries: One for each piece, and one for each file without any.
        from_cache: How many files had been read before.
        files: How many files there are.
    """

    entries: list[Entry] = field(default_factory=list)
    files: int = 0
    from_cache: int = 0

    @property
    def kept(self) -> int:
        """How many pieces were kept."""
        return sum(entry.kept for entry in self.entries)

    def reasons(self) -> Counter[str]:
        """How many pieces were dropped for each reason; numbers and names in the reasons are left open."""
        return Counter(general(entry) for entry in self.entries if not entry.kept)

    def losses(self) -> Counter[str]:
        """What the kept scores do not hold of their sources."""
        total: Counter[str] = Counter()
        for entry in self.entries:
            if entry.kept:
                total.update(entry.losses)
        return total

    def to_json(self) -> dict[str, Any]:
        """As plain data, for ``report.json``."""
        return {
            "files": self.files,
            "pieces": len(self.entries),
            "kept": self.kept,
            "dropped": dict(self.reasons().most_common()),
            "not kept of the sources": dict(self.losses().most_common()),
            "entries": [
                {
                    "path": str(entry.path),
                    **({"number": entry.number} if entry.number else {}),
                    "kept": entry.kept,
                    **({"reason": entry.reason} if entry.reason else {}),
                    **({"losses": entry.losses} if entry.losses else {}),
                    **({"quantisation": entry.quantisation} if entry.quantisation else {}),
                }
                for entry in self.entries
            ],
        }


def general(entry: Entry) -> str:
    """A reason without what belongs to the one piece."""
    reason = entry.reason.replace(str(entry.path), "the file")
    reason = re.sub(r"(?<![\w/])-?\d+(?:/\d+)?(?![\w/])", "…", reason)
    return re.sub(r"'[^']*'", "'…'", reason)


def read_folder(
    paths: Iterable[Path] | Path,
    *,
    grid: Sequence[int] = GRID,
    processes: int = PROCESSES,
    seconds: float = SECONDS,
    cache: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[list[Score], MusicReport]:
    """Every piece of every file, read in worker processes, or found where it was kept the last time.

    A file that cannot be read stops nothing: it stands in the report with its reason.

    Args:
        paths: Files, and folders that are searched to the bottom, in the order of their names.
        grid: For MIDI, the allowed divisions of a quarter note.
        processes: How many files are read at once.
        seconds: How long one file may take.
        cache: The folder for what was read; left out, one in this user's cache folder.
        progress: Told how many of the files that are not in the cache are done, and how many there are.

    Returns:
        The lawful scores, and the account.

    Raises:
        UnreadableFile: If one of ``paths`` is not there.
    """
    files = found(paths)
    report = MusicReport(files=len(files))
    store = Cache(cache)
    outcomes: dict[Path, list[Outcome]] = {}
    jobs: dict[str, list[Path]] = {}  # the files of one content are read once
    for path in files:
        try:
            kind = format_of(path)
            key = key_of(contents(path), kind, grid)
        except GeneratorError as error:
            outcomes[path] = [Outcome(reason=error.message)]
            continue
        known = None if key in jobs else store.get(key)
        if known is None:
            jobs.setdefault(key, []).append(path)
        else:
            outcomes[path] = known
            report.from_cache += 1
    if jobs:
        outcomes |= read_new(jobs, store, grid, processes, seconds, progress)
    scores: list[Score] = []
    for path in files:
        for each in outcomes[path]:
            report.entries.append(Entry(path, each.number, each.reason, each.losses, each.quantisation))
            if each.score is not None:
                scores.append(each.score)
    return scores, report


def found(paths: Iterable[Path] | Path) -> list[Path]:
    """The files, each once, hidden ones left out."""
    files: dict[Path, None] = {}
    for path in [paths] if isinstance(paths, str | Path) else paths:
        path = Path(path)
        if path.is_dir():
            inside = (each for each in sorted(path.rglob("*")) if each.is_file())
            files |= dict.fromkeys(
                each for each in inside if not any(name.startswith(".") for name in each.relative_to(path).parts)
            )
        elif path.exists():
            files[path] = None
        else:
            raise UnreadableFile(f"{path} is not there.", "Is the name spelled as it is on the disk?")
    return list(files)


def read_new(
    jobs: dict[str, list[Path]],
    store: Cache,
    grid: Sequence[int],
    processes: int,
    seconds: float,
    progress: Callable[[int, int], None] | None,
) -> dict[Path, list[Outcome]]:
    """What the workers make of files that are not in the cache."""
    outcomes: dict[Path, list[Outcome]] = {}
    count = 0

    def done(job: Job, reason: str) -> None:
        nonlocal count
        count += 1
        if progress:
            progress(count, len(jobs))
        made = None if reason else target.get(job.key)
        for path in jobs[job.key]:
            outcomes[path] = made or [Outcome(reason=reason or f"{path} was read, and what was made of it is lost.")]

    with tempfile.TemporaryDirectory(prefix="generator-music-") as spare:
        target = store if writable(store.folder) else Cache(Path(spare))
        work = [Job(paths[0], key) for key, paths in jobs.items()]
        read_in_workers(work, target.folder, grid=grid, processes=processes, seconds=seconds, done=done)
    return outcomes


def writable(folder: Path) -> bool:
    """Whether entries can be put into a folder; without a cache everything is read anew."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
