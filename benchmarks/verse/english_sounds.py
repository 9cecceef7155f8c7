"""How much of English verse the sounds of `generator.text.english` explain, and how fast the walk along it is.

    python benchmarks/verse/english_sounds.py sonnets/data.tgz

Reads the archive of the corpus `sonnets` (14 verses a piece, many of them cut from longer poems) and prints
the share of running words that have a pronunciation; the share of lines that can be said in 10 syllables,
in 10 or 11, and by the metre of the form `sonnet`; the share of line ends that rhyme as the best of some known
schemes wants it; and the processor time of one call of `allowed` and of `advance` on random walks through
sonnets. It does not need a model.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tarfile
import time
from collections.abc import Sequence
from pathlib import Path

from generator.text.english import (
    Lexicon,
    Plan,
    PoemWalk,
    line_fits,
    perfect_rhyme,
    pronunciations,
    slant_rhyme,
    words_of,
)
from generator.text.forms import find_form

# Schemes of fourteen lines: sonnets of several schools, and couplets.
SCHEMES = (
    *("ABABCDCDEFEFGG", "ABABBCBCCDCDEE", "ABBACDDCEFEFGG", "ABBACDDCEFFEGG", "AABBCCDDEEFFGG", "ABABABABCDCDCD"),
    *("ABBAABBACDECDE", "ABBAABBACDCDCD", "ABBAABBACDEDCE", "ABBAABBACDDCEE", "ABBAABBACCDEED", "ABBAABBACDCDEE"),
    *("ABBAABBACDDCDC", "ABBAABBACDDECE", "ABBAACCADEDEFF", "ABBAACCADEFDEF"),
)


def pieces_of(archive: Path) -> list[list[str]]:
    """The verses of every piece."""
    with tarfile.open(archive) as files:
        texts = [files.extractfile(name).read().decode() for name in files.getnames() if name.endswith(".txt")]  # type: ignore[union-attr]
    return [
        [verse.strip() for verse in line.split("<eos>") if verse.strip()]
        for text in texts
        for line in text.splitlines()
        if line.strip()
    ]


def pairs_of(scheme: str) -> list[tuple[int, int]]:
    """Each line that rhymes with an earlier one, and the last of those."""
    return [(scheme.rindex(letter, 0, place), place) for place, letter in enumerate(scheme) if letter in scheme[:place]]


def coverage(verses: Sequence[str]) -> None:
    words = [word for verse in verses for word in words_of(verse) if any(map(str.isalpha, word))]
    known = sum(bool(pronunciations(word)) for word in words)
    print(f"running words with a pronunciation   {known / len(words):7.2%} of {len(words):,}")


def metre(verses: Sequence[str]) -> None:
    stresses = find_form("sonnet").patterns[0].lines[0].stress
    said = [words for verse in verses if (words := words_of(verse)) and all(map(pronunciations, words))]
    for name, patterns in (("10", ["." * 10]), ("10 or 11", ["." * 10, "." * 11])):
        share = sum(any(line_fits(words, pattern) for pattern in patterns) for words in said) / len(said)
        print(f"lines of {name:8} syllables            {share:7.2%} of {len(said):,} whose words are all known")
    share = sum(any(line_fits(words, pattern) for pattern in stresses) for words in said) / len(said)
    print(f"lines in the metre of a sonnet       {share:7.2%}")


def rhymes(pieces: Sequence[Sequence[str]]) -> None:
    counts = {True: [0, 0, 0], False: [0, 0, 0]}
    for piece in pieces:
        ends = [(words_of(verse) or ("",))[-1] for verse in piece]
        best = max(
            (
                [
                    (perfect_rhyme(ends[one], ends[other]), slant_rhyme(ends[one], ends[other]))
                    for one, other in pairs_of(scheme)
                ]
                for scheme in SCHEMES
            ),
            key=lambda found: sum(perfect + slant for perfect, slant in found) / len(found),
        )
        clear = sum(perfect + slant for perfect, slant in best) >= 1.2 * len(best)
        for kind in {False, clear}:
            counts[kind][0] += len(best)
            counts[kind][1] += sum(perfect for perfect, _ in best)
            counts[kind][2] += sum(slant for _, slant in best)
    for kind, name in ((False, "all pieces"), (True, "pieces with a clear scheme")):
        pairs, perfect, slant = counts[kind]
        print(f"pairs of {name:27} {perfect / pairs:7.2%} perfect, {slant / pairs:.2%} with slant, of {pairs:,}")


def speed(verses: Sequence[str], poems: int) -> None:
    begun = time.process_time()
    lexicon = Lexicon.of_text(verses, least=2)
    plan = Plan(lexicon, find_form("sonnet").patterns[0].lines)
    rng = random.Random(1)
    keys = plan.rhymes("A")
    print(f"a lexicon of {len(lexicon):,} words and {len(keys):,} rhymes: {time.process_time() - begun:.2f} s")
    for backward in (False, True):
        allowing, advancing = [], []
        for _ in range(poems):
            drawn = rng.sample(sorted(keys), 7)
            walk = PoemWalk(plan, dict(zip("ABCDEFG", drawn, strict=True)), backward=backward)
            state = walk.start
            while not walk.ended(state):
                one = time.process_time()
                characters = walk.allowed(state)
                two = time.process_time()
                character = rng.choice(sorted(characters))
                between = time.process_time()
                state = walk.advance(state, character)
                three = time.process_time()
                allowing.append(two - one)
                advancing.append(three - between)
        for name, times in (("allowed", allowing), ("advance", advancing)):
            mean, median, most = (measure(times) * 1e6 for measure in (statistics.mean, statistics.median, max))
            direction = "backward" if backward else "forward"
            print(f"{name} {direction:8} mean {mean:6.1f} µs, median {median:5.1f}, most {most:8.0f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--poems", type=int, default=20)
    options = parser.parse_args()
    pieces = pieces_of(options.archive)
    verses = [verse for piece in pieces for verse in piece]
    coverage(verses)
    metre(verses)
    rhymes(pieces)
    speed(verses, options.poems)


if __name__ == "__main__":
    main()
