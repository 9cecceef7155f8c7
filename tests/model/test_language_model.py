"""The whole network against its equations, in every combination of its parts."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from equations import logits_of
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.config import ModelConfig
from generator.errors import ConfigError
from generator.model import LanguageModel, State

PLAIN = ModelConfig(
    vocab_size=11,
    cell="lstm",
    embed_dim=6,
    hidden_size=6,
    num_layers=2,
    tie_weights=False,
    dropout=0.0,
    input_dropout=0.0,
)


def build(**changes) -> LanguageModel:
    """A network in float64, so that two ways to compute it must agree closely."""
    model = LanguageModel(replace(PLAIN, **changes), torch.Generator().manual_seed(3)).double()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn(parameter.shape, generator=torch.Generator().manual_seed(4)) * 0.1)
    for table in [*model.tag_embeddings, *model.cue_embeddings]:
        if isinstance(table, torch.nn.Embedding):
            table.weight.data[0] = 0
    return model.eval()


def some_tokens(batch: int = 3, time: int = 12) -> torch.Tensor:
    return torch.randint(11, (batch, time), generator=torch.Generator().manual_seed(5))


@settings(max_examples=60)
@given(
    cell=st.sampled_from(("lstm", "gru", "rnn")),
    embed=st.sampled_from(("tied", "narrow", "narrow and tied", "one-hot")),
    num_layers=st.integers(1, 3),
    residual=st.booleans(),
    layer_norm=st.booleans(),
    attention_window=st.sampled_from((0, 1, 4, 20)),
    tag_sizes=st.sampled_from(((), (3,), (2, 4))),
    cues=st.sampled_from(((), (3, 5), (3, 0, 0, 2))),
    per_step=st.booleans(),
)
def test_logits_are_those_of_the_equations(
    cell, embed, num_layers, residual, layer_norm, attention_window, tag_sizes, cues, per_step
) -> None:
    cues = cues if embed != "one-hot" or 0 not in cues else ()
    model = build(
        cell=cell, num_layers=num_layers, residual=residual, layer_norm=layer_norm, attention_window=attention_window,
        tag_sizes=tag_sizes, tie_weights=embed.endswith("tied"),
        embed_dim={"tied": 6, "narrow": 4, "narrow and tied": 4, "one-hot": 0}[embed],
        cue_sizes=cues, cue_tables=(0, 1, 1, 2)[: len(cues)], cue_groups=(0, 0, 1, 2)[: len(cues)],
    )  # fmt: skip
    tokens = some_tokens()
    tags = None
    if fields := [*tag_sizes, *(size or 10 for size in cues)]:
        shape = (3, 12, len(fields)) if per_step else (3, len(fields))
        tags = torch.randint(0, 100, shape, generator=torch.Generator().manual_seed(6)) % (torch.tensor(fields) + 1)
    logits, _ = model(tokens, None, tags)
    torch.testing.assert_close(logits, logits_of(model, tokens, tags))


@given(
    cuts=st.lists(st.integers(1, 11), max_size=4),
    window=st.sampled_from((0, 3, 8)),
    cell=st.sampled_from(("lstm", "gru")),
)
def test_cut_anywhere_the_state_carries_on(cuts, window, cell) -> None:
    model, tokens = build(attention_window=window, cell=cell), some_tokens()
    whole, end = model(tokens)
    state, parts = None, []
    edges = [0, *sorted(set(cuts)), 12]
    for begin, stop in pairwise(edges):
        logits, state = model(tokens[:, begin:stop], state)
        parts.append(logits)
    torch.testing.assert_close(torch.cat(parts, 1), whole)
    torch.testing.assert_close(state.hidden, end.hidden)
    if window:
        assert torch.equal(state.filled, end.filled)


@pytest.mark.parametrize(
    "changes", [{}, {"cell": "gru", "layer_norm": True}, {"attention_window": 4, "residual": True}, {"embed_dim": 0}]
)
def test_gradients_agree_with_finite_differences(changes) -> None:
    model, tokens = build(**changes), some_tokens(2, 5)

    def loss() -> torch.Tensor:
        return torch.nn.functional.cross_entropy(model(tokens[:, :-1])[0].flatten(0, 1), tokens[:, 1:].flatten())

    loss().backward()
    for name, parameter in model.named_parameters():
        places = torch.randint(parameter.numel(), (3,), generator=torch.Generator().manual_seed(7))
        for place in places.tolist():
            flat, gradient = parameter.data.view(-1), parameter.grad.view(-1)[place]
            kept, sides = flat[place].item(), []
            for shift in (1e-5, -1e-5):
                flat[place] = kept + shift
                sides.append(loss().item())
            flat[place] = kept
            assert abs((sides[0] - sides[1]) / 2e-5 - gradient.item()) < 1e-7, name


def test_rows_of_a_batch_do_not_touch_each_other() -> None:
    model, tokens = build(attention_window=3, tag_sizes=(2,)), some_tokens(4)
    tags = torch.tensor([[0], [1], [2], [1]])
    together, _ = model(tokens, None, tags)
    for row in range(4):
        alone, _ = model(tokens[row : row + 1], None, tags[row : row + 1])
        torch.testing.assert_close(alone, together[row : row + 1])


def test_a_tag_not_given_is_no_tag() -> None:
    model, tokens = build(tag_sizes=(3, 2)), some_tokens()
    torch.testing.assert_close(model(tokens)[0], model(tokens, None, torch.zeros(3, 2, dtype=torch.int64))[0])


def test_dropout_is_locked_over_time_and_belongs_to_training() -> None:
    model = build(dropout=0.5, input_dropout=0.5, weight_dropout=0.5)
    tokens = torch.full((2, 30), 3)
    quiet = model(tokens)[0]
    torch.testing.assert_close(quiet, model(tokens)[0])
    model.train()
    model.generator = torch.Generator().manual_seed(1)
    before = torch.random.get_rng_state()
    one = model(tokens)[0]
    model.generator = torch.Generator().manual_seed(1)
    torch.testing.assert_close(one, model(tokens)[0])
    assert not torch.allclose(one, model(tokens)[0])
    assert torch.equal(before, torch.random.get_rng_state())


def test_locked_masks_are_the_same_at_every_step_and_keep_the_mean() -> None:
    from generator.model.dropout import drop_weights, locked_dropout

    values = torch.ones(5, 40, 50)
    dropped = locked_dropout(values, 0.3, torch.Generator().manual_seed(2))
    assert torch.equal(dropped, dropped[:1].expand_as(dropped))
    assert abs(dropped.mean().item() - 1) < 0.05
    assert set(drop_weights(torch.ones(9, 9), 0.5, torch.Generator().manual_seed(3)).unique().tolist()) == {0.0, 2.0}


def test_a_shut_off_row_starts_from_zero() -> None:
    model, tokens = build(attention_window=4), some_tokens()
    _, state = model(tokens)
    kept = state.keep(torch.tensor([True, False, True]))
    fresh, _ = model(tokens)
    after, _ = model(tokens, kept)
    torch.testing.assert_close(after[1], fresh[1])
    assert not torch.allclose(after[0], fresh[0])


def test_state_rows_are_picked_in_order() -> None:
    model, tokens = build(attention_window=4), some_tokens()
    _, state = model(tokens)
    picked = state.rows(torch.tensor([2, 2, 0]))
    assert isinstance(picked, State) and picked.batch_size == 3
    torch.testing.assert_close(picked.hidden[:, 0], state.hidden[:, 2])
    torch.testing.assert_close(picked.memory[2], state.memory[0])


def test_tied_weights_are_one_tensor_of_any_width() -> None:
    for width in (6, 5):
        model = build(tie_weights=True, embed_dim=width)
        assert model.output.weight is model.embedding.weight and model.output.weight.shape == (11, width)
    with pytest.raises(ConfigError, match="tie-weights"):
        build(tie_weights=True, embed_dim=0)
    with pytest.raises(ConfigError, match="embedding"):
        build(embed_dim=0, cue_sizes=(0,), cue_tables=(0,), cue_groups=(0,))
    with pytest.raises(ConfigError, match="sizes"):
        LanguageModel(ModelConfig(vocab_size=5))


def test_first_weights_open_the_forget_gate_and_are_orthogonal() -> None:
    model = LanguageModel(PLAIN, torch.Generator().manual_seed(0))
    layer = model.layers[1]
    assert torch.equal(layer.bias.view(4, 6)[1], torch.ones(6)) and layer.bias.sum() == 6
    for block in layer.weight_hh.split(6):
        torch.testing.assert_close(block @ block.T, torch.eye(6))


def test_large_vocabularies_look_up_alike() -> None:
    small, large = build(), build(vocab_size=1025)
    for model in (small, large):
        tokens = some_tokens()
        model(tokens)[0].sum().backward()
        expected = torch.zeros(model.config.vocab_size, dtype=torch.bool)
        expected[tokens.unique()] = True
        assert torch.equal(model.embedding.weight.grad.abs().sum(1) > 0, expected)
