"""How long a person waits for a piece: from the command to all of its files, each time in a new process.

    python benchmarks/music/sample_speed.py

A chorale of 16 bars and a tune of 32, written and put out as MIDI, MusicXML, sound, engraved pages, a piano
roll and their settings; and a melody of Bach's harmonised. The best and the median of several runs, by the
clock, and the processor time of the best.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from generator.command import Parser, run

JOBS = {
    "a chorale of 16 bars": ["chorales", "--bars", "16"],
    "a tune of 32 bars": ["fiddle", "--bars", "32"],
    "a melody harmonised": ["chorales", "--harmonise", "MELODY"],
}


def melody(folder: Path) -> Path:
    """A soprano of Bach's, from music21's corpus."""
    import importlib.util
    from dataclasses import replace

    from generator.music import read_score, write_score

    spec = importlib.util.find_spec("music21")
    assert spec is not None and spec.origin is not None
    score = read_score(Path(spec.origin).parent / "corpus" / "bach" / "bwv66.6.mxl")
    path = folder / "melody.musicxml"
    write_score(replace(score, parts=score.parts[:1]), path)
    return path


def measure(options: argparse.Namespace) -> int:
    """Run the commands, and print a table."""
    print("| what | files | s, best | s, median | s of processor time |\n|---|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as place:
        tune = str(melody(Path(place)))
        for name, words in JOBS.items():
            taken: list[tuple[float, float]] = []
            for number in range(options.runs):
                out = Path(place) / f"{len(name)}-{number}"
                arguments = [tune if word == "MELODY" else word for word in words]
                command = [sys.executable, "-m", "generator.sample", *arguments, "--seed", str(number)]
                before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
                subprocess.run([*command, "--out", str(out)], check=True, capture_output=True)
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
                taken.append((time.perf_counter() - begun, cpu))
                files = len(list(out.iterdir()))
            clock = [seconds for seconds, _ in taken]
            print(f"| {name} | {files} | {min(clock):.2f} | {median(clock):.2f} | {min(taken)[1]:.2f} |", flush=True)
    return 0


def main() -> int:
    """Run the command."""
    parser = Parser("benchmarks/music/sample_speed.py", __doc__ or "")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="processes of each kind (default: 5)")
    return run(parser, measure)


if __name__ == "__main__":
    raise SystemExit(main())
