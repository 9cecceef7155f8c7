"""The alphabet ``voices``: what comes back of a score, what is refused, transpositions, tags."""

from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_scores import scores

from generator.errors import TokenizerError
from generator.music import Key, KeyChange, Metre, Note, Part, Pitch, Rest, Score, Voice, transpose
from generator.tokenizers.music.voices import Voices, VoicesTokenizer
from generator.tokenizers.music.voices_signs import CHOIR, FERMATA, HOLD, PITCHES, REST

VOICES = Voices()
made = scores(most_parts=4, most_notes=1, triplets=False)


def heard(score: Score) -> list[list[tuple]]:
    """What each voice sounds, found by asking at every sixteenth; True for a note with a fermata."""
    found = []
    for voice in score.voices():
        sounds, number = [], -1
        tied = False
        for event in voice.events:
            for step in range(int(event.duration * 4)):
                if isinstance(event, Rest):
                    sounds.append(None)
                    continue
                if step == 0 and not tied:
                    number += 1
                sounds.append((number, event.pitch.midi))
            tied = isinstance(event, Note) and event.tied
        found.append(sounds)
    return found


def framework(score: Score):
    return score.bars, score.length, score.metres, score.keys, score.sections


@settings(max_examples=40)
@given(made)
def test_what_is_kept_comes_back(score):
    text = VOICES.write(score)
    again = VOICES.read(text)
    assert again.problems() == []
    assert again == VOICES.kept(score)
    assert heard(again) == heard(score)
    assert framework(again) == framework(score)
    assert VOICES.write(again) == text


@settings(max_examples=20)
@given(made)
def test_every_fermata_of_a_sound_comes_back_once(score):
    def marks(of: Score) -> list[tuple]:
        found = []
        for number, voice in enumerate(of.voices()):
            marked = {note.onset for note in voice.notes() if note.fermata}
            for note in voice.sounding():
                if any(note.onset <= onset < note.end for onset in marked):
                    found.append((number, note.onset))
        return found

    text = VOICES.write(score)
    assert marks(VOICES.read(text)) == marks(score)
    assert text.count(FERMATA) == len(marks(score))
    again = VOICES.read(text)
    assert sum(note.fermata for voice in again.voices() for note in voice.notes()) == len(marks(score))


@settings(max_examples=20)
@given(made, st.data())
def test_a_text_that_breaks_off_is_read_up_to_its_last_frame(score, data):
    text = VOICES.write(score)
    count = len(list(score.voices()))
    cut = text[: data.draw(st.integers(5, len(text)))]
    frames = sum(sign in (HOLD, REST) or sign in PITCHES for sign in cut) // count
    if not frames:
        with pytest.raises(TokenizerError, match="breaks off"):
            VOICES.read(cut)
        return
    again = VOICES.read(cut)
    assert again.problems() == []
    assert again.length == F(frames, 4)
    assert heard(again) == [voice[:frames] for voice in heard(score)]


def line(*events: Note | Rest, metre: tuple[int, int] = (4, 4), name: str = "") -> Score:
    metres = (Metre(F(0), *metre),)
    return Score((Part((Voice(events),), name),), (F(0),), events[-1].end, metres)


C4 = Pitch("C", 0, 4)


def test_the_text_is_laid_out_as_it_says():
    choir = [Pitch("G", 0, 4), Pitch("E", 0, 4), C4, Pitch("C", 0, 3)]
    notes = [(Note(F(0), F(1, 2), pitch, fermata=pitch == C4), Note(F(1, 2), F(1, 4), pitch)) for pitch in choir]
    parts = tuple(Part((Voice(each),)) for each in notes)
    score = Score(parts, (F(0), F(1, 2)), F(3, 4), (Metre(F(0), 3, 4),), (KeyChange(F(0), Key(1, "dorian")),))
    assert VOICES.shown(VOICES.write(score)) == (
        "key+1 dorian 3/4 voices4 missing10 G4 C3 E4 fermata C4 - - - - | G4 C3 E4 C4"
    )


@pytest.mark.parametrize(
    ("score", "said"),
    [
        (line(*(Note(F(n, 3), F(1, 3), C4, tuplet=(3, 2)) for n in range(3))), "voice 1 in bar 1 stands at 1/3"),
        (line(Note(F(0), F(4), C4), Note(F(0), F(4), Pitch("D", 0, 4))), "a chord in bar 1"),
        (line(Note(F(0), F(4), Pitch("C", 0, 9))), "C9 of voice 1 in bar 1"),
        (line(Rest(F(0), F(11, 4)), metre=(11, 16)), "The metre 11/16 in bar 1"),
        (replace(line(Rest(F(0), F(4))), metres=()), "no metre"),
        (replace(line(Rest(F(0), F(4))), parts=(Part((Voice((Rest(F(0), F(4)),)),)),) * 9), "9 voices"),
        (replace(line(Rest(F(0), F(4))), parts=(Part((Voice((Rest(F(0), F(4)),)),), percussion=True),)), "drums"),
    ],
)
def test_what_cannot_be_written_is_refused(score, said):
    with pytest.raises(TokenizerError, match=said):
        VOICES.write(score)
    with pytest.raises(TokenizerError, match=said):
        VOICES.kept(score)


def test_bars_are_numbered_as_they_are_printed():
    events = (Rest(F(0), F(1)), Rest(F(1), F(4)), Note(F(5), F(1, 8), C4), Rest(F(41, 8), F(31, 8)))
    score = replace(line(*events), bars=(F(0), F(1), F(5)))
    with pytest.raises(TokenizerError, match="bar 2 "):
        VOICES.write(score)


