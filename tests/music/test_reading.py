"""Files of every format: each is read or it is said why not, and nothing is read twice."""

import json
import sys
import zipfile
from fractions import Fraction as F
from pathlib import Path

import pytest
from hypothesis import given, settings
from made_scores import scores

from generator.errors import RenderingError, UnreadableFile, UnsupportedFormat
from generator.music import folder as folder_module
from generator.music.cache import Cache, key_of
from generator.music.folder import read_folder
from generator.music.midi_writing import write_midi
from generator.music.musicxml_writing import write_musicxml
from generator.music.pitch import Pitch
from generator.music.pool import Job, read_in_workers
from generator.music.reading import FORMATS, read_bytes, read_file, read_score
from generator.music.score import Metre, Note, Part, Score, Voice
from generator.music.stored import score_from_json, score_to_json
from generator.music.writing import score_bytes, write_score

ABC = "X:1\nT:one\nM:4/4\nL:1/4\nK:G\nGABc|d4|]\n\nX:2\nT:two\nM:4/4\nL:1/4\nK:G\nGAB|c2|Bcde|]\n"
KERN = "**kern\n*M4/4\n=1-\n4c\n4d\n4e\n4f\n==\n*-\n"


def small_score() -> Score:
    notes = tuple(Note(F(n), F(1), Pitch("CDEF"[n], 0, 4)) for n in range(4))
    return Score((Part((Voice(notes),), "one", 0),), (F(0),), F(4), (Metre(F(0), 4, 4),), title="small")


def compressed(path: Path, text: str) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("score.xml", text)


@settings(max_examples=30)
@given(scores())
def test_scores_survive_storing(score):
    assert score_from_json(json.loads(json.dumps(score_to_json(score)))) == score


def test_every_format_is_read(tmp_path):
    score = small_score()
    (tmp_path / "a.musicxml").write_text(write_musicxml(score), encoding="utf-8")
    (tmp_path / "a.xml").write_text(write_musicxml(score).replace("UTF-8", "UTF-16"), encoding="utf-16")
    compressed(tmp_path / "a.mxl", write_musicxml(score))
    (tmp_path / "a.mid").write_bytes(write_midi(score))
    (tmp_path / "a.midi").write_bytes(write_midi(score))
    (tmp_path / "a.abc").write_text("X:1\nT:small\nM:4/4\nL:1/4\nK:C\nCDEF|]\n")
    (tmp_path / "a.krn").write_text(KERN)
    (tmp_path / "A.KERN").write_text(KERN)
    found = {path.suffix.lower(): read_score(path) for path in tmp_path.iterdir()}
    assert set(found) == set(FORMATS)
    for score in found.values():
        assert [note.pitch.midi for voice in score.voices() for note in voice.notes()] == [60, 62, 64, 65]


