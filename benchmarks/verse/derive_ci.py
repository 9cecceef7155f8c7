"""Derive the forms of the commonest lyric tunes (詞牌) from poems written to them.

    python benchmarks/verse/derive_ci.py FOLDER [--tunes 40] [--write]

FOLDER holds the song lyrics of chinese-poetry (JSON: ``rhythmic``, ``paragraphs``). For each tune it
finds the line lengths that most poems have, which lines rhyme with which, and at which places
(nearly) all poems have one tone; it prints how many poems each form covers, and with --write puts
the forms into ``generator/text/forms/data/zh/ci``. What is written is counted from the poems and holds
none of their words.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path

from pypinyin import lazy_pinyin

from generator.text.chinese.script import to_traditional
from generator.text.chinese.sounds import rhymebook
from generator.text.forms import Form, Line, Pattern, form_text, read_form

HOME = Path(__file__).resolve().parents[2] / "generator" / "text" / "forms" / "data" / "zh" / "ci"
LINE = re.compile(r"([^，。]+)([，。])")
SPELT = {  # where a character is not read as it mostly is
    "长相思": "changxiangsi",
    "清平乐": "qingpingyue",
    "齐天乐": "qitianyue",
    "生查子": "shengzhazi",
    "踏莎行": "tasuoxing",
}
LOST = "失调名"  # the tune is not known
LEAST_SHARE, LEAST_POEMS, MOST_PATTERNS = 0.05, 15, 4  # what makes a variant of the lengths a pattern
RHYMING = 0.55  # of the poems, for two lines to count as rhyming; strangers rhyme in about 0.1
REQUIRED = 0.8  # of the poems, for a line to have to join the rhyme of its class
MIXED = 0.1  # of the poems with the rarer tone of rhyme, for the tune to have a pattern for each tone
REPEATED = 0.8  # of the poems, for a line to be a refrain
ONE_TONE = 0.95  # of the poems, for a place to have a tone due
TOLERANCE = 20  # characters for each that may have another tone, when a poem is counted as keeping the tones
LEAST_NAMED = 3  # poems under another name, for that to be a name of the tune
WORTH = 0.4  # of the poems of a tune, for its form to be worth having
REPEATING = 0.25  # of the poems; above it a tune is one whose rhymes may come again

Verse = tuple[str, str]  # a line and the punctuation after it
Poem = list[Verse]


@dataclass
class Tune:
    """The poems written to a tune, and the other names that it goes by."""

    names: Counter[str]
    poems: list[Poem]
    damaged: int = 0


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tunes", type=int, default=40, help="how many of the commonest to look at")
    parser.add_argument("--write", action="store_true", help="write the form files")
    options = parser.parse_args()
    tunes = read(options.folder)
    commonest = sorted(tunes, key=lambda name: -len(tunes[name].poems))[: options.tunes]
    print("| tune | poems | patterns | lengths kept | and rhymes | and tones | rhymes as |")
    print("|---|---|---|---|---|---|---|")
    for name in commonest:
        form, row = derive(name, tunes[name], set(tunes))
        print(row)
        if form and options.write:
            HOME.mkdir(exist_ok=True)
            path = HOME / f"{spelling(name)}.toml"
            path.write_text(form_text(halved(form, path)), encoding="utf-8")


def halved(form: Form, path: Path) -> Form:
    """The form with the ends of the halves that its file has: set by hand, as the poems do not show them."""
    known = read_form(path).patterns if path.is_file() else ()
    ends = {tuple(line.length for line in one.lines): [line.stanza for line in one.lines] for one in known}
    patterns = []
    for pattern in form.patterns:
        stanzas = ends.get(tuple(line.length for line in pattern.lines), [False] * len(pattern.lines))
        lines = tuple(replace(line, stanza=ended) for line, ended in zip(pattern.lines, stanzas, strict=True))
        patterns.append(replace(pattern, lines=lines))
    return replace(form, patterns=tuple(patterns))


def read(folder: Path) -> dict[str, Tune]:
    """The poems by tune; "A・B" in the data is a poem titled A to the tune B."""
    tunes: dict[str, Tune] = defaultdict(lambda: Tune(Counter(), []))
    for path in sorted(folder.glob("ci.song.*.json")):
        for poem in json.loads(path.read_text(encoding="utf-8")):
            *others, name = poem["rhythmic"].split("・")
            if LOST in (name, *others):
                continue
            tune = tunes[name]
            tune.names.update(others)
            text = "".join(poem["paragraphs"]).replace("、", "")
            lines = LINE.findall(text)
            # □ stands for a lost character; what no line holds is a note or another sign of damage.
            if "□" in text or "".join(line + end for line, end in lines) != text or not lines:
                tune.damaged += 1
            else:
                tune.poems.append(LINE.findall(to_traditional(text)))
    return dict(tunes)


def derive(name: str, tune: Tune, tunes: set[str]) -> tuple[Form | None, str]:
    """The form of a tune with its row of the table; no form where it would cover too few poems."""
    shapes = Counter(shape(poem) for poem in tune.poems)
    total = len(tune.poems)
    chosen = [
        lengths
        for lengths, count in shapes.most_common(MOST_PATTERNS)
        if count >= max(LEAST_POEMS, LEAST_SHARE * total)
    ]
    by_shape: dict[tuple[int, ...], list[Pattern]] = {}
    kindred: set[tuple[str, str]] = set()
    for number, lengths in enumerate(chosen, start=1):
        poems = [poem for poem in tune.poems if shape(poem) == lengths]
        by_shape[lengths] = []
        for title, own in by_tone(f"体{number}", poems):
            pattern, kin = pattern_of(title, own)
            by_shape[lengths].append(pattern)
            if not patterns_differ(by_shape[chosen[0]][0], pattern):
                kindred |= kin
    patterns = [pattern for found in by_shape.values() for pattern in found]
    of_length = [poem for poem in tune.poems if shape(poem) in by_shape]
    rhyming = [poem for poem in of_length if any(keeps_rhymes(poem, pattern) for pattern in by_shape[shape(poem)])]
    toned = [
        poem
        for poem in rhyming
        if any(keeps_rhymes(poem, pattern) and keeps_tones(poem, pattern) for pattern in by_shape[shape(poem)])
    ]
    schemes = " / ".join("".join(line.rhyme or "-" for line in pattern.lines) for pattern in patterns)
    shares = [len(kept) / total for kept in (of_length, rhyming, toned)]
    row = (
        f"| {name} | {total} | {len(patterns)} | " + " | ".join(f"{share:.3f}" for share in shares) + f" | {schemes} |"
    )
    if not patterns or shares[1] < WORTH or not any(line.rhyme for line in patterns[0].lines):
        return None, row + " left out"
    names = [other for other, count in tune.names.most_common() if count >= LEAST_NAMED and is_name(other, name, tunes)]
    spelt = spelling(name)
    aliases = dict.fromkeys([name, to_traditional(name), f"ci:{to_traditional(name)}", spelt, f"ci:{spelt}", *names])
    return (
        Form(
            name=f"ci:{name}",
            language="zh",
            title={"zh": name, "en": f"lyric to the tune {spelt.capitalize()}"},
            aliases=tuple(aliases),
            patterns=tuple(patterns),
            distinct_rhymes=repeated(rhyming, by_shape) < REPEATING,
            kindred=tuple(sorted(kindred)),
            book="cilin",
            coverage=round(shares[1], 3),
            note=f"Counted from {total} Song lyrics: {shares[0]:.1%} have these lengths, "
            f"{shares[1]:.1%} these rhymes, too.",
        ),
        row,
    )


def repeated(poems: Sequence[Sequence[Verse]], patterns: Mapping[tuple[int, ...], Sequence[Pattern]]) -> float:
    """The share of poems in which a character stands twice among the lines of one rhyme, as 秦楼月，秦楼月 does."""
    found = 0
    for poem in poems:
        lines = next(pattern for pattern in patterns[shape(poem)] if keeps_rhymes(poem, pattern)).lines
        ends = [
            (line.rhyme, verse[0][-1])
            for verse, line in zip(poem, lines, strict=True)
            if line.rhyme and line.refrain is None
        ]
        found += len(set(ends)) < len(ends)
    return found / max(len(poems), 1)


def spelling(name: str) -> str:
    """The name of a tune in pinyin without tones."""
    return SPELT.get(name) or "".join(lazy_pinyin(name))


def is_name(other: str, name: str, tunes: set[str]) -> bool:
    """Whether another name is just that: not a tune of its own, nor a changed one like 摊声浣溪沙, nor a slip."""
    return other not in tunes and name not in other and sorted(other) != sorted(name)


def shape(poem: Sequence[Verse]) -> tuple[int, ...]:
    return tuple(len(line) for line, _ in poem)


def patterns_differ(one: Pattern, other: Pattern) -> bool:
    return [line.rhyme for line in one.lines] != [line.rhyme for line in other.lines]


def by_tone(title: str, poems: list[Poem]) -> list[tuple[str, list[Poem]]]:
    """The poems as they are, or parted by the tone of their rhyme where a tune is written in either."""
    book = rhymebook("cilin")
    pattern, _ = pattern_of(title, poems)
    if len({line.rhyme for line in pattern.lines if line.rhyme}) != 1:
        return [(title, poems)]
    places = [index for index, line in enumerate(pattern.lines) if line.rhyme]
    parted: dict[str, list[Poem]] = {"平": [], "仄": []}
    for poem in poems:
        for tone in shared_tones([book.rhymes(poem[index][0][-1]) for index in places]):
            parted[tone].append(poem)
    if min(map(len, parted.values())) < max(LEAST_POEMS, MIXED * len(poems)):
        return [(title, poems)]
    return [(f"{title}{tone}韵", own) for tone, own in sorted(parted.items(), key=lambda found: -len(found[1]))]


def pattern_of(name: str, poems: Sequence[Sequence[Verse]]) -> tuple[Pattern, set[tuple[str, str]]]:
    """The pattern of poems of one shape, and the letters of it that are the two tones of one part."""
    book = rhymebook("cilin")
    count = len(poems[0])
    rhymes = [[book.rhymes(line[-1]) for line, _ in poem] for poem in poems]
    ends = [Counter(poem[index][1] for poem in poems).most_common(1)[0][0] for index in range(count)]
    letters = rhyme_letters(rhymes, ends)
    tones: dict[str, str | None] = {}
    for letter in sorted(set(letters.values())):
        own = [index for index in letters if letters[index] == letter]
        heard = Counter(tone for row in rhymes for tone in shared_tones([row[index] for index in own]))
        level = heard["平"] / max(1, heard.total())
        tones[letter] = "平" if level >= 0.9 else "仄" if level <= 0.1 else None
    lines: list[Line] = []
    for index in range(count):
        repeats = refrain(index, poems)
        due = [place_tone([poem[index][0][place] for poem in poems]) for place in range(len(poems[0][index][0]))]
        letter = letters.get(index)
        if repeats is not None:
            due = list(lines[repeats].tones[0] if lines[repeats].tones else "中" * len(due))
        elif letter:
            due[-1] = tones[letter] or "中"
        lines.append(
            Line(
                length=len(due),
                tones=("".join(due),) if set(due) != {"中"} else (),
                rhyme=letter,
                rhyme_tone=tones[letter] if letter else None,
                refrain=repeats,
                end=ends[index] if index < count - 1 else "。",
            )
        )
    return Pattern(name, tuple(lines)), set(kin(rhymes, letters, tones))


def refrain(index: int, poems: Sequence[Sequence[Verse]]) -> int | None:
    """The earlier line that this one repeats in most poems."""
    for earlier in range(index):
        if sum(poem[earlier][0] == poem[index][0] for poem in poems) >= REPEATED * len(poems):
            return earlier
    return None


def rhyme_letters(rhymes: Sequence[Sequence[frozenset[str]]], ends: Sequence[str]) -> dict[int, str]:
    """The letter of each line that rhymes: classes are joined, the closest first, while they rhyme on average."""
    count = len(ends)
    share = {
        (one, other): sum(bool(row[one] & row[other]) for row in rhymes) / len(rhymes)
        for one, other in combinations(range(count), 2)
    }
    classes = [[index] for index in range(count)]
    while True:
        linked = [
            (sum(share[min(a, b), max(a, b)] for a in one for b in other) / (len(one) * len(other)), one, other)
            for one, other in combinations(classes, 2)
        ]
        best = max(linked, default=(0.0, [], []))
        if best[0] < RHYMING:
            break
        classes = [one for one in classes if one not in best[1:]] + [sorted(best[1] + best[2])]
    # A line that rhymes only in some poems is free, and a class needs two lines.
    found = sorted(own for one in classes if len(own := [line for line in one if required(line, one, rhymes)]) > 1)
    return {index: chr(ord("A") + number) for number, own in enumerate(found) for index in own}


def required(line: int, own: Sequence[int], rhymes: Sequence[Sequence[frozenset[str]]]) -> bool:
    """Whether a line joins the rhyme that the other lines of its class have, in most poems."""
    joined = 0
    for row in rhymes:
        votes = Counter(group for index in own if index != line for group in row[index])
        joined += any(votes[group] == max(votes.values()) for group in row[line] if votes)
    return joined >= REQUIRED * len(rhymes)


def shared_tones(groups: Sequence[frozenset[str]]) -> Iterator[str]:
    """The tone of the group that most lines of a poem share."""
    votes = Counter(group for own in groups for group in own)
    if votes:
        yield rhymebook("cilin").tone_of_rhyme(votes.most_common(1)[0][0])


def place_tone(characters: Sequence[str]) -> str:
    """The tone that (nearly) all characters of a place have; those of both tones are not asked."""
    heard = [tones for character in characters if len(tones := rhymebook().tones(character)) == 1]
    if not heard:
        return "中"
    level = sum("平" in tones for tones in heard) / len(heard)
    return "平" if level >= ONE_TONE else "仄" if level <= 1 - ONE_TONE else "中"


def kin(
    rhymes: Sequence[Sequence[frozenset[str]]], letters: dict[int, str], tones: dict[str, str | None]
) -> Iterator[tuple[str, str]]:
    """The letters, a level and an oblique one, that are of one part of the book in most poems."""
    for level, oblique in combinations(sorted(tones), 2):
        if {tones[level], tones[oblique]} != {"平", "仄"}:
            continue
        one, other = (next(index for index in letters if letters[index] == letter) for letter in (level, oblique))
        together = [{g.split("·")[0] for g in row[one]} & {g.split("·")[0] for g in row[other]} for row in rhymes]
        if sum(map(bool, together)) / len(rhymes) >= RHYMING:
            yield (level, oblique) if tones[level] == "平" else (oblique, level)


def keeps_rhymes(poem: Sequence[Verse], pattern: Pattern) -> bool:
    """Whether all lines of each letter share a rhyme, of the tone due."""
    book = rhymebook("cilin")
    own: dict[str, list[frozenset[str]]] = defaultdict(list)
    tone: dict[str, str | None] = {}
    for (line, _), rule in zip(poem, pattern.lines, strict=True):
        if rule.rhyme:
            own[rule.rhyme].append(book.rhymes(line[-1]))
            tone[rule.rhyme] = rule.rhyme_tone
    return all(
        any(tone[letter] in (None, book.tone_of_rhyme(group)) for group in frozenset.intersection(*groups))
        for letter, groups in own.items()
    )


def keeps_tones(poem: Sequence[Verse], pattern: Pattern) -> bool:
    """Whether at most one character in twenty has another tone than is due."""
    wrong = total = 0
    for (line, _), rule in zip(poem, pattern.lines, strict=True):
        total += len(line)
        for character, due in zip(line, rule.tones[0] if rule.tones else "", strict=False):
            wrong += due != "中" and due not in (rhymebook().tones(character) or {due})
    return wrong * TOLERANCE <= total


if __name__ == "__main__":
    main()
