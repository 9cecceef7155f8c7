"""Train a network on your own text.

    python -m generator.train my_poems.txt
    python -m generator.train shakespeare --name bard --cell gru --num-layers 3 --hidden-size 512 --minutes 20
    python -m generator.train --resume runs/my_poems
    python -m generator.train my_poems.txt --name finer --init-from shakespeare
    torchrun --nproc-per-node 2 -m generator.train data/big

SOURCE is a corpus name (python -m generator lists them), a file, a folder, a zip or gzip, or a
prepared folder. Sizes, rates and length are chosen from the text and the machine unless you say.
"""

from __future__ import annotations

import argparse
import os
import sys

from .command import Parser, run
from .config import CORPUS_SIZES, ModelConfig, PrepareConfig, TrainingConfig, add_options, from_options
from .errors import ConfigError


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    assert __doc__ is not None
    options = Parser("generator.train", __doc__)
    options.add_argument("source", nargs="?", metavar="SOURCE", help="what to learn from")
    options.add_argument("--name", help="name of the run, under runs/ (default: after the source)")
    options.add_argument("--resume", metavar="RUN", help="go on with a run that was stopped or killed")
    options.add_argument("--init-from", metavar="MODEL", help="begin from a trained model instead of chance")
    options.add_argument("--no-live", action="store_true", help="no live line, for logs")
    add_options(options, TrainingConfig, title="training")
    add_options(options, ModelConfig, skip=CORPUS_SIZES, title="network")
    reading = add_options(options, PrepareConfig, skip=("vocab_size",), title="reading the source")
    reading.add_argument(
        "--vocab-size",
        type=int,
        default=argparse.SUPPRESS,
        metavar="N",
        help="tokens of a bpe or unigram tokenizer (default: 4096)",
    )
    return options


def work(options: argparse.Namespace) -> int:
    """Check what was asked for, and hand it to the trainer."""
    said = set(vars(options)) - {"source", "name", "resume", "init_from", "no_live", "debug"}
    if options.resume is not None:
        other = sorted(said | {key for key in ("source", "name", "init_from") if getattr(options, key) is not None})
        if other:
            raise ConfigError(
                f"--resume goes on exactly as planned; it takes no {', '.join(other)}.",
                "To change something, begin a new run: SOURCE --init-from RUN.",
            )
    elif options.source is None:
        raise ConfigError(
            "What should it learn from?", "python -m generator.train FILE, or --resume RUN. --help tells more."
        )
    # large pages for large tensors, which the kernel then fills with zeros in one go; read by torch when it is imported
    os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")
    from . import training

    live = not options.no_live and sys.stderr.isatty()
    if options.resume is not None:
        outcome = training.resume(options.resume, live=live)
    else:
        model = {key: value for key, value in vars(options).items() if key != "vocab_size"}
        outcome = training.train(
            options.source,
            name=options.name,
            prepare_config=from_options(PrepareConfig, options),
            model_config=from_options(ModelConfig, argparse.Namespace(**model)),
            training_config=from_options(TrainingConfig, options),
            init_from=options.init_from,
            live=live,
        )
    return 130 if outcome.state == "stopped" else 0


def main() -> int:
    """Run the command."""
    return run(parser(), work)


if __name__ == "__main__":
    sys.exit(main())
