"""Bars that are named as they are printed: where a score has repeats, all the times that they are played are meant."""

from __future__ import annotations

import warnings
from itertools import pairwise
from pathlib import Path

import pytest
from small_composers import from_abc, small_composer

from generator.config import MusicConfig, SamplingConfig
from generator.decoding import Composing, write_music
from generator.errors import ConstraintUnsatisfiable
from generator.music import Score, read_score


def fill_in(source: Score, bars: str) -> Composing:
    """The second voice of a score, written anew in some bars."""
    return write_music(
        small_composer("voices"),
        MusicConfig(bars=bars, voices="2"),
        SamplingConfig(seed=1, precision="float32", particles=2),
        infill=source,
    )


# On the page bar 3 is cut by the repeat, and the brackets stand over 5 and 6. What is played, by the numbers there:
# 0 1 2 3, of which the last is filled by 0; 1 2 3, filled by the other half of 3; 4 5, that half alone, 4 6 7.
REPEATED = """V:1
|:D2|G8|A8|B6:||:c2|d8|1 e8:|2 f8|g6|]
V:2
|:B,2|D8|E8|F6:||:G2|A8|1 B8:|2 c8|d6|]
"""


@pytest.mark.parametrize(
    ("bars", "gaps", "told"),
    [
        ("0", [(0, 1), (12, 13)], "bars 0 are bars 0 and 3"),
        ("1-2", [(1, 9), (13, 21)], "bars 1-2 are bars 1-2 and 4-5"),
        ("5", [(29, 33)], "bars 5 are bars 8"),
        ("6", [(38, 42)], "bars 6 are bars 11"),
    ],
)
def test_bars_of_the_page_are_filled_in_each_time_that_they_are_played(bars, gaps, told):
    source = from_abc(REPEATED, key="G")
    assert source.problems() == []
    made = fill_in(source, bars)
    moves = made.brief.wish.given.moves[1]  # the lower voice
    free = [time for time, move in enumerate(moves) if move == ""]
    assert free == [step for first, end in gaps for step in range(4 * first, 4 * end)]
    assert told in made.brief.notes[0]
    (sample,) = made.generation.samples()
    score = made.score(sample)
    assert score.problems() == [] and score.parts[0].voices == source.parts[0].voices


def test_a_score_without_repeats_has_the_bars_that_are_counted():
    plain = from_abc("V:1\nG8|A8|B8|]\nV:2\nD8|E8|F8|]", key="G")
    made = fill_in(plain, "2")
    moves = made.brief.wish.given.moves[1]
    assert [time for time, move in enumerate(moves) if move == ""] == list(range(16, 32))
    assert plain.printed == () == made.brief.notes


def test_bars_beyond_the_page_are_refused_with_what_is_on_it_and_what_is_played():
    with pytest.raises(ConstraintUnsatisfiable, match="no bars 50 to 80") as caught:
        fill_in(from_abc(REPEATED, key="G"), "50-80")
    assert "0 to 7 on the page" in caught.value.hint and "0 to 12 with its repeats" in caught.value.hint


@pytest.mark.parametrize("name", ["bwv256", "bwv257", "bwv269", "bwv66.6"])
def test_the_numbers_are_those_that_an_edition_prints(name: str):
    """music21's editions number their bars; each note that is played stands in a bar of that number there."""
    from music21 import corpus

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        edition = corpus.parse(name)
        score = read_score(Path(str(corpus.getWork(name))))
    bars = [
        (int(bar.number), [note.pitch.midi for note in bar.notes])
        for bar in edition.parts[0].getElementsByClass("Measure")
    ]
    edges = [*score.printed, (score.length, 0)] if score.printed else []
    for (start, number), (end, _) in pairwise(edges):
        ours = [note.pitch.midi for note in score.parts[0].voices[0].notes() if start <= note.onset < end]
        assert (number, ours) in bars
    assert bool(score.printed) == (name != "bwv66.6")
