"""The text that a model is judged on: found by what its checkpoint remembers, in its own tokens."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..config import PrepareConfig
from ..corpus import PreparedCorpus, cues_of, is_prepared, list_corpora, open_prepared, prepare, read_text
from ..corpus.origin import find_origin
from ..corpus.packing import turned
from ..errors import ConfigError, CorpusError, UnknownSymbol
from ..places import PREPARED

if TYPE_CHECKING:
    from ..tokenizers import Tokenizer

__all__ = ["Material", "find_corpus", "material", "same_corpus"]

Say = Callable[[str], Any]


@dataclass(frozen=True)
class Material:
    """A split as one model reads it.

    Attributes:
        ids: Token ids of the model's tokenizer [tokens], ``0 t t t 0 t t 0``.
        starts: Place of the boundary that begins each piece [pieces].
        tags: Tag ids of the model [pieces, fields], 0 for not given; None for a model without tags.
        characters: Characters of its text.
        cues: Cues of each token [tokens, cues]; None for a model without cues.
    """

    ids: np.ndarray
    starts: np.ndarray
    tags: np.ndarray | None
    characters: int
    cues: np.ndarray | None = None


def find_corpus(
    provenance: Mapping[str, Any], said: str | None = None, *, folder: Path = PREPARED, say: Say = print
) -> PreparedCorpus:
    """The corpus that was asked for, or the one that a checkpoint was trained on.

    A prepared folder is opened. A corpus known by name is opened from ``folder`` or prepared there;
    any other source is prepared there anew, in a folder named after its place. What is prepared is
    cut, split and tagged as the checkpoint says that its own corpus was; to read a text otherwise,
    prepare it by hand and name the folder.

    Args:
        provenance: Of the checkpoint: ``corpus`` (its prepared folder), ``source`` (what that was
            prepared from) and ``settings`` (how), as far as it says.
        said: A prepared folder or a source; None goes by the provenance.
        folder: Where corpora are prepared.
        say: Gets what happens, line by line.
    Raises:
        CorpusError: if there is no such corpus, the provenance leads nowhere, or a source cannot be
            prepared as the model's corpus was.
    """
    if said is not None:
        return open_prepared(said) if is_prepared(said) else _prepared(said, provenance, folder, say, own=True)
    place, source = provenance.get("corpus"), provenance.get("source")
    if place and is_prepared(str(place)):
        return open_prepared(str(place))
    known = [manifest.name for manifest in list_corpora()]
    if source:
        # of a corpus known by name a prepared folder says "name: title"
        name = next((name for name in known if str(source) == name or str(source).startswith(f"{name}: ")), None)
        if name is None and is_prepared(str(source)):
            return open_prepared(str(source))
        if name is not None or Path(str(source)).expanduser().exists():
            return _prepared(name or str(source), provenance, folder, say)
    told = " and ".join(str(one) for one in (place, source) if one)
    raise CorpusError(
        f"The corpus that the model was trained on is not here: {told or 'its checkpoint names none'}.",
        "Name one with --corpus: a prepared folder, a file, or one of " + (", ".join(known) or "your own") + ".",
    )


def _prepared(
    source: str, provenance: Mapping[str, Any], folder: Path, say: Say, *, own: bool = False
) -> PreparedCorpus:
    """Prepare a source as the model's corpus was, or open what was so prepared of a corpus known by name.

    Of a text of one's ``own`` nothing is left out as rare: what the model knows is settled already.
    """
    config = _settings(provenance.get("settings"))
    known = source in [manifest.name for manifest in list_corpora()]
    path = Path(source).expanduser().resolve()
    if known:
        out = folder / source
        if is_prepared(out):
            prepared = open_prepared(out)
            if config is None or _settings(prepared.details.get("settings")) == _settled(config, prepared):
                return prepared
            out = folder / f"{source}-{_short_digest(json.dumps(config.to_dict()))}"
            say(f"{prepared.folder} was prepared with other settings than the model's corpus: {out} is used instead")
            if is_prepared(out):
                return open_prepared(out)
        find_origin(source)  # where it cannot be fetched, the settings have nothing to do with it
    else:
        # two files of one name in different places are two corpora
        out = folder / f"{path.stem}-{_short_digest(str(path))}"
    if config is None:
        say("settings    the defaults: the checkpoint does not say, in words known here, how its corpus was prepared")
        return prepare(source, out, PrepareConfig(), say=say)
    if own and not known:
        config = replace(config, min_count=1, rare="character")
    told = _told(config)
    say(f"settings    as the model's corpus was prepared: {told or 'the defaults'}")
    try:
        return prepare(source, out, config, say=say)
    except CorpusError as error:
        if not told or not (known or path.exists()):
            raise
        raise CorpusError(
            error.message,
            f"{error.hint} It was read as the model's corpus was ({told}). To read it otherwise, prepare it with "
            "generator.prepare and name that folder with --corpus.",
        ) from error


def _settled(config: PrepareConfig, prepared: PreparedCorpus) -> PrepareConfig:
    """Settings with the tokenizer that was found to suit, where they leave it open."""
    return replace(config, tokenizer=prepared.details["tokenizer"]["kind"]) if config.tokenizer == "auto" else config


def _settings(values: Any) -> PrepareConfig | None:
    """How a corpus was prepared; None where a checkpoint does not say, or is of a version that had other settings."""
    if not isinstance(values, Mapping):
        return None
    try:
        return PrepareConfig.from_dict(dict(values))
    except ConfigError:
        return None


def _told(config: PrepareConfig) -> str:
    """The settings that are not the default ones, as options of the command line."""
    words: list[str] = []
    for name, value in config.to_dict().items():
        if value != PrepareConfig().to_dict()[name]:
            option = name.replace("_", "-")
            if isinstance(value, bool):
                words.append(f"--{option}" if value else f"--no-{option}")
                continue
            for one in value if isinstance(value, (list, tuple)) else [value]:
                words += [f"--{option}", str(one)]
    return shlex.join(words)


def _short_digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:8]


def same_corpus(provenance: Mapping[str, Any], prepared: PreparedCorpus) -> bool | None:
    """Whether a corpus is the one that a checkpoint was trained on, by digest; None where it does not say."""
    trained_on = provenance.get("corpus_digest")
    return None if trained_on is None else trained_on == prepared.details["digest"]


def material(
    prepared: PreparedCorpus,
    split: str,
    tokenizer: Tokenizer,
    tag_fields: Mapping[str, list[str]] | None = None,
    *,
    cues: str | None = None,
    backward: bool | None = None,
    most_tokens: int | None = None,
) -> Material:
    """A split in the tokens of ``tokenizer`` and the tag ids of ``tag_fields``.

    Where the corpus was prepared with the same tokenizer, its files are used as they are; else its
    text is encoded again, in memory. A tag that the model does not know counts as not given.

    Args:
        prepared: The corpus.
        split: Which of its parts.
        tokenizer: The model's.
        tag_fields: The model's fields and their values, in the order of their ids.
        cues: The kind of the model's cues; None for a model without.
        backward: Whether the model reads each line from its end; None for as the corpus was prepared.
        most_tokens: Only the first so many targets; None for all.
    Raises:
        CorpusError: if there is no such part.
        UnknownSymbol: if the text has a character that is none of the tokenizer's.
    """
    part = prepared.split(split)
    turns = backward is not None and backward != bool(prepared.details.get("backward"))
    if prepared.details["tokenizer"]["digest"] == tokenizer.digest and not turns:
        ids, starts, characters = part.ids, part.starts, part.characters
        found = part.cues if prepared.cues == cues else None
    else:
        pieces, characters = [], 0
        for text in read_text(prepared, split):
            pieces.append(_encoded(turned(text) if turns else text, tokenizer, prepared))
            characters += len(text)
        ids, starts = _stream(pieces, tokenizer)
        found = None
    tags = _tags(prepared, part.tags, tag_fields or {}, len(starts))
    if most_tokens is not None and len(ids) - 1 > most_tokens:
        ids = ids[: most_tokens + 1]
        starts = starts[np.asarray(starts) < len(ids)]
        characters = sum(len(text) for text in _texts(ids, starts, tokenizer))
        tags = None if tags is None else tags[: len(starts)]
    if cues is not None and found is None:
        found = cues_of(cues, ids, starts, tokenizer)
    return Material(ids, starts, tags, characters, None if found is None else found[: len(ids)])


def _encoded(text: str, tokenizer: Tokenizer, prepared: PreparedCorpus) -> np.ndarray:
    """A piece in the tokens of a model.

    Raises:
        UnknownSymbol: if it has a character that is none of them.
    """
    try:
        return tokenizer.encode(text)
    except UnknownSymbol as error:
        raise UnknownSymbol(
            f"A piece of {prepared.name} cannot be read by the model: {error.message}",
            "Leave such pieces out, or name a text that the model can read with --corpus.",
        ) from error


def _stream(pieces: list[np.ndarray], tokenizer: Tokenizer) -> tuple[np.ndarray, np.ndarray]:
    """Pieces with a boundary before each and one after the last: ids [tokens], starts [pieces]."""
    lengths = np.array([len(piece) + 1 for piece in pieces], np.int64)
    starts = np.cumsum(lengths) - lengths
    ids = np.full(int(lengths.sum()) + 1, tokenizer.boundary, tokenizer.dtype)
    for start, piece in zip(starts, pieces, strict=True):
        ids[start + 1 : start + 1 + len(piece)] = piece
    return ids, starts.astype(np.uint64)


def _texts(ids: np.ndarray, starts: np.ndarray, tokenizer: Tokenizer) -> Iterator[str]:
    """The text of each piece; bytes of two pieces never make a character together."""
    edges = [*(int(start) for start in starts), len(ids)]
    for begin, end in pairwise(edges):
        yield tokenizer.decode(ids[begin:end])


def _tags(
    prepared: PreparedCorpus, tags: np.ndarray | None, tag_fields: Mapping[str, list[str]], pieces: int
) -> np.ndarray | None:
    """Tags of the corpus [pieces, its fields] as tags of the model [pieces, the model's fields]."""
    if not tag_fields:
        return None
    found = np.zeros((pieces, len(tag_fields)), np.int64)
    columns = {field: column for column, field in enumerate(prepared.tag_fields)}
    for column, (field, values) in enumerate(tag_fields.items()):
        if tags is None or field not in columns:
            continue
        numbers = {value: number for number, value in enumerate(values, start=1)}
        table = np.array([0, *(numbers.get(value, 0) for value in prepared.tag_fields[field])], np.int64)
        found[:, column] = table[np.asarray(tags[:, columns[field]], np.int64)]
    return found
