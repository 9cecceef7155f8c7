"""What a poem is about and in whose manner: a person's words turned into what a model was told in training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from ..errors import DecodingError
from ..text.chinese.script import is_simplified, simplified_alone, to_simplified, to_traditional
from ..text.english.themes import theme_of
from .constraints.sounds import SoundMasks

if TYPE_CHECKING:
    from ..text.english import Lexicon
    from .bigrams import Bigrams

__all__ = ["author_tag", "english_themes", "theme_tokens"]

MOST_NAMED = 8  # values that a hint names


def english_themes(themes: Sequence[str], known: Sequence[str], lexicon: Lexicon) -> tuple[str | None, tuple[str, ...]]:
    """What becomes of the words of an English theme.

    Args:
        themes: What was asked for.
        known: The themes that the model was told of in training.
        lexicon: The words that it may use.
    Returns:
        The theme that it is told of, which is the first of its themes that a word speaks of; and the words that
        speak of none, or of another one, which the poem is to hold, so that it says something of them.
    Raises:
        DecodingError: on a word that neither speaks of a theme nor stands in the text that the model learnt.
    """
    told: str | None = None
    held: list[str] = []
    for word in [word.lower() for theme in themes for word in theme.split()]:
        theme = theme_of(word)
        if theme in known and told in (None, theme):
            told = theme
        elif lexicon.find(word) is not None:
            held.append(word)
        elif theme not in known:
            near = get_close_matches(word, known, n=3, cutoff=0.75) or list(known[:MOST_NAMED])
            raise DecodingError(
                f"This model cannot write of {word!r}: the text that it learnt lacks that word.",
                f"Its themes are {', '.join(near)} and more, which --tags lists; other words of its text will do, too."
                if near
                else "Name a word that stands in its text.",
            )
    return told, tuple(dict.fromkeys(held))


def theme_tokens(themes: Sequence[str], sounds: SoundMasks, bigrams: Bigrams | None) -> list[int]:
    """The tokens that tell a Chinese model of the themes: of each its characters, in turn, the commonest variant.

    Raises:
        DecodingError: if the model has never seen a character of a theme.
    """
    found = []
    single = None if bigrams is None else bigrams.single
    for theme in themes:
        for character in theme:
            tokens = sounds.tokens_of(character)
            if not tokens:
                raise DecodingError(
                    f"{character} of --theme is not among the characters that this model knows.",
                    "Choose another."
                    if character >= "\u3400"
                    else "A theme of Chinese poems is in Chinese, as 雪, 江南 or 思鄉.",
                )
            found.append(max(tokens, key=lambda token: (0.0 if single is None else float(single[token]), -token)))
    return list(dict.fromkeys(found))


def author_tag(author: str, fields: Mapping[str, Sequence[str]]) -> str:
    """An author as the model knows them, in whichever script the name was given.

    Args:
        author: The name.
        fields: The model's tags. Where authors are not among them, the name comes back for others to refuse.
    Raises:
        DecodingError: if the model knows authors, and not this one; the hint has those of a like name, in the
            script of the name that was given.
    """
    known = fields.get("author", ())
    found = next((name for name in (author, to_traditional(author)) if name in known), None)
    if found is not None or not known:
        return found or author
    shown = {(simplified_alone(name) if is_simplified(author) else name): to_simplified(name) for name in known}
    asked = to_simplified(author.strip())
    near = [name for name, plain in shown.items() if asked and (asked in plain or plain in asked)]
    near += get_close_matches(author.strip(), list(shown), n=MOST_NAMED, cutoff=0.5)
    near += [name for name, plain in shown.items() if asked and plain[0] == asked[0] > "\u3400"]  # the surname
    named = list(dict.fromkeys(near))[:MOST_NAMED]
    hint = f"Near: {', '.join(named)}." if named else f"It knows {', '.join(list(shown)[:MOST_NAMED])} and others."
    raise DecodingError(f"This model knows no author {author!r}.", f"{hint} --tags lists all {len(known)}.")
