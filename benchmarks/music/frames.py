"""Nats a frame on two data sets of polyphonic music, as used by Bai, Kolter & Koltun (2018).

    python benchmarks/music/frames.py jsb --minutes 12
    python benchmarks/music/frames.py nottingham --minutes 25
    python benchmarks/music/frames.py jsb --evaluate-only
    python benchmarks/music/frames.py --self-check
"""

from __future__ import annotations

import argparse
import time
from dataclasses import fields, replace
from pathlib import Path

import torch
from frames_cues import table_of
from frames_data import load_pieces
from frames_model import Frames, Sizes
from frames_training import ALL_SHIFTS, Plan, judge, train

DATA = {
    "jsb": Path("../shared/data/jsb-chorales/JSB_Chorales.mat"),
    "nottingham": Path("../shared/data/nottingham/Nottingham.mat"),
}
SIZES = {"jsb": Sizes(), "nottingham": Sizes(hidden=320, dropout=0.25, weight_dropout=0.2, head_dropout=0.15)}
PLANS = {
    "jsb": Plan(minutes=12, seed=1, rows=12, chunk=160, rate=2e-3),
    "nottingham": Plan(minutes=25, seed=1, rows=32, chunk=64, rate=2e-3),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data_set", choices=sorted(DATA), nargs="?")
    parser.add_argument("--data", type=Path)
    parser.add_argument("--minutes", type=float)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--order", choices=("down", "up"), default="down")
    parser.add_argument("--no-test", action="store_true")
    parser.add_argument("--evaluate-only", action="store_true")
    for kind in (Sizes, Plan):
        for each in fields(kind):
            if each.name != "minutes":
                parser.add_argument("--" + each.name.replace("_", "-"), type=float)
    args = parser.parse_args()
    name = args.data_set
    def changed(what):
        told = {e.name: getattr(args, e.name) for e in fields(what) if getattr(args, e.name) is not None}
        return replace(what, **{k: type(getattr(what, k))(v) for k, v in told.items()})
    sizes, plan = changed(SIZES[name]), changed(PLANS[name])
    print(sizes, plan, args.order, flush=True)
    begun = time.perf_counter()
    pieces = load_pieces(args.data or DATA[name])
    tables = {split: [table_of(each, mirrored=args.order == "up") for each in some if len(each) > 1] for split, some in pieces.items()}
    print(f"columns: {time.perf_counter() - begun:.1f} s", flush=True)
    generator = torch.Generator().manual_seed(plan.seed)
    model = Frames(sizes, generator)
    model.network.compute_dtype = torch.bfloat16
    print(model.parameter_count(), "parameters", flush=True)
    out = args.out or Path(f"runs/frames-{name}.safetensors")
    out.parent.mkdir(exist_ok=True, parents=True)
    if not args.evaluate_only:
        train(model, tables, plan, out)
    from safetensors.torch import load_file
    model.load_state_dict(load_file(out))
    for split in ("valid",) if args.no_test else ("valid", "test"):
        print(split, judge([model], tables[split]), judge([model], tables[split], lawful=False), flush=True)
        print(split, judge([model], tables[split], ALL_SHIFTS), judge([model], tables[split], ALL_SHIFTS, geometric=True), flush=True)


if __name__ == "__main__":
    main()
