"""Reading many files in worker processes, each with a time limit."""

from __future__ import annotations

import json
import os
import queue
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Job", "read_in_workers"]

COMMAND = (sys.executable, "-m", "generator.music.worker")


@dataclass(frozen=True)
class Job:
    """A file to be read into the cache under a key."""

    path: Path
    key: str


def read_in_workers(
    jobs: Iterable[Job],
    cache: Path,
    *,
    grid: Sequence[int],
    processes: int,
    seconds: float,
    done: Callable[[Job, str], None],
    command: Sequence[str] = COMMAND,
) -> None:
    """Let workers read files; ``done`` is called once for each, with the reason where there is no entry for it.

    A worker that does not answer in time, or dies, is replaced, and its file is given up.

    Args:
        jobs: The files.
        cache: The folder into which the workers put what they made.
        grid: For MIDI.
        processes: How many workers.
        seconds: How long one file may take; the first of each worker also pays for its imports.
        done: Told of each file, from several threads, one at a time.
        command: What to start as a worker.
    """
    waiting: queue.SimpleQueue[Job] = queue.SimpleQueue()
    count = 0
    for job in jobs:
        waiting.put(job)
        count += 1
    lock = threading.Lock()
    failures: list[BaseException] = []

    def serve() -> None:
        worker = Worker(command)
        try:
            while not failures:
                try:
                    job = waiting.get_nowait()
                except queue.Empty:
                    return
                ask = {"path": str(job.path), "key": job.key, "cache": str(cache), "grid": list(grid)}
                reason = worker.ask(json.dumps(ask), seconds)
                with lock:
                    done(job, reason)
        except BaseException as error:
            failures.append(error)
        finally:
            worker.stop()

    threads = [threading.Thread(target=serve, daemon=True) for _ in range(min(processes, count))]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            thread.join()
    except BaseException as error:  # an interrupt: the threads see it and stop their workers
        failures.append(error)
        raise
    if failures:
        raise failures[0]


class Worker:
    """One process that answers a line with a line, started when it is first asked."""

    def __init__(self, command: Sequence[str]) -> None:
        self.command = list(command)
        self.process: subprocess.Popen[bytes] | None = None

    def ask(self, line: str, seconds: float) -> str:
        """Send a line and wait; empty if all went well, else what did not."""
        process = self.process or self.start()
        assert process.stdin and process.stdout
        try:
            process.stdin.write(line.encode() + b"\n")
            process.stdin.flush()
        except OSError:
            self.stop()
            return "The process that reads files could not be reached."
        answer = first_line(process, seconds)
        if answer == b"done\n":
            return ""
        self.stop()
        if answer is None:
            return f"It could not be read within {seconds:g} seconds."
        return "The process that read it came to an end: it may need too much memory."

    def start(self) -> subprocess.Popen[bytes]:
        """Start the process, with this package in its path and one thread for numpy."""
        home = str(Path(__file__).resolve().parents[2])
        paths = os.pathsep.join([home, *filter(None, [os.environ.get("PYTHONPATH")])])
        environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        return self.process

    def stop(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.kill()
            self.process.communicate()
            self.process = None


def first_line(process: subprocess.Popen[bytes], seconds: float) -> bytes | None:
    """What a process answers; empty if it ended, None if it took too long."""
    assert process.stdout
    end = time.monotonic() + seconds
    answer = b""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        while not answer.endswith(b"\n"):
            left = end - time.monotonic()
            if left <= 0 or not selector.select(left):
                return None
            part = os.read(process.stdout.fileno(), 64)
            if not part:
                return b""
            answer += part
    return answer
