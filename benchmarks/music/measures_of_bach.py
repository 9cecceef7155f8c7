"""What the measures of music say of people: Bach's chorales, and fiddle tunes against fiddle tunes.

    python benchmarks/music/measures_of_bach.py                 everything
    python benchmarks/music/measures_of_bach.py rules           Bach's rates of what the rules of harmony count
    python benchmarks/music/measures_of_bach.py chorales fiddle one third of the pieces beside another

What a model writes is to be set beside these. ``rules`` takes the pieces of music21's folder ``bach`` that
have four parts of one voice each, repeats played out, and shows consecutive fifths and octaves by several
definitions. ``chorales`` and ``fiddle`` draw the pieces into thirds, those of one title together, set one
third beside another, and look in the last for what either has copied: so alike, and so original, are
people. The chorales are those of ``rules``; the fiddle tunes are ryansMammoth, oneills1850 and airdsAirs.
The first run reads the files, which takes minutes.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import platform
import random
import time
from fractions import Fraction
from pathlib import Path

from generator.evaluation.music import as_table, count_all, is_four_part, measure, part_writing
from generator.evaluation.music.copying import CopyIndex
from generator.evaluation.music.part_writing import FIFTH, OCTAVE, consecutive, crossed_frames, frames_of
from generator.evaluation.music.report import number, ratio, table
from generator.music import Score, read_folder

FIDDLE = ("ryansMammoth", "oneills1850", "airdsAirs")


def read(collections: tuple[str, ...]) -> list[Score]:
    """The pieces of some folders of music21's corpus."""
    found = importlib.util.find_spec("music21")
    if found is None or found.origin is None:
        raise SystemExit("error: music21 is not installed: pip install -e '.[music]'")
    corpus = Path(found.origin).parent / "corpus"
    return read_folder([corpus / name for name in collections])[0]


def thirds(scores: list[Score], seed: int) -> list[list[Score]]:
    """Three parts, drawn by title, so that versions of one piece stay together; unnamed ones each by itself."""
    names = [title(score) or str(number) for number, score in enumerate(scores)]
    groups = sorted(set(names))
    random.Random(seed).shuffle(groups)
    part = {name: 3 * place // len(groups) for place, name in enumerate(groups)}
    return [[score for score, name in zip(scores, names, strict=True) if part[name] == third] for third in range(3)]


def title(score: Score) -> str:
    """The letters and figures of a title, which versions of a piece have in common."""
    return "".join(letter for letter in score.title.lower() if letter.isalnum())


def rules(scores: list[Score]) -> None:
    """Bach's rates."""
    definitions: list[tuple[str, Fraction | None]] = [
        ("every change of a voice", None),
        ("sixteenths", Fraction(1, 4)),
        ("eighths", Fraction(1, 2)),
        ("quarters", Fraction(1)),
    ]
    rows = []
    for name, grid in definitions:
        pieces = [frames_of(score, grid).pitches for score in scores]
        row = [name]
        for interval in (FIFTH, OCTAVE):
            for written in (False, True):
                same = ratio([consecutive(each, interval, as_written=written) for each in pieces])
                both = ratio(
                    [
                        consecutive(each, interval, as_written=written)
                        + consecutive(each, interval, contrary=True, as_written=written)
                        for each in pieces
                    ]
                )
                row += [number(same["rate"], same["error"])] if not written else []
                row += [number(both["rate"], both["error"])] if interval == FIFTH or not written else []
        crossed = ratio([crossed_frames(each).sum() for each in pieces], [each.shape[1] for each in pieces])
        rows.append([*row, number(crossed["rate"], crossed["error"])])
    heads = ["frames", "parallel fifths", "and contrary", "fifths as written", "parallel octaves", "and contrary"]
    print(table([*heads, "crossed frames"], rows))


def compared(scores: list[Score], seed: int) -> None:
    """One third beside another, and how much of both stands in the last."""
    one, other, last = thirds(scores, seed)
    start = time.process_time()
    found = measure(one, other, last)
    seconds = time.process_time() - start
    print(as_table(found, "one third", "another"))
    print(f"\n{seconds:.1f} s of processor time; the longest run from the last third ({len(last)} pieces)")


def speed(scores: list[Score]) -> None:
    """How long each step takes, by some of the pieces; the index of copies holds all."""
    some = scores[:: max(len(scores) // 200, 1)]
    start = time.process_time()
    count_all(some)
    counted = time.process_time()
    choirs = [score for score in some if is_four_part(score)]
    for score in choirs:
        part_writing(score)
    ruled = time.process_time()
    index = CopyIndex(scores)
    built = time.process_time()
    for score in some:
        index.longest_run(score)
    asked = time.process_time()
    each = 1000 / len(some)
    print(
        f"Milliseconds of processor time: features of a piece {(counted - start) * each:.2f}, "
        + (f"its part writing {(ruled - counted) * 1000 / len(choirs):.2f}, " if choirs else "")
        + f"its longest run {(asked - built) * each:.2f}; "
        f"the index of {len(scores)} pieces {(built - ruled) * 1000:.0f}"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="*", help="rules, chorales, fiddle; all if none is named")
    parser.add_argument("--seed", type=int, default=1, help="for drawing the thirds (default 1)")
    options = parser.parse_args()
    wanted = options.what or ["rules", "chorales", "fiddle"]
    unknown = sorted(set(wanted) - {"rules", "chorales", "fiddle"})
    if unknown:
        parser.error(f"{unknown[0]!r} is none of rules, chorales, fiddle")
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}")
    if {"rules", "chorales"} & set(wanted):
        bach = [score for score in read(("bach",)) if is_four_part(score)]
        print(f"\n## Bach: {len(bach)} pieces of four voices\n")
        if "rules" in wanted:
            rules(bach)
        if "chorales" in wanted:
            print()
            compared(bach, options.seed)
            speed(bach)
    if "fiddle" in wanted:
        tunes = read(FIDDLE)
        print(f"\n## Fiddle tunes: {len(tunes)}\n")
        compared(tunes, options.seed)
        speed(tunes)


if __name__ == "__main__":
    main()
