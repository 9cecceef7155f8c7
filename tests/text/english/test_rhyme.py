"""Rhymes: pairs that poets and handbooks agree on, and what must hold for any two words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.text.english import perfect_rhyme, rhyme_keys, slant_keys, slant_rhyme

TEXT = """love move dove night light delight flight thee eternity sea see memory be day way away time rhyme
heaven seven power flower hour fire desire wind mind find never ever river roses losses day's praise
the of a look'd booked zzxqy"""


@pytest.mark.parametrize(
    "pair",
    [
        *("light night", "light flight", "love dove", "power hour", "fire desire", "dear here", "day way"),
        *("never ever", "wind mind", "wind sinned", "rhyme time", "praise day's", "heav'n sev'n", "look'd booked"),
        *("again vain", "o'er more", "delight night"),
    ],
)
def test_perfect_rhymes(pair: str):
    first, second = pair.split()
    assert perfect_rhyme(first, second)
    assert slant_rhyme(first, second)
    assert rhyme_keys(first) & rhyme_keys(second)


@pytest.mark.parametrize("pair", ["love move", "thee eternity", "word lord", "home come", "be memory"])
def test_slant_rhymes(pair: str):
    first, second = pair.split()
    assert slant_rhyme(first, second) and not perfect_rhyme(first, second)


@pytest.mark.parametrize("pair", ["night day", "rose winter", "see no", "orange door", "love night", "zzxqy night"])
def test_no_rhymes(pair: str):
    first, second = pair.split()
    assert not slant_rhyme(first, second) and not perfect_rhyme(first, second)


@pytest.mark.parametrize("pair", ["light delight", "sea see", "relation elation", "leave believe"])
def test_the_same_consonants_before_make_no_perfect_rhyme(pair: str):
    first, second = pair.split()
    assert rhyme_keys(first) & rhyme_keys(second)
    assert not perfect_rhyme(first, second)


def test_a_word_in_another_writing_does_not_rhyme_with_itself():
    assert not perfect_rhyme("look 'd", "look'd")
    assert not slant_rhyme("Night", "night")


@given(st.sampled_from(TEXT.split()), st.sampled_from(TEXT.split()))
def test_what_holds_for_any_two_words(first: str, second: str):
    assert perfect_rhyme(first, second) == perfect_rhyme(second, first)
    assert slant_rhyme(first, second) == slant_rhyme(second, first)
    assert not perfect_rhyme(first, first) and not slant_rhyme(first, first)
    if perfect_rhyme(first, second):
        assert slant_rhyme(first, second)
        assert rhyme_keys(first) & rhyme_keys(second)
    if slant_rhyme(first, second):
        assert slant_keys(first) & slant_keys(second)
