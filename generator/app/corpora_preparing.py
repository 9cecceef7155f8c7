"""Preparing a corpus for a page: in a process of its own, which writes down how far it is.

    python -m generator.app.corpora_preparing FOLDER

FOLDER holds ``request.json``: source, out, settings and name. ``progress.json`` beside it tells what
is being done, how much of it, the lines that the command would print, and in the end what came of
it. A page polls that file; nothing of this blocks it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import sys
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..config import PrepareConfig
from ..errors import GeneratorError
from ..files import read_json, write_json
from .training_processes import alive, begin, end, identity

__all__ = ["Preparation", "Preparing", "measure_again", "start"]

REQUEST, PROGRESS, LOG = "request.json", "progress.json", "output.log"
EVERY_SECONDS = 0.3
FOLDER = ".preparing"


@dataclass(frozen=True)
class Preparing:
    """How far a preparation is.

    Attributes:
        state: ``running``, ``done``, ``failed``, or ``interrupted`` where its process is gone.
        what: What is being done.
        done, total: How much of it, and of how much; 0 where that is not known.
        lines: What was said so far.
        message, hint: What went wrong.
    """

    state: str
    what: str = ""
    done: int = 0
    total: int = 0
    lines: tuple[str, ...] = ()
    message: str = ""
    hint: str = ""

    @property
    def share(self) -> float | None:
        """How much is done, from 0 to 1; None where that is not known."""
        return min(self.done / self.total, 1.0) if self.total else None


@dataclass(eq=False)
class Preparation:
    """A preparation that was begun; it ends with this object, unless it is kept.

    Attributes:
        folder: Where it tells how far it is.
        out: The prepared corpus.
        pid, identity: Its process.
        holds: What must not go before it: an upload that is read.
    """

    folder: Path
    out: Path
    pid: int
    identity: str | None
    holds: Any = None
    begun: float = field(default_factory=time.time)

    def __post_init__(self) -> None:
        self._end = weakref.finalize(self, _clear, self.folder, self.pid, self.identity)

    def look(self) -> Preparing:
        """How far it is."""
        found = _progress(self.folder)
        if found.state == "running" and not alive(self.pid, self.identity):
            found = _progress(self.folder)  # it may have ended between the two looks
            if found.state == "running":
                return Preparing("interrupted", lines=found.lines, message=_last_line(self.folder / LOG))
        return found

    def cancel(self) -> None:
        """End it, and clear away what it left."""
        self._end()


def start(
    source: str | Path, out: Path, config: PrepareConfig, *, home: Path, name: str | None = None, holds: Any = None
) -> Preparation:
    """Begin to prepare a source.

    Args:
        source: The name of a corpus, or the place of files; the latter as a Path, so that no file is taken for a name.
        out: Where the prepared corpus is put.
        config: How to read it.
        home: The working folder, where corpora and runs lie.
        name: What to call it.
        holds: Kept as long as the preparation.
    """
    request = {
        "source": str(source if isinstance(source, str) else source.absolute()),
        "known": isinstance(source, str),
        "out": str(out.absolute()),
        "settings": config.to_dict(),
        "name": name,
    }
    return _begin(request, out, home, holds)


def measure_again(out: Path, *, home: Path) -> Preparation:
    """Begin to work out the statistics of a corpus that is prepared already."""
    return _begin({"source": None, "out": str(out.absolute())}, out, home, None)


def _begin(request: dict[str, Any], out: Path, home: Path, holds: Any) -> Preparation:
    folder = home / "data" / FOLDER / secrets.token_hex(16)
    folder.mkdir(parents=True, mode=0o700)
    write_json(folder / REQUEST, request)
    package = Path(__file__).resolve().parents[2]
    paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
    pid = begin(
        [sys.executable, "-m", __spec__.name, str(folder.absolute())],
        folder=home,
        log=folder / LOG,
        environment={"PYTHONPATH": os.pathsep.join(paths)},
    )
    return Preparation(folder, out, pid, identity(pid), holds)


def _clear(folder: Path, pid: int, known: str | None) -> None:
    end(pid, known, wait_seconds=2.0)
    shutil.rmtree(folder, ignore_errors=True)


def _progress(folder: Path) -> Preparing:
    try:
        found = read_json(folder / PROGRESS)
        return Preparing(**{**found, "lines": tuple(found.get("lines", ()))})
    except (OSError, ValueError, TypeError):
        return Preparing("running")


def _last_line(log: Path) -> str:
    try:
        lines = log.read_text(encoding="utf-8", errors="replace").split("\n")
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")


# ---------------------------------------------------------------- in the process itself


class _Teller:
    """Writes down how far a preparation is, a few times a second at most."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now: dict[str, Any] = {"state": "running", "what": "", "done": 0, "total": 0, "lines": []}
        self.written = 0.0

    def say(self, line: str) -> None:
        """A line that the command would print."""
        self.now["lines"].append(line)
        self.write()

    def watch(self, what: str, done: int, total: int) -> None:
        """What is being done, as ``corpus.progress.watched`` tells it."""
        another = what != self.now["what"]
        self.now |= {"what": what, "done": done, "total": total}
        if another or time.monotonic() - self.written > EVERY_SECONDS:
            self.write()

    def write(self, **more: Any) -> None:
        """Write it down."""
        self.now |= more
        self.written = time.monotonic()
        write_json(self.folder / PROGRESS, self.now)


def _work(folder: Path) -> int:
    from ..corpus import open_prepared, prepare
    from ..corpus.progress import watched
    from .corpora_statistics import measure

    request, teller = read_json(folder / REQUEST), _Teller(folder)
    teller.write()
    try:
        out = Path(request["out"])
        if request["source"] is None:
            corpus = open_prepared(out)
        else:
            source = request["source"] if request["known"] else Path(request["source"])
            if not request["known"]:  # so that the corpus tells the file's name, and not where it lay for a while
                os.chdir(source.parent)
                source = Path(source.name)
            config = PrepareConfig.from_dict(request["settings"])
            with watched(teller.watch):
                corpus = prepare(source, out, config, name=request["name"], say=teller.say, progress=False)
        teller.write(what="measuring", done=0, total=0)
        measure(corpus)
    except GeneratorError as error:
        teller.write(state="failed", message=error.message, hint=error.hint or "")
        return 2
    except OSError as error:
        teller.write(state="failed", message=f"{error.strerror or error}", hint="")
        return 2
    teller.write(state="done")
    return 0


def _leave(*_said: Any) -> None:
    raise SystemExit(128 + signal.SIGTERM)  # so that what was begun is cleared away: half a download, half a corpus


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _leave)
    sys.exit(_work(Path(sys.argv[1])))
