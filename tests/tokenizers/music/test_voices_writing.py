"""The alphabet ``voices`` as it is written: lawful by its grammar alone, around what is given, with its cues."""

from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_scores import scores

from generator.errors import ConstraintUnsatisfiable
from generator.music import Key, KeyChange, Metre, Note, Part, Pitch, Rest, Score, Voice, spell
from generator.tokenizers.music import Alphabet, Place, Wish
from generator.tokenizers.music.voices import Voices
from generator.tokenizers.music.voices_signs import FERMATA, HOLD, MISSING, SIGNS

VOICES = Voices()
NAMES = [field.name for field in VOICES.cue_fields]
RANGES = {"Soprano": (57, 81), "Alto": (50, 76), "Tenor": (45, 72), "Bass": (34, 64)}
seeds = st.integers(0, 2**32)
made = scores(most_parts=4, most_notes=1, triplets=False)


def walked(place: Place, seed: int) -> str:
    """A piece written by choosing evenly among what is allowed."""
    random = Random(seed)
    text = ""
    while True:
        allowed = place.allowed()
        if place.may_end() and (not allowed or random.random() < 0.3):
            return text
        assert len(set(allowed)) == len(allowed) > 0
        text += random.choice(allowed)
        place = place.advance(text[-1])


def steps(voice: Voice, length: F) -> list[int]:
    """What sounds in each sixteenth; 0 for nothing."""
    found = [0] * int(length * 4)
    for note in voice.sounding():
        found[int(note.onset * 4) : int(note.end * 4)] = [note.pitch.midi] * int(note.duration * 4)
    return found


def onsets(voice: Voice) -> list[tuple[F, int]]:
    return [(note.onset, note.pitch.midi) for note in voice.sounding()]


wishes = st.builds(
    Wish,
    key=st.sampled_from([None, "E", "Bb minor", "F# dorian"]),
    metre=st.sampled_from([None, "3/8", "4/4", "6/8", "4/2"]),
    bars=st.sampled_from([None, 1, 2, 5]),
)


@settings(max_examples=30)
@given(wishes, seeds)
def test_what_the_grammar_allows_is_lawful_music(wish, seed):
    text = walked(VOICES.begin(wish), seed)
    score = VOICES.read(text)
    assert score.problems() == []
    assert VOICES.write(score) == text
    assert len(score.metres) == len(score.keys) == 1
    full = score.metres[0].bar
    lengths = [end - start for start, end in score.bar_spans()]
    pickup = text[4] in MISSING
    counted = lengths[1:] if pickup else lengths
    assert set(counted[:-1]) <= {full}
    if wish.bars and pickup:
        assert counted[-1] + lengths[0] == full
    else:
        assert counted[-1] == full or (pickup and counted[-1] + lengths[0] == full)
    assert len(counted) == wish.bars if wish.bars else 4 <= len(counted) <= 64
    assert wish.metre in (None, score.metres[0].name)
    assert score.keys[0].key.name.startswith(wish.key or "")
    assert wish.key or abs(score.keys[0].key.fifths) <= 4
    assert [part.name for part in score.parts] == list(RANGES)
    for part in score.parts:
        low, high = RANGES[part.name]
        assert all(low <= note.pitch.midi <= high for note in part.voices[0].notes())


@pytest.mark.parametrize("fifths", [-7, -5, 0, 6])
def test_an_opening_may_have_more_signs_than_a_piece_whose_key_nobody_asks_for(fifths):
    place = VOICES.begin(Wish()).advance(SIGNS[f"key{fifths:+d}"])
    assert {SIGNS["major"], SIGNS["minor"]} <= set(place.allowed())


@settings(max_examples=2)
@given(seeds)
def test_what_is_written_survives_musicxml(seed):
    pytest.importorskip("music21")
    from generator.music.musicxml_writing import write_musicxml
    from generator.music.notation_reading import read_musicxml
    from generator.music.safe_xml import parse_xml

    score = VOICES.read(walked(VOICES.begin(Wish(bars=2)), seed))
    assert read_musicxml(parse_xml(write_musicxml(score).encode(), "made")).score == score


