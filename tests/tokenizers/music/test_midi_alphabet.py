"""The alphabet ``midi``: what comes back of a MIDI file, and what is written only by ``allowed``."""

import hashlib
import random
from collections import Counter
from fractions import Fraction
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import TokenizerError
from generator.music import Key, KeyChange, Metre, Note, Part, Pitch, Rest, Score, Tempo, Voice
from generator.tokenizers.music import FIRST, Wish
from generator.tokenizers.music.midi import Midi, MidiTokenizer
from generator.tokenizers.music.midi_vocabulary import FOLLOWS

symusic = pytest.importorskip("symusic")
pytest.importorskip("miditok")

Heard = tuple[Fraction, Fraction, int, int, int]  # onset and length in quarters, key, velocity, program or -1


@pytest.fixture(scope="module")
def midi() -> Midi:
    return MidiTokenizer.shared_alphabet()


def made(notes, *, division=480, metres=(), tempos=()) -> bytes:
    """A MIDI file of ``(tick, ticks, key, velocity, track)``; a track is a program and whether it is drums."""
    file = symusic.Score(division)
    for tick, beats, kind in metres:
        file.time_signatures.append(symusic.TimeSignature(tick, beats, kind))
    for tick, bpm in tempos:
        file.tempos.append(symusic.Tempo(tick, bpm))
    tracks = {}
    for *note, player in notes:
        if player not in tracks:
            file.tracks.append(symusic.Track("", *player[:2]))
            tracks[player] = file.tracks[-1]
        tracks[player].notes.append(symusic.Note(*note))
    return bytes(file.dumps_midi())


def heard(content: bytes) -> list[Heard]:
    """The notes of a MIDI file."""
    file = symusic.Score.from_midi(content)
    parts = file.ticks_per_quarter
    return [
        (
            Fraction(note.time, parts),
            Fraction(note.duration, parts),
            note.pitch,
            note.velocity,
            -1 if track.is_drum else track.program,
        )
        for track in file.tracks
        for note in track.notes
    ]


def shown(midi: Midi, content: bytes) -> str:
    return midi.shown(midi.text_of_midi(content))


# ------------------------------------------------------------------ the vocabulary


def test_the_vocabulary_is_always_the_same(midi: Midi):
    """Checkpoints hold its numbers: another MidiTok must not change it unseen."""
    assert len(midi.symbols) == 1031
    digest = hashlib.sha256("\n".join(midi.symbols).encode()).hexdigest()
    assert digest == "35bd7cad66178e406c36d806283879aac4b7bbecb606d3fd5677ce9f9b5f4771"


def test_what_may_follow_what_is_part_of_the_graph_of_miditok(midi: Midi):
    graph = midi.words.remi.tokens_types_graph
    assert all(set(following) <= graph[kind] for kind, following in FOLLOWS.items() if kind)
    assert set(FOLLOWS) - {""} == {symbol.partition("_")[0] for symbol in midi.symbols}


# ------------------------------------------------------------------ what comes back

PIANO, VIOLIN, DRUMS = (0, False), (40, False), (0, True)


def test_a_file_with_everything(midi: Midi):
    content = made(
        [
            (0, 480, 60, 64, PIANO),
            (0, 0, 36, 100, DRUMS),  # without length
            (0, 960, 76, 127, VIOLIN),
            (480, 240, 64, 10, PIANO),
            (480, 240, 67, 10, PIANO),
            (1920, 160, 60, 64, PIANO),  # in the second bar, of three eighths
        ],
        metres=[(0, 4, 4), (1920, 3, 8)],
        tempos=[(0, 120), (480, 60)],
    )
    assert shown(midi, content) == (
        "Bar_None TimeSig_4/4 Position_0 Tempo_120.0 Program_0 Pitch_60 Velocity_63 Duration_1.0.24 "
        "Program_40 Pitch_76 Velocity_127 Duration_2.0.24 Program_-1 PitchDrum_36 Velocity_99 Duration_0.1.24 "
        "Position_24 Tempo_60.0 Program_0 Pitch_64 Velocity_11 Duration_0.12.24 "
        "Pitch_67 Velocity_11 Duration_0.12.24 Bar_None TimeSig_3/8 Position_0 Pitch_60 Velocity_63 Duration_0.16.24"
    )
    file = symusic.Score.from_midi(midi.kept_of_midi(content))
    parts = file.ticks_per_quarter
    assert [(each.time / parts, each.numerator, each.denominator) for each in file.time_signatures] == [
        (0, 4, 4),
        (4, 3, 8),
    ]
    assert [(each.time / parts, round(each.qpm, 3)) for each in file.tempos] == [(0, 120), (1, 60)]


