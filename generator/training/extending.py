"""A trained network that learns new characters before it is trained on.

A model by characters knows those of its own corpus and no others. To go on with a text that has more,
its alphabet is widened; a new character begins as the mean of all the others in the embedding, and
as unlikely as the rarest of them in the output.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from ..checkpoint import Checkpoint
from ..corpus import PreparedCorpus, read_text
from ..errors import ConfigError
from ..model import LanguageModel
from ..tokenizers import CharTokenizer
from ..tokenizers.music import MusicTokenizer

__all__ = ["check_start", "extended"]

MOST_UNKNOWN = 0.5  # of the characters of a text: more, and nothing that the model knows is of use
READ = ("train", "validation")


def check_start(loaded: Checkpoint, corpus: PreparedCorpus, name: str) -> float:
    """Refuse to begin from a model that can make nothing of the corpus.

    Args:
        loaded: The model.
        corpus: What it is to be trained on.
        name: What the model is called.
    Returns:
        The share of the characters that it does not know.
    Raises:
        ConfigError: if one is music and the other text, the alphabets of music differ, or most of the text is in
            characters that the model does not know.
    """
    own, other = loaded.tokenizer, corpus.tokenizer
    if isinstance(own, MusicTokenizer) and not isinstance(other, MusicTokenizer):
        raise ConfigError(
            f"{name} writes music, and {corpus.name} is text.",
            "Begin from a model of text (python -m generator lists them), or leave --init-from out.",
        )
    if isinstance(other, MusicTokenizer) and not isinstance(own, MusicTokenizer):
        raise ConfigError(
            f"{name} writes text, and {corpus.name} is music.",
            "Begin from a model of music (python -m generator lists them), or leave --init-from out.",
        )
    if isinstance(own, MusicTokenizer) and own.kind != other.kind:
        raise ConfigError(
            f"{name} writes music in the alphabet {own.kind}, and {corpus.name} is in the alphabet {other.kind}.",
            f"Prepare the music with --tokenizer {own.kind}, or leave --init-from out.",
        )
    share = unknown_share(own, corpus) if isinstance(own, CharTokenizer) else 0.0
    if share > MOST_UNKNOWN:
        raise ConfigError(
            f"{share:.0%} of the text of {corpus.name} are characters that {name} does not know.",
            "Begin from a model that learnt such text, or leave --init-from out.",
        )
    return share


def unknown_share(tokenizer: CharTokenizer, corpus: PreparedCorpus) -> float:
    """The share of the characters of a corpus that a tokenizer does not know."""
    if isinstance(corpus.tokenizer, CharTokenizer):
        known = set(tokenizer.alphabet)
        unknown = np.array([False, *(character not in known for character in corpus.tokenizer.alphabet)])
        counts = np.zeros(len(unknown), np.int64)
        for name in READ:
            counts += np.bincount(corpus.split(name).ids, minlength=len(unknown))
        return float(counts[unknown].sum() / max(counts[1:].sum(), 1))
    known, met, missed = set(tokenizer.alphabet), 0, 0
    for text in texts_of(corpus):
        met += len(text)
        missed += sum(character not in known for character in text)
    return missed / max(met, 1)


def texts_of(corpus: PreparedCorpus) -> Iterator[str]:
    """The pieces that training reads."""
    return (text for name in READ for text in read_text(corpus, name))


def extended(loaded: Checkpoint, corpus: PreparedCorpus) -> tuple[Checkpoint, str]:
    """The model with every character of ``corpus`` in its alphabet.

    Args:
        loaded: A trained model.
        corpus: What it is to be trained on.
    Returns:
        The model itself where there is nothing to add (subwords and bytes have every text), or a wider
        one that predicts as before; and the characters that were added.
    """
    old = loaded.tokenizer
    if not isinstance(old, CharTokenizer):
        return loaded, ""
    if isinstance(corpus.tokenizer, CharTokenizer):
        found = set(corpus.tokenizer.alphabet)
    else:
        found = {character for text in texts_of(corpus) for character in text}
    added = "".join(sorted(found - set(old.alphabet)))
    if not added:
        return loaded, ""
    new = CharTokenizer.from_alphabet([*old.alphabet, *added])
    places = {character: place for place, character in enumerate(old.alphabet, start=1)}
    rows = torch.tensor([0, *(places.get(character, -1) for character in new.alphabet)])
    model = LanguageModel(replace(loaded.model.config, vocab_size=new.vocab_size))
    one_hot = loaded.model.config.embed_dim == 0
    model.load_state_dict(
        {name: _widened(name, value, rows, one_hot) for name, value in loaded.model.state_dict().items()}
    )
    return replace(loaded, model=model.eval(), tokenizer=new), added


def _widened(name: str, value: Tensor, rows: Tensor, one_hot: bool) -> Tensor:
    """A parameter with a row for each token of the new alphabet; ``rows`` has the old one's place, or -1."""
    if name == "output.bias":
        return torch.where(rows >= 0, value[rows], value.min())
    if name in ("embedding.weight", "output.weight"):
        return torch.where((rows >= 0)[:, None], value[rows], value.mean(0))
    if name == "layers.0.weight_ih" and one_hot:
        return torch.where(rows >= 0, value[:, rows], value.mean(1, keepdim=True))
    return value