@settings(max_examples=100)
@given(made, st.data())
def test_cues_of_a_text_are_those_of_the_way_through_it(score, data):
    text = VOICES.write(score)
    cut = text[: data.draw(st.integers(0, len(text)) | st.just(len(text)))]
    rows = VOICES.cue_rows(cut)
    assert np.array_equal(rows, Alphabet.cue_rows(VOICES, cut))
    sizes = np.array([field.size or 0xF8FF for field in VOICES.cue_fields])
    assert (rows >= 0).all()
    assert (rows <= sizes).all()


@settings(max_examples=20)
@given(made)
def test_a_piece_that_is_known_is_all_that_may_be_written(score):
    text = VOICES.write(score)
    place = VOICES.begin(VOICES.known(text))
    for character in text:
        assert place.allowed() == character
        assert not place.may_end()
        place = place.advance(character)
    assert place.may_end()
    assert place.allowed() == ""


@settings(max_examples=20)
@given(scores(most_parts=1, most_voices=1, most_notes=1, triplets=False))
def test_cues_tell_what_a_line_does_next(score):
    # the columns of the top voice, counted anew from the score itself
    text = VOICES.write(score)
    rows = VOICES.cue_rows(text)
    voice = next(score.voices())
    begun = onsets(voice)
    sounding = steps(voice, score.length)
    frame = 0
    for position, character in enumerate(text):
        if character < FERMATA:
            continue
        time = F(frame, 4)
        cues = dict(zip(NAMES, rows[position].tolist(), strict=True))
        assert chr(cues["top_does"]) == next(sign for sign in text[position : position + 2] if sign != FERMATA)
        coming = [(int((onset - time) * 4), midi - 20) for onset, midi in begun if onset > time]
        told = (min(coming[0][0], 32), coming[0][1]) if coming else (0, 0)
        assert (cues["top_next_in"], cues["top_next"]) == told
        assert cues["top_sounds"] == (0 if not frame else sounding[frame - 1] - 20 if sounding[frame - 1] else 89)
        marked = [note.onset for note in next(VOICES.kept(score).voices()).notes() if note.fermata]
        starts = [note.onset for note in voice.sounding() if any(note.onset <= mark < note.end for mark in marked)]
        left = [int((start - time) * 4) + 1 for start in starts if start >= time]
        assert cues["top_fermata_in"] == min(left[0] if left else 0, 32)
        frame += character != FERMATA


def sung(score: Score, low: int, high: int) -> Score:
    """The score with every note moved by octaves into a range, spelled plainly."""

    def moved(note: Note | Rest) -> Note | Rest:
        if isinstance(note, Rest):
            return note
        return replace(note, pitch=spell(low + (note.pitch.midi - low) % 12))

    assert high - low >= 12
    parts = tuple(
        replace(part, voices=tuple(Voice(tuple(map(moved, voice.events))) for voice in part.voices))
        for part in score.parts
    )
    return replace(score, parts=parts)


@settings(max_examples=15)
@given(scores(most_parts=1, most_voices=1, most_notes=1, triplets=False), seeds)
def test_a_line_is_harmonised_as_it_stands(score, seed):
    tune = sung(score, 60, 80)
    settled = VOICES.given(tune, voices=4)
    text = walked(VOICES.begin(Wish(given=settled)), seed)
    written = VOICES.read(text)
    assert written.problems() == []
    assert [part.name for part in written.parts] == list(RANGES)
    assert replace(written, parts=()) == replace(VOICES.kept(tune), parts=())
    assert written.parts[0].voices == VOICES.kept(tune).parts[0].voices
    # the cues tell of the soprano what they would tell of the whole piece, and of the others nothing
    place, rows = VOICES.begin(Wish(given=settled)), [VOICES.begin(Wish(given=settled)).cues()]
    for character in text:
        place = place.advance(character)
        rows.append(place.cues())
    known = VOICES.cue_rows(text)
    known[:, NAMES.index("lowest_does") : NAMES.index("signature")] = 0
    others = [f"{voice}_{when}_degree" for voice in ("lowest", "second", "third") for when in ("does", "next")]
    known[:, [NAMES.index(name) for name in others]] = 0
    assert np.array_equal(np.array(rows), known)


