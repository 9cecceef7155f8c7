"""Quarters to seconds: the tempo map, against sums and against symusic's own."""

from fractions import Fraction as F

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_scores import scores

from generator.music import Note, Part, Pitch, Score, Tempo, Voice, score_bytes
from generator.music.timing import DEFAULT_BPM, HELD, Clock

C4 = Pitch("C", 0, 4)


def quarters(*fermatas: int, tempos: tuple[Tempo, ...] = (), count: int = 4) -> Score:
    notes = tuple(Note(F(place), F(1), C4, fermata=place in fermatas) for place in range(count))
    return Score((Part((Voice(notes),)),), (F(0),), F(count), tempos=tempos)


def test_seconds_by_hand():
    clock = Clock(quarters(tempos=(Tempo(F(0), F(60)), Tempo(F(1), F(120)), Tempo(F(3), F(90)))))
    assert [clock.seconds(F(time)) for time in range(5)] == [0, 1, F(3, 2), 2, 2 + F(2, 3)]
    assert clock.seconds(F(1, 3)) == F(1, 3)
    assert clock.seconds(F(7)) == 2 + 4 * F(2, 3)  # beyond the end the last tempo goes on


def test_where_no_tempo_is_written_there_is_a_usual_one():
    assert Clock(quarters()).seconds(F(1)) == 60 / DEFAULT_BPM
    late = Clock(quarters(tempos=(Tempo(F(2), F(60)),)))
    assert late.seconds(F(3)) == 2 * 60 / DEFAULT_BPM + 1


def test_a_fermata_is_held_and_what_follows_is_not():
    tempo = (Tempo(F(0), F(60)),)
    clock = Clock(quarters(1, tempos=tempo))
    assert [clock.seconds(F(time)) for time in range(4)] == [0, 1, 1 + HELD, 2 + HELD]
    assert Clock(quarters(1, tempos=tempo), held=F(1)).seconds(F(4)) == 4
    assert Clock(quarters(0, 1, 2, 3, tempos=tempo)).seconds(F(4)) == 4 * HELD


def test_parts_wait_together_as_long_as_the_shortest_note_under_a_fermata():
    short = Voice((Note(F(0), F(1), C4, fermata=True), Note(F(1), F(1), C4)))
    long = Voice((Note(F(0), F(2), C4, fermata=True),))
    score = Score((Part((short,)), Part((long,))), (F(0),), F(2), tempos=(Tempo(F(0), F(60)),))
    assert Clock(score).seconds(F(2)) == HELD + 1


@settings(max_examples=15)
@given(scores(), st.integers(0, 8))
def test_the_tempos_of_a_clock_tell_its_seconds(score, sixteenths):
    clock, time = Clock(score), F(sixteenths, 4)
    told, at = F(0), F(0)
    for tempo, following in zip(clock.tempos, [*clock.tempos[1:], None], strict=True):
        end = time if following is None else min(following.onset, time)
        told += max(end - at, 0) * 60 / tempo.bpm
        at = max(end, at)
    assert clock.seconds(time) == told
    assert clock.seconds(F(0)) == 0


@settings(max_examples=10)
@given(scores(fermatas=False))
def test_symusic_hears_the_same_seconds(score):
    symusic = pytest.importorskip("symusic")
    if not any(voice.notes() for voice in score.voices()) or not score.tempos:
        return
    file = symusic.Score.from_midi(score_bytes(score, ".mid")).to("second")
    clock = Clock(score)
    heard = max(note.end for voice in score.voices() for note in voice.notes())
    last = max(note.start + note.duration for track in file.tracks for note in track.notes)
    assert last == pytest.approx(float(clock.seconds(heard)), abs=2e-3)
