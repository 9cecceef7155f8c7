"""The walk along a line: what it lets be written keeps the wish by a count that knows no walk; it never
stops short; and what keeps the wish may be written."""

import random
from collections.abc import Iterator
from functools import cache
from itertools import product

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator.errors import ConstraintUnsatisfiable
from generator.text.english import pronunciations, rhyme_keys
from generator.text.english.lexicon import Lexicon
from generator.text.english.walk import END, Walk
from generator.text.english.wish import Wish, patterns_of

TEXT = """a the of and i o my in on with love look rose roses winter summer night light delight bright day
way away eternity memory thee be beauty o'er ev'ry power flower never ever 'tis art heart golden time prime
multitude unknown before return returning remember sky skies tells"""
LEXICON = Lexicon([*TEXT.split(), "look 'd", "lov 'd", "rose 's", "beauty 's", "do n't"])
MARKS = ",;-"


# ---------------------------------------------------------------- an independent count


@cache
def ways(word: str) -> frozenset[tuple[str, bool]]:
    """Marks of a word, from its sounds alone: the digits of its vowels."""
    found = set()
    for way in pronunciations(word):
        digits = [phone[-1] for phone in way.phones if phone[-1] in "012"]
        marks = ""
        for place, digit in enumerate(digits):
            around = digits[max(place - 1, 0) : place] + digits[place + 1 : place + 2]
            if len(digits) == 1 or digit == "2" or (digit == "1" and "1" in around):
                marks += "."
            elif digit == "1":
                marks += "/"
            else:
                marks += "x" if set(around) & {"1", "2"} else "."
        found.add(marks)
    return frozenset(found)


def tokens(line: str) -> list[str]:
    """The words of a line, and the marks that stand between them as tokens of their own."""
    words: list[str] = []
    for token in line.split(" "):
        if token in ("'d", "'s", "n't"):
            words[-1] += " " + token
        else:
            words.append(token)
    return words


def keeps(line: str, wish: Wish) -> bool:
    """Whether a line keeps a wish, by trying every way to say every word."""
    words = [token for token in tokens(line) if token not in MARKS]
    if not words or any(word not in LEXICON.words for word in words):
        return False
    if wish.letter and words[0].lstrip("'")[0] != wish.letter:
        return False
    if wish.ends is not None and words[-1] not in wish.ends:
        return False
    if wish.rhyme and wish.rhyme not in rhyme_keys(words[-1]):
        return False
    if not set(wish.words) <= set(words):
        return False
    return any(
        len(stress) == len(pattern)
        and all({one, other} != {"x", "/"} for one, other in zip(stress, pattern, strict=True))
        for stress in map("".join, product(*(sorted(ways(word)) for word in words)))
        for pattern in wish.patterns
    )


def could_be_kept(wish: Wish) -> bool:
    """Whether some line keeps a wish: every word tried at every place of every pattern."""

    @cache
    def from_here(rest: str, missing: frozenset[str], first: bool) -> bool:
        for word in LEXICON.words:
            if first and wish.letter and not word.lstrip("'").startswith(wish.letter):
                continue
            left = missing - {word}
            for marks in ways(word):
                if len(marks) > len(rest) or any({a, b} == {"x", "/"} for a, b in zip(marks, rest, strict=False)):
                    continue
                if len(marks) < len(rest):
                    if from_here(rest[len(marks) :], left, False):
                        return True
                elif (
                    not left
                    and may_end(word, wish)
                    and (not wish.rhyme or keeps(word, Wish((marks,), rhyme=wish.rhyme)))
                ):
                    return True
        return False

    return any(from_here(pattern, frozenset(wish.words), True) for pattern in wish.patterns)


def may_end(word: str, wish: Wish) -> bool:
    return word in (LEXICON.enders if wish.ends is None else wish.ends)


# ---------------------------------------------------------------- properties

PATTERNS = st.one_of(
    st.lists(st.text(alphabet="x/.", min_size=1, max_size=8), min_size=1, max_size=3),
    st.sampled_from([["x/x/x/x/x/", "/xx/x/x/x/", "x/x/x/x/x/x"], ["xx/xx/", "x/xx/"], [".....", "......."]]),
).map(lambda found: tuple(dict.fromkeys(found)))
WISHES = st.builds(
    Wish,
    patterns=PATTERNS,
    ends=st.one_of(st.none(), st.frozensets(st.sampled_from(LEXICON.words), min_size=1, max_size=8)),
    rhyme=st.one_of(st.none(), st.sampled_from(sorted(LEXICON.rhymes))),
    letter=st.one_of(st.none(), st.sampled_from("abeilmorstw")),
    words=st.one_of(st.just(()), st.lists(st.sampled_from(LEXICON.words), max_size=2, unique=True).map(tuple)),
)


