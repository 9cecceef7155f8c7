"""The choice of arithmetic: measured, near enough, and remembered."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from generator.config import ModelConfig
from generator.decoding import Engine, precision
from generator.decoding.products import PRECISIONS
from generator.model import LanguageModel
from generator.seeding import torch_generator


def network(hidden: int = 40, scale: float = 1.0) -> LanguageModel:
    config = ModelConfig(
        vocab_size=30, embed_dim=hidden, hidden_size=hidden, num_layers=2, tie_weights=True, dropout=0.0,
        input_dropout=0.0,
    )  # fmt: skip
    model = LanguageModel(config, torch_generator(2)).eval()
    with torch.no_grad():
        for value in model.parameters():
            value *= scale
    return model


def lines() -> list[dict[str, object]]:
    path = precision.cache_file()
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_precision_that_was_asked_for_is_taken():
    for name in PRECISIONS:
        assert precision.choose(network(), name).precision == name
    assert not lines()


@pytest.mark.parametrize("asked", ["auto", "float32"])
@pytest.mark.parametrize(
    ("threads", "usual", "allowed", "expected"), [(3, 3, 1, 1), (3, 3, 2, 2), (2, 2, 4, 2), (3, 2, 1, 3)]
)
def test_no_more_threads_than_processors(
    monkeypatch: pytest.MonkeyPatch, asked: str, threads: int, usual: int, allowed: int, expected: int
):
    """The usual number is brought down; one that someone has set stays."""
    monkeypatch.setattr(precision, "USUAL_THREADS", usual)
    monkeypatch.setattr(precision.os, "sched_getaffinity", lambda process: set(range(allowed)))
    measured: list[int] = []

    def fastest_first(model: LanguageModel) -> list[str]:
        measured.append(torch.get_num_threads())
        return ["float32"]

    monkeypatch.setattr(precision, "fastest_first", fastest_first)

    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        precision.choose(network(), asked)
        assert torch.get_num_threads() == expected
    finally:
        torch.set_num_threads(before)
    assert measured == ([expected] if asked == "auto" else [])


def test_the_fastest_is_measured_once_and_remembered(monkeypatch: pytest.MonkeyPatch):
    model = network()
    times = {"int8": 3.0, "bfloat16": 1.0, "float32": 2.0}
    monkeypatch.setattr(precision, "seconds_a_step", lambda engine, rows: times[engine.precision])
    assert precision.choose(model).precision == "bfloat16"
    assert [entry["order"] for entry in lines()] == [["bfloat16", "float32", "int8"]]
    monkeypatch.setattr(precision, "fastest_first", lambda model: pytest.fail("it was measured already"))
    assert precision.choose(model).precision == "bfloat16"


def test_one_row_and_many_count_alike(monkeypatch: pytest.MonkeyPatch):
    times = {("int8", 1): 1.0, ("int8", 64): 9.0, ("bfloat16", 1): 2.0, ("bfloat16", 64): 4.0,
             ("float32", 1): 0.5, ("float32", 64): 19.0}  # fmt: skip
    monkeypatch.setattr(precision, "seconds_a_step", lambda engine, rows: times[engine.precision, rows])
    assert precision.fastest_first(network()) == ["bfloat16", "int8", "float32"]


def test_another_shape_or_thread_count_is_measured_anew():
    keys = {precision.machine_key(network(40)), precision.machine_key(network(48))}
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    try:
        keys.add(precision.machine_key(network(40)))
    finally:
        torch.set_num_threads(before)
    assert len(keys) == 3
    assert precision.machine_key(network(40, scale=2.0)) in keys, "the weights' values do not count"


def test_a_precision_that_strays_too_far_is_passed_over_and_told(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(precision, "fastest_first", lambda model: ["int8", "bfloat16", "float32"])
    monkeypatch.setattr(
        precision, "divergence", lambda model, engine: {"int8": 0.5, "bfloat16": 0.001}[engine.precision]
    )
    choice = precision.choose(network())
    assert choice.precision == "bfloat16"
    assert choice.notes == ("int8 would cost 0.5000 nats a token, more than 0.003: not taken.",)
    monkeypatch.setattr(precision, "divergence", lambda model, engine: 1.0)
    assert precision.choose(network()).precision == "float32"


def test_a_precision_whose_rows_hang_on_their_company_is_never_taken(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(precision, "rows_agree", lambda engine: engine.precision == "float32")
    assert precision.fastest_first(network()) == ["float32"]


def test_rows_that_differ_are_noticed(monkeypatch: pytest.MonkeyPatch):
    engine = Engine.build(network(), "float32")
    assert precision.rows_agree(engine)
    honest = Engine.step

    def swayed(self: Engine, tokens: np.ndarray, state: object) -> np.ndarray:
        return honest(self, tokens, state) * np.float32(1 + 1e-6 * (len(tokens) == 2))

    monkeypatch.setattr(Engine, "step", swayed)
    assert not precision.rows_agree(engine)


def test_divergence_is_that_of_the_training_network():
    model = network(scale=2.0)
    assert 0 <= precision.divergence(model, Engine.build(model, "float32")) < 1e-6
    costs = {name: precision.divergence(model, Engine.build(model, name)) for name in ("int8", "bfloat16")}
    assert all(1e-7 < cost < 0.02 for cost in costs.values())
    other = Engine.build(network(scale=2.5), "float32")
    assert precision.divergence(model, other) > 0.02


def test_a_cache_in_disorder_is_measured_over(monkeypatch: pytest.MonkeyPatch):
    model = network()
    key = precision.machine_key(model)
    path = precision.cache_file()
    path.parent.mkdir(parents=True)
    path.write_text(f'nonsense\n{{"key": "{key}", "order": ["int4"]}}\n[1]\n{{"key": "{key}", "ord', encoding="utf-8")
    assert precision.recall(key) is None
    monkeypatch.setattr(precision, "fastest_first", lambda model: ["float32"])
    assert precision.choose(model).precision == "float32"


def test_a_cache_that_cannot_be_written_is_no_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("GENERATOR_CACHE", str(tmp_path / "file" / "cache"))
    assert precision.choose(network()).precision in PRECISIONS


def test_text_is_the_same_from_day_to_day(monkeypatch: pytest.MonkeyPatch):
    model = network()
    assert precision.choose(model).precision == precision.choose(model).precision
    assert len(lines()) == 1
