"""The score: what is lawful, what is found to be wrong, and moving it to another key."""

from dataclasses import replace
from fractions import Fraction as F

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_scores import keys, pitches, scores

from generator.errors import ConfigError, CorpusError
from generator.music.durations import is_writable, split, written
from generator.music.pitch import MODES, Key, Pitch, parse_key, parse_pitch, spell
from generator.music.score import KeyChange, Metre, Note, Part, Rest, Score, Voice
from generator.music.transposing import transpose


def note(onset, duration, name="C4", **marks) -> Note:
    return Note(F(onset), F(duration), parse_pitch(name), **marks)


def one_line(*events, bars=(0, 4), length=8, metre=(4, 4)) -> Score:
    return Score((Part((Voice(tuple(events)),)),), tuple(map(F, bars)), F(length), (Metre(F(0), *metre),))


def full(*events) -> Score:
    return one_line(*events, Rest(F(4), F(4)))


@settings(max_examples=30)
@given(scores())
def test_made_scores_are_lawful(score):
    assert score.problems() == []


@pytest.mark.parametrize(
    ("score", "complaint"),
    [
        (full(note(0, 2), note(3, 1)), "a gap in bar 1"),
        (full(note(0, 3), note(2, 2)), "an overlap in bar 1"),
        (one_line(note(0, 3), note(3, 2), Rest(F(5), F(3))), "across the bar line in bar 1"),
        (full(note(0, 2, tied=True), note(2, 2, "D4")), "a tie from C4 to no note of that pitch"),
        (full(note(0, 2, "C#4", tied=True), note(2, 2, "Db4")), "a tie from C#4"),
        (one_line(Rest(F(0), F(4)), note(4, 4, tied=True)), "beyond the end"),
        (full(note(0, 4, "E4"), note(0, 4, "C4")), "not in order"),
        (one_line(Rest(F(0), F(4))), "less than the 8 quarters"),
        (one_line(Rest(F(0), F(8)), bars=(0,)), "bar 1 lasts 8 quarters where 4/4 asks for 4"),
        (one_line(Rest(F(0), F(3)), Rest(F(3), F(4)), Rest(F(7), F(2)), bars=(0, 3, 7), length=9), None),
        (
            one_line(Rest(F(0), F(3)), Rest(F(3), F(1)), Rest(F(4), F(4)), bars=(0, 3, 4), length=8),
            "bar 2 lasts 1 quarters",
        ),
        (replace(full(note(0, 4)), metres=(Metre(F(0), 4, 4), Metre(F(3), 3, 4))), "3/4 changes inside a bar"),
        (replace(full(note(0, 4)), keys=(KeyChange(F(4), Key(1)),)), "the first key does not stand at the beginning"),
        (full(note(0, 4, "C10")), "outside the keys"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(score, complaint):
    found = score.problems()
    if complaint is None:
        assert found == []
        return
    assert any(complaint in problem for problem in found), found
    with pytest.raises(CorpusError, match="not a lawful score"):
        score.validate()


def test_pickups_keys_and_metres_are_found_by_their_time():
    score = Score(
        (Part((Voice((note(0, 1), note(1, 4), note(5, 3))),)),),
        (F(0), F(1), F(5)),
        F(8),
        (Metre(F(0), 4, 4), Metre(F(5), 3, 4)),
        (KeyChange(F(0), Key(1, "major")), KeyChange(F(5), Key(-1))),
    )
    assert score.problems() == []
    assert score.pickup == 1
    assert [score.metre_at(F(time)).name for time in (0, 4, 5, 7)] == ["4/4", "4/4", "3/4", "3/4"]
    assert score.key_at(F(4)).name == "G major" and score.key_at(F(5)).name == "1 flat"
    assert score.tempo_at(F(0)) is None


def test_tied_notes_are_heard_as_one():
    events = (note(0, 4, tied=True), note(0, 4, "E4"), note(4, 2, tied=True), note(6, 1), note(7, 1))
    assert [(n.onset, n.duration, n.pitch.name) for n in Voice(events).sounding()] == [
        (0, 7, "C4"),
        (0, 4, "E4"),
        (7, 1, "C4"),
    ]


@given(pitches)
def test_pitches_keep_their_name(pitch):
    assert parse_pitch(pitch.name) == pitch


def test_middle_c_and_the_octave_of_altered_names():
    assert parse_pitch("C4").midi == 60 and parse_pitch("A4").midi == 69
    assert parse_pitch("Cb4").midi == parse_pitch("B3").midi == 59
    assert parse_pitch("B#3").midi == 60
    for bad in ("", "H2", "C", "C####4", "4", "Cx4"):
        with pytest.raises(ConfigError):
            parse_pitch(bad)


@pytest.mark.parametrize(
    ("name", "fifths", "mode"),
    [("G", 1, "major"), ("Em", 1, "minor"), ("A dorian", 1, "dorian"), ("Bb", -2, "major"), ("F# minor", 3, "minor"),
     ("Dmix", 1, "mixolydian"), ("E phrygian", 0, "phrygian"), ("F Lydian", 0, "lydian"), ("Cb", -7, "major")],
)  # fmt: skip
def test_keys_by_name(name, fifths, mode):
    assert parse_key(name) == Key(fifths, mode)
    assert parse_key(parse_key(name).name) == parse_key(name)


@given(keys)
def test_every_key_is_found_by_its_own_name(key):
    assert parse_key(key.name) == key
    assert key.tonic_class == parse_pitch(key.tonic + "4").midi % 12


@pytest.mark.parametrize(("name", "mode"), [("A dorian", "dorian"), ("A Dor", "dorian"), ("Amixo", "mixolydian")])
def test_a_mode_may_be_shortened_but_not_misspelt(name, mode):
    assert parse_key(name).mode == mode
    for bad in (name + "x", name[:-1] + "x"):
        with pytest.raises(ConfigError, match="no mode is called") as caught:
            parse_key(bad)
        assert mode in caught.value.hint


def test_a_word_that_is_like_no_mode_is_answered_with_all():
    with pytest.raises(ConfigError, match="'E minro' is not a key: no mode is called minro") as caught:
        parse_key("E minro")
    assert caught.value.hint == "Did you mean minor?"
    with pytest.raises(ConfigError) as caught:
        parse_key("A jazz")
    assert all(mode in caught.value.hint for mode in MODES)


def test_what_is_no_key_is_refused():
    for bad in ("", "H", "G##", "major", "A jazz"):
        with pytest.raises(ConfigError, match="not a key"):
            parse_key(bad)


@given(st.integers(0, 127), st.integers(-7, 7))
def test_a_key_number_is_spelled_in_its_key(midi, fifths):
    pitch = spell(midi, fifths)
    assert pitch.midi == midi
    assert fifths - 3 <= pitch.fifths <= fifths + 8
    scale = {(place * 7) % 12 for place in range(fifths - 1, fifths + 6)}
    if midi % 12 in scale:  # notes of the scale carry the signature's own accidentals
        assert fifths - 1 <= pitch.fifths <= fifths + 5


def test_c_major_is_spelled_as_books_do():
    assert [spell(midi).name for midi in range(60, 72)] == [
        "C4", "C#4", "D4", "Eb4", "E4", "F4", "F#4", "G4", "G#4", "A4", "Bb4", "B4"]  # fmt: skip


@settings(max_examples=40)
@given(scores(), st.integers(-6, 6))
def test_transposing_moves_every_note_alike(score, semitones):
    moved = transpose(score, semitones)
    assert moved.problems() == []
    assert all(abs(change.key.fifths) <= 7 for change in moved.keys)
    for before, after in zip(score.voices(), moved.voices(), strict=True):
        for old, new in zip(before.notes(), after.notes(), strict=True):
            assert new.pitch.midi - old.pitch.midi == semitones
            assert (new.onset, new.duration, new.tied) == (old.onset, old.duration, old.tied)
    for old_key, new_key in zip(score.keys, moved.keys, strict=True):
        assert (new_key.key.tonic_class - old_key.key.tonic_class) % 12 == semitones % 12
        assert new_key.key.mode == old_key.key.mode


@settings(max_examples=20)
@given(scores(most_parts=1), st.integers(-12, 12))
def test_transposing_there_and_back(score, semitones):
    signatures = [change.key.fifths for change in score.keys]
    move = next(
        (each for each in (7 * semitones % 12, 7 * semitones % 12 - 12) if all(abs(s + each) <= 7 for s in signatures)),
        None,
    )
    if move is None:
        return
    there = transpose(score, semitones, fifths=move)
    if all(abs(n.pitch.alter) <= 2 for voice in there.voices() for n in voice.notes()):
        assert transpose(there, -semitones, fifths=-move) == score


def test_a_transposed_scale_is_a_scale():
    names = ["G4", "A4", "B4", "C5", "D5", "E5", "F#5", "G5"]
    score = replace(
        full(*(note(F(i, 2), F(1, 2), name) for i, name in enumerate(names))), keys=(KeyChange(F(0), Key(1, "major")),)
    )
    moved = transpose(score, -1)
    assert moved.keys[0].key.name == "F# major" or moved.keys[0].key.name == "Gb major"
    letters = "".join(n.pitch.step for n in moved.parts[0].voices[0].notes())
    assert letters in ("FGABCDEF", "GABCDEFG")


def test_transposing_off_the_keyboard_is_refused():
    with pytest.raises(ConfigError, match="leaves the keys"):
        transpose(full(note(0, 4, "C9")), 24)
    with pytest.raises(ConfigError, match="are not 2 fifths"):
        transpose(full(note(0, 4)), 1, fifths=2)


@given(st.fractions(F(1, 64), F(16)).filter(lambda value: value > 0))
def test_any_length_is_made_of_writable_ones_or_refused(duration):
    pieces = split(duration)
    if pieces is None:
        odd = duration.denominator
        while odd % 2 == 0:
            odd //= 2
        assert odd not in (1, 3, 5, 7) or duration.denominator > 64
        return
    assert sum(length for length, _ in pieces) == duration
    assert all(is_writable(length, tuplet) for length, tuplet in pieces)


def test_lengths_by_hand():
    assert written(F(1)) == (1, 0)
    assert written(F(7, 4)) == (1, 2)
    assert written(F(2, 3), (3, 2)) == (1, 0)
    assert written(F(5, 4)) is None and written(F(0)) is None
    assert split(F(5, 4)) == ((F(1), None), (F(1, 4), None))
    assert split(F(5, 3)) == ((F(4, 3), (3, 2)), (F(1, 3), (3, 2)))
    assert Pitch("G", 1, 4).name == "G#4"
