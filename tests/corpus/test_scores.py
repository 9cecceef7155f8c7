"""Folders of music as a corpus: every file is told of, the alphabet is found, every key is learnt from."""

from __future__ import annotations

import itertools
import random
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from generator import corpus, tokenizers
from generator.config import PrepareConfig
from generator.corpus import PreparedCorpus
from generator.corpus import scores as scores_module
from generator.corpus import spool as spool_module
from generator.corpus.manifest import find_manifest, read_manifest
from generator.corpus.origin import find_origin
from generator.errors import ConfigError, CorpusError
from generator.music import Key, KeyChange, Metre, Note, Part, Score, Voice, read_file, score_bytes, spell, write_score
from generator.music import folder as folder_module
from generator.music.cache import Cache
from generator.tokenizers.music import MusicTokenizer

KERN = "**kern\n*M4/4\n*k[]\n=1-\n4c\n4d\n4e\n4f\n==\n*-\n"
BROKEN_TUNE = "X:999\nM:4/4\nL:1/4\nK:C\nCDE|CDEFG|C4|\n\n"
CHOIR = ((62, 77), (57, 70), (52, 65), (42, 58))


def in_process(jobs, cache, *, grid, processes, seconds, done, command=()):
    """What the workers do, without starting any: that they are started is tested beside them."""
    for job in jobs:
        try:
            Cache(cache).put(job.key, read_file(job.path, grid))
            done(job, "")
        except CorpusError as error:
            done(job, error.message)


@pytest.fixture(scope="module", autouse=True)
def read_here() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder_module, "read_in_workers", in_process)
        yield


def tune(number: int, kind: str = "reel") -> str:
    """Four bars of ABC at random."""
    source = random.Random(number)
    bars = ["".join(source.choice("DEFGABcd") for _ in range(8)) for _ in range(4)]
    return f"X:{number}\nR:{kind}\nM:4/4\nL:1/8\nK:{source.choice(('D', 'G', 'Em'))}\n{'|'.join(bars)}|\n\n"


def tunes(count: int, first: int = 1) -> str:
    return "".join(tune(number) for number in range(first, first + count))


def choir(number: int, voices: int = 4) -> Score:
    """A bar of quarters at random, in the ranges of a choir."""
    source = random.Random(number)
    parts = tuple(
        Part((Voice(tuple(Note(Fraction(time), Fraction(1), spell(source.randint(low, high))) for time in range(4))),))
        for low, high in CHOIR[:voices]
    )
    key = Key(source.choice((-1, 0, 1)), source.choice(("major", "minor")))
    return Score(parts, (Fraction(0),), Fraction(4), (Metre(Fraction(0), 4, 4),), (KeyChange(Fraction(0), key),))


def quiet(source: Any, out: Path, **settings: Any) -> tuple[PreparedCorpus, list[str]]:
    """A prepared corpus, and what was said."""
    said: list[str] = []
    prepared = corpus.prepare(source, out, PrepareConfig(**settings), say=said.append, progress=False)
    return prepared, said


def files_of(prepared: PreparedCorpus) -> dict[str, dict[str, Any]]:
    found = {file["name"]: file for file in prepared.report["files"]}
    assert len(found) == len(prepared.report["files"])
    return found


