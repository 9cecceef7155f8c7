"""Both protocols, the quick estimate and the score of a text, against a loop of one token at a time."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generator.evaluation import carried_nats, evaluate_split, passes, score

VOCAB = 7


def text_of(length: int, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, VOCAB, length).astype(np.uint8)


@pytest.fixture
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many parts and blocks in a text short enough for the plain loop."""
    monkeypatch.setattr(passes, "LEAST_PART", 20)
    monkeypatch.setattr(passes, "BLOCK", 8)


@pytest.mark.parametrize("forget", [0.9, 0.3, 0.001])
def test_carried_is_the_plain_loop(tiny_model, plain_nats, short_parts, forget: float) -> None:
    """Also of a network that forgets so slowly that every part must be read again and again."""
    model, ids = tiny_model(VOCAB, forget=forget), text_of(701)
    found = evaluate_split(model, ids, characters=650, protocols=["carried"])
    expected = plain_nats(model, ids).sum() / 650
    assert found["protocols"]["carried"]["nats"] == pytest.approx(expected, abs=1e-5)
    assert found["protocols"]["carried"]["bits"] == pytest.approx(expected / math.log(2), abs=2e-5)
    assert found["tokens"] == 700


def test_a_forgetful_network_is_read_little_more_than_once(tiny_model, short_parts) -> None:
    model, ids = tiny_model(VOCAB, forget=0.9), text_of(3201)
    evaluate_split(model, ids, characters=3200, protocols=["carried"])
    assert model.calls < 1.7 * 3200 / 32 / 8  # 32 parts of 100 tokens, blocks of 8


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    length=st.integers(0, 150), least=st.integers(1, 30), block=st.integers(1, 30), forget=st.sampled_from([0.02, 0.8])
)
def test_carried_whatever_the_parts(
    tiny_model, plain_nats, monkeypatch, length: int, least: int, block: int, forget: float
) -> None:
    monkeypatch.setattr(passes, "LEAST_PART", least)
    monkeypatch.setattr(passes, "BLOCK", block)
    monkeypatch.setattr(passes, "COMPARED_BLOCKS", 3)
    model, ids = tiny_model(VOCAB, forget=forget), text_of(length)
    found = evaluate_split(model, ids, characters=max(length - 1, 1), protocols=["carried"])
    expected = plain_nats(model, ids).sum() / max(length - 1, 1)
    assert found["protocols"]["carried"]["nats"] == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("length", [1, 2, 256, 257, 258, 1000, 1025])
def test_windowed_starts_afresh_every_256_characters(tiny_model, plain_nats, length: int) -> None:
    model, ids = tiny_model(VOCAB, forget=0.1), text_of(length)
    characters = max(length - 1, 1)
    found = evaluate_split(model, ids, characters=characters, protocols=["windowed"])
    expected = plain_nats(model, ids, fresh=range(0, length, 256)).sum() / characters
    assert found["protocols"]["windowed"]["nats"] == pytest.approx(expected, abs=1e-5)


def test_a_window_of_longer_tokens_holds_256_characters(tiny_model, plain_nats) -> None:
    model, ids = tiny_model(VOCAB, forget=0.1), text_of(601)
    found = evaluate_split(model, ids, characters=2400, protocols=["windowed"])  # four characters a token
    expected = plain_nats(model, ids, fresh=range(0, 601, 64)).sum() / 2400
    assert found["protocols"]["windowed"]["nats"] == pytest.approx(expected, abs=1e-5)


def test_little_room_for_logits_changes_nothing(tiny_model, monkeypatch: pytest.MonkeyPatch) -> None:
    model, ids = tiny_model(VOCAB), text_of(3000)
    wide = evaluate_split(model, ids, characters=2999)
    monkeypatch.setattr(passes, "MOST_LOGITS", 100)
    narrow = evaluate_split(model, ids, characters=2999)
    for protocol, values in wide["protocols"].items():
        assert narrow["protocols"][protocol] == pytest.approx(values, abs=1e-5)


def test_each_token_has_the_tags_of_its_piece(tiny_model, plain_nats, short_parts) -> None:
    random = np.random.default_rng(2)
    pieces = [np.concatenate(([0], random.integers(1, VOCAB, size))) for size in (1, 0, 40, 3, 90, 200, 17)]
    ids = np.concatenate([*pieces, [0]]).astype(np.uint16)
    starts = np.cumsum([0] + [len(piece) for piece in pieces[:-1]]).astype(np.uint64)
    tags = random.integers(0, 9, (len(pieces), 2)).astype(np.uint16)
    model = tiny_model(VOCAB, fields=2)
    found = evaluate_split(model, ids, characters=351, starts=starts, tags=tags)
    carried = plain_nats(model, ids, starts, tags).sum() / 351
    assert found["protocols"]["carried"]["nats"] == pytest.approx(carried, abs=1e-5)
    assert carried != pytest.approx(plain_nats(model, ids).sum() / 351, abs=1e-2)
    window = round(256 * (len(ids) - 1) / 351)
    windowed = plain_nats(model, ids, starts, tags, fresh=range(0, len(ids), window)).sum() / 351
    assert found["protocols"]["windowed"]["nats"] == pytest.approx(windowed, abs=1e-5)


def test_the_quick_estimate_is_that_of_parts_from_the_zero_state(tiny_model, plain_nats, short_parts) -> None:
    model, ids = tiny_model(VOCAB, forget=0.05), text_of(323)
    expected = plain_nats(model, ids, fresh=range(0, 320, 80)).mean()
    assert carried_nats(model, ids, streams=4) == pytest.approx(expected, abs=1e-5)
    assert carried_nats(model, ids, streams=4, characters=100) == pytest.approx(expected * 3.22, abs=1e-4)


def test_the_model_is_left_as_it_was(tiny_model) -> None:
    model, ids = tiny_model(VOCAB).train(), text_of(300)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    evaluate_split(model, ids, characters=299, temperature=True)
    carried_nats(model, ids)
    assert model.training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert all(weight.grad is None for weight in model.parameters())


class Letters:
    """A tokenizer of the letters a to f, with the boundary before them."""

    boundary = 0

    def encode(self, text: str) -> np.ndarray:
        return np.array([ord(letter) - 96 for letter in text], np.uint8)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("context", ["", "cafe"])
def test_score_charges_the_text_and_nothing_else(tiny_model, plain_nats, context: str, whole: bool) -> None:
    model, text = tiny_model(VOCAB, fields=1), "abfacedbead"
    ids = [0, *Letters().encode(context + text), *([0] if whole else [])]
    expected = plain_nats(model, np.array(ids), [0], [[5]])[len(context) :]
    found = score(model, Letters(), text, context=context, tags=[5], whole=whole)
    np.testing.assert_allclose(found.token_nats, expected, atol=1e-5)
    assert found.nats == pytest.approx(expected.sum(), abs=1e-4)
    assert found.bits_per_char == pytest.approx(expected.sum() / len(text) / math.log(2), abs=1e-4)


def test_an_empty_text_costs_nothing(tiny_model) -> None:
    assert score(tiny_model(VOCAB), Letters(), "").bits_per_char == 0
