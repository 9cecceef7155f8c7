"""Wishes drawn at random, such as people might have and such as nobody would.

ChineseWishes(poet, random).draw(form, "acrostic")      -> VerseConfig, the form's name in it

Half of the characters and words are drawn as often as the corpus has them, half without regard to
that; half of the Chinese wishes are written in simplified characters. Many cannot be met, which is as
it should be: the program is to say so.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from unicodedata import category

import numpy as np

from generator.config import SamplingConfig, VerseConfig
from generator.decoding import Poet, generate
from generator.text.chinese.analysis import lines_of
from generator.text.chinese.script import to_simplified
from generator.text.chinese.sounds import rhymebook
from generator.text.english import words_of
from generator.text.forms.form import Form

__all__ = ["ChineseWishes", "EnglishWishes", "Wishing", "wishing_for"]

FREE_TEXT = 3000  # tokens written in no form, for lines to begin with
MOST_ACROSTIC = 8  # lines; longer words are rare, and longer chains of chance hardly ever lawful
OTHER_BOOK = 0.2  # of the requests, by a rhyme book that is not the default


class Wishing(ABC):
    """Draws wishes for one poet.

    Args:
        poet: Who is to write them.
        random: Where chance comes from.
    Attributes:
        kinds: What can be wished for; the last ones only of some forms.
        lines: Lines that the poet wrote in no form.
    """

    kinds: tuple[str, ...] = ("nothing", "acrostic", "rhyme", "words", "start", "several")

    def __init__(self, poet: Poet, random: np.random.Generator) -> None:
        self.poet, self.random = poet, random
        settings = SamplingConfig(length=FREE_TEXT, seed=1, precision=poet.writer.choice.precision)
        # a text ends with a piece; so many of them as make up the length
        texts = [sample.text for sample in generate(poet.writer, "", settings, count=24).samples()]
        self.lines = [line for text in texts for line in self.cut(text)]

    @abstractmethod
    def cut(self, text: str) -> list[str]:
        """The lines of a text without the punctuation that ends them."""

    def kinds_of(self, form: Form) -> tuple[str, ...]:
        """What can be wished of a form."""
        return self.kinds

    def draw(self, form: Form, kind: str) -> VerseConfig:
        """Wishes of a kind, for one try at each poem."""
        wish = self.basis(form)
        parts = [kind]
        if kind == "several":
            asked = [part for part in ("acrostic", "rhyme", "words", "start") if self.chance(0.5)]
            parts = asked if len(asked) > 1 else ["acrostic", "words"]
        for part in parts:
            if part != "nothing":
                wish = replace(wish, **getattr(self, part)(form, wish))
        return self.written(wish)

    def basis(self, form: Form) -> VerseConfig:
        """What is not a wish."""
        return VerseConfig(form=form.name, candidates=1)

    def written(self, wish: VerseConfig) -> VerseConfig:
        """The wishes in the script that a person happens to write."""
        return wish

    def chance(self, share: float) -> bool:
        """Whether something happens that happens in ``share`` of the cases."""
        return bool(self.random.random() < share)

    def one_of(self, choice: Sequence[Any], weights: Any = None) -> Any:
        """One of several, by weights where there are any."""
        shares = None if weights is None else np.asarray(weights, float) / np.sum(weights)
        return choice[int(self.random.choice(len(choice), p=shares))]


class ChineseWishes(Wishing):
    """Wishes of Chinese poems."""

    def __init__(self, poet: Poet, random: np.random.Generator) -> None:
        super().__init__(poet, random)
        table = [content.decode() for content in poet.writer.tokenizer.byte_table]
        self.characters = table
        self.ideographs = [token for token, text in enumerate(table) if category(text or " ") == "Lo"]
        assert poet.aids.bigrams is not None
        self.often = poet.aids.bigrams.single.numpy()[self.ideographs]

    def cut(self, text: str) -> list[str]:
        return [line.text for line in lines_of(text) if len(line.text) > 1]

    def kinds_of(self, form: Form) -> tuple[str, ...]:
        return (*self.kinds, "upper", "upper") if form.opposed else self.kinds

    def basis(self, form: Form) -> VerseConfig:
        book = self.one_of(("xinyun", "cilin")) if form.book is None and self.chance(OTHER_BOOK) else "pingshui"
        script = self.one_of(("auto", "auto", "simplified", "traditional"))
        wish = replace(super().basis(form), book=book, script=script, repeat=self.chance(0.1))
        return replace(wish, theme=",".join(self.run(1) for _ in range(2))) if self.chance(0.2) else wish

    def written(self, wish: VerseConfig) -> VerseConfig:
        if self.chance(0.5):
            return wish
        texts = {name: getattr(wish, name) for name in ("acrostic", "start", "upper", "theme", "rhyme")}
        simple = {name: to_simplified(text) for name, text in texts.items() if text}
        return replace(wish, **simple, word=tuple(map(to_simplified, wish.word)))

    def token(self) -> int:
        """A character's token."""
        return int(self.one_of(self.ideographs, self.often if self.chance(0.5) else None))

    def run(self, length: int) -> str:
        """Characters that follow each other in the corpus where that can be, or, at times, just any."""
        bigrams = self.poet.aids.bigrams
        assert bigrams is not None
        linked, tokens = self.chance(0.7), [self.token()]
        while len(tokens) < length:
            row = slice(int(bigrams.starts[tokens[-1]]), int(bigrams.starts[tokens[-1] + 1]))
            followers, counts = bigrams.followers[row].numpy(), bigrams.counts[row].numpy()
            inside = np.isin(followers, self.ideographs)
            some = linked and bool(inside.any())
            tokens.append(int(self.one_of(followers[inside], counts[inside])) if some else self.token())
        return "".join(self.characters[token] for token in tokens)

    def acrostic(self, form: Form, wish: VerseConfig) -> dict[str, Any]:
        most = min(len(form.patterns[0].lines), MOST_ACROSTIC)
        word = self.run(int(self.random.integers(min(2, most), most + 1)))
        return {"acrostic": (wish.start or "")[:1] + word[1:] if wish.start else word}

    def rhyme(self, form: Form, wish: VerseConfig) -> dict[str, Any]:
        book = rhymebook(form.book or wish.book)
        groups = book.groups()
        weights = [self.poet.weights.get(group, 0.0) for group in groups]
        return {"rhyme": self.one_of(groups, weights if sum(weights) and self.chance(0.6) else None)}

    def words(self, form: Form, wish: VerseConfig) -> dict[str, Any]:
        return {"word": tuple(self.run(int(self.one_of((1, 2, 2, 2, 3)))) for _ in range(self.one_of((1, 1, 2))))}

    def start(self, form: Form, wish: VerseConfig) -> dict[str, Any]:
        length = form.patterns[0].lines[0].length or 5
        wanted = int(self.random.integers(1, length + 1))
        heads = [line for line in self.lines if len(line) == length] or [self.run(length)]
        text = self.one_of(heads)[:wanted] if self.chance(0.5) else self.run(wanted)
        return {"start": (wish.acrostic or "")[:1] + text[1:] if wish.acrostic else text}

    def upper(self, form: Form, wish: VerseConfig) -> dict[str, Any]:
        length = int(self.one_of([pattern.lines[0].length for pattern in form.patterns]))
        heads = [line for line in self.lines if len(line) == length]
        return {"upper": self.one_of(heads) if heads and self.chance(0.5) else self.run(length)}


