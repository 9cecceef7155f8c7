"""What lookahead and ranking are worth: the same poems written in four ways, before a judge who read others.

    python benchmarks/verse/lookahead.py --models tang-half --judge tang-judge
    python benchmarks/verse/lookahead.py --models tang-half --judge tang-judge --scan 0,0.25,0.5,0.75,1
    python benchmarks/verse/lookahead.py --models forward,backward --judge other --forms sonnet

The ways: mask only (one try, nothing ahead), lookahead alone, ranking alone (the best of 16 tries), and
both. English forms need no lookahead, so there the ways are one try and the best of many, and several
models can be set beside each other, such as one that writes lines from their ends.

Every way is given the same wishes, of each kind in turn, always with two themes, and the same seeds. The
judge is another model, best trained on the other half of the corpus (halves.py); it is told the
poem and nothing else. Poems of one set of wishes are no independent draws, so the standard errors are
those of the means over sets of wishes, and the differences are taken within each set:

- log-probability a character under the judge, of all characters but the end, and of letters or
  ideographs alone; the difference is to the first row;
- themes: the share of the theme's words that stand in the poem; distinct: the share of its characters
  (words) that stand there for the first time; copied: the share of its lines that the writer's model knows.
"""

from __future__ import annotations

import argparse
import math
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from unicodedata import category

import numpy as np
import torch
from numpy.typing import NDArray
from random_wishes import ChineseWishes, Wishing, wishing_for
from torch.nn import functional as F

from generator import checkpoint
from generator.checkpoint import Checkpoint
from generator.command import Parser, run
from generator.config import SamplingConfig, VerseConfig
from generator.corpus.packing import turned
from generator.decoding import Poet, Writer, compose
from generator.decoding.verse import spellings
from generator.errors import GeneratorError
from generator.evaluation.stream import judged
from generator.text.chinese.analysis import lines_of
from generator.text.english import words_of
from generator.text.forms.form import Form
from generator.text.forms.load import find_form

FORMS = {"zh": "qijue,wulv", "en": "sonnet"}
MEASURES = ("all", "letters", "themes", "distinct", "copied", "seconds")


class Judge:
    """A model that is told a poem and nothing else."""

    def __init__(self, loaded: Checkpoint) -> None:
        self.model, self.tokenizer = loaded.model, loaded.tokenizer
        self.backward = bool(loaded.config.get("backward"))
        texts = [content.decode() for content in self.tokenizer.byte_table]
        self.letters = torch.tensor([bool(text) and category(text[0]).startswith("L") for text in texts])

    def __call__(self, texts: Sequence[str]) -> list[tuple[float, float]]:
        """For each poem the mean log-probability of its characters, and of its letters, in nats.

        Each is read from the zero state behind a boundary; its end is not charged.
        """
        ids = [self.tokenizer.encode(turned(text) if self.backward else text).astype(np.int64) for text in texts]
        longest = max(map(len, ids))
        table = torch.full((len(ids), longest + 1), self.tokenizer.boundary, dtype=torch.int64)
        for row, tokens in enumerate(ids):
            table[row, 1 : len(tokens) + 1] = torch.from_numpy(tokens)
        with judged(self.model):
            logits, _ = self.model(table[:, :-1])
            costs = F.cross_entropy(logits.float().flatten(0, 1), table[:, 1:].flatten(), reduction="none")
        costs = costs.view(len(ids), longest)
        found = []
        for row, tokens in enumerate(ids):
            own, letters = costs[row, : len(tokens)], self.letters[table[row, 1 : len(tokens) + 1]]
            found.append((-float(own.mean()), -float(own[letters].mean())))
        return found


@dataclass(frozen=True)
class Way:
    """A way to write: who, with which lookahead, and how many tries."""

    title: str
    poet: Poet
    lookahead: float
    candidates: int

    def write(self, wish: VerseConfig, seed: int, count: int) -> list[str]:
        """Poems as the corpus would have them, lines from their beginnings."""
        wish = replace(wish, lookahead=self.lookahead, candidates=self.candidates)
        generation = compose(self.poet, wish, SamplingConfig(seed=seed), count=count)
        generation.finish = str
        return [sample.text for sample in generation.samples()]


def ways_of(names: Sequence[str], poets: Sequence[Poet], options: argparse.Namespace) -> list[Way]:
    """The rows of the table."""
    found = []
    many, weight = options.candidates, options.lookahead
    for name, poet in zip(names, poets, strict=True):
        if poet.language == "en":
            settings = [("one try", 0.0, 1), (f"best of {many}", 0.0, many)]
        elif options.scan:
            weights = [float(one) for one in options.scan.split(",")]
            settings = [(f"λ {one:g}, best of {tries}", one, tries) for tries in (1, many) for one in weights]
        else:
            settings = [
                ("mask only", 0.0, 1), (f"lookahead {weight:g}", weight, 1), (f"best of {many}", 0.0, many),
                ("both", weight, many),
            ]  # fmt: skip
        found += [Way(f"{name}: {title}" if len(names) > 1 else title, poet, *rest) for title, *rest in settings]
    return found


def with_themes(wish: VerseConfig, wishing: Wishing) -> VerseConfig:
    """The wishes with two themes."""
    if isinstance(wishing, ChineseWishes):
        words = [wishing.run(int(wishing.random.integers(1, 3))) for _ in range(2)]
    else:
        words = [wishing.one_of(wishing.poet.writer.tag_fields.get("theme", ["love"])) for _ in range(2)]
    return replace(wish, theme=",".join(words))


