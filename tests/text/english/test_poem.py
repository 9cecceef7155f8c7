"""Whole poems: rhymes that can be had, and walks whose poems keep their form by a count that knows no walk."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import ConfigError, ConstraintUnsatisfiable
from generator.text.english import (
    Lexicon,
    Plan,
    PoemWalk,
    line_fits,
    patterns_of,
    perfect_rhyme,
    pronunciations,
    words_of,
)
from generator.text.english.plan import _Endings
from generator.text.english.walk import Walk
from generator.text.english.wish import Wish
from generator.text.forms import find_form

TEXT = """the of and i my in with love dove above rose roses losses winter summer night light delight bright sight
day way away may decay stay eternity memory thee be sea see me flee free never ever river power flower hour
'tis art heart part time rhyme prime fire desire higher before shore more o'er returning burning remember
tells bells wells sky die high by old gold cold told kept wept slept"""
LEXICON = Lexicon([*TEXT.split(), "look 'd", "book 'd"])
FORMS = [
    "couplet",
    "quatrain",
    "ballad",
    "triolet",
    "haiku",
    "limerick",
    "sonnet",
    "AABB CC/6",
    "ABBA/4-5",
    "ABA BAB/8:iambic",
]


def poem(walk: PoemWalk, seed: int) -> str:
    rng = random.Random(seed)
    state, text = walk.start, ""
    for _ in range(5000):
        allowed = walk.allowed(state)
        if walk.ended(state):
            assert not allowed
            return text
        assert allowed, "a dead end"
        hash(state)
        character = rng.choice(sorted(allowed))
        text += character
        state = walk.advance(state, character)
    raise AssertionError("a poem without an end")


@settings(max_examples=50)
@given(st.sampled_from(FORMS), st.text("abdlmrtw", max_size=4), st.booleans(), st.integers(0, 2**32), st.data())
def test_poems_keep_their_form(name: str, letters: str, backward: bool, seed: int, data: st.DataObject):
    form = find_form(name)
    lines = data.draw(st.sampled_from(form.patterns)).lines
    letters = letters[: len(lines)]
    forced = {0: (data.draw(st.sampled_from(LEXICON.words)),)} if data.draw(st.booleans()) else {}
    try:
        plan = Plan(LEXICON, lines, letters, forced)
        rhymes = {
            letter: data.draw(st.sampled_from(sorted(plan.rhymes(letter)) or ["none"]))
            for letter in sorted({line.rhyme for line in lines if line.rhyme})
        }
        walk = PoemWalk(plan, rhymes, backward=backward, marks=frozenset(","))
    except (ConstraintUnsatisfiable, ConfigError):
        return  # Whether it was right to refuse is asked below, of single lines.
    text = poem(walk, seed)
    stanzas = text.removesuffix("\n").split("\n\n")
    assert len(stanzas) == 1 + sum(line.stanza for line in lines)
    written = [line[::-1] if backward else line for stanza in stanzas for line in stanza.split("\n")]
    assert len(written) == len(lines)
    ends: dict[str, list[str]] = {}
    for place, (line, verse) in enumerate(zip(lines, written, strict=True)):
        words = words_of(verse)
        assert all(word in LEXICON for word in words)
        assert any(line_fits(words, pattern) for pattern in patterns_of(line.syllables, line.stress))
        if line.refrain is not None:
            assert verse == written[line.refrain]
        elif line.rhyme:
            assert all(perfect_rhyme(words[-1], other) for other in ends.get(line.rhyme, []))
            ends.setdefault(line.rhyme, []).append(words[-1])
        if place < len(letters):
            assert verse.lstrip("'")[0] == letters[place]
    assert all(word in words_of(written[place]) for place in forced for word in forced[place])


@settings(max_examples=40)
@given(
    st.lists(st.text("x/.", min_size=1, max_size=5), min_size=1, max_size=2, unique=True),
    st.one_of(st.none(), st.sampled_from("blmr")),
    st.lists(st.sampled_from(LEXICON.words), max_size=2, unique=True),
    st.sampled_from(sorted(LEXICON.enders)),
)
def test_a_word_may_end_a_line_if_a_walk_can_reach_it(patterns, letter, words, word: str):
    wish = Wish(tuple(patterns), letter=letter, words=tuple(words))
    try:
        Walk(LEXICON, Wish(tuple(patterns), letter=letter, words=tuple(words), ends=frozenset({word})))
        reached = True
    except ConstraintUnsatisfiable:
        reached = False
    assert (_Endings(LEXICON, wish).of([word], None) == {word}) == reached


def test_the_rhymes_of_a_letter_have_enough_words_that_rhyme_in_pairs():
    plan = Plan(LEXICON, find_form("ABABA/4").patterns[0].lines)
    found = plan.rhymes("A")
    assert "AY T" in found  # night, light, bright
    assert "AA R T" in plan.rhymes("B") and "AA R T" in found  # art, heart, part
    assert "AH V" in found and "OW L D" in found
    assert "OW Z AH Z" not in found  # roses stands alone
    pairs = Plan(LEXICON, find_form("AA/4").patterns[0].lines).rhymes("A")
    assert "EH V ER" in pairs and "EH V ER" not in found  # never, ever: two are not three


def test_what_cannot_be_had_is_refused_before_a_word_is_written():
    lines = find_form("AAAA/4").patterns[0].lines
    plan = Plan(LEXICON, lines)
    with pytest.raises(ConstraintUnsatisfiable, match="4 words"):
        PoemWalk(plan, {"A": "EH V ER"})
    with pytest.raises(ConfigError, match="no rhyme"):
        PoemWalk(plan, {})
    with pytest.raises(ConfigError, match="too many"):
        Plan(LEXICON, lines, "abcde")
    with pytest.raises(ConfigError, match="no line 9"):
        Plan(LEXICON, lines, words={8: ("love",)})
    with pytest.raises(ConstraintUnsatisfiable):
        PoemWalk(Plan(LEXICON, find_form("haiku").patterns[0].lines, "q"), {})


def test_an_acrostic_and_a_refrain_that_contradict_each_other():
    lines = find_form("triolet").patterns[0].lines
    with pytest.raises(ConfigError, match="line 4 repeats line 1"):
        Plan(LEXICON, lines, "mamb")
    Plan(LEXICON, lines, "mamm")


def test_a_lexicon_counts_words_and_line_ends():
    lexicon = Lexicon.of_text(["the rose ,\nthe night", "a night , zzxqy s"])
    assert lexicon.words == ("a", "night", "rose", "the")
    assert lexicon.counts == {"a": 1, "night": 2, "rose": 1, "the": 2}
    assert lexicon.end_counts == {"a": 0, "night": 1, "rose": 1, "the": 0}
    assert "the" not in lexicon.enders
    assert Lexicon.of_text(["the rose\nthe night"], least=2).words == ("the",)
    assert lexicon.find("Night") == "night" and lexicon.find("day") is None
    assert not pronunciations("zzxqy")
