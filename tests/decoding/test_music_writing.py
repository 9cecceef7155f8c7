"""Music by networks that know nothing: it is lawful all the same, and what was asked for and given is kept."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from small_composers import from_abc, small_composer

from generator.config import MusicConfig, SamplingConfig
from generator.decoding import Composer, Composing, Context, write_music
from generator.decoding.constraints import MusicForm
from generator.decoding.openings import abc_key
from generator.errors import ConfigError, ConstraintUnsatisfiable, DecodingError, GeneratorError
from generator.music import Part, Score
from generator.tokenizers.music import FIRST, Wish
from generator.tokenizers.music.voices_signs import CHOIR

TUNE = "|".join(("G2A2B2c2", "d2B2c2A2", "B2A2G4"))  # three bars a soprano can sing
WILD = {"temperature": 1.0, "precision": "float32"}


def write(kind: str, *, seed: int = 1, count: int = 1, settings: dict | None = None, music: dict | None = None, **more):
    return write_music(
        small_composer(kind), MusicConfig(**(music or {})), SamplingConfig(seed=seed, **{**WILD, **(settings or {})}),
        count=count, **more,
    )  # fmt: skip


def scores(made: Composing) -> list[Score]:
    found = [made.score(sample) for sample in made.generation.samples()]
    for score in found:
        assert score.problems() == []
        assert any(voice.notes() for voice in score.voices())
    return found


def full_bars(score: Score) -> int:
    return len(score.bars) - (score.pickup > 0)


def heard(score: Score, voice: int) -> list[tuple[Fraction, Fraction, int]]:
    """Onset, end and key of what sounds in a voice."""
    return [(note.onset, note.end, note.pitch.midi) for note in list(score.voices())[voice].sounding()]


def choir() -> Score:
    """Four voices in four bars of 4/4, the last one with a fermata, notes tied over bar lines and rests."""
    lines = (
        "G2A2B2c2|d2B2c2A2|B2A2G4-|G4HG4",
        "D2D2G2G2|F2G2A4|G2F2D4|z4HD4",
        "B,2A,2G,2E2|D2D2E2C2|D4-D2B,2|C4HB,4",
        "G,2F,2G,2C,2|D,2G,2A,2F,2|G,2D,2G,4|C,4HG,4",
    )
    read = [from_abc(line, key="G") for line in lines]
    parts = tuple(Part(score.parts[0].voices, name) for score, name in zip(read, ("High", "", "", "Low"), strict=True))
    return Score(parts, read[0].bars, read[0].length, read[0].metres, read[0].keys, title="A choir")


# ------------------------------------------------------------------ freely


@pytest.mark.parametrize(
    ("key", "tags", "bars"),
    [("E", {"metre": "6/8", "mode": "dorian"}, "3"), ("Bb major", {"metre": "3/4"}, "5"), ("F# minor", {}, "1")],
)
def test_a_melody_has_the_key_metre_and_bars_that_were_asked_for(key: str, tags: dict[str, str], bars: str):
    known = {field: value for field, value in tags.items() if field in ("metre", "mode")}
    made = write("melody", music={"key": key, "bars": bars}, tags=known, count=2, seed=7)
    for score in scores(made):
        tonic, _, mode = key.partition(" ")
        assert score.keys[0].key.name == f"{tonic} {mode or tags['mode']}"
        assert {metre.name for metre in score.metres} == {tags.get("metre", score.metres[0].name)}
        assert full_bars(score) == int(bars)
        assert len(list(score.voices())) == 1


@pytest.mark.parametrize(("key", "tags", "bars"), [("E minor", {"metre": "3/4"}, "2"), ("G", {"mode": "major"}, "1")])
def test_a_piece_in_voices_has_too_and_stays_where_a_choir_sings(key: str, tags: dict[str, str], bars: str):
    made = write("voices", music={"key": key, "bars": bars}, tags=tags, count=2, seed=3)
    for score in scores(made):
        assert score.keys[0].key.name == (key if " " in key else f"{key} {tags['mode']}")
        assert score.metres[0].name == tags.get("metre", score.metres[0].name)
        assert full_bars(score) == int(bars)
        low_to_high = (CHOIR[0], *CHOIR[2:], CHOIR[1])
        for voice, (low, high) in zip(score.voices(), low_to_high, strict=True):
            assert all(low <= note.pitch.midi <= high for note in voice.notes())


def test_midi_is_written_too():
    pytest.importorskip("miditok")
    for score in scores(write("midi", music={"bars": "2"}, tags={"metre": "3/4"}, seed=2)):
        assert score.metres[0].name == "3/4"
        assert full_bars(score) == 2


def test_a_piece_is_that_of_its_seed_whatever_stands_beside_it():
    three = write("melody", seed=20, count=3, music={"bars": "2"})
    texts = [sample.text for sample in three.generation.samples()]
    alone = [write("melody", seed=20 + row, music={"bars": "2"}).generation.samples()[0].text for row in range(3)]
    assert texts == alone and len(set(texts)) == 3


def test_a_piece_has_a_tempo_in_beats_and_a_title():
    slow = scores(write("melody", music={"bars": "1", "tempo": 60.0}, tags={"metre": "6/8"}))[0]
    assert slow.tempos[0].bpm == 90, "a beat of 6/8 is three eighths, and a tempo is told in quarters"
    assert scores(write("melody", music={"bars": "1", "tempo": 60.0}, tags={"metre": "4/4"}))[0].tempos[0].bpm == 60
    usual = scores(write("voices", music={"bars": "1"}, seed=5))[0]
    assert usual.tempos and usual.title == "small, seed 5"


# ------------------------------------------------------------------ openings


def test_a_melody_goes_on_from_an_opening_in_its_key():
    opening = from_abc("A|d2 fe d2 A2|B2", metre="4/4", key="D")
    made = write("melody", opening=opening, music={"bars": "4"})
    score = scores(made)[0]
    assert score.keys[0].key.name == "D major"
    assert score.pickup == opening.pickup == Fraction(1, 2)
    given = next(iter(opening.voices())).notes()
    written = next(iter(score.voices())).notes()
    assert [(note.onset, note.pitch) for note in written[: len(given)]] == [(note.onset, note.pitch) for note in given]
    assert len(written) > len(given)
    assert made.brief.tags["mode"] == "major" and made.brief.tags["metre"] == "4/4"
    # or in the key that is asked for
    moved = scores(write("melody", opening=opening, music={"bars": "4", "key": "E"}))[0]
    assert [note.pitch.midi for note in next(iter(moved.voices())).notes()[: len(given)]] == [
        note.pitch.midi + 2 for note in given
    ]


def test_a_single_note_is_enough_and_a_minor_opening_is_told_so():
    for kind in ("melody", "voices"):
        opening = from_abc("E", key="Em") if kind == "melody" else choir()
        made = write(kind, opening=opening, music={"bars": "5"}, settings={"length": 20000})
        score = scores(made)[0]
        assert score.keys[0].key == opening.keys[0].key
        assert made.brief.tags["mode"] == opening.keys[0].key.mode
        for voice, source in zip(score.voices(), opening.voices(), strict=True):
            first = source.notes()[0]
            assert (voice.notes()[0].onset, voice.notes()[0].pitch.midi) == (first.onset, first.pitch.midi)


@pytest.mark.parametrize(
    ("kind", "wishes"),
    [
        ("melody", {"music": {"key": "D dorian"}}),
        ("melody", {"music": {"key": "G"}, "tags": {"mode": "major", "metre": "4/4"}}),
        ("voices", {"music": {"key": "G"}, "tags": {"metre": "4/4"}}),
        ("voices", {"tags": {"mode": "major"}}),
    ],
)
def test_an_opening_that_says_no_key_gets_the_one_that_is_asked_for(kind: str, wishes: dict):
    source = from_abc(TUNE, key="G") if kind == "melody" else choir()
    opening = replace(source, keys=())
    score = scores(write(kind, opening=opening, **{**wishes, "music": {**wishes.get("music", {}), "bars": "5"}}))[0]
    key = wishes.get("music", {}).get("key", "C")
    assert score.keys[0].key.name == (key if " " in key else f"{key} major")
    first = next(iter(opening.voices())).notes()[:4]
    assert [note.pitch.midi for note in next(iter(score.voices())).notes()[:4]] == [note.pitch.midi for note in first]


def test_an_opening_that_says_what_is_asked_for_is_gone_on_from():
    wishes = {"metre": "4/4", "mode": "major"}
    assert scores(write("melody", opening=from_abc(TUNE, key="G"), tags=wishes, music={"key": "G", "bars": "4"}))
    minor = from_abc("E4G4", key="Em")
    for key in ("Em", "E aeolian"):  # two names of one thing
        score = scores(write("melody", opening=minor, music={"key": key, "bars": "2"}))[0]
        assert score.keys[0].key.name == "E minor"


def test_a_key_for_notes_that_are_typed_without_one():
    said = ((None, None), ("E", None), ("E", "minor"), ("Em", "minor"), (None, "dorian"))
    assert [abc_key(*each) for each in said] == ["C", "E", "E minor", "Em", "C dorian"]


def test_a_midi_file_has_a_metre_and_bars_that_count():
    pytest.importorskip("miditok")
    alphabet = small_composer("midi").tokenizer.musical
    text = alphabet.write(from_abc(TUNE, key="G"))
    with pytest.raises(ConstraintUnsatisfiable, match="in 4/4, and --tag metre=3/4 asks"):
        write("midi", opening=text, tags={"metre": "3/4"})
    with pytest.raises(ConfigError, match="The opening has 3 bars, and --bars asks for 2"):
        write("midi", opening=text, music={"bars": "2"})
    assert full_bars(scores(write("midi", opening=text, tags={"metre": "4/4"}, music={"bars": "4"}))[0]) == 4


def test_an_opening_in_voices_stands_as_it_was():
    opening = choir()
    score = scores(write("voices", opening=opening, music={"bars": "5"}))[0]
    assert full_bars(score) == 5
    for number in range(4):
        *kept, last = heard(opening, number)
        assert heard(score, number)[: len(kept)] == kept
        assert heard(score, number)[len(kept)][::2] == last[::2]  # which may sound on


# ------------------------------------------------------------------ harmonising


def test_a_melody_is_kept_exactly_and_three_voices_stand_below_it():
    tune = from_abc(TUNE, key="G")
    made = write("voices", harmonise=tune, count=2, settings={"particles": 4})
    assert made.generation.config.particles == 4
    first, second = scores(made)
    for score in (first, second):
        assert len(score.parts) == 4
        assert score.parts[0].voices == tune.parts[0].voices
        assert (score.bars, score.length, score.metres, score.keys) == (tune.bars, tune.length, tune.metres, tune.keys)
        assert score.title == "given"
        for number, voice in enumerate(list(score.voices())[1:], start=1):
            assert voice.notes() and heard(score, number) != heard(tune, 0)
    assert [heard(first, number) for number in (1, 2, 3)] != [heard(second, number) for number in (1, 2, 3)]
    assert made.brief.tags == {"metre": "4/4", "key": "G major", "mode": "major"}


def test_eight_particles_are_used_where_nothing_is_said():
    tune = from_abc("G4A4", key="G")
    assert write("voices", harmonise=tune).generation.config.particles == 8
    for settings in ({"particles": 1}, {"best_of": 2}):
        made = write("voices", harmonise=tune, settings=settings)
        assert made.generation.config.particles == settings.get("particles", 0)
        assert scores(made)[0].parts[0].voices == tune.parts[0].voices
    assert write("voices").generation.config.particles == 0


@pytest.mark.parametrize("pickup", ["D2|", ""])
def test_rests_ties_fermatas_and_a_pickup_of_the_melody_are_kept(pickup: str):
    tune = from_abc(pickup + "z2A2B4-|B2z2Hd4|", key="Am")
    score = scores(write("voices", harmonise=tune, settings={"particles": 2}))[0]
    assert score.parts[0].voices == tune.parts[0].voices
    assert score.pickup == tune.pickup == (1 if pickup else 0)


def test_a_tonic_alone_leaves_the_modes_open_that_the_model_knows():
    """Of a choir's models these are major and minor; a random network would draw Lydian as gladly."""
    made = write("voices", music={"key": "G", "bars": "1"}, count=12, seed=3)
    found = {score.keys[0].key.name for score in scores(made)}
    assert found == {"G major", "G minor"}


