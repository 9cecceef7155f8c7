"""The temperature against a fine grid, and its cost against the loss at that temperature."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional as F

from generator.evaluation import best_temperature, evaluate_split, likelihood


def cost(logits: torch.Tensor, targets: torch.Tensor, temperature: float) -> float:
    return F.cross_entropy(logits.double() / temperature, targets).item()


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 8), st.integers(2, 12))
def test_no_temperature_on_a_fine_grid_is_better(seed: int, scale: float, vocab_size: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(150, vocab_size, generator=generator) * scale
    targets = torch.multinomial((logits / scale).softmax(-1), 1, generator=generator).squeeze(1)
    found = best_temperature(logits, targets)
    best = min(cost(logits, targets, temperature) for temperature in np.geomspace(0.05, 20, 400))
    assert cost(logits, targets, found) <= best + 1e-9


def test_it_finds_the_temperature_that_the_text_was_drawn_at() -> None:
    generator = torch.Generator().manual_seed(3)
    logits = torch.randn(200_000, 10, generator=generator) * 2
    targets = torch.multinomial((logits / 1.3).softmax(-1), 1, generator=generator).squeeze(1)
    assert best_temperature(logits, targets) == pytest.approx(1.3, abs=0.02)


def test_a_model_that_is_always_right_or_knows_nothing_stays_in_bounds() -> None:
    logits = torch.eye(5) * 3
    assert best_temperature(logits, torch.arange(5)) == pytest.approx(0.05, rel=1e-3)
    assert best_temperature(logits, (torch.arange(5) + 1) % 5) == pytest.approx(20, rel=1e-3)
    assert best_temperature(torch.zeros(5, 5), torch.arange(5)) > 0
    assert best_temperature(torch.zeros(0, 5), torch.zeros(0, dtype=torch.int64)) == 1.0


def drawn_from(model, length: int, temperature: float) -> np.ndarray:
    generator = torch.Generator().manual_seed(1)
    ids, state = [0], None
    model.eval()
    with torch.no_grad():
        while len(ids) < length:
            logits, state = model(torch.tensor([ids[-1:]]), state)
            ids.append(int(torch.multinomial((logits[0, 0] / temperature).softmax(-1), 1, generator=generator)))
    return np.array(ids)


@pytest.mark.parametrize("room", [1 << 26, 700])
def test_a_split_is_reported_at_its_best_temperature(
    tiny_model, plain_nats, monkeypatch: pytest.MonkeyPatch, room: int
) -> None:
    """With all logits kept, and with a part of them where the text is too long for that."""
    monkeypatch.setattr(likelihood, "MOST_LOGITS", room)
    model = tiny_model(7, seed=1)
    ids = drawn_from(model, 900, temperature=1.4)
    found = evaluate_split(model, ids, characters=899, temperature=True)["temperature"]
    with torch.no_grad():
        model.output /= found["value"]
    at_it = plain_nats(model, ids).mean()
    assert found["nats"] == pytest.approx(at_it, abs=1e-5)
    nearby = []
    for factor in (0.9, 1.1):
        with torch.no_grad():
            model.output *= factor
        nearby.append(plain_nats(model, ids).mean())
        with torch.no_grad():
            model.output /= factor
    if room > 6300:
        assert at_it < min(nearby)