@st.composite
def choirs(draw: st.DrawFn) -> Score:
    score = sung(draw(scores(most_parts=1, most_voices=1, most_notes=1, triplets=False)), 60, 72)
    others = Random(draw(seeds))
    parts = []
    for shift in (0, -5, -12, -17):  # the same line in four places, some of its notes left out or tied apart
        events = []
        for event in score.parts[0].voices[0].events:
            dropped = isinstance(event, Note) and others.random() < 0.2 and not event.tied
            before = events[-1] if events else None
            if dropped and not (isinstance(before, Note) and before.tied):
                events.append(Rest(event.onset, event.duration))
            elif isinstance(event, Note):
                events.append(replace(event, pitch=spell(event.pitch.midi + shift)))
            else:
                events.append(event)
        parts.append(Part((Voice(tuple(events)),)))
    return replace(score, parts=tuple(parts))


@settings(max_examples=20)
@given(choirs(), seeds)
def test_a_passage_is_filled_in_and_all_else_stays(score, seed):
    random = Random(seed)
    least = 0 if score.pickup else 1
    first = random.randrange(len(score.bars)) + least
    last = random.randrange(first, len(score.bars) + least)
    free = random.sample(range(1, 5), random.randint(1, 3))
    settled = VOICES.given(score, free=free, bars=(first, last))
    written = VOICES.read(walked(VOICES.begin(Wish(given=settled)), seed))
    assert written.problems() == []
    assert replace(written, parts=()) == replace(VOICES.kept(score), parts=())
    edges = (*score.bars, score.length)
    start, end = edges[first - least], edges[last - least + 1]
    for number, (before, after) in enumerate(zip(score.voices(), written.voices(), strict=True), start=1):
        if number not in free:
            assert after == VOICES.kept(score).parts[number - 1].voices[0]
            continue
        old, new = steps(before, score.length), steps(after, score.length)
        assert old[: int(start * 4)] == new[: int(start * 4)]
        assert old[int(end * 4) :] == new[int(end * 4) :]
        was, now = onsets(before), onsets(after)
        assert [each for each in was if each[0] < start] == [each for each in now if each[0] < start]
        assert [each for each in was if each[0] > end] == [each for each in now if each[0] > end]
        assert {each for each in was if each[0] == end} <= {each for each in now if each[0] == end}


def held(tied: bool) -> Score:
    """Two bars; the alto's note lasts over the bar line."""
    alto = (Note(F(0), F(4), Pitch("G", 0, 4), tied), Note(F(4), F(4), Pitch("G", 0, 4)))
    others = [Voice((Note(F(0), F(4), Pitch("C", 0, octave)), Rest(F(4), F(4)))) for octave in (5, 4, 3)]
    parts = tuple(Part((voice,)) for voice in (others[0], Voice(alto), *others[1:]))
    return Score(parts, (F(0), F(4)), F(8), (Metre(F(0), 4, 4),), (KeyChange(F(0), Key(0, "major")),))


def test_a_given_note_goes_on_from_a_passage_or_begins_behind_it():
    place = VOICES.begin(Wish(given=VOICES.given(held(True), free=["alto"], bars=(1, 1))))
    for sign, expected in (("G4", "-"), ("E4", "G4")):
        here = place
        text = ""
        while (here.frame, here.slot) != (16, 2):  # the alto's slot in the first chord of bar 2
            options = here.allowed()
            due = chr(0xE000 + VOICES.symbols.index(sign))
            text += due if due in options and here.frame == 0 else HOLD if HOLD in options else options[0]
            here = here.advance(text[-1])
        assert VOICES.shown(here.allowed()) == expected


