"""Two corpora to set forward writing against backward writing, and a third for their judge.

    python benchmarks/verse/directions.py data/sonnets --out data/directions

The training poems of a prepared English corpus are dealt into two halves by a digest of their text. The
first half is prepared twice, as it is and with its lines turned round; the second, for the judge, as it
is. Then train one model on each with the same options and let lookahead.py compare them:

    for one in forward backward judge; do
        python -m generator.train data/directions/$one --name sonnets-$one --hidden-size 256 --num-layers 2 \\
            --dropout 0.2 --batch-size 32 --bptt-steps 128 --minutes 5 --validations 4 --no-live
    done
    python benchmarks/verse/lookahead.py --models sonnets-forward,sonnets-backward --judge sonnets-judge
"""

from __future__ import annotations

import argparse
import sys
from hashlib import blake2b
from pathlib import Path

from generator.command import Parser, run
from generator.config import PrepareConfig
from generator.corpus import open_prepared, prepare
from generator.decoding.aids import verses_of


def work(options: argparse.Namespace) -> None:
    """Deal, write, prepare."""
    poems = list(dict.fromkeys(verses_of(open_prepared(options.corpus))))
    dealt = [blake2b(poem.encode(), digest_size=1).digest()[0] & 1 for poem in poems]
    options.out.mkdir(parents=True, exist_ok=True)
    for half, names in ((0, ("forward", "backward")), (1, ("judge",))):
        source = options.out / f"half-{half}.txt"
        source.write_text("\n\n".join(poem for poem, own in zip(poems, dealt, strict=True) if own == half) + "\n")
        for name in names:
            config = PrepareConfig(pieces="blank", verse="en", backward=name == "backward")
            prepare(source, options.out / name, config, name=f"sonnets, {name}", progress=False)


def main() -> int:
    """Run the command."""
    parser = Parser("benchmarks/verse/directions.py", __doc__ or "")
    parser.add_argument("corpus", type=Path, help="a prepared corpus of English verse")
    parser.add_argument("--out", type=Path, required=True, help="the folder of the three")
    return run(parser, work)


if __name__ == "__main__":
    sys.exit(main())
