"""The step engine against the training network, and a row against the same row in company."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest
import torch

from generator.config import ModelConfig
from generator.decoding import Engine
from generator.decoding.inputs import FirstInput
from generator.decoding.products import PRECISIONS
from generator.errors import DecodingError
from generator.model import LanguageModel
from generator.seeding import torch_generator

VOCAB = 37
# the options of the network, each cell with each
VARIANTS = {
    "plain": {},
    "tied": {"embed_dim": 70, "tie_weights": True},
    "one-hot": {"embed_dim": 0},
    "one layer": {"num_layers": 1},
    "three layers": {"num_layers": 3},
    "layer norm": {"layer_norm": True},
    "residual": {"residual": True, "num_layers": 3},
    "residual, one layer": {"residual": True, "num_layers": 1},
    "both": {"residual": True, "layer_norm": True, "num_layers": 3},
    "attention": {"attention_window": 5},
    "everything": {"residual": True, "layer_norm": True, "attention_window": 4, "num_layers": 3},
    "tags": {"tag_sizes": (3, 4)},
    "cues": {"tag_sizes": (3,), "cue_sizes": (3, 0, 0, 0), "cue_tables": (0, 1, 2, 2), "cue_groups": (0, 1, 2, 2)},
    "projection": {"embed_dim": 16, "tie_weights": True},
    "one-hot with tags": {"embed_dim": 0, "tag_sizes": (3, 4)},
}
CASES = list(itertools.product(("lstm", "gru", "rnn"), VARIANTS))


def build_model(cell: str = "lstm", *, scale: float = 2.0, **options: object) -> LanguageModel:
    """A network with weights large enough to drive its units well into their bends."""
    settings: dict[str, object] = {
        "vocab_size": VOCAB, "cell": cell, "embed_dim": 24, "hidden_size": 70, "num_layers": 2, "tie_weights": False,
        "dropout": 0.0, "input_dropout": 0.0,
    }  # fmt: skip
    settings.update(options)
    generator = torch_generator(11)
    model = LanguageModel(ModelConfig(**settings), generator).eval()
    with torch.no_grad():
        for name, value in model.named_parameters():
            if name.endswith(("bias", "bias_n")) or "norm" in name:
                value += 0.3 * torch.randn(value.shape, generator=generator)
            else:
                value *= scale
    return model


def written(rows: int, steps: int, vocab: int = VOCAB) -> np.ndarray:
    return np.random.Generator(np.random.PCG64(3)).integers(0, vocab, (rows, steps))


def tags_for(model: LanguageModel, rows: int) -> np.ndarray | None:
    if not model.config.tag_sizes:
        return None
    sizes = [*model.config.tag_sizes, *(size or model.config.vocab_size - 1 for size in model.config.cue_sizes)]
    return np.array([[i % (size + 1) for size in sizes] for i in range(rows)])


def by_engine(engine: Engine, tokens: np.ndarray, tags: np.ndarray | None = None) -> np.ndarray:
    """Logits [rows, steps, vocab] step by step."""
    state = engine.start(len(tokens), tags)
    return np.stack([engine.step(column, state).copy() for column in tokens.T], 1)


def by_network(model: LanguageModel, tokens: np.ndarray, tags: np.ndarray | None = None) -> np.ndarray:
    with torch.no_grad():
        logits, _ = model(torch.from_numpy(tokens), tags=None if tags is None else torch.from_numpy(tags))
    return logits.numpy()


def log_softmax(logits: np.ndarray) -> np.ndarray:
    shifted = logits.astype(np.float64) - logits.max(-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))


@pytest.mark.parametrize(("cell", "variant"), CASES, ids=str)
def test_float32_is_the_training_network(cell: str, variant: str):
    model = build_model(cell, **VARIANTS[variant])
    tokens = written(3, 20)
    tags = tags_for(model, 3)
    ours, theirs = by_engine(Engine.build(model, "float32"), tokens, tags), by_network(model, tokens, tags)
    assert np.abs(ours - theirs).max() < 3e-4 * max(1.0, np.abs(theirs).max())


@pytest.mark.parametrize("precision", ["int8", "bfloat16"])
@pytest.mark.parametrize(("cell", "variant"), CASES, ids=str)
def test_coarser_arithmetic_stays_near(cell: str, variant: str, precision: str):
    model = build_model(cell, scale=1.0, **VARIANTS[variant])
    tokens = written(4, 25)
    tags = tags_for(model, 4)
    exact = log_softmax(by_network(model, tokens, tags))
    near = log_softmax(by_engine(Engine.build(model, precision), tokens, tags))
    divergence = (np.exp(exact) * (exact - near)).sum(-1).mean()
    assert 0 <= divergence < 0.002


@pytest.mark.parametrize("precision", list(PRECISIONS))
@pytest.mark.parametrize(("cell", "variant"), CASES, ids=str)
def test_a_row_has_the_same_bits_in_any_company(cell: str, variant: str, precision: str):
    model = build_model(cell, **VARIANTS[variant])
    engine = Engine.build(model, precision)
    tokens, tags = written(64, 3), tags_for(model, 64)
    whole = by_engine(engine, tokens, tags)
    for start, size in ((0, 1), (63, 1), (20, 2), (11, 7)):
        some = slice(start, start + size)
        assert np.array_equal(by_engine(engine, tokens[some], None if tags is None else tags[some]), whole[some])


@pytest.fixture(params=[1, 2, 3])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.parametrize("cell", ["lstm", "gru"])
@pytest.mark.parametrize("precision", list(PRECISIONS))
def test_a_row_has_the_same_bits_where_threads_share_the_work(cell: str, precision: str, threads: int):
    model = build_model(cell, hidden_size=300, embed_dim=16)
    engine = Engine.build(model, precision)
    tokens = written(64, 2)
    whole = by_engine(engine, tokens)
    for start, size in ((5, 1), (0, 2), (30, 13)):
        assert np.array_equal(by_engine(engine, tokens[start : start + size]), whole[start : start + size])


@pytest.mark.parametrize("precision", list(PRECISIONS))
@pytest.mark.parametrize("variant", ["plain", "attention", "everything"])
def test_prefill_is_step_by_step(variant: str, precision: str):
    model = build_model("lstm", **VARIANTS[variant])
    engine = Engine.build(model, precision)
    prompt = written(1, 30)[0]
    slow, quick = engine.start(2), engine.start(2)
    for token in prompt:
        expected = engine.step(np.array([token, token]), slow)
    assert np.array_equal(engine.prefill(prompt[:13], quick), engine.prefill(prompt[:13], engine.start(2)))
    assert np.array_equal(engine.prefill(prompt[13:], quick), expected)
    following = np.array([1, 2])
    assert np.array_equal(engine.step(following, quick), engine.step(following, slow))


@pytest.mark.parametrize("precision", list(PRECISIONS))
@pytest.mark.parametrize(("cell", "variant"), [("lstm", "plain"), ("gru", "everything"), ("rnn", "tags")])
def test_selected_rows_go_on_as_they_would_have(cell: str, variant: str, precision: str):
    model = build_model(cell, **VARIANTS[variant])
    engine = Engine.build(model, precision)
    tokens, tags = written(5, 12), tags_for(model, 5)
    state = engine.start(5, tags)
    for column in tokens[:, :6].T:
        before = engine.step(column, state).copy()
    index = [4, 0, 0, 2, 3, 1, 4]
    chosen = engine.select(state, index)
    assert np.array_equal(chosen.logits_view, before[index])
    for column in tokens[:, 6:].T:
        original = engine.step(column, state)
        assert np.array_equal(engine.step(column[index], chosen), original[index])


def test_tags_can_change_from_step_to_step():
    model = build_model("lstm", tag_sizes=(3, 4))
    engine = Engine.build(model, "float32")
    tokens = written(2, 6)
    tags = written(2, 12, 4).reshape(2, 6, 2)
    with torch.no_grad():
        expected, _ = model(torch.from_numpy(tokens), tags=torch.from_numpy(tags))
    state = engine.start(2)
    for step in range(6):
        logits = engine.step(tokens[:, step], state, tags[:, step])
        assert np.allclose(logits, expected[:, step].numpy(), atol=1e-3)


def test_the_wrong_number_of_tags_is_refused():
    engine = Engine.build(build_model("lstm", tag_sizes=(3, 4)), "float32")
    with pytest.raises(DecodingError, match="3 tags were given to a model of 2 tag fields"):
        engine.start(1, [[1, 2, 3]])


def test_an_empty_prompt_is_refused():
    engine = Engine.build(build_model("rnn"), "float32")
    with pytest.raises(DecodingError, match="no tokens"):
        engine.prefill([], engine.start(1))


@pytest.mark.parametrize("precision", list(PRECISIONS))
def test_an_input_too_large_for_a_table_is_computed(precision: str):
    model = build_model("lstm", tag_sizes=(3,))
    engine, other = Engine.build(model, precision), Engine.build(model, precision)
    first = model.layers[0]
    cell = type(engine.layers[0])
    with torch.inference_mode():
        other.first_input = FirstInput(
            engine.kind,
            model.embedding.weight.detach(),
            cell.prepare(first.weight_ih.detach())[:, :24],
            engine.layers[0].bias,
            [model.tag_embeddings[0].weight.detach()],
            [0],
            most_table_bytes=0,
        )
    assert engine.first_input.product is None
    assert other.first_input.product is not None
    tokens, tags = written(7, 10), np.arange(7).reshape(7, 1) % 4
    table, computed = by_engine(engine, tokens, tags), by_engine(other, tokens, tags)
    tolerance = {"float32": 1e-3, "bfloat16": 0.5, "int8": 0.5}[precision]
    assert np.abs(table - computed).max() < tolerance
    assert np.array_equal(by_engine(other, tokens[3:4], tags[3:4]), computed[3:4])


def test_building_leaves_the_model_and_the_random_numbers_alone():
    model = build_model("gru")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    for precision in PRECISIONS:
        by_engine(Engine.build(model, precision), written(2, 3))
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert torch.equal(torch_state, torch.get_rng_state())
    assert np.array_equal(numpy_state, np.random.get_state()[1])
