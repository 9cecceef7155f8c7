"""Whole trainings in small: what is written, going on after a stop, going back after an explosion."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from small_runs import QUICK, SMALL

from generator import checkpoint
from generator.config import ModelConfig, PrepareConfig
from generator.corpus import open_prepared, prepare
from generator.errors import ConfigError, Diverged, TrainingError
from generator.evaluation import evaluate_split
from generator.training import RunDirectory, resume, train
from generator.training.extending import extended
from generator.training.trainer import Trainer


def quiet(line: str = "") -> None:
    """Print nothing."""


def run(corpus: Path, name: str, training=QUICK, model=SMALL, **more):
    return train(corpus, name=name, model_config=model, training_config=training, say=quiet, live=False, **more)


def weights(folder: Path) -> dict[str, torch.Tensor]:
    return {**load_file(folder / "last/model.safetensors"), **load_file(folder / "last/average.safetensors")}


def same(one: Path, other: Path) -> bool:
    first, second = weights(one), weights(other)
    return first.keys() == second.keys() and all(torch.equal(first[name], second[name]) for name in first)


def stop_at(monkeypatch: pytest.MonkeyPatch, step: int) -> None:
    """Ask every training to stop once it has done so many steps."""
    monkeypatch.setattr(Trainer, "_asked_to_stop", lambda self: self.progress.step + 1 == step)


def test_a_run_learns_and_leaves_what_others_read(corpus: Path) -> None:
    outcome = run(corpus, "rows", replace(QUICK, epochs=40))
    folder = RunDirectory(outcome.folder)
    assert outcome.state == "finished"
    events = folder.metrics()
    validations = [event["nats"] for event in events if event["event"] == "validation"]
    simple = next(event for event in events if event["event"] == "plan")["baselines"]
    assert validations[-1] < validations[0] and min(validations) < simple["unigram"]
    loaded = checkpoint.load(outcome.folder)
    assert loaded.folder == outcome.folder / "best"
    part = open_prepared(corpus).split("validation")
    found = evaluate_split(loaded.model, part.ids, characters=part.characters, starts=part.starts)
    for protocol, figures in loaded.config["scores"]["protocols"].items():
        assert figures["nats"] == pytest.approx(found["protocols"][protocol]["nats"])
        assert figures["bits"] == pytest.approx(figures["nats"] / math.log(2))
    assert "validation, carried" in (outcome.folder / "best/card.md").read_text("utf-8")
    assert len(list((outcome.folder / "samples").iterdir())) == len(validations)
    assert "finished" in (outcome.folder / "status.json").read_text("utf-8")


@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_stopped_and_resumed_is_never_having_stopped(corpus: Path, cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = replace(SMALL, cell=cell, attention_window=4)
    run(corpus, "whole", model=model)
    for step in (1, 7, 31):
        with monkeypatch.context() as patch:
            stop_at(patch, step)
            assert run(corpus, f"cut{step}", model=model).state == "stopped"
        assert not same(Path("runs/whole"), Path(f"runs/cut{step}"))
        assert resume(f"cut{step}", say=quiet, live=False).state == "finished"
        assert same(Path("runs/whole"), Path(f"runs/cut{step}"))


def test_a_stop_file_ends_the_run(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Trainer._count

    def count(self: Trainer, loss: float) -> None:
        counted(self, loss)
        if self.progress.step == 5:
            (self.run_folder.folder / "stop").touch()

    monkeypatch.setattr(Trainer, "_count", count)
    lines: list[str] = []
    outcome = train(corpus, name="rows", model_config=SMALL, training_config=QUICK, say=lines.append, live=False)
    assert outcome.state == "stopped" and "--resume runs/rows" in lines[-1]
    monkeypatch.undo()


def explode(monkeypatch: pytest.MonkeyPatch, steps: set[int]) -> None:
    """Make the loss infinite when these many steps have been tried in all."""
    tried, stepped = [0], Trainer._step

    def step(self: Trainer):
        tried[0] += 1
        loss, stop = stepped(self)
        return (math.inf if tried[0] in steps else loss), stop

    monkeypatch.setattr(Trainer, "_step", step)


def test_an_explosion_goes_back_and_halves_the_rate(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    explode(monkeypatch, {12, 20})
    outcome = run(corpus, "rows")
    events = RunDirectory(outcome.folder).metrics()
    assert [event["rollbacks"] for event in events if event["event"] == "rollback"] == [1, 2]
    assert outcome.state == "finished"
    rates = [event["rate"] for event in events if event["event"] == "step"]
    assert rates[1] < QUICK.learning_rate / 2


def test_it_gives_up_after_three_times_with_advice(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    explode(monkeypatch, set(range(10, 999)))
    with pytest.raises(Diverged, match="learning-rate"):
        run(corpus, "rows")
    assert "failed" in Path("runs/rows/status.json").read_text("utf-8")


def test_a_real_explosion_is_seen(corpus: Path) -> None:
    with pytest.raises(Diverged):
        run(corpus, "rows", replace(QUICK, learning_rate=1e6, warmup_steps=0, grad_clip=1e9))


def test_a_full_disk_costs_a_saving_not_the_run(corpus: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    run(corpus, "rows", replace(QUICK, epochs=2))
    before = weights(Path("runs/rows"))
    best = (Path("runs/rows/best/model.safetensors")).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("generator.checkpoint.save_file", full)
        assert run(corpus, "other").state == "finished"
        assert "No space left" in capsys.readouterr().err
        with pytest.raises(OSError):
            checkpoint.save(
                Path("runs/rows/best"), checkpoint.load("rows").model, checkpoint.load("rows").tokenizer, {}, ""
            )
    assert Path("runs/rows/best/model.safetensors").read_bytes() == best
    assert before.keys() == weights(Path("runs/rows")).keys()
    assert not list(Path("runs").rglob("*.tmp"))


def test_training_stops_early_without_a_gain(corpus: Path) -> None:
    outcome = run(corpus, "rows", replace(QUICK, epochs=400, validations=400, patience=3, learning_rate=0.1))
    events = RunDirectory(outcome.folder).metrics()
    assert outcome.state == "finished"
    assert events[-1]["step"] < next(event for event in events if event["event"] == "plan")["total_steps"]
    best = min(event["nats"] for event in events if event["event"] == "validation")
    assert outcome.config is not None and outcome.config["scores"]["valid_nats"] == best


def test_minutes_are_kept(corpus: Path) -> None:
    outcome = run(corpus, "rows", replace(QUICK, epochs=None, minutes=0.05, patience=0))
    spent = RunDirectory(outcome.folder).metrics()[-1]["sitting"]
    assert 1.5 < spent < 9  # judged after the time, on a machine that may be busy


def test_fine_tuning_begins_where_the_model_stood(corpus: Path) -> None:
    run(corpus, "first", replace(QUICK, epochs=12))
    second = run(corpus, "second", replace(QUICK, epochs=1, validations=1), ModelConfig(), init_from="runs/first")
    simple = RunDirectory(second.folder).metrics()[0]["baselines"]["unigram"]
    assert second.config["scores"]["valid_nats"] < simple
    assert checkpoint.load("second").model.config.hidden_size == 16
    with pytest.raises(ConfigError, match="hidden-size"):
        run(corpus, "third", QUICK, ModelConfig(hidden_size=99), init_from="runs/first")


@pytest.mark.parametrize("embed_dim", [16, 0])
def test_new_characters_are_learnt_and_old_ones_kept(corpus: Path, tmp_path: Path, embed_dim: int) -> None:
    run(corpus, "first", replace(QUICK, epochs=4), replace(SMALL, embed_dim=embed_dim))
    (tmp_path / "more.txt").write_text("the évening 夜 on the river\n" * 60, "utf-8")
    lines: list[str] = []
    settings = replace(QUICK, epochs=1, validations=1)
    train("more.txt", name="second", training_config=settings, init_from="first", say=lines.append, live=False)
    assert any("'é' '夜'" in line for line in lines)
    first, second = checkpoint.load("first"), checkpoint.load("second")
    assert set(second.tokenizer.alphabet) == set(first.tokenizer.alphabet) | {"é", "夜"}


def test_a_wider_alphabet_changes_no_prediction(corpus: Path, tmp_path: Path) -> None:
    run(corpus, "first", replace(QUICK, epochs=4))
    (tmp_path / "more.txt").write_text("the évening 夜 on the river\n" * 60, "utf-8")
    other = prepare(tmp_path / "more.txt", tmp_path / "more", PrepareConfig(), say=quiet, progress=False)
    first = checkpoint.load("first")
    wide, added = extended(first, other)
    assert added == "é夜"
    text = "a lamp is lit"
    tokens = [torch.from_numpy(one.tokenizer.encode(text).astype("int64"))[None] for one in (first, wide)]
    old, new = first.model(tokens[0])[0], wide.model(tokens[1])[0]
    kept = [0, *(wide.tokenizer.alphabet.index(character) + 1 for character in first.tokenizer.alphabet)]
    torch.testing.assert_close(new[..., kept], old)


def test_names_are_kept_apart(corpus: Path) -> None:
    short = replace(QUICK, epochs=1, validations=1)
    run(corpus, "rows", short)
    with pytest.raises(ConfigError, match="rows is there already"):
        run(corpus, "rows", short)
    with pytest.raises(ConfigError, match="name"):
        run(corpus, "../rows", short)
    first = train(corpus, model_config=SMALL, training_config=short, say=quiet, live=False)
    second = train(corpus, model_config=SMALL, training_config=short, say=quiet, live=False)
    assert first.folder != second.folder


def test_what_cannot_be_resumed_says_why(corpus: Path, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="no run"):
        resume("nothing")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TrainingError, match="not a run directory"):
        resume(tmp_path / "empty")
    outcome = run(corpus, "rows", replace(QUICK, epochs=1))
    (outcome.folder / "last/optimizer.safetensors").write_bytes(b"cut off")
    with pytest.raises(TrainingError, match="--init-from"):
        resume("rows", say=quiet, live=False)


def test_tags_are_learnt(tmp_path: Path) -> None:
    rows = [{"text": f"{mood * 6} {number}", "mood": mood} for number in range(60) for mood in ("ha", "oh")]
    Path("moods.jsonl").write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    outcome = train(
        "moods.jsonl", prepare_config=PrepareConfig(tag_fields=("mood",)), model_config=replace(SMALL, dropout=0.0),
        training_config=replace(QUICK, epochs=25, tag_dropout=0.1), say=quiet, live=False,
    )  # fmt: skip
    loaded = checkpoint.load(outcome.folder)
    values = loaded.config["tag_fields"]["mood"]
    start = torch.zeros(1, 1, dtype=torch.int64)
    for mood in ("ha", "oh"):
        logits, _ = loaded.model(start, None, torch.tensor([[values.index(mood) + 1]]))
        assert loaded.tokenizer.decode([int(logits[0, 0].argmax())]) == mood[0]


def test_smoothed_targets_make_the_model_less_sure(corpus: Path) -> None:
    settings = replace(QUICK, epochs=20, validations=1)
    shares = []
    for name, smoothing in (("sharp", 0.0), ("smooth", 0.3)):
        outcome = run(corpus, name, replace(settings, label_smoothing=smoothing), replace(SMALL, dropout=0.0))
        model = checkpoint.load(outcome.folder).model
        tokens = torch.arange(1, 12)[None]
        shares.append(torch.softmax(model(tokens)[0], -1).max(-1).values.mean().item())
    assert shares[1] < shares[0]
