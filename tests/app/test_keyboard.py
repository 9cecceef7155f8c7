"""A melody that is played in: what a browser sends is checked, and every melody comes back from its ABC."""

from __future__ import annotations

from fractions import Fraction
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.app import keyboard_view
from generator.app.keyboard import (
    HIGHEST,
    KEYS,
    LONGEST,
    LOWEST,
    METRES,
    MOST_NOTES,
    MOST_TOTAL,
    Played,
    Take,
    abc_of,
    bar_of,
    beat_of,
    fitting,
    played_of,
    quantised,
    read_notes,
    read_take,
    score_of,
    upbeats_of,
)
from generator.app.keyboard_parts import CSS, HTML
from generator.app.keyboard_script import JS
from generator.app.keyboard_view import names
from generator.app.melodies import score_of as read_abc
from generator.errors import ConfigError
from generator.music import parse_key

entries = st.tuples(st.none() | st.integers(LOWEST, HIGHEST), st.integers(1, LONGEST))


@st.composite
def melodies(draw: st.DrawFn) -> Played:
    metre = draw(st.sampled_from(METRES))
    notes = draw(st.lists(entries, min_size=1, max_size=16))
    notes[draw(st.integers(0, len(notes) - 1))] = (draw(st.integers(LOWEST, HIGHEST)), draw(st.integers(1, 16)))
    return Played(tuple(notes), draw(st.sampled_from(KEYS)), metre, draw(st.sampled_from(upbeats_of(metre))))


def heard(played: Played) -> list[tuple[int | None, Fraction, Fraction]]:
    """Each note with its onset and length in quarters, by adding up."""
    found, at = [], Fraction(0)
    for midi, length in played.notes:
        if midi is not None:
            found.append((midi, at, Fraction(length, 4)))
        at += Fraction(length, 4)
    return found


@settings(max_examples=40)
@given(melodies())
def test_every_melody_comes_back_from_its_abc_in_whole_bars(played: Played):
    score = read_abc(abc_of(played).encode(), "melody.abc")
    (voice,) = score.voices()
    assert [(each.pitch.midi, each.onset, each.duration) for each in voice.sounding()] == heard(played)
    assert score.metres[0].name == played.metre
    assert score.keys[0].key == parse_key(played.key)
    assert score.length == Fraction(sum(length for _, length in played.notes), 4)

    spans = [end - start for start, end in score.bar_spans()]
    full = Fraction(bar_of(played.metre), 4)
    inner = spans[1 if played.upbeat else 0 : -1]
    assert inner == [full] * len(inner)
    assert 0 < spans[-1] <= full
    if played.upbeat and len(spans) > 1:
        assert spans[0] == Fraction(played.upbeat, 4)

    found = played_of(score)
    assert found is not None
    assert heard(found) == heard(played)
    assert (found.key, found.metre) == (played.key, played.metre)
    assert score_of(found).bars == score.bars


@pytest.mark.parametrize(
    ("key", "midi", "name"),
    [
        ("G major", 66, "F#4"),
        ("Db major", 66, "Gb4"),
        ("F major", 70, "Bb4"),
        ("E minor", 63, "D#4"),
        ("C minor", 63, "Eb4"),
        ("F# major", 65, "E#4"),
        ("D dorian", 61, "C#4"),
    ],
)
def test_pitches_are_spelled_for_the_key(key: str, midi: int, name: str):
    (voice,) = score_of(Played(((midi, 4),), key)).voices()
    assert voice.notes()[0].pitch.name == name
    assert names(key)[str(midi)][0] == name.replace("#", "♯").replace("b", "♭")


def test_every_key_of_the_piano_has_a_name_that_can_be_read_out():
    for key in KEYS:
        found = names(key)
        assert list(map(int, found)) == list(range(LOWEST, HIGHEST + 1))
        assert len({said for _, said in found.values()}) == len(found)
    assert names("C major")["61"] == ["C♯4", "C sharp 4"]


def test_a_note_across_a_bar_line_is_tied():
    score = score_of(Played(((60, 12), (62, 8), (64, 12)), "C major", "4/4"))
    (voice,) = score.voices()
    assert [(note.pitch.name, note.duration, note.tied) for note in voice.notes()] == [
        ("C4", 3, False), ("D4", 1, True), ("D4", 1, False), ("E4", 3, False),
    ]  # fmt: skip


def test_nothing_is_no_melody():
    for notes in ((), ((None, 4),)):
        assert not Played(notes).sounds
        with pytest.raises(ConfigError, match="no melody"):
            abc_of(Played(notes))


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=40)
@given(junk | st.lists(st.tuples(junk, junk).map(list), max_size=4))
def test_whatever_a_browser_sends_is_notes_or_refused(said: object):
    try:
        notes = read_notes(said)
    except ConfigError:
        return
    assert all(
        (midi is None or (type(midi) is int and LOWEST <= midi <= HIGHEST))
        and type(length) is int
        and 1 <= length <= LONGEST
        for midi, length in notes
    )


