"""What a walk says of the letters ahead: the share of the text's words below each that the line can take."""

from __future__ import annotations

import pytest

from generator.errors import GeneratorError
from generator.text.english import pronunciations
from generator.text.english.lexicon import Lexicon
from generator.text.english.spellings import without_old_spellings
from generator.text.english.walk import END, Walk
from generator.text.english.wish import Wish

try:
    pronunciations("love")
except GeneratorError as error:
    pytest.skip(f"needs the pronouncing dictionary: {error.hint}", allow_module_level=True)

COUNTS = {"eyes": 10, "each": 20, "tells": 50, "eels": 1, "teach": 5, "forever": 8, "the": 30, "her": 15, "to": 9}


def spelt(walk: Walk, text: str):
    state = walk.start
    for character in text:
        state = walk.advance(state, character)
    return state


def brute(walk: Walk, state, counts: dict[str, int], written: str, whole: list[str]) -> dict[str, float]:
    """The shares by trying every word to its end."""
    found = {}
    for character in walk.allowed(state) & set("abcdefghijklmnopqrstuvwxyz"):
        below = [word for word in whole if word.startswith(written + character)]
        lawful = []
        for word in below:
            there = state
            try:
                for letter in word[len(written) :]:
                    there = walk.advance(there, letter)
            except KeyError:
                continue
            if walk.allowed(there) & {" ", END}:
                lawful.append(word)
        found[character] = sum(counts[one] for one in lawful) / sum(counts[one] for one in below)
    return found


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize(
    "wish", [Wish(("/",), letter="e"), Wish(("x/x/",)), Wish(("x/",), letter="t", words=("eels",))]
)
def test_the_shares_are_those_that_counting_finds(backward: bool, wish: Wish) -> None:
    lexicon = Lexicon(COUNTS)
    walk = Walk(lexicon, wish, backward=backward)
    counts = {(word[::-1] if backward else word): count for word, count in COUNTS.items()}
    seen, states = set(), [(walk.start, "")]
    while states:
        state, written = states.pop()
        if state in seen or walk.ended(state):
            continue
        seen.add(state)
        shares = {letter: share for letter, share in walk.outlook(state).items() if letter.isalpha()}
        assert shares == pytest.approx(brute(walk, state, counts, written, list(counts)))
        for character in walk.allowed(state) - set(",.;:!?-—"):
            states.append((walk.advance(state, character), written + character if character.isalpha() else ""))
    assert len(seen) > 5


def test_a_letter_that_leads_to_a_rare_word_alone_has_a_small_share() -> None:
    walk = Walk(Lexicon(COUNTS), Wish(("/",), letter="e"), backward=True)
    assert walk.outlook(spelt(walk, "s")) == pytest.approx({"e": 1.0, "l": 1 / 51})


def test_spellings_of_older_printers_and_pieces_are_left_out() -> None:
    words = {
        "rain": 60, "raine": 4, "moon": 90, "moone": 4, "year": 30, "yeares": 3, "years": 40, "voice": 50, "voyce": 4,
        "beauty": 200, "beautie": 6, "re": 29, "elles": 4, "her": 900, "here": 100, "war": 90, "ware": 3, "to": 3000,
        "too": 300, "born": 40, "borne": 9, "look 'd": 5, "win": 20, "wine": 3, "raines": 3,
    }  # fmt: skip
    kept = without_old_spellings({word: (count, 0) for word, count in words.items()})
    assert set(words) - set(kept) == {"raine", "moone", "yeares", "voyce", "beautie", "re", "elles"}
