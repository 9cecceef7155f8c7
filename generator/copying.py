"""What a command says of copies: the longest run of a text that the model has read, and where it read it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .checkpoint import Checkpoint

__all__ = ["Copies"]


class Copies:
    """Compares what a model writes with what it learnt from.

    Args:
        loaded: The model.
        say: Told of what takes its time.
    Raises:
        CorpusError: if what it learnt from is not here; so this is made before anything is written.
    """

    def __init__(self, loaded: Checkpoint, say: Callable[[str], Any]) -> None:
        from .evaluation import find_corpus, open_index

        self.corpus = find_corpus(loaded.config.get("provenance") or {}, None, say=say)
        self.index = open_index(self.corpus, say=say)

    def of(self, text: str) -> dict[str, Any]:
        """The longest run of a text that was copied, as plain values, and where it stands; music by the names of its
        signs.

        Args:
            text: As the training text is written, and not as a reader is shown it.
        """
        from .evaluation import place_of
        from .tokenizers.music import MusicTokenizer

        copy = self.index.longest_copy(text)
        found = asdict(copy)
        if isinstance(self.corpus.tokenizer, MusicTokenizer):
            found |= {part: self.corpus.tokenizer.musical.shown(found[part]) for part in ("text", "before", "after")}
        if copy.length:
            place = place_of(self.corpus, copy)
            # "piece" counts all pieces of the index, from 0, transpositions among them
            found |= {"piece_number": place.piece, "pieces": place.pieces, "bar": place.bar}
            found |= {"tags": dict(place.tags), "file": place.file}
        return found

    @staticmethod
    def line(number: int, found: dict[str, Any]) -> str:
        """One line about the copy in a text.

        Args:
            number: Of the text, from 1.
            found: As ``of`` gives it.
        """
        if not found["length"]:
            return f"text {number}: nothing copied"
        what = "characters"
        where = f"from character {found['start_in_source']:,} of the training text on"
        if found["bar"] is not None:
            what = "signs"
            where = f"from bar {found['bar']} on"
        if found["pieces"] > 1:
            where += f", in piece {found['piece_number']:,} of {found['pieces']:,}"
        known = [*found["tags"].values(), *([found["file"]] if found["file"] else [])]
        told = f" ({', '.join(known)})" if known else ""
        return f"text {number}: the longest copied run is {found['length']} {what}, {found['text']!r}, {where}{told}"
