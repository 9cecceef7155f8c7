"""Processes that outlive the app: begun in a session of their own, found again by number and start time.

A process number alone is given out again after a while; together with the time at which the process
began it belongs to one process for good.
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

__all__ = ["alive", "begin", "end", "identity", "started_before"]

PROC = Path("/proc")
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_children: dict[int, subprocess.Popen[bytes]] = {}  # those of this process, which must be waited for when they end


def begin(
    command: Sequence[str],
    *,
    folder: Path,
    log: Path,
    environment: Mapping[str, str] | None = None,
    courtesy: int = 0,
) -> int:
    """Start a command in a session of its own, so that it goes on when the app ends.

    Args:
        command: The program and its arguments.
        folder: Where it runs.
        log: Gets what it says, at the end of what is there.
        environment: Variables over those of this process.
        courtesy: How far it steps back behind other processes, as ``nice`` counts.
    Returns:
        Its process number.
    """
    with open(log, "ab") as output:
        child = subprocess.Popen(
            list(command),
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **(environment or {})},
        )
    _children[child.pid] = child
    if courtesy:
        with suppress(OSError, AttributeError):  # it has ended already, or this system has no such thing
            os.setpriority(os.PRIO_PROCESS, child.pid, os.getpriority(os.PRIO_PROCESS, 0) + courtesy)
    return child.pid


def identity(pid: int) -> str | None:
    """When the process of a number began, as text that only it has; None where there is no such process."""
    _reap()
    fields = _stat(pid)
    if fields is not None:
        return None if fields[0] in ("Z", "X") else fields[19]
    return None if PROC.is_dir() else _told_by_ps(pid)


def alive(pid: int | None, known: str | None) -> bool:
    """Whether the process that was begun is still there, and no other under its number."""
    return bool(pid) and known is not None and identity(int(pid or 0)) == known


def started_before(pid: Any, moment: Any) -> bool:
    """Whether a process of this number runs that began before ``moment``, in seconds since 1970.

    This tells whether the writer of a heartbeat is still there: another process that was given its
    number since then began later.
    """
    if not isinstance(pid, int) or not isinstance(moment, int | float) or identity(pid) is None:
        return False
    fields, booted = _stat(pid), _booted()
    if fields is None or booted is None:
        return True  # without /proc the number has to do
    return booted + int(fields[19]) / TICKS <= moment + 1.0


def end(pid: int, known: str | None, *, wait_seconds: float = 0.0) -> None:
    """Ask a process and all that it began to end; one that is gone is left alone."""
    if not alive(pid, known):
        return
    try:
        os.killpg(pid, signal.SIGTERM)
    except (ProcessLookupError, PermissionError):
        return
    child = _children.get(pid)
    if child is not None and wait_seconds:
        try:
            child.wait(wait_seconds)
        except subprocess.TimeoutExpired:
            os.killpg(pid, signal.SIGKILL)


def _reap() -> None:
    """Let go of children that have ended: until then the system keeps their numbers."""
    for pid, child in list(_children.items()):
        if child.poll() is not None:
            _children.pop(pid, None)


def _stat(pid: int) -> list[str] | None:
    """The fields of ``/proc/<pid>/stat`` from the state on (proc(5), field 3); None where there are none."""
    try:
        text = (PROC / str(int(pid)) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    return text.rpartition(")")[2].split()  # the name before may itself hold brackets and spaces


def _booted() -> float | None:
    """When the machine began, in seconds since 1970."""
    try:
        lines = (PROC / "stat").read_text(encoding="utf-8").splitlines()
    except OSError:
        return None
    return next((float(line.split()[1]) for line in lines if line.startswith("btime")), None)


def _told_by_ps(pid: int) -> str | None:
    """The start of a process on a system without /proc."""
    found = subprocess.run(["ps", "-o", "stat=,lstart=", "-p", str(int(pid))], capture_output=True, text=True)
    state, _, began = found.stdout.strip().partition(" ")
    return began.strip() or None if found.returncode == 0 and not state.startswith("Z") else None
