"""Random numbers that belong to one generation or one run, never to the whole process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch

__all__ = ["candidate_seeds", "fresh_seed", "numpy_generator", "row_seeds", "torch_generator"]

SEED_LIMIT = 2**53  # a seed survives JSON, a URL and a spreadsheet unharmed


def fresh_seed() -> int:
    """Draw a seed from the operating system, small enough to be read aloud."""
    import secrets

    return secrets.randbelow(2**31)


def row_seeds(seed: int, count: int) -> list[int]:
    """Seeds of the rows of a batch: row ``i`` has ``seed + i``.

    So row ``i`` of a batch can be written again alone, with that seed.
    """
    return [(seed + index) % SEED_LIMIT for index in range(count)]


def candidate_seeds(seed: int, count: int, candidates: int) -> list[int]:
    """Seeds of ``candidates`` tries for each of ``count`` rows, row after row.

    The first try of row ``i`` has ``seed + i``; the others are mixed from it (the finalizer of
    splitmix64, Steele, Lea & Flood 2014), so that neighbouring seeds share no tries.
    """
    return [
        base if not number else _mixed(base + number * 0x9E3779B97F4A7C15) % SEED_LIMIT
        for base in row_seeds(seed, count)
        for number in range(candidates)
    ]


def _mixed(value: int) -> int:
    value %= 1 << 64
    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9 % (1 << 64)
    value = (value ^ value >> 27) * 0x94D049BB133111EB % (1 << 64)
    return value ^ value >> 31


def numpy_generator(seed: int) -> np.random.Generator:
    """A NumPy generator of its own (PCG64, whose stream is fixed across versions)."""
    import numpy as np

    return np.random.Generator(np.random.PCG64(seed))


def torch_generator(seed: int, device: str = "cpu") -> torch.Generator:
    """A torch generator of its own; the process-wide one is not touched."""
    import torch

    generator = torch.Generator(device=device)
    generator.manual_seed(seed)
    return generator