def test_a_key_that_is_struck_again_ends_the_note_before(midi: Midi):
    content = made([(0, 1920, 60, 64, PIANO), (480, 480, 60, 64, (*PIANO, "another track"))])
    overlapping = made([(0, 1920, 60, 64, PIANO), (480, 480, 60, 64, DRUMS)])  # another instrument does not
    assert sorted(each[:3] for each in heard(midi.kept_of_midi(content))) == [(0, 1, 60), (1, 1, 60)]
    assert sorted(each[:3] for each in heard(midi.kept_of_midi(overlapping))) == [(0, 4, 60), (1, 1, 60)]


@pytest.mark.parametrize(
    ("metres", "bars"),
    [
        ([], ["4/4", "4/4", "4/4"]),
        ([(0, 1, 4), (480, 3, 4)], ["1/4", "3/4", "3/4", "3/4", "3/4"]),  # a pickup
        ([(0, 4, 4), (960, 3, 4)], ["2/4", "3/4", "3/4", "3/4"]),  # inside a bar, which ends there
        ([(0, 4, 4), (961, 3, 4)], ["4/4", "3/4", "3/4", "3/4"]),  # no metre lasts so long: the next bar
        ([(0, 2, 1)], ["8/4", "8/4"]),  # not known, but its length is
        ([(0, 4, 4), (1920, 5, 64)], ["4/4", "4/4", "4/4"]),  # neither
    ],
)
def test_bars(midi: Midi, metres: list, bars: list[str]):
    content = made([(4799, 1, 60, 64, PIANO)], metres=metres)
    found = [each[8:] for each in shown(midi, content).split() if each.startswith("TimeSig")]
    assert found == bars[: len(found)] and len(bars) - len(found) <= 1
    assert midi.text_of_midi(midi.kept_of_midi(content)) == midi.text_of_midi(content)


notes_of_files = st.lists(
    st.tuples(
        st.integers(0, 6000),
        st.one_of(st.integers(0, 400), st.integers(0, 12000)),
        st.integers(57, 63),
        st.integers(1, 127),
        st.sampled_from([PIANO, VIOLIN, (127, False), DRUMS, (8, True)]),
    ),
    min_size=1,
    max_size=25,
)

