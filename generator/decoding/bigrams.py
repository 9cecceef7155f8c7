"""How often one token follows another in a text: enough to see a few characters ahead, and small.

The model itself says what is likely next; it does not say which of the likely characters leads to a
rhyme in three steps' time. A table of neighbours does, by a backward pass through the line (A. Hafez
and H. Ghazvininejad et al. 2016 led their poems to the rhyme with a finite-state acceptor; M. Zhang
et al. 2023 guide a language model with the backward message of a hidden Markov model).
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["Bigrams"]

WORD_COUNT, WORD_NATS = 12, 3.0
BACKOFF = 20.0  # how many times the frequency of the single characters counts


class Bigrams:
    """Counts of neighbours, in compressed rows.

    Args:
        starts: Where each token's row begins in the other two [vocab_size + 1], int64.
        followers: Tokens that follow [pairs].
        counts: How often [pairs].
        totals: How often each token has any follower [vocab_size].
        single: How often each token stands [vocab_size].
    """

    def __init__(self, starts: Tensor, followers: Tensor, counts: Tensor, totals: Tensor, single: Tensor) -> None:
        self.starts, self.followers, self.counts = starts.long(), followers.long(), counts.float()
        self.totals, self.single = totals.float(), single.float()
        size = len(self.totals)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sparse CSR tensor support")  # it warns of being new, once a process
            # rows that point outside the table would be read as they are: counts from a file are checked
            self.matrix = torch.sparse_csr_tensor(
                self.starts, self.followers, self.counts, (size, size), check_invariants=True
            )
        kept = torch.zeros(size).index_add_(
            0, torch.repeat_interleave(torch.arange(size), self.starts.diff()), self.counts
        )
        self.rest = (self.totals - kept + BACKOFF)[:, None]  # what the single frequencies stand in for
        self.mass = (self.totals + BACKOFF)[:, None]
        self.shares = self.single / self.single.sum()
        self._words: dict[int, frozenset[int]] = {}

    @classmethod
    def of_stream(cls, ids: NDArray[Any], vocab_size: int, most: int = 400_000) -> Bigrams:
        """Count a token stream; of the pairs the ``most`` most frequent are kept, and none that stands once.

        Args:
            ids: [tokens]; the boundary 0 parts pieces and takes no part.
            vocab_size: How many tokens there are.
            most: Pairs to keep.
        """
        ids = np.asarray(ids, np.int64)
        left, right = ids[:-1], ids[1:]
        both = (left > 0) & (right > 0)
        pairs, counts = np.unique(left[both] * vocab_size + right[both], return_counts=True)
        often = np.flatnonzero(counts > 1)
        often = np.sort(often[np.argsort(-counts[often], kind="stable")[:most]])
        rows, columns = np.divmod(pairs[often], vocab_size)
        starts = np.searchsorted(rows, np.arange(vocab_size + 1))
        return cls(
            torch.from_numpy(starts),
            torch.from_numpy(columns),
            torch.from_numpy(np.minimum(counts[often], 65535)),
            torch.from_numpy(np.bincount(left[both], minlength=vocab_size)),
            torch.from_numpy(np.bincount(ids[ids > 0], minlength=vocab_size)),
        )

    @classmethod
    def from_tensors(cls, tensors: Mapping[str, Tensor]) -> Bigrams:
        """What ``tensors`` gave."""
        names = ("starts", "followers", "counts", "totals", "single")
        return cls(*(tensors[f"bigrams.{name}"] for name in names))

    def tensors(self) -> dict[str, Tensor]:
        """The counts as small tensors, for a checkpoint."""
        return {
            "bigrams.starts": self.starts.int(),
            "bigrams.followers": self.followers.to(torch.uint16),
            "bigrams.counts": self.counts.to(torch.uint16),
            "bigrams.totals": self.totals.int(),
            "bigrams.single": self.single.int(),
        }

    def makes_words_with(self, token: int) -> frozenset[int]:
        """The tokens that make a word with this one before them: pairs that stand together more often than by chance.

        Pointwise mutual information (Church & Hanks 1990) above 3 nats, in at least 12 places.
        """
        if token not in self._words:
            row = slice(int(self.starts[token]), int(self.starts[token + 1]))
            counts, followers = self.counts[row], self.followers[row]
            expected = self.totals[token] * self.shares[followers]
            together = (counts >= WORD_COUNT) & (torch.log(counts / expected) > WORD_NATS)
            self._words[token] = frozenset(followers[together].tolist())
        return self._words[token]

    def expected(self, values: Tensor) -> Tensor:
        """The mean of ``values`` over what follows each token.

        Args:
            values: [vocab_size, columns].
        Returns:
            [vocab_size, columns].
        """
        return (self.matrix @ values + self.rest * (self.shares @ values)) / self.mass
