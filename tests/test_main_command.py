"""``python -m generator``: everything that is here, on one screen."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

import generator
from generator import __main__ as command
from generator import listing

ROOT = Path(generator.__file__).parents[1]


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def output_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert command.main(words) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_every_command_is_listed_with_its_purpose(elsewhere: Path, capsys: pytest.CaptureFixture[str]):
    text = output_of(capsys)
    runnable = {
        path.stem
        for path in (ROOT / "generator").glob("[!_]*.py")
        if 'if __name__ == "__main__":' in path.read_text(encoding="utf-8")
    }
    assert set(command.COMMANDS) == runnable
    for name in runnable:
        (line,) = [line for line in text.splitlines() if line.startswith(f"  python -m generator.{name} ")]
        assert len(line.split()) >= 5


def test_an_empty_place_is_said_to_be_empty(elsewhere: Path, capsys: pytest.CaptureFixture[str]):
    text = output_of(capsys)
    assert "Runs in runs/\n  none yet\n" in text


def test_runs_and_damaged_ones_are_shown(elsewhere: Path, capsys: pytest.CaptureFixture[str]):
    (elsewhere / "runs" / "poems").mkdir(parents=True)
    (elsewhere / "runs" / "poems" / "status.json").write_text('{"state": "finished", "step": 4321}')
    (elsewhere / "runs" / "春").mkdir()
    text = output_of(capsys)
    assert "  poems  finished  step 4,321\n" in text
    assert "  春     damaged: status.json is missing\n" in text


def test_json_holds_the_same(elsewhere: Path, capsys: pytest.CaptureFixture[str]):
    (elsewhere / "runs" / "poems").mkdir(parents=True)
    found = json.loads(output_of(capsys, "--json"))
    assert set(found) == {"models", "corpora", "runs"}
    (entry,) = found["runs"]
    assert (entry["name"], entry["problem"]) == ("poems", "status.json is missing")


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 bytes"), (950, "950 bytes"), (1_000, "1.0 kB"), (999_999, "1.0 MB"), (2_500_000_000, "2.5 GB")],
)
def test_sizes_read_well(size: int, text: str):
    assert listing.size_text(size) == text


def test_what_the_repository_ships_is_whole():
    ended = subprocess.run(
        [sys.executable, "-m", "generator"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    models, corpora = ended.stdout.partition("\nModels")[2].partition("\nCorpora")[::2]
    assert "damaged" not in models + corpora.partition("\nRuns")[0]


def test_torch_is_not_loaded_to_list_what_is_here():
    program = (
        "import sys; from generator.__main__ import main; assert main([]) == 0; print(*sys.modules, file=sys.stderr)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert not {"torch", "pooch"} & set(ended.stderr.split())
