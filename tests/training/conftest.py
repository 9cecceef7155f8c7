"""A little text and a training that takes a second."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_runs import LINES

from generator.config import PrepareConfig
from generator.corpus import prepare


@pytest.fixture(scope="session")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A prepared corpus of some thousand characters."""
    folder = tmp_path_factory.mktemp("corpus")
    (folder / "rows.txt").write_text("\n".join(LINES[index % 4] + " " + str(index % 7) for index in range(90)), "utf-8")
    prepare(
        folder / "rows.txt", folder / "prepared", PrepareConfig(pieces="file"), say=lambda line: None, progress=False
    )
    return folder / "prepared"


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test trains in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
