"""Training on a device: which it is, that everything stays on it, that runs go from one to another."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from pretended import Elsewhere, Mixed, pretended
from safetensors.torch import load_file
from small_runs import QUICK, SMALL

from generator import checkpoint
from generator.config import ModelConfig, TrainingConfig
from generator.errors import ConfigError, TrainingError
from generator.model import LanguageModel, language_model
from generator.training import RunDirectory, devices, resume, train
from generator.training.machine import choose_precision
from generator.training.trainer import Trainer

GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU, and torch sees none here")
SHORT = replace(QUICK, epochs=0.11, validations=1, device="cpu")  # some six steps
ONE_LAYER = replace(SMALL, num_layers=1)
AWAY = replace(SHORT, device="meta")
SAVED = ("model", "average", "optimizer", "streams-0")


@pytest.fixture(autouse=True)
def in_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short samples, and speeds measured by one step."""
    monkeypatch.setattr("generator.training.judging.SAMPLE_LENGTH", 12)
    monkeypatch.setattr("generator.training.machine._fastest", lambda work: work() or 0.01)


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


@pytest.mark.parametrize("vocab_size", [11, 1100])
@pytest.mark.parametrize("embed_dim", [6, 0])
def test_every_part_of_the_network_stays_there(
    monkeypatch: pytest.MonkeyPatch, vocab_size: int, embed_dim: int
) -> None:
    """Tags, cues, attention, all masks, bfloat16, smoothed targets, both ways to the loss; the state going on."""
    config = ModelConfig(
        vocab_size=vocab_size, cell="lstm", hidden_size=6, num_layers=2, embed_dim=embed_dim, tie_weights=False,
        dropout=0.3, input_dropout=0.2, weight_dropout=0.4, residual=True, layer_norm=True, attention_window=4,
        tag_sizes=(3,), cue_sizes=(3, 0 if embed_dim else 2), cue_tables=(0, 1), cue_groups=(0, 1),
    )  # fmt: skip
    losses = []
    with pretended(monkeypatch):
        for device in ("cpu", "meta"):
            model = LanguageModel(config, torch.Generator().manual_seed(0)).to(torch.device(device))
            model.fused, model.compute_dtype, model.generator = True, torch.bfloat16, torch.Generator().manual_seed(1)
            tokens = torch.arange(2 * 13).view(2, 13).to(device) % 11
            tags = (torch.arange(2 * 12 * 3).view(2, 12, 3) % 3).to(device)
            state = None
            for part in (slice(0, 5), slice(5, 12)):
                targets = tokens[:, part.start + 1 : part.stop + 1]
                loss, _, state = model.loss(tokens[:, part], targets, state, tags[:, part], 0.1)
                loss.backward()
                state = state.detach().keep((torch.arange(2) > 0).to(device))
            assert all(parameter.grad.device.type == device for parameter in model.parameters())
            losses.append(loss.item())
    assert losses[0] == pytest.approx(losses[1], abs=0.01)


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
        run(corpus, "whole", AWAY, ONE_LAYER)
        with monkeypatch.context() as patch:
            patch.setattr(Trainer, "_asked_to_stop", lambda self: self.progress.step + 1 == 4)
            assert run(corpus, "cut", AWAY, ONE_LAYER).state == "stopped"
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
            run(corpus, name, AWAY, ONE_LAYER)
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
        ("cuda:3", 2, 1, "the last GPU here is cuda:1"),
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


def test_a_gpu_is_set_up_to_repeat_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """That the settings are made; what they do can only be seen where there is a GPU."""
    taken: list[torch.device] = []
    monkeypatch.setattr(torch.cuda, "set_device", taken.append)
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG", raising=False)
    cudnn, cuda = torch.backends.cudnn, torch.backends.cuda
    before = cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32
    try:
        assert devices.take_device("cuda:1") == torch.device("cuda:1") and taken == [torch.device("cuda:1")]
        assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
        assert (cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32) == (True, False, False)
        assert cuda.math_sdp_enabled() and not (cuda.flash_sdp_enabled() or cuda.mem_efficient_sdp_enabled())
    finally:
        monkeypatch.undo()
        os.environ.pop("CUBLAS_WORKSPACE_CONFIG", None)
        cudnn.deterministic, cudnn.benchmark, cudnn.allow_tf32 = before
        for switch in (cuda.enable_flash_sdp, cuda.enable_mem_efficient_sdp, cuda.enable_cudnn_sdp):
            switch(True)


def test_bfloat16_is_not_tried_where_the_gpu_lacks_it(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = ModelConfig(
        vocab_size=5, hidden_size=4, num_layers=1, embed_dim=4, tie_weights=True, dropout=0.0, input_dropout=0.0
    )
    with pretended(monkeypatch):
        assert choose_precision(config, 2, 3, torch.device("meta"))[1].keys() == {"float32"}
        with pytest.raises(ConfigError, match="bfloat16"):
            run(corpus, "rows", replace(AWAY, precision="bfloat16"))


def test_a_gpu_that_is_not_there_is_an_error_before_anything_is_trained(
    corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "_gpus", lambda: 0)
    with pytest.raises(ConfigError, match="no CUDA GPU"):
        run(corpus, "rows", replace(SHORT, device="cuda"))
    assert not Path("runs/rows").exists()


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
