"""What is here: trained models, corpora and runs, looked up without loading any of them.

Only names, sizes and small JSON files are read, so this answers at once and needs no torch. A folder
that cannot be read is listed with what is wrong with it, never left out.
"""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

from .errors import CorpusError
from .files import read_json

__all__ = ["CorpusEntry", "ModelEntry", "RunEntry", "corpora", "count_parameters", "models", "runs"]

SILENT_AFTER_SECONDS = 120.0  # a running trainer writes its heartbeat more often than this
HEADER_LIMIT = 100_000_000  # the most that the safetensors format allows for a header, in bytes


@dataclass(frozen=True)
class ModelEntry:
    """A checkpoint.

    Attributes:
        name: What commands call it.
        writes: What comes out of it: ``text``, or ``text by author, form`` where tags steer it.
        parameters: How many numbers were learnt.
        size: Bytes on disk.
        bits_per_char: Its measured score, where there is one.
        problem: What is wrong with it; empty where it can be read.
    """

    name: str
    writes: str = ""
    parameters: int | None = None
    size: int = 0
    bits_per_char: float | None = None
    problem: str = ""


@dataclass(frozen=True)
class CorpusEntry:
    """A corpus that can be named instead of a file.

    Attributes:
        name: What commands call it.
        title: What it is, in a line.
        size: Bytes to download or read; None where that depends on the machine.
        licence: Under which terms it comes.
        prepared: The folder of its prepared form, where there is one.
        problem: What is wrong with its manifest; empty where it can be read.
    """

    name: str
    title: str = ""
    size: int | None = None
    licence: str = ""
    prepared: Path | None = None
    problem: str = ""


@dataclass(frozen=True)
class RunEntry:
    """A training, under way or ended.

    Attributes:
        name: Its folder.
        state: What it says of itself, or ``silent`` where its heartbeat has stopped.
        details: Step and score, as far as it says them.
        problem: What is wrong with it; empty where it can be read.
    """

    name: str
    state: str = ""
    details: str = ""
    problem: str = ""


def models(folder: Path) -> list[ModelEntry]:
    """The checkpoints in ``folder``, by name."""
    return [_model(path) for path in _folders(folder)]


def corpora(prepared: Path) -> list[CorpusEntry]:
    """The corpora known by name; their prepared forms are looked for in the folder ``prepared``."""
    from .corpus.manifest import manifest_folder  # brings numpy, which the rest of this module does without

    return [_corpus(path, prepared / path.stem) for path in sorted(manifest_folder().glob("*.toml"))]


def runs(folder: Path, now: float | None = None) -> list[RunEntry]:
    """The run directories in ``folder``, by name; ``now`` is the time in seconds since 1970."""
    return [_run(path, time.time() if now is None else now) for path in _folders(folder)]


def count_parameters(weights: Path) -> int:
    """Count the numbers in a safetensors file by its header alone.

    The file opens with the header's length (uint64, little-endian) and the header, a JSON object of
    tensor name to ``{"dtype", "shape", "data_offsets"}``.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is not a safetensors file, or only the beginning of one.
    """
    with open(weights, "rb") as file:
        start = file.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else 0
        if not 0 < length <= HEADER_LIMIT:
            raise ValueError("no header")
        header = json.loads(file.read(length))
    tensors = [tensor for name, tensor in header.items() if name != "__metadata__"]
    if weights.stat().st_size < 8 + length + max((tensor["data_offsets"][1] for tensor in tensors), default=0):
        raise ValueError("cut off")
    return sum(prod(tensor["shape"]) for tensor in tensors)


def _folders(folder: Path) -> list[Path]:
    """The folders in a folder, by name; hidden ones and those that are being replaced left out."""
    if not Path(folder).is_dir():
        return []
    return sorted(
        path
        for path in Path(folder).iterdir()
        if path.is_dir() and not path.name.startswith(".") and path.suffix != ".old"
    )


def _object(path: Path) -> dict[str, Any]:
    """A JSON file that holds an object.

    Raises:
        OSError, ValueError: if it cannot be read or holds something else.
    """
    value = read_json(path)
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")
    return value


def _reason(name: str, error: Exception) -> str:
    """What is wrong with the file ``name``, in a few words."""
    if isinstance(error, FileNotFoundError):
        return f"{name} is missing"
    return f"{name} cannot be read"


def _model(path: Path) -> ModelEntry:
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    try:
        config = _object(path / "config.json")
    except (OSError, ValueError) as error:
        return ModelEntry(path.name, size=size, problem=_reason("config.json", error))
    tags = config.get("tag_fields") or {}
    writes = str(config.get("medium", "text")) + (" by " + ", ".join(map(str, tags)) if tags else "")
    try:
        parameters = count_parameters(path / "model.safetensors")
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        return ModelEntry(path.name, writes, size=size, problem=_reason("model.safetensors", error))
    return ModelEntry(path.name, writes, parameters, size, _bits_per_char(config.get("scores")))


def _bits_per_char(scores: Any) -> float | None:
    """The score with the state carried, as ``generator.evaluate`` reports it; None where there is none."""
    for key in ("protocols", "carried", "bits"):
        scores = scores.get(key) if isinstance(scores, Mapping) else None
    return float(scores) if isinstance(scores, int | float) else None


def _corpus(path: Path, prepared: Path) -> CorpusEntry:
    from .corpus import is_prepared
    from .corpus.manifest import read_manifest

    found = prepared if is_prepared(prepared) else None
    try:
        manifest = read_manifest(path)
    except CorpusError:
        return CorpusEntry(path.stem, prepared=found, problem=f"{path.name} cannot be read")
    size = manifest.download_bytes or None
    if manifest.folder:
        size = sum(file.stat().st_size for file in (path.parent / manifest.folder).rglob("*") if file.is_file())
    return CorpusEntry(manifest.name, manifest.title, size, manifest.licence, found)


def _run(path: Path, now: float) -> RunEntry:
    try:
        status = _object(path / "status.json")
    except (OSError, ValueError) as error:
        return RunEntry(path.name, problem=_reason("status.json", error))
    state, beat = str(status.get("state", "unknown")), status.get("heartbeat")
    if state in ("planning", "running") and isinstance(beat, int | float) and now - beat > SILENT_AFTER_SECONDS:
        state = "silent"
    details = []
    if isinstance(step := status.get("step"), int):
        total = status.get("total_steps")
        details.append(f"step {step:,}" + (f" of {total:,}" if isinstance(total, int) else ""))
    if isinstance(best := status.get("best_bits"), int | float):
        details.append(f"best {best:.3f} bits per character")
    return RunEntry(path.name, state, ", ".join(details))
