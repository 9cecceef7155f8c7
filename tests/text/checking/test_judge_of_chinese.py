"""The judge of Chinese verse: famous poems by their tones, and poems broken in one place, which it must name."""

import itertools

import pytest
from facts_of_poems import BROKEN, LAWFUL, LEVEL, OBLIQUE, Poem, made_of
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator.errors import ConfigError
from generator.text.checking import Report, check, poems_of
from generator.text.chinese.script import to_simplified, variants
from generator.text.chinese.sounds import rhymebook
from generator.text.forms import Form, Line, Pattern, find_form, parse_form

BOOK = rhymebook()
COUPLET = "海內存知己，天涯若比鄰。"


def rhyming_lines(poem: Poem) -> list[int]:
    """The lines that rhyme: the even ones, and the first where the pattern's name says so."""
    count = len(poem.tones.split())
    return [number for number in range(1, count + 1) if number % 2 == 0 or (number == 1 and "不" not in poem.pattern)]


def poem_of(poem: Poem) -> str:
    return made_of(poem.tones, poem.rhymes, rhyming_lines(poem))


def places(report: Report) -> set[tuple[str, int | None, int | None]]:
    return {(finding.kind, finding.line, finding.place) for finding in report.broken}


def lawful_line(tones: str, line: Line) -> bool:
    """Whether tones keep a line, by holding them against each of its patterns."""
    return any(all(due in ("中", has) for due, has in zip(one, tones, strict=True)) for one in line.tones)


def with_character(text: str, line: int, place: int, character: str) -> str:
    """The poem with one character changed, lines and places counted from 1."""
    lines = text.replace("。\n", "。|").replace("，", "，|").split("|")
    row = list(lines[line - 1])
    row[place - 1] = character
    lines[line - 1] = "".join(row)
    return "".join(
        one + ("\n" if one.endswith("。") and number + 1 < len(lines) else "") for number, one in enumerate(lines)
    )


def test_the_characters_of_the_made_poems_have_one_tone() -> None:
    assert {tone for character in LEVEL for tone in BOOK.tones(character)} == {"平"}
    assert {tone for character in OBLIQUE for tone in BOOK.tones(character)} == {"仄"}


@pytest.mark.parametrize("poem", LAWFUL, ids=lambda poem: poem.title)
def test_famous_poems_keep_their_forms(poem: Poem) -> None:
    report = check(poem_of(poem), poem.form, exact=True)
    assert report.ok, report.broken
    assert report.pattern == poem.pattern
    (rhyme,) = report.rhymes
    assert rhyme.lines == tuple(rhyming_lines(poem)) and not rhyme.missing
    assert all(rhyme.group in BOOK.rhymes(character) for character in poem.rhymes)
    assert all(line.keeps for line in report.lines)


@pytest.mark.parametrize("poem", LAWFUL, ids=lambda poem: poem.title)
def test_simplified_poems_are_judged_alike(poem: Poem) -> None:
    assert check(to_simplified(poem_of(poem)), poem.form).ok


@pytest.mark.parametrize("poem", BROKEN, ids=lambda poem: poem.title)
def test_famous_poems_that_break_the_rules_are_found_out(poem: Poem) -> None:
    report = check(poem_of(poem), poem.form)
    assert places(report) == set(poem.broken)
    assert report.pattern == poem.pattern


@settings(max_examples=40)
@given(st.sampled_from(LAWFUL), st.data())
def test_one_wrong_tone_is_named(poem: Poem, data: st.DataObject) -> None:
    rows = poem_of(poem).replace("\n", "").replace("。", "，").split("，")[:-1]
    number = data.draw(st.integers(1, len(rows)))
    place = data.draw(st.integers(1, len(rows[0]) - 1))
    tones = ["".join("平" if BOOK.tones(one) == {"平"} else "仄" for one in row[:-1]) for row in rows]
    tones = [row + ("平" if index + 1 in rhyming_lines(poem) else "仄") for index, row in enumerate(tones)]
    flipped = "仄" if tones[number - 1][place - 1] == "平" else "平"
    text = with_character(poem_of(poem), number, place, LEVEL[0] if flipped == "平" else OBLIQUE[0])
    tones[number - 1] = tones[number - 1][: place - 1] + flipped + tones[number - 1][place:]
    patterns = [pattern.lines for pattern in find_form(poem.form).patterns]
    # a last character of two readings (間) may end a line that rhymes or one that does not
    other = {"平": "仄", "仄": "平"}
    ways = [
        {row, row[:-1] + other[row[-1]]} if len(BOOK.tones(line[-1])) == 2 else {row}
        for row, line in zip(tones, rows, strict=True)
    ]
    lawful = any(
        all(any(lawful_line(way, line) for way in own) for own, line in zip(ways, lines, strict=True))
        for lines in patterns
    )
    report = check(text, poem.form)
    assert report.ok == lawful
    if not lawful:
        assert {(finding.kind, finding.line) for finding in report.broken} == {("tone", number)}
        line = next(each.lines for each in find_form(poem.form).patterns if each.name == report.pattern)[number - 1]
        named = {finding.place for finding in report.broken}
        # Where a line has two lawful patterns, it may be one character away from the other.
        off = [
            {at for at, (due, has) in enumerate(zip(one, tones[number - 1], strict=True), 1) if due not in ("中", has)}
            for one in line.tones
        ]
        assert named in off and len(named) == min(map(len, off))
        if len(line.tones) == 1:
            assert named == {place}


