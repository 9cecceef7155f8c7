"""The judges with the real network: every cell, attention and tags, against the loop of one token at a time."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from generator.config import ModelConfig
from generator.evaluation import DynamicSettings, carried_nats, dynamic_nats, evaluate_split, passes
from generator.model import LanguageModel

KINDS = {
    "lstm": {"cell": "lstm", "tie_weights": True},
    "gru": {"cell": "gru", "residual": True, "layer_norm": True},
    "rnn": {"cell": "rnn", "embed_dim": 0},
    "attention": {"cell": "lstm", "attention_window": 12},
    "tags": {"cell": "gru", "tag_sizes": (3, 2)},
}


@pytest.fixture(params=KINDS)
def network(request: pytest.FixtureRequest) -> LanguageModel:
    sizes = {"vocab_size": 9, "embed_dim": 16, "hidden_size": 16, "num_layers": 2, "tie_weights": False}
    config = ModelConfig(**{**sizes, "dropout": 0.5, "input_dropout": 0.5, **KINDS[request.param]})
    model = LanguageModel(config, torch.Generator().manual_seed(1))
    with torch.no_grad():
        for weight in model.parameters():
            weight.mul_(1.5)  # off the soft initial values, so that mistakes show
    return model.train()


@pytest.fixture
def text(network: LanguageModel) -> dict[str, np.ndarray | None]:
    random = np.random.default_rng(2)
    ids = random.integers(1, 9, 601)
    starts = np.array([0, 100, 130, 400])
    ids[[*starts, 600]] = 0
    tags = random.integers(0, 3, (4, 2)) if network.config.tag_sizes else None
    return {"ids": ids, "starts": starts, "tags": tags}


def test_both_protocols(network, text, plain_nats, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passes, "LEAST_PART", 50)
    monkeypatch.setattr(passes, "BLOCK", 16)
    network.compute_dtype = torch.bfloat16
    found = evaluate_split(network, characters=600, **text)["protocols"]
    assert network.training and network.compute_dtype == torch.bfloat16
    network.compute_dtype = torch.float32
    assert found["carried"]["nats"] == pytest.approx(plain_nats(network, **text).mean(), abs=1e-4)
    windowed = plain_nats(network, **text, fresh=range(0, 600, 256)).mean()
    assert found["windowed"]["nats"] == pytest.approx(windowed, abs=1e-4)
    quick = carried_nats(network, streams=4, **text)
    assert quick == pytest.approx(plain_nats(network, **text, fresh=range(0, 600, 150)).mean(), abs=1e-4)


def test_dynamic_evaluation_learns_from_a_copy(network, text) -> None:
    before = {name: value.clone() for name, value in network.state_dict().items()}
    ids = np.tile(np.arange(1, 9), 60)
    carried = evaluate_split(network, ids, characters=479, protocols=["carried"])["protocols"]["carried"]["nats"]
    settings = DynamicSettings(rate=1e-3, statistics_batches=8)
    assert dynamic_nats(network, ids, text["ids"], settings=settings) < 0.95 * carried
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())
