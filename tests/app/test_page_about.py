"""The page About: the scores are those of the checkpoints, and every corpus stands with its licence."""

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from generator.app.about_facts import corpus_facts, model_facts
from generator.corpus.manifest import list_corpora
from generator.places import checkpoints_home

SHIPPED = checkpoints_home()


def app() -> None:
    from generator.app.page_about import page

    page()


def opened(monkeypatch: pytest.MonkeyPatch, home: Path) -> AppTest:
    monkeypatch.setenv("GENERATOR_CHECKPOINTS", str(home))
    found = AppTest.from_function(app, default_timeout=100).run()
    assert not found.exception, found.exception[0].stack_trace
    return found


def test_the_scores_of_the_shipped_models_are_those_of_their_cards():
    found = model_facts(SHIPPED)
    assert {"shakespeare", "sonnets", "tang"} <= {facts.name for facts in found}
    for facts in found:
        assert not facts.problem and facts.parameters
        for name, value in (("carried", facts.carried), ("windowed", facts.windowed)):
            said = re.search(rf"\| validation, {name} \| .* nats, ([\d.]+) bits", facts.card)
            assert (said is None) is (value is None)
            assert said is None or value == pytest.approx(float(said[1]), abs=5e-5)


def test_the_page_shows_models_corpora_and_what_it_cannot_do(monkeypatch: pytest.MonkeyPatch):
    found = opened(monkeypatch, SHIPPED)
    models, corpora = (each.value.replace(r"\u2060|\\(?=.)", "", regex=True) for each in found.table)
    assert list(models.iloc[:, 0]) == [facts.name for facts in model_facts(SHIPPED)]
    config = json.loads((SHIPPED / "shakespeare" / "config.json").read_text())
    row = models[models.iloc[:, 0] == "shakespeare"].iloc[0]
    assert f"{config['scores']['protocols']['carried']['bits']:.3f}" in list(row)
    assert {each.licence for each in list_corpora()} == set(corpora.iloc[:, -1])
    text = " ".join(each.value for each in found.markdown)
    assert all(words in text for words in ("does not understand", "may copy", "sent nowhere", "cookie"))
    assert any(all(words in each.value for words in ("sent nowhere", "cookie")) for each in found.markdown), "one list"


def test_a_folder_without_models_says_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    assert "Train one" in opened(monkeypatch, tmp_path).info[0].value


def test_broken_and_bare_checkpoints_are_told_without_numbers(tmp_path: Path):
    for name, content in (("list", "[]"), ("no-json", "{"), ("odd", '{"scores": {"protocols": 5}, "provenance": 3}')):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(content)
    (tmp_path / "empty").mkdir()
    found = model_facts(tmp_path)
    assert [facts.name for facts in found] == ["empty", "list", "no-json", "odd"]
    assert all(facts.problem and facts.carried is None and facts.card == "" for facts in found)


def test_every_corpus_has_a_licence(tmp_path: Path):
    assert {facts.name: facts.licence for facts in corpus_facts(tmp_path)} == {
        each.name: each.licence for each in list_corpora()
    }