@pytest.fixture(scope="module")
def choirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty small chorales and two duets."""
    folder = tmp_path_factory.mktemp("choirs")
    for number in range(30):
        write_score(choir(number), folder / f"{number:02}.musicxml")
    for number in (1, 2):
        write_score(choir(number, 2), folder / f"duet{number}.musicxml")
    return folder


@pytest.fixture(scope="module")
def sung(choirs: Path) -> PreparedCorpus:
    return quiet(choirs, choirs.parent / "sung", voices=4, split="90/10")[0]


# ------------------------------------------------------------------ every file is told of


def test_every_file_and_every_member_of_an_archive_is_accounted_for(tmp_path: Path):
    folder = tmp_path / "music"
    folder.mkdir()
    score = choir(1, 1)
    (folder / "tunes.abc").write_text(tunes(50) + BROKEN_TUNE)
    (folder / "kern.krn").write_text(KERN)
    for name in ("one.musicxml", "two.mxl", "three.mid"):
        write_score(score, folder / name) if not name.endswith("mxl") else (folder / name).write_bytes(
            score_bytes(score, ".mxl")
        )
    (folder / "broken.mid").write_bytes(b"MThd and then nothing of the kind")
    (folder / "broken.musicxml").write_text("<score-partwise><part>")
    (folder / "choir.musicxml").write_bytes(score_bytes(choir(2), ".musicxml"))
    (folder / "words.txt").write_text("these are words\n" * 9)
    (folder / "picture.png").write_bytes(b"\x89PNG")
    (folder / "empty.abc").write_bytes(b"")
    (folder / ".hidden.abc").write_text(tunes(1, 70))
    with zipfile.ZipFile(folder / "more.zip", "w") as archive:
        archive.writestr("inside/four.abc", tunes(2, 80))
        archive.writestr("broken.mid", b"MThd and then something else")
        archive.writestr("readme.txt", "words")
        archive.writestr("cover.jpg", b"\xff\xd8")
    prepared, said = quiet(folder, tmp_path / "out", split="90/10", transpose=False)
    files = files_of(prepared)
    kept = {
        "tunes.abc": 50, "kern.krn": 1, "one.musicxml": 1, "two.mxl": 1, "three.mid": 1, "more.zip!inside/four.abc": 2,
    }  # fmt: skip
    assert {name: file["pieces"] for name, file in files.items() if file["kept"]} == kept
    reasons = {name: file["reason"] for name, file in files.items() if not file["kept"]}
    assert set(reasons) == {
        "broken.mid", "broken.musicxml", "choir.musicxml", "words.txt", "picture.png", "empty.abc", ".hidden.abc",
        "more.zip!broken.mid", "more.zip!readme.txt", "more.zip!cover.jpg",
    }  # fmt: skip
    assert all(reasons.values())
    assert reasons["words.txt"] == reasons["more.zip!readme.txt"] == "text among music; prepare it by itself"
    assert "voices" in reasons["choir.musicxml"] or "line" in reasons["choir.musicxml"]
    assert reasons["broken.mid"].replace("broken.mid", "more.zip!broken.mid") == reasons["more.zip!broken.mid"]
    assert files["tunes.abc"]["dropped"] and sum(files["tunes.abc"]["dropped"].values()) == 1
    told = str(prepared.report)
    assert "unpacked-" not in told, "temporary files are nobody's business"
    assert prepared.report["totals"]["pieces"] == sum(kept.values())
    assert prepared.report["totals"]["files"] == len(files) == 16
    assert sum(part["pieces"] for part in prepared.details["splits"].values()) == sum(kept.values())
    assert any("melody" in line and "guess" in line for line in said)
    assert not list((tmp_path / "out").rglob("unpacked*"))


def test_music_among_text_is_told_too(tmp_path: Path):
    folder = tmp_path / "texts"
    folder.mkdir()
    for number in range(3):
        (folder / f"{number}.txt").write_text("\n".join(f"line {number} {line} of a text" for line in range(50)))
    (folder / "tune.abc").write_text(tunes(1))
    prepared, _ = quiet(folder, tmp_path / "out", pieces="line")
    assert prepared.details["tokenizer"]["kind"] == "char"
    assert files_of(prepared)["tune.abc"]["reason"] == "music among text; prepare it by itself"


def test_a_source_without_music_that_can_be_read_is_refused_with_the_reasons(tmp_path: Path):
    (tmp_path / "broken.abc").write_text(BROKEN_TUNE)
    with pytest.raises(CorpusError, match="Nothing could be read"):
        quiet(tmp_path / "broken.abc", tmp_path / "out")
    assert not (tmp_path / "out").exists()
    (tmp_path / "few.abc").write_text(tunes(2))
    with pytest.raises(CorpusError, match="too few"):
        quiet(tmp_path / "few.abc", tmp_path / "out")


@pytest.mark.parametrize("settings", [{"verse": "en"}, {"backward": True}])
def test_what_is_about_text_is_refused(tmp_path: Path, settings: dict[str, Any]):
    (tmp_path / "tunes.abc").write_text(tunes(30))
    with pytest.raises(ConfigError, match="this is music"):
        quiet(tmp_path / "tunes.abc", tmp_path / "out", **settings)


# ------------------------------------------------------------------ the alphabet


def test_single_lines_are_melodies_and_may_be_written_otherwise(tmp_path: Path):
    (tmp_path / "tunes.abc").write_text(tunes(40))
    prepared, said = quiet(tmp_path / "tunes.abc", tmp_path / "out", split="90/10")
    assert prepared.details["tokenizer"]["kind"] == prepared.cues == "melody"
    assert any("a single line" in line and "--tokenizer" in line for line in said)
    other, said = quiet(tmp_path / "tunes.abc", tmp_path / "other", split="90/10", tokenizer="voices", transpose=False)
    assert other.details["tokenizer"]["kind"] == other.cues == "voices"
    assert not any("guess" in line for line in said)
    assert other.report["totals"]["pieces"] == 40
    assert set(other.tag_fields) == {"type", "metre", "mode"}
    assert (other.tag_fields["type"], other.tag_fields["metre"]) == (["reel"], ["4/4"])
    assert set(other.tag_fields["mode"]) == {"major", "minor"}


def test_a_few_voices_on_a_grid_are_voices_and_only_so_many_may_be_kept(choirs: Path, sung: PreparedCorpus, tmp_path):
    assert sung.details["tokenizer"]["kind"] == sung.cues == "voices"
    reasons = {name: file["reason"] for name, file in files_of(sung).items() if not file["kept"]}
    assert set(reasons) == {"duet1.musicxml", "duet2.musicxml"}
    assert all("the number of voices is 2, not 4" in reason for reason in reasons.values())
    assert quiet(choirs, tmp_path / "all", split="90/10", transpose=False)[0].report["totals"]["pieces"] == 32


def test_voices_are_counted_in_midi_files_too(tmp_path: Path):
    pytest.importorskip("miditok")
    folder = tmp_path / "midi"
    folder.mkdir()
    for number in range(40):
        (folder / f"{number}.mid").write_bytes(score_bytes(choir(number, 2 if number % 4 else 3), ".mid"))
    prepared, _ = quiet(folder, tmp_path / "out", tokenizer="midi", voices=2, split="90/10", transpose=False)
    assert prepared.details["tokenizer"]["kind"] == "midi"
    files = files_of(prepared)
    assert {name for name, file in files.items() if file["kept"]} == {
        f"{number}.mid" for number in range(40) if number % 4
    }
    assert all(file["kept"] or file["reason"] == "the number of voices is 3, not 2" for file in files.values())
    whole = tokenizers.alphabet("midi").text_of_midi((folder / "1.mid").read_bytes())
    assert whole in {text for name in prepared.details["splits"] for text in pieces_of(prepared, name)}


def test_a_number_of_voices_that_cannot_be_is_refused(tmp_path: Path):
    (tmp_path / "tunes.abc").write_text(tunes(40))
    (tmp_path / "words.txt").write_text("these are words\n" * 99)
    with pytest.raises(ConfigError, match="--voices 4 cannot be used with the alphabet melody"):
        quiet(tmp_path / "tunes.abc", tmp_path / "out", tokenizer="melody", voices=4)
    with pytest.raises(ConfigError, match="--voices is about music"):
        quiet(tmp_path / "words.txt", tmp_path / "out", voices=4)
    with pytest.raises(CorpusError, match="the number of voices is 1, not 4"):
        quiet(tmp_path / "tunes.abc", tmp_path / "out", voices=4)


def test_too_little_music_is_told_in_terms_of_music(tmp_path: Path):
    (tmp_path / "tunes.abc").write_text(tunes(1))
    with pytest.raises(CorpusError, match="one piece alone") as told:
        quiet(tmp_path / "tunes.abc", tmp_path / "out")
    assert "about 100" in str(told.value.hint) and "--pieces" not in str(told.value.hint)


def test_the_guess_looks_at_scores_from_all_over_the_source(monkeypatch: pytest.MonkeyPatch):
    """Not at all of them: each that is looked at is written once more than it need be."""
    looked_at: list[Score] = []
    monkeypatch.setattr(scores_module, "TRIED", 10)
    monkeypatch.setattr(scores_module, "share_written", lambda kind, scores: looked_at.extend(scores) or 1.0)
    lines = [choir(number, 1) for number in range(95)]
    assert scores_module.guess_alphabet(lines, [])[0] == "melody"
    assert looked_at == lines[::10]


def test_midi_files_of_several_parts_are_midi(tmp_path: Path):
    pytest.importorskip("miditok")
    folder = tmp_path / "midi"
    folder.mkdir()
    for number in range(24):
        (folder / f"{number}.mid").write_bytes(score_bytes(choir(number), ".mid"))
    prepared, said = quiet(folder, tmp_path / "out", split="90/10", transpose=False)
    assert prepared.details["tokenizer"]["kind"] == "midi"
    assert any("MIDI" in line for line in said)
    assert prepared.report["totals"]["pieces"] == 24
    for file in files_of(prepared).values():
        assert (file["encoding"], file["shape"]) == ("mid", "score")


# ------------------------------------------------------------------ what is written


def pieces_of(prepared: PreparedCorpus, name: str) -> list[str]:
    return list(corpus.read_text(prepared, name))


def keys_heard(text: str) -> list[list[int]]:
    score = tokenizers.alphabet("voices").read(text)
    return [[note.pitch.midi for note in voice.sounding()] for voice in score.voices()]


def test_only_what_is_learnt_from_stands_in_every_key(choirs: Path, sung: PreparedCorpus):
    alphabet = tokenizers.alphabet("voices")
    originals = {alphabet.write(choir(number)) for number in range(30)}
    train, validation = pieces_of(sung, "train"), pieces_of(sung, "validation")
    assert set(validation) <= originals and validation
    learnt = originals - set(validation)
    assert Counter(train) == Counter(version for text in learnt for version in alphabet.variants(text))
    assert len(train) > 4 * len(learnt)
    assert not {version for text in validation for version in alphabet.variants(text)} & set(train)
    # a transposition is the piece, so many semitones off
    first = next(iter(learnt))
    for version in alphabet.variants(first):
        off = {
            b - a
            for one, two in zip(keys_heard(first), keys_heard(version), strict=True)
            for a, b in zip(one, two, strict=True)
        }
        assert len(off) == 1 and abs(off.pop()) <= 6
    assert sung.report["totals"]["pieces"] == 30, "the report counts what was read"


def test_without_transpositions_pieces_are_what_was_read(choirs: Path, tmp_path: Path):
    plain, _ = quiet(choirs, tmp_path / "plain", voices=4, split="90/10", transpose=False)
    written = [text for name in plain.details["splits"] for text in pieces_of(plain, name)]
    assert Counter(written) == Counter(tokenizers.alphabet("voices").write(choir(number)) for number in range(30))


def test_a_piece_longer_than_a_block_of_the_spool_is_transposed_as_a_whole(
    choirs: Path, sung: PreparedCorpus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(spool_module, "BLOCK", 64)
    cut, _ = quiet(choirs, tmp_path / "cut", voices=4, split="90/10")
    assert cut.details["digest"] == sung.details["digest"]
    for name in cut.details["splits"]:
        assert pieces_of(cut, name) == pieces_of(sung, name)


def test_cues_are_those_of_the_alphabet(sung: PreparedCorpus):
    tokenizer = sung.tokenizer
    assert isinstance(tokenizer, MusicTokenizer)
    for name in sung.details["splits"]:
        part = sung.split(name)
        assert part.cues is not None
        edges = [*part.starts.tolist(), len(part.ids) - 1]
        for begin, end in list(itertools.pairwise(edges))[:20]:
            text = tokenizer.decode(part.ids[begin + 1 : end])
            assert np.array_equal(part.cues[begin:end], tokenizer.cue_rows(text))
        assert not part.cues[-1].any()


def test_tags_are_those_of_each_piece_as_it_stands(sung: PreparedCorpus):
    """Of transpositions too, so a key, which is another in each, is none."""
    alphabet = tokenizers.alphabet("voices")
    fields = sung.tag_fields
    assert list(fields) == ["metre", "mode"]
    for name in sung.details["splits"]:
        part = sung.split(name)
        for text, row in zip(pieces_of(sung, name), part.tags.tolist(), strict=True):
            expected = alphabet.tags(alphabet.read(text))
            told = {field: fields[field][value - 1] for field, value in zip(fields, row, strict=True) if value}
            assert told == {field: expected[field] for field in fields}


def test_the_same_music_gives_the_same_corpus(choirs: Path, sung: PreparedCorpus, tmp_path: Path):
    again, _ = quiet(choirs, tmp_path / "again", voices=4, split="90/10")
    assert again.details["digest"] == sung.details["digest"]
    for file in sorted(sung.folder.glob("*.bin")):
        assert (again.folder / file.name).read_bytes() == file.read_bytes()


# ------------------------------------------------------------------ manifests


def test_the_manifests_of_music_are_valid():
    for name, alphabet, folders in (("chorales", "voices", 1), ("fiddle", "melody", 3)):
        manifest = find_manifest(name)
        assert manifest is not None
        assert manifest.package == "music21" and len(manifest.folders) == folders
        assert manifest.settings["tokenizer"] == alphabet
        assert manifest.licence and not manifest.files
        assert not any(word in folder for folder in manifest.folders for word in ("essen", "palestrina"))


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """A package with two folders of tunes, and a manifest that names it."""
    home = tmp_path / "site" / "tunes_in_a_package"
    (home / "reels").mkdir(parents=True)
    (home / "jigs").mkdir()
    (home / "__init__.py").write_text("raise RuntimeError('nobody imports this')")
    (home / "reels" / "book.abc").write_text(tunes(30))
    (home / "jigs" / "book.abc").write_text(tunes(30, 100))
    (home / "jigs" / "left.out").write_text("x")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    corpora = tmp_path / "corpora"
    corpora.mkdir()
    monkeypatch.setenv("GENERATOR_CORPORA", str(corpora))

    def write(name: str = "tunes_in_a_package", folders: str = '["reels", "jigs"]', more: str = "") -> Path:
        path = corpora / "packed.toml"
        path.write_text(
            f'title = "packed"\nlicence = "none"\npackage = "{name}"\nfolders = {folders}\nsplit = "90/10"\n'
            f'tokenizer = "melody"\nleave_out = ["*.out"]\n{more}'
        )
        return path

    return write


def test_folders_of_an_installed_package_are_read_though_their_files_have_one_name(package, tmp_path: Path):
    package()
    prepared, _ = quiet("packed", tmp_path / "out")
    assert prepared.report["totals"]["pieces"] == 60
    read = [file for file in prepared.report["files"] if file["kept"]]
    assert [(file["name"], file["pieces"]) for file in read] == [("reels/book.abc", 30), ("jigs/book.abc", 30)]
    assert set(files_of(prepared)) == {"reels/book.abc", "jigs/book.abc", "jigs/left.out"}
    assert "tunes_in_a_package" not in sys.modules
    assert prepared.details["tokenizer"]["kind"] == "melody"
    texts = {text for name in prepared.details["splits"] for text in pieces_of(prepared, name)}
    assert len(texts) == 60


def test_a_package_that_is_not_there_is_told(package):
    package("nobody_has_this_package")
    with pytest.raises(CorpusError, match="nobody_has_this_package, which is not installed") as told:
        find_origin("packed")
    assert "pip install" in str(told.value.hint)
    package(folders='["waltzes"]')
    with pytest.raises(CorpusError, match="waltzes, which is not there"):
        find_origin("packed")


@pytest.mark.parametrize(
    ("folders", "more"), [("[]", ""), ('["reels"]', 'address = "https://x/"\n'), ('["reels"]', "voices = 90\n")]
)
def test_a_manifest_that_says_too_little_or_too_much_is_refused(package, folders: str, more: str):
    path = package(folders=folders, more=more)
    with pytest.raises(CorpusError) as told:
        read_manifest(path)
    assert str(path) in told.value.message
    if more.startswith("voices"):
        assert "voices 90" in told.value.message