# ------------------------------------------------------------------ filling in


@pytest.mark.parametrize(
    ("voices", "bars", "free"),
    [("alto,tenor", "2-3", (1, 2)), ("bass", None, (3,)), ("1", "2-3", (0,)), (None, "4", (0, 1, 2, 3))],
)
def test_everything_but_the_free_voices_and_bars_stands_as_it_was(voices, bars, free):
    source = choir()
    music = {name: value for name, value in (("voices", voices), ("bars", bars)) if value is not None}
    made = write("voices", infill=source, count=2, music=music, settings={"particles": 2}, seed=4)
    written = scores(made)
    first, last = (map(int, bars.split("-")) if "-" in bars else (int(bars),) * 2) if bars else (1, 4)
    start, end = Fraction(4 * (first - 1)), Fraction(4 * last)
    for score in written:
        assert (score.bars, score.length, score.metres, score.keys, score.title) == (
            source.bars, source.length, source.metres, source.keys, source.title,
        )  # fmt: skip
        assert next(part.name for part in score.parts) == "High"
        for number in range(4):
            if number not in free:
                assert list(score.voices())[number] == list(source.voices())[number]
                continue
            # moment by moment outside the bars that are free
            for step in range(int(source.length * 4)):
                time = Fraction(step, 4)
                if not start <= time < end:
                    assert sounds_at(score, number, time) == sounds_at(source, number, time), (number, time)
            # and every note that lies outside wholly is there as it was
            outside = [note for note in heard(source, number) if note[1] <= start or note[0] >= end]
            assert set(outside) <= set(heard(score, number)) | {
                note for note in outside if note[1] == start or note[0] == end
            }
    inside = [[heard(score, number) for number in free] for score in written]
    assert inside[0] != inside[1] and inside[0] != [heard(source, number) for number in free]


