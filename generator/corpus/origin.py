"""What a person named as the source: a corpus of the manifests, or a file or folder of their own."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from ..errors import CorpusError
from .download import fetch
from .manifest import Manifest, find_manifest, list_corpora
from .prepared import is_prepared
from .rules import Rules

__all__ = ["Origin", "find_origin"]

ARCHIVE_ENDINGS = (".gz", ".zip", ".tgz", ".tar", ".txt", ".md", ".json", ".jsonl", ".csv")


@dataclass(frozen=True)
class Origin:
    """A source that was found.

    Attributes:
        name: What the corpus is called.
        described: The source in words.
        paths: Names to show and the files or folders to read.
        rules: How to read them.
        split: "90/5/5" or "90/10".
        settings: What the manifest says of options that are not given.
        licence, address: As the manifest states them; "" for a person's own files.
    """

    name: str
    described: str
    paths: list[tuple[str, Path]]
    rules: Rules = field(default_factory=Rules)
    split: str = "90/5/5"
    licence: str = ""
    address: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes on disk, for the progress bar; 0 where a folder would have to be walked."""
        return sum(path.stat().st_size for _, path in self.paths) if all(p.is_file() for _, p in self.paths) else 0


def find_origin(source: str | Path, *, progress: bool = True) -> Origin:
    """Find a source; the files of a known corpus are downloaded.

    Raises:
        CorpusError: if there is no such corpus, file or folder, or it is prepared already.
    """
    if isinstance(source, str) and os.sep not in source and (manifest := find_manifest(source)):
        return of_manifest(manifest, progress)
    path = Path(source).expanduser()
    if is_prepared(path):
        raise CorpusError(f"{path} is a prepared corpus already.", f"Train on it: python -m generator.train {path}")
    if not path.exists():
        names = [manifest.name for manifest in list_corpora()]
        near = get_close_matches(str(source), names, n=1)
        hint = f"Did you mean {near[0]}? " if near else ""
        raise CorpusError(
            f"There is no file, folder or corpus called {source}.",
            f"{hint}The corpora known by name are: {', '.join(names) or 'none'}.",
        )
    return Origin(name=stem(path), described=str(source), paths=[(path.name, path)])


def of_manifest(manifest: Manifest, progress: bool) -> Origin:
    """The files of a known corpus."""
    if manifest.files:
        paths = fetch(manifest, progress=progress)
    elif manifest.folder:
        paths = [(manifest.folder, manifest.path.parent / manifest.folder)]
    elif manifest.package:
        paths = of_package(manifest)
    else:
        paths = [(manifest.interpreter, Path(sysconfig.get_path(manifest.interpreter)))]
    for _, path in paths:
        if not path.exists():
            raise CorpusError(f"The corpus {manifest.name} should lie in {path}, which is not there.")
    return Origin(
        name=manifest.name,
        described=f"{manifest.name}: {manifest.title}",
        paths=paths,
        rules=manifest.rules,
        split=manifest.split,
        licence=manifest.licence,
        address=manifest.address,
        settings=manifest.settings,
    )


def of_package(manifest: Manifest) -> list[tuple[str, Path]]:
    """The folders of an installed package, found without importing it.

    Raises:
        CorpusError: if it is not installed.
    """
    spec = find_spec(manifest.package)
    if spec is None or not spec.submodule_search_locations:
        raise CorpusError(
            f"The corpus {manifest.name} is part of the package {manifest.package}, which is not installed.",
            "Install it with the extra music: pip install -e '.[music]'",
        )
    home = Path(next(iter(spec.submodule_search_locations)))
    return [(folder.strip("/"), home / folder) for folder in manifest.folders]


def stem(path: Path) -> str:
    """A file's name without its endings: ``poems.tar.gz`` is poems."""
    name = path.resolve().name
    while (root := os.path.splitext(name))[1].lower() in ARCHIVE_ENDINGS and root[0]:
        name = root[0]
    return name
