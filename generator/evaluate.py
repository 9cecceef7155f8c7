"""Measure how well a model predicts a text: nats and bits per character.

python -m generator.evaluate shakespeare
python -m generator.evaluate tang --split test --dynamic --baselines
python -m generator.evaluate shakespeare --corpus my_poems.txt
python -m generator.evaluate shakespeare --json | tail -n 1
python -m generator.evaluate chorales --pieces 100     # and how like Bach's are the pieces that it writes

Two protocols stand side by side: the state carried through the whole text, and windows of 256
characters that each start from the zero state. A corpus that is known by name, as shakespeare, is
downloaded once; without a network GENERATOR_MIRROR may name another address, or --corpus a text.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from .command import Parser, positive, run
from .wording import counted

PROTOCOLS = {
    "carried": "the state carried through the whole text",
    "windowed": "windows of 256 characters, each from the zero state",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; ``arguments`` stand for those of the command line."""
    parser = Parser("generator.evaluate", __doc__ or "")
    parser.add_argument("model", metavar="MODEL", help="a name under checkpoints/, a run directory or a path")
    parser.add_argument(
        "--corpus",
        metavar="FOLDER_OR_SOURCE",
        help="the text to judge by: a prepared folder, or anything that can be prepared, which is done "
        "as it was for the model's own corpus (default: the corpus that the model was trained on)",
    )
    parser.add_argument("--split", default="validation", help="which part of the corpus (default: validation)")
    parser.add_argument(
        "--protocol",
        choices=PROTOCOLS,
        action="append",
        help="only this protocol (repeat the option for both; default: both)",
    )
    parser.add_argument("--tokens", type=positive, metavar="N", help="read only the first N tokens of the part")
    parser.add_argument(
        "--dynamic",
        action="store_true",
        help="also let a copy of the model learn from the text as it reads (dynamic evaluation), which takes minutes",
    )
    parser.add_argument("--baselines", action="store_true", help="also score a uniform, a unigram and a 5-gram model")
    parser.add_argument(
        "--pieces",
        type=int,
        default=50,
        metavar="N",
        help="of a model of music: write so many pieces and measure them beside held-out ones; 0 for none "
        "(default: 50)",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object, and nothing else")
    return run(parser, evaluate, arguments)


def evaluate(options: argparse.Namespace) -> None:
    """Load, judge, print."""
    from . import checkpoint
    from .evaluation import DynamicSettings, find_corpus, judge

    loaded = checkpoint.load(options.model)
    prepared = find_corpus(loaded.config.get("provenance") or {}, options.corpus, say=tell)
    found = judge(
        loaded.model,
        loaded.tokenizer,
        loaded.config,
        prepared,
        options.split,
        watch=watch,
        protocols=list(dict.fromkeys(options.protocol or PROTOCOLS)),
        dynamic=DynamicSettings() if options.dynamic else None,
        with_baselines=options.baselines,
        most_tokens=options.tokens,
    )
    found = {"model": loaded.config.get("name") or options.model, **found}
    if options.corpus is None and found["same_corpus"] is False:
        tell(f"warning: {prepared.folder} has changed since the model was trained on it (its digest is another one);")
        tell("         what is called validation here may have been trained on.")
    if loaded.config.get("medium") == "music" and options.pieces > 0:
        from .measuring import measure_model

        found["music"] = measure_model(loaded, prepared, options.split, max(options.pieces, 2))
    if options.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print_table(found)


def print_table(found: dict[str, Any]) -> None:
    """The figures for a person."""
    length = counted(found["characters"], "character")
    print(f"{found['model']} on the {found['split']} part of {found['corpus']}: {length}\n")
    rows = [(name, values, PROTOCOLS[name]) for name, values in found["protocols"].items()]
    if found["temperature"]:
        first = next(iter(found["protocols"]))
        note = f"{first}, at the temperature that fits best"
        rows.append((f"temperature {found['temperature']['value']:.3f}", found["temperature"], note))
    if found["dynamic"]:
        rows.append(("dynamic", found["dynamic"], "carried, the weights learning from the text as they read it"))
    for name, values in (found["baselines"] or {}).items():
        rows.append((name, values, "a simple model of the same training text"))
    print(f"{'per character':<18}  {'nats':>7}  {'bits':>7}")
    for name, values, note in rows:
        print(f"{name:<18}  {values['nats']:7.4f}  {values['bits']:7.4f}  {note}")
    if "music" in found:
        from .evaluation.music import as_table

        print(f"\n{as_table(found['music'], str(found['model']), 'held out')}")


def tell(line: str) -> None:
    """Say something beside the figures."""
    print(line, file=sys.stderr)


@contextmanager
def watch(title: str, tokens: int) -> Iterator[Callable[[int], Any]]:
    """A progress bar, where a person is looking."""
    from tqdm import tqdm

    with tqdm(total=tokens, desc=title, unit=" tokens", unit_scale=True, leave=False, disable=None) as bar:
        yield bar.update


if __name__ == "__main__":
    raise SystemExit(main())
