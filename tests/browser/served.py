"""The app as a person starts it: a server of its own, with a folder of its own, that takes all it began with it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
STARTS_WITHIN_S = 120  # on a machine that is busy with something else
ENDS_WITHIN_S = 20
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The browser of this machine: the one that $GENERATOR_CHROMIUM names, else the first that is found."""
    said = os.environ.get("GENERATOR_CHROMIUM")
    return shutil.which(said) if said else next(filter(None, map(shutil.which, NAMES)), None)


class Served:
    """A server of the app.

    Args:
        home: Where it works: ``runs``, ``data``, the gallery and what it says lie there.
        settings: Environment variables over those of this process.
        script: What it serves.
    Attributes:
        url: Its address, without a slash at the end.
        log: What it says.
    """

    def __init__(self, home: Path, settings: Mapping[str, str], script: Path = ROOT / "streamlit_app.py") -> None:
        self.home, self.log = home, home / "server.log"
        home.mkdir(parents=True, exist_ok=True)
        port = free_port()
        self.url = f"http://localhost:{port}"
        command = [sys.executable, "-m", "streamlit", "run", str(script)]
        # Whoever edits a file of the program meanwhile does not change what is being tested.
        command += ["--server.port", str(port), "--server.headless", "true", "--server.fileWatcherType", "none"]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("GENERATOR_APP_")}
        paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        own = {"PYTHONPATH": paths, "GENERATOR_APP_FOLDER": str(home / "app"), **settings}
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, cwd=home, env={**kept, **own}, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True,
            )  # fmt: skip
        try:
            self.wait()
        except BaseException:
            self.stop()
            raise

    def wait(self) -> None:
        """Wait until it answers."""
        until = time.monotonic() + STARTS_WITHIN_S
        while time.monotonic() < until:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended at once:\n{self.said()}")
            with suppress(OSError), urllib.request.urlopen(f"{self.url}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start within {STARTS_WITHIN_S} s:\n{self.said()}")

    def said(self) -> str:
        """What it has said so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """End it, and the trainings and readings that it began, which would go on without it."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)
        try:
            self.process.wait(ENDS_WITHIN_S)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for pid in at_work_in(self.home):
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as taken:
        taken.bind(("localhost", 0))
        return int(taken.getsockname()[1])


def at_work_in(folder: Path) -> Iterator[int]:
    """The processes whose working folder this is; none on a system without /proc."""
    for place in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if place.resolve(strict=True) == folder.resolve():
                yield int(place.parent.name)
