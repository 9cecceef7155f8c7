"""The list of forms, the ways to name one, and stanzas as they are shown."""

from __future__ import annotations

import pytest

from generator.errors import ConfigError
from generator.text.checking import check
from generator.text.forms import draw, find_form, form_text, forms_called, list_forms, parse_form, summary, with_stanzas
from generator.text.forms.listing import LEGENDS, columns


def test_the_list_has_one_short_row_for_each_form_with_its_measure() -> None:
    forms = list_forms("zh")
    rows = summary(forms)
    assert [row.split()[0] for row in rows] == [form.name for form in forms]
    assert max(map(columns, rows)) < 100
    told = dict(zip((form.name for form in forms), rows, strict=True))
    assert told["qijue"].endswith("4 lines × 7 characters")
    assert told["duilian"].endswith("2 lines × 4 to 11 characters")
    assert told["ci:浣溪沙"].endswith("6 lines × 7 characters")
    assert told["ci:如梦令"].endswith("7 lines, 33 characters")
    assert "14 lines × 10 to 11 syllables" in summary([find_form("sonnet")])[0]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_legend_explains_every_sign_of_the_drawings(language: str) -> None:
    rows = [row for form in list_forms(language) for row in draw(form).split("\n") if row.startswith("    ")]
    signs = set("".join(rows)) & set("○●⊙△▲◇x/·")
    assert len(signs) > 1 and signs <= set(LEGENDS[language])


def test_a_form_is_named_by_an_alias_or_by_a_part() -> None:
    assert [form.name for form in forms_called("七绝", "zh")] == ["qijue"]
    assert {form.name for form in forms_called("绝", "zh")} == {"qijue", "wujue"}
    assert forms_called("ABAB/8", "en")[0].name == "ABAB/8"
    with pytest.raises(ConfigError, match="sonnet is a form of English"):
        forms_called("sonnet", "zh")


def test_the_prefix_of_lyrics_takes_every_name_of_a_tune() -> None:
    tune = find_form("ci:浣溪沙")
    assert {find_form(f"ci:{alias.removeprefix('ci:')}").name for alias in tune.aliases} == {tune.name}


def test_what_is_near_is_near_and_named_once() -> None:
    for asked, near in (("ci:钗头凤", ()), ("ci:浣溪", ("ci:浣溪沙",)), ("浣纱溪", ("ci:浣溪沙",))):
        with pytest.raises(ConfigError) as caught:
            find_form(asked)
        found = [form.name for form in list_forms() if form.name in caught.value.hint]
        assert found == list(near), asked
        assert near or "--forms" in caught.value.hint


def test_the_halves_of_a_lyric_are_shown_with_a_gap() -> None:
    form = find_form("浣溪沙")
    text = "短浸溪山兰下芽。\n松间沙路净无泥。\n萧萧暮雨子规啼。\n谁道人生无再少，门前流水尚能西。\n休将白发唱黄鸡。"
    shown = with_stanzas(text, form)
    assert shown == text.replace("子规啼。\n", "子规啼。\n\n")
    for size in range(len(text) + 1):  # while it is written, nothing is lost and the gap comes with what is behind it
        part = with_stanzas(text[:size], form)
        assert part.replace("\n\n", "\n") == text[:size] and ("\n\n" in part) == (size > text.index("谁"))
    assert "\n\n" not in with_stanzas("如梦。\n如梦。", find_form("如梦令"))
    assert with_stanzas("天。地。", form) == "天。地。"


@pytest.mark.parametrize(
    "form", [form for form in list_forms("zh") if form.name.startswith("ci:")], ids=lambda f: f.name
)
def test_a_half_ends_with_a_sentence_and_there_are_two(form) -> None:
    for pattern in form.patterns:
        ends = [number for number, line in enumerate(pattern.lines, 1) if line.stanza]
        assert len(ends) <= 1
        for number in ends:
            first, last = pattern.lines[:number], pattern.lines[number:]
            assert (
                first[-1].end == "。" and 0.7 < sum(one.length for one in first) / sum(one.length for one in last) < 1.3
            )


def test_a_sonnet_is_shown_in_quatrains_and_is_one_with_the_gaps_or_without() -> None:
    form = find_form("sonnet")
    lines = [f"line {number}" for number in range(14)]
    shown = with_stanzas("\n".join(lines), form)
    assert [len(part.split("\n")) for part in shown.split("\n\n")] == [4, 4, 4, 2]
    for text in (shown, "\n".join(lines)):
        layouts = {finding.line for finding in check(text, form, exact=True).all_findings if finding.kind == "layout"}
        assert layouts == set()
    wrong = "\n".join([*lines[:3], "", *lines[3:]])
    assert {f.line for f in check(wrong, form, exact=True).broken if f.kind == "layout"} == {3}
    assert draw(form).split("  English\n")[1].split("\n")[4] == ""


def test_gaps_and_preferred_patterns_are_kept_in_the_file() -> None:
    for name in ("sonnet", "duilian"):
        assert parse_form(form_text(find_form(name))) == find_form(name)
    own = 'name = "x"\nlanguage = "en"\n{}\n[[pattern]]\nname = "one"\nlines = ["8 A", "8 A"]\n'
    for line, named in (("gaps = [0]", "gaps"), ('gaps = ["2"]', "gaps"), ('preferred = ["two"]', "two")):
        with pytest.raises(ConfigError, match=named):
            parse_form(own.format(line))
