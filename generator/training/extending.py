"""A trained network that learns new characters before it is trained on.

A model by characters knows those of its own corpus and no others. To go on with a text that has more,
its alphabet is widened; a new character begins as the mean of all the others in the embedding, and
as unlikely as the rarest of them in the output.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from ..checkpoint import Checkpoint
from ..corpus import PreparedCorpus, read_text
from ..model import LanguageModel
from ..tokenizers import CharTokenizer

__all__ = ["extended"]


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
        found = {
            character for split in ("train", "validation") for text in read_text(corpus, split) for character in text
        }
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