@settings(max_examples=40)
@given(
    st.fixed_dictionaries(
        {"notes": st.just([]) | junk, "bpm": st.just(80) | junk, "grid": st.just(2) | junk},
        optional={"keys": st.lists(st.tuples(st.integers(30, 100), st.floats(), st.floats()).map(list) | junk)},
    )
    | junk
)
def test_whatever_a_browser_sends_is_a_take_or_refused(said: object):
    try:
        take = read_take(said)
        quantised(take, "3/4")
    except ConfigError:
        return
    assert isinstance(take, Take)


@pytest.mark.parametrize(
    "said",
    [
        None, "abc", {"0": [60, 4]}, [[60]], [[60, 4, 4]], [[LOWEST - 1, 4]], [[HIGHEST + 1, 4]], [[60, 0]],
        [[60, LONGEST + 1]], [[60.5, 4]], [[True, 4]], [[60, "4"]], [[60, float("nan")]], [[60, 4]] * (MOST_NOTES + 1),
        [[60, LONGEST]] * (MOST_TOTAL // LONGEST + 1),
    ],
)  # fmt: skip
def test_notes_that_no_keyboard_sends_are_refused(said: object):
    with pytest.raises(ConfigError):
        read_notes(said)


def test_a_melody_played_evenly_is_written_as_it_was_meant():
    beat = 60 / 96
    meant = [(60, 2), (62, 2), (64, 4), (None, 4), (65, 6), (67, 2), (60, 8)]
    jitter = [0.03, -0.04, 0.02, 0.05, -0.03, 0.04, 0.01]
    keys, at = [], 4 * beat  # a bar of silence first, which is left out
    for (midi, length), late in zip(meant, jitter, strict=True):
        if midi is not None:
            keys.append([midi, at + late, at + late + length / 4 * beat * 0.85])
        at += length / 4 * beat
    take = read_take({"notes": [], "bpm": 96, "grid": 2, "keys": keys})
    assert list(quantised(take, "4/4")) == meant
    assert quantised(Take(((72, 4),), 96, 2, take.keys), "4/4")[:3] == ((72, 4), (None, 16), (60, 2))


def test_of_a_take_that_is_too_much_the_beginning_stays(monkeypatch: pytest.MonkeyPatch):
    before = ((60, 2),) * 250
    beat = 60 / 120
    apart = [[62, 2 * step * beat, (2 * step + 0.5) * beat] for step in range(100)]  # a rest behind each key
    take = {"given": 0, "notes": [list(each) for each in before], "bpm": 120, "grid": 2, "keys": apart}
    state: dict[str, object] = {keyboard_view.melody.NOTES: before, keyboard_view.BOARD: {"take": take}}
    monkeypatch.setattr(keyboard_view.st, "session_state", state)
    keyboard_view.take_came()
    played = keyboard_view.melody.played().notes
    assert len(played) == MOST_NOTES and played[:254] == (*before, (62, 2), (None, 6), (62, 2), (None, 6))
    assert "left out" in str(state[keyboard_view.PROBLEM])
    state[keyboard_view.BOARD] = {"melody": {"given": 1, "notes": [[60, 4]]}}
    keyboard_view.notes_came()
    assert keyboard_view.melody.played().notes == ((60, 4),) and keyboard_view.PROBLEM not in state


@given(st.lists(entries, max_size=500))
def test_what_fits_is_all_or_as_much_as_there_is_room_for(notes: list[tuple[int | None, int]]):
    kept = fitting(notes)
    assert list(kept) == notes[: len(kept)]
    assert read_notes([list(each) for each in kept]) == kept
    if len(kept) < len(notes):
        with pytest.raises(ConfigError):
            read_notes([list(each) for each in notes[: len(kept) + 1]])


takes = st.lists(
    st.tuples(st.integers(LOWEST, HIGHEST), st.floats(0, 60), st.floats(0, 3)).map(
        lambda key: [key[0], key[1], key[1] + key[2]]
    ),
    max_size=20,
)


@settings(max_examples=40)
@given(takes, st.sampled_from([1, 2]), st.integers(30, 240), st.sampled_from(METRES))
def test_no_key_of_a_take_is_lost_and_all_stand_on_the_grid(keys: list[list[float]], grid: int, bpm: int, metre: str):
    take = read_take({"notes": [], "bpm": bpm, "grid": grid, "keys": keys})
    notes = quantised(take, metre)
    assert [midi for midi, _ in notes if midi is not None] == [midi for midi, _, _ in take.keys]
    assert all(length % grid == 0 for midi, length in notes)
    if keys:
        silent = sum(length for midi, length in next(iter(groupby(notes, lambda note: note[0] is None)))[1])
        assert notes[0][0] is not None or silent < bar_of(metre)
        assert Played(notes, metre=metre).sounds


def test_beats_of_compound_metres_are_dotted():
    assert [beat_of(metre) for metre in ("4/4", "2/2", "6/8", "3/8", "12/8")] == [4, 8, 6, 2, 6]
    for metre in METRES:
        assert bar_of(metre) % beat_of(metre) == 0 and bar_of(metre) % 2 == 0


def test_what_the_keyboard_shows_is_put_in_as_text():
    assert "<script" not in HTML and "url(" not in CSS
    for word in ("innerHTML", "outerHTML", "eval(", "http:", "https:", "fetch("):
        assert word not in JS
