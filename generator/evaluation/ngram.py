"""What simple models score on the same text: uniform, unigram and 5-gram.

They make a loss mean something: a network that does not beat the 5-gram has learnt little more than
which few tokens like to follow each other.

The 5-gram is modified Kneser-Ney in its interpolated form: S. F. Chen and J. Goodman, "An empirical
study of smoothing techniques for language modeling", Computer Speech and Language 13 (1999), section
3 and equations (21) to (26); three discounts an order, estimated from the counts of counts.

Everything is a handful of sorts: the id of an n-gram is the rank of the pair (id of its first n-1
tokens, last token), so one 64-bit key is enough for every order and every vocabulary.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

__all__ = ["MOST_TRAINING_TOKENS", "KneserNey", "baselines"]

MOST_TRAINING_TOKENS = 10_000_000  # of a longer text the last so many are counted: some seconds, 0.5 GB
FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)  # where the counts of counts give none, as in tiny texts
SCORED_AT_ONCE = 1 << 20  # tokens; bounds the memory of scoring


@dataclass(frozen=True)
class _Order:
    """The counts of one order n.

    Attributes:
        keys: Sorted keys of the n-grams, [n-grams] uint64: (id of the first n-1 tokens) * vocab_size + last token.
        numerator: Discounted count of each n-gram, [n-grams].
        total: Sum of the undiscounted counts after each history, [(n-1)-grams]; 0 where nothing follows.
        backoff: Probability that each history leaves to the order below, [(n-1)-grams].
    """

    keys: np.ndarray
    numerator: np.ndarray
    total: np.ndarray
    backoff: np.ndarray


class KneserNey:
    """Interpolated modified Kneser-Ney model of token ids.

    With ``c(hw)`` the count of the n-gram at the highest order, and below it the number of different
    tokens seen before ``hw``::

        p_n(w | h) = (c(hw) - D(c(hw))) / c(h.) + backoff(h) * p_{n-1}(w | h without its first token)
        backoff(h) = (D1 N1(h.) + D2 N2(h.) + D3 N3+(h.)) / c(h.)

    A history that was never followed by anything leaves all to the order below; under the unigrams
    lies the uniform distribution, so that no token is impossible.

    Args:
        ids: The training stream, token ids [time].
        vocab_size: Number of different tokens.
        order: Length of the longest n-gram.
    """

    def __init__(self, ids: np.ndarray, vocab_size: int, order: int = 5) -> None:
        self.vocab_size = vocab_size
        self.order = order
        self._orders = _count(np.asarray(ids), vocab_size, order)

    def log_probs(self, ids: np.ndarray) -> np.ndarray:
        """Natural log-probability of each token but the first, given those before it: [time - 1]."""
        ids = np.asarray(ids)
        parts = []
        for start in range(1, len(ids), SCORED_AT_ONCE):
            first = max(start - self.order + 1, 0)
            part = ids[first : start + SCORED_AT_ONCE].astype(np.int64)
            # histories[n][i]: id of the n tokens that end right before part[i]; -1 for never seen
            histories = [np.zeros(len(part), np.int64)]
            for length in range(1, self.order):
                grams = self._find(length - 1, histories[-1], part)
                histories.append(np.concatenate(([-1], grams[:-1])))
            skip = start - first
            parts.append(np.log(self._interpolate(part[skip:], [history[skip:] for history in histories])))
        return np.concatenate(parts) if parts else np.zeros(0)

    def distribution(self, history: np.ndarray) -> np.ndarray:
        """Probability of every token after ``history`` (its last ``order - 1`` tokens count): [vocab_size]."""
        history = np.asarray(history, np.int64)
        tokens = np.arange(self.vocab_size)
        histories = []
        for length in range(self.order):
            gram = np.zeros(1, np.int64)
            if length > len(history):
                gram[:] = -1
            else:
                for at, token in enumerate(history[len(history) - length :]):
                    gram = self._find(at, gram, token.reshape(1))
            histories.append(np.repeat(gram, self.vocab_size))
        return self._interpolate(tokens, histories)

    def _find(self, length: int, histories: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """Ids of the n-grams made of a history of ``length`` tokens and one more; -1 for never seen."""
        keys = self._orders[length].keys
        wanted = histories.astype(np.uint64) * np.uint64(self.vocab_size) + tokens.astype(np.uint64)
        places = np.searchsorted(keys, wanted)
        places[places == len(keys)] = 0
        found = (histories >= 0) & (keys[places] == wanted) if len(keys) else np.zeros(len(wanted), bool)
        return np.where(found, places, -1)

    def _interpolate(self, tokens: np.ndarray, histories: list[np.ndarray]) -> np.ndarray:
        """Probability of each token after histories of 0, 1, ... tokens, given by their ids (-1: not seen)."""
        probability = np.full(len(tokens), 1.0 / self.vocab_size)
        for length, (history, order) in enumerate(zip(histories, self._orders, strict=True)):
            if not len(order.keys):
                break
            known = history >= 0
            total = np.where(known, order.total[history], 0)
            gram = self._find(length, history, tokens)
            numerator = np.where(gram >= 0, order.numerator[gram], 0.0)
            higher = numerator / np.maximum(total, 1) + order.backoff[history] * probability
            probability = np.where(total > 0, higher, probability)
        return probability


def _count(ids: np.ndarray, vocab_size: int, order: int) -> list[_Order]:
    """Count, order by order; see the module's docstring for how n-grams get their ids."""
    all_keys, histories, suffixes, occurrences = [], [], [], []
    grams = np.zeros(len(ids) + 1, np.int64)  # ids of the 0-grams: one before every token, and one at the end
    for _ in range(order):
        # grams[i] is the id of the n-1 tokens before the i-th token of `last`
        last = ids[len(ids) + 1 - len(grams) :].astype(np.uint64)
        keys = grams[: len(last)].astype(np.uint64) * np.uint64(vocab_size) + last
        unique, first, inverse, counts = _unique(keys)
        all_keys.append(unique)
        histories.append((unique // np.uint64(vocab_size)).astype(np.int64))
        suffixes.append(grams[1:][first])  # the same n-gram without its first token, as an id of the order below
        occurrences.append(counts)
        grams = inverse
    orders = []
    for index in range(order):
        if index + 1 < order:  # continuation counts: how many different tokens stand before it
            counts = np.bincount(suffixes[index + 1], minlength=len(all_keys[index]))
        else:
            counts = occurrences[index]
        discount = np.array([0.0, *_discounts(counts)])[np.minimum(counts, 3)]
        history_count = len(all_keys[index - 1]) if index else 1
        total = np.bincount(histories[index], weights=counts, minlength=history_count)
        saved = np.bincount(histories[index], weights=discount, minlength=history_count)
        orders.append(_Order(all_keys[index], counts - discount, total, saved / np.maximum(total, 1)))
    return orders


def _unique(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Sorted distinct keys, a place of each, the rank of every key, and how often each occurs.

    Differs from ``numpy.unique`` in that the place need not be the first one, so the sort need not
    be stable, which is several times faster.
    """
    places = np.argsort(keys)
    ordered = keys[places]
    starts = np.ones(len(keys), bool)
    starts[1:] = ordered[1:] != ordered[:-1]
    ranks = np.empty(len(keys), np.int64)
    ranks[places] = np.cumsum(starts) - 1
    edges = np.flatnonzero(starts)
    return ordered[edges], places[edges], ranks, np.diff(np.append(edges, len(keys)))


def _discounts(counts: np.ndarray) -> tuple[float, float, float]:
    """Chen and Goodman's D1, D2 and D3+ (equation 26), or fixed ones where they are undefined or unlawful."""
    n1, n2, n3, n4 = (int(number) for number in np.bincount(np.minimum(counts, 5), minlength=6)[1:5])
    if 0 in (n1, n2, n3, n4):
        return FALLBACK_DISCOUNTS
    share = n1 / (n1 + 2 * n2)
    found = (1 - 2 * share * n2 / n1, 2 - 3 * share * n3 / n2, 3 - 4 * share * n4 / n3)
    lawful = all(0 < discount <= size for size, discount in enumerate(found, start=1))
    return found if lawful else FALLBACK_DISCOUNTS


def baselines(
    train_ids: np.ndarray,
    valid_ids: np.ndarray,
    vocab_size: int,
    *,
    characters: int | None = None,
    most_tokens: int = MOST_TRAINING_TOKENS,
) -> dict[str, float]:
    """Score the simple models on ``valid_ids``, all tokens but the first charged.

    The unigram model adds one to every count. A training text longer than ``most_tokens`` is
    counted in its last ``most_tokens`` only. Pieces follow each other through the boundary token,
    as the network sees them.

    Args:
        train_ids: Token ids [time] to count.
        valid_ids: Token ids [time] to score.
        vocab_size: Number of different tokens.
        characters: What to divide by; None divides by the tokens charged.
        most_tokens: Bound on the tokens counted.
    Returns:
        ``{"uniform": ..., "unigram": ..., "5-gram": ...}`` in nats per token, or per character.
    """
    train_ids, valid_ids = np.asarray(train_ids[-most_tokens:]), np.asarray(valid_ids)
    charged = len(valid_ids) - 1
    if charged < 1:
        return {"uniform": 0.0, "unigram": 0.0, "5-gram": 0.0}
    divisor = characters or charged
    counts = np.bincount(train_ids, minlength=vocab_size) + 1.0
    seen = np.bincount(valid_ids[1:], minlength=vocab_size)
    nats = {
        "uniform": charged * np.log(vocab_size),
        "unigram": -float(seen @ np.log(counts / counts.sum())),
        "5-gram": -float(KneserNey(train_ids, vocab_size).log_probs(valid_ids).sum()),
    }
    return {name: float(total) / divisor for name, total in nats.items()}
