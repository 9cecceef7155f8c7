"""Seconds of training until the validation loss falls below a mark.

    python benchmarks/text/time_to_loss.py CORPUS
    python benchmarks/text/time_to_loss.py CORPUS --mark 1.4697 --minutes 5 --validations 25

CORPUS is a prepared tinyshakespeare split 90/10 (python -m generator.prepare shakespeare), or anything
that generator.train takes. One training is begun for each mark, with the time that is given for it and
no other option, and its journal is read: the first validation below the mark counts, with the time
spent in training steps alone, and on the clock with validating, saving and sampling.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from generator.config import TrainingConfig
from generator.training import RunDirectory, train

MARKS = ((1.8857, 0.4, 8), (1.4697, 5.0, 25))  # nats, minutes, validations


def reached(folder: Path, mark: float) -> tuple[dict[str, float], dict[str, float]]:
    """The first validation at or below ``mark`` (empty where there is none), and the last one."""
    found = [event for event in RunDirectory(folder).metrics() if event["event"] == "validation"]
    return next((event for event in found if event["nats"] <= mark), {}), found[-1]


def main() -> None:
    """Train and print the table."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("corpus")
    options.add_argument("--mark", type=float, help="nats per character, state carried")
    options.add_argument("--minutes", type=float, default=5.0)
    options.add_argument("--validations", type=int, default=25)
    said = options.parse_args()
    marks = MARKS if said.mark is None else ((said.mark, said.minutes, said.validations),)
    print("| mark, nats | time given | seconds in training steps | seconds on the clock | at the end |")
    print("|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory() as folder:
        for mark, minutes, validations in marks:
            settings = TrainingConfig(minutes=minutes, validations=validations)
            quiet = {"say": lambda line="": None, "live": False, "runs": Path(folder)}
            outcome = train(Path(said.corpus).resolve(), training_config=settings, **quiet)
            first, last = reached(outcome.folder, mark)
            times = [f"{first[name]:.1f}" if first else "not reached" for name in ("seconds", "wall")]
            print(f"| {mark} | {minutes * 60:.0f} s | {times[0]} | {times[1]} | {last['nats']:.4f} |", flush=True)


if __name__ == "__main__":
    main()
