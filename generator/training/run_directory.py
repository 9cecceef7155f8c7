"""The folder of a run: what the command line, the app and the tests read while it goes on.

config.json     everything that was decided before the first step
metrics.jsonl   one line an event, appended: steps, validations, rollbacks
status.json     where it stands now, with a heartbeat; written whole
samples/        what it wrote along the way
last/           checkpoint with optimizer, random states and place in the data
best/           checkpoint with the best validation so far, averaged weights
stop            put a file of this name here, and the run ends after its step
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ..errors import TrainingError
from ..files import append_line, read_json, recover_folder, write_json, write_text

__all__ = ["HEARTBEAT_SECONDS", "RunDirectory"]

HEARTBEAT_SECONDS = 2.0
OWN = ("config.json", "metrics.jsonl", "samples", "last", "best", "tensorboard", "corpus")


def remove_empty(folder: Path) -> None:
    """Remove a folder in which nothing is."""
    with suppress(OSError):  # something of others is in it
        folder.rmdir()


class RunDirectory:
    """Paths and files of one run.

    Args:
        folder: The run directory; made if it is not there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.last, self.best = self.folder / "last", self.folder / "best"
        self._beat = 0.0

    @property
    def name(self) -> str:
        return self.folder.name

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Hold the run for this process, so that no second one writes into it.

        What fails before there is anything to go on with leaves the place as it was.

        Raises:
            TrainingError: if another process is training it.
        """
        home = self.folder.parent
        first = not home.exists()
        there = set(os.listdir(self.folder)) if self.folder.is_dir() else None
        self.folder.mkdir(parents=True, exist_ok=True)
        with open(self.folder / ".lock", "a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise TrainingError(
                    f"{self.folder} is being trained by another process.",
                    f"Wait for it, stop it (touch {self.folder / 'stop'}), or choose another --name.",
                ) from None
            self.recover()
            (self.folder / "stop").unlink(missing_ok=True)
            try:
                yield
            except BaseException:
                if not (self.folder / "status.json").exists():
                    self.undo(there or set())
                    if there is None:
                        remove_empty(self.folder)
                    if first:
                        remove_empty(home)
                raise

    def undo(self, there: set[str]) -> None:
        """Take away what a run wrote that came to nothing, and nothing else."""
        for name in (*OWN, ".lock"):
            path = self.folder / name
            if name in there:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)

    def recover(self) -> None:
        """Put back what a kill left between two renames, and clear away what it left half written."""
        recover_folder(self.last)
        recover_folder(self.best)
        for part in self.folder.glob(".*.tmp"):  # the run is claimed: nobody is writing these
            shutil.rmtree(part) if part.is_dir() else part.unlink(missing_ok=True)

    def write_config(self, config: dict[str, Any]) -> None:
        write_json(self.folder / "config.json", config)

    def read_config(self) -> dict[str, Any]:
        """What was decided before the first step.

        Raises:
            TrainingError: if this is no run directory, or it was never begun.
        """
        try:
            return dict(read_json(self.folder / "config.json"))
        except FileNotFoundError:
            raise TrainingError(
                f"{self.folder} is not a run directory.", "Runs lie under runs/; python -m generator lists them."
            ) from None
        except ValueError as error:
            raise TrainingError(f"{self.folder / 'config.json'} is damaged: {error}", "Train anew.") from error

    def log(self, **event: Any) -> None:
        """Append an event to ``metrics.jsonl``; a full disk costs the line, not the run."""
        try:
            append_line(self.folder / "metrics.jsonl", event)
        except OSError as error:
            self.trouble(error)

    def metrics(self) -> list[dict[str, Any]]:
        """The events so far; a line cut off by a crash is left out."""
        events = []
        try:
            lines = (self.folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        for line in lines:
            try:
                events.append(json.loads(line))
            except ValueError:
                continue
        return events

    def status(self, state: str, *, now: bool = False, **more: Any) -> None:
        """Write ``status.json``, at most every two seconds unless ``now``.

        Args:
            state: ``planning``, ``running``, ``stopped``, ``finished`` or ``failed``.
            now: Write at once.
            more: Step, losses, speed, time left.
        """
        moment = time.time()
        if not now and moment - self._beat < HEARTBEAT_SECONDS:
            return
        self._beat = moment
        try:
            write_json(self.folder / "status.json", {"state": state, "pid": os.getpid(), "heartbeat": moment, **more})
        except OSError as error:
            self.trouble(error)

    def sample(self, step: int, text: str) -> None:
        """Keep what the network wrote at ``step``."""
        try:
            write_text(self.folder / "samples" / f"{step:08d}.txt", text)
        except OSError as error:
            self.trouble(error)

    @property
    def stop_requested(self) -> bool:
        """Whether a ``stop`` file was put into the folder."""
        return (self.folder / "stop").exists()

    def trouble(self, error: OSError) -> None:
        """Tell of a write that failed; training goes on."""
        import sys

        print(f"warning: could not write into {self.folder}: {error.strerror or error}", file=sys.stderr)
