"""Trainings of the app: the command's own processes and run directories, one at a time, found again after anything.

What was asked for stands in ``runs/<name>/job.json`` beside the files that the trainer writes, so there
is no second list that could disagree with the first: whoever reads the folder ``runs`` knows which
trainings wait, which one goes on (by process number and start time), and how the others ended.
Changes are made under a file lock, so that tabs, threads and several apps over one folder agree.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from ..errors import ConfigError, TrainingError
from ..files import read_json, write_json
from ..places import RUNS
from .settings import Limits
from .training_processes import alive, begin, end, identity, started_before

__all__ = ["Job", "Queue", "Run", "free_name", "keep_moving", "safe_run_name"]

JOB, LOG, LOCK = "job.json", "output.log", ".queue.lock"
LONGEST_NAME = 60
LONGEST_OPTION = 500  # characters of the value of an option
NEVER = 0  # the process number of what could not be begun
TAIL_BYTES = 20_000  # of the log: what a person may need to see of it
COURTESY = 5  # how far a training steps back behind the pages and what is being written on them, as `nice` counts


@dataclass(frozen=True)
class Job:
    """What was asked for: a training by a command line.

    Attributes:
        name: Of the run, and its folder.
        arguments: Behind ``python -m generator.train``.
        queued: When it was asked for, in seconds since 1970.
        pid, identity: The process and its start, once it has begun.
        started: When that was.
        stop: Whether it was asked to end.
        owner: Whose text it learns from: a shelf of the gallery; empty where that is not known.
    """

    name: str
    arguments: tuple[str, ...]
    queued: float
    pid: int | None = None
    identity: str | None = None
    started: float | None = None
    stop: bool = False
    owner: str = ""

    @classmethod
    def of(cls, values: dict[str, Any]) -> Job:
        """From plain values; what another version wrote beside is passed over."""
        known = {field.name for field in fields(cls)}
        kept = {key: value for key, value in values.items() if key in known}
        return cls(**{**kept, "arguments": tuple(map(str, kept["arguments"]))})


@dataclass(frozen=True)
class Run:
    """A run directory as it stands now.

    Attributes:
        name: Its folder's name.
        folder: Where it lies.
        state: ``queued``, ``preparing`` (begun, no step done yet), ``running``, ``stopping``, ``stopped``,
            ``finished``, ``failed``, ``interrupted`` (its process is gone and had not ended), or ``unknown``.
        status: What ``status.json`` says.
        job: What the app was asked for; None where the run was begun by the command.
        place: How many trainings come before it, where it is queued.
        resumable: Whether there is something to go on with.
    """

    name: str
    folder: Path
    state: str
    status: dict[str, Any]
    job: Job | None = None
    place: int = 0
    resumable: bool = False

    @property
    def busy(self) -> bool:
        """Whether a process works on it."""
        return self.state in ("preparing", "running", "stopping")

    @property
    def changed(self) -> float:
        """When something last happened to it, in seconds since 1970."""
        beat = self.status.get("heartbeat")
        times = [self.job.started, self.job.queued] if self.job else []
        return max([float(beat)] if isinstance(beat, int | float) else [0.0, *(time or 0.0 for time in times)])


class Queue:
    """The trainings of one working folder.

    Args:
        home: The folder that holds ``runs/``, as the commands see it.
        most_waiting: How many may wait.
    """

    def __init__(self, home: Path | None = None, most_waiting: int = Limits.trainings) -> None:
        self.home = Path(home) if home is not None else Path.cwd()
        self.folder = self.home / RUNS
        self.most_waiting = most_waiting

    # ------------------------------------------------------------ what there is

    def runs(self) -> list[Run]:
        """Every run directory, the latest first."""
        if not self.folder.is_dir():
            return []
        found = [
            self._read(path)
            for path in self.folder.iterdir()
            if path.is_dir() and not path.name.startswith(".") and _is_run(path)
        ]
        waiting = sorted((run for run in found if run.state == "queued"), key=_asked)
        before = {run.name: number for number, run in enumerate(waiting)}
        busy = sum(run.busy for run in found)
        placed = [replace(run, place=before[run.name] + busy) if run.name in before else run for run in found]
        return sorted(placed, key=lambda run: run.changed, reverse=True)

    def run(self, name: str) -> Run | None:
        """One run by its name, or None; names come from addresses and are checked."""
        return next((run for run in self.runs() if run.name == name), None)

    def log(self, run: Run) -> str:
        """The end of what its processes said."""
        try:
            with open(run.folder / LOG, "rb") as file:
                file.seek(max((run.folder / LOG).stat().st_size - TAIL_BYTES, 0))
                return file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""

    def error(self, run: Run) -> tuple[str, str] | None:
        """The message and the hint with which a run failed, or None."""
        lines = self.log(run).splitlines()
        at = next((number for number in range(len(lines) - 1, -1, -1) if lines[number].startswith("error: ")), None)
        if at is not None:
            hint = lines[at + 1].strip() if at + 1 < len(lines) and lines[at + 1].startswith("       ") else ""
            return lines[at].removeprefix("error: "), hint
        if any(line.startswith("Traceback ") for line in lines):
            return lines[-1].strip(), ""
        return None

    # ------------------------------------------------------------ what can be asked for

    def check(self, name: str, options: Sequence[str] = ()) -> None:
        """Refuse what cannot be queued, before anything is done about it.

        Raises:
            ConfigError: if the name cannot be a folder's or is taken, or an option cannot be handed to a process.
            TrainingError: if too many wait already.
        """
        if name != safe_run_name(name):
            raise ConfigError(f"{name!r} cannot be the name of a run.", "Letters, digits, spaces, - and _ make a name.")
        for option in options:
            said, _equals, value = option.partition("=")
            if len(value) > LONGEST_OPTION or "\0" in value:
                raise ConfigError(f"{said} is too long, or no text.", f"Give at most {LONGEST_OPTION} characters.")
        if sum(run.state == "queued" for run in self.runs()) >= self.most_waiting:
            raise TrainingError(f"{self.most_waiting} trainings wait already.", "Take one out of the queue first.")
        folder = self.folder / name
        if _is_run(folder) or (folder.exists() and any(folder.iterdir())):
            raise ConfigError(f"{RUNS / name} is there already.", "Choose another name.")

    def add(
        self,
        name: str,
        source: str | Path,
        options: Sequence[str] = (),
        *,
        corpus: Path | None = None,
        owner: str = "",
    ) -> Run:
        """Queue a training.

        Args:
            name: Of the run; taken names are refused.
            source: What it learns from, as the command takes it; with ``corpus`` what comes of that.
            options: Further arguments of the command.
            corpus: A prepared corpus that is moved into the run directory, and is the source.
            owner: Whose text that is.
        Raises:
            ConfigError, TrainingError: as ``check`` does.
        """
        with self._locked():
            self.check(name, options)
            folder = self.folder / name
            folder.mkdir(parents=True, exist_ok=True)
            if corpus is not None:
                shutil.move(str(corpus), str(folder / "corpus"))
                source = (RUNS / name / "corpus").as_posix()
            arguments = (str(source), "--name", name, "--no-live", *options)
            self._write(Job(name, arguments, time.time(), owner=owner))
        self.advance()
        return self._read(folder)

    def resume(self, name: str) -> Run:
        """Queue the rest of a run that was stopped or cut off; one that was never saved begins again.

        Raises:
            TrainingError: if it is not there, goes on already, or cannot be gone on with.
        """
        with self._locked():
            run = self.run(name)
            if run is None:
                raise TrainingError(f"There is no run {name!r}.", "It may have been removed.")
            if run.busy or run.state == "queued":
                return run
            if run.resumable:
                arguments: tuple[str, ...] = ("--resume", (RUNS / name).as_posix(), "--no-live")
            elif run.job is not None and run.job.arguments[:1] != ("--resume",):
                arguments = run.job.arguments
                for left in ("config.json", "status.json", "metrics.jsonl"):  # of a beginning that came to nothing
                    (run.folder / left).unlink(missing_ok=True)
            else:
                raise TrainingError(f"{run.folder.name} was never saved.", "Train it again from the start.")
            self._write(Job(name, arguments, time.time(), owner=run.job.owner if run.job is not None else ""))
        self.advance()
        return self._read(self.folder / name)

    def stop(self, name: str) -> None:
        """Take a run out of the queue, or end it: after its step where it trains, at once where it still prepares."""
        with self._locked():
            run = self.run(name)
            if run is None:
                return
            if run.state == "queued" and run.job is not None:
                if run.resumable or (run.folder / "best").exists():
                    (run.folder / JOB).unlink()
                else:
                    shutil.rmtree(run.folder)
                return
            if not run.busy:
                return
            if run.job is not None:
                self._write(replace(run.job, stop=True))
            (run.folder / "stop").touch()
            if run.state == "preparing" and run.job is not None and run.job.pid is not None:
                end(run.job.pid, run.job.identity)

    def remove(self, name: str) -> None:
        """Delete a run directory that nobody works on.

        Raises:
            TrainingError: if it goes on.
        """
        with self._locked():
            run = self.run(name)
            if run is not None:
                if run.busy:
                    raise TrainingError(f"{name} is being trained.", "Stop it first.")
                shutil.rmtree(run.folder)

    def advance(self) -> None:
        """Begin the first training that waits, if none goes on; one that cannot be begun has failed, and says why."""
        with self._locked():
            runs = self.runs()
            if any(run.busy for run in runs):
                return
            for run in sorted((run for run in runs if run.state == "queued"), key=_asked):
                try:
                    self._begin(run)
                    return
                except (OSError, ValueError) as error:
                    assert run.job is not None
                    why = f"error: The training could not be begun: {error}\n"
                    (run.folder / LOG).write_text(why, encoding="utf-8")
                    self._write(replace(run.job, pid=NEVER, started=time.time()))

    def _begin(self, run: Run) -> None:
        """Begin a training that waits.

        Raises:
            OSError, ValueError: if the system takes no such process.
        """
        job = run.job
        assert job is not None
        package = Path(__file__).resolve().parents[2]  # wherever it runs, the process finds this very program
        paths = [str(package), *filter(None, [os.environ.get("PYTHONPATH")])]
        command = [sys.executable, "-m", "generator.train", *job.arguments]
        (run.folder / "stop").unlink(missing_ok=True)
        with open(run.folder / LOG, "w", encoding="utf-8"):
            pass  # what an earlier sitting said would be taken for what this one says
        pid = begin(
            command,
            folder=self.home,
            log=run.folder / LOG,
            environment={"PYTHONPATH": os.pathsep.join(paths)},
            courtesy=COURTESY,
        )
        self._write(replace(job, pid=pid, identity=identity(pid), started=time.time()))

    # ------------------------------------------------------------ how it is done

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / LOCK, "a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _write(self, job: Job) -> None:
        write_json(self.folder / job.name / JOB, asdict(job))

    def _read(self, folder: Path) -> Run:
        status, job = _object(folder / "status.json"), None
        try:
            values = _object(folder / JOB)
            job = Job.of(values) if values else None
        except (KeyError, TypeError):
            pass
        run = Run(folder.name, folder, "unknown", status, job, resumable=(folder / "last" / "progress.json").exists())
        return replace(run, state=self._state(run))

    def _state(self, run: Run) -> str:
        job, status = run.job, run.status
        said = str(status.get("state", ""))
        if job is not None and job.pid is None:
            return "queued"
        own = job is not None and status.get("pid") == job.pid  # what it says is of the sitting that the app began
        if job is not None and alive(job.pid, job.identity):
            if (run.folder / "stop").exists() or job.stop:
                return "stopping"
            return "running" if own and said == "running" else "preparing"
        if said in ("planning", "running") and started_before(status.get("pid"), status.get("heartbeat")):
            return "stopping" if (run.folder / "stop").exists() else "running"  # begun by the command
        failed = job is not None and self.error(run) is not None
        if job is not None and not own and (job.started or 0.0) > float(status.get("heartbeat") or 0.0):
            return "stopped" if job.stop else "failed" if failed else "interrupted"  # before its first step
        if said in ("planning", "running"):
            return "failed" if own and failed else "interrupted"
        return said if said in ("stopped", "finished", "failed") else "unknown"


def safe_run_name(said: str) -> str:
    """A name that can be a folder's, as near to what was said as that allows; ``run`` where nothing is left."""
    kept = "".join(character if character.isalnum() or character in "-_ ." else " " for character in said)
    return " ".join(kept.split())[:LONGEST_NAME].strip(" .-") or "run"