def bad_files(folder: Path) -> dict[str, str]:
    """Files that are wrong in every way, and a word of what has to be said of each."""
    good = write_musicxml(small_score())
    (folder / "empty.mid").write_bytes(b"")
    (folder / "empty.abc").write_text("")
    (folder / "words.abc").write_text("Dear friend,\nhere is a tune.\n")
    (folder / "silent.mid").write_bytes(write_midi(small_score())[:18] + b"\0\0\0\4\0\xff\x2f\0")
    (folder / "short.mid").write_bytes(write_midi(small_score())[:-9])
    (folder / "short.musicxml").write_text(good[: len(good) // 2])
    (folder / "text.xml").write_text("no angle in sight")
    (folder / "web.xml").write_text("<html><body/></html>")
    (folder / "entities.xml").write_text(
        '<!DOCTYPE score-partwise [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><score-partwise>&b;</score-partwise>'
    )
    (folder / "short.mxl").write_bytes(b"PK\3\4 and no more")
    (folder / "other.pdf").write_bytes(b"%PDF")
    (folder / "none.krn").write_text("!!!OTL: nothing\n")
    return {
        "empty.mid": "is empty", "empty.abc": "is empty", "words.abc": "no tune", "silent.mid": "not one note",
        "short.mid": "cut off", "short.musicxml": "well-formed", "text.xml": "well-formed", "web.xml": "<html>",
        "entities.xml": "entities", "short.mxl": "not a compressed score", "other.pdf": "no reader", "none.krn": "kern",
    }  # fmt: skip


def test_bad_files_are_refused_by_name(tmp_path):
    for name, complaint in bad_files(tmp_path).items():
        with pytest.raises((UnreadableFile, UnsupportedFormat)) as caught:
            read_file(tmp_path / name)
        assert name in caught.value.message and complaint in caught.value.message, caught.value
    with pytest.raises(UnreadableFile, match="cannot be opened"):
        read_file(tmp_path / "missing.abc")


def test_a_piece_that_is_not_lawful_is_not_used(tmp_path):
    (tmp_path / "a.abc").write_text("X:1\nM:4/4\nL:1/4\nK:C\nCDEF|CDE|CDEF|]\n")
    with pytest.raises(UnreadableFile, match=r"a\.abc has no piece that can be used: bar 2 lasts 3 quarters"):
        read_score(tmp_path / "a.abc")


def test_a_folder_is_accounted_for_and_read_once(tmp_path, monkeypatch):
    music, cache = tmp_path / "music", tmp_path / "cache"
    (music / "deep").mkdir(parents=True)
    bad = bad_files(music)
    (music / "tunes.abc").write_text(ABC)
    (music / "deep" / "same.abc").write_text(ABC)
    (music / "deep" / "b.mid").write_bytes(write_midi(small_score()))
    (music / ".hidden.abc").write_text(ABC)
    told = []
    kept, report = read_folder(music, cache=cache, progress=lambda *counts: told.append(counts))
    assert [(entry.path.name, entry.number) for entry in report.entries if entry.kept] == [
        ("b.mid", ""), ("same.abc", "1"), ("tunes.abc", "1")]  # fmt: skip
    assert [score.title for score in kept] == ["", "one", "one"]
    assert report.files == len(bad) + 3 and report.kept == 3 and report.from_cache == 0
    reasons = {entry.path.name: entry.reason for entry in report.entries if not entry.kept and not entry.number}
    assert reasons.keys() == bad.keys() and all(bad[name] in reason for name, reason in reasons.items())
    assert [entry.number for entry in report.entries if entry.path.name == "tunes.abc"] == ["1", "2"]
    assert report.reasons()["bar … lasts … quarters where … asks for …"] == 2
    assert told[-1][0] == told[-1][1] == len(told)
    assert json.loads(json.dumps(report.to_json()))["kept"] == 3

    def never(*_arguments, **_options):
        raise AssertionError("nothing is left to read")

    monkeypatch.setattr(folder_module, "read_in_workers", never)
    again, second = read_folder(music, cache=cache)
    assert again == kept and second.entries == report.entries
    assert second.from_cache == second.files - 1, "all but the .pdf, which no reader opens"
    with pytest.raises(UnreadableFile, match="is not there"):
        read_folder([music, tmp_path / "nowhere"], cache=cache)


def in_process(jobs, cache, *, grid, processes, seconds, done, command=()):
    """What the workers do, without starting any."""
    for job in jobs:
        Cache(cache).put(job.key, read_file(job.path, grid))
        done(job, "")


def test_damaged_and_outdated_entries_are_read_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "read_in_workers", in_process)
    path, cache = tmp_path / "a.abc", tmp_path / "cache"
    path.write_text(ABC)
    kept, _ = read_folder(path, cache=cache)
    (entry,) = cache.rglob("*.json")
    for damage in ("", "[{}]", "null", entry.read_text().replace("0,1,G4", "0,1,H4"), entry.read_text()[:-20]):
        entry.write_text(damage)
        assert Cache(cache).get(key_of(path.read_bytes(), "abc", ())) is None
        again, report = read_folder(path, cache=cache)
        assert again == kept and report.from_cache == 0
    path.write_text(ABC.replace("GABc", "GABd"))
    assert read_folder(path, cache=cache)[1].from_cache == 0
    assert read_folder(path, cache=cache, grid=[8])[1].from_cache == 1, "the grid is nothing to ABC"


def test_the_grid_is_part_of_what_a_midi_file_was_read_as(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "read_in_workers", in_process)
    path = tmp_path / "a.mid"
    path.write_bytes(write_midi(small_score()))
    assert read_folder(path, cache=tmp_path / "cache")[1].from_cache == 0
    _, report = read_folder(path, cache=tmp_path / "cache", grid=[2])
    assert report.from_cache == 0 and report.entries[0].quantisation["grid"] == [2]


def test_without_a_cache_everything_is_still_read(tmp_path, monkeypatch):
    monkeypatch.setattr(folder_module, "read_in_workers", in_process)
    (tmp_path / "a.abc").write_text(ABC)
    (tmp_path / "file").write_text("no folder can be here")
    kept, report = read_folder(tmp_path / "a.abc", cache=tmp_path / "file" / "cache")
    assert len(kept) == 1 and report.from_cache == 0


STUB = """
import json, sys, time
for line in sys.stdin:
    path = json.loads(line)["path"]
    if "slow" in path: time.sleep(60)
    if "dies" in path: sys.exit(3)
    print("done", flush=True)
"""


def test_a_file_that_takes_too_long_or_kills_its_reader_costs_only_itself(tmp_path):
    jobs = [Job(Path(name), name) for name in ("a", "slow", "b", "dies", "c", "d")]
    told: dict[str, str] = {}
    read_in_workers(
        jobs, tmp_path, grid=[4], processes=2, seconds=2.0, command=[sys.executable, "-S", "-c", STUB],
        done=lambda job, reason: told.update({job.key: reason}),
    )  # fmt: skip
    assert {name: reason for name, reason in told.items() if name not in ("slow", "dies")} == dict.fromkeys("abcd", "")
    assert "within 2 seconds" in told["slow"] and "came to an end" in told["dies"]


def test_what_goes_wrong_in_the_telling_is_not_swallowed(tmp_path):
    def broken(job, reason):
        raise KeyError("a mistake of ours")

    with pytest.raises(KeyError, match="a mistake"):
        read_in_workers(
            [Job(Path("a"), "a")], tmp_path, grid=[4], processes=1, seconds=20, done=broken,
            command=[sys.executable, "-S", "-c", STUB],
        )  # fmt: skip


def test_text_in_latin_1_is_read():
    found = read_bytes("X:1\nT:Größe\nM:4/4\nL:1/4\nK:C\nCDEF|]\n".encode("latin-1"), "abc", "a.abc")
    assert found[0].score.title == "Größe"


@pytest.mark.parametrize("suffix", [".musicxml", ".mxl", ".mid", ".abc", ".XML"])
def test_a_score_is_written_as_its_name_asks(tmp_path, suffix):
    score, path = small_score(), tmp_path / f"new/piece{suffix}"
    write_score(score, path)
    assert path.read_bytes() == score_bytes(score, suffix), "the same bytes every time"
    assert read_score(path).parts[0].voices == score.parts[0].voices


def test_an_ending_that_is_no_format_is_refused(tmp_path):
    with pytest.raises(RenderingError, match=r"\.wav is no format"):
        write_score(small_score(), tmp_path / "a.wav")
    assert not list(tmp_path.iterdir())
