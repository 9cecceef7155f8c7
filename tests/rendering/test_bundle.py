"""A folder or a zip of all files of a piece: each opens, and what cannot be written is told in words."""

import io
import json
import os
import zipfile
from fractions import Fraction as F

import pytest
from rendered_scores import NOTHING, RESTS, choir, in_bars, line

from generator.errors import RenderingError
from generator.music import Part, read_score
from generator.music.midi_writing import heard
from generator.rendering import FORMATS, bundle, orchestrated, zip_bytes

TUNE = in_bars(
    Part(
        (line(1, 1, 2),),
    ),
    title="tune",
)


def test_every_format_in_a_new_folder(tmp_path):
    folder = tmp_path / "a" / "b"
    settings = {"seed": 3, "prompt": "ä", "nested": {"temperature": 0.8}}
    paths = bundle(TUNE, folder, name="my tune", settings=settings)
    assert [path.name for path in paths] == ["my tune.settings.json", *(f"my tune.{each}" for each in FORMATS)]
    assert sorted(folder.iterdir()) == sorted(paths), "nothing half-written is left"
    assert json.loads(paths[0].read_text(encoding="utf-8")) == settings
    for path in paths:
        if path.suffix in (".mid", ".musicxml", ".abc"):
            again = read_score(path)
            assert heard(again.parts[0]) == heard(TUNE.parts[0])
    assert read_score(folder / "my tune.mid").parts[0].program == orchestrated(TUNE).parts[0].program == 40


def test_a_choir_has_abc_and_drums_have_none_unless_it_is_asked_for(tmp_path):
    (written,) = bundle(choir(), tmp_path, name="x", formats=["abc"])
    assert [heard(part) for part in read_score(written).parts] == [heard(part) for part in choir().parts]
    assert "abc" in {path.suffix[1:] for path in bundle(choir(), tmp_path, name="x", formats=None)}
    drums = in_bars(Part((line(1, 1, 2),), "Drums", percussion=True), bars=1)
    assert "abc" not in {path.suffix[1:] for path in bundle(drums, tmp_path / "z", name="x", formats=None)}
    with pytest.raises(RenderingError, match="no sign for drums"):
        bundle(drums, tmp_path / "y", name="x", formats=["mid", "abc", "png"])
    assert [path.name for path in (tmp_path / "y").iterdir()] == ["x.mid"], "what was written before stays"


def test_pages_are_numbered(tmp_path):
    paths = bundle(choir(60), tmp_path, name="x", formats=["svg"])
    assert len(paths) > 1 and [path.name for path in paths] == [f"x-{n}.svg" for n in range(1, len(paths) + 1)]


def test_a_zip_holds_the_same_files(tmp_path):
    (path,) = bundle(TUNE, tmp_path / "all.zip", name="x", settings={"seed": 1})
    files = {each.name: each.read_bytes() for each in bundle(TUNE, tmp_path / "f", name="x", settings={"seed": 1})}
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == files
        assert {entry.date_time[0] for entry in archive.infolist()} == {1980}
    assert path.read_bytes() == zip_bytes(TUNE, name="x", settings={"seed": 1})


def test_formats_in_the_order_that_was_asked_for_and_once():
    data = zip_bytes(TUNE, name="x", formats=["PNG", ".mid", "png"])
    assert zipfile.ZipFile(io.BytesIO(data)).namelist() == ["x.png", "x.mid"]


@pytest.mark.parametrize(("formats", "told"), [(["mid", "mp3"], "'mp3'"), ([], "No format")])
def test_unknown_formats_are_told_before_anything_is_written(tmp_path, formats, told):
    for target in (tmp_path / "f", tmp_path / "f.zip"):
        with pytest.raises(RenderingError, match=told) as caught:
            bundle(TUNE, target, name="x", formats=formats)
        assert "musicxml" in caught.value.hint and not target.exists()


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "a\\b", "a\0", "x\n", "a:b"])
def test_names_that_leave_the_folder_are_refused(tmp_path, name):
    with pytest.raises(RenderingError, match="name of a file"):
        bundle(TUNE, tmp_path, name=name)
    with pytest.raises(RenderingError, match="name of a file"):
        zip_bytes(TUNE, name=name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("score", [RESTS, NOTHING], ids=["rests", "nothing"])
def test_nothing_is_made_of_silence(tmp_path, score):
    for make in (lambda: bundle(score, tmp_path, name="x"), lambda: zip_bytes(score, name="x")):
        with pytest.raises(RenderingError, match="nothing"):
            make()
    assert not list(tmp_path.iterdir())


def test_places_that_cannot_be_written_are_told(tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    for target in (file, file / "deeper", file / "x.zip"):
        with pytest.raises(RenderingError, match="cannot be written") as caught:
            bundle(TUNE, target, name="x", formats=["mid"])
        assert "another folder" in caught.value.hint
    assert file.read_text() == "mine"
    (tmp_path / "x.mid").mkdir()
    with pytest.raises(RenderingError, match="cannot be written"):
        bundle(TUNE, tmp_path, name="x", formats=["mid"])


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to the superuser")
def test_a_folder_without_rights_is_told(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    with pytest.raises(RenderingError, match="cannot be written"):
        bundle(TUNE, closed, name="x", formats=["mid"])


def test_a_full_disk_leaves_nothing_half_written(tmp_path, monkeypatch):
    import generator.files

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    bundle(TUNE, tmp_path, name="x", formats=["mid"])
    before = (tmp_path / "x.mid").read_bytes()
    monkeypatch.setattr(generator.files.os, "fsync", full)
    with pytest.raises(RenderingError, match="No space left"):
        bundle(choir(), tmp_path, name="x", formats=["mid"])
    assert (tmp_path / "x.mid").read_bytes() == before and len(list(tmp_path.iterdir())) == 1


def test_settings_that_are_no_json_are_told(tmp_path):
    with pytest.raises(RenderingError, match="JSON"):
        bundle(TUNE, tmp_path, name="x", settings={"length": F(1, 3)})
