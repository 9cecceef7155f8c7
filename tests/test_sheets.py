"""The sample command with models of music: what goes to the terminal, which files are written, and what is refused."""

from __future__ import annotations

import json
import sys
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest

from generator import checkpoint, load, tokenizers
from generator.config import ModelConfig
from generator.decoding import Generation, Step
from generator.decoding import music as music_module
from generator.model import LanguageModel
from generator.music import Score, read_score, write_score
from generator.music.reading import read_bytes
from generator.seeding import torch_generator
from generator.tokenizers.music import MusicTokenizer

sys.path.append(str(Path(__file__).parent / "decoding"))

from small_composers import TAGS, from_abc, small_network  # the same networks as in the room of decoding

SHORT = ("--bars", "2", "--precision", "float32")


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for kind in ("melody", "voices", "char", *(["midi"] if find_spec("miditok") else [])):
        tokenizer = tokenizers.train(kind, ["some words\n"])
        fields: dict[str, list[str]] = TAGS.get(kind, {})
        if isinstance(tokenizer, MusicTokenizer):
            network = small_network(tokenizer, fields)
        else:
            sizes = ModelConfig(
                vocab_size=tokenizer.vocab_size, embed_dim=8, hidden_size=8, num_layers=1, tie_weights=True,
                dropout=0.0, input_dropout=0.0,
            )  # fmt: skip
            network = LanguageModel(sizes, torch_generator(1)).eval()
        medium = "text" if kind == "char" else "music"
        details = {"name": kind, "medium": medium, "tag_fields": fields, "start_text": ""}
        checkpoint.save(folder / kind, network, tokenizer, details, f"# {kind}\n")
    return folder


def abc_of(text: str) -> Score:
    found = read_bytes(text.encode(), "abc", "the terminal")[0]
    assert found.score is not None, found.reason
    return found.score


# ------------------------------------------------------------------ the terminal


def test_a_line_goes_to_the_terminal_as_abc_and_comes_again_by_its_seed(sample, tmp_path: Path):
    words = ("melody", *SHORT, "--key", "D", "--tag", "metre=6/8")
    status, out, err = sample(*words)
    assert status == 0
    score = abc_of(out[out.index("X:") :])
    assert (score.metres[0].name, len(score.bars) - (score.pickup > 0)) == ("6/8", 2)
    seed = err.split()[err.split().index("seed") + 1]
    again = sample(*words, "--seed", seed)
    assert again[1] == out and "--seed" not in again[2]
    assert not [path for path in tmp_path.iterdir() if path.name != "cache"]


def test_a_piece_in_voices_is_shown_and_its_files_are_offered(sample):
    status, out, err = sample("voices", "--bars", "1", "--seed", "2", "--precision", "float32")
    assert status == 0
    score = abc_of(out)
    assert [part.name for part in score.parts] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert score.problems() == [] and "voices4" not in out
    assert "--out FOLDER" in err


@pytest.mark.parametrize(("model", "sign"), [("voices", "voices4"), ("melody", "major")])
def test_the_characters_of_the_model_are_shown_where_they_are_asked_for(sample, model: str, sign: str):
    words = (model, "--bars", "1", "--seed", "2", "--precision", "float32", "--tag", "mode=major")
    plain, tokens = sample(*words), sample(*words, "--tokens")
    assert sign not in plain[1].partition("X:")[0] and plain[1].startswith("X:1\n")
    assert sign in tokens[1].partition("X:")[0].split()
    assert tokens[1].endswith("\n" + plain[1])


def test_several_pieces_on_the_terminal_are_tunes_of_one_file(sample):
    status, out, _ = sample("voices", "--bars", "1", "--seed", "2", "-n", "3", "--precision", "float32")
    assert status == 0
    found = read_bytes(out.encode(), "abc", "the terminal")
    assert [each.number for each in found] == ["1", "2", "3"]
    assert [each.score.title for each in found if each.score] == [f"voices, seed {seed}" for seed in (2, 3, 4)]


def test_a_chorale_may_be_a_file_of_abc(sample, tmp_path: Path):
    status, _, err = sample("voices", "--bars", "1", "--seed", "2", "--precision", "float32", "--out", "chorale.abc")
    assert status == 0, err
    assert len(read_score(tmp_path / "chorale.abc").parts) == 4


