"""Where a training runs: the processor, or a GPU.

``TrainingConfig.device`` says what a person wants, ``resolve`` what that means on this machine (and
that is what the plan of a run keeps), ``own_device`` which of the machine's GPUs is this process's.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from ..errors import ConfigError, TrainingError

__all__ = [
    "CPU", "describe", "has_bfloat16", "memory_told", "own_device", "resolve", "resolve_again", "synchronize",
    "take_device",
]  # fmt: skip

CPU = torch.device("cpu")
SPELLING = re.compile(r"auto|cpu|mps|cuda(:(?P<index>\d+))?")
# what allocators and libraries of GPUs say beside torch.OutOfMemoryError
MEMORY_FULL = ("out of memory", "alloc_failed")


def _gpus() -> int:
    """CUDA GPUs that torch sees (CUDA_VISIBLE_DEVICES narrows them)."""
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _has_mps() -> bool:
    return torch.backends.mps.is_available()


def _processes_here() -> int:
    """Training processes on this machine, as torchrun tells them."""
    return int(os.environ.get("LOCAL_WORLD_SIZE", "1"))


def resolve(said: str) -> str:
    """What ``--device`` means on this machine.

    Args:
        said: ``auto``, ``cpu``, ``cuda``, ``cuda:N`` or ``mps``.
    Returns:
        One of the others; ``auto`` takes CUDA GPUs where there is one for each process of this machine.
    Raises:
        ConfigError: if there is no such device, or not one for each process.
    """
    match = SPELLING.fullmatch(said)
    if match is None:
        raise ConfigError(f"--device {said} is not known.", "Choose one of: auto, cpu, cuda, cuda:N, mps.")
    gpus, processes = _gpus(), _processes_here()
    if said == "auto":
        return "cuda" if gpus >= processes else "cpu"
    if said == "cpu":
        return said
    if said == "mps":
        if not _has_mps():
            raise ConfigError("--device mps: torch sees no Apple GPU here.", "Leave the option out.")
        if processes > 1:
            raise ConfigError("--device mps trains in one process.", "Start it without torchrun.")
        return said
    if not gpus:
        built = "" if torch.version.cuda or torch.version.hip else " (This torch was built for the processor alone.)"
        raise ConfigError(
            f"--device {said}: torch sees no CUDA GPU here.{built}",
            "Leave the option out to train on the processor, or install a driver and a torch build that fit the GPU.",
        )
    if match["index"] is not None:
        if processes > 1:
            raise ConfigError(f"--device {said} is one GPU for {processes} processes.", "Give --device cuda.")
        if int(match["index"]) >= gpus:
            raise ConfigError(f"--device {said}: the last GPU here is cuda:{gpus - 1}.", "Give a lower number.")
    elif processes > gpus:
        raise ConfigError(
            f"There {'is 1 GPU' if gpus == 1 else f'are {gpus} GPUs'} for {processes} processes on this machine.",
            f"Start no more than one process a GPU (torchrun --nproc-per-node {gpus}), or give --device cpu.",
        )
    return said


def resolve_again(planned: str) -> tuple[str, str | None]:
    """The device that a run goes on with, and what to say of it where it is not the planned one."""
    try:
        return resolve(planned), None
    except ConfigError as error:
        found = resolve("auto")
        on = "the processor" if found == "cpu" else found
        return found, f"{error.message} Going on with {on}, which gives other weights than the planned device would."


def own_device(name: str) -> torch.device:
    """The device of this process: of several on a machine each has the GPU of its local rank."""
    return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0"))) if name == "cuda" else torch.device(name)


def take_device(name: str) -> torch.device:
    """This process's device, set up so that a GPU computes the same twice, and float32 is float32.

    The settings hold for the whole process. cuBLAS and with it cuDNN's recurrent layers repeat their
    results only with a workspace of fixed size (see the note on determinism at ``torch.nn.LSTM``); the
    fused attention kernels add up gradients in any order.
    """
    device = own_device(name)
    if device.type != "cuda":
        return device
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.cuda.set_device(device)
    torch.backends.cudnn.deterministic, torch.backends.cudnn.benchmark = True, False
    torch.backends.cudnn.allow_tf32 = False  # else torch lets cuDNN round the factors of products to 10 bits
    torch.backends.cuda.enable_flash_sdp(False)
    torch.backends.cuda.enable_mem_efficient_sdp(False)
    torch.backends.cuda.enable_cudnn_sdp(False)
    # should cuDNN want another order of the weights than ``model.fused`` lays them in, it copies them: that is all
    warnings.filterwarnings("ignore", message="RNN module weights are not part of single contiguous chunk")
    return device


def describe(device: torch.device) -> str:
    """The device in words, for the plan."""
    if device.type == "cuda":
        found = torch.cuda.get_device_properties(device)
        return f"{found.name}, {found.total_memory / 2**30:.0f} GB ({device})"
    return "processor" if device.type == "cpu" else f"GPU ({device})"


def has_bfloat16(device: torch.device) -> bool:
    """Whether the device computes in bfloat16 itself; a processor always can, slowly or not."""
    if device.type == "cuda":
        with torch.cuda.device(device):
            return torch.cuda.is_bf16_supported(including_emulation=False)
    return device.type == "cpu"


def synchronize(device: torch.device) -> None:
    """Wait until the device has done what it was asked."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


@contextmanager
def memory_told() -> Iterator[None]:
    """Say in words when the memory of a GPU is full.

    Raises:
        TrainingError: in place of what torch raises then.
    """
    try:
        yield
    except RuntimeError as error:
        text = str(error).lower()
        if not isinstance(error, torch.OutOfMemoryError) and not any(words in text for words in MEMORY_FULL):
            raise
        raise TrainingError(
            "The training does not fit into the memory of the GPU.",
            "Lower --batch-size (or --bptt-steps), or choose a smaller network. "
            "What a run has learnt is not lost: begin a new one from it with --init-from RUN.",
        ) from error