class EnglishWishes(Wishing):
    """Wishes of English poems."""

    def __init__(self, poet: Poet, random: np.random.Generator) -> None:
        super().__init__(poet, random)
        self.known = [word for word in poet.lexicon.words if word.isalpha() and len(word) > 1]
        self.often = [poet.lexicon.counts[word] for word in self.known]

    def cut(self, text: str) -> list[str]:
        return [line for line in text.splitlines() if len(words_of(line)) > 2]

    def single(self) -> str:
        """A word that the poet knows."""
        return str(self.one_of(self.known, self.often if self.chance(0.5) else None))

    def basis(self, form: Form) -> VerseConfig:
        wish = super().basis(form)
        return replace(wish, theme=self.single()) if self.chance(0.2) else wish

    def acrostic(self, form: Form, wish: VerseConfig) -> dict[str, Any]:
        counts = {len(pattern.lines) for pattern in form.patterns}
        most = min(max(counts), MOST_ACROSTIC)
        length = int(self.random.integers(2, most + 1))
        words = [word for word in self.known if len(word) <= most]
        letters = "".join(self.one_of("abcdefghijklmnopqrstuvwxyz") for _ in range(length))
        word = self.one_of(words) if self.chance(0.7) else letters
        word = (wish.start or "")[:1] + word[1:] if wish.start else word
        return {"acrostic": word.upper() if self.chance(0.5) else word}

    def rhyme(self, form: Form, wish: VerseConfig) -> dict[str, Any]:
        return {"rhyme": self.single()}

    def words(self, form: Form, wish: VerseConfig) -> dict[str, Any]:
        return {"word": tuple(self.single() for _ in range(self.one_of((1, 1, 2))))}

    def start(self, form: Form, wish: VerseConfig) -> dict[str, Any]:
        count = int(self.random.integers(1, 4))
        text = " ".join(self.single() for _ in range(count))
        if self.lines and self.chance(0.7):
            text = " ".join(words_of(self.one_of(self.lines))[:count])
        fits = wish.acrostic is None or text[:1] == wish.acrostic[:1].lower()
        return {"start": text} if fits else {"start": text, "acrostic": text[:1] + (wish.acrostic or "")[1:]}


def wishing_for(poet: Poet, seed: int) -> Wishing:
    """What draws wishes for a poet."""
    random = np.random.Generator(np.random.PCG64(seed))
    return ChineseWishes(poet, random) if poet.language == "zh" else EnglishWishes(poet, random)