# written out once more from what the alphabet says that it keeps, in beats
LENGTHS = sorted(
    {Fraction(n, 24) for n in range(1, 96)}
    | {Fraction(n, 12) for n in range(48, 96)}
    | {Fraction(n, 4) for n in range(32, 64)}
    | {Fraction(n, 2) for n in range(32, 65)}
)
VELOCITIES = [127 * number // 32 for number in range(1, 33)]


def nearest(value, known):
    return min(known, key=lambda each: (abs(each - value), each))


def expected(content: bytes, kind: int) -> list[Heard]:
    """What must come back of a file with one metre of ``kind``, worked out slowly."""
    beat = Fraction(4, kind)
    drawn: dict[tuple[int, int, Fraction], tuple[Fraction, int]] = {}
    for onset, length, key, velocity, program in heard(content):
        around = int(onset / beat * 24)
        place = nearest(onset / beat, [Fraction(each, 24) for each in range(max(around - 2, 0), around + 3)])
        note = nearest(length / beat, LENGTHS), nearest(velocity, VELOCITIES)
        name = program, key, place
        drawn[name] = max(note, drawn.get(name, note))
    found = []
    for (program, key, place), (length, velocity) in drawn.items():
        later = [other for p, k, other in drawn if (p, k) == (program, key) and other > place]
        if later and place + length > min(later):
            length = max(each for each in LENGTHS if place + each <= min(later))
        found.append((place * beat, length * beat, key, velocity, program))
    return found


@settings(deadline=None, max_examples=25)
@given(
    notes=notes_of_files,
    division=st.sampled_from([24, 96, 100, 384, 480, 961]),
    metre=st.sampled_from([(4, 4), (3, 4), (2, 2), (6, 8), (7, 16)]),
)
def test_notes_come_back_on_the_grid(notes, division: int, metre: tuple[int, int]):
    midi = MidiTokenizer.shared_alphabet()
    content = made(notes, division=division, metres=[(0, *metre)])
    assert Counter(heard(midi.kept_of_midi(content))) == Counter(expected(content, metre[1]))


metre_changes = st.lists(
    st.tuples(
        st.integers(0, 20).map(lambda n: n * 240) | st.integers(0, 5000),
        st.integers(1, 13),
        st.sampled_from([1, 2, 4, 8, 16, 32]),
    ),
    max_size=4,
)
tempo_changes = st.lists(st.tuples(st.integers(0, 6000), st.floats(5, 900)), max_size=4)


@settings(deadline=None, max_examples=25)
@given(notes=notes_of_files, division=st.sampled_from([96, 100, 480]), metres=metre_changes, tempos=tempo_changes)
def test_a_second_pass_loses_nothing(notes, division: int, metres, tempos):
    midi = MidiTokenizer.shared_alphabet()
    text = midi.text_of_midi(made(notes, division=division, metres=metres, tempos=tempos))
    again = midi.midi_of(text)
    assert midi.text_of_midi(again) == text
    assert len(heard(again)) == midi.shown(text).count("Duration_")
    for other in midi.variants(text)[::4]:
        assert midi.text_of_midi(midi.midi_of(other)) == other


@settings(deadline=None, max_examples=15)
@given(bpm=st.floats(10, 700))
def test_tempos_are_the_nearest_by_their_ratio(bpm: float):
    midi = MidiTokenizer.shared_alphabet()
    content = made([(0, 480, 60, 64, PIANO)], tempos=[(0, bpm)])
    (kept,) = symusic.Score.from_midi(midi.kept_of_midi(content)).tempos
    steps = [15 * 2 ** (number / 16) for number in range(81)]
    assert abs(log(kept.qpm) - min((log(each) for each in steps), key=lambda each: abs(each - log(bpm)))) < 1e-3


def test_what_is_heard_moves_with_a_transposition_and_drums_do_not(midi: Midi):
    content = made([(0, 480, 3, 64, PIANO), (0, 480, 3, 64, DRUMS)])
    found = [
        sorted((program, key) for _, _, key, _, program in heard(midi.midi_of(each)))
        for each in midi.variants(midi.text_of_midi(content))
    ]
    assert found == [[(-1, 3), (0, 3 + shift)] for shift in (0, -3, -2, -1, 1, 2, 3, 4, 5, 6)]


# ------------------------------------------------------------------ what is no MIDI file


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"X:1\nK:C\nabc|", "not a MIDI file"),
        (b"MThd", "not a MIDI file"),
        (b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x01\xe0MTrk\x00\x00\x00\xff", "cut off"),
    ],
)
def test_what_is_no_midi_file_is_refused_with_advice(midi: Midi, content: bytes, said: str):
    with pytest.raises(TokenizerError, match=said) as caught:
        midi.text_of_midi(content)
    assert caught.value.hint


