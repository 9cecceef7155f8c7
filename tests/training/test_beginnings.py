"""What a training is refused for before it begins, what it leaves then, and what it owns up to at its end."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from small_runs import LINES, QUICK, SMALL

from generator import checkpoint, tokenizers
from generator.config import ModelConfig, PrepareConfig
from generator.corpus import prepare
from generator.errors import CheckpointError, ConfigError, CorpusError, GeneratorError
from generator.model import LanguageModel
from generator.seeding import torch_generator
from generator.training import RunDirectory, train
from generator.training import start as start_module
from generator.training.describing import LITTLE
from generator.training.extending import unknown_share
from generator.training.run_directory import OWN

Train = Callable[..., list[str]]


@pytest.fixture
def teach() -> Train:
    """Train a little; what was said."""

    def call(source: str | Path, **more: object) -> list[str]:
        said: list[str] = []
        settings = {"model_config": ModelConfig() if "init_from" in more else SMALL, "training_config": QUICK, **more}
        train(source, say=said.append, live=False, **settings)
        return said

    return call


def model_of(kind: str, folder: Path, text: str = "".join(LINES)) -> Path:
    """An untrained model."""
    tokenizer = tokenizers.train(kind, [text])
    sizes = ModelConfig(
        vocab_size=tokenizer.vocab_size, embed_dim=8, hidden_size=8, num_layers=1, tie_weights=True, dropout=0.0,
        input_dropout=0.0,
    )  # fmt: skip
    details = {"name": kind, "medium": "text" if kind == "char" else "music", "tag_fields": {}, "start_text": ""}
    checkpoint.save(folder / kind, LanguageModel(sizes, torch_generator(1)).eval(), tokenizer, details, "# a model\n")
    return folder / kind


def tunes(path: Path, count: int = 150) -> Path:
    lines = []
    for number in range(count):
        notes = " ".join("".join("CDEFGAB"[number // 7**place % 7] for place in range(4)) + "|" for _ in range(3))
        lines.append(f"X:{number + 1}\nM:4/4\nL:1/4\nK:C\n{notes}]\n\n")
    path.write_text("".join(lines))
    return path


def english(path: Path, count: int = 300) -> Path:
    path.write_text("".join(f"{LINES[number % 4]} {number}\n" for number in range(count)))
    return path


@pytest.mark.parametrize("kind", ["melody", "voices"])
def test_text_is_not_taught_to_a_model_of_music(teach: Train, kind: str, place: Path):
    model = model_of(kind, place / "models")
    with pytest.raises(ConfigError, match="writes music, and poems is text"):
        teach(english(place / "poems.txt"), init_from=model)
    assert not (place / "runs").exists()


def test_music_is_not_taught_to_a_model_of_text_nor_to_one_of_another_alphabet(teach: Train, place: Path):
    source = tunes(place / "tunes.abc")
    with pytest.raises(ConfigError, match=r"writes text, and tunes\.abc is music"):
        teach(source, init_from=model_of("char", place / "models"))
    with pytest.raises(ConfigError, match=r"alphabet voices, and tunes\.abc is in the alphabet melody") as caught:
        teach(source, init_from=model_of("voices", place / "models"))
    assert "--tokenizer voices" in caught.value.hint
    assert not (place / "runs").exists()


def test_a_text_of_unknown_characters_is_refused_with_their_share(teach: Train, place: Path):
    (place / "poems.txt").write_text("".join(f"床前明月光疑是地上霜{chr(0x4E00 + each)}\n" for each in range(300)))
    model = model_of("char", place / "models")
    with pytest.raises(ConfigError, match="100% of the text of poems") as caught:
        teach(place / "poems.txt", init_from=model, prepare_config=PrepareConfig(pieces="line"))
    assert "--init-from" in caught.value.hint
    assert not (place / "runs").exists()


def test_a_few_new_characters_are_told_with_their_share(teach: Train, place: Path):
    english(place / "poems.txt")
    with open(place / "poems.txt", "a") as file:
        file.write("Ω" * 1000)
    quick = replace(QUICK, epochs=0.2)
    said = teach(place / "poems.txt", init_from=model_of("char", place / "models"), training_config=quick)
    assert any("'Ω'" in line and "%" in line for line in said)


@pytest.mark.parametrize("kind", ["char", "byte"])
def test_the_share_is_counted_over_running_characters(place: Path, kind: str):
    (place / "text.txt").write_text("aaab" * 500)
    corpus = prepare(place / "text.txt", place / kind, PrepareConfig(tokenizer=kind), say=str, progress=False)
    assert unknown_share(tokenizers.train("char", ["a"]), corpus) == pytest.approx(0.25, abs=0.01)
    assert unknown_share(tokenizers.train("char", ["abc"]), corpus) == 0


def failing(place: Path) -> dict[str, Path]:
    """Sources that nothing can be learnt from."""
    found = {name: place / name for name in ("missing.txt", "empty.txt", "folder", "photos", "binary.txt", "short.txt")}
    found["empty.txt"].touch()
    found["folder"].mkdir()
    found["photos"].mkdir()
    (found["photos"] / "one.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    found["binary.txt"].write_bytes(bytes(range(256)) * 9)
    found["short.txt"].write_text("some words that are too few\n")
    return found


@pytest.mark.parametrize("name", ["missing.txt", "empty.txt", "folder", "photos", "binary.txt", "short.txt"])
def test_a_training_that_fails_leaves_nothing(teach: Train, place: Path, name: str):
    with pytest.raises(GeneratorError):
        teach(failing(place)[name])
    assert not (place / "runs").exists()


def test_what_was_there_before_stays(teach: Train, place: Path):
    for name in ("mine.txt", "runs/poems/job.json", "runs/poems/corpus/left.txt", "runs/other/status.json"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text("{}")
    before = sorted(place.rglob("*"))
    with pytest.raises(CorpusError):
        teach("nothing.txt", name="poems")
    assert sorted(place.rglob("*")) == before


def test_a_failure_before_the_first_step_takes_the_plan_away(
    teach: Train, corpus: Path, place: Path, monkeypatch: pytest.MonkeyPatch
):
    def fail(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(start_module, "announce", fail)
        with pytest.raises(KeyboardInterrupt):
            teach(corpus, name="poems")
    assert not (place / "runs").exists()
    teach(corpus, name="poems")
    assert (place / "runs" / "poems" / "best").is_dir()


def test_a_run_that_began_stays_when_it_fails(teach: Train, corpus: Path, place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(start_module.Trainer, "_validate", lambda self: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        teach(corpus, name="poems")
    assert json.loads((place / "runs" / "poems" / "status.json").read_text())["state"] == "failed"


def test_all_that_a_run_writes_is_its_own_and_nothing_sends_it_to_itself(teach: Train, place: Path):
    said = teach(english(place / "poems.txt"), training_config=replace(QUICK, epochs=1))
    names = {path.name for path in (place / "runs" / "poems").iterdir()}
    assert names <= {*OWN, "status.json", ".lock"}
    assert not any("generator.train " in line for line in said)


def test_an_unknown_model_is_told_before_anything_is_read(teach: Train, place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(start_module, "prepare", lambda *_, **__: pytest.fail("the source was read"))
    with pytest.raises(CheckpointError, match="nobody"):
        teach(english(place / "poems.txt"), init_from="nobody")
    assert not (place / "runs").exists()


def test_a_network_that_a_simple_model_beats_is_told_so(teach: Train, place: Path):
    source = english(place / "poems.txt")
    said = "\n".join(teach(source, training_config=replace(QUICK, epochs=0.2), name="bad"))
    assert "does not beat a 5-gram model" in said
    assert "more text" in said and "--init-from" in said and "--minutes" not in said
    said = "\n".join(teach(source, training_config=replace(QUICK, epochs=None, minutes=0.01), name="hasty"))
    assert "more --minutes" in said
    simple = RunDirectory(place / "runs" / "bad").metrics()[0]["baselines"]["5-gram"]
    best = json.loads((place / "runs" / "bad" / "best" / "config.json").read_text())
    assert best["scores"]["protocols"]["carried"]["nats"] > simple


def test_a_network_that_beats_it_is_not(teach: Train, corpus: Path, monkeypatch: pytest.MonkeyPatch):
    from generator.training import describing

    monkeypatch.setattr(describing, "baselines", lambda *_: {"uniform": 9.0, "unigram": 9.0, "5-gram": 9.0})
    assert "does not beat" not in "\n".join(teach(corpus))


def test_little_text_is_called_little_up_front(teach: Train, place: Path):
    said = teach(english(place / "poems.txt", 300), training_config=replace(QUICK, epochs=0.2))
    at = next(number for number, line in enumerate(said) if "are little to learn from" in line)
    assert f"{LITTLE:,}" in said[at]
    assert at < next(number for number, line in enumerate(said) if line.startswith("step "))
    long = teach(english(place / "long.txt", 1200), training_config=replace(QUICK, epochs=0.1))
    assert not any("are little to learn from" in line for line in long)
    more = teach(place / "poems.txt", name="more", init_from="poems", training_config=replace(QUICK, epochs=0.1))
    assert not any("are little to learn from" in line for line in more)


def test_the_place_is_kept_by_who_holds_it(teach: Train, corpus: Path, place: Path):
    """A second process that comes too late takes nothing away."""
    run = RunDirectory(place / "runs" / "poems")
    with run.claimed():
        (run.folder / "config.json").write_text("{}")
        with pytest.raises(GeneratorError, match="another process"), RunDirectory(run.folder).claimed():
            pass
        assert (run.folder / "config.json").exists() and (run.folder / ".lock").exists()
    shutil.rmtree(run.folder)