@pytest.mark.parametrize("place", [0, 1, 4, 5, 9, 10, 20])
def test_what_is_no_music_is_refused_where_it_stands(place):
    text = VOICES.write(line(Note(F(0), F(4), C4)))
    wrong = FERMATA + FERMATA
    with pytest.raises(TokenizerError, match=f"Character {place + 1 + (place > 3)} of the piece"):
        VOICES.read(text[:place] + wrong + text[place:])
    with pytest.raises(TokenizerError, match="breaks off"):
        VOICES.read("")


@settings(max_examples=20)
@given(made)
def test_a_variant_is_the_transposed_piece(score):
    text = VOICES.write(score)
    found = VOICES.variants(text)
    assert found[0] == text
    assert len(set(found)) == len(found)
    moves = {}
    for variant in found[1:]:
        again = VOICES.read(variant)
        pairs = [
            (a.pitch.midi, b.pitch.midi)
            for one, other in zip(VOICES.read(text).voices(), again.voices(), strict=True)
            for a, b in zip(one.sounding(), other.sounding(), strict=True)
        ]
        move = pairs[0][1] - pairs[0][0] if pairs else None
        moves[move] = variant
        if move is not None:
            assert again == VOICES.kept(transpose(VOICES.kept(score), move))
    assert None in moves or all(-6 <= move <= 5 and move for move in moves)


def test_variants_stay_in_the_ranges_of_a_choir():
    tops = [81, 70, 60, 40]  # the soprano is as high as she may be
    events = [Voice((Note(F(0), F(4), Pitch("C", 0, 4).moved(midi - 60, 7 * (midi - 60) % 12)),)) for midi in tops]
    score = replace(line(Rest(F(0), F(4))), parts=tuple(Part((voice,)) for voice in events))
    found = [VOICES.read(text) for text in VOICES.variants(VOICES.write(score))]
    highest = [next(score.voices()).notes()[0].pitch.midi for score in found]
    assert sorted(highest) == [75, 76, 77, 78, 79, 80, 81]
    text = VOICES.write(replace(score, parts=(score.parts[3], *score.parts[1:])))  # an alto for a soprano: too low
    assert all(
        low <= midi <= high
        for variant in VOICES.variants(text)[1:]
        for voice, (low, high) in zip(VOICES.read(variant).voices(), [CHOIR[0], *CHOIR[2:], CHOIR[1]], strict=True)
        for midi in [voice.notes()[0].pitch.midi]
    )


def test_tags_tell_key_mode_metre_and_type():
    score = replace(line(Rest(F(0), F(3)), metre=(3, 4)), keys=(KeyChange(F(0), Key(1, "minor")),), kind="waltz")
    assert VOICES.tags(score) == {"key": "E minor", "mode": "minor", "metre": "3/4", "type": "waltz"}
    assert VOICES.tags(replace(score, keys=(KeyChange(F(0), Key(1)),), kind="")) == {"metre": "3/4"}


def test_an_opening_breaks_off_behind_its_last_note():
    score = replace(line(Note(F(0), F(1), C4), Note(F(1), F(1), C4), Rest(F(2), F(3))), bars=(F(0), F(1)))
    assert VOICES.shown(VOICES.opening(score)) == ("key+0 mode? 4/4 voices1 missing12 C4 - - - | C4 - - -")
    with pytest.raises(TokenizerError, match="no note"):
        VOICES.opening(line(Rest(F(0), F(4))))


def test_tokens_are_the_characters_of_the_alphabet(tmp_path):
    tokenizer = VoicesTokenizer.whole()
    score = line(Note(F(0), F(4), C4))
    assert tokenizer.decode_score(tokenizer.encode_score(score)) == VOICES.kept(score)
    assert [tokenizer.token_label(int(token)) for token in tokenizer.encode_score(score)[3:6]] == [
        "voices1",
        "C4",
        "-",
    ]
    rows = tokenizer.cue_rows(VOICES.write(score))
    names = [field.name for field in VOICES.cue_fields]
    assert tokenizer.token_label(int(rows[4, names.index("top_does")])) == "C4"
    assert tokenizer.token_label(int(rows[6, names.index("top_does")])) == "-"


def bach() -> Path:
    music21 = pytest.importorskip("music21")
    return Path(music21.__file__).parent / "corpus" / "bach"


def check_chorales(paths: list[Path], tmp_path: Path) -> tuple[int, list[str]]:
    from generator.music import read_folder

    exact, refused = 0, []
    for score in read_folder(paths, cache=tmp_path)[0]:
        try:
            text = VOICES.write(score)
        except TokenizerError as error:
            refused.append(error.message)
            continue
        again = VOICES.read(text)
        assert again == VOICES.kept(score)
        assert (heard(again), framework(again)) == (heard(score), framework(score))
        assert again.problems() == []
        exact += 1
    return exact, refused


def test_chorales_come_back(tmp_path):
    names = ["bwv66.6.mxl", "bwv269.mxl"]  # the second with a passage, in 3/4
    assert check_chorales([bach() / name for name in names], tmp_path) == (len(names), [])


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_every_chorale_comes_back_or_says_why_not(tmp_path):
    exact, refused = check_chorales([bach()], tmp_path)
    assert exact >= 0.95 * (exact + len(refused))
    assert all("off the grid" in each or "voices" in each or "chord" in each for each in refused)
