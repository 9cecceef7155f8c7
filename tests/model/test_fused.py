"""The fused layers against the equations and against the recurrences written out.

Torch has the same call for processor and GPU, with kernels of its own for each: what is tested here on
the processor is that our parameters mean the same to it, not cuDNN's arithmetic.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from equations import logits_of
from hypothesis import given, settings
from hypothesis import strategies as st
from test_language_model import PLAIN, build, some_tokens

from generator.model import LanguageModel
from generator.model.fused import fused, has_fused
from generator.model.loss import rows_at_once

GPU = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU, and torch sees none here")
SHAPES = [
    {},
    {"cell": "gru"},
    {"cell": "rnn"},
    {"cell": "gru", "num_layers": 3, "residual": True, "layer_norm": True, "attention_window": 4},
    {"cell": "lstm", "embed_dim": 4, "tie_weights": True, "tag_sizes": (3,)},
    {"cell": "gru", "embed_dim": 0, "tag_sizes": (3,)},
    {"cell": "lstm", "embed_dim": 0},
    {"cue_sizes": (3, 0), "cue_tables": (0, 1), "cue_groups": (0, 1)},
]


def tags_for(model: LanguageModel, batch: int = 3, time: int = 12) -> torch.Tensor | None:
    fields = [*model.config.tag_sizes, *(size or 10 for size in model.config.cue_sizes)]
    drawn = torch.randint(0, 100, (batch, time, len(fields)), generator=torch.Generator().manual_seed(6))
    return drawn % (torch.tensor(fields) + 1) if fields else None


def test_the_device_decides() -> None:
    assert has_fused(torch.device("cuda:1"))
    assert not has_fused(torch.device("cpu")) and not has_fused(torch.device("mps"))


@settings(max_examples=40)
@given(
    cell=st.sampled_from(("lstm", "gru", "rnn")),
    embed=st.sampled_from((6, 4, 0)),
    num_layers=st.integers(1, 3),
    residual=st.booleans(),
    layer_norm=st.booleans(),
    attention_window=st.sampled_from((0, 4)),
    tag_sizes=st.sampled_from(((), (3,))),
    cues=st.booleans(),
)
def test_logits_are_those_of_the_equations(
    cell, embed, num_layers, residual, layer_norm, attention_window, tag_sizes, cues
) -> None:
    named = {"cue_sizes": (3, 0 if embed else 2), "cue_tables": (0, 1), "cue_groups": (0, 1)} if cues else {}
    model = build(
        cell=cell, embed_dim=embed, num_layers=num_layers, residual=residual, layer_norm=layer_norm,
        attention_window=attention_window, tag_sizes=tag_sizes, **named,
    )  # fmt: skip
    model.fused = True
    tokens, tags = some_tokens(), tags_for(model)
    torch.testing.assert_close(model(tokens, None, tags)[0], logits_of(model, tokens, tags))


def both_ways(model: LanguageModel, device: str = "cpu") -> list[dict[str, torch.Tensor]]:
    """Loss, state and gradients after two chunks in training, first written out, then fused."""
    model.train()
    tokens, found = some_tokens().to(device), []
    tags = tags_for(model)
    tags = None if tags is None else tags.to(device)
    for way in (False, True):
        model.fused, model.generator = way, torch.Generator(device=device).manual_seed(1)
        model.zero_grad()
        total, state = 0.0, None
        for part in (slice(0, 5), slice(5, 11)):  # the second chunk goes on from the state of the first
            here = None if tags is None else tags[:, part]
            loss, _, state = model.loss(tokens[:, part], tokens[:, part.start + 1 : part.stop + 1], state, here, 0.1)
            total = total + loss
        total.backward()
        grads = {name: parameter.grad.clone() for name, parameter in model.named_parameters()}
        cell = {} if state.cell is None else {"cell": state.cell}
        found.append({"loss": total.detach(), "hidden": state.hidden, **cell, **grads})
    return found


@pytest.mark.parametrize("changes", SHAPES)
def test_gradients_and_masks_are_those_of_the_recurrences_written_out(changes) -> None:
    model = build(**changes, dropout=0.3, input_dropout=0.2, weight_dropout=0.4)
    one, other = both_ways(model)
    for name, value in one.items():
        torch.testing.assert_close(other[name], value, msg=name)
    assert any(value.abs().max() > 0 for name, value in one.items() if name.endswith("weight_hh"))


@pytest.mark.parametrize("changes", SHAPES)
def test_gradients_agree_with_finite_differences(changes) -> None:
    model, tokens = build(**changes), some_tokens(2, 5)
    model.fused = True
    tags = tags_for(model, 2, 4)

    def loss() -> torch.Tensor:
        logits, _ = model(tokens[:, :-1], None, tags)
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten())

    loss().backward()
    for name, parameter in model.named_parameters():
        places = torch.randint(parameter.numel(), (2,), generator=torch.Generator().manual_seed(7))
        for place in places.tolist():
            flat, gradient = parameter.data.view(-1), parameter.grad.view(-1)[place]
            if "_embeddings" in name and place < (parameter.shape[1] if parameter.dim() > 1 else 0):
                continue  # row 0 stands for not given and is not trained
            kept, sides = flat[place].item(), []
            for shift in (1e-5, -1e-5):
                flat[place] = kept + shift
                sides.append(loss().item())
            flat[place] = kept
            assert abs((sides[0] - sides[1]) / 2e-5 - gradient.item()) < 1e-7, name


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_bfloat16_stays_near_float32(cell: str) -> None:
    config = replace(PLAIN, cell=cell, hidden_size=32, embed_dim=32)
    model = LanguageModel(config, torch.Generator().manual_seed(2))
    model.fused = True
    tokens = some_tokens()
    exact, end = model(tokens)
    model.compute_dtype = torch.bfloat16
    rounded, state = model(tokens)
    assert state.hidden.dtype == torch.float32 and rounded.dtype == torch.float32
    assert 0 < (rounded - exact).abs().max() < 0.05
    torch.testing.assert_close(state.hidden, end.hidden, atol=0.03, rtol=0)


def test_the_biases_of_a_gru_stand_on_both_sides_of_the_reset() -> None:
    """One step by hand, with numbers in which the two biases cannot be exchanged."""
    one = torch.ones(1, dtype=torch.float64)
    inputs = one.view(1, 1, 1)
    bias, bias_n = torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64), 0.7 * one
    weight_ih = torch.tensor([[0.5], [-0.4], [0.9]], dtype=torch.float64)
    weight_hh = torch.tensor([[0.3], [0.8], [-0.6]], dtype=torch.float64)
    outputs, last, memory = fused("gru", inputs, weight_ih, weight_hh, bias, bias_n, one.view(1, 1) * 0.5, None)
    r, z = torch.sigmoid((0.5 + 0.1 + 0.15) * one), torch.sigmoid((-0.4 + 0.2 + 0.4) * one)
    n = torch.tanh(0.9 + 0.3 + r * (-0.3 + 0.7))
    torch.testing.assert_close(last[0], (1 - z) * n + z * 0.5)
    assert torch.equal(outputs[0], last) and memory is None


def test_a_device_takes_more_logits_at_once_than_a_processor() -> None:
    assert rows_at_once(torch.device("cuda"), 8000) > 10 * rows_at_once(torch.device("cpu"), 8000)
    assert rows_at_once(torch.device("cpu"), 1 << 30) == 1


@GPU
@pytest.mark.filterwarnings("ignore:RNN module weights are not part of single contiguous chunk")
@pytest.mark.parametrize("changes", SHAPES)
def test_on_a_gpu_the_values_are_those_of_the_processor(changes) -> None:
    model = build(**changes)
    tokens, tags = some_tokens(), tags_for(model)
    expected = logits_of(model, tokens, tags)
    model.to("cuda")
    found = model(tokens.cuda(), None, None if tags is None else tags.cuda())[0]
    torch.testing.assert_close(found.cpu(), expected)
    one, other = both_ways(build(**changes, dropout=0.3, input_dropout=0.2, weight_dropout=0.4).to("cuda"), "cuda")
    for name, value in one.items():
        torch.testing.assert_close(other[name], value, msg=name)
