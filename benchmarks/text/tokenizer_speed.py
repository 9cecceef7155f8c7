"""How fast the tokenizers are, in megabytes of UTF-8 a second, and how fast sentencepiece alone is.

    python benchmarks/text/tokenizer_speed.py                      # the standard library's own source
    python benchmarks/text/tokenizer_speed.py novel.txt poems.txt  # any files, together

"first" is the first time that a tokenizer meets the text, in blocks of 4 MB as a corpus is prepared;
"again" is the same once more (a subword tokenizer has met the words by then); "engine" is sentencepiece's
own encode of the first 4 MB, line by line, on which every figure's ids are checked (unigram: as far
as single precision tells two segmentations apart). Seconds are those that the processor worked for
this program, which on a quiet machine is what the clock shows: none of it runs on two at once.
"""

from __future__ import annotations

import argparse
import sysconfig
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np

from generator import tokenizers

T = TypeVar("T")
BLOCK = 1 << 22


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What ``work`` returns, and the seconds of the processor that it took."""
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def standard_library(characters: int) -> str:
    """The running interpreter's own Python source, in the order of its paths."""
    parts: list[str] = []
    size = 0
    for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
        if "site-packages" in path.parts or size >= characters:
            continue
        try:
            parts.append(path.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            continue
        size += len(parts[-1])
    return "".join(parts)[:characters]


def in_blocks(text: str) -> Iterator[str]:
    for start in range(0, len(text), BLOCK):
        yield text[start : start + BLOCK]


def disagreement(tokenizer: tokenizers.Tokenizer, lines: list[str]) -> int:
    """Lines that sentencepiece segments otherwise."""
    theirs = tokenizer.engine.encode(lines, num_threads=1)
    return sum(tokenizer.encode(line).tolist() != ids for line, ids in zip(lines, theirs, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, help="UTF-8 text; the standard library's source if none")
    parser.add_argument("--vocab-size", type=int, default=4096)
    parser.add_argument("--characters", type=int, default=30_000_000, help="most characters to read")
    options = parser.parse_args()
    text = "".join(path.read_text(encoding="utf-8-sig") for path in options.files) or standard_library(
        options.characters
    )
    text = text[: options.characters]
    megabytes = len(text.encode()) / 1e6
    print(f"{len(text):,} characters, {megabytes:.1f} MB of UTF-8, {len(set(text))} different characters\n")
    print(
        "kind     tokens  train s  first MB/s  again MB/s  decode MB/s  engine MB/s  bytes/token  lines unlike engine"
    )
    sample = text[:BLOCK]
    lines = sample.splitlines(keepends=True)
    for kind in tokenizers.KINDS:
        tokenizer, training = timed(lambda kind=kind: tokenizers.train(kind, [text], vocab_size=options.vocab_size))
        encode = lambda tokenizer=tokenizer: [tokenizer.encode(block) for block in in_blocks(text)]  # noqa: E731
        blocks, first = timed(encode)
        _, again = timed(encode)
        ids = np.concatenate(blocks)
        decoded, decoding = timed(lambda tokenizer=tokenizer, ids=ids: tokenizer.decode(ids))
        if decoded != text:
            raise SystemExit(f"{kind} does not give the text back")
        _, engine = timed(lambda tokenizer=tokenizer: tokenizer.engine.encode(lines, num_threads=1))
        print(
            f"{kind:8} {tokenizer.vocab_size:6} {training:8.2f} {megabytes / first:11.1f} {megabytes / again:11.1f}"
            f" {megabytes / decoding:12.1f} {len(sample.encode()) / 1e6 / engine:12.1f}"
            f" {megabytes * 1e6 / len(ids):12.2f}  {disagreement(tokenizer, lines)} of {len(lines)}"
        )


if __name__ == "__main__":
    main()
