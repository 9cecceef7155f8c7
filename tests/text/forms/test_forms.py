"""The forms that come with the program, against the rules of their art written out a second time."""

from itertools import pairwise
from pathlib import Path

import pytest

from generator.errors import ConfigError
from generator.text.forms import Line, draw, find_form, form_text, list_forms, parse_form
from generator.text.forms.file import check

CHINESE = list_forms("zh")
REGULATED = ["wujue", "qijue", "wulv", "qilv", "wupai", "qipai"]
TUNES = [form for form in CHINESE if form.name.startswith("ci:")]


def strict(line: Line) -> str:
    """The tones of a line at its even places and its last, which no freedom touches, by its first pattern."""
    return "".join(line.tones[0][place] for place in (*range(1, line.length or 0, 2), -1))


@pytest.mark.parametrize("name", REGULATED)
def test_regulated_verse_opposes_within_couplets_and_adheres_between_them(name: str) -> None:
    """對: a lower line opposes its upper at the second, fourth and sixth place; 黏: the next takes it up."""
    form = find_form(name)
    size = form.patterns[0].lines[0].length
    for pattern in form.patterns:
        tones = [strict(line)[: (size or 0) // 2] for line in pattern.lines]
        assert all("中" not in line for line in tones)
        for number in range(len(tones) - 1):
            same = tones[number] == tones[number + 1]
            assert same == (number % 2 == 1), pattern.name
        # Within a line the even places alternate.
        assert all(one != other for line in tones for one, other in pairwise(line))
        assert ("平起" in pattern.name) == (tones[0][0] == "平")
        assert ("不入韵" not in pattern.name) == (pattern.lines[0].rhyme == "A")


@pytest.mark.parametrize("name", REGULATED)
def test_regulated_verse_rhymes_level_in_the_even_lines_and_ends_the_others_oblique(name: str) -> None:
    for pattern in find_form(name).patterns:
        for number, line in enumerate(pattern.lines):
            rhymes = number % 2 == 1 or (number == 0 and "不入韵" not in pattern.name)
            assert line.rhyme == ("A" if rhymes else None)
            assert {tones[-1] for tones in line.tones} == {"平" if rhymes else "仄"}
            assert line.end == "，。"[number % 2]


@pytest.mark.parametrize("name", REGULATED)
def test_regulated_verse_has_no_lonely_level_and_no_three_of_a_tone_at_the_end(name: str) -> None:
    for pattern in find_form(name).patterns:
        for line in pattern.lines:
            for tones in line.tones:
                body = tones[-5:]
                if body[1] == "平" and body[-1] == "平" and body[3] == "仄":  # 平平仄仄平
                    # The second place must have another level beside it: 孤平.
                    assert "平" in (body[0], body[2])
                assert body[-3:] not in {a + b + c for a in "平中" for b in "平中" for c in "平中"}
                assert body[-3:] not in {a + b + c for a in "仄中" for b in "仄中" for c in "仄中"}


@pytest.mark.parametrize(("name", "count"), [("wujue", 4), ("qijue", 4), ("wulv", 4), ("qilv", 4)])
def test_four_standard_patterns_each_and_the_special_line(name: str, count: int) -> None:
    form = find_form(name)
    assert len(form.patterns) == len({pattern.lines for pattern in form.patterns}) == count
    written = {tones[-5:] for pattern in form.patterns for line in pattern.lines for tones in line.tones}
    assert {"平平仄平仄", "仄平平仄平"} <= written


@pytest.mark.parametrize("form", CHINESE, ids=lambda form: form.name)
def test_every_form_is_sound(form: object) -> None:
    from generator.text.forms import Form

    assert isinstance(form, Form)
    check(form)
    assert parse_form(form_text(form)) == form
    assert form.title["zh"] and form.title["en"]
    for pattern in form.patterns:
        assert all(line.length and line.end for line in pattern.lines)
        assert pattern.lines[-1].end == "。"
        rhymes = [line.rhyme for line in pattern.lines if line.rhyme]
        assert all(rhymes.count(letter) > 1 for letter in rhymes)
    assert find_form(form.name) == form
    for alias in form.aliases:
        assert find_form(alias) == find_form(f" {alias.upper()} ") == form


def test_no_name_is_taken_twice() -> None:
    taken = [
        name.casefold() for form in list_forms() for name in {form.name.casefold(), *map(str.casefold, form.aliases)}
    ]
    assert sorted(taken) == sorted(set(taken))


@pytest.mark.parametrize("length", range(4, 12))
def test_a_couplet_has_a_pattern_of_every_length(length: int) -> None:
    form = find_form("对联")
    (pattern,) = (pattern for pattern in form.patterns if pattern.lines[0].length == length)
    upper, lower = pattern.lines
    assert (upper.tones[0][-1], lower.tones[0][-1], upper.end, lower.end) == ("仄", "平", "，", "。")
    assert form.opposed and form.pairs == ((0, 1),)


# What handbooks of lyrics say of famous tunes: characters in all, and the places of their rhymes.
KNOWN_TUNES = [
    ("浣溪沙", 42, "AAA-AA"),
    ("菩萨蛮", 44, "AABBCCDD"),
    ("西江月", 50, "-AAB-AAB"),
    ("鹧鸪天", 55, "AA-A-AA-A"),
    ("清平乐", 46, "AAAABB-B"),
    ("虞美人", 56, "AABBCCDD"),
    ("如梦令", 33, "AA-AAAA"),
    ("蝶恋花", 60, "A-AAAA-AAA"),
    ("点绛唇", 41, "-AAA-AAAA"),
    ("卜算子", 44, "-A-A-A-A"),
    ("满江红", 93, None),
    ("水调歌头", 95, None),
    ("念奴娇", 100, None),
    ("采桑子", 44, "-AAA-AAA"),
    ("浪淘沙", 54, "AAA-AAAA-A"),
    ("沁园春", 114, None),
]


@pytest.mark.parametrize(("tune", "characters", "rhymes"), KNOWN_TUNES)
def test_famous_tunes_came_out_as_the_handbooks_have_them(tune: str, characters: int, rhymes: str | None) -> None:
    pattern = find_form(f"ci:{tune}").patterns[0]
    assert sum(line.length or 0 for line in pattern.lines) == characters
    if rhymes:
        assert "".join(line.rhyme or "-" for line in pattern.lines) == rhymes


def test_there_are_the_commonest_tunes_with_what_they_cover() -> None:
    assert len(TUNES) >= 30
    assert all(form.coverage is not None and form.coverage >= 0.4 and form.book == "cilin" for form in TUNES)
    assert find_form("ci:西江月").kindred == (("A", "B"),)
    assert find_form("如梦令").patterns[0].lines[5].refrain == 4


def test_an_unknown_form_is_refused_with_what_is_near() -> None:
    for name in ("qijuee", "ci:浣溪", "", "nothing at all"):
        with pytest.raises(ConfigError) as caught:
            find_form(name)
        assert caught.value.hint
    with pytest.raises(ConfigError) as caught:
        find_form("qijuee")
    assert "qijue" in caught.value.hint


def test_a_form_of_ones_own_is_found_by_path_and_by_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.toml"
    own.write_text('name = "qijue"\nlanguage = "zh"\n[[pattern]]\nlines = ["3，", "3。"]\n', encoding="utf-8")
    assert find_form("qijue").title
    assert find_form(str(own)).patterns[0].lines == (Line(length=3, end="，"), Line(length=3, end="。"))
    monkeypatch.setenv("GENERATOR_FORMS", str(tmp_path))
    assert find_form("qijue") == find_form(str(own))
    assert [form.name for form in list_forms()].count("qijue") == 1
    own.write_text("language = 3", encoding="utf-8")
    with pytest.raises(ConfigError, match=r"own\.toml"):
        find_form("qijue")
    monkeypatch.setenv("GENERATOR_FORMS", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="no such folder"):
        list_forms()


@pytest.mark.parametrize("form", list_forms(), ids=lambda form: form.name)
def test_every_form_can_be_drawn(form: object) -> None:
    from generator.text.forms import Form

    assert isinstance(form, Form)
    drawn = draw(form)
    assert drawn.startswith(form.name)
    assert len(drawn.split("\n")) > len(form.patterns[0].lines)


def test_a_drawing_shows_tones_and_rhymes() -> None:
    drawn = draw(find_form("七绝"))
    assert "⊙○⊙●●○△。" in drawn and "or ⊙●○○●○●" in drawn
    assert "▲。 B" in draw(find_form("ci:西江月"))
    assert "12, 16" in draw(find_form("wupai"))
