"""How many rare words an English form drives a model to, without looking ahead and with it.

    python benchmarks/verse/rare_words.py --poems 20 --lookahead 0,0.5

A word is rare that stands four times or less in the corpus. ``--known FILE``, a list of words of today's English, one
a line, counts besides what is not on it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from generator import checkpoint
from generator.config import SamplingConfig, VerseConfig
from generator.decoding import Poet, Writer, compose
from generator.text.english import words_of
from generator.text.english.pronunciations import normal

RARE = 4
ACROSTICS = (None, "EVERLASTINGEYE")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--model", default="sonnets")
    parser.add_argument("--poems", type=int, default=20)
    parser.add_argument("--lookahead", default="0,0.5")
    parser.add_argument("--known", type=Path)
    options = parser.parse_args()
    loaded = checkpoint.load(options.model)
    poet = Poet.of(loaded, Writer.of(loaded))
    counts = {word: count for word, (count, _) in poet.aids.words.items()}
    known = frozenset(options.known.read_text(encoding="utf-8").split()) if options.known else None
    print("| acrostic | lookahead | rare words | lines with one | not on the list | bits per character |")
    print("|---|---|---|---|---|---|")
    for acrostic in ACROSTICS:
        for weight in map(float, options.lookahead.split(",")):
            lines, bits = [], 0.0
            for seed in range(options.poems):
                wish = VerseConfig(form="sonnet", acrostic=acrostic, candidates=4, lookahead=weight)
                generation = compose(poet, wish, SamplingConfig(seed=seed))
                generation.finish = str
                (sample,) = generation.samples()
                bits += sample.bits_per_char / options.poems
                lines += [words_of(line) for line in sample.text.strip().split("\n")]
            words = [word for line in lines for word in line]
            rare = sum(counts[word] <= RARE for word in words) / len(words)
            touched = sum(any(counts[word] <= RARE for word in line) for line in lines) / len(lines)
            strange = "" if known is None else f"{sum(not is_known(word, known) for word in words) / len(words):.4f}"
            print(f"| {acrostic or ''} | {weight} | {rare:.4f} | {touched:.3f} | {strange} | {bits:.3f} |", flush=True)


def is_known(word: str, known: frozenset[str]) -> bool:
    """Whether a word is on the list, or what stands before its apostrophe."""
    return normal(word) in known or normal(word).split("'")[0] in known


if __name__ == "__main__":
    main()
