"""Let what is written be music: the grammar of an alphabet, an opening that is kept, voices that are given."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...errors import ConstraintUnsatisfiable, DecodingError
from ...tokenizers.music import FIRST, MusicTokenizer, Place, Wish
from .base import Constraint, Context, Mask

__all__ = ["MusicForm"]


@dataclass(frozen=True, eq=False)
class Spot:
    """Where a row stands.

    Attributes:
        place: In the grammar of the alphabet.
        written: How many characters there are.
    """

    place: Place
    written: int


class MusicForm(Constraint):
    """A lawful piece of an alphabet.

    Args:
        tokenizer: Of music.
        wish: What is asked of the piece; its ``given`` voices are kept exactly.
        opening: Text of the alphabet that the piece begins with.
        following: Tags that follow from the wish, field to value.
        blind: Do not tell the model what is settled of the rest of the piece, as if it were not known.
        avoid: How many nats less likely what breaks the rules of part writing is made.
    """

    name = "The grammar of the music"

    def __init__(
        self,
        tokenizer: MusicTokenizer,
        wish: Wish,
        opening: str = "",
        following: Mapping[str, str] | None = None,
        *,
        blind: bool = False,
        avoid: float = 0.0,
    ) -> None:
        self.tokenizer, self.wish, self.opening = tokenizer, wish, opening
        self.following, self.avoid = dict(following or {}), avoid
        self.naming = list(tokenizer.naming)
        fields = tokenizer.musical.cue_fields
        self.hidden = [number for number, field in enumerate(fields) if field.ahead] if blind else []
        self.masks: dict[tuple[str, bool], Mask] = {}

    def check(self, context: Context) -> None:
        """Raises ConstraintUnsatisfiable: if the wish cannot be met, or the opening is longer than what may be
        written."""
        self.tokenizer.musical.begin(self.wish)
        if len(self.opening) >= context.length:
            raise ConstraintUnsatisfiable(
                f"The opening has {len(self.opening)} characters, and {context.length} may be written in all.",
                "Give a larger --length, or a shorter opening.",
            )

    def begin(self, context: Context) -> Hashable:
        return Spot(self.tokenizer.musical.begin(self.wish), 0)

    def allowed(self, place: Hashable) -> Mask | None:
        assert isinstance(place, Spot)
        if place.written < len(self.opening):
            return self.mask(self.opening[place.written], False)
        found, ends = place.place.allowed(), place.place.may_end()
        echo = getattr(place.place, "echo", None)
        # a network that repeats a passage finds it likelier each time, and would never leave it
        if echo is not None and echo.due in found and echo.loops(self.tokenizer.musical.loop):
            found = found.replace(echo.due, "") if len(found) > 1 or ends else found
        if not found and not ends:
            raise DecodingError(
                f"The music cannot go on after {place.written} characters.", "Ask for less, or try another seed."
            )
        return self.mask(found, ends)

    def mask(self, characters: str, ends: bool) -> Mask:
        """The tokens of characters, and the one that ends a piece."""
        found = self.masks.get((characters, ends))
        if found is None:
            found = np.zeros(self.tokenizer.vocab_size, np.bool_)
            found[[ord(character) - FIRST + 1 for character in characters]] = True
            found[self.tokenizer.boundary] = ends
            self.masks[characters, ends] = found
        return found

    def advance(self, place: Hashable, token: int) -> Hashable:
        assert isinstance(place, Spot)
        if token == self.tokenizer.boundary:
            return place
        return Spot(place.place.advance(chr(FIRST + token - 1)), place.written + 1)

    def cues(self, place: Hashable) -> NDArray[np.int64] | None:
        assert isinstance(place, Spot)
        row = np.array(place.place.cues(), np.int64)
        row[self.hidden] = 0
        if self.naming:
            named = row[self.naming]
            row[self.naming] = np.where(named > 0, named - FIRST + 1, 0)
        return row

    def lookahead(self, place: Hashable) -> NDArray[np.float32] | None:
        assert isinstance(place, Spot)
        bad = place.place.parallels() if self.avoid else ""
        if not bad:
            return None
        found = np.zeros(self.tokenizer.vocab_size, np.float32)
        found[[ord(character) - FIRST + 1 for character in bad]] = -self.avoid
        return found

    def tags(self, place: Hashable) -> Mapping[str, str]:
        return self.following
