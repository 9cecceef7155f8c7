"""The alphabet ``melody``: what comes back of a score, in which words, and what is refused."""

import importlib.util
import sys
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator.errors import CorpusError, TokenizerError
from generator.music import Key, KeyChange, Metre, Note, Part, Pitch, Rest, Score, Voice, parse_key, read_folder
from generator.music.abc_reading import read_abc
from generator.tokenizers.music.alphabet import Alphabet
from generator.tokenizers.music.melody import Melody, MelodyTokenizer
from generator.tokenizers.music.melody_signs import DURATIONS, QUARTER

sys.path.insert(0, str(Path(__file__).parents[2] / "music"))
from made_scores import scores

MELODY = Melody()
made = scores(most_parts=1, most_voices=1, most_notes=1, signs=1)


def tune(body: str, metre: str = "4/4", key: str = "G", **fields: str) -> Score:
    """The score of a few bars of ABC, in eighths."""
    head = "".join(f"{letter}:{value}\n" for letter, value in fields.items())
    text = f"X:1\nT:A tune\n{head}M:{metre}\nL:1/8\nK:{key}\n{body}\n"
    found = next(reading for _, reading in read_abc(text))
    assert not isinstance(found, CorpusError), found
    return found.score


def within(score: Score) -> Score:
    """The score in two octaves, which a melody reaches."""

    def moved(event):
        return replace(event, pitch=replace(event.pitch, octave=4 + event.pitch.octave % 2)) if isinstance(
            event, Note
        ) else event  # fmt: skip

    part = score.parts[0]
    return replace(score, parts=(replace(part, voices=(Voice(tuple(map(moved, part.voices[0].events))),)),))


def written(score: Score) -> str:
    """Its text; a made score that has what no melody has is no example."""
    try:
        return MELODY.write(score)
    except TokenizerError as problem:
        assume("There is no character for" not in problem.message)
        raise


@given(made)
@settings(max_examples=30)
def test_a_made_score_comes_back(score):
    score = within(score)
    text = written(score)
    back = MELODY.read(text, key=MELODY.tonic(score))
    assert back == MELODY.kept(score)
    assert back.parts[0].voices == score.parts[0].voices
    assert (back.bars, back.length, back.metres, back.sections) == (
        score.bars, score.length, score.metres, score.sections
    )  # fmt: skip
    assert [change.key.fifths for change in back.keys] == [change.key.fifths for change in score.keys]


@given(made, st.sampled_from(["C", "F#", "Bb", "E"]))
@settings(max_examples=15)
def test_in_another_key_it_is_the_same_melody(score, tonic):
    """Another key moves every pitch alike, and writes the same text."""
    score = within(score)
    text = written(score)
    first, other = MELODY.read(text, key="D"), MELODY.read(text, key=tonic)
    assert MELODY.write(other) == text
    if len(score.keys) == 1:
        steps = {
            there.pitch.midi - here.pitch.midi
            for here, there in zip(first.parts[0].voices[0].notes(), other.parts[0].voices[0].notes(), strict=True)
        }
        assert len(steps) <= 1


@given(made)
@settings(max_examples=8)
def test_cues_of_a_whole_text_are_those_of_its_places(score):
    text = written(within(score))
    assert (MELODY.cue_rows(text) == Alphabet.cue_rows(MELODY, text)).all()


@given(made, st.randoms())
@settings(max_examples=10)
def test_a_text_that_breaks_off_is_lawful(score, random):
    text = written(within(score))
    first = next(
        place for place, sign in enumerate(MELODY.shown(text).split()) if place > 1 and sign[0] in "♯♭1234567z"
    )
    for end in random.sample(range(first + 1, len(text) + 1), min(12, len(text) - first)):
        MELODY.read(text[:end]).validate()


def test_a_tune_in_words():
    score = tune("E | (3GAB c2 d>e f2- | f4 !fermata!z4 || [K:Em]^d'4 =D,4 |]", R="reel")
    text = MELODY.write(score)
    assert MELODY.shown(text) == (
        "major [4/4] pickup1/2 ♩1/2 6, | ♩1/3(3:2) 1 2 3 ♩1 4 ♩3/4 5 ♩1/4 6 ♩1 tie 7 | ♩2 7 fermata z "
        "|| key+3 minor 7' ♭7,,"
    )
    assert MELODY.read(text, key="G").parts[0].voices == score.parts[0].voices
    assert MELODY.read(text, key="Bb").parts[0].voices[0].notes()[1].pitch == Pitch("B", -1, 4)