def test_a_file_without_notes_or_far_too_long_is_refused(midi: Midi):
    with pytest.raises(TokenizerError, match="not one note"):
        midi.text_of_midi(bytes(symusic.Score(480).dumps_midi()))
    with pytest.raises(TokenizerError, match="bars"):
        midi.text_of_midi(made([(0, 1, 60, 64, PIANO), (480 * 4 * 10_001, 1, 60, 64, PIANO)]))


@settings(deadline=None, max_examples=50)
@given(data=st.data())
def test_damaged_bytes_are_read_or_refused(data: st.DataObject):
    midi = MidiTokenizer.shared_alphabet()
    content = bytearray(
        made([(0, 480, 60, 64, PIANO), (240, 480, 36, 90, DRUMS)], metres=[(0, 3, 4)], tempos=[(0, 90)])
    )
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content
    try:
        text = midi.text_of_midi(bytes(content))
    except TokenizerError:
        return
    assert midi.text_of_midi(midi.midi_of(text)) == text


# ------------------------------------------------------------------ texts


def test_every_beginning_of_a_text_is_a_file_and_a_score(midi: Midi):
    text = midi.text_of_midi(
        made([(0, 480, 60, 64, PIANO), (240, 480, 36, 90, DRUMS), (1900, 30, 62, 90, VIOLIN)], metres=[(0, 3, 4)])
    )
    for end in range(len(text) + 1):
        complete = midi.shown(text[:end]).count("Duration_")
        assert len(heard(midi.midi_of(text[:end]))) == complete
        midi.read(text[:end]).validate()


def test_what_is_not_of_the_alphabet_is_refused_by_its_place(midi: Midi):
    of = midi.words.of_symbol
    for text, place in [
        ("a", "Character 1"),
        (of["Bar_None"] + of["Pitch_60"], "Character 2"),
        (chr(FIRST + 1031), "Character 1"),
    ]:
        with pytest.raises(TokenizerError, match=place):
            midi.midi_of(text)
        with pytest.raises(TokenizerError):
            midi.read(text)
    start = [of[each] for each in ("Bar_None", "TimeSig_4/4", "Position_0", "Tempo_120.0", "Program_-1", "Pitch_60")]
    with pytest.raises(TokenizerError, match="Character 6"):  # a drum is no pitch
        midi.midi_of("".join(start))
    with pytest.raises(TokenizerError, match="program in force"):
        midi.cue_rows("".join(start))


# ------------------------------------------------------------------ scores


def small_score() -> Score:
    def note(onset, length, name, octave, tied=False):
        return Note(Fraction(onset), Fraction(length), Pitch(name, 0, octave), tied)

    upper = Voice(
        (
            note(0, 1, "C", 5),
            note(1, 1, "D", 5),
            note(2, 1, "E", 5, True),
            note(3, 1, "E", 5),
            Rest(Fraction(4), Fraction(2)),
        )
    )
    lower = Voice((note(0, 3, "C", 3), note(3, 3, "G", 3)))
    return Score(
        (Part((upper,), "Flute", 73), Part((lower,), "Bass", 32)),
        (Fraction(0), Fraction(3)),
        Fraction(6),
        metres=(Metre(Fraction(0), 3, 4),),
        keys=(KeyChange(Fraction(0), Key(0, "major")),),
        tempos=(Tempo(Fraction(0), Fraction(120)),),
    )


def test_a_score_comes_back_as_it_is_heard(midi: Midi):
    score = small_score()
    score.validate()
    kept = midi.read(midi.write(score))
    kept.validate()
    assert kept == midi.kept(score)

    def sounding(each: Score):
        return sorted(
            (part.program, note.onset, note.duration, note.pitch.midi)
            for part in each.parts
            for voice in part.voices
            for note in voice.sounding()
        )

    assert sounding(kept) == sounding(score)
    assert kept.metres == score.metres and kept.tempos == score.tempos and kept.bars == score.bars
    assert midi.tags(score) == midi.tags_of_text(midi.write(score)) == {"metre": "3/4"}
    assert midi.read(midi.write(score), key="Eb minor").keys[0].key.fifths == -6


