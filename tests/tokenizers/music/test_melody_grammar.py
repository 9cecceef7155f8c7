"""Free writing in the alphabet ``melody``: whatever is allowed is lawful, and the bar can always be filled."""

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import ConstraintUnsatisfiable
from generator.music import read_score, write_score
from generator.tokenizers.music import Wish
from generator.tokenizers.music.alphabet import Alphabet
from generator.tokenizers.music.melody import Melody
from generator.tokenizers.music.melody_cues import Due, grouped
from generator.tokenizers.music.melody_grammar import FREE, fitting, palette
from generator.tokenizers.music.melody_scores import absolute, home_of
from generator.tokenizers.music.melody_signs import (
    BAR,
    DURATIONS,
    MODE_SIGN,
    PITCHES,
    QUARTER,
    REST,
    SYMBOLS,
    TIE,
)

MELODY = Melody()
SIGNS = {symbol: chr(0xE000 + number) for number, symbol in enumerate(SYMBOLS)}
WISHES = [
    Wish(), Wish(bars=1), Wish(bars=3), Wish(metre="6/8", bars=4, key="Bb minor"), Wish(key="F# dorian", bars=2),
    Wish(mode="lydian", metre="5/4", bars=2), Wish(metre="3/16", bars=9), Wish(key="C# major", metre="9/8", bars=2),
]  # fmt: skip


def walk(wish: Wish, seed: int) -> str:
    """A piece of random characters among the allowed."""
    choice = random.Random(seed)
    place, text = MELODY.begin(wish), ""
    while True:
        allowed = place.allowed()
        if place.may_end() and (not allowed or choice.random() < 0.5):
            return text
        assert allowed, MELODY.shown(text)
        character = choice.choice(allowed)
        text, place = text + character, place.advance(character)


@given(st.sampled_from(WISHES), st.integers(0, 2**32))
@settings(max_examples=25)
def test_what_is_written_freely_is_lawful(wish, seed):
    text = walk(wish, seed)
    score = MELODY.read(text, key=wish.key)
    assert score.problems() == []
    assert MELODY.write(score) == text
    *inner, (start, end) = score.bar_spans()[bool(score.pickup) :]
    full = score.metres[0].bar
    assert {after - before for before, after in inner} <= {full}
    assert end - start in (full, full - score.pickup)
    bars = len(inner) + 1
    assert bars == wish.bars if wish.bars else 4 <= bars <= 128
    assert not wish.metre or score.metres[0].name == wish.metre
    assert not wish.mode or score.keys[0].key.mode == wish.mode
    assert all(note.pitch.midi >= 55 for note in score.parts[0].voices[0].notes())
    assert len(score.metres) == len(score.keys) == 1


@given(st.sampled_from(WISHES), st.integers(0, 2**32))
@settings(max_examples=8)
def test_its_cues_and_its_abc(tmp_path_factory, wish, seed):
    text = walk(wish, seed)
    assert (MELODY.cue_rows(text) == Alphabet.cue_rows(MELODY, text)).all()
    path = tmp_path_factory.mktemp("abc") / "tune.abc"
    write_score(MELODY.read(text, key=wish.key), path)
    assert MELODY.write(read_score(path)) == text


def test_its_musicxml(tmp_path):
    pytest.importorskip("music21")
    for seed in (1, 2):
        text = walk(Wish(bars=2, metre="4/4"), seed)
        write_score(MELODY.read(text), tmp_path / "tune.musicxml")
        assert MELODY.write(read_score(tmp_path / "tune.musicxml")) == text


@cache
def can_be_filled(left: int, group) -> bool:
    """By trying everything."""
    if left == 0:
        return group is None
    return any(can_be_filled(left - duration.ticks, after) for duration, after in notes(left, group))


def notes(left: int, group):
    """Every note that may come, and the tuplet behind it."""
    for sign in FREE:
        duration = DURATIONS[sign]
        if duration.ticks > left or (group and duration.tuplet != group.tuplet):
            continue
        if group and group.done + duration.ticks > group.goals[-1]:
            continue
        yield duration, grouped(group, duration)


