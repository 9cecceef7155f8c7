"""MIDI: what is heard comes back, off-grid notes are drawn to the grid and told, damaged files are refused."""

from dataclasses import replace
from fractions import Fraction as F

import pytest
import symusic
from hypothesis import given, settings
from hypothesis import strategies as st
from made_scores import scores

from generator.errors import ConfigError, CorpusError, RenderingError
from generator.music.midi_reading import GRID, read_midi
from generator.music.midi_writing import heard, write_midi
from generator.music.pitch import Key, parse_pitch
from generator.music.score import KeyChange, Metre, Note, Part, Rest, Score, Tempo, Voice


def note(onset, duration, name="C4", **marks) -> Note:
    return Note(F(onset), F(duration), parse_pitch(name), **marks)


def sound(score: Score) -> list:
    return [(part.name, part.program or 0, heard(part)) for part in score.parts]


@settings(max_examples=15)
@given(scores())
def test_what_is_heard_comes_back(score):
    if not all(voice.notes() for voice in score.voices()):
        return
    found, moved = read_midi(write_midi(score), grid=[12])
    assert found.score.problems() == []
    assert sound(found.score) == sound(score)
    assert (moved.moved, moved.most) == (0, 0.0)
    last = max(end for part in score.parts for _, end, _ in heard(part))
    assert found.score.bars == score.bars[: len(found.score.bars)] and found.score.length >= last
    assert [(t.onset, t.bpm) for t in found.score.tempos] == [
        (t.onset, t.bpm) for t in score.tempos if t.onset < found.score.length
    ]
    assert [change.key.fifths for change in found.score.keys] == [
        change.key.fifths for change in score.keys if change.onset < found.score.length
    ]


@settings(max_examples=15)
@given(scores(most_parts=2))
def test_symusic_counts_the_same_notes(score):
    count = sum(len(heard(part)) for part in score.parts)
    if not count:
        with pytest.raises(RenderingError, match="no notes"):
            write_midi(score)
        return
    file = symusic.Score.from_midi(write_midi(score))
    assert file.note_num() == count
    assert F(file.end(), file.ticks_per_quarter) == max(end for part in score.parts for _, end, _ in heard(part))


def test_notation_is_found_again():
    """Ties over bar lines, a pickup, triplets and the spelling of the key."""
    line = Voice(
        (
            note(0, 1, "F#4"),
            note(1, F(1, 3), "A#4", tuplet=(3, 2)),
            note(F(4, 3), F(2, 3), "B4", tuplet=(3, 2)),
            note(2, 2, "C#5", tied=True),
            note(4, 3, "C#5"),
        )
    )
    score = Score(
        (Part((line,), "Flute", 73),), (F(0), F(1), F(4)), F(7), (Metre(F(0), 3, 4),),
        (KeyChange(F(0), Key(2, "minor")),), (Tempo(F(0), F(96)),),
    )  # fmt: skip
    assert score.problems() == []
    assert read_midi(write_midi(score))[0].score == score


def file_of(*notes: tuple[int, int, int], ticks: int = 480, **more) -> bytes:
    score = symusic.Score(ticks)
    track = symusic.Track("", 0, False)
    for each in notes:
        track.notes.append(symusic.Note(*each, 80))
    score.tracks.append(track)
    for name, values in more.items():
        for value in values:
            getattr(score, name).append(value)
    return score.dumps_midi()


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 900), st.integers(30, 90)), min_size=1, max_size=12))
def test_any_notes_become_a_lawful_score(notes):
    found, moved = read_midi(file_of(*notes))
    assert found.score.problems() == []
    assert moved.most <= 1 / 8 + 1e-9, "no place is farther from the grid of sixteenths than half a sixteenth"
    played = read_midi(write_midi(found.score))[0].score
    assert sound(played) == sound(found.score), "a second pass moves nothing"


def test_the_distance_from_the_grid_is_told():
    found, moved = read_midi(file_of((5, 475, 60), (490, 470, 62), (960, 480, 64)))
    assert [(n.onset, n.duration) for n in found.score.parts[0].voices[0].notes()] == [(0, 1), (1, 1), (2, 1)]
    assert (moved.notes, moved.moved, moved.grid) == (3, 2, GRID)
    assert moved.most == pytest.approx(10 / 480) and moved.mean == pytest.approx(15 / 480 / 3)


def test_the_grid_is_the_users():
    triplet = [(160 * number, 160, 60) for number in range(3)]
    coarse, moved = read_midi(file_of(*triplet), grid=[2])
    assert {n.onset.denominator for n in coarse.score.parts[0].voices[0].notes()} <= {1, 2} and moved.moved
    fine, exact = read_midi(file_of(*triplet), grid=[2, 3])
    assert [n.tuplet for n in fine.score.parts[0].voices[0].notes()] == [(3, 2)] * 3 and not exact.moved
    for bad in ([], [0], [100]):
        with pytest.raises(ConfigError, match="grid"):
            read_midi(file_of(*triplet), grid=bad)


def test_simultaneous_notes_become_chords_and_voices():
    found = read_midi(file_of((0, 480, 60), (0, 480, 64), (0, 960, 48), (480, 480, 67)))[0].score
    assert found.problems() == []
    upper, lower = found.parts[0].voices
    assert [n.pitch.midi for n in upper.notes()] == [60, 64, 67] and [n.pitch.midi for n in lower.notes()] == [48]


def test_drums_and_metres_that_come_too_early():
    signatures = [symusic.TimeSignature(0, 4, 4), symusic.TimeSignature(480 * 6, 3, 4)]
    score = read_midi(file_of((0, 480 * 8, 60), time_signatures=signatures))[0].score
    assert score.problems() == []
    assert [end - start for start, end in score.bar_spans()] == [4, 2, 3] and [m.name for m in score.metres] == [
        "4/4",
        "3/4",
    ]
    drums = Score((Part((Voice((note(0, 4),)),), "kit", 0, True),), (F(0),), F(4), (Metre(F(0), 4, 4),))
    assert read_midi(write_midi(drums))[0].score == replace(drums)


def test_no_tempo_is_lost_to_rounding():
    for bpm in (F(110), F(7999, 100), F(243)):
        score = Score((Part((Voice((note(0, 4),)),)),), (F(0),), F(4), (Metre(F(0), 4, 4),), (), (Tempo(F(0), bpm),))
        assert read_midi(write_midi(score))[0].score.tempos == score.tempos


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "not a MIDI file"),
        (b"hello, world", "not a MIDI file"),
        (file_of((0, 480, 60))[:-5], "cut off"),
        (file_of((0, 480, 60))[:22] + bytes([255] * 99), "cut off|symusic cannot read it|not one note"),
        (file_of(), "not one note"),
        (file_of((0, 1, 60), (480 * 4 * 30_000, 1, 60)), "more than 20000 bars"),
    ],
)
def test_broken_files_are_refused(data, complaint):
    with pytest.raises(CorpusError, match=complaint):
        read_midi(data)


def test_what_midi_cannot_hold_is_refused():
    rests = Score((Part((Voice((Rest(F(0), F(4)),)),)),), (F(0),), F(4))
    with pytest.raises(RenderingError, match="no notes"):
        write_midi(rests)
    odd = Score((Part((Voice((note(0, F(1, 32771)),)),)),), (F(0),), F(4))
    with pytest.raises(RenderingError, match="ticks"):
        write_midi(odd)
