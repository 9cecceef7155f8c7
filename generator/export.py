"""Make a checkpoint to pass on: the best weights of a run, in half the size.

    python -m generator.export my_poems
    python -m generator.export runs/my_poems --out checkpoints/my_poems --weights float16

MODEL is a run, a name or a path. What is written is loaded again and judged against the original on
the text that the model writes itself, and the divergence is shown.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from .command import Parser, run
from .errors import ConfigError


def parser() -> argparse.ArgumentParser:
    """The options of the command."""
    assert __doc__ is not None
    options = Parser("generator.export", __doc__)
    options.add_argument("model", metavar="MODEL", help="a run, a name or a path")
    options.add_argument("--out", type=Path, metavar="FOLDER", help="where to (default: checkpoints/NAME)")
    options.add_argument(
        "--weights",
        choices=("float16", "bfloat16", "float32"),
        default="float16",
        help="how to store them (default: float16)",
    )
    options.add_argument("--name", help="what to call it (default: the folder's name)")
    options.add_argument("--force", action="store_true", help="replace a checkpoint that is there")
    return options


def work(options: argparse.Namespace) -> int:
    """Export, and show size and divergence."""
    from . import checkpoint
    from .places import checkpoints_home
    from .training.exporting import export

    loaded = checkpoint.load(options.model)
    out = options.out or checkpoints_home() / (options.name or str(loaded.config.get("name") or loaded.folder.name))
    if out.exists() and not options.force:
        raise ConfigError(f"{out} is there already.", "Give another --out, or --force to replace it.")
    divergence = export(loaded, out, options.name or out.name, options.weights)
    size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
    print(f"wrote {out}: {size / 1e6:.2f} MB, weights in {options.weights}")
    print(f"divergence from the original: {divergence:.2e} nats a token")
    return 0


def main() -> int:
    """Run the command."""
    return run(parser(), work)


if __name__ == "__main__":
    sys.exit(main())
