"""What ``python -m generator.train`` says to people who ask for what cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest

from generator.command import run
from generator.train import parser, work


def fails(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command, expect status 2, and return what it said."""
    assert run(parser(), work, arguments) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return said


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "What should it learn from"),
        (("nothing.txt",), "nothing.txt"),
        (("--resume", "runs/none"), "no run"),
        (("--resume", "runs/none", "--minutes", "3"), "minutes"),
        (("text.txt", "--hidden-size", "0"), "--hidden-size 0 is too small"),
        (("text.txt", "--dropout", "1.5"), "--dropout 1.5 is too large"),
        (("text.txt", "--embed-dim", "0", "--tie-weights"), "--tie-weights"),
        (("text.txt", "--init-from", "nobody"), "no model 'nobody'"),
        (("short.txt",), "at least"),
    ],
)
def test_bad_wishes_are_answered_in_words(arguments, words, capsys: pytest.CaptureFixture[str]) -> None:
    Path("text.txt").write_text("Some words that stand on a line of their own.\n" * 200, "utf-8")
    Path("short.txt").write_text("Too little.\n", "utf-8")
    assert words in fails(capsys, *arguments)


def test_a_whole_training_from_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    Path("text.txt").write_text("".join(f"the {n} green bottles on the {n % 7} walls\n" for n in range(300)), "utf-8")
    options = "text.txt --epochs 2 --hidden-size 16 --num-layers 1 --validations 2 --threads 1 --precision float32"
    assert run(parser(), work, options.split()) == 0
    said = capsys.readouterr().out
    for words in ("parameters", "5-gram", "bits per character", "generator.sample text"):
        assert words in said
    assert Path("runs/text/best/model.safetensors").exists()