def test_beyond_a_passage_cues_tell_nothing_until_it_is_over():
    place = VOICES.begin(Wish(given=VOICES.given(held(False), free=["alto"], bars=(1, 1))))
    told = {}
    while not place.may_end():
        cues = dict(zip(NAMES, place.cues(), strict=True))
        told[place.frame] = (cues["second_does"] > 0, cues["second_next"], cues["second_next_in"])
        place = place.advance(place.allowed()[0])
    assert all(told[frame] == (False, 0, 0) for frame in range(15))
    assert told[15] == (False, 47, 1)  # nothing is open between this frame and the next note
    assert told[16] == (True, 0, 0)


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Wish(metre="13/16"), "13/16"),
        (Wish(key="H"), "H"),
        (Wish(key="E major", mode="minor"), "not minor"),
        (Wish(mode="blues"), "blues"),
        (Wish(key="G#", mode="major"), "seven sharps"),
        (Wish(bars=0), "0 bars"),
        (Wish(given="a tune"), "words"),
        (Wish(metre="3/4", given=VOICES.given(held(True))), "3/4"),
        (Wish(bars=3, given=VOICES.given(held(True))), "2 bars, not 3"),
    ],
)
def test_a_wish_that_cannot_be_met_is_refused_before_the_first_character(wish, said):
    with pytest.raises(ConstraintUnsatisfiable, match=said):
        VOICES.begin(wish)


def test_what_cannot_be_given_is_refused():
    high = Score((Part((Voice((Note(F(0), F(4), Pitch("C", 0, 7)),)),)),), (F(0),), F(4), (Metre(F(0), 4, 4),))
    for call, said in (
        (lambda: VOICES.given(high, voices=4), "-15 semitones"),
        (lambda: VOICES.given(replace(high, metres=()), voices=4), "no metre"),
        (lambda: VOICES.given(replace(high, parts=(high.parts[0],) * 2), voices=4), "2 voices"),
        (lambda: VOICES.given(held(True), voices=2), "4 voices"),
        (lambda: VOICES.given(held(True), free=["descant"]), "descant"),
        (lambda: VOICES.given(held(True), free=[5]), "5"),
        (lambda: VOICES.given(held(True), free=[1], bars=(0, 1)), "bars 0 to 1"),
        (lambda: VOICES.given(held(True), free=[1], bars=(2, 3)), "1 to 2"),
    ):
        with pytest.raises(ConstraintUnsatisfiable, match=said):
            call()


def test_a_wish_may_name_the_key_of_what_is_given():
    score = replace(held(True), keys=())
    text = walked(VOICES.begin(Wish(key="G", mode="mixolydian", given=VOICES.given(score))), 0)
    assert VOICES.read(text).keys[0].key == Key(0, "mixolydian")


def test_an_opening_of_a_corpus_is_followed_beyond_what_is_wished():
    place = VOICES.begin(Wish(bars=1))
    for character in VOICES.write(held(True)):
        place = place.advance(character)
    assert place.may_end()
    assert place.allowed() == ""


@settings(max_examples=10)
@given(seeds)
def test_bars_left_count_down_to_the_last(seed):
    text = walked(VOICES.begin(Wish(bars=4)), seed)
    left = VOICES.cue_rows(text)[:, NAMES.index("bars_left")].tolist()
    assert left[0] == 4
    assert left[-1] == 1
    assert all(before - after in (0, 1) for before, after in pairwise(left))
    place = VOICES.begin(Wish(bars=4))  # a wish tells them as a piece that is known does
    for character, expected in zip(text, left, strict=False):
        assert place.cues()[NAMES.index("bars_left")] == expected
        place = place.advance(character)
