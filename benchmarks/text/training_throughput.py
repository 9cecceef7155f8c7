"""Training speed as a share of what one large matrix product reaches, in the same run.

    python benchmarks/text/training_throughput.py
    python benchmarks/text/training_throughput.py --hidden-size 256 --batch-size 32 --rounds 9

Every row is measured in turn, round after round, so that a machine that slows down slows all of them
alike; the table shows medians, and shares round by round. Work is counted as the matrix products
that are really done: forward, and twice as much backward. The recurrent stack alone is fed dense
inputs whose gradient is wanted, as every layer but the first is; the whole training step is what
``generator.train`` does on text of 65 characters, with loss, clipping, AdamW and averaging (there the
first layer's input product is a look-up, and not counted).
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch.nn import functional as F

from generator.config import ModelConfig
from generator.model import GATES, LanguageModel
from generator.model.scan import scan
from generator.training.averaging import WeightAverage
from generator.training.machine import keep_freed_memory

VOCABULARY = 65


@dataclass
class Row:
    """One line of the table: what is measured, and the products it does in floating-point operations."""

    name: str
    work: Callable[[], None]
    operations: float
    tokens: int = 0


def large_product(dtype: torch.dtype, size: int = 4096) -> Row:
    """One large square product."""
    one, other = torch.randn(size, size).to(dtype), torch.randn(size, size).to(dtype)
    return Row(f"one {size} x {size} product, {str(dtype)[6:]}", lambda: torch.mm(one, other), 2.0 * size**3)


def stack_operations(cell: str, options: argparse.Namespace) -> float:
    """Products of a stack, forward and backward, with the input product of every layer."""
    weights = options.num_layers * 2 * GATES[cell] * options.hidden_size**2
    return 6.0 * weights * options.batch_size * options.bptt_steps


def torch_stack(cell: str, options: argparse.Namespace) -> Row:
    """The same stack by ``torch.nn`` under bfloat16 autocast."""
    kind = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[cell]
    layers = kind(options.hidden_size, options.hidden_size, options.num_layers)
    inputs = torch.randn(options.bptt_steps, options.batch_size, options.hidden_size, requires_grad=True)

    def work() -> None:
        with torch.autocast("cpu", torch.bfloat16):
            outputs, _ = layers(inputs)
        outputs.float().sum().backward()

    return Row(
        f"torch.nn.{cell.upper()}, bfloat16 autocast", work, stack_operations(cell, options), inputs[:, :, 0].numel()
    )


def our_stack(cell: str, options: argparse.Namespace) -> Row:
    """The recurrences of ``generator.model.scan``."""
    size, gates = options.hidden_size, GATES[cell]
    layers = [
        [
            (torch.randn(shape) * size**-0.5).requires_grad_()
            for shape in ((gates * size, size), (gates * size, size), (gates * size,))
        ]
        for _ in range(options.num_layers)
    ]
    bias_n = torch.zeros(size, requires_grad=True) if cell == "gru" else None
    inputs = torch.randn(options.bptt_steps, options.batch_size, size, dtype=torch.bfloat16, requires_grad=True)
    zero = torch.zeros(options.batch_size, size)
    ones = torch.ones_like(inputs)

    def work() -> None:
        values = inputs
        for weight_ih, weight_hh, bias in layers:
            gate_inputs = F.linear(values, weight_ih.bfloat16(), bias.bfloat16())
            values, _, _ = scan(cell, gate_inputs, weight_hh, bias_n, zero, zero if cell == "lstm" else None)
        values.backward(ones)

    return Row(f"generator's {cell.upper()}", work, stack_operations(cell, options), inputs[:, :, 0].numel())


def training_step(cell: str, options: argparse.Namespace) -> Row:
    """All that the trainer does in a step."""
    size, batch, steps = options.hidden_size, options.batch_size, options.bptt_steps
    config = ModelConfig(
        vocab_size=VOCABULARY, cell=cell, embed_dim=size, hidden_size=size, num_layers=options.num_layers,
        tie_weights=True, dropout=0.4, input_dropout=0.0,
    )  # fmt: skip
    model = LanguageModel(config, torch.Generator().manual_seed(0))
    model.compute_dtype, model.generator = torch.bfloat16, torch.Generator().manual_seed(1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    average = WeightAverage(model, 0.99)
    tokens = torch.randint(VOCABULARY, (batch, steps + 1))
    weights = (options.num_layers * 2 - 1) * GATES[cell] * size**2 + VOCABULARY * size

    def work() -> None:
        logits, _ = model(tokens[:, :-1])
        optimizer.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), tokens[:, 1:].flatten()).backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        average.update(100)

    return Row(f"generator, whole training step, {cell.upper()}", work, 6.0 * weights * batch * steps, batch * steps)


def seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def main() -> None:
    """Measure and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--hidden-size", type=int, default=512)
    options.add_argument("--num-layers", type=int, default=2)
    options.add_argument("--batch-size", type=int, default=64)
    options.add_argument("--bptt-steps", type=int, default=128)
    options.add_argument("--rounds", type=int, default=7)
    options.add_argument("--plain-memory", action="store_true", help="leave the C library's allocator as it is")
    said = options.parse_args()
    if not said.plain_memory:
        keep_freed_memory()
    rows = [large_product(torch.bfloat16), large_product(torch.float32)]
    for cell in ("lstm", "gru"):
        rows += [torch_stack(cell, said), our_stack(cell, said), training_step(cell, said)]
    for row in rows:
        row.work()
    rates: list[list[float]] = [[] for _ in rows]
    for _ in range(said.rounds):
        for row, found in zip(rows, rates, strict=True):
            found.append(row.operations / seconds(row.work) / 1e9)
    print(
        f"{said.num_layers} x {said.hidden_size}, batch {said.batch_size}, {said.bptt_steps} steps, "
        f"{torch.get_num_threads()} threads, torch {torch.__version__}, median of {said.rounds} rounds\n"
    )
    print("| what | GFLOP/s | share of the bfloat16 product | tokens/s |")
    print("|---|---:|---:|---:|")
    for row, found in zip(rows, rates, strict=True):
        rate = statistics.median(found)
        share = statistics.median(one / base for one, base in zip(found, rates[0], strict=True))
        speed = f"{row.tokens * rate * 1e9 / row.operations:,.0f}" if row.tokens else ""
        print(f"| {row.name} | {rate:.0f} | {share:.0%} | {speed} |")


if __name__ == "__main__":
    main()
