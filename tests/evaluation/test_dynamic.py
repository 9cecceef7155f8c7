"""Dynamic evaluation against the update written out weight by weight."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from generator.evaluation import DynamicSettings, dynamic_nats, evaluate_split


def written_out(model, ids, train, segment, rate, decay, epsilon, batches, rows) -> float:
    """Krause et al. 2018, equations 4 to 6, on plain copies of the weights."""
    import copy

    model = copy.deepcopy(model).eval()
    names = dict(model.named_parameters())
    begins = np.linspace(0, len(train) - 1 - segment, batches * rows)
    mean_square = {name: torch.zeros_like(weight) for name, weight in names.items()}
    for batch in range(batches):
        losses = []
        for begin in begins[batch::batches].astype(int):
            part = torch.tensor(train[begin : begin + segment + 1].astype(np.int64))
            logits, _ = model(part[None, :-1])
            losses.append(F.cross_entropy(logits[0], part[1:]))
        model.zero_grad()
        torch.stack(losses).mean().backward()
        for name, weight in names.items():
            mean_square[name] += weight.grad**2 / batches
    every = torch.cat([value.sqrt().flatten() for value in mean_square.values()])
    origin = {name: weight.detach().clone() for name, weight in names.items()}
    state, total = None, 0.0
    for first in range(0, len(ids) - 1, segment):
        part = torch.tensor(ids[first : first + segment + 1].astype(np.int64))
        logits, state = model(part[None, :-1], state)
        state = state.detach()
        loss = F.cross_entropy(logits[0], part[1:])
        total += loss.item() * (len(part) - 1)
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for name, weight in names.items():
                root = mean_square[name].sqrt()
                pull = (decay * root / every.mean()).clamp(max=1)
                weight += -rate * weight.grad / (root + epsilon) + pull * (origin[name] - weight)
    return total / (len(ids) - 1)


def test_it_is_the_update_of_the_paper(tiny_model) -> None:
    model = tiny_model(7)
    random = np.random.default_rng(5)
    ids, train = random.integers(0, 7, 130), random.integers(0, 7, 2000)
    chosen = DynamicSettings(segment=10, rate=0.01, decay=0.05, statistics_batches=6, statistics_rows=4)
    found = dynamic_nats(model, ids, train, settings=chosen)
    expected = written_out(model, ids, train, 10, 0.01, 0.05, chosen.epsilon, 6, 4)
    assert found == pytest.approx(expected, abs=1e-5)


def test_without_learning_it_is_the_carried_protocol(tiny_model) -> None:
    model, ids = tiny_model(7), np.random.default_rng(6).integers(0, 7, 333)
    still = dynamic_nats(model, ids, ids, characters=300, settings=DynamicSettings(rate=0.0))
    carried = evaluate_split(model, ids, characters=300, protocols=["carried"])["protocols"]["carried"]["nats"]
    assert still == pytest.approx(carried, abs=1e-5)


def test_a_text_that_repeats_itself_is_learnt_and_the_model_is_not_altered(tiny_model) -> None:
    model, ids = tiny_model(7).train(), np.tile([1, 2, 3, 4, 5], 200)
    train = np.random.default_rng(7).integers(0, 7, 3000)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    carried = evaluate_split(model, ids, characters=999)["protocols"]["carried"]["nats"]
    done = []
    learning = DynamicSettings(rate=2e-3)
    assert dynamic_nats(model, ids, train, settings=learning, progress=done.append) < 0.8 * carried
    assert sum(done) == 999
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(weight.grad is None for weight in model.parameters())


def test_weights_without_a_part_in_the_training_text_stay(tiny_model) -> None:
    """Tags that the training text never has must not send the weights of the others far away."""
    model = tiny_model(7, fields=1)
    random = np.random.default_rng(8)
    ids, train = random.integers(0, 7, 200), random.integers(0, 7, 2000)
    starts, tags = np.array([0]), np.array([[4]])
    nats = dynamic_nats(model, ids, train, starts=starts, tags=tags)
    carried = evaluate_split(model, ids, characters=199, starts=starts, tags=tags)["protocols"]["carried"]["nats"]
    assert nats == pytest.approx(carried, rel=0.2)


@pytest.mark.parametrize("length", [0, 1, 2])
def test_a_text_of_next_to_nothing(tiny_model, length: int) -> None:
    ids = np.ones(length, np.int64)
    nats = dynamic_nats(tiny_model(7), ids, np.array([0, 1, 2]))
    assert np.isfinite(nats) and (nats == 0) == (length < 2)
