"""Two prepared corpora out of one, so that a model and its judge have read different poems.

    python benchmarks/verse/halves.py data/tang --out data/tang-a data/tang-b

A piece of the training part falls to the first or the second half by the lowest bit of a digest of its
text, so that equal pieces fall together and nothing depends on their order; the rule that parts
training from validation and test goes by the digest's highest bits, of which this one is independent.
Validation and test are whole in both. Tokenizer, tag values and their ids stay those of the whole, so
that the files of both halves mean the same; counts and digests are of the half. The folders are as
generator/corpus/prepared.py tells, with one key more: ``half`` in corpus.json and report.json says of
what it is a half and by which rule, and ``source`` begins with it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from generator.command import Parser, run
from generator.corpus import PreparedCorpus, is_prepared, open_prepared
from generator.corpus.packing import turned
from generator.corpus.prepared import TokenSplit
from generator.corpus.splits import SPLITS, digest_of
from generator.errors import CorpusError
from generator.files import atomic_folder, write_json

NAMES = ("a", "b")
RULE = "pieces of train by the lowest bit of the BLAKE2b digest of 8 bytes of their text"


def half_of(text: str) -> int:
    """The half of a piece: 0 or 1."""
    return int.from_bytes(digest_of(text), "little") & 1


def halves_of(prepared: PreparedCorpus) -> NDArray[np.int64]:
    """The half of each piece of the training part [pieces]."""
    part, tokenizer = prepared.split("train"), prepared.tokenizer
    read = turned if prepared.details.get("backward") else str
    return np.array([half_of(read(tokenizer.decode(part.piece(index)))) for index in range(len(part))])


def chosen_pieces(part: TokenSplit, chosen: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Some pieces of a part as a stream of their own.

    Args:
        part: The part.
        chosen: Which of its pieces [pieces].
    Returns:
        For each token of the new stream its place in the old one, the boundary at the end included; and where
        each piece's first boundary stands in the new one.
    """
    starts = np.asarray(part.starts, np.int64)
    lengths = np.diff(starts, append=len(part.ids) - 1)
    within = np.repeat(chosen, lengths)
    places = np.append(np.flatnonzero(within), len(part.ids) - 1)
    kept = lengths[chosen]
    return places, (np.cumsum(kept) - kept).astype(np.uint64)


def write_part(folder: Path, name: str, part: TokenSplit, chosen: NDArray[np.bool_], tokenizer: Any) -> dict[str, Any]:
    """Write the files of a part with some of its pieces.

    Returns:
        Its ``counts``, as corpus.json has them; how often each value stands in each column of its ``tags``; and
        the ``digest`` of its ids.
    """
    places, starts = chosen_pieces(part, chosen)
    ids = np.asarray(part.ids)[places]
    (folder / f"{name}.ids.bin").write_bytes(ids.tobytes())
    (folder / f"{name}.starts.bin").write_bytes(starts.astype("<u8").tobytes())
    counted: list[NDArray[np.int64]] = []
    if part.tags is not None:
        tags = np.asarray(part.tags)[chosen]
        (folder / f"{name}.tags.bin").write_bytes(tags.tobytes())
        counted = [np.bincount(column.astype(np.int64)) for column in tags.T]
    if part.cues is not None:
        (folder / f"{name}.cues.bin").write_bytes(np.asarray(part.cues)[places].tobytes())
    whole = bool(chosen.all())
    characters = part.characters if whole else len(tokenizer.decode(ids))
    counts = {"pieces": len(starts), "tokens": len(ids), "characters": characters}
    return {"counts": counts, "tags": counted, "digest": sha256(ids.tobytes()).digest()}


def write_half(folder: Path, prepared: PreparedCorpus, number: int, halves: NDArray[np.int64], name: str) -> None:
    """Write one half into a folder."""
    shutil.copytree(prepared.folder / "tokenizer", folder / "tokenizer")
    digest = sha256(prepared.tokenizer.digest.encode())
    splits, counts = {}, {field: np.zeros(len(values), int) for field, values in prepared.tag_fields.items()}
    for split in (split for split in SPLITS if prepared.has(split)):
        part = prepared.split(split)
        chosen = halves == number if split == "train" else np.ones(len(part), bool)
        written = write_part(folder, split, part, chosen, prepared.tokenizer)
        splits[split] = written["counts"]
        digest.update(written["digest"])
        for total, found in zip(counts.values(), written["tags"], strict=False):
            total[: len(found) - 1] += found[1:]  # value i has id i + 1; 0 is not given
    told = {"of": prepared.name, "digest": prepared.details["digest"], "half": NAMES[number], "rule": RULE}
    source = f"half {NAMES[number]} of {prepared.details['source']}"
    details = {
        **prepared.details, "name": name, "source": source, "digest": digest.hexdigest(), "splits": splits,
        "tag_counts": {field: total.tolist() for field, total in counts.items()}, "half": told,
    }  # fmt: skip
    write_json(folder / "report.json", {**prepared.report, "source": source, "half": told})
    write_json(folder / "corpus.json", details)


def work(options: argparse.Namespace) -> None:
    """Write both halves and say what is in them."""
    prepared = open_prepared(options.corpus)
    if prepared.shape == "long":
        raise CorpusError(f"{prepared.folder} is one long text.", "Only pieces can be dealt to two halves.")
    for out in options.out:
        if (out.exists() and not is_prepared(out)) or out.resolve() == prepared.folder.resolve():
            raise CorpusError(f"{out} is there and is not a half to be replaced.", "Give another folder with --out.")
    print(f"reading {len(prepared.split('train')):,} pieces", file=sys.stderr)
    halves = halves_of(prepared)
    print("| half | folder | pieces of train | characters | validation | test | digest |")
    print("|---|---|---:|---:|---:|---:|---|")
    for number, out in enumerate(options.out):
        atomic_folder(out, lambda folder, n=number, o=out: write_half(folder, prepared, n, halves, o.name))
        half = open_prepared(out).details
        held = [f"{half['splits'].get(split, {}).get('pieces', 0):,}" for split in SPLITS[1:]]
        train = half["splits"]["train"]
        print(
            f"| {NAMES[number]} | {out} | {train['pieces']:,} | {train['characters']:,} | {held[0]} | {held[1]} "
            f"| {half['digest'][:12]} |"
        )


def main() -> int:
    """Run the command."""
    parser = Parser("halves", __doc__ or "")
    parser.prog = "python benchmarks/verse/halves.py"
    parser.add_argument("corpus", type=Path, help="a prepared corpus of pieces")
    parser.add_argument("--out", type=Path, nargs=2, required=True, metavar="FOLDER", help="where the two halves go")
    return run(parser, work)


if __name__ == "__main__":
    sys.exit(main())