def test_bars_that_are_played_twice_are_told_by_both_numbers(sample, tmp_path: Path):
    voices = "".join(f"V:{note}\n|:{note}8|{note}4{note}4:|{note}8|]\n" for note in "dB")
    (tmp_path / "choir.abc").write_text(f"X:1\nM:4/4\nL:1/8\nK:G\n{voices}")
    words = ("--seed", "1", "--precision", "float32", "--particles", "2", "--bars", "2-3", "--voices", "2")
    status, _, err = sample("voices", "--infill", "choir.abc", *words, "--out", "anew.musicxml")
    assert status == 0, err
    assert "its bars 2-3 are bars 2 and 4-5 of the piece" in err


def test_json_tells_what_there_is_to_know(sample):
    status, out, _ = sample("melody", *SHORT, "--json", "-n", "2", "--seed", "5", "--tempo", "90", "--tag", "type=jig")
    assert status == 0
    records = [json.loads(line) for line in out.splitlines()]
    assert [record["seed"] for record in records] == [5, 6]
    for record in records:
        assert record["bars"] == 2 and record["voices"] == 1 and record["ended"]
        asked = {"key": None, "tempo": 90.0, "bars": "2", "strictness": 4.0, "voices": None}
        assert record["music"] == asked
        assert record["tags"] == {"type": "jig"} and record["files"] == []
        assert record["bits_per_char"] > 0 and record["settings"]["seed"] == record["seed"]
        score = abc_of(record["abc"])
        assert float(score.length) == record["quarters"]
        assert sample("melody", *SHORT, "--seed", str(record["seed"]), "--tempo", "90", "--tag", "type=jig")[
            1
        ].endswith(record["abc"])


# ------------------------------------------------------------------ files


def test_several_pieces_go_to_a_folder_in_the_formats_that_were_asked_for(sample, tmp_path: Path):
    words = ("melody", *SHORT, "-n", "2", "--format", "mid, musicxml,abc")
    status, out, err = sample(*words, "--seed", "7", "--out", "out")
    assert (status, out) == (0, "")
    expected = {f"melody-{seed}.{end}" for seed in (7, 8) for end in ("mid", "musicxml", "abc", "settings.json")}
    assert {path.name for path in (tmp_path / "out").iterdir()} == expected
    assert all(f"out/{name}" in err for name in expected)
    for seed in (7, 8):
        played, printed, typed = (
            [
                note
                for voice in read_score(tmp_path / "out" / f"melody-{seed}.{end}").voices()
                for note in voice.sounding()
            ]
            for end in ("mid", "musicxml", "abc")
        )
        assert printed and printed == typed
        # a MIDI file is read on a grid, on which the shortest notes may be lost
        keys = [[note.pitch.midi for note in notes] for notes in (played, printed)]
        assert set(keys[0]) <= set(keys[1]) and len(keys[0]) > 0.8 * len(keys[1])
        settings = json.loads((tmp_path / "out" / f"melody-{seed}.settings.json").read_text("utf-8"))
        assert settings["seed"] == seed and settings["music"]["bars"] == "2"


def test_a_file_of_the_piece_gets_its_name_and_its_format(sample, tmp_path: Path):
    status, _, _ = sample("melody", *SHORT, "--seed", "1", "--out", "new/song.abc")
    assert status == 0
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"song.abc", "song.settings.json"}
    assert list(read_score(tmp_path / "new/song.abc").voices())


def test_everything_goes_into_a_zip(sample, tmp_path: Path):
    pytest.importorskip("verovio")
    status, _, err = sample("melody", "--bars", "1", "--precision", "float32", "--seed", "1", "--out", "piece.zip")
    assert status == 0, err
    with zipfile.ZipFile(tmp_path / "piece.zip") as archive:
        endings = {name.partition(".")[2] for name in archive.namelist()}
        assert endings == {"mid", "musicxml", "abc", "wav", "svg", "png", "settings.json"}
        assert archive.testzip() is None
    status, _, err = sample("melody", *SHORT, "--seed", "9", "--out", "piece.zip")
    assert status == 2 and "piece.zip is there already" in err


