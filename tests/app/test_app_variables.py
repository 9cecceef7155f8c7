"""What the documentation of the app says is what the app does: its variables, and the files that it writes."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from generator.app import corpora_preparing, corpora_statistics, settings, store, training_jobs, uploads
from generator.app.settings import PREFIX, Limits, read_limits

ROOT = Path(settings.__file__).parents[2]
APP = (ROOT / "docs" / "app.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| (`GENERATOR_APP_[^|]*) \| ([^|]*) \|", APP, re.MULTILINE)


def documented() -> dict[str, str]:
    """Each variable of the table, with its default."""
    found: dict[str, str] = {}
    for names, defaults in ROWS:
        several = re.findall(r"`(\w+)`", names)
        values = [each.strip() for each in defaults.split(",")] if len(several) > 1 else [defaults.strip()]
        assert not set(several) & set(found), several
        found.update(dict(zip(several, values, strict=True)))
    return found


@pytest.mark.parametrize("field", fields(Limits), ids=lambda field: str(field.name))
def test_every_limit_is_in_the_table_with_its_default(field):
    said = documented()[PREFIX + field.name.upper()]
    assert float(said) == field.default
    assert read_limits({PREFIX + field.name.upper(): said}) == Limits()


def test_every_variable_of_the_app_is_in_the_table_and_no_other():
    sources = [ROOT / "Makefile", *sorted((ROOT / "generator" / "app").glob("*.py"))]
    named = {name for path in sources for name in re.findall(r"GENERATOR_APP_[A-Z_]*[A-Z]", path.read_text("utf-8"))}
    named |= {PREFIX + field.name.upper() for field in fields(Limits)}
    assert set(documented()) == named


@pytest.mark.parametrize(
    "name",
    [
        training_jobs.JOB,
        training_jobs.LOG,
        f"runs/{training_jobs.LOCK}",
        corpora_statistics.STATISTICS,
        f"data/{uploads.FOLDER}/",
        f"data/{corpora_preparing.FOLDER}/",
        corpora_preparing.REQUEST,
        corpora_preparing.PROGRESS,
    ],
)
def test_what_the_app_writes_is_told(name: str):
    assert f"`{name}`" in ARCHITECTURE


def test_where_the_gallery_lies_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("GENERATOR_APP_FOLDER", str(tmp_path))
    place = store.store_path()
    assert place.parent == tmp_path
    assert f"`{place.name}`" in APP and f"`{place.name}`" in ARCHITECTURE


def test_every_module_of_the_app_stands_in_the_table_once():
    folder = ROOT / "generator" / "app"
    rows = re.findall(r"^\| ((?:`\w+\.py` ?)+)\|", APP, re.MULTILINE)
    told = [name for row in rows for name in re.findall(r"`(\w+\.py)`", row)]
    assert sorted(told) == sorted(path.name for path in folder.glob("*.py") if path.name != "__init__.py")
