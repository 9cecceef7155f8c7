"""Atomic writing: whatever goes wrong, a whole file or folder stands there, the old or the new."""

import json
import os
import signal
import subprocess
import sys
import textwrap
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import files

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def names_in(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


def folder_content(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): file.read_text(encoding="utf-8") for file in folder.rglob("*") if file.is_file()
    }


class DiskFullError(OSError):
    """What a full disk raises."""


# ------------------------------------------------------------------ one file


@given(value=json_values)
def test_json_comes_back_as_it_went(tmp_path_factory: pytest.TempPathFactory, value: object):
    path = tmp_path_factory.mktemp("json") / "value.json"
    files.write_json(path, value)
    assert files.read_json(path) == value
    assert names_in(path.parent) == ["value.json"]


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r")))
def test_text_comes_back_as_it_went(tmp_path_factory: pytest.TempPathFactory, text: str):
    path = tmp_path_factory.mktemp("text") / "deep" / "value.txt"
    files.write_text(path, text)
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("error", [DiskFullError("no space"), KeyboardInterrupt(), RuntimeError("bug")])
def test_a_failure_in_the_middle_leaves_the_old_file(tmp_path: Path, error: BaseException):
    path = tmp_path / "value.txt"
    files.write_text(path, "old")
    with pytest.raises(type(error)), files.atomic_file(path, "w") as file:
        file.write("new, but only ha")
        file.flush()
        raise error
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["value.txt"]


def test_a_failure_on_the_first_write_leaves_nothing(tmp_path: Path):
    with pytest.raises(DiskFullError), files.atomic_file(tmp_path / "value.bin") as file:
        file.write(b"half")
        raise DiskFullError("no space")
    assert names_in(tmp_path) == []


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failure_of_the_last_steps_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str):
    path = tmp_path / "value.txt"
    files.write_text(path, "old")

    def fail(*_: object) -> None:
        raise DiskFullError("no space")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(DiskFullError):
        files.write_text(path, "new")
    monkeypatch.undo()
    assert path.read_text() == "old"
    assert names_in(tmp_path) == ["value.txt"]


def test_the_content_is_on_disk_before_the_name_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    order = []
    real_fsync, real_replace = os.fsync, os.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (order.append("sync"), real_fsync(handle))[1])
    monkeypatch.setattr(os, "replace", lambda a, b: (order.append("rename"), real_replace(a, b))[1])
    files.write_text(tmp_path / "value.txt", "words")
    assert order == ["sync", "rename"]


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o002, 0o664)])
def test_a_file_is_as_readable_as_the_umask_says(tmp_path: Path, umask: int, mode: int):
    before = os.umask(umask)
    try:
        files.write_text(tmp_path / "value.txt", "words")
    finally:
        os.umask(before)
    assert (tmp_path / "value.txt").stat().st_mode & 0o777 == mode


