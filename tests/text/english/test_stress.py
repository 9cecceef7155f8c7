"""Metre: lines that every handbook scans, and the marks of words against patterns one by one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.text.english import fits, line_fits
from generator.text.english.words import words_of

PENTAMETER = "x/x/x/x/x/"


@pytest.mark.parametrize(
    ("line", "pattern"),
    [
        ("Shall I compare thee to a summer's day?", PENTAMETER),
        ("Rough winds do shake the darling buds of May,", PENTAMETER),
        ("When I do count the clock that tells the time,", PENTAMETER),
        ("That thereby beauty's rose might never die,", PENTAMETER),
        ("A thing of beauty is a joy for ever:", PENTAMETER + "x"),
        ("Because I could not stop for Death –", "x/x/x/x/"),
        ("Tyger Tyger, burning bright,".replace("Tyger", "Tiger"), "/x/x/x/"),
        ("And the sheen of their spears was like stars on the sea", "xx/xx/xx/xx/"),
        ("Pleasure never is at home", "/x/x/x/"),
    ],
)
def test_known_lines_keep_their_metre(line: str, pattern: str):
    assert line_fits(words_of(line), pattern)


@pytest.mark.parametrize("line", ["winter is the season", "below the", "the zzxqy of the of the of the of"])
def test_lines_that_do_not(line: str):
    assert not line_fits(words_of(line), PENTAMETER)


MARKS = st.text(alphabet="x/.", min_size=1, max_size=6)


@given(MARKS, MARKS, st.integers(0, 6))
def test_a_word_fits_if_no_weak_mark_meets_a_strong_one(stress: str, pattern: str, place: int):
    inside = place + len(stress) <= len(pattern)
    met = {stress[k] + pattern[place + k] for k in range(len(stress))} if inside else set()
    assert fits(stress, pattern, place) == (inside and not met & {"x/", "/x"})


@pytest.mark.parametrize(
    ("verse", "words"),
    [
        ("and look 'd , on thee ;", ("and", "look 'd", "on", "thee")),
        ("'tis \"night\" — 'night' is th’ hour", ("'tis", "night", "night", "is", "th", "hour")),
        ("O'er-run; the poets' song...", ("o'er-run", "the", "poets'", "song")),
        ("i do n't , 's", ("i", "do n't", "'s")),
        ("", ()),
        (", — !", ()),
    ],
)
def test_the_words_of_a_verse(verse: str, words: tuple[str, ...]):
    assert words_of(verse) == words
