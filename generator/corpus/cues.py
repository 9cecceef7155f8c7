"""The cues of a corpus: for every token what is due after it, worked out once, when it is prepared."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import tokenizers
from ..config import MUSIC
from ..errors import CorpusError
from ..seeding import numpy_generator
from ..text.chinese.analysis import analyse, lines_of
from ..text.chinese.cues import ALIGNED, END, MOST_LINES, NEWLINE, RHYMES, THEMES, VERSE, line_cues
from ..text.cues import CueField
from ..tokenizers import Tokenizer
from ..tokenizers.music import MusicTokenizer

__all__ = ["CUES", "cue_fields", "cues_of"]

CUES: Mapping[str, tuple[CueField, ...]] = {"verse": VERSE}
COMMON_NATS, RARE_NATS = 5.0, 2.0  # a character as common as e**-5 is no theme; three times rarer each e**1.1


def cue_fields(kind: str | None) -> tuple[CueField, ...]:
    """The columns of a kind of cues: of verse, or of a musical alphabet; none for None.

    Raises:
        CorpusError: if there is no such kind.
    """
    if kind is None:
        return ()
    if kind in MUSIC:
        return tokenizers.alphabet(kind).cue_fields
    if kind not in CUES:
        raise CorpusError(f"There are no cues {kind!r}.", "Choose one of: " + ", ".join((*CUES, *MUSIC)) + ".")
    return CUES[kind]


def cues_of(kind: str, ids: NDArray[Any], starts: NDArray[Any], tokenizer: Tokenizer) -> NDArray[np.uint16]:
    """The cues of a token stream.

    Args:
        kind: A key of ``CUES``, or of music the kind of the tokenizer.
        ids: Token ids ``0 t t t 0 t t 0`` [tokens]; every token is one character.
        starts: Place of each piece's first boundary [pieces].
        tokenizer: What the ids mean.
    Returns:
        [tokens, cues]; the row of a token is about the one after it.
    Raises:
        CorpusError: if tokens are not characters.
    """
    fields = cue_fields(kind)
    if kind in MUSIC:
        return cues_of_music(ids, starts, tokenizer, len(fields))
    if tokenizer.kind != "char":
        raise CorpusError(f"Cues need a tokenizer of characters, not {tokenizer.kind}.", "Prepare it with char.")
    found = np.zeros((len(ids), len(fields)), np.uint16)
    weights = theme_weights(np.bincount(np.asarray(ids, np.int64), minlength=tokenizer.vocab_size))
    edges = [*np.asarray(starts, np.int64).tolist(), len(ids) - 1]
    for number, (begin, end) in enumerate(pairwise(edges)):
        piece = np.asarray(ids[begin + 1 : end], np.int64)
        rows = found[begin:end]
        rows[:, : ALIGNED + 1] = verse_rows(tokenizer.decode(piece), piece)
        themes = pick_themes(piece, weights, number)
        rows[:, THEMES[0] : THEMES[0] + len(themes)] = themes
    return found


def cues_of_music(ids: NDArray[Any], starts: NDArray[Any], tokenizer: Tokenizer, fields: int) -> NDArray[np.uint16]:
    """The cues of pieces of music [tokens, fields], as their alphabet tells them."""
    assert isinstance(tokenizer, MusicTokenizer)  # a corpus of music has no other
    found = np.zeros((len(ids), fields), np.uint16)
    for begin, end in pairwise([*np.asarray(starts, np.int64).tolist(), len(ids) - 1]):
        found[begin:end] = tokenizer.cue_rows(tokenizer.decode(ids[begin + 1 : end]))
    return found


def verse_rows(text: str, piece: NDArray[np.int64]) -> NDArray[np.int64]:
    """Place, tone, rhyme and the character above, for each character of a poem and its end [characters + 1, 5]."""
    rows = np.zeros((len(text) + 1, 5), np.int64)
    lines = lines_of(text)
    analysis = analyse(text)
    at, upper = 0, piece[:0]
    for index, line in enumerate(lines):
        at = text.index(line.text, at)
        tokens = piece[at : at + len(line.text)]
        rhyme = 0
        if analysis.rhyme_group is not None:
            rhyme = RHYMES[analysis.rhyme_tone if analysis.rhyme_lines[index] else None]
        answers = index % 2 == 1 and len(upper) == len(line.text)
        slots = analysis.slots[index] if analysis.slots else ()
        end = at + len(line.text)
        rows[at : end + 1] = line_cues(
            len(line.text), len(lines) - index, slots, rhyme, upper if answers else piece[:0]
        )
        after = min(end + len(line.end), len(text))
        rows[end + 1 : after + 1, 0] = NEWLINE
        rows[end + 1 : after + 1, 1] = min(len(lines) - index, MOST_LINES)
        at, upper = after, tokens
    rows[len(text)] = (END, 1, 0, 0, 0)
    return rows


def theme_weights(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """How apt each token is as a theme: the rarer, up to a bound, and nothing for what stands everywhere."""
    nats = np.log(counts.sum() / np.maximum(counts, 1))
    return np.clip(nats - COMMON_NATS, 0, RARE_NATS) * (counts > 0)


def pick_themes(piece: NDArray[np.int64], weights: NDArray[np.float64], seed: int) -> NDArray[np.int64]:
    """Some characters of a poem, none to four of them, drawn by their weights without repetition."""
    choice = np.unique(piece)
    shares = weights[choice]
    random = numpy_generator(seed)
    wanted = min(int(random.integers(len(THEMES) + 1)), int((shares > 0).sum()))
    if not wanted:
        return choice[:0]
    return random.choice(choice, wanted, replace=False, p=shares / shares.sum())
