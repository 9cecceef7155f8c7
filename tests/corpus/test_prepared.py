"""A prepared corpus opens as it was written, and says so where it is damaged."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generator import corpus
from generator.corpus import PreparedCorpus
from generator.errors import CorpusError


@pytest.fixture
def prepared(tmp_path: Path, prepare: Callable[..., PreparedCorpus]) -> PreparedCorpus:
    (tmp_path / "a.txt").write_text("one line of text\n" * 100)
    return prepare(tmp_path / "a.txt", tmp_path / "out", pieces="file", split="90/10")


def change(prepared: PreparedCorpus, **values: Any) -> None:
    details = {**prepared.details, **values}
    (prepared.folder / "corpus.json").write_text(json.dumps({k: v for k, v in details.items() if v is not None}))


def test_it_knows_what_it_is(prepared: PreparedCorpus) -> None:
    assert corpus.is_prepared(prepared.folder)
    assert not corpus.is_prepared(prepared.folder.parent)
    assert (prepared.name, prepared.shape, prepared.tag_fields) == ("a", "long", {})
    assert prepared.tokenizer.digest == prepared.details["tokenizer"]["digest"]
    assert prepared.report["totals"]["files_kept"] == 1


def test_a_part_that_is_not_there(prepared: PreparedCorpus) -> None:
    assert not prepared.has("test")
    with pytest.raises(CorpusError, match="no test part; it has train, validation"):
        prepared.split("test")
    with pytest.raises(IndexError):
        prepared.split("train").piece(1)


@pytest.mark.parametrize("name", ["train.ids.bin", "train.starts.bin"])
def test_damaged_files_are_found(prepared: PreparedCorpus, name: str) -> None:
    path = prepared.folder / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(CorpusError, match=name):
        prepared.split("train")
    path.unlink()
    with pytest.raises(CorpusError, match="is not there"):
        prepared.split("train")


def test_damaged_or_foreign_descriptions_are_found(prepared: PreparedCorpus, tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="not a prepared corpus"):
        corpus.open_prepared(tmp_path)
    change(prepared, format_version=99)
    with pytest.raises(CorpusError, match="format 99"):
        corpus.open_prepared(prepared.folder)
    change(prepared, splits=None)
    with pytest.raises(CorpusError, match="a key is missing"):
        corpus.open_prepared(prepared.folder)
    (prepared.folder / "corpus.json").write_text("{")
    with pytest.raises(CorpusError, match="damaged"):
        corpus.open_prepared(prepared.folder)


def test_a_replacement_that_was_cut_off_is_undone(prepared: PreparedCorpus) -> None:
    prepared.folder.rename(prepared.folder.with_name("out.old"))
    assert corpus.open_prepared(prepared.folder).details == prepared.details
