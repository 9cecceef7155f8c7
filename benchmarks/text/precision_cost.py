"""What coarser arithmetic in decoding costs on validation text, in nats a character.

    python benchmarks/text/precision_cost.py shakespeare

The text is read by the decoding engine itself, in 64 streams of equal length side by side, each from
the zero state and carried to its end, in each precision; the cost is the difference from float32.
"""

from __future__ import annotations

import argparse
import sys

import numpy as np
import torch

from generator import checkpoint
from generator.decoding import Engine
from generator.decoding.sampling import log_softmax
from generator.evaluation import find_corpus, material

STREAMS = 64


def nats_a_token(engine: Engine, ids: np.ndarray, tags: np.ndarray | None) -> np.ndarray:
    """Cost of every token but the first of each stream [streams, steps - 1]."""
    state = engine.start(len(ids), tags)
    costs = np.empty((len(ids), ids.shape[1] - 1))
    for step in range(ids.shape[1] - 1):
        log_probs = log_softmax(engine.step(ids[:, step], state))
        costs[:, step] = -np.take_along_axis(log_probs, ids[:, step + 1, None], 1)[:, 0]
    return costs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", help="a name under checkpoints/, a run directory or a path")
    parser.add_argument("--corpus", help="a prepared folder or a source, where the model's own is not here")
    parser.add_argument("--tokens", type=int, help="read only the first so many")
    options = parser.parse_args()
    loaded = checkpoint.load(options.model)
    prepared = find_corpus(
        loaded.config.get("provenance") or {}, options.corpus, say=lambda line: print(line, file=sys.stderr)
    )
    read = material(prepared, "validation", loaded.tokenizer, most_tokens=options.tokens)
    steps = len(read.ids) // STREAMS
    ids = np.asarray(read.ids[: STREAMS * steps]).astype(np.int64).reshape(STREAMS, steps)
    tokens = STREAMS * (steps - 1)
    a_character = tokens / (read.characters * tokens / max(len(read.ids) - 1, 1))
    print(f"{options.model}, validation: {tokens:,} tokens in {STREAMS} streams, torch {torch.__version__}\n")
    print("| precision | nats a character | more than float32 | ± |")
    print("|---|--:|--:|--:|")
    exact: np.ndarray | None = None
    for name in ("float32", "bfloat16", "int8"):
        costs = nats_a_token(Engine.build(loaded.model, name), ids, None) * a_character
        exact = costs if exact is None else exact
        differences = (costs - exact).mean(1)  # a stream is one independent reading
        error = differences.std(ddof=1) / STREAMS**0.5
        print(f"| {name} | {costs.mean():.5f} | {differences.mean():+.5f} | {error:.5f} |", flush=True)


if __name__ == "__main__":
    main()
