"""Make a prepared corpus: python -m generator.prepare SOURCE [--out FOLDER]."""

from __future__ import annotations

import argparse
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from .command import Parser, run
from .config import PrepareConfig, add_options, from_options

__all__ = ["main"]

DESCRIPTION = """Read text or music, split it into train, validation and test, and write it as token files.

SOURCE is a corpus name, a file, a folder, or a .zip, .gz or .tgz of them. Text is read from .txt, .md, .jsonl,
.json and .csv files, music from .mid, .musicxml, .mxl, .abc and .krn files:

    python -m generator.prepare shakespeare
    python -m generator.prepare big_corpus/ --out data/big
    python -m generator.prepare poems.jsonl --text-field poem --tag-fields author
    python -m generator.prepare names.txt --pieces line
    python -m generator.prepare my_midi_folder/
    python -m generator.prepare scores.zip --tokenizer voices --voices 4

A source is music where half of its files or more are. Its alphabet is chosen by what the scores are like, and said:
melody for single lines, voices for a few voices on a grid, midi for anything else; --tokenizer overrules. What is
learnt from stands in every key, unless --no-transpose is given.

Every file is reported: what was kept of it, or why not. The same lines stand in report.json."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit status."""
    parser = Parser("generator.prepare", DESCRIPTION)
    parser.add_argument("source", metavar="SOURCE", help="a corpus name, a file, a folder or an archive")
    parser.add_argument(
        "--out", type=Path, metavar="FOLDER", help="where to write (default: data/ and the source's name)"
    )
    parser.add_argument("--name", help="what to call the corpus (default: after its source)")
    add_options(parser, PrepareConfig)
    return run(parser, work, arguments)


def work(options: argparse.Namespace) -> None:
    """Prepare what was asked for."""
    from .corpus import prepare
    from .corpus.origin import stem

    out = options.out or Path("data") / (options.name or stem(Path(options.source)))
    prepare(options.source, out, from_options(PrepareConfig, options), name=options.name)
    print(f"next: python -m generator.train {shlex.quote(str(out))}")


if __name__ == "__main__":
    sys.exit(main())
