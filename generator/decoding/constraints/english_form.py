"""The constraint of an English form: at every place just those characters after which the poem can be finished."""

from __future__ import annotations

import math
import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...errors import ConfigError, ConstraintUnsatisfiable, DecodingError
from ...seeding import numpy_generator
from ...text.english import END, Lexicon, Plan, PoemState, PoemWalk, pronunciations, words_of
from ...text.english.stress import places_after
from ...text.forms.form import Form, Line, Pattern
from ...tokenizers import Tokenizer
from .base import Constraint, Context, Mask, remembered

__all__ = ["EnglishForm", "EnglishWishes", "as_corpus"]

UNUSED = 0.2  # how often a rhyme that no line of the corpus ends on counts as having been used
LONGEST_LINE = 120  # characters
LEAST_SHARE = 1e-4  # of the words below a letter, as which a smaller share counts


@dataclass(frozen=True)
class EnglishWishes:
    """What a person asks of an English poem beside its form.

    Attributes:
        rhyme: A word that the first rhyme is to match.
        acrostic: The first letters of the lines.
        start: How the first line begins.
        words: Words that must stand in the poem.
    """

    rhyme: str | None = None
    acrostic: str = ""
    start: str = ""
    words: tuple[str, ...] = ()


class Stand(NamedTuple):
    """Where a row stands: its plan, its place in the walk, and how much of a forced opening is written."""

    plan: int
    state: PoemState
    opened: int
    ended: bool


@dataclass(frozen=True)
class Path:
    """What one row walks along: the walk, the opening of the first line in the order of writing, and how many lines."""

    walk: PoemWalk
    opening: str
    lines: int
    pattern: Pattern
    rhymes: Mapping[str, str]


