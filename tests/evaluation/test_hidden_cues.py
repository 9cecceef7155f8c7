"""What tells of what is still to be written is not shown to a model that is judged; everything else is."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from generator.config import ModelConfig
from generator.evaluation import DynamicSettings, dynamic_nats, evaluate_split
from generator.evaluation.stream import TokenStream, hidden_cues
from generator.model import LanguageModel
from generator.seeding import numpy_generator, torch_generator

VOCABULARY, TOKENS = 11, 120
SIZES = (4, 0, 6, 5)  # the second names a token
AHEAD = (0, 1, 0, 1)


@pytest.fixture(scope="module")
def network() -> LanguageModel:
    config = ModelConfig(
        vocab_size=VOCABULARY, embed_dim=12, hidden_size=16, num_layers=1, tie_weights=False, dropout=0.0,
        input_dropout=0.0, tag_sizes=(3,), cue_sizes=SIZES, cue_tables=(0, 1, 2, 3), cue_groups=(0, 1, 0, 2),
        cue_ahead=AHEAD,
    )  # fmt: skip
    model = LanguageModel(config, torch_generator(3)).eval()
    with torch.no_grad():
        for value in model.parameters():
            value *= 3
    return model


@pytest.fixture(scope="module")
def part() -> dict[str, np.ndarray]:
    random = numpy_generator(4)
    ids = random.integers(1, VOCABULARY, TOKENS)
    starts = np.array([0, 40, 70])
    ids[starts] = ids[-1] = 0
    cues = np.stack([random.integers(0, (size or VOCABULARY - 1) + 1, TOKENS) for size in SIZES], 1).astype(np.uint16)
    return {"ids": ids, "starts": starts, "tags": np.array([[1], [0], [3]]), "cues": cues}


def changed(part: dict[str, np.ndarray], column: int) -> dict[str, np.ndarray]:
    cues = part["cues"].copy()
    cues[:, column] = (cues[:, column] + 1) % ((SIZES[column] or VOCABULARY - 1) + 1)
    return {**part, "cues": cues}


def scores_of(model: LanguageModel, part: dict[str, np.ndarray]) -> list[float]:
    """By every way of judging."""
    more = {name: value for name, value in part.items() if name != "ids"}
    found = evaluate_split(model, part["ids"], characters=TOKENS, **more)["protocols"]
    train = {f"train_{name}": value for name, value in more.items()}
    settings = DynamicSettings(segment=10, rate=0.01, statistics_batches=2, statistics_rows=2)
    dynamic = dynamic_nats(model, part["ids"], part["ids"], settings=settings, **more, **train)
    return [*(figures["nats"] for figures in found.values()), dynamic]


def test_cues_that_look_ahead_change_no_score_and_every_other_cue_does(network: LanguageModel, part):
    plain = scores_of(network, part)
    for column, ahead in enumerate(AHEAD):
        other = scores_of(network, changed(part, column))
        if ahead:
            assert other == plain
        else:
            assert all(abs(one - two) > 1e-4 for one, two in zip(other, plain, strict=True)), column


def test_the_score_is_that_of_a_network_to_which_they_are_not_given(network: LanguageModel, part):
    """Written out: one token after the other, zeros for what looks ahead."""
    state, total = None, 0.0
    shown = part["cues"].astype(np.int64) * (1 - np.array(AHEAD))
    with torch.no_grad():
        for place in range(TOKENS - 1):
            piece = int((part["starts"] <= place).sum()) - 1
            row = torch.tensor([[[*part["tags"][piece].tolist(), *shown[place].tolist()]]])
            logits, state = network(torch.tensor([[int(part["ids"][place])]]), state, row)
            total -= float(torch.log_softmax(logits[0, 0].double(), 0)[int(part["ids"][place + 1])])
    more = {name: value for name, value in part.items() if name != "ids"}
    found = evaluate_split(network, part["ids"], characters=TOKENS, **more)["protocols"]["carried"]["nats"]
    assert found == pytest.approx(total / TOKENS, abs=1e-4)


def test_the_cues_themselves_are_left_as_they_are(network: LanguageModel, part):
    before = part["cues"].copy()
    assert hidden_cues(network) == [1, 3]
    stream = TokenStream(part["ids"], part["starts"], part["tags"], cues=part["cues"], hidden=[1, 3])
    batch = stream.batch(np.array([[5, 6, 7], [50, 51, 52]]))[2]
    assert batch is not None
    assert batch[..., [2, 4]].abs().sum() == 0
    assert torch.equal(batch[0][:, [1, 3]], torch.tensor(before[5:8][:, [0, 2]].astype(np.int64)))
    scores_of(network, part)
    assert np.array_equal(part["cues"], before)
