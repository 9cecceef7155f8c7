"""How well models of verse predict poems that they have not read: nats, bits and perplexity per character.

    python benchmarks/verse/perplexity.py tang runs/tang-plain
    python benchmarks/verse/perplexity.py tang --split validation --corpus data/tang

A model of verse may be told of a poem what a person could have asked for. Three figures are given:

- all: what the corpus knows, its tags and its cues (the themes are characters of the poem itself);
- form: what a form says before a word is written: the place in the line and the poem, tone and rhyme
  due, the character above in a couplet, and the tag of the form; no author, no theme, no rhyme's name;
- nothing: the text alone. This is the figure to compare with models that cannot be told anything.

Each token but the first is charged, the state carried through the whole part (the carried protocol of
generator.evaluate), once for all characters, the ends of pieces charged and the sum divided by the
characters; and once for ideographs (in English: letters) alone, over their own number, so that
punctuation and line ends, which a form settles, count for nothing. Perplexity is e to the nats.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterator
from dataclasses import replace
from unicodedata import category

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

from generator import checkpoint
from generator.checkpoint import Checkpoint
from generator.command import Parser, run
from generator.corpus import PreparedCorpus
from generator.corpus.cues import cue_fields
from generator.evaluation import Material, find_corpus, material
from generator.evaluation.passes import carried_pass
from generator.evaluation.stream import TokenStream, judged

THEME, FORM_TAG = "theme", "form"


def conditions(found: Material, loaded: Checkpoint) -> Iterator[tuple[str, Material]]:
    """What the model is told, in words, and the material with just that."""
    fields = list(loaded.config.get("tag_fields") or {})
    if found.tags is not None or found.cues is not None:
        yield "all", found
    if found.cues is not None:
        names = [field.name for field in cue_fields(loaded.config.get("cues"))]
        cues = np.where([not name.startswith(THEME) for name in names], found.cues, 0).astype(np.uint16)
        tags = None if found.tags is None else np.where([field == FORM_TAG for field in fields], found.tags, 0)
        yield "form", replace(found, cues=cues, tags=tags)
    yield "nothing", replace(found, cues=None, tags=None)


def token_nats(loaded: Checkpoint, found: Material) -> NDArray[np.float32]:
    """What each token but the first costs, in nats [tokens - 1]."""
    stream = TokenStream(found.ids, found.starts, found.tags, cues=found.cues)
    nats = np.zeros(stream.charged, np.float32)

    def take(positions: np.ndarray, logits: Tensor, targets: Tensor) -> None:
        cost = F.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), reduction="none")
        nats[positions.ravel()] = cost.numpy()

    done = 0

    def told(tokens: int) -> None:
        nonlocal done
        done += tokens
        print(f"\r{done:,} of {stream.charged:,} tokens", end="", file=sys.stderr, flush=True)

    with judged(loaded.model):
        carried_pass(loaded.model, stream, take, progress=told)
    print("\r" + " " * 40, end="\r", file=sys.stderr)
    return nats


def letters_of(loaded: Checkpoint) -> NDArray[np.bool_]:
    """Which tokens are letters or ideographs [vocab_size]."""
    texts = [content.decode() for content in loaded.tokenizer.byte_table]
    return np.array([bool(text) and category(text[0]).startswith("L") for text in texts])


def figures(nats: float, count: int) -> str:
    """Three cells: nats, bits and perplexity."""
    mean = nats / max(count, 1)
    return f"{mean:.4f} | {mean / math.log(2):.4f} | {math.exp(mean):.2f}"


def rows(name: str, corpus: str | None, split: str, tokens: int | None) -> Iterator[str]:
    """The lines of a model."""
    loaded = checkpoint.load(name)
    provenance = loaded.config.get("provenance") or {}
    prepared: PreparedCorpus = find_corpus(provenance, corpus, say=lambda line: print(line, file=sys.stderr))
    found = material(
        prepared, split, loaded.tokenizer, loaded.config.get("tag_fields"), cues=loaded.config.get("cues"),
        most_tokens=tokens,
    )  # fmt: skip
    letters = letters_of(loaded)[np.asarray(found.ids, np.int64)[1:]]
    seconds = (loaded.config.get("scores") or {}).get("seconds")
    size = loaded.model.config
    about = f"{name} | {size.cell} {size.num_layers} x {size.hidden_size} | {loaded.model.parameter_count():,}"
    trained = "" if seconds is None else f"{seconds:,.0f}"
    for told, part in conditions(found, loaded):
        nats = token_nats(loaded, part)
        whole = figures(float(nats.sum(dtype=np.float64)), part.characters)
        alone = figures(float(nats[letters].sum(dtype=np.float64)), int(letters.sum()))
        yield f"| {about} | {trained} | {told} | {whole} | {alone} |"


def work(options: argparse.Namespace) -> None:
    """Judge each model and print the table."""
    if options.threads:
        torch.set_num_threads(options.threads)
    print(
        "| model | network | parameters | seconds of training | told | nats | bits | perplexity "
        "| ideographs: nats | bits | perplexity |"
    )
    print("|---|---|---:|---:|---|---:|---:|---:|---:|---:|---:|")
    for name in options.models:
        for line in rows(name, options.corpus, options.split, options.tokens):
            print(line, flush=True)


def main() -> int:
    """Run the command."""
    parser = Parser("perplexity", __doc__ or "")
    parser.prog = "python benchmarks/verse/perplexity.py"
    parser.add_argument("models", nargs="+", metavar="MODEL", help="names, runs or paths")
    parser.add_argument("--split", default="test", help="which part of the corpus (default: test)")
    parser.add_argument("--corpus", metavar="FOLDER", help="a prepared corpus (default: the model's own)")
    parser.add_argument("--tokens", type=int, metavar="N", help="only the first N tokens of the part")
    parser.add_argument("--threads", type=int, help="processor threads")
    return run(parser, work)


if __name__ == "__main__":
    sys.exit(main())