class EnglishForm(Constraint):
    """Writes a form in English. Each row draws its own plan by its seed: pattern, rhymes, places for words.

    Args:
        form: An English form.
        wishes: What is asked beside it.
        lexicon: The words that may be used.
        backward: Whether the model writes lines from their ends.
        weight: How much letters are favoured that lead to common words of the text; 0 for not at all, 1 as much as
            the shares of lawful words say.
    Raises:
        ConstraintUnsatisfiable: if no pattern can take the wishes.
    """

    name = "The form"

    def __init__(
        self, form: Form, wishes: EnglishWishes, lexicon: Lexicon, *, backward: bool = False, weight: float = 0.0
    ) -> None:
        self.weight = weight
        self.form, self.wishes, self.lexicon, self.backward = form, wishes, lexicon, backward
        self.opening = as_corpus(wishes.start)
        letters = "".join(re.findall(r"[a-z]", wishes.acrostic.lower()))
        self.letters = letters
        check_words(wishes, self.opening, lexicon)
        self.paths: list[Path] = []
        self.numbers: dict[int, int] = {}
        self._plans: dict[tuple[str, tuple[tuple[int, tuple[str, ...]], ...]], Plan | ConstraintUnsatisfiable] = {}
        self.patterns: list[Pattern] = []
        unmet: list[ConstraintUnsatisfiable] = []
        random = np.random.Generator(np.random.PCG64(0))
        for pattern in form.patterns:
            if letters and form_is_acrostic(form) and len(pattern.lines) != len(letters):
                continue
            try:
                self._path(pattern, random)
            except ConstraintUnsatisfiable as error:
                unmet.append(error)
            else:
                self.patterns.append(pattern)
        if not self.patterns:
            raise (
                unmet[-1]
                if unmet
                else ConstraintUnsatisfiable(
                    f"{form.name} has no pattern of {len(letters)} lines.", "Ask for an acrostic of another length."
                )
            )

    def check(self, context: Context) -> None:
        if context.prompt:
            raise ConstraintUnsatisfiable(
                "A poem in a form has no prompt.", "Give its beginning with --start, which the form counts."
            )
        if context.tokenizer.kind != "char":
            raise DecodingError(
                f"English forms need a model that writes characters; this one writes {context.tokenizer.kind} tokens.",
                "Train with --tokenizer char.",
            )
        longest = max(len(pattern.lines) for pattern in self.patterns) * LONGEST_LINE
        if context.length < longest:
            raise ConstraintUnsatisfiable(
                f"The form may need {longest} tokens, and the length is {context.length}.", "Give a larger --length."
            )

    def begin(self, context: Context) -> Hashable:
        return self.begins(context, [0])[0]

    def begins(self, context: Context, seeds: Sequence[int]) -> Sequence[Hashable]:
        tokenizer: Tokenizer = context.tokenizer
        self._characters = [content.decode() for content in tokenizer.byte_table]
        self._ids = {character: token for token, character in enumerate(self._characters) if character}
        self._mask = remembered(self, type(self)._find_mask, 4096)
        places = []
        for seed in seeds:
            if seed not in self.numbers:
                random = numpy_generator(seed)
                self.numbers[seed] = len(self.paths)
                self.paths.append(self._path(self.patterns[int(random.integers(len(self.patterns)))], random))
            number = self.numbers[seed]
            places.append(Stand(number, self.paths[number].walk.start, 0, False))
        return places

    def allowed(self, place: Hashable) -> Mask | None:
        assert isinstance(place, Stand)
        return self._mask(self._next(place))

    def lookahead(self, place: Hashable) -> NDArray[np.float32] | None:
        assert isinstance(place, Stand)
        if not self.weight or place.ended or self._opening_due(place):
            return None
        shares = self.paths[place.plan].walk.outlook(place.state)
        found = np.zeros(len(self._characters) + 1, np.float32)  # one more for characters that the model lacks
        for character, share in shares.items():
            found[self._ids.get(character, -1)] = self.weight * math.log(max(share, LEAST_SHARE))
        return found[:-1]

    def advance(self, place: Hashable, token: int) -> Hashable:
        assert isinstance(place, Stand)
        if not token:
            return place._replace(ended=True)
        path, character = self.paths[place.plan], self._characters[token]
        if self._opening_due(place) and character == path.opening[place.opened]:
            return place._replace(opened=place.opened + 1)
        return place._replace(state=path.walk.advance(place.state, character))

    def drawn(self, seed: int) -> Mapping[str, object]:
        path = self.paths[self.numbers[seed]]
        return {"pattern": path.pattern.name, "rhymes": dict(path.rhymes)}

    def _find_mask(self, characters: frozenset[str]) -> Mask:
        mask = np.zeros(len(self._characters) + 1, np.bool_)  # one more for characters that the model lacks
        mask[[self._ids.get(character, -1) if character else 0 for character in characters]] = True
        mask.setflags(write=False)
        return mask[:-1]

    def _opening_due(self, place: Stand) -> bool:
        """Whether the forced opening is being written: before the first line, or, backward, behind it."""
        path = self.paths[place.plan]
        if place.state.lines or place.opened == len(path.opening):
            return False
        if not self.backward or place.opened:
            return True
        return END in path.walk.allowed(place.state)

    def _next(self, place: Stand) -> frozenset[str]:
        """The characters that may come; "" for the end of the poem."""
        path = self.paths[place.plan]
        opening = path.opening
        if place.ended:
            return frozenset(("",))
        if self._opening_due(place):
            forced = frozenset((opening[place.opened],))
            if self.backward and not place.opened:
                return (path.walk.allowed(place.state) - {END}) | forced
            return forced
        found = path.walk.allowed(place.state)
        if self.backward and opening and not place.state.lines and place.opened:
            found = frozenset((END,))  # the opening was the beginning of the line
        last = len(place.state.lines) + 1 == path.lines
        return found - {END} | {""} if last and END in found else found

    def _path(self, pattern: Pattern, random: np.random.Generator) -> Path:
        """Draw places for the words and rhymes for the letters of a pattern.

        Raises:
            ConstraintUnsatisfiable: if there are none.
        """
        lines = tuple(pattern.lines)
        opening = self.opening
        if len(self.letters) > len(lines):
            raise ConstraintUnsatisfiable(
                f"The acrostic has {len(self.letters)} letters, and {self.form.name} {len(lines)} lines.",
                "Choose a shorter word, a longer form, or --form acrostic, which has a line for each letter.",
            )
        if opening:
            if any(line.refrain == 0 for line in lines):
                raise ConstraintUnsatisfiable(
                    f"The first line of {self.form.name} comes again, so it cannot begin with --start.",
                    "Ask for a --word in it, or for another form.",
                )
            lines = (opened(lines[0], opening), *lines[1:])
        error: ConstraintUnsatisfiable | None = None
        for _ in range(TRIES if self.wishes.words else 1):
            words: dict[int, tuple[str, ...]] = {}
            for word in self.wishes.words:
                place = int(random.choice([at for at, line in enumerate(lines) if line.refrain is None]))
                words[place] = (*words.get(place, ()), word)
            try:
                plan = self._plan(pattern.name, lines, words)
                rhymes = self._rhymes(plan, random)
                walk = PoemWalk(plan, rhymes, backward=self.backward)
            except ConstraintUnsatisfiable as found:
                error = found
                continue
            written = opening + " " if opening else ""
            return Path(walk, written[::-1] if self.backward else written, len(lines), pattern, rhymes)
        assert error is not None
        raise error

    def _plan(self, name: str, lines: tuple[Line, ...], words: Mapping[int, tuple[str, ...]]) -> Plan:
        """The plan of a pattern, made once for each way to lay the words."""
        key = (name, tuple(sorted(words.items())))
        if key not in self._plans:
            letters = self.letters
            if self.opening and letters and letters[0] != self.opening[0]:
                raise ConstraintUnsatisfiable(
                    f"The acrostic begins with {letters[0]!r} and the poem with {self.opening!r}.",
                    "Let them begin alike, or leave one of them out.",
                )
            try:
                # the opening has the first letter; what follows it may begin with any
                self._plans[key] = Plan(
                    self.lexicon, lines, " " * bool(self.opening) + letters[bool(self.opening) :], words
                )
            except ConstraintUnsatisfiable as error:
                self._plans[key] = error
            except ConfigError as error:
                self._plans[key] = ConstraintUnsatisfiable(error.message, error.hint)
        found = self._plans[key]
        if isinstance(found, ConstraintUnsatisfiable):
            raise found
        return found

    def _rhymes(self, plan: Plan, random: np.random.Generator) -> dict[str, str]:
        """A rhyme key for each letter, drawn by how often lines of the corpus end on it, no two alike."""
        chosen: dict[str, str] = {}
        if self.wishes.rhyme is not None and not any(line.rhyme for line in plan.lines):
            raise ConstraintUnsatisfiable(
                f"{self.form.name} does not rhyme, so it cannot rhyme with {self.wishes.rhyme!r}.",
                "Leave --rhyme out, or ask for a form that rhymes.",
            )
        for letter in dict.fromkeys(line.rhyme for line in plan.lines if line.rhyme):
            keys = {key: count for key, count in plan.rhymes(letter).items() if key not in chosen.values()}
            if not chosen and self.wishes.rhyme is not None:
                keys = self._wished(keys)
            if not keys:
                raise ConstraintUnsatisfiable(
                    f"No rhyme can be had for all lines {letter} of {self.form.name} with what is asked of them.",
                    "Ask for less, or for a form with fewer lines to a rhyme.",
                )
            weights = np.array([count + UNUSED for count in keys.values()])
            chosen[letter] = list(keys)[int(random.choice(len(keys), p=weights / weights.sum()))]
        return chosen

    def _wished(self, keys: Mapping[str, int]) -> dict[str, int]:
        """Those keys that the wished word has.

        Raises:
            ConstraintUnsatisfiable: if there is none; the hint has words that would do.
        """
        word = str(self.wishes.rhyme).lower()
        found = {key: count for key, count in keys.items() if word in self.lexicon.rhymes.get(key, ())}
        if not found:
            others = sorted(keys, key=lambda key: -keys[key])[:8]
            named = [next(iter(sorted(self.lexicon.rhymes[key], key=len))) for key in others]
            raise ConstraintUnsatisfiable(
                f"Not enough words of the text that was learnt rhyme with {word!r} for {self.form.name}.",
                f"Words that would do: {', '.join(named)}.",
            )
        return found


