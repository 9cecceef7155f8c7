"""What is here, looked up without loading it: right where it is whole, and named where it is damaged."""

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from generator import catalogue
from generator.catalogue import CorpusEntry, ModelEntry, RunEntry

SCORES = {"protocols": {"carried": {"nats": 1.37, "bits": 1.976}, "windowed": {"nats": 1.42, "bits": 2.049}}}


def make_model(folder: Path, config: Any = None, shapes: tuple[tuple[int, ...], ...] = ((3, 4), (5,))) -> Path:
    folder.mkdir(parents=True)
    text = config if isinstance(config, str) else json.dumps({"medium": "text"} if config is None else config)
    (folder / "config.json").write_text(text, encoding="utf-8")
    tensors = {str(index): np.zeros(shape, dtype=np.float16) for index, shape in enumerate(shapes)}
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    return folder


# ------------------------------------------------------------------ models


@given(shapes=st.lists(st.lists(st.integers(0, 5), max_size=3).map(tuple), max_size=5))
def test_parameters_are_counted_as_the_format_stores_them(
    tmp_path_factory: pytest.TempPathFactory, shapes: list[tuple[int, ...]]
):
    folder = make_model(tmp_path_factory.mktemp("models") / "m", shapes=tuple(shapes))
    assert catalogue.count_parameters(folder / "model.safetensors") == sum(np.zeros(shape).size for shape in shapes)


def test_a_model_is_described_by_its_own_files(tmp_path: Path):
    config = {"medium": "text", "tag_fields": {"author": ["李白"], "form": ["七绝"]}, "scores": SCORES}
    folder = make_model(tmp_path / "poems", config)
    (folder / "tokenizer").mkdir()
    (folder / "tokenizer" / "tokenizer.json").write_text("{}")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    assert catalogue.models(tmp_path) == [ModelEntry("poems", "text by author, form", 17, size, 1.976)]


@pytest.mark.parametrize("scores", [None, {}, [], {"protocols": {"carried": {"bits": "low"}}}, {"protocols": 3}])
def test_a_model_without_a_score_has_none(tmp_path: Path, scores: Any):
    make_model(tmp_path / "m", {"medium": "text", "scores": scores})
    (entry,) = catalogue.models(tmp_path)
    assert (entry.bits_per_char, entry.problem) == (None, "")


@pytest.mark.parametrize("damage", ["missing", "empty", "not json", "a list", "not utf-8"])
@pytest.mark.parametrize("part", ["config.json", "model.safetensors"])
def test_a_damaged_model_is_listed_with_what_is_wrong(tmp_path: Path, part: str, damage: str):
    folder = make_model(tmp_path / "m")
    make_model(tmp_path / "whole")
    content = {"empty": b"", "not json": b"\x20" + bytes(7) + b"no JSON at all, but much longer.", "a list": b"[1]"}
    if damage == "missing":
        (folder / part).unlink()
    else:
        (folder / part).write_bytes(content.get(damage, b"\xff\xfe\xfa" * 20))
    entry, whole = catalogue.models(tmp_path)
    assert part in entry.problem
    assert ("missing" in entry.problem) == (damage == "missing")
    assert not whole.problem


@given(kept=st.floats(0, 1, exclude_max=True))
def test_weights_that_were_cut_off_anywhere_are_noticed(tmp_path_factory: pytest.TempPathFactory, kept: float):
    folder = make_model(tmp_path_factory.mktemp("models") / "m")
    weights = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(weights[: int(len(weights) * kept)])
    (entry,) = catalogue.models(folder.parent)
    assert entry.problem == "model.safetensors cannot be read"


@given(content=st.binary(max_size=64))
def test_no_content_of_a_file_makes_the_listing_fail(tmp_path_factory: pytest.TempPathFactory, content: bytes):
    top = tmp_path_factory.mktemp("any")
    folder = make_model(top / "m")
    for part in ("config.json", "model.safetensors", "status.json"):
        (folder / part).write_bytes(content)
    assert len(catalogue.models(top)) == len(catalogue.runs(top)) == 1


def test_what_is_being_written_or_hidden_is_not_a_model(tmp_path: Path):
    for name in (".m.abc.tmp", "m.old"):
        make_model(tmp_path / name)
    (tmp_path / "README.md").write_text("not a folder")
    assert catalogue.models(tmp_path) == []


@pytest.mark.parametrize("listing", [catalogue.models, catalogue.runs])
def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path, listing: Any):
    assert listing(tmp_path / "nowhere") == []


# ------------------------------------------------------------------ corpora


def manifest_text(**more: str) -> str:
    values = {"title": "Poems", "licence": "MIT", "folder": "poems", **more}
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())


def test_corpora_show_licence_size_and_whether_they_are_prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GENERATOR_CORPORA", str(tmp_path))
    remote = {"folder": "", "address": "https://example.org/"}
    files = "".join(f"[[files]]\npath = 'f{size}'\nbytes = {size}\nsha256 = '{'a' * 64}'\n" for size in (700, 50))
    (tmp_path / "a.toml").write_text(manifest_text(title="Plays", **remote) + files)
    (tmp_path / "b.toml").write_text(manifest_text(folder="", interpreter="stdlib", licence="PSF-2.0"))
    (tmp_path / "c.toml").write_text("licence = = 3\n")
    (tmp_path / "d.toml").write_text(manifest_text())
    (tmp_path / "poems").mkdir()
    (tmp_path / "poems" / "one.txt").write_text("a red, red rose\n")
    prepared = tmp_path / "data"
    (prepared / "b" / "tokenizer").mkdir(parents=True)
    (prepared / "b" / "corpus.json").write_text("{}")
    assert catalogue.corpora(prepared) == [
        CorpusEntry("a", "Plays", 750, "MIT"),
        CorpusEntry("b", "Poems", None, "PSF-2.0", prepared / "b"),
        CorpusEntry("c", problem="c.toml cannot be read"),
        CorpusEntry("d", "Poems", 16, "MIT"),
    ]


# ------------------------------------------------------------------ runs


def make_run(folder: Path, **status: Any) -> None:
    folder.mkdir(parents=True)
    (folder / "status.json").write_text(json.dumps(status))


def test_runs_say_how_they_stand(tmp_path: Path):
    now = time.time()
    make_run(tmp_path / "a", state="running", heartbeat=now - 5, step=1200, total_steps=5000, best_bits=2.0414)
    make_run(tmp_path / "b", state="running", heartbeat=now - 3600, step=7)
    make_run(tmp_path / "c", state="finished", heartbeat=now - 3600)
    (tmp_path / "d").mkdir()
    assert catalogue.runs(tmp_path, now) == [
        RunEntry("a", "running", "step 1,200 of 5,000, best 2.041 bits per character"),
        RunEntry("b", "silent", "step 7"),
        RunEntry("c", "finished"),
        RunEntry("d", problem="status.json is missing"),
    ]
