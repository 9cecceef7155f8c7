"""An opening and what is asked beside it: the same key under either spelling of its sign, another key refused."""

from __future__ import annotations

import pytest

from generator.decoding.openings import abc_key, agreeing, check_mode, check_notes, tonic_of
from generator.errors import ConfigError, ConstraintUnsatisfiable, DecodingError
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


@pytest.mark.parametrize(
    "lawful",
    [
        "D2 FA d2",
        "~G3 A2 | .d uAvB HcTd LeMd",
        '"Am7"A2 "^above"c !trill!d +fermata+e {gf}a',
        "[CEG]2 [K:D][L:1/16] A>B c<<d (3abc (5:4:5abcde z2 x2 Z2 y A-|A",
        "|: A4 |1 B4 :|2 c4 || [1,3 d4 :| [2 e4 |] d:|",
        "GABc | % hello world\nw: hel-lo wor-ld\ndcBA |",
        "X:1\nT:hello world\nC:somebody\nM:4/4\nK:D\nGABc dcBA |]",
        "U:n=!trill!\nnA nB",
        "_b ^f =c C,, c'' A/ A// A3/2 A/4 \\",
    ],
)
def test_lawful_abc_is_taken(lawful: str) -> None:
    check_notes(lawful, "this")


@pytest.mark.parametrize(
    ("typed", "signs"),
    [
        ("hello world", "(h, l, o, w, r)"),
        ("[C:\\x", "([)"),
        ("F# G", "(#)"),
        ("c’ d", "(’)"),
        ("ABc | why not", "(w, h, n, o, t)"),
        ('"Am A B', '(", m)'),
        ("X:1\nK:D\nABc quick", "(q, i, k)"),
        ("the quick fox jumps onward hilly", "(t, h, q, i, k, o, j, m and others)"),
    ],
)
def test_signs_that_mean_nothing_are_named(typed: str, signs: str) -> None:
    with pytest.raises(ConfigError) as caught:
        check_notes(typed, "this")
    assert f"it has signs that mean nothing there {signs}" in caught.value.message


def test_a_key_of_a_mode_that_the_model_never_met_is_refused_with_those_that_it_did() -> None:
    known = ["major", "minor", "dorian"]
    for key in ("C# locrian", "G mix"):
        with pytest.raises(DecodingError, match=r"knows no mode '(locrian|mixolydian)'") as caught:
            check_mode(key, known)
        assert "major, minor, dorian" in caught.value.hint
    for key in (None, "G", "Em", "A dor", "A aeolian", "C ionian"):
        check_mode(key, known)
    check_mode("C# locrian", [])
    with pytest.raises(ConfigError, match="no mode is called minro"):
        check_mode("E minro", [])
