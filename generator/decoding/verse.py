"""Writing a poem in a form: wishes checked, tries made side by side, the best one shown.

generation = compose(writer, aids, VerseConfig(form="qijue", acrostic="春夏秋冬"), SamplingConfig(seed=7))
print(generation.samples()[0].text)
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..config import SamplingConfig, VerseConfig
from ..corpus.forms import chinese_form
from ..errors import ConfigError, ConstraintUnsatisfiable, DecodingError
from ..text.chinese.analysis import lines_of
from ..text.chinese.script import (
    is_simplified,
    is_traditional,
    simplified_alone,
    to_simplified,
    to_traditional,
    variants,
)
from ..text.chinese.sounds import rhymebook
from ..text.english import Lexicon, words_of
from ..text.english.spellings import without_old_spellings
from ..text.forms.form import LANGUAGES, Form
from ..text.forms.load import find_form
from ..text.forms.stanzas import with_stanzas
from .aids import Aids
from .constraints.chinese_form import ChineseForm
from .constraints.drafting import Drafts
from .constraints.english_form import EnglishForm, EnglishWishes
from .constraints.plans import Wishes
from .constraints.sounds import SoundMasks
from .generate import Generation, generate
from .matter import author_tag, english_themes, theme_tokens
from .ranking import Ranking
from .writer import Writer

if TYPE_CHECKING:
    from ..checkpoint import Checkpoint

__all__ = ["Poet", "compose"]


@dataclass
class Poet:
    """A model of verse with all that it needs to keep a form.

    Attributes:
        writer: The model.
        aids: What it learnt beside its weights.
        language: ``zh`` or ``en``.
        weights: How often each rhyme stands in its corpus.
    """

    writer: Writer
    aids: Aids
    language: str
    weights: Mapping[str, float] = dataclasses.field(default_factory=dict)
    _sounds: dict[str, SoundMasks] = dataclasses.field(default_factory=dict, repr=False)

    @property
    def backward(self) -> bool:
        """Whether it writes lines from their ends."""
        return self.writer.backward

    def sounds(self, book: str) -> SoundMasks:
        """How the vocabulary sounds by a rhyme book, worked out once."""
        if book not in self._sounds:
            self._sounds[book] = SoundMasks(self.writer.tokenizer, rhymebook(book))
        return self._sounds[book]

    @cached_property
    def lexicon(self) -> Lexicon:
        """The words that it may use in English forms."""
        words = without_old_spellings(self.aids.words)
        counts = {word: count for word, (count, _) in words.items()}
        return Lexicon(counts, {word: ends for word, (_, ends) in words.items()})

    @classmethod
    def of(cls, loaded: Checkpoint, writer: Writer) -> Poet:
        """The poet of a checkpoint.

        Raises:
            DecodingError: if it was not trained on verse.
        """
        config = loaded.config
        fields, counts = config.get("tag_fields") or {}, config.get("tag_counts") or {}
        weights = dict(zip(fields.get("rhyme", ()), map(float, counts.get("rhyme", ())), strict=False))
        language = cls.language_of(loaded)
        return cls(writer, Aids.from_tensors(loaded.aids), language, weights)

    @staticmethod
    def language_of(loaded: Checkpoint) -> str:
        """The language of a checkpoint's verse.

        Raises:
            DecodingError: if it was not trained on verse.
        """
        config: dict[str, Any] = loaded.config
        language = config.get("verse") or ("zh" if config.get("cues") == "verse" else None)
        if language is None:
            raise DecodingError(
                f"{config.get('name')} was not trained on verse, so it writes in no form.",
                "Ask tang or sonnets, or train one: python -m generator.train POEMS --verse zh "
                "(or --verse en --backward).",
            )
        return str(language)


def compose(
    poet: Poet,
    wish: VerseConfig,
    config: SamplingConfig | None = None,
    *,
    count: int = 1,
    tags: Mapping[str, str] | None = None,
) -> Generation:
    """Write poems in a form.

    Args:
        poet: Who writes.
        wish: The form and what else is asked.
        config: How to draw; its ``length`` and ``best_of`` are seen to here where they are not given.
        count: How many poems; poem i is the one that the seed + i writes alone.
        tags: What the poem is to be like, field to value.
    Returns:
        The steps of the poems that are shown; ``finish`` turns what they write into what is shown.
    Raises:
        ConstraintUnsatisfiable: before anything is written, if a wish cannot be met.
        DecodingError: if the form is of another language.
        ConfigError: if there is no such form, rhyme or book.
    """
    if wish.form is None:
        raise ConfigError("Which form?", "Give --form; --forms shows them.")
    form = find_form(wish.form)
    if form.language != poet.language:
        raise DecodingError(
            f"{form.name} is a form of {LANGUAGES[form.language]}, and this model writes {LANGUAGES[poet.language]}.",
            "--forms shows the forms that it can write.",
        )
    config = config or SamplingConfig()
    write = chinese if poet.language == "zh" else english
    return write(poet, form, wish, config, count, dict(tags or {}))


LONGEST = 4096  # tokens of a poem
ENGLISH_LOOKAHEAD = 2.0  # so that at the usual 0.5 the shares of lawful words count in full, which is best


def chinese(
    poet: Poet, form: Form, wish: VerseConfig, config: SamplingConfig, count: int, tags: dict[str, str]
) -> Generation:
    """Write in a Chinese form."""
    sounds = poet.sounds(form.book or wish.book)
    book = sounds.book
    themes = [theme for theme in wish.themes if theme]
    wishes = Wishes(
        rhyme=None if wish.rhyme is None else book.find_group(wish.rhyme),
        acrostic=wish.acrostic or "",
        start=wish.start or "",
        upper=wish.upper or "",
        words=tuple(wish.word),
        repeat=wish.repeat,
    )
    weights = poet.weights if book.name == "pingshui" else {}
    rule = ChineseForm(
        Drafts(form, wishes, sounds, weights),
        poet.aids.bigrams,
        wish.lookahead,
        theme_tokens(themes, sounds, poet.aids.bigrams),
        wish.theme_weight,
    )
    if wish.author is not None:
        tags["author"] = author_tag(wish.author, poet.writer.tag_fields)
    outline = chinese_form(form_outline(form))
    if outline in poet.writer.tag_fields.get("form", ()):
        tags.setdefault("form", outline)
    ranking = Ranking(
        keywords=[spellings(theme) for theme in themes],
        lines=lambda text: [line.text for line in lines_of(text)],
        known=poet.aids.known,
        units=lambda text: [character for line in lines_of(text) for character in line.text],
    )
    generation = generate(
        poet.writer, "", fitted(config, wish), count=count, tags=tags, constraints=[rule], judge=ranking
    )
    shown = simplified_alone if simplified(wish) else str
    generation.finish = lambda text: shown(with_stanzas(text, form))
    return generation


def english(
    poet: Poet, form: Form, wish: VerseConfig, config: SamplingConfig, count: int, tags: dict[str, str]
) -> Generation:
    """Write in an English form.

    Raises:
        ConstraintUnsatisfiable: also for wishes that only Chinese forms have.
    """
    if wish.upper is not None:
        raise ConstraintUnsatisfiable(
            "--upper is for Chinese couplets.", "Give the beginning of an English poem with --start."
        )
    if not poet.aids.words:
        raise DecodingError("This model has no lexicon beside its weights.", "Train it with --verse en.")
    theme, held = english_themes(wish.themes, poet.writer.tag_fields.get("theme", ()), poet.lexicon)
    words = dict.fromkeys((*map(str.lower, wish.word), *held))
    wishes = EnglishWishes(wish.rhyme, wish.acrostic or "", wish.start or "", tuple(words))
    rule = EnglishForm(form, wishes, poet.lexicon, backward=poet.backward, weight=ENGLISH_LOOKAHEAD * wish.lookahead)
    if theme is not None:
        tags.setdefault("theme", theme)
    if wish.author is not None:
        tags["author"] = wish.author
    ranking = Ranking(
        keywords=[(f" {word.lower()} ", f" {word.lower()}s ") for word in wish.themes],
        lines=lambda text: text.split("\n"),
        known=poet.aids.known,
        spaced=lambda text: " " + text.replace("\n", " ") + " ",
        units=lambda text: [word for word in words_of(text) if len(word) > 3],
    )
    generation = generate(
        poet.writer, "", fitted(config, wish), count=count, tags=tags, constraints=[rule], judge=ranking
    )
    generation.finish = lambda text: with_stanzas(presented(text), form)
    return generation


def presented(text: str) -> str:
    """A poem of the corpus' writing as books print it: capitals, punctuation and contractions joined on."""
    text = re.sub(r" (?=[,.;:!?])", "", text)
    text = re.sub(r" (?='(?:s|d|ll|ve|re|m|st|t|lt|rt|th)\b|n't\b)", "", text)
    text = re.sub(r"\b(i|o)\b", lambda found: found[0].upper(), text)
    text = re.sub(r"(?<=[.!?] )[a-z]", lambda found: found[0].upper(), text)
    return re.sub(r"^(\W*)([a-z])", lambda found: found[1] + found[2].upper(), text, flags=re.MULTILINE)


def fitted(config: SamplingConfig, wish: VerseConfig) -> SamplingConfig:
    """Settings with room for a poem, and with its tries."""
    # a search with beams returns its best poem already
    best_of = 1 if config.beam_size else config.best_of if config.best_of > 1 else wish.candidates
    return dataclasses.replace(config, length=max(config.length, LONGEST), best_of=best_of)


def simplified(wish: VerseConfig) -> bool:
    """Whether the poem is to be shown in simplified characters: as it was asked for, or as the wishes are written."""
    if wish.script != "auto":
        return wish.script == "simplified"
    written = "".join(
        text or ""
        for text in (wish.acrostic, wish.start, wish.upper, wish.rhyme, wish.author, *wish.word, *wish.themes)
    )
    return is_simplified(written) or not is_traditional(written)


def spellings(word: str) -> set[str]:
    """The ways to write a word in either script, each character in each of its variants alone."""
    found = {word, to_traditional(word), to_simplified(word)}
    return found | (set(variants(word)) if len(word) == 1 else set())


def form_outline(form: Form) -> str:
    """A poem of the form's lengths, of which nothing else is said."""
    return "，".join("口" * (line.length or 0) for line in form.patterns[0].lines)
