"""What form a poem keeps: famous poems by the tones of their lines, and whole libraries where they are at hand."""

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.text.chinese.analysis import Analysis, analyse, lines_of
from generator.text.chinese.sounds import rhymebook
from generator.text.forms import find_form

BOOK = rhymebook()
DATA = os.environ.get("GENERATOR_TEST_DATA", "")
TANG = Path(DATA) / "chinese-poetry" / "全唐诗"
needs_tang = pytest.mark.skipif(not DATA or not TANG.is_dir(), reason="GENERATOR_TEST_DATA holds no Tang poems")

# Facts of famous poems: title, form, pattern, rhyme, and the tones of their lines.
FAMOUS = [
    ("登鸛雀樓", "wujue", 0, "尤", "仄仄平平仄 平平仄仄平 仄平平仄仄 仄仄仄平平"),
    ("相思", "wujue", 0, "支", "平仄平平仄 平平仄仄平 仄平平仄仄 仄仄仄平平"),
    ("聽箏", "wujue", 2, "先", "平平平仄仄 仄仄仄平平 仄仄平平仄 平平仄仄平"),
    ("塞下曲", "wujue", 1, "豪", "仄仄仄平平 平平仄仄平 仄平平仄仄 仄仄仄平平"),
    ("早發白帝城", "qijue", 3, "刪", "平平仄仄仄平平 平仄平平仄仄平 仄仄平平平仄仄 平平仄仄仄平平"),
    ("楓橋夜泊", "qijue", 1, "先", "仄仄平平平仄平 平平平仄仄平平 平平平仄平平仄 仄仄平平仄仄平"),
    ("涼州詞", "qijue", 3, "灰", "平平仄仄仄平平 仄仄平平仄仄平 仄仄平平平仄仄 仄平平仄仄平平"),
    # The third line has the special form 平平仄平仄.
    ("江南逢李龜年", "qijue", 2, "文", "平平仄仄平平仄 平仄平平仄仄平 仄仄平平仄平仄 仄平平仄仄平平"),
    (
        "春望",
        "wulv",
        0,
        "侵",
        "仄仄平平仄 平平仄仄平 仄平平仄仄 仄仄仄平平 平仄平平仄 平平仄仄平 仄平平仄仄 平仄仄平平",
    ),
    (
        "山居秋暝",
        "wulv",
        2,
        "尤",
        "平平平仄仄 平仄仄平平 平仄平平仄 平平仄仄平 仄平平仄仄 平仄仄平平 平仄平平仄 平平仄仄平",
    ),
    (
        "旅夜書懷",
        "wulv",
        0,
        "尤",
        "仄仄平平仄 平平仄仄平 平平平仄仄 仄仄仄平平 平仄平平仄 平平仄仄平 平平平仄仄 平仄仄平平",
    ),
    (
        "登高",
        "qilv",
        1,
        "灰",
        "平仄平平平仄平 仄平平仄仄平平 平平仄仄平平仄 仄仄平平仄仄平 "
        "仄仄平平平仄仄 仄平平仄仄平平 平平仄仄平平仄 仄仄平平仄仄平",
    ),
]


@cache
def of_one_tone(tone: str, group: str | None = None) -> list[str]:
    """Characters that can be read in no other tone, of a rhyme group if one is given."""
    block = map(chr, range(0x4E00, 0xA000))
    return [
        character
        for character in block
        if BOOK.tones(character) == {tone} and (group is None or BOOK.rhymes(character) == {group})
    ]


POOL = {tone: of_one_tone(tone) for tone in "平仄"}


def sounding(tones: str, rhyme: str) -> str:
    """A poem of any characters with these tones, whose level last characters are of a rhyme."""
    group = BOOK.find_group(rhyme)
    rhyming = of_one_tone("平", group)
    lines = []
    for number, line in enumerate(tones.split()):
        characters = [POOL[tone][(number * 31 + place * 7) % len(POOL[tone])] for place, tone in enumerate(line)]
        if line[-1] == "平":
            characters[-1] = rhyming[number]
        lines.append("".join(characters) + "，。"[number % 2])
    return "\n".join("".join(lines[at : at + 2]) for at in range(0, len(lines), 2))


