"""Several processes that train one network, each on its own streams.

Started by ``torchrun``, which sets the environment read here. Each process reads its share of the
batch; gradients are averaged by DistributedDataParallel, weighted by tokens. Gradients on GPUs go
through NCCL; what the processes tell each other besides (losses, plans, snapshots) is small, lies in
the processor's memory and goes through gloo everywhere.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, distributed

__all__ = ["Group", "joined"]


@dataclass(frozen=True)
class Group:
    """This process among those that train together.

    Attributes:
        rank: Its number; 0 leads: it alone prints, validates and writes.
        world: How many there are.
    """

    rank: int = 0
    world: int = 1

    @property
    def leads(self) -> bool:
        return self.rank == 0

    def total(self, *values: float) -> list[float]:
        """The sum of each value over all processes."""
        if self.world == 1:
            return list(values)
        tensor = torch.tensor(values, dtype=torch.float64)
        distributed.all_reduce(tensor)
        return tensor.tolist()

    def share(self, value: Any) -> Any:
        """What the leader has, for all."""
        if self.world == 1:
            return value
        box = [value]
        distributed.broadcast_object_list(box)
        return box[0]

    def gather(self, value: Any) -> list[Any]:
        """What each process has, in order, at the leader; elsewhere an empty list."""
        if self.world == 1:
            return [value]
        found: list[Any] | None = [None] * self.world if self.leads else None
        distributed.gather_object(value, found)
        return found or []

    def wait(self) -> None:
        """Wait until all are here."""
        self.total(0.0)  # a barrier of its own would ask a GPU where there is one


@contextmanager
def joined() -> Iterator[Group]:
    """Join the processes that ``torchrun`` started; a process on its own is a group of one."""
    if "RANK" not in os.environ or int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield Group()
        return
    gpus = torch.cuda.is_available() and distributed.is_nccl_available()
    distributed.init_process_group("cpu:gloo,cuda:nccl" if gpus else "gloo")
    try:
        yield Group(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()


def mean_over(tokens: int, group: Group, loss: Tensor) -> Tensor:
    """Scale a process's mean loss so that the averaged gradient is the mean over all tokens."""
    total = group.total(tokens)[0]
    return loss * (tokens * group.world / total)
