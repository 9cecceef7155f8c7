"""Nats per sixteenth on the chorales of Jsb16thSeparated.json, all four voices and everything charged.

    python benchmarks/music/jsb_sixteenths.py [--data ../shared/data/jsb-chorales/Jsb16thSeparated.json]
        [--minutes 38] [--threads 1] [--seed 1] [--runs runs/jsb-sixteenths] [--evaluate-only]

(work in progress)
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import jsb_features as features
import jsb_model as models
import numpy as np
import torch
from jsb_tunes import Tunes
from safetensors.torch import load_file, save_file
from torch import Tensor

from generator.training.averaging import WeightAverage
from generator.training.schedule import learning_rate


def tensors(batch: dict) -> dict:
    return {
        name: [torch.from_numpy(each) for each in value]
        if isinstance(value, list)
        else torch.from_numpy(value)
        if isinstance(value, np.ndarray)
        else value
        for name, value in batch.items()
    }


def judge(model: models.Chorales, pieces: list, shifts: tuple[int, ...] = (0,)) -> Tensor:
    """Nats of each of five decisions, per sixteenth; the mean of the probabilities over ``shifts``."""
    model.eval()
    frames, totals = 0, torch.zeros(5, dtype=torch.float64)
    ordered = sorted(pieces, key=lambda piece: len(piece.targets))
    with torch.no_grad():
        for start in range(0, len(ordered), 16):
            chosen = ordered[start : start + 16]
            each = torch.stack(
                [-models.charges(model, tensors(features.batch_of(chosen, [shift] * len(chosen)))) for shift in shifts]
            )
            totals += -(each.logsumexp(0) - np.log(len(shifts))).double().sum((0, 1))
            frames += sum(piece.frames for piece in chosen)
    model.train()
    return totals / frames


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/jsb-chorales/Jsb16thSeparated.json"))
    parser.add_argument("--minutes", type=float, default=38)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--runs", type=Path, default=Path("runs/jsb-sixteenths"))
    parser.add_argument("--evaluate-only", action="store_true")
    for name, value in (("hidden", 256), ("layers", 2), ("rank", 128), ("embed", 256), ("width", 384), ("batch", 12)):
        parser.add_argument(f"--{name}", type=int, default=value)
    for name, value in (
        ("dropout", 0.4),
        ("weight-dropout", 0.2),
        ("cue-dropout", 0.1),
        ("rate", 2e-3),
        ("decay", 0.05),
        ("ema", 0.995),
        ("every", 30),
        ("input-dropout", 0.1),
    ):
        parser.add_argument(f"--{name}", type=float, default=value)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    generator = torch.Generator().manual_seed(options.seed)
    draw = np.random.default_rng(options.seed)
    start = time.perf_counter()
    splits = features.read(options.data)
    sounding = [np.where(piece < 0, 60, piece) for piece in splits["train"]]
    low = np.min([np.where(p < 0, 999, p).min(0) for p in splits["train"]], 0)
    high = np.max([p.max(0) for p in sounding], 0)
    tunes = Tunes(splits["train"])
    pieces = {
        split: [features.analyse(p, tunes, i if split == "train" else None) for i, p in enumerate(splits[split])]
        for split in ("train", "valid")
    }
    shifts = [features.free_shifts(frames, low - 1, high + 1) for frames in splits["train"]]
    print(f"features {time.perf_counter() - start:.1f}s, shifts {np.mean([len(s) for s in shifts]):.1f}")
    first = pieces["train"][0]
    model = models.Chorales(
        first.history.sizes,
        [each.sizes for each in first.cues],
        hidden=options.hidden,
        layers=options.layers,
        width=options.width,
        rank=options.rank,
        embed=options.embed,
        dropout=options.dropout,
        weight_dropout=options.weight_dropout,
        cue_dropout=options.cue_dropout,
        generator=generator,
    )
    trained = [p for p in model.parameters() if p.requires_grad]
    print(f"{sum(p.numel() for p in trained):,} parameters")
    matrices = [p for p in trained if p.dim() > 1]
    vectors = [p for p in trained if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": matrices, "weight_decay": options.decay}, {"params": vectors, "weight_decay": 0.0}],
        lr=options.rate,
        betas=(0.9, 0.99),
        fused=True,
    )
    average = WeightAverage(model, options.ema)
    options.runs.mkdir(parents=True, exist_ok=True)
    begun = last = time.perf_counter()
    step, epoch, best, seen = 0, 0, 9e9, []
    seconds = options.minutes * 60
    while time.perf_counter() - begun < seconds:
        epoch += 1
        order = sorted(
            range(len(pieces["train"])), key=lambda i: len(pieces["train"][i].targets) * draw.uniform(0.85, 1.15)
        )
        groups = [order[i : i + options.batch] for i in range(0, len(order), options.batch)]
        for group in draw.permutation(len(groups)):
            chosen = groups[group]
            batch = tensors(
                features.batch_of([pieces["train"][i] for i in chosen], [int(draw.choice(shifts[i])) for i in chosen])
            )
            done = (time.perf_counter() - begun) / seconds
            rate = options.rate * min(1, (step + 1) / 100) * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * min(done, 1))))
            for g in optimizer.param_groups:
                g["lr"] = rate
            loss = models.charges(model, batch).sum() / batch["frames"]
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(trained, 1.0)
            optimizer.step()
            step += 1
            average.update(step)
            seen.append(float(loss.detach()))
            if time.perf_counter() - last > options.every or time.perf_counter() - begun > seconds:
                with average.applied():
                    parts = judge(model, pieces["valid"])
                    value = float(parts.sum())
                    if value < best:
                        best = value
                        save_file(model.state_dict(), options.runs / "model.safetensors")
                print(
                    f"{(time.perf_counter() - begun) / 60:5.1f} min epoch {epoch} step {step} train {np.mean(seen):.4f} valid {value:.4f}  "
                    + " ".join(f"{float(p):.3f}" for p in parts),
                    flush=True,
                )
                seen, last = [], time.perf_counter()
                if time.perf_counter() - begun > seconds:
                    break
    model.load_state_dict(load_file(options.runs / "model.safetensors"))
    print("valid, 5 keys:", float(judge(model, pieces["valid"], tuple(range(-2, 3))).sum()), flush=True)


if __name__ == "__main__":
    main()
