"""How like human music a model's pieces are: some are written and set beside pieces that were held out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checkpoint import Checkpoint
    from .corpus import PreparedCorpus
    from .music import Score

__all__ = ["held_out", "measure_model", "originals", "written_like"]

Say = Callable[[str], object]
ROWS = 25  # pieces written side by side


def measure_model(
    loaded: Checkpoint, prepared: PreparedCorpus, split: str, pieces: int, *, seed: int = 1, temperature: float = 1.0
) -> dict[str, Any]:
    """Let a model of music write pieces, and measure them beside held-out ones.

    Args:
        loaded: The model.
        prepared: The corpus that it was trained on.
        split: Which part of it holds the pieces by people; with fewer than 30 of them the test part is added.
        pieces: How many are written, each with the tags of one of those.
        seed: Of the first piece.
        temperature: 1 is the model as it is.
    Returns:
        What ``evaluation.music.measure`` finds, with ``seed`` and ``temperature``.
    """
    from .evaluation.music import measure

    reference = held_out(prepared, split)
    scores = written_like(loaded, prepared, split, pieces, seed=seed, temperature=temperature)
    return {**measure(scores, reference, originals(prepared)), "seed": seed, "temperature": temperature}


def held_out(prepared: PreparedCorpus, split: str) -> list[Score]:
    """The pieces by people of a part, and where it is small those of the test part too."""
    found = scores_of(prepared, split, range(len(prepared.split(split))))
    if len(found) < 30 and split == "validation" and prepared.has("test"):
        found += scores_of(prepared, "test", range(len(prepared.split("test"))))
    return found


def originals(prepared: PreparedCorpus) -> list[Score]:
    """The pieces of the training part, each in the key that it was found in."""
    part = prepared.split("train")
    return scores_of(prepared, "train", prepared.details["splits"]["train"].get("originals") or range(len(part)))


def scores_of(prepared: PreparedCorpus, split: str, numbers: Sequence[int]) -> list[Score]:
    """Some pieces of a part as scores."""
    from .tokenizers.music import MusicTokenizer

    part, tokenizer = prepared.split(split), prepared.tokenizer
    assert isinstance(tokenizer, MusicTokenizer)
    return [tokenizer.decode_score(part.piece(number)) for number in numbers]


def written_like(
    loaded: Checkpoint,
    prepared: PreparedCorpus,
    split: str,
    pieces: int,
    *,
    seed: int = 1,
    temperature: float = 1.0,
    precision: str = "auto",
) -> list[Score]:
    """Pieces written with the metres, modes and types of held-out ones, in turn.

    Args:
        loaded: The model.
        prepared: The corpus.
        split: The part whose tags are taken.
        pieces: How many.
        seed: Of the first.
        temperature, precision: As in ``SamplingConfig``.
    """
    from .config import MusicConfig, SamplingConfig
    from .decoding import Composer, Writer, write_music

    composer = Composer.of(loaded, Writer.of(loaded, precision))
    part, fields = prepared.split(split), prepared.tag_fields
    names = [name for name in ("type", "metre", "mode") if name in fields]
    wanted: dict[tuple[tuple[str, str], ...], int] = {}
    for number in range(pieces):
        row = {} if part.tags is None else dict(zip(fields, part.tags[number % len(part)].tolist(), strict=True))
        tags = tuple((name, fields[name][row[name] - 1]) for name in names if row.get(name))
        wanted[tags] = wanted.get(tags, 0) + 1
    scores: list[Score] = []
    for like, count in wanted.items():
        known = {name: value for name, value in like if value in composer.writer.tag_fields.get(name, ())}
        for first in range(0, count, ROWS):
            config = SamplingConfig(seed=seed + len(scores), temperature=temperature)
            rows = min(ROWS, count - first)
            made = write_music(composer, MusicConfig(), config, count=rows, tags=known)
            scores += [made.score(sample) for sample in made.generation.samples()]
    return scores
