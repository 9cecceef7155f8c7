"""What is said where packages are not installed: those of an extra, and those without which nothing goes."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from generator import command
from generator.errors import MissingPackage
from generator.music import Score
from generator.music.reading import read_bytes
from generator.music.writing import score_bytes
from generator.rendering import FORMATS, bundle, check_packages, piano_roll, roll_png

EXTRA = ("symusic", "verovio", "PIL", "pretty_midi", "music21")


@pytest.fixture(scope="session")
def models() -> Path:
    return Path(command.__file__).parents[1] / "checkpoints"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the extra music."""
    for name in EXTRA:
        monkeypatch.setitem(sys.modules, name, None)


def tune() -> Score:
    found = read_bytes(b"X:1\nM:4/4\nL:1/4\nK:D\nD E F G |]\n", "abc", "a tune")[0]
    assert found.score is not None
    return found.score


@pytest.mark.parametrize("name", [name for name in FORMATS if name not in ("abc", "musicxml")])
def test_each_format_names_the_extra_and_leaves_nothing_behind(bare: None, tmp_path: Path, name: str):
    with pytest.raises(MissingPackage, match=name) as caught:
        bundle(tune(), tmp_path / "out", name="tune", settings={"seed": 1}, formats=["abc", name])
    assert "'.[music]'" in caught.value.hint
    assert not (tmp_path / "out").exists()


def test_what_needs_no_package_is_written(bare: None, tmp_path: Path):
    written = bundle(tune(), tmp_path, name="tune", settings={}, formats=["abc", "musicxml"])
    assert {path.suffix for path in written} == {".json", ".abc", ".musicxml"}


def test_imports_behind_the_formats_say_the_same(bare: None):
    with pytest.raises(MissingPackage, match="symusic"):
        score_bytes(tune(), ".mid")
    with pytest.raises(MissingPackage, match="PIL"):
        roll_png(piano_roll(tune()))


def test_all_is_well_where_all_is_installed():
    check_packages(FORMATS)


def test_sample_refuses_before_it_writes(sample, bare: None, tmp_path: Path):
    status, shown, said = sample("fiddle", "--bars", "2", "--seed", "1", "--precision", "float32", "--out", "out/")
    assert (status, shown) == (2, "")
    assert "error: " in said and "'.[music]'" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("missing", [False, True])
def test_sample_offers_only_what_can_be_written(sample, monkeypatch: pytest.MonkeyPatch, missing: bool):
    for name in EXTRA if missing else ():
        monkeypatch.setitem(sys.modules, name, None)
    status, shown, said = sample("fiddle", "--bars", "2", "--seed", "1", "--precision", "float32")
    assert status == 0 and "K:" in shown
    assert ("'.[music]'" in said) is missing


def test_without_the_base_packages_the_way_to_them_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
):
    def work(options: object) -> None:
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    assert command.run(command.Parser("generator.sample", ""), work, []) == 2
    said = capsys.readouterr().err
    assert "torch" in said and "make demo" in said and "source .venv/bin/activate" in said
    with pytest.raises(ModuleNotFoundError):
        command.run(command.Parser("generator.sample", ""), work, ["--debug"])


def test_a_module_of_our_own_that_is_missing_is_no_matter_of_packages():
    def work(options: object) -> None:
        raise ModuleNotFoundError("No module named 'generator.nothing'", name="generator.nothing")

    with pytest.raises(ModuleNotFoundError):
        command.run(command.Parser("generator.sample", ""), work, [])


def test_the_overview_prints_nothing_before_it_knows(tmp_path: Path):
    code = "import sys; sys.modules['sentencepiece'] = None; from generator.__main__ import main; sys.exit(main([]))"
    told = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert (told.returncode, told.stdout) == (2, "")
    assert "sentencepiece" in told.stderr and "make demo" in told.stderr and "Traceback" not in told.stderr


def test_the_base_packages_are_those_of_the_project():
    text = (Path(command.__file__).parents[1] / "pyproject.toml").read_bytes().decode()
    asked = {
        each.partition(">")[0].lower().replace("-", "_") for each in tomllib.loads(text)["project"]["dependencies"]
    }
    assert asked == set(command.BASE)
