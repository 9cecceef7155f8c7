"""List what is here: the commands, the trained models, the corpora and the runs.

python -m generator
"""

from __future__ import annotations

import argparse
import ast
import json
import unicodedata
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from . import __version__, catalogue
from .command import Parser, run

COMMANDS = ("prepare", "train", "sample", "evaluate")  # in the order in which a person meets them
CHECKPOINTS, PREPARED, RUNS = Path("checkpoints"), Path("data"), Path("runs")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; ``arguments`` stand for those of the command line."""
    parser = Parser("generator", "List the commands, and the models, corpora and runs that are here.")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--version", action="version", version=f"generator {__version__}")
    return run(parser, show, arguments)


def show(options: argparse.Namespace) -> None:
    """Print the tables, or the same as JSON."""
    models = catalogue.models(CHECKPOINTS)
    corpora = catalogue.corpora(PREPARED)
    runs = catalogue.runs(RUNS)
    if options.json:
        found = {
            "models": [asdict(entry) for entry in models],
            "corpora": [asdict(entry) for entry in corpora],
            "runs": [asdict(entry) for entry in runs],
        }
        print(json.dumps(found, ensure_ascii=False, default=str))
        return
    print(f"generator {__version__} learns to write from what it is shown, and writes more of it.")
    print_table(
        "Commands (each explains itself with --help)",
        [[f"python -m generator.{name}", purpose_of(name)] for name in COMMANDS],
    )
    print_table(f"Models in {CHECKPOINTS}/", [model_row(entry) for entry in models], "none yet")
    print_table("Corpora that can be named", [corpus_row(entry) for entry in corpora], "none here")
    print_table(f"Runs in {RUNS}/", [run_row(entry) for entry in runs], "none yet")


def purpose_of(command: str) -> str:
    """What a command does: the first line of its file, read without running it, without the usage."""
    source = Path(__file__).with_name(f"{command}.py").read_text(encoding="utf-8")
    first = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    return first.partition(": python -m")[0].rstrip(".")


def model_row(entry: catalogue.ModelEntry) -> list[str]:
    """One line about a model."""
    if entry.problem:
        return [entry.name, f"damaged: {entry.problem}"]
    score = "" if entry.bits_per_char is None else f"{entry.bits_per_char:.3f} bits per character"
    return [entry.name, entry.writes, f"{entry.parameters:,} parameters", size_text(entry.size), score]


def corpus_row(entry: catalogue.CorpusEntry) -> list[str]:
    """One line about a corpus."""
    if entry.problem:
        return [entry.name, f"damaged: {entry.problem}"]
    prepared = f"prepared in {entry.prepared}" if entry.prepared else "not prepared"
    size = "" if entry.size is None else size_text(entry.size)
    return [entry.name, size, prepared, f"{entry.title} [{entry.licence}]"]


def run_row(entry: catalogue.RunEntry) -> list[str]:
    """One line about a run."""
    if entry.problem:
        return [entry.name, f"damaged: {entry.problem}"]
    return [entry.name, entry.state, entry.details]


def size_text(size: int) -> str:
    """Bytes as a person says them: ``950 bytes``, ``1.1 MB``."""
    for unit, least in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= least * 0.9995:
            return f"{size / least:.1f} {unit}"
    return f"{size} bytes"


def shown_width(text: str) -> int:
    """How many columns of a terminal the text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(symbol) in "WF" else 1 for symbol in text)


def print_table(title: str, rows: list[list[str]], instead: str = "") -> None:
    """Print rows under a title with their columns aligned, or what stands instead of no rows."""
    print(f"\n{title}")
    widths: dict[int, int] = {}
    for row in rows:
        for column, cell in enumerate(row[:-1]):
            widths[column] = max(widths.get(column, 0), shown_width(cell))
    for row in rows:
        cells = [cell + " " * (widths.get(column, 0) - shown_width(cell)) for column, cell in enumerate(row)]
        print("  " + "  ".join(cells).rstrip())
    if not rows:
        print(f"  {instead}")


if __name__ == "__main__":
    raise SystemExit(main())