def killed_while(script: str, folder: Path) -> None:
    """Run ``script`` in a process of its own that kills itself by SIGKILL."""
    program = "import os, signal, sys\nfrom pathlib import Path\nfrom generator import files\n"
    program += "folder = Path(sys.argv[1])\ndie = lambda *_, **__: os.kill(os.getpid(), signal.SIGKILL)\n"
    ended = subprocess.run(
        [sys.executable, "-c", program + textwrap.dedent(script), str(folder)], capture_output=True, timeout=60
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()


def test_a_kill_in_the_middle_leaves_the_old_file(tmp_path: Path):
    files.write_text(tmp_path / "value.txt", "old")
    killed_while(
        """
        with files.atomic_file(folder / "value.txt", "w") as file:
            file.write("half of the n")
            file.flush()
            die()
        """,
        tmp_path,
    )
    assert (tmp_path / "value.txt").read_text() == "old"
    files.write_text(tmp_path / "value.txt", "new")
    assert (tmp_path / "value.txt").read_text() == "new"


# ------------------------------------------------------------------ a folder


def fill_with(**content: str):
    def fill(folder: Path) -> None:
        for name, text in content.items():
            (folder / "inner").mkdir(exist_ok=True)
            (folder / "inner" / name).write_text(text, encoding="utf-8")

    return fill


def test_a_folder_is_replaced_whole(tmp_path: Path):
    files.atomic_folder(tmp_path / "model", fill_with(a="1", b="2"))
    files.atomic_folder(tmp_path / "model", fill_with(b="3"))
    assert folder_content(tmp_path / "model") == {"inner/b": "3"}
    assert names_in(tmp_path) == ["model"]


def test_a_failure_in_the_middle_leaves_the_old_folder(tmp_path: Path):
    files.atomic_folder(tmp_path / "model", fill_with(a="1"))

    def fail(folder: Path) -> None:
        (folder / "a").write_text("half")
        raise DiskFullError("no space")

    with pytest.raises(DiskFullError):
        files.atomic_folder(tmp_path / "model", fail)
    assert folder_content(tmp_path / "model") == {"inner/a": "1"}
    assert names_in(tmp_path) == ["model"]


def test_a_failure_between_the_renames_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    files.atomic_folder(tmp_path / "model", fill_with(a="1"))
    real_replace, calls = os.replace, []

    def second_fails(source: object, target: object) -> None:
        calls.append(target)
        if len(calls) == 2:
            raise DiskFullError("no space")
        real_replace(source, target)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "replace", second_fails)
    with pytest.raises(DiskFullError):
        files.atomic_folder(tmp_path / "model", fill_with(a="2"))
    monkeypatch.undo()
    assert folder_content(tmp_path / "model") == {"inner/a": "1"}
    assert names_in(tmp_path) == ["model"]


KILLS = {
    "while it is filled": "files.atomic_folder(model, lambda f: (fill(f), die()))",
    "before the first rename": "os.replace = die; files.atomic_folder(model, fill)",
    "between the renames": """
        real = os.replace
        os.replace = lambda a, b: die() if Path(b) == model else real(a, b)
        files.atomic_folder(model, fill)
        """,
    "before the old one is removed": "files.shutil.rmtree = die; files.atomic_folder(model, fill)",
}


@pytest.mark.parametrize("recovered", [True, False])
@pytest.mark.parametrize("moment", KILLS)
def test_after_a_kill_a_whole_folder_stands_there(tmp_path: Path, moment: str, recovered: bool):
    model = tmp_path / "model"
    old, new = {"inner/a": "1", "inner/b": "1"}, {"a": "2", "b": "2"}
    files.atomic_folder(model, fill_with(a="1", b="1"))
    prelude = """
        model = folder / "model"
        def fill(target):
            (target / "a").write_text("2")
            (target / "b").write_text("2")
    """
    killed_while(textwrap.dedent(prelude) + textwrap.dedent(KILLS[moment]), tmp_path)
    if recovered:
        files.recover_folder(model)
        assert folder_content(model) == (new if moment == "before the old one is removed" else old)
    files.atomic_folder(model, fill_with(c="3"))
    assert folder_content(model) == {"inner/c": "3"}
    assert not (tmp_path / "model.old").exists()


def test_recovering_what_needs_no_recovery_changes_nothing(tmp_path: Path):
    files.recover_folder(tmp_path / "model")
    assert names_in(tmp_path) == []
    files.atomic_folder(tmp_path / "model", fill_with(a="1"))
    files.recover_folder(tmp_path / "model")
    assert folder_content(tmp_path / "model") == {"inner/a": "1"}


# ------------------------------------------------------------------ lines and digests


@given(values=st.lists(st.dictionaries(st.text(max_size=5), json_values, max_size=3), max_size=6))
def test_appended_lines_come_back_in_order(tmp_path_factory: pytest.TempPathFactory, values: list[dict]):
    path = tmp_path_factory.mktemp("lines") / "metrics.jsonl"
    path.touch()
    for value in values:
        files.append_line(path, value)
    with open(path, encoding="utf-8", newline="\n") as file:
        assert [json.loads(line) for line in file] == values


@given(content=st.binary(max_size=3000), copies=st.sampled_from([1, 700]))
def test_digest_is_that_of_the_whole_content(tmp_path_factory: pytest.TempPathFactory, content: bytes, copies: int):
    path = tmp_path_factory.mktemp("digest") / "file"
    path.write_bytes(content * copies)  # up to 2.1 MB: more than one block
    assert files.sha256_of(path) == sha256(content * copies).hexdigest()
