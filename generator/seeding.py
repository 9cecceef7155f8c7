"""Random numbers that belong to one generation or one run, never to the whole process."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import torch

__all__ = ["fresh_seed", "numpy_generator", "row_seeds", "torch_generator"]

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
