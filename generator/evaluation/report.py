"""All figures of one model on one split, as the command and the model's card show them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from ..corpus import PreparedCorpus
from ..errors import CorpusError
from .dynamic import DynamicSettings, dynamic_nats
from .likelihood import PROTOCOLS, evaluate_split, figures
from .material import material, same_corpus
from .ngram import baselines

if TYPE_CHECKING:
    from ..model import LanguageModel
    from ..tokenizers import Tokenizer

__all__ = ["Watch", "judge"]

# a bar for a title and a number of tokens; called with the tokens that were done since
Watch = Callable[[str, int], AbstractContextManager[Callable[[int], Any]]]


def judge(
    model: LanguageModel,
    tokenizer: Tokenizer,
    config: Mapping[str, Any],
    prepared: PreparedCorpus,
    split: str,
    *,
    watch: Watch,
    protocols: Sequence[str] = PROTOCOLS,
    dynamic: DynamicSettings | None = None,
    with_baselines: bool = False,
    most_tokens: int | None = None,
) -> dict[str, Any]:
    """Judge a model on a split of a corpus.

    Args:
        model, tokenizer, config: As a checkpoint has them.
        prepared: The corpus.
        split: Which of its parts.
        watch: Makes progress bars.
        protocols: Which of ``PROTOCOLS``.
        dynamic: How to do dynamic evaluation as well; None leaves it out.
        with_baselines: Score the simple models too.
        most_tokens: Only the first so many tokens of the part; None for all.
    Returns:
        What ``evaluate_split`` returns, and ``dynamic``, ``baselines`` (each None if not asked for),
        ``corpus``, ``split`` and ``same_corpus``; all figures nats and bits per character.
    Raises:
        CorpusError: if there is no such part, or it has no text.
        UnknownSymbol: if the text has a character that is none of the tokenizer's.
    """
    fields = config.get("tag_fields") or {}
    cues, backward = config.get("cues"), bool(config.get("backward"))
    text = material(prepared, split, tokenizer, fields, cues=cues, backward=backward, most_tokens=most_tokens)
    if not text.characters:
        raise CorpusError(f"The {split} part of {prepared.name} has no text.", "Name another with --split.")
    with watch("reading", len(protocols) * (len(text.ids) - 1)) as advance:
        found = evaluate_split(
            model,
            text.ids,
            characters=text.characters,
            starts=text.starts,
            tags=text.tags,
            cues=text.cues,
            protocols=protocols,
            temperature=True,
            progress=advance,
        )
    found.update(corpus=prepared.name, split=split, same_corpus=same_corpus(config.get("provenance") or {}, prepared))
    found.update(dynamic=None, baselines=None)
    if dynamic is None and not with_baselines:
        return found
    train = material(prepared, "train", tokenizer, fields, cues=cues, backward=backward)
    if dynamic is not None:
        with watch("reading and learning", len(text.ids) - 1) as advance:
            nats = dynamic_nats(
                model,
                text.ids,
                train.ids,
                starts=text.starts,
                tags=text.tags,
                train_starts=train.starts,
                train_tags=train.tags,
                cues=text.cues,
                train_cues=train.cues,
                settings=dynamic,
                progress=advance,
            )
        found["dynamic"] = figures(nats * found["tokens"], text.characters)
    if with_baselines:
        scores = baselines(train.ids, text.ids, tokenizer.vocab_size, characters=text.characters)
        found["baselines"] = {name: figures(nats, 1) for name, nats in scores.items()}
    return found
