"""Copies from training against brute force, and whatever the key."""

from fractions import Fraction
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_pieces import choir, choirs, piece, tune, tunes

from generator.errors import ConfigError, CorpusError
from generator.evaluation.music import CopyIndex
from generator.evaluation.music.copying import SPELLINGS, spell_frames
from generator.music import Score, Voice, transpose


def spelled(score: Score) -> list[tuple[int | None, Fraction]]:
    """The melody, from the definition."""
    notes = next(score.voices()).sounding()
    before = [None, *[note.pitch.midi for note in notes]]
    return [
        (None if last is None else note.pitch.midi - last, note.duration)
        for last, note in zip(before, notes, strict=False)
    ]


def brute(one: list, others: list[list]) -> int:
    """The longest run of one list in any of the others."""
    return max(
        length
        for length in range(len(one) + 1)
        for start in range(len(one) - length + 1)
        if not length or any(one[start : start + length] == o[i : i + length] for o in others for i in range(len(o)))
    )


few = st.integers(0, 2**32).map(lambda seed: tune(Random(seed), 9, (1, 2)))


@settings(max_examples=40)
@given(st.lists(few, min_size=1, max_size=3), few)
def test_the_longest_run_is_that_of_brute_force(training: list[Score], score: Score) -> None:
    run = CopyIndex(training).longest_run(score)
    symbols, source = spelled(score), spelled(training[run.piece])
    assert run.length == brute(symbols, [spelled(each) for each in training])
    assert symbols[run.start :][: run.length] == source[run.piece_start :][: run.length]
    if run.length:
        assert run.onset == next(training[run.piece].voices()).sounding()[run.piece_start].onset
        assert run.share == run.length / len(symbols)


@settings(max_examples=15)
@given(st.lists(tunes, min_size=1, max_size=3), st.integers(-6, 6), st.data())
def test_a_transposed_copy_is_found_wholly(training: list[Score], by: int, data: st.DataObject) -> None:
    taken = data.draw(st.sampled_from(training))
    run = CopyIndex(training).longest_run(transpose(taken, by))
    assert (run.share, run.start, run.piece_start) == (1, 0, 0)


@settings(max_examples=10)
@given(choirs, st.integers(-4, 4))
def test_a_transposed_chorale_is_found_wholly_by_its_frames(score: Score, by: int) -> None:
    index = CopyIndex([choir(Random(1)), score], "frames")
    run = index.longest_run(transpose(score, by))
    assert run.share == 1
    assert run.length == len(spell_frames(score)[0])


def test_a_part_of_a_piece_is_found_where_it_stands() -> None:
    source = piece("C4 D4/1/2 E4/1/2 G4/2 A4 C5/2 C4/1")
    run = CopyIndex([piece("C4 C4"), source]).longest_run(piece("F4 Bb4 A4/1/2 B4/1/2 D5/2 E5 Gb5"))
    # after A4 (a half, where the source has it after C4): a second up, a third up, a second up
    assert (run.length, run.start, run.piece, run.piece_start, run.onset) == (3, 3, 1, 2, Fraction(3, 2))


def test_every_voice_is_looked_at_when_asked() -> None:
    source = piece("C4 C4 C4", "E3 G3 F3")
    copied = piece("D5 F5 Eb5")
    assert CopyIndex([source]).longest_run(copied).length == 1  # the first notes agree
    run = CopyIndex([source], "voices").longest_run(copied)
    assert (run.length, run.piece_voice) == (3, 1)


def test_nothing_in_common_is_a_run_of_none() -> None:
    run = CopyIndex([piece("C4 D4")]).longest_run(piece("C4/2 E4/2"))
    assert (run.length, run.share, run.occurrences) == (0, 0, 0)


def test_a_run_does_not_cross_from_one_piece_to_the_next() -> None:
    whole = piece("C4 D4 E4 F4 G4 A4")
    index = CopyIndex([piece("C4 D4 E4"), piece("E4 F4 G4 A4")])
    assert index.longest_run(whole).length == 3  # two of the second piece's steps, a tone and a tone, follow F


def test_silent_pieces_have_nothing_to_copy() -> None:
    silent = piece("-/4")
    for spelling in SPELLINGS:
        assert CopyIndex([silent], spelling).longest_run(piece("C4")).length == 0
        assert CopyIndex([piece("C4")], spelling).longest_run(silent).length == 0
    assert CopyIndex([piece(Voice(()))]).longest_run(piece("C4")).length == 0


def test_no_training_pieces_and_unknown_spellings_are_refused() -> None:
    with pytest.raises(CorpusError, match="no training pieces"):
        CopyIndex([])
    with pytest.raises(ConfigError, match="'bass'"):
        CopyIndex([piece("C4")], "bass")
