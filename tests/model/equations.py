"""The network once more, written out step by step from its equations, in plain tensor algebra."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from generator.model import LanguageModel

Weights = dict[str, Tensor]


def lstm_step(gate_input: Tensor, weight: Tensor, bias_n: Tensor | None, hidden: Tensor, cell: Tensor):
    """i, f, o = sigmoid; g = tanh; c' = f c + i g; h' = o tanh(c')."""
    i, f, g, o = (gate_input + hidden @ weight.T).chunk(4, dim=1)
    cell = torch.sigmoid(f) * cell + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(cell), cell


def gru_step(gate_input: Tensor, weight: Tensor, bias_n: Tensor, hidden: Tensor, cell: Tensor):
    """r, z = sigmoid; n = tanh(x_n + r (h_n + b_n)); h' = (1 - z) n + z h."""
    x_r, x_z, x_n = gate_input.chunk(3, dim=1)
    h_r, h_z, h_n = (hidden @ weight.T).chunk(3, dim=1)
    r, z = torch.sigmoid(x_r + h_r), torch.sigmoid(x_z + h_z)
    n = torch.tanh(x_n + r * (h_n + bias_n))
    return (1 - z) * n + z * hidden, cell


def rnn_step(gate_input: Tensor, weight: Tensor, bias_n: Tensor | None, hidden: Tensor, cell: Tensor):
    """h' = tanh(x + U h)."""
    return torch.tanh(gate_input + hidden @ weight.T), cell


STEPS = {"lstm": lstm_step, "gru": gru_step, "rnn": rnn_step}


def normalise(values: Tensor, weights: Weights, name: str) -> Tensor:
    """Layer normalisation (Ba, Kiros & Hinton 2016)."""
    mean = values.mean(-1, keepdim=True)
    spread = ((values - mean) ** 2).mean(-1, keepdim=True)
    return (values - mean) / torch.sqrt(spread + 1e-5) * weights[f"{name}.weight"] + weights[f"{name}.bias"]


def logits_of(model: LanguageModel, tokens: Tensor, tags: Tensor | None = None) -> Tensor:
    """Logits [batch, time, vocab_size] from the zero state, token by token, no dropout."""
    config, weights = model.config, model.state_dict()
    batch, time = tokens.shape
    size, layers = int(config.hidden_size), int(config.num_layers)
    zeros = torch.zeros(batch, size, dtype=weights["output.weight"].dtype)
    hidden, cell = [zeros] * layers, [zeros] * layers
    past: list[Tensor] = []
    found = []
    for step in range(time):
        first = weights["layers.0.weight_ih"]
        if config.embed_dim:
            value = weights["embedding.weight"][tokens[:, step]]
        else:
            value = torch.eye(config.vocab_size, dtype=first.dtype)[tokens[:, step]]
        extra = torch.zeros_like(zeros[:, :1])
        for field in range(len(config.tag_sizes)):
            if tags is not None:
                number = tags[:, step, field] if tags.dim() == 3 else tags[:, field]
                extra = extra + weights[f"tag_embeddings.{field}.weight"][number] * (number > 0)[:, None]
        for cue, (values, table) in enumerate(zip(config.cue_sizes, config.cue_tables, strict=True)):
            if tags is not None:
                column = len(config.tag_sizes) + cue
                number = tags[:, step, column] if tags.dim() == 3 else tags[:, column]
                matrix = weights[f"cue_embeddings.{table}.weight"]
                named = matrix[number] if values else weights["embedding.weight"][number] @ matrix.T
                extra = extra + named * (number > 0)[:, None]
        below = value + extra if config.embed_dim else value
        for layer in range(layers):
            read = normalise(below, weights, f"input_norms.{layer - 1}") if config.layer_norm and layer else below
            gate_input = read @ weights[f"layers.{layer}.weight_ih"].T + weights[f"layers.{layer}.bias"]
            if layer == 0 and not config.embed_dim:
                gate_input = gate_input + extra
            hidden[layer], cell[layer] = STEPS[config.cell](
                gate_input,
                weights[f"layers.{layer}.weight_hh"],
                weights.get(f"layers.{layer}.bias_n"),
                hidden[layer],
                cell[layer],
            )
            below = hidden[layer] + below if config.residual and layer else hidden[layer]
        if config.attention_window:
            past = [*past, below][-config.attention_window :]
            seen = torch.stack(past, dim=1)  # [batch, window, hidden]
            query = below @ weights["attention.query.weight"].T
            score = (seen @ weights["attention.key.weight"].T @ query[:, :, None])[:, :, 0] / math.sqrt(size)
            share = torch.exp(score - score.max(1, keepdim=True).values)
            share = share / share.sum(1, keepdim=True)
            context = (share[:, :, None] * (seen @ weights["attention.value.weight"].T)).sum(1)
            below = torch.tanh(torch.cat((below, context), 1) @ weights["attention.combine.weight"].T)
        if config.layer_norm:
            below = normalise(below, weights, "output_norm")
        if "projection.weight" in weights:
            below = below @ weights["projection.weight"].T
        found.append(below @ weights["output.weight"].T + weights["output.bias"])
    return torch.stack(found, dim=1)
