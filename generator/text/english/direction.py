"""A lexicon as it is written in one direction: its tree of letters, and selections of its words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .metre import Metre

__all__ = ["Direction", "Selection", "Tree"]

# Selections that are remembered; every rhyme of every poem makes one.
_KEPT = 256
MOST = (1 << 64) - 1  # shapes that a table has room for: the first 64


@dataclass(frozen=True)
class Tree:
    """Words as a tree of their characters, the root at 0.

    Attributes:
        children: For each node, where each character leads.
        word: For each node, the index of the word that ends there; -1 for none.
        path: For each word, the nodes from below the root to its end.
    """

    children: tuple[dict[str, int], ...]
    word: tuple[int, ...]
    path: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, words: Iterable[str]) -> Tree:
        """The tree of some words, which are counted from 0 in their order."""
        children: list[dict[str, int]] = [{}]
        ends = [-1]
        paths = []
        for index, word in enumerate(words):
            node, path = 0, []
            for character in word:
                if character not in children[node]:
                    children[node][character] = len(children)
                    children.append({})
                    ends.append(-1)
                node = children[node][character]
                path.append(node)
            ends[node] = index
            paths.append(tuple(path))
        return cls(tuple(children), tuple(ends), tuple(paths))


@dataclass(frozen=True)
class Selection:
    """Some words with the shapes in which they may stand.

    Attributes:
        words: For each word its shapes, as a set of bits.
        nodes: For each node of the tree the shapes of the words below it.
        shapes: The shapes of all of them.
        ranks: The place of each word of the lexicon among all in the order of their letters.
    """

    words: Mapping[int, int]
    nodes: Mapping[int, int]
    shapes: int
    ranks: NDArray[np.int64]

    @cached_property
    def table(self) -> NDArray[np.uint64]:
        """The shapes of each word of the lexicon, in the order of their letters; 0 for those that are not here."""
        found = np.zeros(len(self.ranks), np.uint64)
        places = np.fromiter(self.words, np.int64, len(self.words))
        found[self.ranks[places]] = np.fromiter((shapes & MOST for shapes in self.words.values()), np.uint64)
        return found


class Direction:
    """A lexicon written forward or backward.

    Args:
        words: Its words, in the order of writing.
        shapes: The different marks of stress that they have, in the order of writing.
        everything: For each word, by its index, its shapes as a set of bits.

    Attributes:
        tree: The words by their characters.
        all: All words in all their shapes.
        ranks: The place of each word in the order of their letters.
        spans: For each node the first and the last place, one added, of the words below it.
    """

    def __init__(self, words: Iterable[str], shapes: Sequence[str], everything: Mapping[int, int]) -> None:
        letters = tuple(words)
        self.tree = Tree.of(letters)
        self._shapes = tuple(shapes)
        # in the order of their letters the words below a node stand side by side
        ranked = sorted(range(len(self.tree.path)), key=letters.__getitem__)
        self.ranks = np.empty(len(ranked), np.int64)
        self.ranks[ranked] = np.arange(len(ranked))
        self.spans: dict[int, tuple[int, int]] = {0: (0, len(ranked))}
        for rank, word in enumerate(ranked):
            for node in self.tree.path[word]:
                self.spans[node] = self.spans.get(node, (rank, rank))[0], rank + 1
        self._metres: dict[tuple[str, ...], Metre] = {}
        self._selections: dict[int, Selection] = {}
        self.all = self.select(everything)

    def metre(self, patterns: tuple[str, ...]) -> Metre:
        """The tables of some patterns, which stand in the order of writing."""
        if patterns not in self._metres:
            self._metres[patterns] = Metre(patterns, self._shapes)
        return self._metres[patterns]

    def select(self, words: Mapping[int, int]) -> Selection:
        """Some words, by their indices, with the shapes in which they may stand.

        Args:
            words: Not to be changed afterwards: a selection is remembered with it.
        """
        known = self._selections.get(id(words))
        if known is None:
            nodes: dict[int, int] = {}
            union = 0
            for word, shapes in words.items():
                union |= shapes
                for node in self.tree.path[word]:
                    nodes[node] = nodes.get(node, 0) | shapes
            known = Selection(words, nodes, union, self.ranks)
            if len(self._selections) >= _KEPT:
                self._selections.clear()
            # It holds on to the words, so that no others can come to have their identity.
            self._selections[id(words)] = known
        return known
