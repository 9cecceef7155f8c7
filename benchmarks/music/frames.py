"""Nats a frame on two data sets of polyphonic music, as used by Bai, Kolter & Koltun (2018).

    python benchmarks/music/frames.py jsb                      train, then judge on validation and test
    python benchmarks/music/frames.py nottingham --minutes 22
    python benchmarks/music/frames.py jsb --no-test            to compare settings: the test pieces are not read
    python benchmarks/music/frames.py jsb --evaluate-only      judge the weights of the last run
    python benchmarks/music/frames.py --self-check             do the probabilities of all sets of keys sum to 1?

The data are two MATLAB files, given with ``--data`` where they lie elsewhere: 382 chorales of Bach, a frame a quarter
note (Allan & Williams 2005), and 1037 British and American folk tunes with chords (Nottingham), in the splits of
Boulanger-Lewandowski, Bengio & Vincent (2012). Nothing but the training pieces is learnt from; the validation pieces
choose the weights; the test pieces are read once, by the final judgement. The best weights are kept in
``runs/frames-DATA.safetensors``. Figures depend on the machine's speed, as training is measured by time.

How a frame is spelled is told in ``frames_cues.py``, the network in ``frames_model.py``, what is charged in
``frames_judging.py``.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from frames_cues import Table, frames_of, table_of
from frames_data import Piece, load_pieces
from frames_judging import Judgement, checks, judge
from frames_model import Frames, Sizes
from frames_shelf import Shelf
from frames_training import ALL_SHIFTS, Plan, train


@dataclass(frozen=True)
class Task:
    """A data set, the settings for it, and what others reached on its test pieces, in nats a frame."""

    data: Path
    order: str
    sizes: Sizes
    plan: Plan
    shifts: tuple[int, ...]
    others: dict[str, float]


TASKS = {
    "jsb": Task(
        data=Path("../shared/data/jsb-chorales/JSB_Chorales.mat"),
        order="down",
        sizes=Sizes(shelf=1),
        plan=Plan(minutes=24.0, seed=1, rows=8, chunk=160, rate=2e-3, validations=16),
        shifts=ALL_SHIFTS,
        others={"LSTM": 8.45, "GRU": 8.43, "TCN": 8.10, "RNN-RBM": 6.27},
    ),
    "nottingham": Task(
        data=Path("../shared/data/nottingham/Nottingham.mat"),
        order="down",
        sizes=Sizes(
            hidden=288,
            embed=160,
            head=160,
            narrow=48,
            dropout=0.15,
            input_dropout=0.1,
            weight_dropout=0.1,
            head_dropout=0.1,
        ),
        plan=Plan(minutes=22.0, seed=1, rows=24, chunk=48, rate=2e-3, validations=12, watch=4),
        shifts=(-4, -2, 0, 1, 3),
        others={"LSTM": 3.29, "GRU": 3.46, "TCN": 3.07, "RNN-RBM": 2.39},
    ),
}


def arguments() -> argparse.Namespace:
    """The command line; every size and rate can be changed by its name."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=sorted(TASKS), nargs="?", help="the data set")
    parser.add_argument("--data", type=Path, help="its MATLAB file")
    parser.add_argument("--out", type=Path, help="where the best weights are kept")
    parser.add_argument("--order", choices=("down", "up"), help="spell frames from the highest key or from the lowest")
    parser.add_argument("--no-test", action="store_true", help="judge on the validation pieces only")
    parser.add_argument("--evaluate-only", action="store_true", help="judge weights that are there already")
    parser.add_argument("--shifts", type=int, nargs="+", help="transpositions to average over; 0 is always one")
    parser.add_argument("--self-check", action="store_true", help="check the protocol on random weights, and end")
    for kind in (Sizes, Plan):
        for each in fields(kind):
            words = "float" if "float" in str(each.type) else "int"
            name = "--" + each.name.replace("_", "-")
            parser.add_argument(name, type=float if words == "float" else int, help=f"of the class {kind.__name__}")
    args = parser.parse_args()
    if args.task is None and not args.self_check:
        parser.error("name a data set, or --self-check")
    return args