def free_name(queue: Queue, wanted: str) -> str:
    """A name for a new run that no folder has: the one that is wanted, or with a number behind it."""
    stem = safe_run_name(wanted)
    name, number = stem, 1
    while (queue.folder / name).exists():
        number += 1
        name = f"{stem}-{number}"
    return name


_watched: set[Path] = set()
_watching = threading.Lock()


def keep_moving(queue: Queue, every_seconds: float = 2.0) -> None:
    """Let a thread of this process begin what waits in a queue, whether or not anyone looks; one thread a folder."""
    folder = queue.folder.resolve()
    with _watching:
        if folder in _watched:
            return
        _watched.add(folder)

    def watch() -> None:
        while True:
            try:
                if queue.folder.is_dir():
                    queue.advance()
            except Exception as error:  # a full disk now is no reason to leave the queue standing for good
                print(f"warning: the queue of trainings: {error}", file=sys.stderr)
            time.sleep(every_seconds)

    threading.Thread(target=watch, name="trainings", daemon=True).start()


def _asked(run: Run) -> float:
    return run.job.queued if run.job else 0.0


def _is_run(folder: Path) -> bool:
    return any((folder / name).exists() for name in (JOB, "status.json", "config.json"))


def _object(path: Path) -> dict[str, Any]:
    try:
        value = read_json(path)
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
