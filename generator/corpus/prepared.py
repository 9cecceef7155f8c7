"""A prepared corpus as a folder: opened without reading it into memory.

corpus.json                what it is: source, licence, counts, tags, digests, settings
report.json                every input file: kept, or not and why
tokenizer/                 the tokenizer
<part>.ids.bin             token ids, little-endian: ``0 t t t 0 t t 0``, a boundary (0) around each piece
<part>.starts.bin          uint64: where each piece's first boundary stands in the ids
<part>.tags.bin            [pieces, fields], uint16 or uint32, 0 = not given; only where there are tags
<part>.cues.bin            [tokens, cues], uint16, 0 = not given; only where there are cues
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import tokenizers
from ..errors import CorpusError
from ..files import read_json, recover_folder
from ..tokenizers import Tokenizer
from .cues import cue_fields

__all__ = ["FORMAT_VERSION", "PreparedCorpus", "TokenSplit", "is_prepared", "open_prepared", "read_text"]

FORMAT_VERSION = 1


@dataclass(frozen=True)
class TokenSplit:
    """One part of a prepared corpus, memory-mapped.

    Attributes:
        ids: Token ids, boundaries included [tokens].
        starts: Where the boundary before each piece stands [pieces], uint64.
        tags: Tag ids [pieces, fields], 0 = not given; None where the corpus has no tags.
        characters: Characters of its text.
        cues: Cues of each token [tokens, cues], uint16; None where the corpus has none.
    """

    ids: NDArray[Any]
    starts: NDArray[np.uint64]
    tags: NDArray[Any] | None
    characters: int
    cues: NDArray[Any] | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def piece(self, index: int) -> NDArray[Any]:
        """The tokens of a piece, without boundaries [time]."""
        if not 0 <= index < len(self.starts):
            raise IndexError(index)
        end = int(self.starts[index + 1]) if index + 1 < len(self.starts) else len(self.ids) - 1
        return self.ids[int(self.starts[index]) + 1 : end]


class PreparedCorpus:
    """A prepared corpus, opened by ``open_prepared``.

    Attributes:
        folder: Where it lies.
        details: What ``corpus.json`` says.
    """

    def __init__(self, folder: Path, details: dict[str, Any]) -> None:
        self.folder = folder
        self.details = details

    @property
    def name(self) -> str:
        return str(self.details["name"])

    @property
    def shape(self) -> str:
        """ "long" for one running text, "pieces" for many."""
        return str(self.details["shape"])

    @property
    def tag_fields(self) -> dict[str, list[str]]:
        """Each tag's values; value ``i`` has id ``i + 1``."""
        return dict(self.details["tag_fields"])

    @property
    def cues(self) -> str | None:
        """The kind of its cues, a key of ``cues.CUES``; None where it has none."""
        return self.details.get("cues")

    @cached_property
    def tokenizer(self) -> Tokenizer:
        return tokenizers.load(self.folder / "tokenizer")

    @cached_property
    def report(self) -> dict[str, Any]:
        """What ``report.json`` says."""
        return dict(read_json(self.folder / "report.json"))

    def has(self, name: str) -> bool:
        """Whether there is a part of that name."""
        return name in self.details["splits"]

    def split(self, name: str) -> TokenSplit:
        """Open one part.

        Raises:
            CorpusError: if there is none of that name, or its files are damaged.
        """
        if not self.has(name):
            raise CorpusError(
                f"{self.folder} has no {name} part; it has {', '.join(self.details['splits'])}.",
                "Prepare it again with --split 90/5/5 for three parts.",
            )
        counts = self.details["splits"][name]
        pieces, fields = counts["pieces"], len(self.details["tag_fields"])
        if not pieces:
            raise CorpusError(
                f"The {name} part of {self.folder} holds no piece.", "Prepare the corpus again, from more text."
            )
        ids = self.mapped(f"{name}.ids.bin", np.dtype(self.details["dtype"]), (counts["tokens"],))
        starts = self.mapped(f"{name}.starts.bin", np.dtype("<u8"), (pieces,))
        tags = None
        if fields:
            tags = self.mapped(f"{name}.tags.bin", np.dtype(self.details["tag_dtype"]), (pieces, fields))
        cues = None
        if columns := len(cue_fields(self.cues)):
            cues = self.mapped(f"{name}.cues.bin", np.dtype("<u2"), (counts["tokens"], columns))
        return TokenSplit(ids, starts, tags, counts["characters"], cues)

    def mapped(self, name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
        """Map a file whose size must be what ``corpus.json`` says."""
        path = self.folder / name
        expected = int(np.prod(shape)) * dtype.itemsize
        size = path.stat().st_size if path.is_file() else None
        if size != expected:
            what = "is not there" if size is None else f"has {size:,} bytes, not {expected:,}"
            raise CorpusError(f"{path} {what}.", "The prepared corpus is damaged: prepare it again.")
        return np.memmap(path, dtype, "r", shape=shape)

    def __repr__(self) -> str:
        return f"<corpus {self.name}: {self.folder}>"


def is_prepared(path: str | Path) -> bool:
    """Whether a path is the folder of a prepared corpus."""
    return (Path(path) / "corpus.json").is_file() and (Path(path) / "tokenizer").is_dir()


def open_prepared(folder: str | Path) -> PreparedCorpus:
    """Open a prepared corpus.

    Raises:
        CorpusError: if it is none, is damaged, or of another version.
    """
    folder = Path(folder)
    recover_folder(folder)  # from a kill between the two renames that replaced it
    try:
        details = read_json(folder / "corpus.json")
        version = details["format_version"]
        whole = all(key in details for key in ("name", "shape", "splits", "tag_fields", "dtype", "digest"))
    except FileNotFoundError:
        raise CorpusError(
            f"{folder} is not a prepared corpus.", "Make one: python -m generator.prepare SOURCE"
        ) from None
    except (ValueError, KeyError, TypeError) as error:
        raise CorpusError(f"{folder / 'corpus.json'} is damaged: {error}", "Prepare the corpus again.") from error
    if version != FORMAT_VERSION:
        raise CorpusError(
            f"{folder} was prepared by another version (format {version}, this one reads {FORMAT_VERSION}).",
            "Prepare it again, or update generator.",
        )
    if not whole:
        raise CorpusError(f"{folder / 'corpus.json'} is damaged: a key is missing.", "Prepare the corpus again.")
    return PreparedCorpus(folder, details)


def read_text(prepared: PreparedCorpus, split: str) -> Iterator[str]:
    """The text of each piece of a part, decoded, in the order of the files."""
    part, tokenizer = prepared.split(split), prepared.tokenizer
    for index in range(len(part)):
        yield tokenizer.decode(part.piece(index))
