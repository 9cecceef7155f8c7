"""Temporary folders of preparations: claimed while one runs, cleared away after one was killed."""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["claim", "clear_stale"]

LOCK = "in-use.lock"


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Hold a lock in a temporary folder; the system lets go of it when the process dies."""
    path = folder / LOCK
    with path.open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    path.unlink()


def clear_stale(out: Path) -> None:
    """Remove what killed preparations of ``out`` left beside it; those that still run are left alone."""
    for folder in out.parent.glob(f".{out.name}.*.tmp"):
        lock = folder / LOCK
        if not lock.is_file():
            continue
        with lock.open("rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(folder, ignore_errors=True)
