"""``python -m generator.check``: reports, JSON, exit statuses, and files of several poems."""

import io
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from generator.check import main

POEM = "白日依山盡，黃河入海流。\n欲窮千里目，更上一層樓。\n"
BROKEN = POEM.replace("樓", "色")


@pytest.fixture
def poem(tmp_path: Path) -> Path:
    path = tmp_path / "poem.txt"
    path.write_text(POEM, encoding="utf-8")
    return path


def test_a_poem_that_keeps_its_form(poem: Path, capsys) -> None:
    assert main([str(poem), "--form", "五绝"]) == 0
    shown = capsys.readouterr().out
    assert "keeps the form, pattern 仄起首句不入韵" in shown
    assert "    ⊙ ● ⊙ ○ ●\n" in shown


def test_a_poem_that_breaks_it(poem: Path, capsys) -> None:
    poem.write_text(f"{POEM}\n\n{BROKEN}", encoding="utf-8")
    assert main([str(poem), "--form", "wujue"]) == 1
    shown = capsys.readouterr().out
    assert "1 of 2 poems keep the form" in shown
    assert "breaks: character 5, 色, is oblique (仄), and level (平) is due" in shown


def test_json_is_one_object(poem: Path, capsys) -> None:
    poem.write_text(f"{POEM}\n{BROKEN}", encoding="utf-8")
    assert main([str(poem), "--form", "wujue", "--book", "pingshui", "--json"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    found = json.loads(line)
    assert (found["form"], found["ok"], [each["ok"] for each in found["poems"]]) == ("wujue", False, [True, False])
    wrong = [(f["kind"], f["line"], f["place"]) for each in found["poems"][1]["lines"] for f in each["findings"]]
    assert wrong == [("tone", 4, 5), ("rhyme", 4, 5)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_standard_input_in_encodings_that_chinese_is_in(encoding: str, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    raw = POEM.replace("\n", "\r\n").encode(encoding)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(raw)))
    assert main(["-", "--form", "wujue"]) == 0
    assert "白日依山盡" in capsys.readouterr().out


def test_exact_asks_for_the_marks_of_the_form(poem: Path, capsys) -> None:
    poem.write_text(POEM.strip().replace("。", "！"), encoding="utf-8")
    assert main([str(poem), "--form", "wujue"]) == 0
    assert main([str(poem), "--form", "wujue", "--exact"]) == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["nowhere.txt", "--form", "wujue"], "nowhere.txt"),
        (["poem.txt", "--form", "wujuee"], "wujue"),
        (["empty.txt", "--form", "wujue"], "no poem"),
        (["raw.bin", "--form", "wujue"], "encoding"),
    ],
)
def test_errors_are_words(poem: Path, monkeypatch, capsys, arguments: list[str], told: str) -> None:
    monkeypatch.chdir(poem.parent)
    Path("empty.txt").write_text("\n\n")
    Path("raw.bin").write_bytes(b"\xff\xff\x80\x00\xff")
    assert main(arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == "" and told in printed.err and "Traceback" not in printed.err


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys, generator.check as c\n"
        "try: c.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'torch', 'numpy', 'opencc', 'pypinyin', 'generator.text'} & set(sys.modules)\n"
        "sys.exit(f'imported {heavy}' if heavy else 0)\n"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--form" in done.stdout
    assert time.perf_counter() - start < 5  # 0.1 s on a machine that does nothing else