def changed(what: Any, args: argparse.Namespace) -> Any:
    """Sizes or a plan with what the command line says otherwise."""
    told = {each.name: getattr(args, each.name) for each in fields(what)}
    return replace(what, **{name: value for name, value in told.items() if value is not None})


def settings_of(path: Path) -> tuple[Sizes, Plan, str]:
    """Sizes, plan and order of spelling that stand beside trained weights."""
    from safetensors import safe_open

    if not path.is_file():
        raise SystemExit(f"error: {path} is not there; train first, or give --out")
    with safe_open(path, "pt") as file:
        told = (file.metadata() or {}).get("settings")
    if told is None:
        raise SystemExit(f"error: {path} holds no weights of this benchmark")
    sizes, plan, order = json.loads(told)
    return Sizes(**sizes), Plan(**plan), order


def read_tables(
    pieces: dict[str, list[Piece]], wanted: list[str], *, mirrored: bool, shelf: bool
) -> dict[str, list[Table]]:
    """The columns of the wanted splits."""
    books = None
    if shelf:
        books = Shelf([frames_of(each, mirrored=mirrored) for each in pieces["train"]], -1 if mirrored else 0)
    tables: dict[str, list[Table]] = {}
    for split in wanted:
        tables[split] = []
        for number, piece in enumerate(pieces[split]):
            due = None
            if books is not None:
                due = books.due(frames_of(piece, mirrored=mirrored), number if split == "train" else None)
            if len(piece) > 1:
                tables[split].append(table_of(piece, mirrored=mirrored, shelf=due))
    return tables


def show(split: str, result: Judgement, shifts: tuple[int, ...]) -> None:
    """The rows of the table for one split."""
    names = {
        "single": "as it stands",
        "unordered": "as it stands, keys out of order not ruled out",
        "mean": f"mean of probabilities over {len(shifts)} transpositions",
        "geometric": f"geometric mean over {len(shifts)} transpositions",
    }
    for name, value in result.pooled.items():
        print(f"  {split:10} {names[name]:48} {value:9.4f} {result.by_piece[name]:14.4f}", flush=True)


def main() -> None:
    """Read, train, judge, tell."""
    args = arguments()
    if args.self_check:
        checks()
        return
    task = TASKS[args.task]
    sizes, plan, order = changed(task.sizes, args), changed(task.plan, args), args.order or task.order
    out = args.out or Path("runs") / f"frames-{args.task}.safetensors"
    if args.evaluate_only:
        sizes, plan, order = settings_of(out)
    shifts = tuple(sorted({0, *(args.shifts or task.shifts)}))
    begun = time.perf_counter()
    pieces = load_pieces(args.data or task.data)
    wanted = ["valid"] + ([] if args.evaluate_only else ["train"]) + ([] if args.no_test else ["test"])
    tables = read_tables(pieces, wanted, mirrored=order == "up", shelf=bool(sizes.shelf))
    model = Frames(sizes, torch.Generator().manual_seed(plan.seed))
    model.network.compute_dtype = torch.bfloat16
    print(f"{args.task}, spelled {order}, {model.parameter_count():,} parameters, seed {plan.seed}", end=", ")
    print(f"{plan.minutes:g} minutes of training, columns read in {time.perf_counter() - begun:.0f} s")
    print(sizes, plan, sep="\n", flush=True)
    if not args.evaluate_only:
        out.parent.mkdir(exist_ok=True, parents=True)
        train(model, tables, plan, out, {"settings": json.dumps([asdict(sizes), asdict(plan), order])})
    from safetensors.torch import load_file

    model.load_state_dict(load_file(out))
    print(f"\n  {'nats a frame':59} {'all frames':>9} {'mean of pieces':>14}")
    for split in ("valid",) if args.no_test else ("valid", "test"):
        show(split, judge(model, tables[split], shifts), shifts)
    for name, value in task.others.items():
        print(f"  {'test':10} {name + ' (Bai et al. 2018)' if name != 'RNN-RBM' else name:48} {value:9.4f}")


if __name__ == "__main__":
    main()
