"""Event files for TensorBoard, on request: what is needed is said, and what is written is what the log says."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest
from small_runs import QUICK, SMALL

from generator.errors import ConfigError
from generator.training import RunDirectory, train

WATCHED = replace(QUICK, tensorboard=True)


def quiet(line: str = "") -> None:
    """Print nothing."""


def run(corpus: Path, name: str, training=WATCHED):
    return train(corpus, name=name, model_config=SMALL, training_config=training, say=quiet, live=False)


def logged(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Step and value of everything in the log of a run that counts steps, by event and name."""
    found: dict[str, list[tuple[int, float]]] = {}
    for event in RunDirectory(folder).metrics():
        if "step" in event and event["event"] in ("step", "validation"):
            for name, value in event.items():
                if isinstance(value, float):
                    found.setdefault(f"{event['event']}/{name}", []).append((event["step"], value))
    return found


class Recorder:
    """Stands for torch's writer where the package is not there."""

    def __init__(self, folder: str) -> None:
        self.folder, self.scalars = folder, {}

    def add_scalar(self, name: str, value: float, step: int) -> None:
        self.scalars.setdefault(name, []).append((step, value))

    def __getattr__(self, name: str):
        return lambda *given, **more: None


@pytest.fixture
def recorders(monkeypatch: pytest.MonkeyPatch) -> list[Recorder]:
    made: list[Recorder] = []

    def writer(folder: str) -> Recorder:
        made.append(Recorder(folder))
        return made[-1]

    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", SimpleNamespace(SummaryWriter=writer))
    return made


def test_without_the_package_nothing_is_trained_and_what_to_install_is_said(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)  # an import of it fails
    with pytest.raises(ConfigError, match="tensorboard") as caught:
        run(corpus, "watched")
    assert "pip install" in caught.value.hint and "tensorboard" in caught.value.hint
    assert not Path("runs/watched").exists(), "the name is still free"


def test_nothing_is_written_unasked(corpus: Path, recorders: list[Recorder]) -> None:
    outcome = run(corpus, "unwatched", QUICK)
    assert not recorders and not (outcome.folder / "tensorboard").exists()


def test_the_board_shows_what_the_log_says(corpus: Path, recorders: list[Recorder]) -> None:
    outcome = run(corpus, "watched")
    (board,) = recorders
    assert Path(board.folder) == outcome.folder / "tensorboard"
    expected = logged(outcome.folder)
    assert {"step/loss_bits", "validation/nats"} <= set(expected)
    assert {name: board.scalars[name] for name in expected} == expected


def test_event_files_appear_where_the_package_is(corpus: Path) -> None:
    pytest.importorskip("tensorboard", reason="the extra package tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    outcome = run(corpus, "watched")
    files = list((outcome.folder / "tensorboard").glob("events.out.tfevents.*"))
    assert files and all(file.stat().st_size > 0 for file in files)
    events = EventAccumulator(str(outcome.folder / "tensorboard"))
    events.Reload()
    for name, expected in logged(outcome.folder).items():
        found = events.Scalars(name)
        assert [event.step for event in found] == [step for step, _ in expected]
        assert [event.value for event in found] == pytest.approx([value for _, value in expected], rel=1e-6)
