"""Does every poem keep its form? Many poems of each form, with wishes drawn at random, before the judge.

    python benchmarks/verse/forms.py --models tang,sonnets
    python benchmarks/verse/forms.py --models tang --forms qijue,duilian --count 100

For every form of each model it writes as many poems as are asked for, with wishes of each kind in turn:
none, an acrostic, a rhyme, words, a beginning, an upper line, several at once; Chinese ones in
either script and by other rhyme books at times. A request is one set of wishes and is made for several
poems side by side, each with its own seed. generator.text.checking, which shares no code with the
writer, judges every poem as it is shown (and as it was written, where that is another script): its
form to the last comma, and each wish.

- refused: requests that were turned down before anything was written, with a reason; those do not count
  as poems, and another is made in their place.
- failures: requests that broke off after writing began, and poems that did not come to their end.

The same seed gives the same poems. With --budget-minutes, forms are cut short evenly as time runs out.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
import traceback
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from zlib import crc32

from random_wishes import Wishing, wishing_for

from generator import checkpoint
from generator.command import Parser, run
from generator.config import SamplingConfig, VerseConfig
from generator.decoding import Generation, Poet, Writer, compose
from generator.errors import GeneratorError
from generator.text.checking import check, check_wishes
from generator.text.forms.form import Form
from generator.text.forms.load import find_form, list_forms

BESIDE = {"zh": (), "en": ("ABAB/8",)}  # schemes written inline, beside the forms of files
MOST_REFUSED = 12  # requests of one kind refused one after the other; then the next kind has its turn
SHOWN = 20  # troubles that are shown


@dataclass
class Tally:
    """What became of the requests of a form."""

    poems: int = 0
    broken: int = 0
    unkept: int = 0
    requests: int = 0
    refused: int = 0
    failed: int = 0
    seconds: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    turned_down: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Add up; the troubles are gathered."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def asked(wish: VerseConfig) -> str:
    """The wishes as a person would give them to generator.sample."""
    plain, words = VerseConfig().to_dict(), []
    for name, value in wish.to_dict().items():
        if value is True:
            words.append(f"--{name}")
        elif value != plain[name]:
            for one in value if isinstance(value, tuple) else (value,):
                words += [f"--{name}", str(one)]
    return shlex.join(words)


def broken_rules(text: str, raw: str, form: Form, wish: VerseConfig) -> list[str]:
    """What a poem breaks of its form: as it is shown, and as it was written."""
    book = (form.book or wish.book) if form.language == "zh" else None
    found = []
    for written in dict.fromkeys((text, raw) if form.language == "zh" else (text,)):
        found += [finding.said for finding in check(written, form, book=book, exact=True).broken]
    return found


def unkept_wishes(text: str, form: Form, wish: VerseConfig) -> list[str]:
    """Which wishes a poem does not keep."""
    book = (form.book or wish.book) if form.language == "zh" else None
    return check_wishes(
        text, form, acrostic=wish.acrostic, start=wish.start, rhyme=wish.rhyme, words=wish.word, upper=wish.upper,
        book=book,
    )  # fmt: skip


def texts_of(generation: Generation) -> tuple[list[str], list[bool]]:
    """What each row wrote, and whether it came to its end; nothing is worked out that is not asked for."""
    texts, ended = [""] * generation.count, [False] * generation.count
    for step in generation:
        texts = [text + gained for text, gained in zip(texts, step.texts, strict=True)]
        ended = step.finished.tolist()
    return texts, ended


def one_request(poet: Poet, form: Form, kind: str, wish: VerseConfig, seed: int, count: int, tally: Tally) -> bool:
    """Ask for poems and judge them; says whether the request was accepted."""
    tally.requests += 1
    trouble = f"{asked(wish)} --seed {seed} -n {count}"
    started = time.perf_counter()
    try:
        generation = compose(poet, wish, SamplingConfig(seed=seed), count=count)
    except GeneratorError as error:
        tally.refused += 1
        tally.turned_down[kind] += 1
        tally.turned_down[type(error).__name__] += 1
        tally.reasons.append(f"{trouble}: {type(error).__name__}: {error.message} {error.hint}")
        return False
    except Exception:
        tally.failed += 1
        tally.troubles.append(f"{trouble}: {traceback.format_exc().splitlines()[-1]}")
        return True
    try:
        raw, ended = texts_of(generation)
    except Exception as error:
        tally.failed += 1
        tally.troubles.append(f"{trouble}: {type(error).__name__}: {error}")
        return True
    tally.seconds += time.perf_counter() - started
    said: defaultdict[str, list[int]] = defaultdict(list)  # what is wrong, and with which rows
    for row, (written, whole) in enumerate(zip(raw, ended, strict=True)):
        tally.poems += 1
        tally.kinds[kind] += 1
        if not whole:
            tally.failed += 1
            said["no end"].append(row)
            continue
        shown = generation.finish(written)
        wrong, missing = broken_rules(shown, written, form, wish), unkept_wishes(shown, form, wish)
        tally.broken += bool(wrong)
        tally.unkept += bool(missing)
        for what in (*wrong, *missing):
            said[what].append(row)
    rows = {what: ", ".join(map(str, found)) for what, found in said.items()}
    tally.troubles += [f"{trouble}, poem {number}: {what}" for what, number in rows.items()]
    return True


def one_form(poet: Poet, wishing: Wishing, form: Form, count: int, rows: int, until: float) -> Tally:
    """Write and judge the poems of a form."""
    tally, seed = Tally(), crc32(form.name.encode())
    kinds = wishing.kinds_of(form)
    turn = refusals = 0
    while tally.poems < count and tally.failed < count and time.perf_counter() < until:
        kind = kinds[turn % len(kinds)]
        size = min(rows, count - tally.poems)
        accepted = one_request(poet, form, kind, wishing.draw(form, kind), seed, size, tally)
        refusals = 0 if accepted else refusals + 1
        if accepted or refusals == MOST_REFUSED:
            turn, refusals = turn + 1, 0
        seed += rows
    return tally


def measured(options: argparse.Namespace) -> Iterator[tuple[str, Form, Tally]]:
    """Each form of each model with what became of it."""
    begun = time.perf_counter()
    work: list[tuple[str, Poet, Wishing, Form]] = []
    for name in options.models.split(","):
        loaded = checkpoint.load(name)
        poet = Poet.of(loaded, Writer.of(loaded, options.precision))
        forms = [*list_forms(poet.language), *map(find_form, BESIDE[poet.language])]
        if options.forms:
            chosen = [find_form(one) for one in options.forms.split(",")]
            forms = [form for form in chosen if form.language == poet.language]
        wishing = wishing_for(poet, options.seed)
        work += [(name, poet, wishing, form) for form in forms]
    for number, (name, poet, wishing, form) in enumerate(work):
        until = float("inf")
        if options.budget_minutes:
            left = begun + options.budget_minutes * 60 - time.perf_counter()
            until = time.perf_counter() + left / (len(work) - number)
        tally = one_form(poet, wishing, form, options.count, options.rows, until)
        told = f"{number + 1}/{len(work)} {name} {form.name}: {tally.poems} poems, {tally.refused} refused"
        print(f"{told}, {time.perf_counter() - begun:.0f} s", file=sys.stderr, flush=True)
        if options.reasons:
            print("\n".join(tally.reasons), file=sys.stderr)
        yield name, form, tally


def row(title: str, tally: Tally) -> str:
    """One line of the table of forms."""
    each = tally.seconds / max(tally.poems, 1)
    return (
        f"| {title} | {tally.poems:,} | {tally.broken} | {tally.unkept} | {tally.requests:,} | {tally.refused:,} "
        f"| {tally.failed} | {each:.4f} |"
    )


def work(options: argparse.Namespace) -> int:
    """Measure, and print the tables."""
    print("| form | poems | break the form | break a wish | requests | refused before writing | failures | s a poem |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    totals: defaultdict[str, Tally] = defaultdict(Tally)
    for name, form, tally in measured(options):
        print(row(f"{name}: {form.name}", tally), flush=True)
        totals[name].add(tally)
    for name, total in totals.items():
        print(row(f"**{name}: all**", total))
    print("\n| model | wish | poems | requests of it refused |")
    print("|---|---|---:|---:|")
    for name, total in totals.items():
        for kind in sorted({*total.kinds, *total.turned_down}):
            if kind in total.kinds or kind.islower():
                print(f"| {name} | {kind} | {total.kinds[kind]:,} | {total.turned_down[kind]:,} |")
        errors = {kind: count for kind, count in total.turned_down.items() if not kind.islower()}
        print(f"| {name} | refused as | {', '.join(f'{kind} {count:,}' for kind, count in errors.items())} | |")
    troubles = [f"{name}: {trouble}" for name, total in totals.items() for trouble in total.troubles]
    for trouble in troubles[:SHOWN]:
        print(trouble, file=sys.stderr)
    print(f"{len(troubles)} troubles; the first {SHOWN} are shown" if troubles else "no trouble", file=sys.stderr)
    return 1 if troubles else 0


def main() -> int:
    """Run the command."""
    parser = Parser("forms", __doc__ or "")
    parser.prog = "python benchmarks/verse/forms.py"
    parser.add_argument("--models", default="tang,sonnets", metavar="NAMES", help="default: tang,sonnets")
    parser.add_argument("--forms", metavar="NAMES", help="only these forms, parted by commas")
    parser.add_argument("--count", type=int, default=1000, metavar="N", help="poems of each form (default: 1000)")
    parser.add_argument("--rows", type=int, default=20, metavar="N", help="poems of one request (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="of the wishes (default: 1)")
    parser.add_argument("--budget-minutes", type=float, metavar="M", help="stop after so many minutes in all")
    parser.add_argument("--reasons", action="store_true", help="also show every request that was refused, and why")
    parser.add_argument(
        "--precision", default="float32", help="arithmetic; auto may be another one each time (default: float32)"
    )
    return run(parser, work)


if __name__ == "__main__":
    sys.exit(main())
