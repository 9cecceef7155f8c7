"""A home with a small model of each kind, and an app that knows no other."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from small_models import music_model, text_model, verse_model

from generator.app import settings


@pytest.fixture(scope="session")
def models_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small models, made once."""
    home = tmp_path_factory.mktemp("models")
    text_model(home)
    verse_model(home)
    music_model(home)
    music_model(home, "voices", "choir")
    return home


@pytest.fixture
def app_home(models_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The surroundings of the app: these models, an empty working folder, nothing kept elsewhere."""
    monkeypatch.setenv("GENERATOR_CHECKPOINTS", str(models_home))
    monkeypatch.setenv("GENERATOR_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("GENERATOR_APP_AHEAD", "0")
    monkeypatch.setenv("GENERATOR_APP_FOLDER", str(tmp_path / "app"))
    monkeypatch.chdir(tmp_path)
    settings.limits.cache_clear()
    yield models_home
    settings.limits.cache_clear()
