"""A device that is none: its tensors lie in the processor's memory, and will not mix with the processor's own.

Where there is no GPU, this shows whether a training keeps everything on its device. Tensors of the
pretended device say that they are on ``meta`` (the one device besides the processor that every build of
torch has), hold real values, and compute with them on the processor. An operation that is given a
tensor of each, which a GPU would refuse, raises ``Mixed``; single numbers may stand on either side, as
for a GPU.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_flatten, tree_map

from generator.model import LanguageModel, language_model
from generator.training import machine, planning, start, trainer

PRETENDED = torch.device("meta")
COPIES = ("aten::_to_copy", "aten::copy_", "aten::_foreach_copy_", "aten::set_")  # the ways from device to device


class Mixed(RuntimeError):
    """Tensors of two devices met."""


class Elsewhere(Tensor):
    """A tensor that says it is on ``PRETENDED``; ``held`` has its values."""

    held: Tensor

    @staticmethod
    def __new__(cls, held: Tensor) -> Elsewhere:
        made = Tensor._make_wrapper_subclass(
            cls, held.shape, strides=held.stride(), storage_offset=held.storage_offset(), dtype=held.dtype,
            device=PRETENDED, requires_grad=False,
        )  # fmt: skip
        made.held = held
        return made

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return compute(func, args, kwargs or {})


def unwrap(value: Any) -> Any:
    return value.held if isinstance(value, Elsewhere) else value


def compute(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """Do an operation on the processor for the device that it belongs to."""
    name = func._schema.name
    flat = [one for one in tree_flatten((args, kwargs))[0] if isinstance(one, Tensor)]
    away = [one for one in flat if isinstance(one, Elsewhere)]
    here = [one for one in flat if not isinstance(one, Elsewhere) and one.dim() > 0]
    if away and here and name not in COPIES:
        raise Mixed(f"{name} was given {len(away)} tensors of the device and {len(here)} of the processor")
    wanted = kwargs.get("device")
    there = wanted == PRETENDED if wanted is not None else bool(away)
    if wanted is not None:
        kwargs = {**kwargs, "device": torch.device("cpu")}
    found = func(*tree_map(unwrap, args), **tree_map(unwrap, kwargs))
    if not func._schema.returns:
        return None
    if any(one.alias_info is not None and one.alias_info.is_write for one in func._schema.returns):
        return kwargs["out"] if "out" in kwargs else kwargs.get("grad_input", args[0] if args else None)
    return tree_map(lambda one: wrap(one, there), found)


def wrap(value: Any, there: bool) -> Any:
    return Elsewhere(value) if there and isinstance(value, Tensor) and not isinstance(value, Elsewhere) else value


class _Factories(TorchDispatchMode):
    """Tensors that are made on the device are made by ``compute`` too; counts what happened there."""

    def __init__(self) -> None:
        super().__init__()
        self.operations: dict[str, int] = {}

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        flat = tree_flatten((args, kwargs))[0]
        if kwargs.get("device") == PRETENDED or any(isinstance(one, Elsewhere) for one in flat):
            name = func._schema.name
            self.operations[name] = self.operations.get(name, 0) + 1
            return compute(func, args, kwargs)
        return func(*args, **kwargs)


class _Literals(TorchFunctionMode):
    """``torch.tensor(numbers, device=...)`` and ``values[numbers]`` ask no kernel; ``meta`` forgets the numbers."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.tensor and kwargs.get("device") == PRETENDED:
            kwargs.pop("device")
            return func(*args, **kwargs).to(PRETENDED)
        if func is Tensor.__getitem__ and isinstance(args[0], Elsewhere) and isinstance(args[1], tuple):
            moved = tuple(torch.tensor(one).to(PRETENDED) if isinstance(one, list) else one for one in args[1])
            args = (args[0], moved)
        return func(*args, **kwargs)


@contextmanager
def pretended(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, int]]:
    """Let ``device="meta"`` be a device that trains; gives the operations that it was asked for, by name."""
    factories, moved = _Factories(), LanguageModel.to
    with monkeypatch.context() as patch, factories, _Literals():
        for module in (start, planning):
            patch.setattr(module, "resolve", lambda said: said)
        patch.setattr(planning, "resolve_again", lambda planned: (planned, None))
        for module in (trainer, machine):  # its generators draw on the processor: no build has those of ``meta``
            patch.setattr(module, "torch_generator", lambda seed, device: torch.Generator().manual_seed(seed))

        def to(model: LanguageModel, device: torch.device) -> LanguageModel:
            """Between processor and GPU a parameter stays the object that it is; here, tied ones have to be told."""
            moved(model, device)
            if model.config.tie_weights:
                assert model.embedding is not None
                model.output.weight = model.embedding.weight
            return model

        patch.setattr(LanguageModel, "to", to)
        adam = import_module("torch.optim.adam")  # fused kernels: GPUs have them too
        patch.setattr(adam, "_device_dtype_check_for_fused", lambda parameter: None)
        patch.setattr(language_model, "has_fused", lambda device: device == PRETENDED)
        yield factories.operations
