"""A training as a process of its own: killed, interrupted, shared among two."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from safetensors.torch import load_file

OPTIONS = [
    *("--epochs", "40", "--batch-size", "4", "--bptt-steps", "16", "--precision", "float32", "--threads", "1"),
    *("--validations", "4", "--hidden-size", "16", "--num-layers", "2", "--dropout", "0.3"),
    *("--learning-rate", "0.01", "--patience", "0", "--no-live"),
]
ENVIRONMENT = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path(__file__).resolve().parents[2])}


def command(*arguments: str) -> subprocess.Popen[str]:
    """Start the training command in this folder."""
    return subprocess.Popen(
        [sys.executable, "-m", "generator.train", *arguments],
        env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip


def finish(process: subprocess.Popen[str], status: int = 0) -> str:
    output = process.communicate(timeout=240)[0]
    assert process.returncode == status, output
    return output


def steps_done(run: str) -> int:
    try:
        return int(json.loads((Path("runs") / run / "status.json").read_text("utf-8"))["step"])
    except (OSError, ValueError, KeyError):
        return 0


def saved(run: str) -> dict[str, object]:
    folder = Path("runs") / run / "last"
    return {**load_file(folder / "model.safetensors"), **load_file(folder / "average.safetensors")}


def same(one: dict, other: dict) -> bool:
    return one.keys() == other.keys() and all(one[name].equal(other[name]) for name in one)


def test_ctrl_c_stops_cleanly_and_says_how_to_go_on(corpus: Path) -> None:
    process = command(str(corpus), "--name", "cut", *OPTIONS, "--epochs", "4000")
    begun = time.monotonic()
    while steps_done("cut") < 1 and time.monotonic() - begun < 60:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output = finish(process, 130)
    assert "--resume runs/cut" in output and "Traceback" not in output
    assert json.loads(Path("runs/cut/status.json").read_text("utf-8"))["state"] == "stopped"
    assert Path("runs/cut/last/progress.json").exists()


@pytest.mark.slow
def test_killed_at_any_moment_it_ends_with_the_same_weights(corpus: Path) -> None:
    """SIGKILL at random moments, saving after almost every step, until a sitting lives to the end."""
    finish(command(str(corpus), "--name", "whole", *OPTIONS))
    random = np.random.default_rng(11)
    often = ["--save-seconds", "0.01"]
    process, kills = command(str(corpus), "--name", "cut", *OPTIONS, *often), 0
    while kills < 12:
        reached = steps_done("cut")
        begun = time.monotonic()
        while process.poll() is None and steps_done("cut") <= reached and time.monotonic() - begun < 30:
            time.sleep(0.02)
        time.sleep(float(random.uniform(0, 0.4)))
        if process.poll() is not None:
            break
        process.kill()
        process.communicate()
        kills += 1
        process = command("--resume", "runs/cut", "--no-live")
    finish(process)
    assert kills >= 3
    assert not list(Path("runs/cut").rglob("*.tmp"))  # what the kills left half written is cleared away
    assert same(saved("whole"), saved("cut"))


@pytest.mark.slow
def test_two_processes_train_as_one(corpus: Path) -> None:
    """The same total batch, without dropout: the same gradients but for the order of their sums."""
    plain = [*OPTIONS, "--dropout", "0", "--zero-state-share", "0", "--epochs", "8"]
    finish(command(str(corpus), "--name", "one", *plain))
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "generator.train"]
    pair = subprocess.run(
        [*launcher, str(corpus), "--name", "two", *plain], env=ENVIRONMENT, capture_output=True, text=True, timeout=240
    )
    assert pair.returncode == 0, pair.stderr
    assert pair.stdout.count("network ") == 1  # the leader alone speaks
    one, two = saved("one"), saved("two")
    for name in one:
        np.testing.assert_allclose(one[name].numpy(), two[name].numpy(), atol=2e-3)


@pytest.mark.slow
def test_two_processes_resume_and_one_cannot_take_their_place(corpus: Path) -> None:
    launcher = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "-m", "generator.train"]
    for name, touched in (("whole", False), ("cut", True)):
        process = subprocess.Popen([*launcher, str(corpus), "--name", name, *OPTIONS], env=ENVIRONMENT)
        while touched and steps_done(name) < 3 and process.poll() is None:
            time.sleep(0.05)
        if touched:
            (Path("runs") / name / "stop").touch()
        process.wait(240)
    output = finish(command("--resume", "runs/cut", "--no-live"), 2)
    assert "2 processes, not 1" in output
    subprocess.run([*launcher, "--resume", "runs/cut"], env=ENVIRONMENT, check=True, timeout=240)
    assert same(saved("whole"), saved("cut"))