def test_formats_are_taken_as_people_write_them(sample, tmp_path: Path):
    words = ("melody", *SHORT, "--seed", "3")
    assert sample(*words, "--format", ".ABC, abc,Mid", "--out", "out")[0] == 0
    assert {path.suffix for path in (tmp_path / "out").iterdir()} == {".abc", ".mid", ".json"}
    assert sample(*words, "--format", "ABC", "--out", "song.abc")[0] == 0
    assert (tmp_path / "song.abc").is_file()


def test_one_voice_of_a_model_of_several_is_a_line(sample, tmp_path: Path):
    write_score(from_abc("G2A2B2c2|d2B2c2A2", key="G"), tmp_path / "tune.abc")
    words = ("--infill", "tune.abc", "--bars", "2", "--seed", "1", "--precision", "float32", "--particles", "2")
    status, _, err = sample("voices", *words, "--out", "line.abc")
    assert status == 0, err
    assert len(list(read_score(tmp_path / "line.abc").voices())) == 1


def test_a_piece_of_many_bars_is_whole_and_one_that_is_broken_off_is_told(sample, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(music_module, "LONGEST", 12)
    words = ("melody", "--seed", "3", "--precision", "float32", "--length", "12", "--json")
    status, out, err = sample(*words, "--bars", "6")
    assert status == 0 and json.loads(out)["ended"] and json.loads(out)["bars"] == 6
    assert "broken off" not in err
    status, out, err = sample(*words)
    assert status == 0 and not json.loads(out)["ended"]
    assert "The piece of seed 3 was broken off after 12 characters" in err


def test_without_a_place_the_files_stand_here(sample, tmp_path: Path):
    assert sample("melody", *SHORT, "--seed", "3", "--format", "mid")[0] == 0
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == {"melody-3.mid", "melody-3.settings.json"}


@pytest.mark.parametrize("place", ["out", "out/song.abc"])
def test_what_is_there_is_not_replaced_unasked(sample, tmp_path: Path, place: str):
    words = ("melody", *SHORT, "--seed", "1", "--format", "abc", "--out", place)
    assert sample(*words)[0] == 0
    (path,) = (tmp_path / "out").glob("*.abc")
    path.write_text("mine")
    status, out, err = sample(*words)
    assert (status, out) == (2, "")
    assert f"{path.name} is there already" in err and "--force" in err
    assert path.read_text() == "mine"
    assert sample(*words, "--force")[0] == 0
    assert path.read_text() != "mine"


def test_a_piece_of_another_seed_or_name_is_not_in_the_way(sample, tmp_path: Path):
    out = tmp_path / "out"
    assert sample("melody", *SHORT, "--seed", "12", "--format", "abc", "--out", "out")[0] == 0
    status, _, err = sample("melody", *SHORT, "--seed", "1", "--format", "abc", "--out", "out")
    assert status == 0, err
    assert {path.name for path in out.glob("*.abc")} == {"melody-12.abc", "melody-1.abc"}


def test_the_best_of_several_is_not_replaced_unasked_either(sample, tmp_path: Path):
    words = ("melody", *SHORT, "--seed", "1", "--best-of", "4", "--format", "abc", "--out", "out")
    assert sample(*words)[0] == 0
    (path,) = (tmp_path / "out").glob("*.abc")
    path.write_text("mine")
    assert sample(*words)[0] == 2
    assert path.read_text() == "mine"


# ------------------------------------------------------------------ openings, harmonies, gaps


def test_a_few_notes_are_gone_on_from_typed_or_in_a_file(sample, tmp_path: Path):
    typed = ("melody", *SHORT, "--seed", "4", "--key", "D", "--prompt", "d2 fe d2 A2|")
    status, out, err = sample(*typed)
    assert status == 0, err
    score = abc_of(out[out.index("X:") :])
    assert [note.pitch.midi for note in next(score.voices()).notes()][:5] == [74, 78, 76, 74, 69]
    assert score.keys[0].key.name == "D major"
    opening = from_abc("d2 fe d2 A2|", key="D")
    write_score(opening, tmp_path / "opening.abc")
    write_score(opening, tmp_path / "opening.mid")
    for name in ("opening.abc", "./opening.mid"):
        from_file = sample("melody", *SHORT, "--seed", "4", "--key", "D", "--prompt", name)
        assert from_file[0] == 0, from_file[2]
        heard = abc_of(from_file[1][from_file[1].index("X:") :])
        assert [note.pitch.midi for note in next(heard.voices()).notes()][:5] == [74, 78, 76, 74, 69]


@pytest.mark.parametrize("notes", ["~G3 A2", "GABc dcBA|" * 30, "G"])
def test_notes_that_are_no_path_are_notes(sample, notes: str):
    """A roll looks like a home folder, and a long tune is longer than a file's name may be."""
    status, out, err = sample("melody", "--precision", "float32", "--seed", "4", "--prompt", notes)
    assert status == 0, err
    assert "X:" in out


def test_a_tune_is_harmonised_and_a_gap_is_filled(sample, tmp_path: Path):
    write_score(from_abc("G2A2B2c2", key="G"), tmp_path / "tune.abc")
    status, out, err = sample(
        "voices", "--harmonise", "tune.abc", "--particles", "2", "--seed", "1", "--precision", "float32",
        "--format", "musicxml,mid", "--out", "four", "--json",
    )  # fmt: skip
    assert status == 0, err
    record = json.loads(out)
    assert record["voices"] == 4 and record["harmonise"] == "tune.abc"
    assert record["files"] == [f"four/voices-1.{end}" for end in ("settings.json", "musicxml", "mid")]
    score = read_score(tmp_path / "four/voices-1.musicxml")
    assert [note.pitch.midi for note in next(score.voices()).notes()] == [67, 69, 71, 72]
    status, out, err = sample(
        "voices", "--infill", "four/voices-1.musicxml", "--voices", "alto,tenor", "--seed", "2", "--particles", "2",
        "--precision", "float32", "--format", "musicxml", "--out", "anew.musicxml",
    )  # fmt: skip
    assert status == 0, err
    anew = read_score(tmp_path / "anew.musicxml")
    for number in (0, 3):
        assert list(anew.voices())[number].sounding() == list(score.voices())[number].sounding()
    assert list(anew.voices())[1].sounding() != list(score.voices())[1].sounding()


@pytest.mark.parametrize("steps", [0, 9])
def test_ctrl_c_keeps_what_can_be_read(sample, monkeypatch: pytest.MonkeyPatch, steps: int):
    """Right at the beginning there is nothing yet, and that is no error."""
    going_on, done = Generation.__next__, []

    def interrupted(self: Generation) -> Step:
        if len(done) == steps:
            raise KeyboardInterrupt
        done.append(1)
        return going_on(self)

    monkeypatch.setattr(Generation, "__next__", interrupted)
    status, out, err = sample("melody", "--precision", "float32", "--seed", "1", "--json")
    assert status == 130
    assert "stopped" in err and "Error" not in err and "error" not in err
    assert bool(out) == bool(steps)


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("words", "message"),
    [
        *(
            (["melody", f"--{name}", value], f"--{name} is about text, and melody writes music")
            for name, value in (
                ("form", "sonnet"),
                ("acrostic", "ABC"),
                ("theme", "winter"),
                ("author", "Blake"),
                ("start", "O"),
                ("until", "x"),
                ("only", "abc"),
                ("prompt-file", "x"),
                ("rhyme", "day"),
                ("word", "rose"),
                ("beam-size", "4"),
                ("candidates", "3"),
                ("script", "simplified"),
                ("lookahead", "0.5"),
            )
        ),
        (["melody", "--forms"], "--forms is about text"),
        (["melody", "--drop-unknown"], "--drop-unknown is about text"),
        *(
            (["char", f"--{name}", value], f"--{name} is about music, and char writes text")
            for name, value in (
                ("key", "D"),
                ("tempo", "90"),
                ("bars", "4"),
                ("voices", "alto"),
                ("harmonise", "x.abc"),
                ("infill", "x.abc"),
                ("format", "mid"),
            )
        ),
        (["melody", "--format", "pdf"], "pdf is no format"),
        (["nobody", "--format", "mid,pdf"], "pdf is no format"),
        (["melody", "--format", " , "], "--format ' , ' names no format"),
        (["nobody", "--format", "abc", "--out", "song.mid"], "song.mid is to be a file of mid, and --format asks"),
        (["melody", "--format", "mid,abc", "--out", "song.mid"], "--format asks for mid, abc"),
        (["melody", "--prompt", "hello world"], "it has signs that mean nothing there (h, l, o, w, r)"),
        (["melody", "--prompt", "[C:\\x"], "it has signs that mean nothing there ([)"),
        (
            ["melody", "--key", "E minro"],
            "no mode is called minro.\n       Did you mean minor?",
        ),
        (
            ["voices", "--key", "E minro"],
            "no mode is called minro.\n       Did you mean minor?",
        ),
        (["melody", "--key", "E minro", "--prompt", "GAB"], "no mode is called minro"),
        (["melody", "--key", "C# locrian"], "This model knows no mode 'locrian'."),
        (["char", "--tokens"], "--tokens is about music, and char writes text"),
        (["melody", "--out", "song.mp3"], "mp3 is no format"),
        (["melody", "-n", "2", "--out", "song.mid"], "cannot hold 2 pieces"),
        (["melody", "-n", "2", "--out", "song.zip"], "cannot hold 2 pieces"),
        (["melody", "-n", "0"], "0 is too small"),
        (["melody", "--harmonise", "x.abc"], "x.abc"),
        (["voices", "--harmonise", "x.abc"], "--harmonise: x.abc"),
        (["voices", "--infill", "x.abc", "--bars", "1"], "--infill: x.abc"),
        (["melody", "--prompt", "x.abc"], "--prompt: x.abc"),
        (["melody", "--prompt", "???"], "--prompt ???"),
        (["melody", "--prompt", ""], "--prompt"),
        (["melody", "--bars", "few"], "--bars few is no number"),
        (["melody", "--tempo", "1"], "--tempo 1.0 is too small"),
        (
            ["melody", "--prompt", "|||"],
            "--prompt ||| is neither a file of music nor notes in ABC: There is not one note in it.\n",
        ),
        (["melody", "--bars", "1001"], "--bars 1001 is too many"),
        (["melody", "--out", "cache/note/x.mid"], "cache/note/x.mid cannot be written: "),
        (["melody", "--tag", "metre=6/8", "--tag", "metre=3/4"], "metre=6/8 and --tag metre=3/4 exclude each other"),
        (["melody", "--tag", "metre"], "FIELD=VALUE"),
        (["melody", "--tag", "metre=17/16"], "17/16"),
        (["melody", "--voices", "alto"], "--voices says what --infill"),
        (["melody", "--particles", "2", "--best-of", "2"], "--particles cannot be used"),
    ],
)
def test_mistakes_are_told_before_anything_is_written(sample, tmp_path: Path, words: list[str], message: str):
    (tmp_path / "cache").mkdir(exist_ok=True)
    (tmp_path / "cache" / "note").write_text("a file, not a folder")
    status, out, err = sample(*words)
    assert (status, out) == (2, "")
    assert message in err
    assert "Traceback" not in err
    assert not [path for path in tmp_path.iterdir() if path.name != "cache"]


def test_abc_is_not_promised_by_a_model_of_any_number_of_voices(sample):
    pytest.importorskip("miditok")
    status, out, err = sample("midi", "--out", "song.abc")
    assert (status, out) == (2, "")
    assert "ABC has no signs for all that midi writes" in err


# ------------------------------------------------------------------ from Python


def test_pieces_are_written_from_python_too(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GENERATOR_CACHE", str(tmp_path / "cache"))
    model = load(models / "melody")
    first, second = model.write_music(key="D", bars="1", seed=4, count=2, tags={"metre": "6/8"}, precision="float32")
    assert (first.name, second.name) == ("melody-4", "melody-5")
    assert first.score.problems() == [] and first.score.metres[0].name == "6/8"
    assert [path.name for path in first.save(tmp_path / "out", ["abc"])] == ["melody-4.abc"]
    assert (
        model.write_music(key="D", bars=1, seed=4, tags={"metre": "6/8"}, precision="float32")[0].score == first.score
    )
