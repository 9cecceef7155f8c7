"""Reading the collections of music21's corpus: how long it takes, what is kept, and whether it survives writing.

    python benchmarks/music/read_corpora.py                 cold with two processes, then from the cache
    python benchmarks/music/read_corpora.py --round-trip    and every kept piece written and read again

The collections are Bach's four-part chorales (``bach``: MusicXML and kern), and the fiddle tunes of
``ryansMammoth``, ``oneills1850`` and ``airdsAirs`` (ABC). The cold reading starts from an empty cache in a
temporary folder, the processes' start and the import of music21 included. Written and read again are:
MusicXML, read by way of music21, whole score against whole score; ABC, likewise, where the piece is a
single line; and MIDI, as far as MIDI goes: what each part sounds, bars, metres and tempos.
"""

from __future__ import annotations

import argparse
import os
import platform
import tempfile
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

from generator.errors import GeneratorError
from generator.music.abc_reading import read_abc
from generator.music.abc_writing import write_abc
from generator.music.folder import MusicReport, read_folder
from generator.music.measures import Reading
from generator.music.midi_reading import read_midi
from generator.music.midi_writing import heard, write_midi
from generator.music.musicxml_writing import write_musicxml
from generator.music.score import Score

COLLECTIONS = ("bach", "ryansMammoth", "oneills1850", "airdsAirs")
GRID = [48, 40, 36, 28]  # fine enough for every length of these collections


def corpus_folder() -> Path:
    """Where the installed music21 has its scores."""
    import importlib.util

    found = importlib.util.find_spec("music21")
    if found is None or found.origin is None:
        raise SystemExit("error: music21 is not installed: pip install -e '.[music]'")
    return Path(found.origin).parent / "corpus"


def files_of(collection: Path) -> list[Path]:
    """The scores of a collection; music21 keeps Python files beside some."""
    return sorted(each for each in collection.rglob("*") if each.suffix in (".abc", ".mxl", ".xml", ".krn"))


def timed(paths: list[Path], cache: Path) -> tuple[list[Score], MusicReport, float]:
    """One reading, and its seconds."""
    start = time.perf_counter()
    scores, report = read_folder(paths, cache=cache, processes=2, seconds=300)
    return scores, report, time.perf_counter() - start


def show(name: str, report: MusicReport, cold: float, cached: float) -> None:
    """One row, and below it why pieces were dropped and what the kept ones left behind."""
    dropped = len(report.entries) - report.kept
    share = report.kept / max(len(report.entries), 1)
    print(f"| {name} | {len(report.entries)} | {report.kept} | {share:.1%} | {dropped} | {cold:.1f} | {cached:.2f} |")


def through_musicxml(scores: list[Score], folder: Path) -> tuple[int, list[str]]:
    """How many scores come back the same from MusicXML, and what became of the others."""
    for number, score in enumerate(scores):
        (folder / f"{number:05}.musicxml").write_text(write_musicxml(score), encoding="utf-8")
    again, report = read_folder(folder, cache=folder / "cache", seconds=300)
    lost = [entry.reason for entry in report.entries if not entry.kept]
    if lost:
        return 0, lost
    return sum(a == b for a, b in zip(scores, again, strict=True)), [
        a.title for a, b in zip(scores, again, strict=True) if a != b
    ]


def through_abc(score: Score) -> bool | None:
    """Whether a single line comes back the same from ABC; None for more than a line."""
    if len(list(score.voices())) != 1:
        return None
    ((_, found),) = read_abc(write_abc(score))
    nameless = replace(score, parts=tuple(replace(part, name="", program=None) for part in score.parts))
    return isinstance(found, Reading) and found.score == nameless


def through_midi(score: Score) -> bool:
    """Whether what MIDI holds comes back the same."""
    found = read_midi(write_midi(score), grid=GRID)[0].score
    bars = len(found.bars) == len(score.bars) and found.bars == score.bars
    sound = [heard(part) for part in found.parts] == [heard(part) for part in score.parts]
    tempos = [(each.onset, round(float(each.bpm), 2)) for each in found.tempos]
    return bars and sound and tempos == [(each.onset, round(float(each.bpm), 2)) for each in score.tempos]


def round_trip(name: str, scores: list[Score]) -> None:
    """One row of what survives writing and reading."""
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        same, others = through_musicxml(scores, Path(folder))
    tunes = Counter(through_abc(score) for score in scores)
    midi, wrong = 0, Counter[str]()
    for score in scores:
        try:
            midi += through_midi(score)
        except GeneratorError as error:
            wrong[error.message] += 1
    lines = tunes[True] + tunes[False]
    seconds = time.perf_counter() - start
    print(f"| {name} | {same} of {len(scores)} | {tunes[True]} of {lines} | {midi} of {len(scores)} | {seconds:.0f} |")
    for other in others[:10]:
        print(f"  not the same after MusicXML: {other}")
    for message, count in wrong.most_common(5):
        print(f"  not written as MIDI: {message} ({count})")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--round-trip", action="store_true", help="write every kept piece and read it again")
    parser.add_argument("collections", nargs="*", default=COLLECTIONS, help="which collections")
    options = parser.parse_args()
    corpus = corpus_folder()
    load = os.getloadavg()[0]
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, load before the start {load:.1f}\n")
    print("| collection | pieces | kept | share | dropped | s cold, 2 processes | s cached |")
    print("|---|---|---|---|---|---|---|")
    kept: dict[str, list[Score]] = {}
    reports: dict[str, MusicReport] = {}
    total = Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        for name in options.collections:
            paths = files_of(corpus / name)
            _, reports[name], cold = timed(paths, Path(folder))
            kept[name], _, cached = timed(paths, Path(folder))
            show(name, reports[name], cold, cached)
            total.update({"cold": int(cold * 100), "cached": int(cached * 100)})
        everything = [path for name in options.collections for path in files_of(corpus / name)]
        _, report, seconds = timed(everything, Path(folder))
        show("together", report, total["cold"] / 100, seconds)
    for name, report in reports.items():
        print(f"\n{name}: dropped")
        for reason, count in report.reasons().most_common():
            print(f"- {count}: {reason}")
        print(f"{name}: left out of the kept")
        for what, count in report.losses().most_common():
            print(f"- {count}: {what}")
    if options.round_trip:
        print("\n| collection | the same after MusicXML | after ABC | after MIDI | s |")
        print("|---|---|---|---|---|")
        for name, scores in kept.items():
            round_trip(name, scores)


if __name__ == "__main__":
    main()
