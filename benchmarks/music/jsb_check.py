"""Whether what jsb_sixteenths.py charges is a probability: all that could stand in a place adds up to one.

    python benchmarks/music/jsb_check.py [--data ../shared/data/jsb-chorales/Jsb16thSeparated.json]
        [--weights runs/jsb-sixteenths/member-0.safetensors]

At some chords of the validation split every value that a decision could take is put in its place, each as a
piece of its own that is read from its frames anew, and the probabilities charged are added up. It also changes
all that follows a decision and looks whether any earlier charge moves. Either would show a cue that tells what is
still to be decided.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import jsb_cues as cues
import jsb_features as features
import jsb_model as models
import jsb_sixteenths as sixteenths
import numpy as np
import torch
from jsb_tunes import Tunes


def charged(network: models.Chorales, tunes: Tunes, pieces: list[np.ndarray]) -> np.ndarray:
    """Nats of each decision [pieces, steps, 5]."""
    read = [features.analyse(frames, tunes) for frames in pieces]
    with torch.no_grad():
        batch = sixteenths.tensors(features.batch_of(read, [0] * len(read)))
        return models.charges(network, batch).double().numpy()


def sums(network: models.Chorales, tunes: Tunes, frames: np.ndarray, start: int, step: int) -> list[float]:
    """The sum of the probabilities at each decision of the chord that begins at frame ``start``."""
    before, found = frames[start - 1], []
    for voice, (low, high) in enumerate(features.RANGES):
        pieces = []
        for pitch in (-1, *range(low, high + 1)):
            piece = frames[: start + 1].copy()
            piece[start, voice] = pitch
            if voice < 3:
                piece[start, 3] = before[3] + 1  # else a chord in which all hold would be no chord
            if (piece[start] != before).any():
                pieces.append(piece)
        total = np.exp(-charged(network, tunes, pieces)[:, step, voice]).sum()
        if voice == 0:  # or the piece ends
            total += np.exp(-charged(network, tunes, [frames[:start]])[0, step, 0])
        found.append(float(total))
    pieces = [
        np.concatenate((frames[:start], np.repeat(frames[start : start + 1], length, 0)))
        for length in range(1, cues.LONGEST + 1)
    ]
    return [*found, float(np.exp(-charged(network, tunes, pieces)[:, step, 4]).sum())]


def main() -> None:
    """Add up and compare; end with an error where it does not come out."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/jsb-chorales/Jsb16thSeparated.json"))
    parser.add_argument("--weights", type=Path, default=Path("runs/jsb-sixteenths/member-0.safetensors"))
    options = parser.parse_args()
    for path in (options.data, options.weights):
        if not path.is_file():
            raise SystemExit(f"error: there is no {path}")
    splits = features.read(options.data)
    tunes = Tunes(splits["train"])
    network, _ = sixteenths.load(options.weights)
    network.eval()
    draw, worst, moved = np.random.default_rng(0), 0.0, 0.0
    for number in draw.choice(len(splits["valid"]), 3, replace=False):
        frames = splits["valid"][number]
        starts = np.flatnonzero(np.r_[True, (frames[1:] != frames[:-1]).any(1)])
        step = int(draw.integers(3, len(starts) - 2))
        found = sums(network, tunes, frames, int(starts[step]), step)
        print(f"piece {number}, chord {step}: " + " ".join(f"{each:.6f}" for each in found))
        worst = max(worst, *(abs(each - 1) for each in found))
        other = frames.copy()
        other[starts[step + 1] :] = draw.permutation(other[starts[step + 1] :])
        as_it_is, changed = (charged(network, tunes, [each])[0] for each in (frames, other))
        moved = max(moved, float(np.abs(as_it_is[:step] - changed[:step]).max()))
        moved = max(moved, float(np.abs(as_it_is[step, :4] - changed[step, :4]).max()))
    print(f"furthest from one: {worst:.1e}; furthest that an earlier charge moved: {moved:.1e}")
    if worst > 1e-4 or moved > 1e-4:
        raise SystemExit("error: these are not probabilities of what follows from what was")


if __name__ == "__main__":
    main()
