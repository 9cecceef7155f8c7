"""How fast text is written: one stream and many, beside the common ways and beside what memory allows.

    python benchmarks/text/sampling_speed.py                   # an LSTM 2x512, its weights drawn at random
    python benchmarks/text/sampling_speed.py --model shakespeare
    python benchmarks/text/sampling_speed.py --threads 1

All figures are of one run, so that their ratios hold on any machine, however busy. A figure is the
best of several short bursts. "All-in" is everything that ``generate`` does: the network, the draw, the
text and the step that tells of it. The others are the network's step alone.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections.abc import Callable

import numpy as np
import torch

from generator import checkpoint, tokenizers
from generator.config import ModelConfig, SamplingConfig
from generator.decoding import Engine, Writer, generate
from generator.model import LanguageModel
from generator.seeding import torch_generator

BURST_SECONDS = 0.15
BURSTS = 8
MEMORY_BYTES = 1 << 28  # far more than any cache holds
ROWS = 64


def seconds(work: Callable[[], object]) -> float:
    """Seconds of one call, the best of several bursts."""
    for _ in range(3):
        work()
    best = float("inf")
    for _ in range(BURSTS):
        calls, start = 0, time.perf_counter()
        while time.perf_counter() - start < BURST_SECONDS / 2 or not calls:
            work()
            calls += 1
        best = min(best, (time.perf_counter() - start) / calls)
    return best


def torch_loop(model: LanguageModel, rows: int) -> Callable[[], object]:
    """One step of the common way: ``torch.nn.LSTM`` (or GRU, RNN) called on one token at a time."""
    config = model.config
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}[config.cell]
    network = kind(int(config.embed_dim or 0) or config.vocab_size, int(config.hidden_size or 0), config.num_layers)
    embedding = torch.nn.Embedding(config.vocab_size, network.input_size)
    output = torch.nn.Linear(network.hidden_size, config.vocab_size)
    tokens = torch.zeros(1, rows, dtype=torch.int64)
    state = None

    def step() -> object:
        nonlocal state
        with torch.no_grad():
            hidden, state = network(embedding(tokens), state)
            return output(hidden)

    return step


def written_out(model: LanguageModel, rows: int, kind: torch.dtype) -> Callable[[], object]:
    """One step of LSTM cells written out, the weights of a layer in one matrix: what a careful person does."""
    layers = [
        (
            torch.cat([layer.weight_ih, layer.weight_hh], 1).detach().to(kind).contiguous(),
            layer.bias.detach().to(kind),
        )
        for layer in model.layers
    ]
    table = model.embedding.weight.detach().to(kind)
    output, bias = model.output.weight.detach().to(kind), model.output.bias.detach().to(kind)
    size = int(model.config.hidden_size or 0)
    hidden = [torch.zeros(rows, size, dtype=kind) for _ in layers]
    cells = [torch.zeros(rows, size, dtype=kind) for _ in layers]
    tokens = torch.zeros(rows, dtype=torch.int64)

    def step() -> object:
        with torch.inference_mode():
            x = table[tokens]
            for index, (weight, shift) in enumerate(layers):
                i, f, g, o = torch.nn.functional.linear(torch.cat([x, hidden[index]], 1), weight, shift).chunk(4, 1)
                cells[index] = f.sigmoid() * cells[index] + i.sigmoid() * g.tanh()
                hidden[index] = x = o.sigmoid() * cells[index].tanh()
            return torch.nn.functional.linear(x, output, bias)

    return step


def engine_step(engine: Engine, rows: int) -> Callable[[], object]:
    """One step of the decoding engine."""
    state, tokens = engine.start(rows), np.zeros(rows, np.int64)
    return lambda: engine.step(tokens, state)


def all_in(writer: Writer, rows: int) -> Callable[[], object]:
    """One step of ``generate``, its text taken."""
    steps = generate(writer, "", SamplingConfig(length=10_000_000, seed=1), count=rows)
    return lambda: next(steps).texts


def memory_speed() -> float:
    """Bytes a second at which memory is read: the largest value of a long array of int8 or of float32."""
    best = 0.0
    for kind in (torch.int8, torch.float32):
        size = MEMORY_BYTES // torch.empty(0, dtype=kind).element_size()
        array = torch.ones(size, dtype=kind)
        best = max(best, MEMORY_BYTES / seconds(array.max))
    array = torch.ones(MEMORY_BYTES // 4)
    return max(best, MEMORY_BYTES / seconds(array.sum))


def recurrent_weights(model: LanguageModel) -> int:
    """Weights that a step cannot do without: all matrices but the first layer's input, which is looked up."""
    matrices = [model.output.weight]
    for index, layer in enumerate(model.layers):
        matrices += [layer.weight_hh] + ([layer.weight_ih] if index else [])
    return sum(matrix.numel() for matrix in matrices)


