"""List what is here: the commands, the trained models, the corpora and the runs.

python -m generator
"""

from __future__ import annotations

import argparse
import ast
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from . import __version__, catalogue, listing
from .command import Parser, run
from .places import PREPARED, RUNS, checkpoints_home

COMMANDS = ("prepare", "train", "sample", "evaluate", "check", "export")  # in the order in which a person meets them


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; ``arguments`` stand for those of the command line."""
    parser = Parser("generator", "List the commands, and the models, corpora and runs that are here.")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of tables")
    parser.add_argument("--version", action="version", version=f"generator {__version__}")
    return run(parser, show, arguments)


def show(options: argparse.Namespace) -> None:
    """Print the tables, or the same as JSON."""
    if options.json:
        found = {
            "models": [asdict(entry) for entry in catalogue.models(checkpoints_home())],
            "corpora": [asdict(entry) for entry in catalogue.corpora(PREPARED)],
            "runs": [asdict(entry) for entry in catalogue.runs(RUNS)],
        }
        print(json.dumps(found, ensure_ascii=False, default=str))
        return
    from . import corpus  # noqa: F401  what is not installed is told before the first line

    print(f"generator {__version__} learns to write from what it is shown, and writes more of it.")
    commands = [[f"python -m generator.{name}", purpose_of(name)] for name in COMMANDS]
    listing.print_table("Commands (each explains itself with --help)", commands)
    listing.print_models(checkpoints_home())
    listing.print_corpora(PREPARED)
    listing.print_runs(RUNS)


def purpose_of(command: str) -> str:
    """What a command does: the first line of its file, read without running it, without the usage."""
    source = Path(__file__).with_name(f"{command}.py").read_text(encoding="utf-8")
    first = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0]
    return first.partition(": python -m")[0].rstrip(".")


if __name__ == "__main__":
    raise SystemExit(main())
