"""Corpora that are known by name: ``corpora/<name>.toml`` says what each is and where it comes from.

title = "..."                     one line for lists
licence = "..."
address = "https://host/folder/"  the files lie below it
mirror = "folder"                 where they lie below GENERATOR_MIRROR, when that is set
folder = "verses"                 or: a folder beside the manifest, nothing to download
interpreter = "stdlib"            or: the standard library of the running Python
package = "music21"               or: an installed package, and
folders = ["corpus/bach"]         the folders of it that are read
split = "90/5/5"                  or "90/10"
min_count, rare, tag_min_count, cues, verse, backward, tokenizer, voices
                                  as the options of those names, where they are not given
pieces, blank_lines, encoding, text_field, tags, derive, after, before, strip, replace, refuse,
suffixes, leave_out               as in ``rules.Rules``
[[files]]                         path, bytes, sha256 of each file
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..config import PrepareConfig
from ..errors import ConfigError, CorpusError
from .rules import Rules

__all__ = ["Manifest", "RemoteFile", "find_manifest", "list_corpora", "manifest_folder", "read_manifest"]

RULES = (
    "pieces", "blank_lines", "encoding", "text_field", "tags", "derive", "after", "before", "strip", "replace",
    "refuse", "suffixes", "leave_out",
)  # fmt: skip
FACTS = (
    "title",
    "description",
    "licence",
    "address",
    "mirror",
    "folder",
    "interpreter",
    "package",
    "folders",
    "split",
    "files",
)
SETTINGS = (
    "min_count",
    "rare",
    "tag_min_count",
    "cues",
    "verse",
    "backward",
    "tokenizer",
    "voices",
)  # of PrepareConfig, where the person says nothing


@dataclass(frozen=True)
class RemoteFile:
    """A file to download: its path below the address, its size in bytes and its SHA-256."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What ``corpora/<name>.toml`` says; see the head of this module."""

    name: str
    path: Path
    title: str
    description: str
    licence: str
    address: str
    mirror: str
    folder: str
    interpreter: str
    package: str
    folders: tuple[str, ...]
    split: str
    files: tuple[RemoteFile, ...]
    rules: Rules = field(default_factory=Rules)
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def download_bytes(self) -> int:
        """Bytes of all its files."""
        return sum(file.bytes for file in self.files)


def manifest_folder() -> Path:
    """Where manifests lie: GENERATOR_CORPORA, or ``corpora/`` beside the package."""
    said = os.environ.get("GENERATOR_CORPORA")
    return Path(said) if said else Path(__file__).resolve().parents[2] / "corpora"


def list_corpora() -> list[Manifest]:
    """Every corpus known by name, in the order of the names."""
    return [read_manifest(path) for path in sorted(manifest_folder().glob("*.toml"))]


def find_manifest(name: str) -> Manifest | None:
    """The manifest of that name, or None."""
    if not re.fullmatch(r"[\w][\w.-]*", name):
        return None
    path = manifest_folder() / f"{name}.toml"
    return read_manifest(path) if path.is_file() else None


def read_manifest(path: Path) -> Manifest:
    """Read one manifest.

    Raises:
        CorpusError: if it is not TOML, lacks a key, or has one that means nothing.
    """
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CorpusError(
            f"{path} cannot be read: {error}", "It must be TOML; see generator/corpus/manifest.py."
        ) from error
    if unknown := set(values) - {*RULES, *FACTS, *SETTINGS}:
        raise CorpusError(
            f"{path}: nothing is known of {', '.join(sorted(unknown))}.", "Take it out, or mend its name."
        )
    try:
        return built(path, values)
    except ConfigError as error:  # a setting that is out of range, which the message names
        raise CorpusError(f"{path}: {error.message}", error.hint or "Mend the setting in this file.") from error
    except (KeyError, TypeError, ValueError, re.error) as error:
        raise CorpusError(f"{path} is not a manifest: {error!r}.", "See generator/corpus/manifest.py.") from error


def built(path: Path, values: Mapping[str, Any]) -> Manifest:
    """A manifest from its plain values."""
    origins = [key for key in ("address", "folder", "interpreter", "package") if values.get(key)]
    if len(origins) != 1 or (origins == ["address"]) != bool(values.get("files")):
        raise ValueError("give either address and files, or folder, or interpreter, or package and folders")
    if ("package" in origins) != bool(values.get("folders")):
        raise ValueError("package needs folders, and folders a package")
    rules = {key: values[key] for key in RULES if key in values}
    for key in ("suffixes", "leave_out"):
        rules[key] = tuple(rules.get(key, ()))
    rules["replace"] = tuple((str(old), str(new)) for old, new in rules.get("replace", ()))
    split = values.get("split", "90/5/5")
    settings = {key: values[key] for key in SETTINGS if key in values}
    PrepareConfig(pieces=rules.get("pieces", "auto"), split=split, **settings)  # its bounds are checked there
    for key in ("strip", "refuse"):
        for pattern in dict(rules.get(key, {})).values():
            re.compile(pattern)
    files = tuple(
        RemoteFile(str(entry["path"]), int(entry["bytes"]), str(entry["sha256"])) for entry in values.get("files", ())
    )
    for file in files:
        if file.path.startswith("/") or ".." in file.path.split("/") or not re.fullmatch("[0-9a-f]{64}", file.sha256):
            raise ValueError(f"{file.path}: the path must lie below the address, and sha256 be 64 hexadecimal digits")
    return Manifest(
        name=path.stem,
        path=path,
        title=str(values["title"]),
        description=str(values.get("description", "")),
        licence=str(values["licence"]),
        address=str(values.get("address", "")),
        mirror=str(values.get("mirror", "")),
        folder=str(values.get("folder", "")),
        interpreter=str(values.get("interpreter", "")),
        package=str(values.get("package", "")),
        folders=tuple(map(str, values.get("folders", ()))),
        split=split,
        files=files,
        settings=settings,
        rules=Rules(**rules),
    )