@settings(max_examples=40)
@given(st.sampled_from(LAWFUL), st.data())
def test_a_line_that_does_not_rhyme_is_named(poem: Poem, data: st.DataObject) -> None:
    number = data.draw(st.sampled_from(rhyming_lines(poem)))
    groups = {group for character in poem.rhymes for group in BOOK.rhymes(character)}
    stranger = next(one for one in LEVEL if not BOOK.rhymes(one) & groups)
    size = len(poem.tones.split()[0])
    report = check(with_character(poem_of(poem), number, size, stranger), poem.form)
    if len(poem.rhymes) > 2:
        assert places(report) == {("rhyme", number, size)}
    else:  # of two lines the first is believed
        assert {kind for kind, _, _ in places(report)} == {"rhyme"} and len(report.broken) == 1


@settings(max_examples=40)
@given(st.sampled_from(LAWFUL), st.data())
def test_a_rhyme_that_comes_twice_is_named(poem: Poem, data: st.DataObject) -> None:
    first, second = sorted(data.draw(st.permutations(rhyming_lines(poem)))[:2])
    character = poem.rhymes[rhyming_lines(poem).index(first)]
    # A first line that can be read in the other tone, too, would be one that need not rhyme.
    assume(BOOK.tones(character) == {"平"})
    size = len(poem.tones.split()[0])
    report = check(with_character(poem_of(poem), second, size, character), poem.form)
    assert places(report) == {("repeat", second, size)}


@settings(max_examples=40)
@given(st.sampled_from(LAWFUL), st.data())
def test_lines_that_are_too_long_or_missing_are_named(poem: Poem, data: st.DataObject) -> None:
    text = poem_of(poem)
    number = data.draw(st.integers(1, len(poem.tones.split())))
    longer = with_character(text, number, 1, "天天")
    assert ("length", number, None) in places(check(longer, poem.form))
    assert ("lines", None, None) in places(check(text.rpartition("，")[0] + "。", poem.form))
    more = check(text + "\n天地玄黃。", poem.form)
    assert places(more) == {("lines", len(poem.tones.split()) + 1, None)}


@settings(max_examples=40)
@given(st.sampled_from(LAWFUL), st.data(), st.sampled_from("□x7ー"))
def test_what_is_no_chinese_character_is_named(poem: Poem, data: st.DataObject, strange: str) -> None:
    number = data.draw(st.integers(1, len(poem.tones.split())))
    report = check(with_character(poem_of(poem), number, 1, strange), poem.form)
    assert places(report) == {("unknown", number, 1)}


def test_a_character_that_the_book_lacks_breaks_only_a_place_with_a_tone() -> None:
    lacking = next(one for one in map(chr, range(0x4E00, 0x9FFF)) if not BOOK.tones(one))
    text = poem_of(LAWFUL[1])
    free = check(with_character(text, 1, 1, lacking), "qijue")
    assert free.ok and [finding.kind for finding in free.all_findings] == ["unknown"]
    assert places(check(with_character(text, 1, 2, lacking), "qijue")) == {("unknown", 1, 2)}


# ---------------------------------------------------------------- punctuation


def test_exact_asks_for_the_form_s_own_marks_and_breaks() -> None:
    text = poem_of(LAWFUL[0])
    assert check(text, "qijue", exact=True).ok
    for changed, kind, line in (
        (text.replace("。", "！"), "mark", 2),
        (text.replace("，", "。", 1), "mark", 1),
        (text.replace("\n", ""), "layout", 2),
        (text.replace("，", "，\n", 1), "layout", 1),
        (text + "\n", "layout", 4),
        (text + "\n天", "lines", 5),
        (" " + text, "layout", None),
        (f"「{text}」", "layout", None),
        (text.replace("\n", "\n\n"), "layout", 2),
    ):
        found = check(changed, "qijue", exact=True)
        assert (kind, line) in {(finding.kind, finding.line) for finding in found.broken}, changed
    loose = check(text.replace("，", "。", 1), "qijue")
    assert loose.ok and [(finding.kind, finding.line) for finding in loose.all_findings] == [("mark", 1)]
    assert not check(text.replace("。", "！").replace("，", "；"), "qijue").all_findings
    assert not check(text.replace("，", "\n").replace("。", ""), "qijue").all_findings


