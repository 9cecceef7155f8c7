"""Schedule, averaging, plan, run directory: the small parts of a training."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from generator.config import ModelConfig, TrainingConfig
from generator.errors import CorpusError, TrainingError
from generator.model import LanguageModel
from generator.training import RunDirectory
from generator.training.averaging import WeightAverage
from generator.training.machine import choose_precision
from generator.training.plan import LEAST_TOKENS, fill_model, fill_training, memory_bytes
from generator.training.schedule import learning_rate


@given(total=st.integers(1, 5000), warmup=st.integers(0, 300), share=st.floats(0, 1), step=st.integers(0, 4999))
def test_the_rate_never_leaves_its_bounds(total, warmup, share, step) -> None:
    rate = learning_rate(min(step, total - 1), peak=3.0, warmup_steps=warmup, total_steps=total, final_share=share)
    assert 0 <= rate <= 3.0 + 1e-9


def test_the_rate_rises_then_falls_to_its_share() -> None:
    rates = [learning_rate(step, peak=1.0, warmup_steps=10, total_steps=200, final_share=0.1) for step in range(200)]
    assert rates[:10] == sorted(rates[:10]) and rates[10:] == sorted(rates[10:], reverse=True)
    assert rates[-1] == pytest.approx(0.1) and max(rates) > 0.98


def test_the_average_is_the_sum_of_its_formula() -> None:
    model, seen = torch.nn.Linear(3, 2), []
    average = WeightAverage(model, 0.9)
    expected = model.weight.detach().clone()
    for step in range(1, 40):
        with torch.no_grad():
            model.weight.add_(torch.randn(2, 3, generator=torch.Generator().manual_seed(step)))
        average.update(step)
        decay = min(0.9, (step + 1) / (step + 10))
        expected = decay * expected + (1 - decay) * model.weight.detach()
        seen.append(model.weight.detach().clone())
    torch.testing.assert_close(average.values["weight"], expected)
    with average.applied():
        torch.testing.assert_close(model.weight.detach(), expected)
    assert torch.equal(model.weight.detach(), seen[-1])


@given(
    tokens=st.integers(LEAST_TOKENS, 10**9),
    minutes=st.sampled_from((None, 0.3, 5.0, 60.0)),
    processes=st.integers(1, 3),
)
def test_a_plan_fits_any_corpus(tokens, minutes, processes) -> None:
    model = fill_model(ModelConfig(), tokens, 90, (), minutes)
    assert 128 <= model.hidden_size <= 512 and 1 <= model.num_layers <= 3
    training, _ = fill_training(TrainingConfig(minutes=minutes), tokens, model.hidden_size, processes)
    assert training.batch_size % processes == 0
    assert training.batch_size * training.bptt_steps <= tokens
    assert (training.epochs is None) == (minutes is not None)


def test_scarce_text_means_small_and_much_dropout() -> None:
    sizes = [fill_model(ModelConfig(), tokens, 90, (), None) for tokens in (20_000, 10**6, 10**8)]
    assert [one.hidden_size for one in sizes] == sorted(one.hidden_size for one in sizes)
    assert sizes[0].dropout > sizes[2].dropout


def test_a_short_text_shrinks_the_batch_and_says_so() -> None:
    training, notes = fill_training(TrainingConfig(epochs=1, batch_size=64, bptt_steps=128), 1000, 128)
    assert training.batch_size * training.bptt_steps <= 1000 and "shrunk from 64 x 128" in notes[0]
    with pytest.raises(CorpusError, match=str(LEAST_TOKENS)):
        fill_training(TrainingConfig(), LEAST_TOKENS - 1, 128)


def test_what_a_person_said_stands() -> None:
    said = ModelConfig(hidden_size=77, num_layers=3, dropout=0.0, embed_dim=12)
    model = fill_model(said, 10**6, 90, (4,), 1.0)
    assert (model.hidden_size, model.num_layers, model.dropout, model.embed_dim) == (77, 3, 0.0, 12)
    assert model.tie_weights is False and model.tag_sizes == (4,)


def test_memory_grows_with_the_batch() -> None:
    model = fill_model(ModelConfig(), 10**6, 90, (), None)
    parameters = LanguageModel(model).parameter_count()
    assert memory_bytes(model, parameters, 64, 128) > memory_bytes(model, parameters, 32, 128) > parameters * 20


def test_precision_is_the_one_that_was_quicker() -> None:
    config = fill_model(ModelConfig(hidden_size=16, num_layers=1), 10**6, 20, (), None)
    name, times = choose_precision(config, 2, 4)
    assert times[name] == min(times.values()) and set(times) == {"float32", "bfloat16"}


def hold(folder: Path, ready: object, done: object) -> None:
    """Claim a run in another process."""
    with RunDirectory(folder).claimed():
        ready.set()  # type: ignore[attr-defined]
        done.wait(30)  # type: ignore[attr-defined]


def test_one_run_has_one_trainer(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=hold, args=(tmp_path / "run", ready, done))
    other.start()
    assert ready.wait(30)
    with pytest.raises(TrainingError, match="another process"), RunDirectory(tmp_path / "run").claimed():
        pass
    done.set()
    other.join()
    with RunDirectory(tmp_path / "run").claimed():
        pass


def test_metrics_survive_a_line_cut_short(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path)
    run.log(event="step", step=1)
    with open(tmp_path / "metrics.jsonl", "a") as file:
        file.write('{"event": "st')
    assert run.metrics() == [{"event": "step", "step": 1}]


def test_a_full_disk_costs_a_line_not_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("generator.training.run_directory.append_line", full)
    monkeypatch.setattr("generator.training.run_directory.write_json", full)
    run = RunDirectory(tmp_path)
    run.log(event="step")
    run.status("running", now=True)
    assert capsys.readouterr().err.count("No space left") == 2
