"""A trained model as a folder.

    model.safetensors   the weights, by the names of ``LanguageModel``
    config.json         format version, model, medium, tags, provenance, measured scores
    tokenizer/          the tokenizer
    card.md             the same for people
    aids.safetensors    what else helps it to write, where there is any: see ``decoding/aids.py``

Nothing in it is pickled, and loading one runs no code of its own. Weights of a run are float32; a
checkpoint that is passed on may keep them in float16 or bfloat16 (half the size), which are widened
to float32 when it is loaded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from . import tokenizers
from .config import ModelConfig
from .errors import CheckpointError, ConfigError, DamagedCheckpoint, GeneratorError, IncompatibleCheckpoint
from .files import atomic_folder, read_json, recover_folder, write_json, write_text
from .model import LanguageModel
from .places import RUNS, checkpoints_home
from .tokenizers import Tokenizer

__all__ = ["FORMAT_VERSION", "WEIGHT_TYPES", "Checkpoint", "find", "load", "save", "write_into"]

FORMAT_VERSION = 1
AIDS = "aids.safetensors"
WEIGHT_TYPES = {"float32": torch.float32, "float16": torch.float16, "bfloat16": torch.bfloat16}


@dataclass(frozen=True)
class Checkpoint:
    """What ``load`` returns.

    Attributes:
        model: The network in float32, in evaluation mode.
        tokenizer: Its alphabet.
        config: What ``config.json`` says.
        folder: Where it lies.
        aids: What else helps it to write, as tensors.
    """

    model: LanguageModel
    tokenizer: Tokenizer
    config: dict[str, Any]
    folder: Path
    aids: Mapping[str, torch.Tensor] = field(default_factory=dict)


def find(model: str | Path) -> Path:
    """The checkpoint folder that a name, a run directory or a path means.

    A run directory means its best checkpoint; before the first validation, its last one.

    Raises:
        CheckpointError: if there is none; the error lists those that are there.
    """
    named = checkpoints_home() / str(model)
    for place in (Path(model), named, RUNS / str(model)):
        for folder in (place, place / "best", place / "last"):
            recover_folder(folder)
            if (folder / "config.json").is_file() and (folder / "model.safetensors").is_file():
                return folder
        if place.is_dir() and (place / "config.json").is_file() and place != Path("."):
            raise DamagedCheckpoint(
                f"{place} holds no weights: neither its own nor in best/ or last/.",
                "If its training was just begun, wait for the first saving; else train it again.",
            )
    known = sorted(path.parent.name for path in checkpoints_home().glob("*/model.safetensors"))
    runs = sorted({path.parent.parent.name for path in RUNS.glob("*/*/model.safetensors")})
    there = "; ".join(
        f"{what}: {', '.join(names)}" for what, names in (("checkpoints", known), ("runs", runs)) if names
    )
    raise CheckpointError(
        f"There is no model {str(model)!r}.",
        f"Here are {there}." if there else "Train one: python -m generator.train FILE",
    )


def load(model: str | Path) -> Checkpoint:
    """Load a checkpoint.

    Args:
        model: A name under ``checkpoints/``, a run directory, or a path.
    Raises:
        CheckpointError: if there is none.
        IncompatibleCheckpoint: if another version wrote it.
        DamagedCheckpoint: if a part is missing or unreadable.
    """
    folder = find(model)
    config = _read_config(folder)
    try:
        network = LanguageModel(ModelConfig.from_dict(config["model"]), initialise=False)
    except (ConfigError, KeyError, TypeError) as error:
        raise DamagedCheckpoint(
            f"{folder / 'config.json'} does not describe a model: {error}", "Get it again."
        ) from error
    try:
        weights = load_file(folder / "model.safetensors")
    except (OSError, SafetensorError) as error:
        raise DamagedCheckpoint(f"{folder / 'model.safetensors'} cannot be read: {error}", "Get it again.") from error
    _fill(network, weights, folder)
    try:
        tokenizer = tokenizers.load(folder / "tokenizer")
    except GeneratorError as error:
        raise DamagedCheckpoint(f"{folder / 'tokenizer'}: {error.message}", "Get the checkpoint again.") from error
    if tokenizer.vocab_size != network.config.vocab_size:
        raise DamagedCheckpoint(
            f"{folder}: the tokenizer has {tokenizer.vocab_size} tokens, the model {network.config.vocab_size}.",
            "Two checkpoints were mixed; get it again.",
        )
    aids = {}
    if (folder / AIDS).is_file():
        try:
            aids = load_file(folder / AIDS)
        except (OSError, SafetensorError) as error:
            raise DamagedCheckpoint(f"{folder / AIDS} cannot be read: {error}", "Get it again.") from error
    return Checkpoint(network.eval(), tokenizer, config, folder, aids)


def save(
    folder: Path,
    model: LanguageModel,
    tokenizer: Tokenizer,
    config: dict[str, Any],
    card: str,
    weights: str = "float32",
    aids: Mapping[str, torch.Tensor] | None = None,
) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        folder: Where to; a checkpoint that stands there is replaced at the end.
        model: The network.
        tokenizer: Its alphabet.
        config: What else ``config.json`` should say; the format version and the model are added.
        card: The text of ``card.md``.
        weights: How they are stored, one of ``WEIGHT_TYPES``.
        aids: What else helps it to write.
    """
    atomic_folder(folder, lambda place: write_into(place, model, tokenizer, config, card, weights, aids))


