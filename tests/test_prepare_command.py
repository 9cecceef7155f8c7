"""``python -m generator.prepare`` as a person uses it."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from generator import corpus, prepare
from generator.corpus import origin


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "poems.txt"
    path.write_text("\n\n".join(f"Poem {index}\nof the wind and the sea." for index in range(200)))
    return path


def test_a_file_becomes_a_prepared_folder(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert prepare.main([str(source)]) == 0
    shown = capsys.readouterr().out
    assert "next: python -m generator.train data/poems" in shown
    assert "poems.txt" in shown
    prepared = corpus.open_prepared(tmp_path / "data" / "poems")
    assert prepared.name == "poems"
    assert sum(part["pieces"] for part in prepared.details["splits"].values()) == 200


def test_options_reach_the_preparation(source: Path, tmp_path: Path) -> None:
    out = tmp_path / "here"
    options = ["--out", str(out), "--name", "verse", "--pieces", "file", "--tokenizer", "byte", "--split", "90/10"]
    assert prepare.main([str(source), *options]) == 0
    prepared = corpus.open_prepared(out)
    assert (prepared.name, prepared.shape, prepared.tokenizer.kind) == ("verse", "long", "byte")
    assert not prepared.has("test")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.txt"], "There is no file, folder or corpus called nowhere.txt"),
        (["poems.txt", "--encoding", "klingon"], "--encoding klingon"),
        (["poems.txt", "--vocab-size", "3"], "--vocab-size 3 is too small"),
        (["poems.txt", "--blank-lines", "0"], "--blank-lines 0 is too small"),
        (["poems.txt", "--out", "."], "is not a prepared corpus"),
    ],
)
def test_mistakes_are_told_in_two_lines_without_a_traceback(
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(source.parent)
    assert prepare.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert words in error
    assert len(error.strip().split("\n")) == 2
    assert "Traceback" not in error


def test_help_is_instant_and_names_every_option() -> None:
    command = [sys.executable, "-m", "generator.prepare", "--help"]
    seconds = []
    for _ in range(3):
        begun = time.perf_counter()
        shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        seconds.append(time.perf_counter() - begun)
    assert min(seconds) < 0.5
    for flag in ("--out", "--pieces", "--blank-lines", "--text-field", "--tag-fields", "--encoding", "--tokenizer"):
        assert flag in shown
    light = "import sys, generator.prepare; print([m for m in ('torch', 'numpy', 'pooch') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", light], capture_output=True, text=True).stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("name", "stem"),
    [("poems.txt", "poems"), ("a/poems.tar.gz", "poems"), ("poems.v2.jsonl.gz", "poems.v2"), ("folder/", "folder")],
)
def test_a_corpus_is_called_after_its_source(name: str, stem: str) -> None:
    assert origin.stem(Path(name)) == stem


def test_the_help_tells_of_music(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        prepare.main(["--help"])
    told = capsys.readouterr().out
    description = told[told.index("Read text") : told.index("positional arguments")]
    for word in (
        ".mid",
        ".musicxml",
        ".mxl",
        ".abc",
        ".krn",
        "melody",
        "voices",
        "midi",
        "--tokenizer",
        "--no-transpose",
    ):
        assert word in description