def sounds_at(score: Score, voice: int, time: Fraction) -> int | None:
    return next((key for onset, end, key in heard(score, voice) if onset <= time < end), None)


# ------------------------------------------------------------------ what cannot be


@pytest.mark.parametrize(
    ("kind", "arguments", "error", "message"),
    [
        ("melody", {"harmonise": "tune"}, DecodingError, "--harmonise needs a model that writes several voices"),
        ("melody", {"infill": "choir", "music": {"bars": "1"}}, DecodingError, "--infill needs a model"),
        ("voices", {"music": {"bars": "many"}}, ConfigError, "--bars many is no number"),
        ("voices", {"music": {"bars": "5-8"}}, ConfigError, "--bars 5-8 is no number"),
        ("voices", {"music": {"bars": "0"}}, ConstraintUnsatisfiable, "0 bars"),
        ("melody", {"music": {"bars": "0"}}, ConstraintUnsatisfiable, "0 bars"),
        ("voices", {"infill": "choir", "music": {"bars": "x"}}, ConfigError, "--bars x is no range"),
        ("voices", {"infill": "choir", "music": {"bars": "3-2"}}, ConfigError, "3-2 runs backwards"),
        ("voices", {"infill": "choir", "music": {"bars": "4-9"}}, ConstraintUnsatisfiable, "Its bars are 1 to 4"),
        ("voices", {"infill": "choir", "music": {"voices": "flute"}}, ConstraintUnsatisfiable, "no voice 'flute'"),
        ("voices", {"infill": "choir", "music": {"voices": "5"}}, ConstraintUnsatisfiable, "no voice 5|no voice '5'"),
        ("voices", {"infill": "choir"}, ConfigError, "what to write anew"),
        ("voices", {"infill": "choir", "music": {"bars": "1", "key": "D"}}, ConfigError, "keeps the key"),
        ("voices", {"infill": "choir", "music": {"bars": "1"}, "tags": {"metre": "3/4"}}, ConfigError, "keeps the key"),
        ("voices", {"harmonise": "tune", "music": {"key": "D"}}, ConfigError, "--key cannot be asked"),
        ("voices", {"harmonise": "tune", "music": {"bars": "3"}}, ConfigError, "--bars cannot be asked"),
        ("voices", {"harmonise": "tune", "tags": {"mode": "minor"}}, ConfigError, "mode cannot be asked"),
        ("voices", {"harmonise": "tune", "music": {"voices": "alto"}}, ConfigError, "--voices says what --infill"),
        ("voices", {"harmonise": "low"}, ConstraintUnsatisfiable, r"Transpose it by \+\d+ semitones|goes from"),
        ("voices", {"harmonise": "choir"}, GeneratorError, "4 voices"),
        ("voices", {"opening": "tune", "infill": "choir", "music": {"bars": "1"}}, ConfigError, "used together"),
        ("voices", {"opening": "tune", "harmonise": "tune"}, ConfigError, "used together"),
        ("melody", {"opening": "choir"}, DecodingError, "small cannot go on from this"),
        ("melody", {"opening": "tune", "tags": {"metre": "6/8"}}, ConstraintUnsatisfiable, "in 4/4, and .*metre=6/8"),
        (
            "melody",
            {"opening": "tune", "tags": {"mode": "minor"}},
            ConstraintUnsatisfiable,
            "G major, and .*mode=minor",
        ),
        ("melody", {"opening": "tune", "music": {"key": "Em"}}, ConstraintUnsatisfiable, "G major, and --key Em asks"),
        ("voices", {"opening": "choir", "tags": {"metre": "3/4"}}, ConstraintUnsatisfiable, "in 4/4, and .*metre=3/4"),
        ("voices", {"opening": "choir", "music": {"key": "D"}}, ConstraintUnsatisfiable, "G major, and --key D asks"),
        (
            "voices",
            {"opening": "choir", "music": {"key": "G minor"}},
            ConstraintUnsatisfiable,
            "G major, and --key G m",
        ),
        ("voices", {"opening": "choir", "tags": {"key": "C major"}}, ConstraintUnsatisfiable, "in G major"),
        ("midi", {"opening": "tune", "tags": {"metre": "3/4"}}, ConstraintUnsatisfiable, "in 4/4, and .*metre=3/4"),
        ("melody", {"opening": "tune", "music": {"key": "H"}}, GeneratorError, "H"),
        ("voices", {"opening": "tune", "music": {"key": "H"}}, GeneratorError, "H"),
        ("melody", {"tags": {"metre": "13/8"}}, GeneratorError, "13/8"),
        ("melody", {"tags": {"colour": "blue"}}, DecodingError, "no tag 'colour'"),
        ("melody", {"music": {"key": "H"}}, GeneratorError, "H"),
        ("voices", {"music": {"key": "H"}}, GeneratorError, "H"),
        ("melody", {"music": {"key": "E minor"}, "tags": {"mode": "major"}}, ConstraintUnsatisfiable, "not major"),
        ("voices", {"music": {"key": "E minor"}, "tags": {"mode": "major"}}, ConstraintUnsatisfiable, "not major"),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_is_written(kind: str, arguments: dict, error, message: str):
    given = {"tune": from_abc(TUNE, key="G"), "choir": choir(), "low": from_abc("C,2D,2E,4", key="C")}
    said = {name: given[value] if isinstance(value, str) else value for name, value in arguments.items()}
    with pytest.raises(error, match=message):
        write(kind, **said)


def test_an_opening_longer_than_the_piece_or_the_length_is_told():
    with pytest.raises(GeneratorError):
        scores(write("melody", opening=from_abc(TUNE, key="G"), music={"bars": "1"}))
    composer = small_composer("melody")
    rule = MusicForm(composer.tokenizer, Wish(), "x" * 30)
    with pytest.raises(ConstraintUnsatisfiable, match="30 characters"):
        rule.check(Context(composer.tokenizer, "", 30, True))


# ------------------------------------------------------------------ cues


@pytest.mark.parametrize("blind", [False, True])
def test_only_what_looks_ahead_is_kept_from_a_blind_model(blind: bool):
    composer: Composer = small_composer("voices")
    alphabet = composer.tokenizer.musical
    given = composer.voices("harmonise").given(from_abc(TUNE, key="G"), voices=4)
    rule = MusicForm(composer.tokenizer, Wish(given=given), blind=blind)
    place = rule.begin(Context(composer.tokenizer, "", 10_000, True))
    walk = alphabet.begin(Wish(given=given))
    ahead = np.array([field.ahead for field in alphabet.cue_fields])
    told = 0
    for _ in range(60):
        row, plain = rule.cues(place), np.array(walk.cues())
        assert row is not None
        for column, field in enumerate(alphabet.cue_fields):
            if not field.size and plain[column]:
                plain[column] += 1 - FIRST
        assert np.array_equal(row, np.where(ahead & blind, 0, plain))
        told += int((row[ahead] > 0).sum())
        character = sorted(walk.allowed())[-1]
        walk, place = walk.advance(character), rule.advance(place, ord(character) - FIRST + 1)
    assert (told == 0) == blind


def test_the_cues_of_training_are_those_of_writing():
    """What a network is told of a piece in a corpus is what it would be told if it wrote that piece."""
    for kind in ("melody", "voices"):
        composer = small_composer(kind)
        text = composer.tokenizer.musical.write(from_abc(TUNE, key="G"))
        rule = MusicForm(composer.tokenizer, composer.tokenizer.musical.known(text))
        place, rows = rule.begin(Context(composer.tokenizer, "", 10_000, True)), []
        for token in composer.tokenizer.encode(text).tolist():
            rows.append(rule.cues(place))
            place = rule.advance(place, token)
        rows.append(rule.cues(place))
        assert np.array_equal(np.stack(rows), composer.tokenizer.cue_rows(text))  # type: ignore[arg-type]


# ------------------------------------------------------------------ loops


@pytest.mark.parametrize("kind", ["melody", "voices"])
def test_whoever_would_repeat_for_ever_is_led_out(kind):
    """A writer that repeats the bar before wherever it may: no passage stands four times in a row."""
    tokenizer = small_composer(kind).tokenizer
    rule = MusicForm(tokenizer, Wish(bars=40, metre="4/4"))
    place, text, bars = rule.begin(Context(tokenizer, "", 20_000, True)), "", [0]
    random = np.random.default_rng(3)
    while len(text) < 6_000:
        mask = rule.allowed(place)
        assert mask is not None
        again = text[len(text) - bars[-1] + bars[-2]] if len(bars) > 3 else ""
        token = ord(again) - FIRST + 1 if again else 0
        if not again or not mask[token]:
            token = int(random.choice(np.flatnonzero(mask)))
        if token == tokenizer.boundary:
            break
        text += chr(FIRST + token - 1)
        place = rule.advance(place, token)
        if tokenizer.musical.label(text[-1]) == "|":
            bars.append(len(text))
    loop = tokenizer.musical.loop
    for period in range(1, len(text) // 4):
        same = 0
        for before, after in zip(text, text[period:], strict=False):
            same = same + 1 if before == after else 0
            assert same < 3 * period + loop, f"a passage of {period} characters goes on and on"


def test_a_melody_keeps_its_spelling_when_it_is_harmonised():
    """What the grammar reads back is spelled by the key; the given voice stands as it was written all the same."""
    tune = from_abc("_d2=d2^c2c2|G2A2B2c2|d2B2c4", key="C")
    made = write("voices", harmonise=tune, settings={"particles": 1})
    alphabet = made.composer.tokenizer.musical
    (sample,) = made.generation.samples()
    assert alphabet.read(sample.text).parts[0].voices != tune.parts[0].voices
    assert made.score(sample).parts[0].voices == tune.parts[0].voices