def test_the_small_pause_may_end_a_line_or_not() -> None:
    form = parse_form('name = "try"\nlanguage = "zh"\n[[pattern]]\nname = ""\nlines = ["5，", "3，", "4。"]')
    assert check("春山、花月水，天江雲，山月秋舟。", form).ok
    assert check("春山花月水、天江雲，山月、秋舟。", form).ok
    assert not check("春山花月，天江雲，山月、秋舟。", form).ok


# ---------------------------------------------------------------- pairs, refrains, kindred rhymes


def test_a_couplet_opposes_its_tones_and_shares_no_character() -> None:
    assert check(COUPLET, "duilian", exact=True).pattern == "五言"
    assert check(COUPLET, "duilian", exact=True).ok
    assert places(check("海內存知己，天涯內比鄰。", "duilian")) == {("pair", 2, 3)}
    assert places(check("海內存知己，天地若比鄰。", "duilian")) == {("pair", 2, 2)}
    assert places(check("海內存知己，天涯若比玉。", "duilian")) == {("tone", 2, 5)}
    assert ("length", 2, None) in places(check("海內存知己，天涯若比為鄰。", "duilian"))


@given(st.integers(0, 4), st.integers(0, 4))
def test_a_character_common_to_both_lines_of_a_couplet_is_named(above: int, below: int) -> None:
    upper, lower = COUPLET[:5], list(COUPLET[6:11])
    lower[below] = upper[above]
    report = check(f"{upper}，{''.join(lower)}。", "duilian")
    assert ("pair", 2, below + 1) in places(report)


REPEATING = """
name = "again"
language = "zh"
[[pattern]]
name = "one"
lines = ["仄仄。 A仄", "平仄。 A仄", "平仄。 A仄 =2", "3。 B", "3。 B"]
"""


def test_a_refrain_repeats_its_line_and_brings_no_rhyme() -> None:
    form = parse_form(REPEATING)
    assert check("月色。天力。天力。春山東。花江風。", form).ok
    report = check("月色。天力。江力。春山東。花江風。", form)
    assert places(report) == {("refrain", 3, None), ("repeat", 3, 2)}
    assert places(check("月色。天力。江食。春山東。花江風。", form)) == {("refrain", 3, None)}
    # The rhyme B may be of either tone, but of one group.
    assert check("月色。天力。天力。春山水。花江紙。", form).ok
    assert places(check("月色。天力。天力。春山水。花江風。", form)) == {("rhyme", 5, 3)}


KINDRED = """
name = "kin"
language = "zh"
kindred = [["A", "B"]]
book = "cilin"
[[pattern]]
name = "one"
lines = ["3， A平", "3。 A平", "3。 B仄"]
"""


def test_kindred_rhymes_are_of_one_part() -> None:
    form = parse_form(KINDRED)
    assert check("春山東，花江風。天江夢。", form).ok
    assert places(check("春山東，花江風。天江月。", form)) == {("rhyme", 3, 3)}
    by_another = check("春山東，花江風。天江月。", form, book="pingshui")
    assert by_another.ok and [finding.kind for finding in by_another.all_findings] == ["rhyme"]


def test_lyrics_are_judged_by_the_book_of_their_form() -> None:
    assert check("天", "ci:浣溪沙").book == "cilin"
    assert check("天", "ci:浣溪沙", book="xinyun").book == "xinyun"
    assert check("天", "qijue").book == "pingshui"


# ---------------------------------------------------------------- forms of any kind


GROUPS = {"平": ("上平一東", "下平七陽", "下平十一尤"), "仄": ("入聲十一陌", "去聲二十三漾", "上聲四紙")}


def of_one_group(group: str) -> list[str]:
    plain = (one for one in map(chr, range(0x4E00, 0x9FA5)) if variants(one) == {one} == {to_simplified(one)})
    found = (one for one in plain if BOOK.rhymes(one) == {group})
    return list(itertools.islice(found, 8))


POOLS = {group: of_one_group(group) for groups in GROUPS.values() for group in groups}


