"""Training on a device: which it is, that everything stays on it, that runs go from one to another."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pretended import Elsewhere, Mixed, pretended
from safetensors.torch import load_file
from small_runs import QUICK, SMALL

from generator import checkpoint
from generator.config import TrainingConfig
from generator.errors import ConfigError, TrainingError
from generator.model import language_model
from generator.training import RunDirectory, devices, resume, train
from generator.training.trainer import Trainer

GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU, and torch sees none here")
SHORT = replace(QUICK, epochs=0.16, validations=2, device="cpu")  # some ten steps
AWAY = replace(SHORT, device="meta")
SAVED = ("model", "average", "optimizer", "streams-0")


@pytest.fixture(autouse=True)
def short_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.training.judging.SAMPLE_LENGTH", 12)


def quiet(line: str = "") -> None:
    """Print nothing."""


def run(corpus: Path, name: str, training: TrainingConfig, model=SMALL, say=quiet):
    return train(corpus, name=name, model_config=model, training_config=training, say=say, live=False)


def last(name: str) -> dict[str, torch.Tensor]:
    folder = Path("runs") / name / "last"
    return {
        f"{part} {key}": value for part in SAVED for key, value in load_file(folder / f"{part}.safetensors").items()
    }


def assert_same(one: str, other: str, error: float = 0.0) -> None:
    """Weights, averages, moments, streams and random states are those of another run."""
    first, second = last(one), last(other)
    assert first.keys() == second.keys()
    for name, value in first.items():
        torch.testing.assert_close(
            value, second[name], rtol=0, atol=error if value.is_floating_point() else 0, msg=name
        )


# ------------------------------------------------------------------ everything stays on the device


def test_the_pretended_device_refuses_to_mix(monkeypatch: pytest.MonkeyPatch) -> None:
    with pretended(monkeypatch) as operations:
        away = torch.ones(3).to("meta")
        assert isinstance(away, Elsewhere) and isinstance(away * 2.0, Elsewhere)
        assert isinstance(torch.zeros(2, device="meta"), Elsewhere)
        assert float((away + away).sum()) == 6 and type(away.cpu()) is torch.Tensor
        with pytest.raises(Mixed, match="add"):
            away + torch.ones(3)
        with pytest.raises(Mixed, match="embedding"):
            torch.nn.functional.embedding(torch.tensor([1, 2]), torch.eye(3).to("meta"))
    assert operations["aten::mul"] == 1


@pytest.mark.parametrize(
    "changes",
    [{}, {"cell": "gru", "attention_window": 4, "layer_norm": True, "residual": True}, {"cell": "rnn", "embed_dim": 0}],
)
def test_a_training_stays_on_its_device_and_is_that_of_the_processor(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, changes
) -> None:
    """The same arithmetic under both names: the same weights, moments, averages and streams, but for rounding."""
    model = replace(SMALL, **changes)
    with pretended(monkeypatch) as operations:
        outcome = run(corpus, "away", AWAY, model)
    assert outcome.state == "finished"
    steps = RunDirectory(outcome.folder).metrics()[-1]["step"]
    assert steps >= 5 and operations["aten::_fused_adamw_"] >= 2 * steps  # matrices and vectors
    with monkeypatch.context() as patch:
        patch.setattr(language_model, "has_fused", lambda device: True)
        run(corpus, "here", SHORT, model)
    assert_same("away", "here", 1e-5)
    best = [checkpoint.load(name).config["scores"]["protocols"]["carried"]["nats"] for name in ("away", "here")]
    assert best[0] == pytest.approx(best[1], abs=1e-6)
    samples = [sorted((Path("runs") / name / "samples").iterdir()) for name in ("away", "here")]
    assert [one.read_text("utf-8") for one in samples[0]] == [one.read_text("utf-8") for one in samples[1]]


def test_what_is_left_on_the_processor_is_found(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check itself: a trainer whose averages were forgotten there."""
    init = Trainer.__init__

    def forgetful(self: Trainer, *arguments) -> None:
        init(self, *arguments)
        self.average.values = {name: value.cpu() for name, value in self.average.values.items()}

    monkeypatch.setattr(Trainer, "__init__", forgetful)
    with pretended(monkeypatch), pytest.raises(Mixed, match="lerp"):
        run(corpus, "away", AWAY)