def walked(walk: Walk, rng: random.Random) -> Iterator[str]:
    state = walk.start
    hash(state)
    for _ in range(400):
        if walk.ended(state):
            assert not walk.allowed(state)
            return
        allowed = walk.allowed(state)
        assert allowed, "a dead end"
        character = rng.choice(sorted(allowed))
        yield character
        state = walk.advance(state, character)
    raise AssertionError("a line without an end")


@settings(max_examples=60)
@given(WISHES, st.booleans(), st.integers(0, 2**32))
def test_a_random_walk_ends_in_a_line_that_keeps_the_wish(wish: Wish, backward: bool, seed: int):
    try:
        walk = Walk(LEXICON, wish, backward=backward, marks=frozenset(MARKS))
    except ConstraintUnsatisfiable:
        assert not could_be_kept(wish)
        return
    rng = random.Random(seed)
    for _ in range(3):
        written = "".join(walked(walk, rng))
        assert written.endswith(END) and END not in written[:-1]
        line = written[:-1][::-1] if backward else written[:-1]
        assert keeps(line, wish)
        assert not line.startswith(tuple(MARKS))
        assert walk.accepts(written[:-1])


@settings(max_examples=60)
@given(st.lists(st.sampled_from(LEXICON.words), min_size=1, max_size=6), st.booleans(), st.data())
def test_what_keeps_the_wish_may_be_written(words: list[str], backward: bool, data: st.DataObject):
    assume(words[-1] in LEXICON.enders)
    # The stress of a line that is there: its words' marks, some of them made free or sharper.
    marks = "".join(data.draw(st.sampled_from(sorted(ways(word)))) for word in words)
    pattern = "".join(mark if mark != "." else data.draw(st.sampled_from("x/.")) for mark in marks)
    wish = Wish((pattern,), letter=words[0].lstrip("'")[0], words=(data.draw(st.sampled_from(words)),))
    line = "".join(
        word + data.draw(st.sampled_from(["", " ,", " ;"])) + (" " if place + 1 < len(words) else "")
        for place, word in enumerate(words)
    )
    assert keeps(line, wish)
    assert Walk(LEXICON, wish, backward=backward, marks=frozenset(MARKS)).accepts(line[::-1] if backward else line)


# ---------------------------------------------------------------- particular cases

IAMBS = ("x/x/x/x/x/",)


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize(
    ("wish", "part"),
    [
        (Wish(IAMBS, rhyme="AY T", letter="q"), "letter"),
        (Wish(IAMBS, rhyme="OY L"), "rhyme"),
        (Wish(IAMBS, ends=frozenset({"zzz"})), "ends"),
        (Wish(("/",), words=("winter",)), "words"),
    ],
)
def test_what_cannot_be_met_is_refused_at_once_and_named(wish: Wish, part: str, backward: bool):
    with pytest.raises(ConstraintUnsatisfiable) as refused:
        Walk(LEXICON, wish, backward=backward)
    assert part in refused.value.hint


def test_a_forced_word_must_be_known_and_may_be_written_together():
    with pytest.raises(ConstraintUnsatisfiable, match="zzxqy"):
        Walk(LEXICON, Wish(IAMBS, words=("zzxqy",)))
    walk = Walk(LEXICON, Wish(("x/",), words=("look'd",)))
    assert walk.accepts("i look 'd") and not walk.accepts("my love")


def test_a_character_that_is_not_allowed_leads_nowhere():
    walk = Walk(LEXICON, Wish(IAMBS))
    for character in ("z", END, " ", ","):
        assert character not in walk.allowed(walk.start)
        with pytest.raises(KeyError):
            walk.advance(walk.start, character)


def test_the_rhyme_is_heard_in_the_pronunciation_that_fits_the_metre():
    # "Returning" ends in two unstressed places after its stress: on a strong last place it cannot stand.
    with pytest.raises(ConstraintUnsatisfiable):
        Walk(LEXICON, Wish(("x/x/",), ends=frozenset({"returning"})))
    assert Walk(LEXICON, Wish(("x/x/x",), ends=frozenset({"returning"}))).accepts("my love returning")


@pytest.mark.parametrize("marks", [frozenset(), frozenset(",")])
def test_only_the_marks_that_were_given_are_written(marks: frozenset[str]):
    walk = Walk(LEXICON, Wish(("x/",)), marks=marks)
    assert walk.accepts("my love ,") == bool(marks)
    assert not walk.accepts("my love ;")
    assert not walk.accepts("my love , ,")


def test_patterns_of_a_line():
    assert patterns_of((2, 3)) == ("..", "...")
    assert patterns_of((2, 2), ("x/", "x/x")) == ("x/",)
