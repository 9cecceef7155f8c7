"""What this machine does best: precision and speed by measurement, memory kept for reuse."""

from __future__ import annotations

import ctypes
import platform
import time
from collections.abc import Callable

import torch

from ..config import ModelConfig
from ..model import LanguageModel
from ..seeding import torch_generator
from .devices import CPU, has_bfloat16, synchronize

__all__ = ["choose_precision", "keep_freed_memory", "seconds_per_step"]

PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_MAX = -1, -2, -4  # glibc's malloc.h


def keep_freed_memory() -> None:
    """Let the allocator keep freed memory instead of handing it back to the kernel.

    A training step frees and takes again some hundred megabytes. By default glibc maps large blocks
    afresh each time and the kernel fills every page with zeros on first touch, which costs a
    quarter of a step. Elsewhere than on glibc this does nothing.
    """
    if platform.libc_ver()[0] == "glibc":
        library = ctypes.CDLL(None)
        library.mallopt(M_MMAP_MAX, 0)
        library.mallopt(M_TRIM_THRESHOLD, 2**31 - 1)
        library.mallopt(M_TOP_PAD, 256 << 20)


def seconds_per_step(
    config: ModelConfig, batch_size: int, bptt_steps: int, precision: str, device: torch.device = CPU
) -> float:
    """Time a training step of a network of this shape: the best of a few, after one to warm up."""
    model = LanguageModel(config, torch.Generator().manual_seed(0)).to(device)
    model.compute_dtype = PRECISIONS[precision]
    model.generator = torch_generator(0, str(device))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    tokens = torch.arange(batch_size * bptt_steps, device=device).view(batch_size, bptt_steps) % config.vocab_size
    tags = (
        torch.zeros(batch_size, bptt_steps, fields, dtype=torch.int64, device=device)
        if (fields := len(config.tag_sizes) + len(config.cue_sizes))
        else None
    )

    def step() -> None:
        loss, _, _ = model.loss(tokens, tokens, None, tags)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        synchronize(device)

    return _fastest(step)


def _fastest(work: Callable[[], None], at_least: int = 2, seconds: float = 0.6) -> float:
    """Seconds of the fastest of some runs, two at least, for about ``seconds`` in all."""
    work()
    times: list[float] = []
    while len(times) < at_least or sum(times) < seconds:
        begun = time.perf_counter()
        work()
        times.append(time.perf_counter() - begun)
    return min(times)


def choose_precision(
    config: ModelConfig, batch_size: int, bptt_steps: int, device: torch.device = CPU
) -> tuple[str, dict[str, float]]:
    """The quicker of bfloat16 and float32 on this machine for this network, and the seconds a step of each."""
    names = ("bfloat16", "float32") if has_bfloat16(device) else ("float32",)
    times = {name: seconds_per_step(config, batch_size, bptt_steps, name, device) for name in names}
    return min(times, key=times.__getitem__), times
