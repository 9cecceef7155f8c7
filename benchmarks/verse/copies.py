"""How much poems copy from the text that their model has read, beside poems that people wrote.

    python benchmarks/verse/copies.py --model tang --form qijue --corpus data/tang
    python benchmarks/verse/copies.py --model tang --form qijue --corpus data/tang --count 40

Of every poem the longest run is taken that stands, as it is, in one piece of the training part of the
corpus; generator.evaluation.OriginalityIndex finds it. Two counts are given:

- verse alone: from the poems and from every piece of the training part all but letters and ideographs is
  taken out first (punctuation, spaces, line breaks), and an index is made of what is left. A run then
  counts characters of verse, and may go on over the end of a line as one who recites it would;
- as it stands: the index of ``generator.sample --originality``, in which a comma or a line break is a
  character like any other, and a run over two lines has to have the same ones.

The poems have no wishes, each its own seed and as many tries as people get. Beside them stand the poems of
the parts that were held out, those whose lines are as long as the form's; held-out poems are there as the
corpus has them, so that one that stands in the collection twice in nearly the same words shows as
a long copy.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from unicodedata import category

import numpy as np

from generator import checkpoint
from generator.command import Parser, run
from generator.config import SamplingConfig, VerseConfig
from generator.corpus import PreparedCorpus, open_prepared, read_text
from generator.decoding import Poet, Writer, compose
from generator.evaluation import OriginalityIndex, open_index
from generator.text.chinese.analysis import lines_of
from generator.text.forms.form import Form
from generator.text.forms.load import find_form

LONG = 10  # characters; poems with a longer run are counted


def bare(text: str) -> str:
    """Its letters and ideographs."""
    return "".join(character for character in text if category(character).startswith("L"))


def lengths_of(form: Form) -> set[tuple[int | None, ...]]:
    """How long the lines of the form may be, in characters."""
    return {tuple(line.length for line in pattern.lines) for pattern in form.patterns}


def human(prepared: PreparedCorpus, form: Form, parts: Sequence[str]) -> list[str]:
    """The held-out poems with lines as long as the form's; in English all that have as many lines."""
    texts = [text for part in parts if prepared.has(part) for text in read_text(prepared, part)]
    if form.language == "en":
        counts = {len(pattern.lines) for pattern in form.patterns}
        return [text for text in texts if sum(bool(line.strip()) for line in text.split("\n")) in counts]
    wanted = lengths_of(form)
    return [text for text in texts if tuple(len(line.text) for line in lines_of(text)) in wanted]


def written(poet: Poet, form: Form, options: argparse.Namespace) -> list[str]:
    """Poems as the corpus would have them: not in simplified characters, in English without capitals."""
    poems: list[str] = []
    wish = VerseConfig(form=form.name, candidates=options.candidates)
    while len(poems) < options.count:
        count = min(options.rows, options.count - len(poems))
        generation = compose(poet, wish, SamplingConfig(seed=options.seed + len(poems)), count=count)
        generation.finish = str
        poems += [sample.text for sample in generation.samples()]
        print(f"\r{len(poems):,} of {options.count:,} poems", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return poems


def row(who: str, how: str, texts: Sequence[str], index: OriginalityIndex) -> tuple[str, str]:
    """One line of the table, and the longest run."""
    copies = [index.longest_copy(text) for text in texts]
    lengths = np.array([copy.length for copy in copies])
    low, median, high = np.percentile(lengths, (25, 50, 75))
    long = float((lengths > LONG).mean())
    cells = f"{median:g} | {low:g} to {high:g} | {lengths.mean():.2f} | {lengths.max()} | {long:.1%}"
    return f"| {who} | {how} | {len(texts):,} | {cells} |", copies[int(lengths.argmax())].text


def work(options: argparse.Namespace) -> None:
    """Write, compare, and print the table."""
    prepared, form = open_prepared(options.corpus), find_form(options.form)
    loaded = checkpoint.load(options.model)
    trained_on = (loaded.config.get("provenance") or {}).get("corpus_digest")
    if trained_on != prepared.details["digest"]:
        print(f"warning: {options.model} was trained on another corpus than {prepared.folder}", file=sys.stderr)
    poet = Poet.of(loaded, Writer.of(loaded, options.precision))
    poems, held = written(poet, form, options), human(prepared, form, options.parts.split(","))
    print("indexing the text", file=sys.stderr)
    alone = OriginalityIndex.build(map(bare, read_text(prepared, "train")))
    whole = open_index(prepared, say=lambda line: print(line, file=sys.stderr))
    print(f"| {form.name} | counted | poems | longest run: median | quartiles | mean | most | over {LONG} |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    people = f"people, {options.parts.replace(',', ' and ')}"
    for who, texts in ((f"{options.model}, best of {options.candidates}", poems), (people, held)):
        for how, index, read in (("verse alone", alone, bare), ("as it stands", whole, str)):
            line, longest = row(who, how, [read(text) for text in texts], index)
            print(line, flush=True)
            print(f"{who}, {how}: {longest!r}", file=sys.stderr)


def main() -> int:
    """Run the command."""
    parser = Parser("copies", __doc__ or "")
    parser.prog = "python benchmarks/verse/copies.py"
    parser.add_argument("--model", default="tang", help="default: tang")
    parser.add_argument("--form", default="qijue", help="default: qijue")
    parser.add_argument("--corpus", required=True, metavar="FOLDER", help="the prepared corpus that it was trained on")
    parser.add_argument("--parts", default="validation,test", help="held-out parts (default: validation,test)")
    parser.add_argument("--count", type=int, default=1000, metavar="N", help="poems to write (default: 1000)")
    parser.add_argument("--candidates", type=int, default=16, metavar="N", help="tries of each poem (default: 16)")
    parser.add_argument("--rows", type=int, default=4, metavar="N", help="poems of one call (default: 4)")
    parser.add_argument("--seed", type=int, default=1, help="of the first poem (default: 1)")
    parser.add_argument("--precision", default="float32", help="arithmetic (default: float32)")
    return run(parser, work)


if __name__ == "__main__":
    sys.exit(main())
