"""How well a model predicts a text: nats and bits per character, by two protocols.

Every token but the first is charged, the boundaries that end pieces included, and the sum is divided
by the characters of the text (a boundary is no character). So figures can be compared between
tokenizers.

- ``carried``: one pass from the first token to the last, the state carried all the way, over the
  boundaries of pieces as in training.
- ``windowed``: windows of 256 characters, one after the other, each from the zero state. The way of
  nanoGPT's evaluation, but over the whole text and not over windows drawn at random.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from .passes import carried_pass, windowed_pass
from .stream import TokenStream, device_of, hidden_cues, judged
from .temperature import best_temperature, cost_at

if TYPE_CHECKING:
    from ..model import LanguageModel
    from ..tokenizers import Tokenizer

__all__ = ["PROTOCOLS", "Score", "carried_nats", "evaluate_split", "score"]

PROTOCOLS = ("carried", "windowed")
WINDOW_CHARACTERS = 256
MOST_LOGITS = 1 << 26  # kept to find the temperature by, 256 MB; of a longer text every k-th position


class _Tally:
    """Takes logits and keeps what each target cost, in nats, by its position.

    Args:
        charged: How many targets there are.
        temperature: Divides the logits.
        keep_every: Also keep the logits at every such position, 0 for none.
    """

    def __init__(self, charged: int, temperature: float = 1.0, keep_every: int = 0) -> None:
        self.nats = np.zeros(charged, np.float32)
        self.temperature = temperature
        self.keep_every = keep_every
        self.kept: Tensor | None = None  # [kept positions, vocab_size]
        self.kept_targets = torch.zeros(math.ceil(charged / keep_every) if keep_every else 0, dtype=torch.int64)

    def __call__(self, positions: np.ndarray, logits: Tensor, targets: Tensor) -> None:
        """Positions [batch, time], logits [batch, time, vocab_size], targets [batch, time]."""
        scores, answers = logits.float().flatten(0, 1), targets.flatten()
        nats = F.cross_entropy(scores / self.temperature, answers, reduction="none")
        self.nats[positions.ravel()] = nats.cpu().numpy()
        if self.keep_every:
            if self.kept is None:
                self.kept = torch.zeros(len(self.kept_targets), scores.shape[-1])
            rows = torch.from_numpy(np.flatnonzero(positions.ravel() % self.keep_every == 0))
            places = torch.from_numpy(positions.ravel())[rows] // self.keep_every
            self.kept[places] = scores[rows.to(scores.device)].cpu()
            self.kept_targets[places] = answers[rows.to(answers.device)].cpu()

    def total(self) -> float:
        """All of it, in nats."""
        return float(self.nats.sum(dtype=np.float64))

    def best_temperature(self) -> float:
        """The temperature that fits the kept logits best."""
        return 1.0 if self.kept is None else best_temperature(self.kept, self.kept_targets)


def figures(nats: float, characters: int) -> dict[str, float]:
    """A sum of nats as ``{"nats": ..., "bits": ...}`` per character."""
    mean = nats / max(characters, 1)
    return {"nats": mean, "bits": mean / math.log(2)}


def evaluate_split(
    model: LanguageModel,
    ids: np.ndarray,
    *,
    characters: int,
    starts: np.ndarray | None = None,
    tags: np.ndarray | None = None,
    cues: np.ndarray | None = None,
    protocols: Sequence[str] = PROTOCOLS,
    temperature: bool = False,
    progress: Callable[[int], Any] | None = None,
) -> dict[str, Any]:
    """Judge ``model`` on a whole split, in float32.

    Args:
        model: A language model; its mode and weights are left as they were.
        ids: Token ids of the split [tokens].
        characters: Characters of its text.
        starts: Place of the boundary that begins each piece [pieces].
        tags: Tag ids of each piece [pieces, fields].
        cues: Cues of each token [tokens, cues].
        protocols: Which of ``PROTOCOLS``, in this order.
        temperature: Also find the best softmax temperature, on the first of the protocols.
        progress: Called with the number of tokens done, as often as they come.
    Returns:
        ``{"protocols": {name: {"nats", "bits"}}, "characters", "tokens" (those charged),
        "temperature": {"value", "nats", "bits"} or None}``, all per character.
    """
    stream = TokenStream(ids, starts, tags, device_of(model), cues, hidden_cues(model))
    # as many tokens as hold 256 characters: 256 of them where a token is a character
    window = max(round(WINDOW_CHARACTERS * stream.charged / max(characters, 1)), 1)
    found: dict[str, dict[str, float]] = {}
    calibration = None

    def run(protocol: str, tally: _Tally) -> float:
        with judged(model):
            if protocol == "carried":
                carried_pass(model, stream, tally, progress=progress)
            elif protocol == "windowed":
                windowed_pass(model, stream, tally, window=window, progress=progress)
            else:
                raise ValueError(f"unknown protocol {protocol!r}")
        return tally.total()

    for index, protocol in enumerate(protocols):
        wanted = temperature and index == 0
        keep_every = math.ceil(stream.charged * model.config.vocab_size / MOST_LOGITS) if wanted else 0
        tally = _Tally(stream.charged, keep_every=keep_every)
        found[protocol] = figures(run(protocol, tally), characters)
        if wanted:
            value = tally.best_temperature()
            if keep_every <= 1 and tally.kept is not None:
                cost = cost_at(tally.kept, tally.kept_targets, value)
            else:
                cost = run(protocol, _Tally(stream.charged, temperature=value))
            calibration = {"value": value, **figures(cost, characters)}
    return {"protocols": found, "characters": characters, "tokens": stream.charged, "temperature": calibration}


def carried_nats(
    model: LanguageModel,
    ids: np.ndarray,
    streams: int = 16,
    *,
    characters: int | None = None,
    starts: np.ndarray | None = None,
    tags: np.ndarray | None = None,
    cues: np.ndarray | None = None,
) -> float:
    """A quick estimate of the carried protocol, for validation while training.

    The split is read as ``streams`` parallel parts, each from the zero state. That is an
    approximation at the start of each part only, as a rule a little above the exact value. The
    precision is the one that the model is set to.

    Args:
        model: A language model; its mode is left as it was.
        ids: Token ids of the split [tokens].
        streams: How many parts; fewer where parts would be short.
        characters: What to divide by; None divides by the tokens charged.
        starts, tags, cues: As for ``evaluate_split``.
    Returns:
        Nats per character, or per token.
    """
    stream = TokenStream(ids, starts, tags, device_of(model), cues, hidden_cues(model))
    tally = _Tally(stream.charged)
    with judged(model, exact=False):
        carried_pass(model, stream, tally, streams=streams, exact=False)
    return tally.total() / max(characters or stream.charged, 1)


@dataclass(frozen=True)
class Score:
    """What a text cost a model.

    Attributes:
        token_nats: Cost of each token charged [tokens].
        characters: Characters of the text.
    """

    token_nats: np.ndarray
    characters: int

    @property
    def nats(self) -> float:
        """The whole cost."""
        return float(self.token_nats.sum(dtype=np.float64))

    @property
    def bits_per_char(self) -> float:
        """The cost of a character; 0 for an empty text."""
        return figures(self.nats, self.characters)["bits"]


def score(
    model: LanguageModel,
    tokenizer: Tokenizer,
    text: str,
    *,
    context: str = "",
    tags: Sequence[int] | None = None,
    whole: bool = False,
) -> Score:
    """What ``text`` costs ``model`` at the start of a piece, or after ``context``.

    Args:
        model: A language model; its mode is left as it was.
        tokenizer: The one it was trained with.
        text: What is charged.
        context: What stands before it, read and not charged.
        tags: Tag ids [fields], 0 for not given.
        whole: Charge the boundary too: the text is a whole piece, and it ends here.
    Raises:
        UnknownSymbol: if a character is none of the tokenizer's.
    """
    before = tokenizer.encode(context)
    after = [tokenizer.boundary] if whole else []
    ids = np.concatenate(([tokenizer.boundary], before, tokenizer.encode(text), after)).astype(np.int64)
    rows = None if tags is None else np.array([tags], np.int64)
    stream = TokenStream(ids, np.zeros(1, np.int64), rows, device_of(model))
    tally = _Tally(stream.charged)
    with judged(model):
        carried_pass(model, stream, tally, streams=1)
    return Score(tally.nats[len(before) :], len(text))
