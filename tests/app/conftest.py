"""A home with a small model of each kind, and an app that knows no other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from small_models import music_model, text_model, verse_model

from generator.app import settings
from generator.app.generating import Pool
from generator.app.melodies import notes
from generator.app.models import Shelf
from generator.music import score_bytes
from generator.music.reading import read_bytes
from generator.rendering import engrave


@pytest.fixture(scope="session")
def models_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Small models, made once."""
    home = tmp_path_factory.mktemp("models")
    text_model(home)
    verse_model(home)
    music_model(home)
    music_model(home, "voices", "choir")
    return home


@pytest.fixture(scope="session", autouse=True)
def readers_of_scores() -> None:
    """Loaded here: pytest compiles parts of them, and Python 3.11 may fail where a page compiles meanwhile."""
    read_bytes(score_bytes(notes("C8|"), ".musicxml"), "musicxml", "one.musicxml")
    engrave(notes("C8|"))


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


@pytest.fixture
def pool_of() -> Iterator[Callable[..., Pool]]:
    """Makes pools of certain limits, and ends them."""
    with ExitStack() as stack:
        yield lambda **most: stack.enter_context(closing(Pool(settings.Limits(**most), Shelf(1))))
