"""Nats per sixteenth on the chorales of Jsb16thSeparated.json, all four voices and everything charged.

    python benchmarks/music/jsb_sixteenths.py [--data ../shared/data/jsb-chorales/Jsb16thSeparated.json]
        [--minutes 22] [--members 2] [--threads 1] [--seed 1] [--runs runs/jsb-sixteenths]
        [--evaluate-only]

Trains ``members`` networks one after the other, each for its share of the minutes, and reads the test split
once at the end; the weights that were best on the validation split are in the folder of ``--runs``, which
``--evaluate-only`` judges again.

What is charged: a piece of n frames (sixteenths) is written as chords, each the frames up to the next change
in any voice. Each chord is five decisions, soprano, bass, alto, tenor (a pitch or a rest; the same pitch again
is a hold, which this data cannot tell from a repeated note) and its length in sixteenths; after the last
chord the soprano's decision is the end of the piece. The probability of a piece is the product over all its
decisions, from the zero state of the network: the first chord, every rest and the end are charged. Nothing is
given but what no piece breaks: a chord lasts 64 sixteenths at most, and the voices keep to ranges some semitones
wider than those of the training pieces. Each piece has one spelling: where three voices hold, the tenor cannot.
Nats per sixteenth is the sum of -ln p over all decisions of all pieces of a split, divided by the number of
frames of the split (18,900 in the test split).

What a decision is made from: the earlier decisions of its piece, and what was learnt from the 229 training
pieces; these are also looked up in: where their soprano lines went as this one did, the cues say how they
went on (jsb_tunes.py; a training piece does not find itself).

Rows: "one network" is the one that is best on validation, a single pass over each piece as it stands. "keys" is
the same network with the mean of its probabilities of each decision over fixed transpositions of the piece.
"networks" is the mean over the members. Both are mixtures decision by decision, so they charge exactly.
"dynamic" changes the weights of that network by a step of gradient descent after each sixteen chords, which it
has been charged for, and starts each piece from the trained weights; its rate is chosen on the validation split.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import jsb_cues as cues
import jsb_features as features
import jsb_model as models
import numpy as np
import torch
from jsb_tunes import Tunes
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from generator.training.averaging import WeightAverage
from generator.training.schedule import learning_rate

KEYS = (0, -2, -1, 1, 2)  # semitones
SIZES = ("hidden", "layers", "width", "rank", "embed")
RATES = ("dropout", "weight_dropout", "cue_dropout")
DYNAMIC_RATES = (0.003, 0.02)
CHORDS = 16  # between two steps of dynamic evaluation
OTHERS = (
    ("Music Transformer (0.335 a voice)", 1.34),
    ("TonicNet", 1.585),
    ("plain LSTM 2x384 on S-B-A-T tokens, 15 minutes on two cores", 1.63),
)


def tensors(batch: dict[str, Any]) -> dict[str, Any]:
    """The arrays of a batch as tensors."""
    return {
        name: [torch.from_numpy(each) for each in value]
        if isinstance(value, list)
        else torch.from_numpy(value)
        if isinstance(value, np.ndarray)
        else value
        for name, value in batch.items()
    }


def judge(networks: Sequence[models.Chorales], pieces: Sequence[features.Piece], keys: Sequence[int] = (0,)) -> Tensor:
    """Nats a sixteenth of each of the five decisions [5], by the mean of the probabilities over networks and keys."""
    frames, totals = 0, torch.zeros(5, dtype=torch.float64)
    ordered = sorted(pieces, key=lambda piece: len(piece.targets))
    for network in networks:
        network.eval()
    with torch.no_grad():
        for start in range(0, len(ordered), 16):
            chosen = ordered[start : start + 16]
            batches = [tensors(features.batch_of(chosen, [key] * len(chosen))) for key in keys]
            found = torch.stack([-models.charges(network, batch) for network in networks for batch in batches])
            totals -= (found.double().logsumexp(0) - np.log(len(found))).sum((0, 1))
            frames += sum(piece.frames for piece in chosen)
    for network in networks:
        network.train()
    return totals / frames


def judge_dynamically(network: models.Chorales, pieces: Sequence[features.Piece], rate: float) -> float:
    """Nats a sixteenth where the network learns from what it has been charged for, each piece by itself."""
    network.eval()
    weights = [parameter for parameter in network.parameters() if parameter.requires_grad]
    trained = [parameter.detach().clone() for parameter in weights]
    total = 0.0
    for piece in pieces:
        batch = tensors(features.batch_of([piece], [0]))
        steps = len(piece.targets)
        for start in range(0, steps, CHORDS):
            so_far = cut(batch, start + CHORDS)
            charged = models.charges(network, so_far)[:, start:].sum()
            total += float(charged.detach())
            if start + CHORDS < steps:
                grads = torch.autograd.grad(charged / CHORDS, weights)
                with torch.no_grad():
                    torch._foreach_add_(weights, grads, alpha=-rate)
        with torch.no_grad():
            torch._foreach_copy_(weights, trained)
    network.train()
    return total / sum(piece.frames for piece in pieces)


def cut(batch: dict[str, Any], steps: int) -> dict[str, Any]:
    """The first steps of a batch."""
    return {
        name: [each[:, :steps] for each in value]
        if isinstance(value, list)
        else value[:, :steps]
        if isinstance(value, Tensor)
        else value
        for name, value in batch.items()
    }


def batches(
    pieces: Sequence[features.Piece], shifts: Sequence[Sequence[int]], size: int, draw: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """One epoch: pieces of like lengths together, each in a key drawn anew."""
    order = sorted(range(len(pieces)), key=lambda index: len(pieces[index].targets) * draw.uniform(0.85, 1.15))
    groups = [order[start : start + size] for start in range(0, len(order), size)]
    for group in draw.permutation(len(groups)):
        chosen = groups[group]
        keys = [int(draw.choice(shifts[index])) for index in chosen]
        yield tensors(features.batch_of([pieces[index] for index in chosen], keys))


def build(settings: dict[str, Any], seed: int) -> models.Chorales:
    """A network with new weights."""
    torch.manual_seed(seed)
    generator = torch.Generator().manual_seed(seed)
    return models.Chorales(
        tuple(settings["history_sizes"]),
        [tuple(each) for each in settings["cue_sizes"]],
        **{name: settings[name] for name in (*SIZES, *RATES)},
        generator=generator,
    )


def train(
    settings: dict[str, Any],
    pieces: dict[str, list[features.Piece]],
    shifts: Sequence[Sequence[int]],
    path: Path,
    seed: int,
    minutes: float,
) -> None:
    """Train a network for so many minutes, and keep its averaged weights where they are best on validation."""
    draw = np.random.default_rng(seed)
    network = build(settings, seed)
    weights = [parameter for parameter in network.parameters() if parameter.requires_grad]
    groups = [
        {"params": [each for each in weights if each.dim() > 1], "weight_decay": settings["decay"]},
        {"params": [each for each in weights if each.dim() == 1], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=settings["rate"], betas=(0.9, 0.99), fused=True)
    average = WeightAverage(network, settings["ema"])
    begun = told = time.perf_counter()
    seconds, step, epoch, best, losses = minutes * 60, 0, 0, float("inf"), []
    done = 0.0
    while done < 1:
        epoch += 1
        for batch in batches(pieces["train"], shifts, settings["batch"], draw):
            # the clock takes the place of the steps, as their number is not known beforehand
            rate = learning_rate(
                int(done * 10_000), peak=settings["rate"], warmup_steps=1, total_steps=10_001, final_share=0.01
            )
            for group in optimizer.param_groups:
                group["lr"] = rate * min(1, (step + 1) / 100)
            loss = models.charges(network, batch).sum() / batch["frames"]
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(weights, 1.0)
            optimizer.step()
            step += 1
            average.update(step)
            losses.append(float(loss.detach()))
            done = (time.perf_counter() - begun) / seconds
            if time.perf_counter() - told > settings["every"] or done >= 1:
                with average.applied():
                    parts = judge([network], pieces["valid"])
                    value = float(parts.sum())
                    if value < best:
                        best = value
                        path.parent.mkdir(parents=True, exist_ok=True)
                        about = {**settings, "seed": seed, "minutes": minutes, "valid": value}
                        save_file(network.state_dict(), path, {"settings": json.dumps(about)})
                print(
                    f"{(time.perf_counter() - begun) / 60:5.1f} minutes, epoch {epoch}, step {step}: "
                    f"training {np.mean(losses):.4f} (with dropout), validation {value:.4f}",
                    flush=True,
                )
                losses, told = [], time.perf_counter()
            if done >= 1:
                break


def load(path: Path) -> tuple[models.Chorales, dict[str, Any]]:
    """A network that was trained, and its settings."""
    with safe_open(path, "pt") as file:
        settings = json.loads(file.metadata()["settings"])
    network = build(settings, settings["seed"])
    network.load_state_dict(load_file(path))
    return network, settings


def report(paths: Sequence[Path], pieces: dict[str, list[features.Piece]], *, dynamic: bool) -> None:
    """Judge the networks and print the tables in Markdown."""
    found = sorted((load(path) for path in paths), key=lambda each: float(each[1]["valid"]))
    networks, first = [network for network, _ in found], found[0][1]
    minutes = sum(settings["minutes"] for _, settings in found)
    size = sum(each.numel() for each in networks[0].parameters() if each.requires_grad)
    print(f"\n{size:,} parameters a network; seeds {', '.join(str(settings['seed']) for _, settings in found)}\n")
    print("| nats per sixteenth | minutes | validation | test |\n|---|---:|---:|---:|")

    def row(name: str, spent: float, networks: Sequence[models.Chorales], keys: Sequence[int]) -> Tensor:
        parts = {split: judge(networks, pieces[split], keys) for split in ("valid", "test")}
        print(f"| {name} | {spent:.0f} | {parts['valid'].sum():.4f} | {parts['test'].sum():.4f} |", flush=True)
        return parts["test"]

    each_voice = {"one network": row("one network", first["minutes"], networks[:1], (0,))}
    name = f"one network, mean of {len(KEYS)} keys"
    each_voice[name] = row(name, first["minutes"], networks[:1], KEYS)
    if len(networks) > 1:
        for keys, more in (((0,), ""), (KEYS, f", mean of {len(KEYS)} keys")):
            name = f"mean of {len(networks)} networks{more}"
            each_voice[name] = row(name, minutes, networks, keys)
    if dynamic:
        by_rate = {rate: judge_dynamically(networks[0], pieces["valid"], rate) for rate in DYNAMIC_RATES}
        rate = min(by_rate, key=lambda each: by_rate[each])
        test = judge_dynamically(networks[0], pieces["test"], rate)
        print(
            f"| one network, dynamic (rate {rate}; apart) | {first['minutes']:.0f} | {by_rate[rate]:.4f} | {test:.4f} |"
        )
    for name, value in OTHERS:
        print(f"| for comparison: {name} | | | {value} |")
    print(f"\n| test, by decision | {' | '.join(cues.ORDER)} | length of the chord |\n|---|{'---:|' * 5}")
    for name, parts in each_voice.items():
        print(f"| {name} | {' | '.join(f'{float(part):.4f}' for part in parts)} |")


def main() -> None:
    """Train, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/jsb-chorales/Jsb16thSeparated.json"))
    parser.add_argument("--minutes", type=float, default=22, help="for all members together")
    parser.add_argument("--members", type=int, default=2, help="networks")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=Path, default=Path("runs/jsb-sixteenths"))
    parser.add_argument("--evaluate-only", action="store_true", help="judge the weights in --runs")
    parser.add_argument("--validation-only", action="store_true", help="leave the test split unread")
    parser.add_argument("--no-dynamic", action="store_true", help="leave out the dynamic evaluation")
    for name, value in (("hidden", 192), ("layers", 2), ("width", 256), ("rank", 96), ("embed", 128), ("batch", 12)):
        parser.add_argument(f"--{name}", type=int, default=value)
    for name, value in (
        ("dropout", 0.6),
        ("weight-dropout", 0.4),
        ("cue-dropout", 0.6),
        ("rate", 2e-3),
        ("decay", 1.0),
        ("ema", 0.995),
        ("every", 60.0),
    ):
        parser.add_argument(f"--{name}", type=float, default=value)
    options = parser.parse_args()
    if not options.data.is_file():
        raise SystemExit(f"error: there is no {options.data}; say where Jsb16thSeparated.json is with --data")
    torch.set_num_threads(options.threads)
    splits = features.read(options.data)
    tunes = Tunes(splits["train"])
    needed = ("train", "valid") if options.validation_only else ("train", "valid", "test")
    pieces = {
        split: [
            features.analyse(frames, tunes, number if split == "train" else None)
            for number, frames in enumerate(splits[split])
        ]
        for split in needed
    }
    lowest = np.min([np.where(frames < 0, 999, frames).min(0) for frames in splits["train"]], 0)
    highest = np.max([frames.max(0) for frames in splits["train"]], 0)
    shifts = [features.free_shifts(frames, lowest - 1, highest + 1) for frames in splits["train"]]
    paths = [options.runs / f"member-{number}.safetensors" for number in range(options.members)]
    sizes = {
        "history_sizes": pieces["train"][0].history.sizes,
        "cue_sizes": [each.sizes for each in pieces["train"][0].cues],
    }
    settings = {name: getattr(options, name) for name in (*SIZES, *RATES, "batch", "rate", "decay", "ema", "every")}
    if not options.evaluate_only:
        for number, path in enumerate(paths):
            print(f"network {number + 1} of {options.members}", flush=True)
            share = options.minutes / options.members
            train({**settings, **sizes}, pieces, shifts, path, options.seed + number, share)
    if not options.validation_only:
        report([path for path in paths if path.is_file()], pieces, dynamic=not options.no_dynamic)


if __name__ == "__main__":
    main()
