"""The line notation and form files: what is written is read back, and what is wrong is refused."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import ConfigError
from generator.text.forms import Form, Line, Pattern, form_text, parse_form
from generator.text.forms.notation import read_line, read_lines, write_line, write_lines

words = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
names = words.filter(bool)


@st.composite
def chinese_lines(draw: Callable[[Any], Any]) -> Line:
    length = draw(st.integers(1, 11))
    tone = draw(st.sampled_from([None, "平", "仄"]))
    rhyme = draw(st.sampled_from([None, "A", "b"]))
    ends = ["中", tone] if rhyme and tone else list("平仄中")
    body = st.text("平仄中", min_size=length - 1, max_size=length - 1)
    tones = draw(st.lists(st.builds(str.__add__, body, st.sampled_from(ends)), max_size=2))
    return Line(
        length=length,
        tones=tuple(tones),
        rhyme=rhyme,
        rhyme_tone=tone if rhyme else None,
        end=draw(st.sampled_from(["", "，", "。"])),
        stanza=draw(st.booleans()),
    )


@st.composite
def english_lines(draw: Callable[[Any], Any]) -> Line:
    stress = draw(st.lists(st.text("x/.", min_size=1, max_size=12), max_size=3))
    lengths = [len(pattern) for pattern in stress]
    least = draw(st.integers(1, min(lengths, default=10)))
    most = draw(st.integers(max(lengths, default=least), 20))
    return Line(
        syllables=(least, most),
        stress=tuple(stress),
        rhyme=draw(st.sampled_from([None, "A", "c"])),
        stanza=draw(st.booleans()),
    )


@settings(max_examples=40)
@given(st.lists(chinese_lines(), min_size=1, max_size=4))
def test_chinese_lines_are_read_back(lines: list[Line]) -> None:
    assert read_lines(write_lines(lines), "zh") == tuple(lines)


@settings(max_examples=40)
@given(st.lists(english_lines(), min_size=1, max_size=4))
def test_english_lines_are_read_back(lines: list[Line]) -> None:
    assert read_lines(write_lines(lines), "en") == tuple(lines)


@settings(max_examples=40)
@given(chinese_lines(), names, names, words, words, words, st.booleans(), st.booleans())
def test_a_form_is_read_back_from_its_file(
    line: Line, name: str, alias: str, title: str, language: str, note: str, opposed: bool, distinct: bool
) -> None:
    twin = dataclasses.replace(line, rhyme=None, rhyme_tone=None, refrain=0)
    form = Form(
        name=name,
        language="zh",
        title={"zh": title, language: note},
        aliases=(alias,),
        patterns=(Pattern(note, (line, twin)), Pattern(title, (line, line))),
        pairs=((0, 1),),
        opposed=opposed,
        distinct_rhymes=distinct,
        kindred=(("A", "B"),),
        book="cilin",
        coverage=0.5,
        note=note,
    )
    assert parse_form(form_text(form)) == form


def test_the_notation_says_what_the_documents_say() -> None:
    assert read_line("中平中仄中平仄，", "zh") == Line(length=7, tones=("中平中仄中平仄",), end="，")
    assert read_line("平平中仄平|仄平平仄平。 A平", "zh") == Line(
        length=5, tones=("平平中仄平", "仄平平仄平"), rhyme="A", rhyme_tone="平", end="。"
    )
    assert read_line("5。 B", "zh") == Line(length=5, rhyme="B", end="。")
    assert read_line("x/x/x/x/x/ A", "en") == Line(syllables=(10, 10), stress=("x/x/x/x/x/",), rhyme="A")
    assert read_line("8-9 B", "en") == Line(syllables=(8, 9), rhyme="B")
    assert read_lines(["5", "", "5 =1"], "en") == (
        Line(syllables=(5, 5), stanza=True),
        Line(syllables=(5, 5), refrain=0),
    )
    assert write_line(Line(syllables=(10, 11), stress=("x/x/x/x/x/", "x/x/x/x/x/x"))) == "x/x/x/x/x/|x/x/x/x/x/x"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("平平x平，", "zh"),
        ("平平|平平平，", "zh"),
        ("|，", "zh"),
        ("0，", "zh"),
        ("，", "zh"),
        ("5。 A平 %", "zh"),
        ("5。 =1", "zh"),
        ("5 A平", "en"),
        ("9-8", "en"),
        ("8x/x/", "en"),
        ("x/||x/", "en"),
        ("平平", "en"),
        ("8 A =0", "en"),
    ],
)
def test_a_line_that_cannot_be_is_refused(text: str, language: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read_line(text, language)
    assert caught.value.hint


GOOD = 'name = "mine"\nlanguage = "zh"\n[[pattern]]\nname = "one"\nlines = ["5，", "5。 A"]\n'


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("name =", "nme =", "nme"),
        ('"zh"', '"fr"', "fr"),
        ('"zh"', "7", "language"),
        ("lines =", "linse =", "linse"),
        ('lines = ["5，", "5。 A"]', "lines = [5]", "strings"),
        ('lines = ["5，", "5。 A"]', "lines = []", "no lines"),
        ('lines = ["5，", "5。 A"]', 'cycle = ["5，"]', "counts"),
        ('lines = ["5，", "5。 A"]', 'cycle = ["5，"]\ncounts = [0]', "0 lines"),
        ('lines = ["5，", "5。 A"]', 'lines = ["", "5。"]', "stanza"),
        ('"5。 A"', '"中中中中仄。 A平"', "rhymes in 平"),
        ('["5，", "5。 A"]', '["5， A仄", "5。 A平"]', "two tones"),
        ('"zh"\n', '"zh"\npairs = [[1, 3]]\n', "1 and 3"),
        ('"zh"\n', '"zh"\npairs = [[1]]\n', "twos"),
        ('["5，", "5。 A"]', '["5，", "5。 A"', "TOML"),
        ("[[pattern]]", "[pattern]", "pattern"),
    ],
)
def test_a_file_that_cannot_be_is_refused_by_name(old: str, new: str, said: str) -> None:
    assert parse_form(GOOD).name == "mine"
    with pytest.raises(ConfigError, match=r"mine\.toml") as caught:
        parse_form(GOOD.replace(old, new, 1), "mine.toml")
    assert said in str(caught.value)


def test_a_cycle_makes_a_pattern_of_each_count() -> None:
    form = parse_form(GOOD.replace("lines =", 'counts = [4, 5]\ncycle = ["7，", "7。 A"]\nlines ='))
    assert [[line.length for line in pattern.lines] for pattern in form.patterns] == [[5, 5, 7, 7], [5, 5, 7, 7, 7]]
    assert parse_form(form_text(form)) == form