def random_writers() -> tuple[str, LanguageModel, dict[str, Writer]]:
    """An LSTM of two layers of 512 over 65 tokens, tied, as on tinyshakespeare."""
    tokenizer = tokenizers.train("char", ["".join(map(chr, range(33, 96))) + "\n"])
    config = ModelConfig(
        vocab_size=tokenizer.vocab_size, embed_dim=512, hidden_size=512, num_layers=2, tie_weights=True, dropout=0.0,
        input_dropout=0.0,
    )  # fmt: skip
    model = LanguageModel(config, torch_generator(1)).eval()
    writers = {
        name: Writer(model, tokenizer, start_text="\n", precision=name)
        for name in ("int8", "bfloat16", "float32", "auto")
    }
    return f"LSTM 2x512, {tokenizer.vocab_size} tokens, random weights", model, writers


def loaded_writers(name: str) -> tuple[str, LanguageModel, dict[str, Writer]]:
    """A trained model."""
    loaded = checkpoint.load(name)
    writers = {kind: Writer.of(loaded, kind) for kind in ("int8", "bfloat16", "float32", "auto")}
    config = loaded.model.config
    return f"{name}: {config.cell} {config.num_layers}x{config.hidden_size}", loaded.model, writers


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", help="a trained model; without, one of random weights")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="processor threads")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["GENERATOR_CACHE"] = folder  # "auto" is measured here and now
        title, model, writers = loaded_writers(options.model) if options.model else random_writers()
    busy = os.getloadavg()[0]
    print(f"{title}; torch {torch.__version__}, {options.threads} threads, {platform.machine()}, load {busy:.1f}\n")

    ways: list[tuple[str, Callable[[int], Callable[[], object]]]] = [
        (f"loop over torch.nn.{model.config.cell.upper()}", lambda rows: torch_loop(model, rows))
    ]
    if model.config.cell == "lstm" and model.embedding is not None and not model.config.attention_window:
        ways += [
            ("cells written out, float32", lambda rows: written_out(model, rows, torch.float32)),
            ("cells written out, bfloat16", lambda rows: written_out(model, rows, torch.bfloat16)),
        ]
    for name in ("float32", "bfloat16", "int8"):
        ways.append((f"engine, {name}", lambda rows, name=name: engine_step(writers[name].engine, rows)))
    chosen = writers["auto"].choice.precision
    ways.append((f"all-in, {chosen} (what auto chose)", lambda rows: all_in(writers["auto"], rows)))

    print(f"| way | µs a step | characters/s | against the loop | {ROWS} streams: µs a step | characters/s in all |")
    print("|---|--:|--:|--:|--:|--:|")
    baseline = one = many = 0.0
    for name, build in ways:
        one, many = seconds(build(1)), seconds(build(ROWS))
        baseline = baseline or one
        print(
            f"| {name} | {one * 1e6:,.0f} | {1 / one:,.0f} | {baseline / one:.1f}× "
            f"| {many * 1e6:,.0f} | {ROWS / many:,.0f} |",
            flush=True,
        )
    weights, speed = recurrent_weights(model), memory_speed()
    allowed = speed / weights
    print(f"\nmemory is read at {speed / 1e9:.1f} GB/s, so {weights:,} int8 weights at {allowed:,.0f} characters/s.")
    print(f"One stream all-in reaches {1 / one / allowed:.2f} of that; {baseline / one:.0f} times the loop.")
    print(f"{ROWS} streams all-in: {ROWS / many:,.0f} characters/s in all.")


if __name__ == "__main__":
    main()
