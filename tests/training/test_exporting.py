"""Checkpoints to pass on, and what is said of damaged ones."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from small_runs import QUICK, SMALL

from generator import checkpoint, export
from generator.command import run
from generator.errors import CheckpointError, DamagedCheckpoint, IncompatibleCheckpoint
from generator.training import train


@pytest.fixture
def trained(corpus: Path) -> Path:
    settings = replace(QUICK, epochs=3, validations=1)
    return train(
        corpus, name="rows", model_config=SMALL, training_config=settings, say=lambda line="": None, live=False
    ).folder


@pytest.mark.parametrize("weights", ["float16", "bfloat16", "float32"])
def test_an_export_predicts_what_the_run_predicts(
    trained: Path, weights: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(export.parser(), export.work, ["runs/rows", "--out", "passed-on", "--weights", weights]) == 0
    assert "divergence" in capsys.readouterr().out
    one, other = checkpoint.load(trained), checkpoint.load("passed-on")
    tokens = torch.arange(1, 15).view(1, -1) % one.tokenizer.vocab_size
    torch.testing.assert_close(
        one.model(tokens)[0], other.model(tokens)[0], atol=0.05 if weights == "bfloat16" else 0.01, rtol=0
    )
    assert other.config["name"] == "passed-on" and other.config["scores"] == one.config["scores"]
    small, large = (folder / "model.safetensors" for folder in (Path("passed-on"), trained / "best"))
    assert weights == "float32" or small.stat().st_size < 0.6 * large.stat().st_size


def test_nothing_is_replaced_unasked(trained: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("there").mkdir()
    assert run(export.parser(), export.work, ["rows", "--out", "there"]) == 2
    assert "--force" in capsys.readouterr().err


def test_damage_is_named(trained: Path) -> None:
    best = trained / "best"
    config = json.loads((best / "config.json").read_text("utf-8"))
    for change, error, words in (
        ({"format_version": 99}, IncompatibleCheckpoint, "99"),
        ({"model": {**config["model"], "hidden_size": 17, "embed_dim": 17}}, DamagedCheckpoint, "does not fit"),
        ({"model": {**config["model"], "flavour": 1}}, DamagedCheckpoint, "flavour"),
        ({"model": 3}, DamagedCheckpoint, "describe"),
    ):
        (best / "config.json").write_text(json.dumps({**config, **change}), "utf-8")
        with pytest.raises(error, match=words):
            checkpoint.load(trained)
    (best / "config.json").write_text("{", "utf-8")
    with pytest.raises(DamagedCheckpoint, match=r"config\.json"):
        checkpoint.load(trained)
    (best / "config.json").write_text(json.dumps(config), "utf-8")
    (best / "tokenizer/tokenizer.json").unlink()
    with pytest.raises(DamagedCheckpoint, match="tokenizer"):
        checkpoint.load(trained)
    (best / "model.safetensors").write_bytes(b"nothing of use")
    with pytest.raises(DamagedCheckpoint, match=r"model\.safetensors"):
        checkpoint.load(trained)


def test_an_unknown_model_is_told_what_is_there(trained: Path) -> None:
    with pytest.raises(CheckpointError, match="rows"):
        checkpoint.load("row")
