"""Learning a subword vocabulary with sentencepiece's trainers, from a bounded sample of the text.

However long the corpus is, the trainer sees at most ``SAMPLE_UNITS[kind]`` slices of about ``UNIT``
characters (more cost minutes and shorten text by less than a hundredth), drawn evenly (reservoir
sampling, Vitter 1985, algorithm R) by a generator with a fixed seed: the same texts in the same
order give the same vocabulary.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import sentencepiece

from ..errors import TokenizerError
from ..seeding import numpy_generator
from .blocks import blocks, count_characters
from .modelfile import BYTE, NORMAL, Entry, byte_entries, open_model, read_entries

__all__ = ["SAMPLE_UNITS", "SPACE_MARK", "UNIT", "learn"]

UNIT = 1024  # characters in a slice of the sample, about
SAMPLE_UNITS = {"bpe": 8192, "unigram": 4096}
SAMPLE_SEED = 0
COVERAGE = 0.9995  # of the characters read get tokens of their own; the rest is spelt in bytes
SPACE_MARK = "\u2581"
# The trainers write U+2581 for a space and U+2585 for an unknown character, take a tab for a
# separator and refuse NUL; a line end is a token on its own. In the vocabulary none of these and
# no other control character stands, so they are spelt in bytes wherever they occur.
KEPT_OUT = {*range(0x20), 0x7F, ord(SPACE_MARK), 0x2585}


def learn(kind: str, texts: Iterable[str], vocab_size: int) -> tuple[list[Entry], dict[str, Any]]:
    """Learn the tokens of a bpe or unigram tokenizer.

    Args:
        kind: "bpe" or "unigram".
        texts: Read once, as a stream.
        vocab_size: Tokens wanted, the boundary and the 256 bytes included. A short text may not
            hold so many different subwords; then there are fewer.
    Returns:
        The tokens after the boundary, bytes first; and what was seen, for ``tokenizer.json``.
    Raises:
        TokenizerError: if ``vocab_size`` leaves no room, there is no text, or the trainer fails.
    """
    room = vocab_size - 1 - 256
    if room < 1:
        raise TokenizerError(
            f"A vocabulary of {vocab_size} tokens is too small for {kind}: the bytes alone take 257.",
            "Give --vocab-size 258 or more, or choose the byte tokenizer.",
        )
    sample, characters = draw_sample(texts, SAMPLE_UNITS[kind])
    alphabet = choose_alphabet(sample, max(1, room // 2))
    if not alphabet:
        raise TokenizerError(f"There is no text to learn {kind} tokens from.", "Give a text that is not empty.")
    entries = byte_entries() + subwords(kind, sample, alphabet, room)
    facts = {
        "characters": characters,
        "sample_characters": sum(map(len, sample)),
        "alphabet": len(alphabet),
        "asked_vocab_size": vocab_size,
        "trainer": f"sentencepiece {sentencepiece.__version__}",
    }
    return entries, facts


def draw_sample(texts: Iterable[str], units: int) -> tuple[list[str], int]:
    """At most ``units`` slices, each slice of the text equally likely, and the characters read."""
    draw = numpy_generator(SAMPLE_SEED)
    sample: list[str] = []
    characters = 0

    def counted() -> Iterator[str]:
        nonlocal characters
        for text in texts:
            characters += len(text)
            yield text

    for count, unit in enumerate(blocks(counted(), UNIT, "\n"), 1):
        if len(sample) < units:
            sample.append(unit)
        elif (place := int(draw.integers(count))) < units:
            sample[place] = unit
    return sample, characters


def choose_alphabet(sample: list[str], most: int) -> list[int]:
    """Code points that get tokens of their own: the most frequent, ``COVERAGE`` of the sample in all."""
    counts = count_characters(blocks(sample))
    counts[list(KEPT_OUT)] = 0
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]  # ties by code point
    if not order.size:
        return []
    covered = np.cumsum(counts[order])
    enough = int(np.searchsorted(covered, COVERAGE * covered[-1])) + 1
    return [int(point) for point in order[: min(enough, most)]]


def subwords(kind: str, sample: list[str], alphabet: list[int], room: int) -> list[Entry]:
    """Train on the sample with everything outside the alphabet cut out of it."""
    if room <= len(alphabet) + 1:  # the trainer wants room for one subword at the least
        return [Entry(chr(point), -float(rank), NORMAL) for rank, point in enumerate(alphabet)]
    outside = np.ones(0x110000, bool)
    outside[alphabet] = False
    lines = []
    for unit in sample:
        points = np.frombuffer(unit.encode("utf-32-le"), np.uint32).copy()
        points[outside[points]] = ord("\n")
        lines += points.tobytes().decode("utf-32-le").split("\n")
    output = io.BytesIO()
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter([line for line in lines if line]),
            model_writer=output,
            model_type=kind,
            vocab_size=room + 257,
            hard_vocab_limit=False,
            byte_fallback=True,
            character_coverage=1.0,
            max_sentence_length=8 * UNIT,
            seed_sentencepiece_size=max(100_000, 10 * (room + 257)),  # a million takes three times as long
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            allow_whitespace_only_pieces=True,
            bos_id=-1,
            eos_id=-1,
            pad_id=-1,
            num_threads=2,  # not the machine's number: sums of floats depend on it
            minloglevel=2,
        )
    except (RuntimeError, ValueError) as error:
        raise TokenizerError(
            f"sentencepiece could not learn {room + 257} {kind} tokens from this text ({error}).",
            "Give more text or a smaller --vocab-size, or choose the char tokenizer.",
        ) from error
    learned = read_entries(open_model(output.getvalue(), "the trained model"))
    return [entry._replace(piece=entry.piece.replace(SPACE_MARK, " ")) for entry in learned if entry.type != BYTE]
