"""How long a chorale of 16 bars in four voices takes to all files, from a fresh process, imports included.

    python benchmarks/music/rendering_speed.py                three fresh processes for each format and for all

Each figure is of one process that makes the score (four voices in eighths and quarters, made up here), writes it and
ends: the wall clock, best and worst of three, and the processor time of the best, which other work on the machine
disturbs less. ``nothing`` imports and makes the score only.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

from generator.music import Key, KeyChange, Metre, Note, Part, Score, Tempo, Voice, spell
from generator.rendering import FORMATS, bundle

BARS = 16
VOICES = (("Soprano", 72), ("Alto", 65), ("Tenor", 57), ("Bass", 48))
SCALE = (0, 2, 4, 5, 7, 9, 11)


def chorale() -> Score:
    """Sixteen bars of quarters and pairs of eighths that wander up and down the scale of C."""
    parts = []
    for number, (name, home) in enumerate(VOICES):
        notes, at, step = [], Fraction(0), number
        while at < 4 * BARS:
            last = at % 8 == 7
            length = Fraction(1, 2) if (at + number) % 3 == 0 and at.denominator == 1 and not last else Fraction(1)
            for _ in range(2 if length < 1 else 1):
                step = (step * 5 + 3 + number) % 7
                key = home - home % 12 + SCALE[step]
                notes.append(Note(at, length, spell(key, 0), fermata=last))
                at += length
        parts.append(Part((Voice(tuple(notes)),), name))
    score = Score(
        tuple(parts),
        tuple(Fraction(4 * bar) for bar in range(BARS)),
        Fraction(4 * BARS),
        (Metre(Fraction(0), 4, 4),),
        (KeyChange(Fraction(0), Key(0, "major")),),
        (Tempo(Fraction(0), Fraction(90)),),
        title="Sixteen bars",
    )
    score.validate()
    return score


def seconds_of_process(formats: list[str]) -> tuple[float, float]:
    """The wall clock and the processor time of a fresh process that writes these formats."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    subprocess.run([sys.executable, __file__, "--write", *formats], check=True)
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def main() -> None:
    """Print the table, or be the process that is measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", nargs="*", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write is not None:
        score = chorale()
        with tempfile.TemporaryDirectory() as folder:
            if options.write:
                bundle(score, Path(folder), name="chorale", settings={}, formats=options.write)
        return
    print(f"{os.cpu_count()} processors, load before the start {os.getloadavg()[0]:.1f}\n")
    print("| written | s, best of three | s, worst | s of processor |")
    print("|---|---|---|---|")
    every = [name for name in FORMATS if name != "abc"]
    for name, formats in [("nothing", []), *((each, [each]) for each in every), ("all of these", every)]:
        times = [seconds_of_process(formats) for _ in range(3)]
        print(f"| {name} | {min(times)[0]:.2f} | {max(times)[0]:.2f} | {min(times)[1]:.2f} |")


if __name__ == "__main__":
    main()