def write_into(
    folder: Path,
    model: LanguageModel,
    tokenizer: Tokenizer,
    config: dict[str, Any],
    card: str,
    weights: str = "float32",
    aids: Mapping[str, torch.Tensor] | None = None,
) -> None:
    """Write the files of a checkpoint into an empty folder."""
    kind = WEIGHT_TYPES[weights]
    tied = model.config.tie_weights
    kept = {
        name: tensor.detach().to("cpu", kind).contiguous()
        for name, tensor in model.state_dict().items()
        if not (tied and name == "output.weight")
    }
    save_file(kept, folder / "model.safetensors")
    if aids:
        save_file({name: tensor.contiguous() for name, tensor in aids.items()}, folder / AIDS)
    tokenizer.save(folder / "tokenizer")
    write_json(
        folder / "config.json",
        {"format_version": FORMAT_VERSION, **config, "model": model.config.to_dict(), "weights": weights},
    )
    write_text(folder / "card.md", card)


def _read_config(folder: Path) -> dict[str, Any]:
    try:
        config = read_json(folder / "config.json")
    except (OSError, ValueError) as error:
        raise DamagedCheckpoint(f"{folder / 'config.json'} cannot be read: {error}", "Get it again.") from error
    version = config.get("format_version") if isinstance(config, dict) else None
    if version != FORMAT_VERSION:
        raise IncompatibleCheckpoint(
            f"{folder} has format version {version}; this program reads {FORMAT_VERSION}.",
            "Update generator, or train the model again with this version.",
        )
    return dict(config)


def _fill(network: LanguageModel, weights: dict[str, torch.Tensor], folder: Path) -> None:
    """Put stored weights into the network, each name and shape checked."""
    expected = network.state_dict()
    if network.config.tie_weights:
        weights = {**weights, "output.weight": weights.get("embedding.weight", torch.empty(0))}
    wrong = sorted(set(expected) ^ set(weights))
    wrong += sorted(name for name in set(expected) & set(weights) if expected[name].shape != weights[name].shape)
    if wrong:
        raise DamagedCheckpoint(
            f"{folder / 'model.safetensors'} does not fit its config.json: {', '.join(wrong[:4])}.",
            "Two checkpoints were mixed, or a file was cut short; get it again.",
        )
    network.load_state_dict({name: tensor.to(expected[name].dtype) for name, tensor in weights.items()})
