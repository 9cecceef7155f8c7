"""How many threads a step takes: the faster number, found again when it changes, and the same text either way."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.config import ModelConfig
from generator.decoding.engine import Engine
from generator.decoding.threads import SMALL, Threads
from generator.model import LanguageModel
from generator.seeding import numpy_generator

STEP = 4e-3  # seconds with one thread


@pytest.fixture(autouse=True)
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


class Machine:
    """A clock, and steps that take the time which a machine would need."""

    def __init__(self) -> None:
        self.now = 0.0
        self.spent = {1: 0.0, 2: 0.0}

    def run(self, threads: Threads, rows: int, seconds: float, several: float) -> None:
        """Step on for so long; a step with two threads takes ``several`` seconds."""
        end = self.now + seconds
        while self.now < end:
            with threads.of(rows):
                number = torch.get_num_threads()
                taken = STEP if number == 1 else several
                self.now += taken
                self.spent[number] += taken


def machine(weights: int = SMALL) -> tuple[Machine, Threads]:
    it = Machine()
    return it, Threads(weights, clock=lambda: it.now)


def test_a_small_step_takes_one_thread() -> None:
    it, threads = machine(SMALL // 4)
    it.run(threads, 4, 1.0, STEP / 2)
    assert it.spent[2] == 0.0


def test_a_large_step_takes_all_where_they_help() -> None:
    it, threads = machine()
    it.run(threads, 64, 10.0, STEP / 2)
    assert it.spent[1] < 0.05 * it.spent[2]


def test_where_threads_wait_for_each_other_one_is_taken() -> None:
    it, threads = machine()
    it.run(threads, 64, 100.0, 100 * STEP)
    assert it.spent[2] < 0.1 * it.spent[1]


@settings(max_examples=25)
@given(slow=st.floats(2.0, 100.0), seconds=st.floats(0.0, 20.0))
def test_what_changes_is_found_out(slow: float, seconds: float) -> None:
    """Another program comes and goes: soon after, the faster number is taken again."""
    it, threads = machine()
    it.run(threads, 64, 1.0, STEP / 2)
    it.run(threads, 64, seconds, slow * STEP)
    it.run(threads, 64, 9.0, STEP / 2)  # at most the longest interval
    it.spent = {1: 0.0, 2: 0.0}
    it.run(threads, 64, 1.0, STEP / 2)
    assert it.spent[2] > 0.9
    it.run(threads, 64, 1.0, slow * STEP)
    it.spent = {1: 0.0, 2: 0.0}
    it.run(threads, 64, 20.0, slow * STEP)
    assert it.spent[1] > 4 * it.spent[2]


def test_the_number_is_given_back() -> None:
    _, threads = machine()
    with threads.of(1):
        pass
    assert torch.get_num_threads() == 2
    with pytest.raises(ValueError, match="inside"), threads.of(1):
        raise ValueError("inside")
    assert torch.get_num_threads() == 2


def test_a_thread_that_begins_beside_a_step_has_all_threads() -> None:
    _, threads = machine()
    found: list[int] = []

    def begin() -> None:
        torch.ones(2).sum()
        with threads.of(1):
            pass
        found.append(torch.get_num_threads())

    with threads.of(1):
        other = threading.Thread(target=begin)
        other.start()
        other.join()
    assert found == [2]


def test_float32_keeps_what_torch_has() -> None:
    threads = Threads(1, fixed=True)
    with threads.of(1):
        assert torch.get_num_threads() == 2


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
@pytest.mark.parametrize("precision", ["int8", "bfloat16"])
@pytest.mark.parametrize("rows", [1, 3, 64])
def test_one_thread_gives_the_same_bits(cell: str, precision: str, rows: int) -> None:
    torch.manual_seed(3)
    config = ModelConfig(
        vocab_size=130,
        cell=cell,
        embed_dim=64,
        hidden_size=320,
        num_layers=2,
        tie_weights=False,
        dropout=0.0,
        input_dropout=0.0,
    )
    model = LanguageModel(config)
    tokens = numpy_generator(rows).integers(0, 130, (5, rows))
    written = []
    for number in (1, 2):
        torch.set_num_threads(number)
        engine = Engine.build(model, precision)
        engine.threads.fixed = True
        state = engine.start(rows)
        written.append([engine.step(each, state).copy() for each in tokens])
    assert all(np.array_equal(one, two) for one, two in zip(*written, strict=True))