def test_cues_by_the_score_itself():
    """Place and time left, against onsets and bar lines."""
    score = tune("A | B2d2 e3f | g2 (3gab c'4 | d8 || e4 f4 | g4 a3 |]")
    text = MELODY.write(score)
    rows, names = MELODY.cue_rows(text), [field.name for field in MELODY.cue_fields]
    place, left, bar = (names.index(name) for name in ("place", "left", "bar"))
    signs = MELODY.shown(text).split()
    begins = [number for number, sign in enumerate(signs) if number > 2 and sign[0] in "♯♭1234567z"]
    spans = score.bar_spans()
    for number, event in zip(begins, score.parts[0].voices[0].events, strict=True):
        which = max(index for index, (start, _) in enumerate(spans) if start <= event.onset)
        start, end = spans[which]
        from_start = 4 - (end - event.onset) if which == 0 else event.onset - start
        assert rows[number, place] == 1 + from_start * 24
        assert rows[number, left] == 1 + -((from_start - 4) * 4 // 1)
        assert rows[number, bar] == 1 + which


def test_keys_and_modes():
    assert MELODY.read(MELODY.write(tune("A8", key="Ador"))).keys[0].key.name == "A dorian"
    minor = MELODY.write(tune("A8", key="Am"))
    assert MELODY.read(minor, key="Db").keys[0].key == parse_key("C# minor")  # eight flats are no key
    assert MELODY.read(minor, key="E minor").keys[0].key == parse_key("E minor")
    unknown = replace(tune("A8"), keys=(KeyChange(F(0), Key(1)),))
    assert MELODY.kept(unknown).keys[0].key == Key(1, "major")
    assert MELODY.kept(replace(unknown, keys=(KeyChange(F(0), Key(1, "aeolian")),))).keys[0].key.name == "E minor"
    with pytest.raises(TokenizerError, match="not a key"):
        MELODY.read(minor, key="H")


def test_a_rest_of_a_whole_bar_of_any_length():
    score = tune("A6-A3 | z9 |]", metre="9/8", key="D")
    text = MELODY.write(score)
    assert MELODY.shown(text) == "major [9/8] ♩3 tie 5 ♩3/2 5 | Z"
    assert MELODY.read(text, key="D") == MELODY.kept(score)


def line(*events, metre=(4, 4), bars=(F(0),), length=F(4)) -> Score:
    return Score((Part((Voice(events),)),), bars, length, (Metre(F(0), *metre),), (KeyChange(F(0), Key(0, "major")),))


@pytest.mark.parametrize(
    ("score", "words"),
    [
        (line(Note(F(0), F(4), Pitch("C", 0, 4)), Note(F(0), F(4), Pitch("E", 0, 4))), "sound together.*bar 1"),
        (replace(line(Rest(F(0), F(4))), metres=()), "no metre"),
        (line(Rest(F(0), F(17)), metre=(17, 4), length=F(17)), "metre 17/4 of bar 1"),
        (line(Note(F(0), F(4), Pitch("C", 0, 8))), "C8 in C major, in bar 1"),
        (line(Note(F(0), F(4), Pitch("C", 3, 4))), "C###4"),
        (line(Note(F(0), F(15, 4), Pitch("C", 0, 4)), Rest(F(15, 4), F(1, 4))), "length of 15/4 quarters in bar 1"),
        (replace(line(Rest(F(0), F(4))), parts=(Part((Voice(()), Voice(()))),)), "2 voices"),
        (replace(line(Rest(F(0), F(4))), keys=(KeyChange(F(0), Key(0, "blues")),)), "mode 'blues'"),
    ],
)
def test_what_cannot_be_written_is_named(score, words):
    with pytest.raises(TokenizerError, match=words):
        MELODY.write(score)


@pytest.mark.parametrize(
    "body", ["", "♩1 1", "major [4/4]", "major [4/4] 1", "major [2/4] ♩1 1 tie z", "major [2/4] ♩1 1 | 1 | 1"]
)
def test_what_is_no_melody_is_refused(body):
    signs = {symbol: chr(0xE000 + number) for number, symbol in enumerate(MELODY.symbols)}
    with pytest.raises(TokenizerError):
        MELODY.read("".join(signs[word] for word in body.split()))


def test_an_opening_stays_open():
    one = MELODY.opening(tune("A2"))
    assert MELODY.shown(one) == "major [4/4] ♩1 2"
    padded = MELODY.opening(tune("G4 A4 | B2 z2 z4 |"))
    assert MELODY.shown(padded) == "major [4/4] ♩2 1 2 | ♩1 3"
    whole = MELODY.opening(tune("G4 A4 | z8 |"))
    assert MELODY.shown(whole) == "major [4/4] ♩2 1 2"
    with pytest.raises(TokenizerError, match="no note"):
        MELODY.opening(line(Rest(F(0), F(4))))


def test_tags():
    score = tune("A3 B3 c3 |]", metre="9/8", key="Edor", R="Slipjig")
    assert MELODY.tags(score) == {"mode": "dorian", "metre": "9/8", "type": "slip jig"}
    assert "type" not in MELODY.tags(tune("A8"))


def test_lengths_are_whole_ticks():
    assert all(duration.ticks == duration.quarters * QUARTER for duration in DURATIONS.values())


def test_the_tokenizer():
    tokenizer = MelodyTokenizer.whole()
    score = tune("GABc defg | a8 |]")
    ids = tokenizer.encode_score(score)
    assert tokenizer.decode_score(ids, key="G") == MELODY.kept(score)
    assert tokenizer.token_label(int(ids[0])) == "major"
    assert tokenizer.cue_rows(MELODY.write(score)).max() <= max(
        tokenizer.vocab_size, *(field.size for field in MELODY.cue_fields)
    )


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_every_fiddle_tune_of_music21_comes_back():
    found = importlib.util.find_spec("music21")
    if found is None or found.origin is None:
        pytest.skip("music21 is not installed")
    root = Path(found.origin).parent / "corpus"
    tunes, _ = read_folder([root / name for name in ("ryansMammoth", "oneills1850", "airdsAirs")])
    refused = 0
    for number, score in enumerate(tunes):
        try:
            text = MELODY.write(score)
        except TokenizerError as problem:
            assert "voices" in problem.message or "sound together" in problem.message
            refused += 1
            continue
        assert MELODY.read(text, key=MELODY.tonic(score)) == MELODY.kept(score)
        if number % 20 == 0:
            assert (MELODY.cue_rows(text) == Alphabet.cue_rows(MELODY, text)).all()
    assert refused < 0.03 * len(tunes)
