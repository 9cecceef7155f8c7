"""Which pitches would go in parallel with another voice, against the measure that counts them in finished pieces."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.evaluation.music import part_writing
from generator.tokenizers.music import Wish
from generator.tokenizers.music.voices import Voices
from generator.tokenizers.music.voices_signs import BAR, CHOIR, PITCHES, SIGNS, pitch_sign

VOICES = Voices()
HEADER = "".join(SIGNS[word] for word in ("key+0", "major", "2/4", "voices4"))
chords = st.tuples(*(st.integers(low, high) for low, high in CHOIR))


def text_of(*bars: tuple[int, ...]) -> str:
    """A piece of one chord a bar of 2/4."""
    hold = SIGNS["-"] * (4 * 7)
    return HEADER + BAR.join("".join(map(pitch_sign, chord)) + hold for chord in bars)


@settings(deadline=None, max_examples=150)
@given(chords, chords)
def test_they_are_those_that_the_measure_counts(before, after):
    place = VOICES.begin(Wish())
    for character in text_of(before) + BAR:
        place = place.advance(character)
    told = 0
    for slot, midi in enumerate(after):
        bad = {PITCHES[character] for character in place.parallels()}
        same = [
            other
            for other in range(slot)
            if before[other] != after[other]
            and before[slot] != midi
            and abs(before[slot] - before[other]) % 12 in (0, 7)
            and abs(midi - after[other]) % 12 == abs(before[slot] - before[other]) % 12
        ]
        assert (midi in bad) == bool(same)
        told += midi in bad
        place = place.advance(pitch_sign(midi))
    counted = part_writing(VOICES.read(text_of(before, after)))
    both = (counted.parallel_fifths, counted.contrary_fifths, counted.parallel_octaves, counted.contrary_octaves)
    assert bool(told) == any(both)


def test_a_voice_that_stays_is_in_no_parallel():
    place = VOICES.begin(Wish())
    for character in text_of((72, 48, 64, 60)) + BAR + pitch_sign(74):
        place = place.advance(character)
    assert pitch_sign(50) in place.parallels() and pitch_sign(48) not in place.parallels()


@pytest.mark.parametrize("frames", [0, 1])
def test_before_the_second_chord_nothing_is_parallel(frames):
    place = VOICES.begin(Wish())
    for character in HEADER + "".join(map(pitch_sign, (72, 48, 64)))[: 3 * frames]:
        place = place.advance(character)
    assert place.parallels() == ""
