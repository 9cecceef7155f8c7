"""The face for Python programs."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

import generator
from generator import checkpoint, tokenizers
from generator.config import ModelConfig
from generator.corpus.packing import turned
from generator.decoding import Alphabet
from generator.errors import DecodingError
from generator.model import LanguageModel
from generator.seeding import torch_generator

TEXT = "O rose, thou art sick!\nThe invisible worm,\n"


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> generator.Model:
    monkeypatch.setenv("GENERATOR_CACHE", str(tmp_path / "cache"))
    tokenizer = tokenizers.train("char", [TEXT])
    config = ModelConfig(
        vocab_size=tokenizer.vocab_size, embed_dim=24, hidden_size=24, num_layers=1, tie_weights=True, dropout=0.0,
        input_dropout=0.0, tag_sizes=(2,),
    )  # fmt: skip
    details = {"name": "rose", "medium": "text", "tag_fields": {"form": ["song", "ode"]}, "start_text": "\n"}
    network = LanguageModel(config, torch_generator(1)).eval()
    checkpoint.save(tmp_path / "rose", network, tokenizer, details, "# rose\n")
    return generator.load(tmp_path / "rose")


def test_three_lines_are_enough(model: generator.Model):
    text = "".join(step.text for step in itertools.islice(model.stream("The ", temperature=0.8, seed=7), 50))
    assert len(text) == 50
    assert model.generate("The ", temperature=0.8, seed=7, length=50)[0].text == "The " + text


def test_a_model_says_what_it_is(model: generator.Model):
    assert model.name == "rose"
    assert model.tag_fields == {"form": ["song", "ode"]}
    assert model.config["medium"] == "text"
    assert "rose" in repr(model)


def test_settings_and_arguments_reach_the_generation(model: generator.Model):
    samples = model.generate(
        "O",
        count=3,
        length=30,
        seed=4,
        precision="int8",
        tags={"form": "ode"},
        constraints=[Alphabet("rose")],
        until="ro",
    )
    assert [sample.seed for sample in samples] == [4, 5, 6]
    assert all(set(sample.written) <= set("rose") for sample in samples)
    assert all("ro" not in sample.written[:-1] for sample in samples)
    assert model.generate("O", count=2, length=30, seed=4) != model.generate("O", count=2, length=30, seed=9)


def test_the_score_is_that_of_the_sample(model: generator.Model):
    sample = model.generate("The worm", length=40, seed=1, precision="float32")[0]
    after = model.score(sample.written, context="The worm")
    assert after.characters == 40
    assert after.bits_per_char > 0
    # a text of its own starts behind the boundary, where sampling starts from the prompt alone
    assert after.bits_per_char == pytest.approx(sample.bits_per_char, rel=0.05)
    assert model.score("rose", tags={"form": "ode"}).nats != model.score("rose", tags={"form": "song"}).nats


def test_mistakes_are_told_in_words(model: generator.Model):
    with pytest.raises(generator.ConfigError, match="no setting temprature"):
        model.stream("O", temprature=0.5)
    with pytest.raises(generator.ConfigError, match="top-p"):
        model.stream("O", top_p=1.5)
    with pytest.raises(generator.UnknownSymbol):
        model.stream("Ø")
    with pytest.raises(generator.DecodingError, match="no form 'sung'"):
        model.stream("O", tags={"form": "sung"})
    with pytest.raises(generator.CheckpointError):
        generator.load("no such model")


def test_a_model_that_writes_lines_from_their_ends_is_read_and_asked_forwards(model: generator.Model, tmp_path: Path):
    loaded = checkpoint.load(tmp_path / "rose")
    config = {key: value for key, value in loaded.config.items() if key != "model"}
    checkpoint.save(tmp_path / "turned", loaded.model, loaded.tokenizer, {**config, "backward": True}, "# turned\n")
    other = generator.load(tmp_path / "turned")
    settings = {"seed": 4, "length": 200, "precision": "float32"}
    written = other.generate("O rose,\n", **settings)[0].written
    assert written == turned(model.generate(turned("O rose,\n"), **settings)[0].written)
    assert "".join(step.text for step in other.stream("O rose,\n", **settings)) == written
    text, context = "The worm,\nthe rose", "O rose,\n"
    assert other.score(text, context=context).nats == model.score(turned(text), context=turned(context)).nats
    with pytest.raises(DecodingError, match="within a line"):
        other.score(text, context="O rose")
    with pytest.raises(DecodingError, match="within a line"):
        other.generate("O rose")