def test_stopped_and_resumed_on_the_device_is_never_having_stopped(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pretended(monkeypatch):
        run(corpus, "whole", AWAY)
        with monkeypatch.context() as patch:
            patch.setattr(Trainer, "_asked_to_stop", lambda self: self.progress.step + 1 == 4)
            assert run(corpus, "cut", AWAY).state == "stopped"
        assert resume("cut", say=quiet, live=False).state == "finished"
    assert_same("whole", "cut")


def test_without_the_gpu_a_run_goes_on_on_the_processor_and_says_so(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "_gpus", lambda: 0)
    weights = []
    for name in ("one", "other"):
        with pretended(monkeypatch), monkeypatch.context() as patch:
            patch.setattr(Trainer, "_asked_to_stop", lambda self: self.progress.step + 1 == 4)
            run(corpus, name, AWAY)
        stored = Path("runs") / name / "config.json"
        stored.write_text(stored.read_text("utf-8").replace('"device": "meta"', '"device": "cuda"'), "utf-8")
        lines: list[str] = []
        assert resume(name, say=lines.append, live=False).state == "finished"
        assert "no CUDA GPU" in lines[0] and "Going on with the processor" in lines[0]
        assert '"device": "cuda"' in stored.read_text("utf-8")  # back on its machine it goes on there
        weights.append(last(name))
    assert all(torch.equal(value, weights[1][name]) for name, value in weights[0].items())


# ------------------------------------------------------------------ which device it is


@pytest.mark.parametrize(
    ("said", "gpus", "processes", "found"),
    [
        ("auto", 0, 1, "cpu"),
        ("auto", 2, 1, "cuda"),
        ("auto", 2, 2, "cuda"),
        ("auto", 1, 2, "cpu"),
        ("cpu", 2, 1, "cpu"),
        ("cuda", 1, 1, "cuda"),
        ("cuda:1", 2, 1, "cuda:1"),
    ],
)
def test_what_is_said_means_a_device(monkeypatch: pytest.MonkeyPatch, said, gpus, processes, found) -> None:
    monkeypatch.setattr(devices, "_gpus", lambda: gpus)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(processes))
    assert devices.resolve(said) == found
    assert devices.resolve_again(said) == (found, None)


@pytest.mark.parametrize(
    ("said", "gpus", "processes", "words"),
    [
        ("gpu", 1, 1, "not known"),
        ("cuda:", 1, 1, "not known"),
        ("cuda", 0, 1, "no CUDA GPU"),
        ("cuda:3", 2, 1, "there are 2 GPUs"),
        ("cuda:0", 2, 2, "one GPU for 2 processes"),
        ("cuda", 2, 4, "2 GPUs for 4 processes"),
        ("mps", 1, 1, "no Apple GPU"),
    ],
)
def test_what_cannot_be_is_said(monkeypatch: pytest.MonkeyPatch, said, gpus, processes, words) -> None:
    monkeypatch.setattr(devices, "_gpus", lambda: gpus)
    monkeypatch.setattr(devices, "_has_mps", lambda: False)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(processes))
    with pytest.raises(ConfigError, match=words):
        devices.resolve(said)
    found, note = devices.resolve_again(said)
    assert found in ("cpu", "cuda") and note is not None and words in note


def test_each_process_has_the_gpu_of_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCAL_RANK", "3")
    assert devices.own_device("cuda") == torch.device("cuda:3")
    assert devices.own_device("cuda:1") == torch.device("cuda:1")
    assert devices.own_device("cpu") == torch.device("cpu")


def test_a_gpu_that_is_not_there_is_an_error_before_anything_is_trained(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "_gpus", lambda: 0)
    with pytest.raises(ConfigError, match="no CUDA GPU"):
        run(corpus, "rows", replace(SHORT, device="cuda"))
    assert not Path("runs/rows/config.json").exists()


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
        RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
    ],
)
def test_a_full_memory_is_told_in_words(corpus: Path, monkeypatch: pytest.MonkeyPatch, error: RuntimeError) -> None:
    def step(self: Trainer) -> None:
        raise error

    monkeypatch.setattr(Trainer, "_step", step)
    with pytest.raises(TrainingError, match="--batch-size"):
        run(corpus, "rows", SHORT)
    assert '"failed"' in Path("runs/rows/status.json").read_text("utf-8")


def test_other_errors_of_torch_are_left_as_they_are() -> None:
    with pytest.raises(RuntimeError, match="shapes") as raised, devices.memory_told():
        raise RuntimeError("shapes do not fit")
    assert not isinstance(raised.value, TrainingError)


# ------------------------------------------------------------------ where there is a GPU


@GPU
@pytest.mark.filterwarnings("ignore:RNN module weights are not part of single contiguous chunk")
@pytest.mark.parametrize("precision", ["float32", "auto"])
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_on_a_gpu_stopped_and_resumed_is_never_having_stopped(
    corpus: Path, monkeypatch: pytest.MonkeyPatch, cell: str, precision: str
) -> None:
    model, settings = replace(SMALL, cell=cell, attention_window=4), replace(QUICK, device="cuda", precision=precision)
    lines: list[str] = []
    whole = run(corpus, "whole", settings, model, lines.append)
    assert any(torch.cuda.get_device_name() in line for line in lines)
    chosen = whole.config["provenance"]["training"]["precision"]  # measured: the same for both runs, or not comparable
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "_asked_to_stop", lambda self: self.progress.step + 1 == 31)
        run(corpus, "cut", replace(settings, precision=chosen), model)
    resume("cut", say=quiet, live=False)
    assert_same("whole", "cut")


@GPU
@pytest.mark.filterwarnings("ignore:RNN module weights are not part of single contiguous chunk")
def test_a_gpu_and_the_processor_learn_alike(corpus: Path) -> None:
    """No dropout, so that no masks differ: the same gradients but for rounding."""
    model, settings = replace(SMALL, dropout=0.0, weight_dropout=0.0), replace(SHORT, zero_state_share=0.0)
    here = run(corpus, "here", settings, model)
    away = run(corpus, "away", replace(settings, device="cuda"), model)
    nats = [one.config["scores"]["protocols"]["carried"]["nats"] for one in (here, away)]
    assert nats[0] == pytest.approx(nats[1], abs=1e-3)
