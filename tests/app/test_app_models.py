"""Cards say what a checkpoint is; the shelf loads each once, and keeps a few."""

from __future__ import annotations

import json
import re
import shutil
import threading
from dataclasses import asdict
from pathlib import Path

import pytest
from small_models import text_model

from generator import checkpoint
from generator.app.controls import defaults, request_of, tags_of, values_of, wishes_of
from generator.app.models import Shelf, cards, digest_of, find_card, training_text
from generator.app.presets import PRESETS, preset_of
from generator.app.samples import heard_of, make_sample, sample_of
from generator.app.settings import Limits, read_limits
from generator.config import SamplingConfig
from generator.errors import CheckpointError


def test_cards_say_what_each_model_writes(models_home: Path, tmp_path: Path):
    found = {card.name: card for card in cards(models_home, tmp_path)}
    assert {name: (card.kind, card.language, card.alphabet) for name, card in found.items()} == {
        "prose": ("text", "", ""),
        "poems": ("verse", "zh", ""),
        "tunes": ("music", "", "melody"),
        "choir": ("music", "", "voices"),
    }
    assert not any(card.problem for card in found.values())
    assert found["prose"].parameters > 1000
    assert wishes_of(found["prose"]) == ()
    assert tags_of(found["prose"]) == {"author": ["Blake", "Keats"]}
    assert "rhyme" in wishes_of(found["poems"]) and "key" not in wishes_of(found["poems"])
    assert "key" in wishes_of(found["tunes"]) and "rhyme" not in wishes_of(found["tunes"])
    assert set(tags_of(found["tunes"])) == {"metre", "mode"}
    assert training_text(found["prose"], tmp_path) is None


def test_what_was_trained_here_comes_after_and_what_is_damaged_says_so(models_home: Path, tmp_path: Path):
    shutil.copytree(models_home / "prose", tmp_path / "mine" / "best")
    broken = tmp_path / "broken" / "last"
    shutil.copytree(models_home / "prose", broken)
    (broken / "config.json").write_text(json.dumps([1, 2]))
    found = cards(models_home, tmp_path)
    assert [card.name for card in found[-2:]] == ["runs/mine", "runs/broken"] or {card.name for card in found[-2:]} == {
        "runs/mine",
        "runs/broken",
    }
    assert next(card for card in found if card.name == "runs/broken").problem
    assert find_card("runs/mine", found).own


def test_a_model_is_loaded_once_and_a_few_are_kept(models_home: Path, tmp_path: Path):
    found = {card.name: card for card in cards(models_home, tmp_path)}
    shelf, seen = Shelf(2), []
    threads = [threading.Thread(target=lambda: seen.append(shelf.get(found["prose"]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 4 and len({id(each) for each in seen}) == 1
    shelf.get(found["poems"])
    shelf.get(found["prose"])
    shelf.get(found["tunes"])
    assert found["poems"] not in shelf and found["prose"] in shelf and found["tunes"] in shelf


def test_a_checkpoint_that_is_written_anew_is_another(tmp_path: Path):
    folder = text_model(tmp_path / "models")
    first, shelf = digest_of(folder), Shelf(1)
    card = find_card("prose", cards(tmp_path / "models", tmp_path))
    loaded = shelf.get(card)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "note": "other"}))
    assert digest_of(folder) != first
    assert shelf.get(card) is not loaded


def test_a_checkpoint_that_is_written_anew_while_it_is_loaded_is_loaded_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = text_model(tmp_path / "models")
    card = find_card("prose", cards(tmp_path / "models", tmp_path))
    load, times = checkpoint.load, [1]

    def loading(path: Path) -> checkpoint.Checkpoint:
        found = load(path)
        if times:
            config = json.loads((folder / "config.json").read_text())
            (folder / "config.json").write_text(json.dumps({**config, "note": " " * times.pop()}))
        return found

    monkeypatch.setattr(checkpoint, "load", loading)
    shelf = Shelf(2)
    loaded = shelf.get(card)
    assert loaded.checkpoint.config["note"] == " " and loaded.digest == digest_of(folder)
    assert shelf.get(card) is loaded
    times += range(2, 50)
    (folder / "config.json").write_text((folder / "config.json").read_text() + " ")
    with pytest.raises(CheckpointError, match="anew"):
        shelf.get(card)


def test_controls_and_requests_say_the_same(models_home: Path, tmp_path: Path):
    limits = Limits()
    for card in cards(models_home, tmp_path):
        request = request_of({"seed": "7", "temperature": 1.3, "count": 2}, card, limits)
        assert request.sampling.seed == 7
        assert request_of(values_of(request, card, limits), card, limits) == request
        assert set(values_of(request, card, limits)) == set(defaults(card, limits))


def test_presets_are_told_again():
    for name, preset in PRESETS.items():
        assert preset_of({"seed": 4, **asdict(preset)}) == name
    assert preset_of({**asdict(PRESETS["safe"]), "temperature": 0.123}) is None
    assert preset_of({"temperature": PRESETS["balanced"].temperature}) is None
    assert preset_of(SamplingConfig(temperature=PRESETS["balanced"].temperature).to_dict()) == "balanced"


def test_limits_come_from_the_environment():
    assert read_limits({}) == Limits()
    found = read_limits({"GENERATOR_APP_LENGTH": "50", "GENERATOR_APP_SECONDS": "1.5", "GENERATOR_APP_QUEUE": ""})
    assert (found.length, found.seconds, found.queue) == (50, 1.5, Limits().queue)


def test_a_card_has_a_sample_once_its_model_was_loaded(app_home: Path, tmp_path: Path):
    found = {card.name: card for card in cards(app_home, tmp_path)}
    assert not sample_of(found["poems"])
    for name in ("poems", "prose", "tunes"):
        make_sample(Shelf(1).get(found[name]))
    assert len(re.sub("[，。\n]", "", sample_of(found["poems"]))) == 28
    assert sample_of(found["prose"])
    assert not sample_of(found["tunes"]) and heard_of(found["tunes"])