def accepted(wish: VerseConfig, poets: Sequence[Poet]) -> bool:
    """Whether all poets can meet the wishes."""
    try:
        for poet in poets:
            compose(poet, replace(wish, lookahead=0.0), SamplingConfig(seed=0))
    except GeneratorError:
        return False
    return True


def measures(text: str, wish: VerseConfig, poet: Poet) -> tuple[float, float, float]:
    """Themes, distinct and copied of a poem."""
    known = poet.aids.known
    if poet.language == "zh":
        lines = [line.text for line in lines_of(text)]
        units: Sequence[str] = "".join(lines)
        found = [any(one in text for one in spellings(theme)) for theme in wish.themes]
        read = lines
    else:
        units = words_of(text)
        found = [theme in units or f"{theme}s" in units for theme in wish.themes]
        read = text.split("\n")
    copied = 0.0 if known is None else sum(line in known for line in read) / len(read)
    return sum(found) / len(found), len(set(units)) / len(units), copied


def written(
    form: Form, ways: Sequence[Way], judge: Judge, wishing: Wishing, options: argparse.Namespace
) -> dict[str, NDArray[np.float64]]:
    """The means over the poems of each set of wishes: for each measure [wishes, ways]."""
    table: defaultdict[str, list[list[float]]] = defaultdict(list)
    poets = list({id(way.poet): way.poet for way in ways}.values())
    kinds, number, refused, begun = wishing.kinds_of(form), 0, 0, time.perf_counter()
    while len(table[MEASURES[0]]) < options.wishes:
        wish = with_themes(wishing.draw(form, kinds[number % len(kinds)]), wishing)
        if not accepted(wish, poets):
            refused += 1
            continue
        number += 1
        try:
            rows = [one_way(way, wish, number * 1000, judge, options.each) for way in ways]
        except GeneratorError as error:
            print(f"{wish}: {error.message}", file=sys.stderr)
            continue
        for measure, values in zip(MEASURES, zip(*rows, strict=True), strict=True):
            table[measure].append(list(values))
        told = f"{form.name}: {number} of {options.wishes} sets of wishes, {refused} refused"
        print(f"\r{told}, {time.perf_counter() - begun:.0f} s", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return {measure: np.array(values) for measure, values in table.items()}


def one_way(way: Way, wish: VerseConfig, seed: int, judge: Judge, count: int) -> tuple[float, ...]:
    """The means of all measures over the poems of one way."""
    started = time.perf_counter()
    texts = way.write(wish, seed, count)
    seconds = (time.perf_counter() - started) / count
    found = [
        (*likelihood, *measures(text, wish, way.poet), seconds)
        for text, likelihood in zip(texts, judge(texts), strict=True)
    ]
    return tuple(np.mean(found, axis=0).tolist())


def with_error(values: NDArray[np.float64]) -> str:
    """A mean and its standard error."""
    error = float(values.std(ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else math.nan
    return f"{values.mean():.4f} ± {error:.4f}"


def work(options: argparse.Namespace) -> None:
    """Write, judge, and print the table."""
    names = options.models.split(",")
    judge = Judge(checkpoint.load(options.judge))
    poets = []
    for name in names:
        loaded = checkpoint.load(name)
        poets.append(Poet.of(loaded, Writer.of(loaded, options.precision)))
    wishing = wishing_for(poets[0], options.seed)
    ways = ways_of(names, poets, options)
    print(
        "| form | way | poems | log-prob a character | against the first | of letters alone | against the first "
        "| themes | distinct | copied | s a poem |"
    )
    print("|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|")
    for name in (options.forms or FORMS[poets[0].language]).split(","):
        form = find_form(name)
        found = written(form, ways, judge, wishing, options)
        for column, way in enumerate(ways):
            cells = []
            for measure in ("all", "letters"):
                values = found[measure]
                cells.append(with_error(values[:, column]))
                cells.append(with_error(values[:, column] - values[:, 0]) if column else "")
            rest = [f"{found[measure][:, column].mean():.3f}" for measure in MEASURES[2:]]
            poems = options.wishes * options.each
            print(f"| {form.name} | {way.title} | {poems:,} | {' | '.join([*cells, *rest])} |", flush=True)


def main() -> int:
    """Run the command."""
    parser = Parser("lookahead", __doc__ or "")
    parser.prog = "python benchmarks/verse/lookahead.py"
    parser.add_argument("--models", required=True, metavar="NAMES", help="who writes; several are set side by side")
    parser.add_argument("--judge", required=True, metavar="MODEL", help="who judges")
    parser.add_argument("--forms", metavar="NAMES", help="default: qijue,wulv, or sonnet")
    parser.add_argument("--wishes", type=int, default=200, metavar="N", help="sets of wishes (default: 200)")
    parser.add_argument("--each", type=int, default=5, metavar="N", help="poems of each set and way (default: 5)")
    parser.add_argument("--candidates", type=int, default=16, metavar="N", help="tries that are ranked (default: 16)")
    parser.add_argument(
        "--lookahead", type=float, default=VerseConfig().lookahead, metavar="λ", help="(default: what people get)"
    )
    parser.add_argument("--scan", metavar="WEIGHTS", help="these lookahead weights, each with one try and with many")
    parser.add_argument("--seed", type=int, default=1, help="of the wishes (default: 1)")
    parser.add_argument("--precision", default="float32", help="arithmetic (default: float32)")
    return run(parser, work)


if __name__ == "__main__":
    sys.exit(main())
