"""Values in words: every choice of a setting has one, and what a model learnt by a word of its own keeps it."""

from __future__ import annotations

import pytest

from generator.app import languages
from generator.app.request import TASKS
from generator.app.training_options import settings_of
from generator.app.value_names import key_name, note_said, option_name, tag_name, task_names, value_name
from generator.config import ModelConfig, PrepareConfig, TrainingConfig
from generator.decoding.music import REPEATED
from generator.music.pitch import MODES

SAID_AS_THEY_ARE = {"90/5/5", "90/10"}
CHOICES = [
    (setting.name, value)
    for config in (PrepareConfig, ModelConfig, TrainingConfig)
    for setting in settings_of(config)
    if setting.choices is not None and setting.name != "cues"
    for value in (*setting.choices, *([None] if setting.unsaid else []))
    if value not in SAID_AS_THEY_ARE
]


@pytest.fixture(params=["en", "zh_CN"])
def code(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(languages, "language", lambda: request.param)
    return str(request.param)


@pytest.mark.parametrize(("setting", "value"), CHOICES)
def test_every_choice_of_a_setting_has_words(setting: str, value: str | None, code: str):
    said = option_name(setting, value)
    assert said != str(value)
    assert len({option_name(name, each) for name, each in CHOICES if name == setting}) == len(
        [each for name, each in CHOICES if name == setting]
    )


def test_keys_are_said_with_the_signs_of_music(code: str):
    minor = {"en": "minor", "zh_CN": "小调"}[code]
    assert key_name("F# minor") == f"F♯ {minor}"
    assert key_name("Bb minor") == f"B♭ {minor}"
    assert all(key_name(f"C {mode}") != key_name("C") for mode in MODES)
    assert key_name("3 flats").endswith("♭♭♭") and key_name("1 sharp").endswith(" ♯")
    assert (key_name("no signature") == "no signature") == (code == "en")
    for other in ("", "F#", "bebop", "H major", "C none", "C major minor"):
        assert key_name(other) == other


def test_modes_and_tunes_are_said_in_chinese(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(languages, "language", lambda: "zh_CN")
    assert tag_name("mode", "dorian") == "多利亚调式"
    assert tag_name("type", "jig") == "吉格舞曲"
    assert all(not tag_name("mode", mode).isascii() for mode in MODES)
    assert value_name("settings.sampling.precision", "float32") == "精确（float32）"
    assert value_name("verse.repeat", "True") == "是"


@pytest.mark.parametrize(("field", "value"), [("author", "air"), ("theme", "jig"), ("metre", "6/8"), ("mode", "odd")])
def test_what_has_no_words_is_shown_as_it_is(field: str, value: str, code: str):
    assert tag_name(field, value) == value == value_name(field, value)


def test_every_task_has_a_name(code: str):
    assert set(task_names()) == set(TASKS)
    assert value_name("task", "infill") == task_names()["infill"]


def test_a_note_on_repeats_is_said_in_the_language_of_the_page(monkeypatch):
    note = REPEATED.format(bars="5-8", played="5-8 and 13-16")
    assert note_said(note) == note.replace(" and ", ", ")
    monkeypatch.setattr(languages, "language", lambda: "zh_CN")
    said = note_said(note)
    assert "5-8" in said and "13-16" in said and "repeats" not in said
