"""An opening and what is asked beside it: the same key under either spelling of its sign, another key refused."""

from __future__ import annotations

import pytest

from generator.decoding.openings import abc_key, agreeing, tonic_of
from generator.errors import ConstraintUnsatisfiable
from generator.music import parse_key
from generator.music.reading import read_bytes
from generator.tokenizers.music import Wish
from generator.tokenizers.music.voices import Voices
from generator.tokenizers.music.voices_plan import plan_of


@pytest.mark.parametrize(("signed", "plain"), [("B♭", "Bb"), ("E♭ major", "Eb major"), ("F♯ minor", "F# minor")])
def test_signs_of_music_are_those_of_the_keyboard(signed: str, plain: str) -> None:
    assert parse_key(signed) == parse_key(plain)
    assert tonic_of(signed) == tonic_of(plain)
    assert abc_key(signed, "minor") == abc_key(plain, "minor")
    assert plan_of(Wish(key=signed)).keys == plan_of(Wish(key=plain)).keys


def test_an_opening_in_the_key_that_is_asked_for_is_taken() -> None:
    (found,) = read_bytes(b"X:1\nM:4/4\nL:1/4\nK:Bb\nB c d e | f4 |]\n", "abc", "opening.abc")
    assert found.score is not None
    assert agreeing(Voices(), found.score, "B♭", {}) == found.score
    with pytest.raises(ConstraintUnsatisfiable, match="--key B asks for another key"):
        agreeing(Voices(), found.score, "B", {})
