"""Part writing: passages with one fault each, music21's rules as an oracle, and what transposing must not change."""

from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_pieces import choirs, piece

from generator.errors import CorpusError
from generator.evaluation.music import is_four_part, part_writing
from generator.evaluation.music.part_writing import FIFTH, OCTAVE, REST, consecutive, frames_of
from generator.music import Score, spell, transpose

FAULTS = ("parallel_fifths", "contrary_fifths", "parallel_octaves", "contrary_octaves", "hidden", "crossed", "wide")

# S, A, T, B, and the faults that they have
PASSAGES = {
    "none": (["C5 B4", "G4 G4", "E4 D4", "C3 G3"], {}),
    "fifths of tenor and bass": (["C5 C5", "E4 F4", "G3 A3", "C3 D3"], {"parallel_fifths": 1}),
    "a fifth and a twelfth": (["C5 C5", "E4 F4", "G4 A4", "C3 D3"], {"parallel_fifths": 1, "crossed": 2}),
    "fifths by contrary motion": (["C5 C5", "E4 F4", "G3 D4", "C3 G2"], {"contrary_fifths": 1}),
    "octaves of soprano and bass": (["C5 D5", "G4 F4", "E4 F4", "C3 D3"], {"parallel_octaves": 1}),
    "unisons": (["C5 C5", "E4 F4", "G3 A3", "G3 A3"], {"parallel_octaves": 1}),
    "octaves by contrary motion": (["C5 C5", "E4 F4", "C4 D4", "C3 D2"], {"contrary_octaves": 1}),
    "a chord struck again": (["C5 C5", "E4 E4", "G3 G3", "C3 C3"], {}),
    "one voice holds": (["C5 C5", "E4 E4", "G3/2", "C3 C2"], {}),
    "a rest between": (["C5/3", "E4 F4/2", "G3 - A3", "C3 - D3"], {}),
    "from a diminished fifth": (["C5 C5", "D4 D4", "F3 G3", "B2 C3"], {}),
    "hidden octave by a leap": (["E4 C5", "D4 E4", "G3 G3", "F2 C3"], {"hidden": 1}),
    "into an octave by step": (["B4 C5", "D4 E4", "G3 G3", "F2 C3"], {}),
    "crossed": (["E4 C5", "G4 E4", "C4 G3", "C3 C3"], {"crossed": 1}),
    "wide": (["G5 C5", "E4 G4", "C4 E4", "C3 C3"], {"wide": 1}),
}


@pytest.mark.parametrize("name", PASSAGES)
def test_each_fault_is_counted_and_no_other(name: str) -> None:
    voices, faults = PASSAGES[name]
    found = part_writing(piece(*voices))
    assert {fault: getattr(found, fault) for fault in FAULTS} == {fault: faults.get(fault, 0) for fault in FAULTS}


def test_notes_out_of_range_are_counted_by_voice() -> None:
    found = part_writing(piece("C4 B3 G5 A5", "G3 F3 C5 C#5", "C3 B2 G4 G#4", "E2 D2 C4 C#4"))
    assert found.outside == (2, 2, 2, 2)
    assert found.notes == (4, 4, 4, 4)


def test_tied_and_held_notes_do_not_begin_anew() -> None:
    found = frames_of(piece("C4~ C4 D4/2", "E3/3 F3"))
    assert found.pitches.tolist() == [[60, 62, 62], [52, 52, 53]]
    assert found.begins.tolist() == [[True, True, False], [True, False, True]]
    assert [float(each) for each in found.durations] == [2, 1, 1]


def test_crossed_voices_count_by_what_sounds_or_as_written() -> None:
    pitches = frames_of(piece("C4 D4", "F4 G4")).pitches  # the lower voice of the page a fourth above
    assert consecutive(pitches, FIFTH) == 0
    assert consecutive(pitches, FIFTH, as_written=True) == 1


@settings(max_examples=15)
@given(choirs, st.integers(-5, 5))
def test_transposing_changes_no_motion(score: Score, by: int) -> None:
    one, other = part_writing(score), part_writing(transpose(score, by))
    assert [getattr(one, fault) for fault in FAULTS] == [getattr(other, fault) for fault in FAULTS]


@settings(max_examples=25)
@given(st.lists(st.integers(48, 72), min_size=4, max_size=4), st.sampled_from([(7, 7), (12, 12), (0, 12), (19, 7)]))
def test_music21_finds_the_same_consecutives(pitches: list[int], apart: tuple[int, int]) -> None:
    """Its parallelFifth counts contrary motion too; its octaves and unisons are told apart, ours are not."""
    voice_leading = pytest.importorskip("music21.voiceLeading")
    note = pytest.importorskip("music21.note")
    lower = pitches[:2]
    for upper in (pitches[2:], [low + step for low, step in zip(lower, apart, strict=True)]):
        four = [note.Note(spell(each).name.replace("b", "-")) for each in (*upper, *lower)]
        judge = voice_leading.VoiceLeadingQuartet(*four)
        score = piece(*[" ".join(spell(each).name for each in line) for line in (upper, lower)])
        voices = frames_of(score).pitches
        if voices.shape[1] < 2:
            continue
        fifths, octaves = (
            consecutive(voices, each) + consecutive(voices, each, contrary=True) for each in (FIFTH, OCTAVE)
        )
        spelled_so = {abs(each.semitones) % 12 == 7 and each.simpleName != "P5" for each in judge.vIntervals}
        if True not in spelled_so and all(up > low for up, low in zip(upper, lower, strict=True)):
            assert bool(fifths) == judge.parallelFifth()
        if judge.parallelUnisonOrOctave():
            assert octaves == 1


@settings(max_examples=15)
@given(choirs)
def test_brute_force_counts_the_same(score: Score) -> None:
    frames = frames_of(score).pitches.T.tolist()
    fifths = octaves = crossed = 0
    for before, after in pairwise(frames):
        for one, other in combinations(range(4), 2):
            four = (before[one], before[other], after[one], after[other])
            if REST in four or (after[one] - before[one]) * (after[other] - before[other]) <= 0:
                continue
            intervals = abs(before[one] - before[other]) % 12, abs(after[one] - after[other]) % 12
            fifths += intervals == (7, 7)
            octaves += intervals == (0, 0)
    for frame in frames:
        heard = [pitch for pitch in frame if pitch != REST]
        crossed += heard != sorted(heard, reverse=True)
    found = part_writing(score)
    assert (found.parallel_fifths, found.parallel_octaves, found.crossed) == (fifths, octaves, crossed)


@pytest.mark.parametrize("voices", [["C4"], ["C4", "C4", "C4"], ["C4", "C4", "C4", "-"]])
def test_what_is_not_of_four_voices_is_refused(voices: list[str]) -> None:
    score = piece(*voices)
    assert not is_four_part(score)
    with pytest.raises(CorpusError, match="four parts"):
        part_writing(score)