TRIES = 64  # ways to lay the words into lines


def form_is_acrostic(form: Form) -> bool:
    """Whether a form takes its number of lines from the acrostic: its patterns differ in nothing else."""
    lengths = [len(pattern.lines) for pattern in form.patterns]
    return len(lengths) > 1 and len(set(lengths)) == len(lengths)


def as_corpus(text: str) -> str:
    """A person's words as the corpus writes them: lower case, punctuation and 's parted by spaces."""
    plain = text.lower().replace("’", "'").strip()
    plain = re.sub(r"\s*([,.;:!?—])\s*", r" \1 ", plain)
    plain = re.sub(r"(?<=[a-z])('(?:s|d|ll|ve|re|m|st|t|lt|rt|th)|n't)\b", r" \1", plain)
    return " ".join(plain.split())


def check_words(wishes: EnglishWishes, opening: str, lexicon: Lexicon) -> None:
    """Every word that is asked for must be one that can be pronounced and that the model has read."""
    named = [("--start", word) for word in words_of(opening)] + [("--word", word) for word in wishes.words]
    for option, word in named:
        if option == "--start" and not pronunciations(word.replace(" ", "")):
            raise ConstraintUnsatisfiable(f"The sound of {word!r} of {option} is not known.", "Choose another word.")
        if option == "--word" and lexicon.find(word) is None:
            raise ConstraintUnsatisfiable(
                f"The word {word!r} of {option} cannot be used: the model has not read it, or its sound is unknown.",
                "Choose another word, or another form of it.",
            )
    if wishes.acrostic and not re.fullmatch(r"[A-Za-z\s]+", wishes.acrostic):
        raise ConstraintUnsatisfiable(
            f"The acrostic {wishes.acrostic!r} holds more than letters from a to z.", "Give letters alone."
        )


def opened(line: Line, opening: str) -> Line:
    """What is left of a line's patterns behind an opening.

    Raises:
        ConstraintUnsatisfiable: if the opening keeps none of them, or leaves nothing of the line.
    """
    words = [word.replace(" ", "") for word in words_of(opening)]
    least, most = line.syllables or (1, 24)
    patterns = line.stress or tuple("." * count for count in range(least, most + 1))
    rests: dict[str, set[int]] = {pattern: {0} for pattern in patterns}
    for word in words:
        for pattern, places in rests.items():
            rests[pattern] = {after for place in places for after in places_after(pronunciations(word), pattern, place)}
    left = tuple(
        dict.fromkeys(pattern[place:] for pattern, places in rests.items() for place in places if place < len(pattern))
    )
    if not left:
        whole = any(place == len(pattern) for pattern, places in rests.items() for place in places)
        raise ConstraintUnsatisfiable(
            f"The beginning {opening!r} {'fills' if whole else 'does not fit the metre of'} the first line.",
            "Leave its last word off, so that the line can rhyme."
            if whole
            else "Choose one that fits, or another form.",
        )
    return replace(line, stress=left, syllables=(min(map(len, left)), max(map(len, left))))
