"""Musical alphabets over the collections of music21's corpus: what comes back from text, and what is refused.

    python benchmarks/music/alphabet_round_trips.py --alphabet voices --collection bach
    python benchmarks/music/alphabet_round_trips.py --alphabet melody --collection ryansMammoth oneills1850 airdsAirs

Exact: ``read(write(score))`` is the score without what the alphabet drops. Heard alike: besides, every note that
comes back begins, ends and sounds as in the score itself, and the bar lines stand where they stood. A piece that
is refused is counted under its reason, numbers and names of notes left out; ``--list`` names every one.
"""

from __future__ import annotations

import argparse
import importlib.util
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from generator.errors import GeneratorError, TokenizerError
from generator.music import Score, read_folder
from generator.tokenizers.music import Alphabet
from generator.tokenizers.registry import MUSIC, alphabet

COLLECTIONS = ("bach", "ryansMammoth", "oneills1850", "airdsAirs")


@dataclass
class Tally:
    """What became of the pieces of a collection."""

    pieces: int = 0
    exact: int = 0
    heard: int = 0
    characters: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    listed: list[str] = field(default_factory=list)


def corpus_folder() -> Path:
    """Where the installed music21 has its scores."""
    found = importlib.util.find_spec("music21")
    if found is None or found.origin is None:
        raise SystemExit("error: music21 is not installed: pip install -e '.[music]'")
    return Path(found.origin).parent / "corpus"


def sound(score: Score) -> tuple[object, ...]:
    """What a score sounds, and its bar lines."""
    notes = sorted((note.onset, note.end, note.pitch.midi) for voice in score.voices() for note in voice.sounding())
    return notes, score.bars, score.length


def tonic(written: Alphabet, score: Score) -> str | None:
    """The key to give to ``read``: only an alphabet that keeps no key asks for one."""
    asked = getattr(written, "tonic", None)
    return asked(score) if asked else None


def tried(written: Alphabet, scores: list[Score]) -> Tally:
    """Every score written and read again."""
    tally = Tally()
    for number, score in enumerate(scores, start=1):
        tally.pieces += 1
        name = f"{number}: {score.title or 'without a title'}"
        try:
            text = written.write(score)
        except TokenizerError as error:
            tally.refused[re.sub(r"\b[A-G][#b]*-?\d+\b|\b\d+(/\d+)?\b", "·", error.message)] += 1
            tally.listed.append(f"{name}: {error.message}")
            continue
        tally.characters += len(text)
        try:
            again = written.read(text, key=tonic(written, score))
            exact = again == written.kept(score) and not again.problems()
        except GeneratorError as error:
            tally.listed.append(f"{name}: NOT READ AGAIN: {error.message}")
            continue
        heard = exact and sound(again) == sound(score)
        tally.exact += exact
        tally.heard += heard
        if not heard:
            tally.listed.append(f"{name}: NOT {'HEARD ALIKE' if exact else 'EXACT'}")
    return tally


def main() -> None:
    """Print a table, a row for each collection, and below it why pieces were refused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alphabet", choices=MUSIC, default="voices", help="which alphabet")
    parser.add_argument("--collection", nargs="+", choices=COLLECTIONS, default=COLLECTIONS, help="which collections")
    parser.add_argument("--list", action="store_true", help="name every piece that is refused or does not come back")
    options = parser.parse_args()
    written = alphabet(options.alphabet)
    print(f"{written.kind} keeps {written.keeps}\n")
    print("| collection | pieces | exact | heard alike | not exact | refused | characters | s of processor time |")
    print("|---|---|---|---|---|---|---|---|")
    tallies: dict[str, Tally] = {}
    for name in options.collection:
        scores, _ = read_folder([corpus_folder() / name])
        start = time.process_time()
        tallies[name] = tally = tried(written, scores)
        refused = tally.refused.total()
        print(
            f"| {name} | {tally.pieces} | {tally.exact} ({tally.exact / max(tally.pieces, 1):.1%}) | {tally.heard} "
            f"| {tally.pieces - refused - tally.exact} | {refused} | {tally.characters:,} "
            f"| {time.process_time() - start:.1f} |"
        )
    for name, tally in tallies.items():
        if tally.refused:
            print(f"\n{name}: refused")
        for reason, count in tally.refused.most_common():
            print(f"- {count}: {reason}")
        if options.list:
            print("\n".join(["", *tally.listed]))


if __name__ == "__main__":
    main()