def keeps(analysis: Analysis, tones: str) -> Iterator[bool]:
    for due, line in zip(analysis.slots, tones.split(), strict=True):
        yield from (slot in ("中", tone) for slot, tone in zip(due, line, strict=True))


@pytest.mark.parametrize(("title", "form", "pattern", "rhyme", "tones"), FAMOUS, ids=[poem[0] for poem in FAMOUS])
def test_famous_poems_keep_their_forms(title: str, form: str, pattern: int, rhyme: str, tones: str) -> None:
    found = analyse(sounding(tones, rhyme))
    assert (found.form, found.pattern, found.deviations) == (form, pattern, 0)
    assert found.rhyme_group == BOOK.find_group(rhyme)
    assert found.rhyme_tone == "平"
    assert found.rhyme_lines == tuple(line[-1] == "平" for line in tones.split())
    assert all(keeps(found, tones))
    first_rhymes = "不入韵" not in find_form(form).patterns[pattern].name
    assert found.rhyme_lines[0] == first_rhymes


@given(st.sampled_from(FAMOUS), st.data())
def test_a_few_deviations_are_borne_and_more_are_not(poem: tuple[str, str, int, str, str], data: st.DataObject) -> None:
    _, form, _, rhyme, tones = poem
    lines = tones.split()
    # The second place of each line, and in sevens the fourth, too, is free in no pattern.
    wrong = data.draw(st.integers(0, len(lines)))
    changed = [
        line[0] + ("仄" if line[1] == "平" else "平") + line[2:] if number < wrong else line
        for number, line in enumerate(lines)
    ]
    found = analyse(sounding(" ".join(changed), rhyme))
    allowed = len("".join(lines)) // 20
    if wrong <= allowed:
        assert found.form == form
        assert found.deviations <= wrong
    elif found.pattern is not None:
        assert found.deviations <= allowed  # it happens to be near another pattern


@pytest.mark.parametrize("count", [10, 12, 14, 18, 40])
def test_a_long_regulated_poem_of_any_length_is_one(count: int) -> None:
    cycle = ["仄仄平平仄", "平平仄仄平", "仄平平仄仄", "仄仄仄平平"]
    found = analyse(sounding(" ".join(cycle[number % 4] for number in range(count)), "陽"))
    assert (found.form, found.pattern, found.deviations) == ("wupai", 0, 0)
    assert len(found.slots) == count


def test_an_old_style_poem_has_a_form_but_no_tones() -> None:
    found = analyse(sounding("平平平平平 平平平平平 平平平平平 平平平平平", "陽"))
    assert (found.form, found.pattern) == ("guwu", None)
    assert {slot for line in found.slots for slot in line} == {""}


@given(st.text(st.sampled_from([*"天地，。？！\n 　a1□", *POOL["平"][:50], *POOL["仄"][:50]]), max_size=80))
def test_any_text_is_borne(text: str) -> None:
    found = analyse(text)
    lines = lines_of(text)
    assert found.lengths == tuple(len(line.text) for line in lines)
    assert tuple(map(len, found.slots)) == found.lengths
    assert len(found.rhyme_lines) == len(lines)
    assert all(line.text in text for line in lines)


def test_lines_end_at_punctuation_and_at_line_breaks() -> None:
    assert lines_of("天地，玄黃。\n宇宙洪荒？日月") == [
        ("天地", "，"),
        ("玄黃", "。"),
        ("宇宙洪荒", "？"),
        ("日月", ""),
    ]
    assert lines_of("") == lines_of("，。\n") == []


@needs_tang
def test_regulated_tang_poems_rhyme_and_their_characters_are_known() -> None:
    poems = [
        "\n".join(poem["paragraphs"])
        for path in sorted(TANG.glob("poet.tang.*.json"))[::8]
        for poem in json.loads(path.read_text(encoding="utf-8"))
    ]
    found = [analysis for analysis in map(analyse, poems) if analysis.pattern is not None]
    assert len(found) > 2000
    assert sum(analysis.rhyme_group is not None for analysis in found) > 0.946 * len(found)
    running = [character for poem in poems for character in poem if "\u4e00" <= character <= "\u9fff"]
    assert sum(bool(BOOK.tones(character)) for character in running) > 0.997 * len(running)