@st.composite
def forms_with_poems(draw: st.DrawFn) -> tuple[Form, list[str]]:
    """A form made up of anything that a form may ask, and a poem that keeps it."""
    letters = draw(st.dictionaries(st.sampled_from("ABC"), st.sampled_from("平仄"), min_size=1))
    groups = {letter: draw(st.sampled_from(GROUPS[tone])) for letter, tone in letters.items()}
    left = {group: iter(characters) for group, characters in POOLS.items()}
    lines, rows = [], []
    for _ in range(draw(st.integers(1, 8))):
        letter = draw(st.sampled_from([None, *letters]))
        tones = draw(st.text("平仄中", min_size=2, max_size=6))
        tone = letters[letter] if letter else None
        if tone:
            tones = tones[:-1] + draw(st.sampled_from([tone, "中"]))
        row = [draw(st.sampled_from({"平": LEVEL, "仄": OBLIQUE, "中": LEVEL + OBLIQUE}[one])) for one in tones]
        if letter:
            row[-1] = next(left[groups[letter]])
        lines.append(Line(length=len(tones), tones=(tones,), rhyme=letter, rhyme_tone=tone, end="。"))
        rows.append("".join(row))
    return Form("made", "zh", patterns=(Pattern("one", tuple(lines)),)), rows


@settings(max_examples=40)
@given(forms_with_poems(), st.data())
def test_any_form_is_kept_or_broken_where_it_is_broken(made: tuple[Form, list[str]], data: st.DataObject) -> None:
    form, rows = made
    assert check("。\n".join(rows) + "。", form, exact=True).ok
    fixed = [
        (number, place, tone)
        for number, line in enumerate(form.patterns[0].lines, 1)
        for place, tone in enumerate(line.tones[0], 1)
        if tone != "中" and not (line.rhyme and place == line.length)
    ]
    if fixed:
        number, place, tone = data.draw(st.sampled_from(fixed))
        row = list(rows[number - 1])
        row[place - 1] = OBLIQUE[0] if tone == "平" else LEVEL[0]
        broken = [*rows[: number - 1], "".join(row), *rows[number:]]
        assert places(check("。\n".join(broken) + "。", form)) == {("tone", number, place)}


# ---------------------------------------------------------------- input


def test_the_marks_stand_below_the_characters() -> None:
    report = check("白日依山盡，黃河入海流。\n欲窮千里目，更上一層天。", "wujue")
    rows = report.told()
    at = rows.index(" 4  更上一層天。")
    assert rows[at + 1] == "    ⊙ ● ● ○ △"
    assert rows[at + 2] == "            ^"
    assert any("天 is 下平一先" in row and "流 (2)" in row for row in rows[at:])
    assert "breaks the form in 1 place; nearest is the pattern 仄起首句不入韵" in rows


def test_a_simplified_character_has_the_sounds_of_all_that_it_stands_for() -> None:
    # 听 alone is an old character of its own; in simplified writing it is 聽, too, and so rhymes with 青.
    form = parse_form('name = "try"\nlanguage = "zh"\n[[pattern]]\nname = ""\nlines = ["3， A平", "3。 A平"]')
    assert check("远山青，风来听。", form).ok
    assert places(check("遠山青，風來听。", form)) == {("rhyme", 2, 3)}
    assert check("遠山青，風來聽。", form).ok


def test_a_pattern_of_the_right_lengths_fits_better_than_one_that_is_broken_less() -> None:
    text = '[[pattern]]\nname = "three"\nlines = ["平平平。"]\n[[pattern]]\nname = "four"\nlines = ["4。"]'
    form = parse_form(f'name = "try"\nlanguage = "zh"\n{text}')
    report = check("月色玉。", form)
    assert report.pattern == "three" and len(report.broken) == 3


def test_two_characters_that_simplified_writing_makes_one_are_two_rhymes() -> None:
    form = parse_form('name = "try"\nlanguage = "zh"\n[[pattern]]\nname = ""\nlines = ["4， A", "4。 A"]')
    assert places(check("英姿煥發，他日再發。", form)) == {("repeat", 2, 4)}
    assert not {finding.kind for finding in check("意气风发，满头白发。", form).broken} & {"repeat"}


def test_poems_are_parted_by_empty_lines_and_stanzas_are_not() -> None:
    poem = poem_of(LAWFUL[0])
    assert [one.text for one in poems_of(f"{poem}\n\n\n{poem}\n", find_form("qijue"))] == [poem, poem]
    stanzas = "仄仄。\n\n平仄。平仄。\n春山東。花江風。"
    assert [one.text for one in poems_of(stanzas, parse_form(REPEATING))] == [stanzas.strip("\n")]


@pytest.mark.parametrize("text", ["", " \n", "，。", "！\n"])
def test_a_text_without_words_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="no poem"):
        check(text, "qijue")


@given(st.text(st.sampled_from([*"天月東，。、！\n 「」a1□听聽", *LEVEL, *OBLIQUE]), max_size=60), st.booleans())
def test_any_text_is_borne(text: str, exact: bool) -> None:
    try:
        report = check(text, "ci:如梦令", exact=exact)
    except ConfigError:
        return
    assert report.told() and report.as_json()["ok"] == report.ok
    assert all(1 <= (finding.line or 1) <= len(report.lines) for finding in report.all_findings)
