"""How fast, and in how much memory, corpora of growing size are prepared.

    python benchmarks/text/corpus_scale.py SEED_TEXT [--sizes 10 100 1000] [--layouts long poems]
        [--tokenizers char bpe]

SEED_TEXT is any text file of real writing. Its lines are repeated and shuffled to texts of each
size, as one long text and as many short pieces; each is prepared with each tokenizer in a process of
its own, whose peak resident memory the operating system reports. Where the clock shows many more
seconds than the processor, the process waited, for the disk or for its turn: the rate is then given by
both. Nothing is kept.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LAYOUTS = {
    "long": ("one long text", ["--pieces", "file"]),
    "poems": ("pieces of some lines", ["--pieces", "blank", "--blank-lines", "1"]),
    "lines": ("a piece a line", ["--pieces", "line"]),
}
# ru_maxrss of a child includes the pages of the parent that forked it; this one is small
CHILD = """
import json, resource, sys, time
from pathlib import Path
begun = time.perf_counter()
from generator.config import PrepareConfig
from generator.corpus import prepare
source, out, options = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
prepared = prepare(source, out, PrepareConfig(**options), say=lambda line: None, progress=False)
seconds = time.perf_counter() - begun
pieces = sum(part["pieces"] for part in prepared.details["splits"].values())
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": seconds, "cpu": time.process_time(), "peak": peak, "pieces": pieces}))
"""


def write_text(path: Path, seed_text: Path, size: int, layout: str) -> None:
    """Write ``size`` bytes of shuffled lines; poems are four to twelve lines and a blank one."""
    lines = [line for line in seed_text.read_text(encoding="utf-8").splitlines() if line.strip()]
    draw, written = random.Random(1), 0
    with path.open("wb") as file:
        while written < size:
            draw.shuffle(lines)
            if layout == "poems":
                parts, at = [], 0
                while at < len(lines):
                    step = draw.randint(4, 12)
                    parts.append("\n".join(lines[at : at + step]))
                    at += step
                content = ("\n\n".join(parts) + "\n\n").encode()
            else:
                content = ("\n".join(lines) + "\n").encode()
            # whole lines only, so that no character is cut in two
            if written + len(content) > size:
                content = content[: content.rfind(b"\n", 0, size - written) + 1] or b"\n"
            written += file.write(content)


def measure(source: Path, layout: str, tokenizer: str, folder: Path) -> dict[str, float]:
    """Prepare in a fresh process; seconds include its imports."""
    options = LAYOUTS[layout][1]
    settings = {"pieces": options[1], "tokenizer": tokenizer}
    if layout == "poems":
        settings["blank_lines"] = 1
    out = folder / "out"
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", CHILD, str(source), str(out), json.dumps(settings)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True, env=environment).stdout
    result: dict[str, float] = json.loads(printed.splitlines()[-1])
    return result


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seed_text", type=Path)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10, 100, 1000], metavar="MB")
    parser.add_argument("--layouts", nargs="+", choices=list(LAYOUTS), default=["long", "poems"])
    parser.add_argument("--tokenizers", nargs="+", choices=["char", "byte", "bpe", "unigram"], default=["char"])
    parser.add_argument("--folder", type=Path, help="where to put the texts while they are needed")
    options = parser.parse_args()
    busy = f"{os.getloadavg()[0]:.1f} processes at work on {os.cpu_count()} processors beforehand"
    print(f"{time.strftime('%Y-%m-%d')}, lines of {options.seed_text.name}, {busy}\n")
    print(
        "| what | tokenizer | MB | pieces | seconds | on the processor | MB/s | by the processor | peak resident MB |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|")
    with tempfile.TemporaryDirectory(dir=options.folder) as name:
        folder = Path(name)
        for layout in options.layouts:
            for megabytes in options.sizes:
                source = folder / "text.txt"
                write_text(source, options.seed_text, megabytes * 1_000_000, layout)
                for tokenizer in options.tokenizers:
                    print(row(layout, tokenizer, megabytes, measure(source, layout, tokenizer, folder)), flush=True)


def row(layout: str, tokenizer: str, megabytes: int, found: dict[str, float]) -> str:
    """One line of the table."""
    seconds, cpu = found["seconds"], found["cpu"]
    return (
        f"| {LAYOUTS[layout][0]} | {tokenizer} | {megabytes:,} | {found['pieces']:,} | {seconds:.1f} | {cpu:.1f} "
        f"| {megabytes / seconds:.0f} | {megabytes / cpu:.0f} | {found['peak'] / 1e6:.0f} |"
    )


if __name__ == "__main__":
    main()
