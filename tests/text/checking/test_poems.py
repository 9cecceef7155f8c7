"""Files of poems: titles and authors above them, several poems, stanzas, and poems in the wrong language."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import ConfigError
from generator.text.checking import check, check_language, poems_of
from generator.text.forms import find_form

JUE = "白日依山盡，黃河入海流。\n欲窮千里目，更上一層樓。"
PLAIN = "白日依山盡\n黃河入海流\n欲窮千里目\n更上一層樓"
LYRIC = "山下蘭芽短浸溪，松間沙路淨無泥。\n蕭蕭暮雨子規啼。\n\n誰道人生無再少，門前流水尚能西。\n休將白髮唱黃雞。"
ENGLISH = """The curfew tolls the knell of parting day,
The lowing herd wind slowly o'er the lea,
The ploughman homeward plods his weary way,
And leaves the world to darkness and to me."""


@pytest.mark.parametrize("form", ["wujue", "guwu"])
@pytest.mark.parametrize("poem", [JUE, PLAIN])
@pytest.mark.parametrize("heading", [(), ("登鸛雀樓",), ("登鸛雀樓", "王之渙"), ("《登鸛雀樓》", "唐·王之渙", "五言")])
@pytest.mark.parametrize("gap", ["\n", "\n\n"])
def test_what_stands_above_a_poem_is_no_part_of_it(form: str, poem: str, heading: tuple[str, ...], gap: str) -> None:
    (found,) = poems_of("\n".join(heading) + gap + poem + "\n", find_form(form))
    assert (found.heading, found.text) == (heading, poem)
    one = "\n".join(heading) + gap + poem
    two = poems_of(f"\n{one}\n\n{one}", find_form(form))
    assert [(one.heading, one.text) for one in two] == [(heading, poem)] * 2


def test_a_title_as_long_as_a_line_is_told_by_its_missing_punctuation() -> None:
    (found,) = poems_of(f"登上鸛雀樓\n{JUE}", find_form("wujue"))
    assert found.heading == ("登上鸛雀樓",)
    # where nothing has any, a line of the right length is a line of the poem
    (found,) = poems_of(f"登上鸛雀樓\n{PLAIN}", find_form("wujue"))
    assert found.heading == ()


@pytest.mark.parametrize("broken", [JUE.replace("白日依", "白日"), JUE.replace("黃河入海流。", ""), JUE + "春風。"])
def test_a_poem_that_breaks_its_form_loses_none_of_its_lines(broken: str) -> None:
    (found,) = poems_of(f"登鸛雀樓\n\n{broken}", find_form("wujue"))
    assert (found.heading, found.text) == (("登鸛雀樓",), broken)
    (found,) = poems_of(broken, find_form("wujue"))
    assert (found.heading, found.text) == ((), broken)


def test_two_halves_are_one_poem_and_two_lyrics_are_two() -> None:
    form = find_form("浣溪沙")
    assert [one.text for one in poems_of(LYRIC, form)] == [LYRIC]
    both = poems_of(f"浣溪沙\n\n{LYRIC}\n\n浣溪沙\n蘇軾\n\n{LYRIC}", form)
    assert [(one.heading, one.text) for one in both] == [(("浣溪沙",), LYRIC), (("浣溪沙", "蘇軾"), LYRIC)]
    assert check(LYRIC, form, exact=True).findings == ()


@pytest.mark.parametrize(
    "heading", ["Elegy\n\n", "Elegy\nThomas Gray\n\n", "Elegy\nThomas Gray\n", "Elegy\n\nThomas Gray\n\n"]
)
def test_so_it_is_in_english(heading: str) -> None:
    (found,) = poems_of(heading + ENGLISH, find_form("quatrain"))
    assert found.heading == tuple(heading.split())[:1] + ("Thomas Gray",) * ("Gray" in heading)
    assert found.text == ENGLISH and check(found.text, "quatrain").ok
    (found,) = poems_of(ENGLISH + "\n" + ENGLISH.split("\n")[0], find_form("quatrain"))  # a line too many is no title
    assert found.heading == ()


@given(
    st.text(st.sampled_from([*"白日山。，\n\n 《》a"]), max_size=60),
    st.sampled_from(["wujue", "guwu", "ci:如梦令", "AB/2"]),
)
def test_any_text_is_borne_and_nothing_of_it_is_lost(text: str, form: str) -> None:
    try:
        found = poems_of(text, find_form(form))
    except ConfigError:
        assert not text.strip()
        return
    kept = "".join("".join(one.heading) + one.text for one in found)
    assert "".join(kept.split()) == "".join(text.split())


def test_a_poem_in_another_language_is_refused_as_such() -> None:
    with pytest.raises(ConfigError, match="sonnet is a form of English, and the poem is Chinese"):
        check(JUE, "sonnet")
    with pytest.raises(ConfigError, match="ABAB/8 is a form of English"):
        check_language(f"Poem\n{JUE}", find_form("ABAB/8"))
    with pytest.raises(ConfigError, match="wujue is a form of Chinese, and the poem is English"):
        check(ENGLISH, "wujue")
    check_language("......", find_form("wujue"))


def test_the_signs_below_the_lines_are_explained() -> None:
    assert any("○ level (平)" in row for row in check(JUE, "wujue").told())
    assert any("x unstressed" in row for row in check(ENGLISH, "quatrain").told())
