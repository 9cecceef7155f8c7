"""Everything a run needs to go on as if it had never stopped, bit for bit.

``last/`` is a checkpoint like any other (the raw weights), with four files more: the averaged
weights, the optimizer's moments, each process's streams (recurrent state and dropout's random
state), and a few numbers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..errors import TrainingError
from ..files import read_json, write_json
from ..model import LanguageModel, State
from .averaging import WeightAverage

__all__ = ["Progress", "Streams", "read_snapshot", "write_snapshot"]


@dataclass
class Progress:
    """The numbers of a run that change as it goes.

    Attributes:
        step: Steps done.
        epoch, chunk: The chunk to come.
        total_steps: Steps of the run, as last planned.
        next_validation: The step after which to validate.
        seconds: Time spent in training steps, over all sittings.
        wall_seconds: The same with validation and saving.
        rate_scale: Halved at each rollback.
        rollbacks: How often the run was set back.
        smoothed: Running mean of the loss in nats per token; None before the first step.
        best_nats: Best validation so far, nats per character; None before the first.
        stale: Validations since then.
    """

    step: int = 0
    epoch: int = 0
    chunk: int = 0
    total_steps: int = 0
    next_validation: int = 0
    seconds: float = 0.0
    wall_seconds: float = 0.0
    rate_scale: float = 1.0
    rollbacks: int = 0
    smoothed: float | None = None
    best_nats: float | None = None
    stale: int = 0


@dataclass(frozen=True)
class Streams:
    """What one process carries from chunk to chunk.

    Attributes:
        state: Recurrent state of its streams; None at the start of an epoch.
        random: State of the generator of dropout and resets [bytes], uint8; None where it was another
            kind of device's, which this one's generator cannot go on from.
    """

    state: State | None
    random: Tensor | None

    def to(self, device: torch.device | str) -> Streams:
        """With the recurrent state on another device; a generator's state is bytes of the processor everywhere."""
        return replace(self, state=None if self.state is None else self.state.to(device))

    def tensors(self) -> dict[str, Tensor]:
        """As named tensors."""
        found = {} if self.random is None else {"random": self.random}
        if self.state is not None:
            for field in fields(self.state):
                value = getattr(self.state, field.name)
                if value is not None:
                    found[field.name] = value.contiguous()
        return found

    @classmethod
    def of(cls, tensors: dict[str, Tensor]) -> Streams:
        """Back from named tensors."""
        random = tensors.pop("random", None)
        return cls(State(**tensors) if tensors else None, random)


def write_snapshot(
    folder: Path, average: WeightAverage, optimizer: torch.optim.Optimizer, streams: list[Streams], progress: Progress,
    device: torch.device,
) -> None:  # fmt: skip
    """Add to a checkpoint folder what resuming needs; ``streams`` has one entry a process.

    Nothing of it is bound to ``device`` but the random states: whatever lay on a GPU is written from
    the processor's memory, so that any machine can read it.
    """
    save_file({name: value.cpu() for name, value in average.values.items()}, folder / "average.safetensors")
    moments = {
        f"{index}.{name}": value.cpu().contiguous()
        for index, entry in optimizer.state_dict()["state"].items()
        for name, value in entry.items()
    }
    save_file(moments, folder / "optimizer.safetensors")
    for rank, part in enumerate(streams):
        save_file(part.to("cpu").tensors(), folder / f"streams-{rank}.safetensors")
    write_json(folder / "progress.json", {**asdict(progress), "processes": len(streams), "device": device.type})


def read_snapshot(
    folder: Path, model: LanguageModel, average: WeightAverage, optimizer: torch.optim.Optimizer, rank: int, world: int,
    device: torch.device,
) -> tuple[Streams, Progress]:  # fmt: skip
    """Put a run back to where ``folder`` was written, by whatever device; the weights are on ``device`` and stay there.

    Raises:
        TrainingError: if a part is missing or damaged, or the number of processes has changed.
    """
    try:
        numbers: dict[str, Any] = read_json(folder / "progress.json")
        processes, written_on = numbers.pop("processes"), numbers.pop("device", "cpu")
        if processes != world:
            raise TrainingError(
                f"{folder.parent} was trained by {processes} process{'es' if processes > 1 else ''}, not {world}.",
                f"Resume it with {processes}: torchrun --nproc-per-node {processes} -m generator.train --resume ...",
            )
        weights = load_file(folder / "model.safetensors")
        live = dict(model.named_parameters())
        with torch.no_grad():
            for name, value in weights.items():
                live[name].copy_(value)
        average.load(load_file(folder / "average.safetensors"))
        state: dict[int, dict[str, Tensor]] = {}
        for key, value in load_file(folder / "optimizer.safetensors").items():
            index, name = key.split(".", 1)
            state.setdefault(int(index), {})[name] = value
        optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
        streams = Streams.of(load_file(folder / f"streams-{rank}.safetensors")).to(device)
        return streams if written_on == device.type else replace(streams, random=None), Progress(**numbers)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError, RuntimeError) as error:
        raise TrainingError(
            f"{folder} cannot be resumed from: {error}",
            f"Its best model is unharmed in {folder.parent / 'best'}: train on with --init-from {folder.parent}.",
        ) from error