@pytest.mark.parametrize("eighths", [2, 3, 4, 5, 6, 8])
def test_a_length_may_be_chosen_just_where_the_bar_can_still_be_filled(eighths):
    """Against every way of filling bars of one eighth of a quarter to a whole one."""
    seen, waiting = set(), [(eighths * QUARTER // 8, None)]
    while waiting:
        place = waiting.pop()
        if place in seen or place[0] == 0:
            continue
        seen.add(place)
        expected = {duration for duration, after in notes(*place) if can_be_filled(place[0] - duration.ticks, after)}
        assert {DURATIONS[sign] for sign in fitting(*place)} == expected
        waiting += [(place[0] - each.ticks, grouped(place[1], each)) for each in expected]
    assert len(seen) > 1


def at(words: str, wish: Wish | None = None):
    place = MELODY.begin(wish or Wish())
    for word in words.split():
        assert SIGNS[word] in place.allowed(), word
        place = place.advance(SIGNS[word])
    return place


def test_ties_join():
    place = at("major [3/4] ♩1 1 tie 2")
    assert set(place.allowed()) & set(PITCHES) == {SIGNS["2"]}
    assert REST not in place.allowed() and not place.may_end()
    full = at("major [2/4] ♩1 1 tie 2", Wish(bars=2))
    assert full.due == Due.FULL and full.allowed() == BAR and not full.may_end()  # no passage begins within a tie
    across = full.advance(BAR)
    assert set(across.allowed()) & set(PITCHES) == {SIGNS["2"]}
    assert TIE in across.allowed()
    assert TIE not in across.advance(SIGNS["♩2"]).allowed()  # it would lead beyond the end


def test_no_length_that_changes_nothing():
    assert SIGNS["♩1"] not in at("major [2/4] ♩1 1").allowed()
    assert not set(at("major [2/4] ♩1").allowed()) & set(DURATIONS)


def test_the_last_bar_and_the_pickup_make_a_full_one():
    place = at("major [2/4] pickup1/2 ♩1/2 5 | 5 5 5", Wish(bars=1))
    assert place.may_end() and place.due == Due.CLOSE and place.allowed()
    assert not at("major [2/4] pickup1/2 ♩1/2 5 | 5 5", Wish(bars=1)).may_end()
    end = place.advance(SIGNS["1"])
    assert end.may_end() and end.allowed() == ""
    assert at("major [2/4] pickup1/2 ♩1/2 5").allowed() == BAR  # no passage begins behind a pickup


@pytest.mark.parametrize(
    "wish", [Wish(key="H"), Wish(key="E minor", mode="dorian"), Wish(mode="blue"), Wish(metre="13/8"), Wish(bars=0)]
)
def test_what_cannot_be_had_is_said(wish):
    with pytest.raises(ConstraintUnsatisfiable):
        MELODY.begin(wish)


def test_wishes_settle_the_header():
    place = MELODY.begin(Wish(key="Em", metre="6/8"))
    assert place.allowed() == MODE_SIGN["minor"]
    assert place.advance(place.allowed()).allowed() == SIGNS["[6/8]"]


def test_pitches_can_be_played():
    key = MELODY.read("".join(SIGNS[word] for word in ["major", "[2/4]", "♩2", "1"]), key="C").keys[0].key
    found = [absolute(*PITCHES[sign], key, home_of(key)) for sign in palette(key, home_of(key))]
    assert min(pitch.midi for pitch in found) == 55 and max(abs(pitch.alter) for pitch in found) <= 2


def test_an_odd_opening_is_filled():
    """A lone note of a quintuplet leaves a bar that no length of free writing fills."""
    place = MELODY.begin(Wish(bars=1))
    for word in ["major", "[2/4]", "♩1/10(5:2)", "1", "♩1/2", "1"]:
        place = place.advance(SIGNS[word])
    choice = random.Random(1)
    while place.allowed():
        place = place.advance(choice.choice(place.allowed()))
    assert place.due == Due.FULL and place.may_end()