def test_a_score_without_notes_is_refused(midi: Midi):
    rest = Part((Voice((Rest(Fraction(0), Fraction(4)),)),))
    with pytest.raises(TokenizerError, match="no notes"):
        midi.write(Score((rest,), (Fraction(0),), Fraction(4)))


# ------------------------------------------------------------------ writing


def walk(midi: Midi, wish: Wish, seed: int, least: int) -> str:
    """A text written by chance alone, each kind of token as often as the others."""
    chance = random.Random(seed)
    place, text = midi.begin(wish), ""
    while len(text) < least or not place.may_end():
        allowed = place.allowed()
        assert len(set(allowed)) == len(allowed)
        if not allowed:
            assert place.may_end()
            break
        kind = chance.choice(sorted({midi.words.kinds[each] for each in allowed}))
        text += chance.choice([each for each in allowed if midi.words.kinds[each] == kind])
        place = place.advance(text[-1])
        if wish.bars and place.may_end() and chance.random() < 0.2:
            break
        assert len(text) < 5000
    return text


@settings(deadline=None, max_examples=12)
@given(
    seed=st.integers(0, 10**6),
    metre=st.sampled_from([None, "4/4", "12/8", "1/16"]),
    bars=st.sampled_from([None, 1, 2, 5]),
)
def test_what_is_written_by_allowed_is_in_the_normal_form(seed: int, metre: str | None, bars: int | None):
    midi = MidiTokenizer.shared_alphabet()
    text = walk(midi, Wish(metre=metre, bars=bars), seed, 150)
    content = midi.midi_of(text)
    assert len(heard(content)) == midi.shown(text).count("Duration_")
    assert midi.text_of_midi(content) == text
    if metre:
        assert {each for each in midi.shown(text).split() if each.startswith("TimeSig")} == {f"TimeSig_{metre}"}
    if bars:
        assert midi.known(text).bars == bars
    if bars and metre:
        beats, kind = map(int, metre.split("/"))
        assert max(onset + length for onset, length, *_ in heard(content)) <= bars * Fraction(4 * beats, kind)
    midi.read(text).validate()


@settings(deadline=None, max_examples=25)
@given(notes=notes_of_files, metres=metre_changes, tempos=tempo_changes)
def test_every_file_is_one_that_may_be_written(notes, metres, tempos):
    """Within the limit of empty bars, which these pieces are too short to reach."""
    midi = MidiTokenizer.shared_alphabet()
    text = midi.text_of_midi(made(notes, metres=metres, tempos=tempos))
    place = midi.begin(Wish())
    for number, character in enumerate(text):
        if midi.words.kinds[character] != "Bar":
            assert character in place.allowed(), midi.shown(text[: number + 1])
        place = place.advance(character)
    assert place.may_end()


def test_cues_tell_the_place_and_what_was_last(midi: Midi):
    text = midi.text_of_midi(
        made([(bar * 1920 + beat * 480, 480, 60 + beat, 64, PIANO) for bar in range(3) for beat in range(4)])
    )
    rows = midi.cue_rows(text)
    assert len(rows) == len(text) + 1
    named = {each.name: rows[:, column] for column, each in enumerate(midi.cue_fields)}
    for each in midi.cue_fields:
        if each.size:
            assert 0 <= named[each.name].min() <= named[each.name].max() <= each.size
    shown_text = midi.shown(text).split()
    place = shown_text.index("Position_48") + 1
    assert (named["beat"][place], named["part"][place]) == (3, 1)
    assert (named["program"][place], named["pitch"][place]) == (1, 62)
    assert named["left"][0] == 4 and named["left"][-1] == 1  # three bars to come, and the one before the first
    last = len(text) - 1
    assert chr(named["echo"][last]) == text[last] and named["strength"][last] > 0
    tokens = MidiTokenizer.whole()
    assert (tokens.cue_rows(text)[last, tokens.naming[0]]) == tokens.encode(text)[last]
