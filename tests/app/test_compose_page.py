"""The page Compose as a person meets it: choosing, asking, reading, going on; in two languages; apart from others."""

from __future__ import annotations

import json
import re
import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
APP = ROOT / "streamlit_app.py"


def opened(**params: str) -> AppTest:
    """A tab that opens the app."""
    page = AppTest.from_file(str(APP), default_timeout=100)
    for name, value in params.items():
        page.query_params[name] = value
    return run(page)


def run(page: AppTest) -> AppTest:
    page.run()
    for _ in range(200):  # a file that is given is read beside the page
        if not any("Reading the file" in each.value for each in page.caption):
            break
        time.sleep(0.02)
        page.run()
    assert not page.exception, [each.value for each in page.exception]
    return page


def press(page: AppTest, ending: str) -> AppTest:
    """Press the first button whose key ends so, and wait until what it asks for is written."""
    button = next(each for each in page.button if (each.key or "").endswith(ending))
    button.click()
    run(page)
    for _ in range(600):
        under_way = any((each.key or "").endswith("stop") for each in page.button)
        if not under_way and not any("…" in each.value for each in page.caption):
            return page
        time.sleep(0.05)
        run(page)
    raise AssertionError("it does not end")


def chosen(model: str, **values: object) -> AppTest:
    """A tab with a model chosen and controls set."""
    page = opened()
    button = next(each for each in page.button if each.key == f"choose {model}")
    if not button.disabled:
        button.click()
        run(page)
    for name, value in {"seed": "5", **values}.items():
        page.session_state[f"c_{name}"] = value
    return page


def written(page: AppTest) -> list[str]:
    """The texts of all variations."""
    return [each.value for each in page.text if each.value != "…"]


def link_of(page: AppTest) -> dict[str, str]:
    """The parameters of the first link that the page offers."""
    code = next(each.value for each in page.code if "m=" in each.value)
    return {name: values[-1] for name, values in parse_qs(urlsplit(code).query, keep_blank_values=True).items()}


def test_a_text_in_one_click(app_home: Path):
    page = press(chosen("prose", length=60), "compose write")
    assert [len(each) for each in written(page)] == [60]
    assert any("Seed 5" in each.value for each in page.caption)
    assert any("bits per character" in each.value for each in page.caption)
    assert page.query_params["m"] in ("prose", ["prose"])


def test_variations_stand_side_by_side_and_the_link_of_one_writes_it_again(app_home: Path):
    page = press(chosen("prose", length=60, count=3), "compose write")
    three = written(page)
    assert len(three) == len(set(three)) == 3
    link = link_of(page)
    again = opened(**link)
    for _ in range(200):
        if written(again) == three[:1]:
            break
        time.sleep(0.05)
        run(again)
    assert written(again) == three[:1]
    assert link["seed"] == "5" and len(link["d"]) == 12


def test_a_poem_keeps_its_form_and_a_wish_that_cannot_be_met_says_so_where_it_was_entered(app_home: Path):
    page = press(chosen("poems", form="wujue", candidates=2), "compose write")
    poem = next(each.value for each in page.text if "，" in each.value)
    assert [len(line) for line in re.split("[，。\n]+", poem) if line] == [5, 5, 5, 5]
    page.text_input(key="c_rhyme").set_value("no such rhyme")
    page = press(page, "compose write")
    error = next(each.value for each in page.error)
    assert "no such rhyme" in error
    assert "--" not in error
    page.text_input(key="c_rhyme").set_value("")
    assert not press(page, "compose write").error


def test_a_poem_in_a_form_is_gone_on_from_freely(app_home: Path):
    page = press(chosen("poems", form="wujue", candidates=2, length=40), "compose write")
    poem = page.session_state["desk"].jobs[-1].snapshot().rows[0].written
    page = press(page, "0 continue")
    job = page.session_state["desk"].jobs[-1]
    assert job.error is None and job.request.verse.form is None and job.request.prompt == poem + "\n"
    assert job.snapshot().rows[0].written


def test_each_model_shows_its_own_controls(app_home: Path):
    labels = {}
    for model in ("prose", "poems", "tunes", "choir"):
        page = chosen(model)
        run(page)
        widgets = [*page.text_input, *page.selectbox, *page.number_input, *page.text_area, *page.radio]
        labels[model] = {each.label for each in widgets}
        assert all(each.help for each in widgets if each.key != "language_switch"), model
    assert "Rhyme" in labels["poems"] and "Key" not in labels["poems"]
    for model in ("tunes", "choir"):
        assert {"Key", "Tempo", "Bars", "Metre"} <= labels[model] and "Rhyme" not in labels[model]
    assert not {"Rhyme", "Key"} & labels["prose"]


def test_a_preset_sets_the_fine_settings(app_home: Path):
    page = chosen("prose")
    run(page)
    page.button_group[0].set_value("wild")
    run(page)
    assert page.slider(key="c_temperature").value > 1
    page.slider(key="c_temperature").set_value(0.3)
    run(page)
    assert not page.button_group[0].value


def test_continue_again_and_back_to_the_controls(app_home: Path):
    page = press(chosen("prose", length=60), "compose write")
    first = written(page)[0]
    page = press(page, "0 continue")
    assert page.text_area(key="c_prompt").value == first
    assert any(each.startswith(first) and len(each) > len(first) for each in written(page))
    page = press(page, "0 again")
    seed = next(re.search(r"Seed (\d+)", each.value) for each in page.caption if "Seed" in each.value)
    assert seed is not None and seed[1] != "5"
    page = press(page, "0 copy")
    assert page.text_input(key="c_seed").value == seed[1]


def test_how_sure_the_model_was_comes_as_data_and_not_as_html(app_home: Path):
    page = press(chosen("prose", length=60, prompt="O rose, "), "compose write")
    (text,) = written(page)
    page.toggle[0].set_value(True)
    run(page)
    assert not written(page)  # a component shows it
    (shown,) = [each.proto for each in page.get("bidi_component") if each.proto.component_name == "generator_certainty"]
    data = json.loads(shown.json)
    assert data["prompt"] + "".join(written for written, _p, _others in data["tokens"]) == text
    assert "rose" not in shown.html_content + shown.js_content
    assert all(0 <= p <= 1 and len(others) == 5 for _written, p, others in data["tokens"])


def test_chinese_throughout(app_home: Path):
    page = opened(lang="zh")
    assert page.title[0].value == "创作"
    labels = [
        each.label
        for each in [*page.button, *page.slider, *page.text_input, *page.number_input]
        if not (each.key or "").startswith("choose ")
    ]  # whose labels are names
    assert all(re.search(r"[一-鿿]|^(Top|Min)-[kp]$", label) for label in labels), labels
    page.radio(key="language_switch").set_value("en")
    run(page)
    assert page.title[0].value == "Compose"
    assert page.query_params["lang"] in ("en", ["en"])


def test_a_link_to_what_is_not_here_says_so(app_home: Path):
    assert any("no model" in each.value for each in opened(m="/etc/passwd").error)
    assert opened(m="poems", form="/tmp/x.toml").error


def test_two_tabs_know_nothing_of_each_other(app_home: Path):
    one = press(chosen("prose", length=60), "compose write")
    other = run(opened())
    assert not written(other)
    assert "5" not in [each.value for each in other.text_input]
    other = press(chosen("prose", length=60, seed="6"), "compose write")
    assert not set(written(one)) & set(written(other))
    assert not any("Earlier" in each.label for each in other.expander)


def test_without_a_model_it_says_what_to_do(app_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("GENERATOR_CHECKPOINTS", str(tmp_path / "none"))
    assert "Train" in opened().info[0].value


def players(page: AppTest) -> list[Any]:
    """The players of pieces of music on the page."""
    return [each for each in page.get("bidi_component") if each.proto.component_name == "generator_player"]


@pytest.mark.slow
def test_a_tune_is_engraved_and_sounds(app_home: Path):
    page = press(chosen("tunes", bars="2"), "compose write")
    for _ in range(300):
        if players(page):
            break
        time.sleep(0.1)
        run(page)
    (player,) = players(page)
    tokens = json.loads(player.proto.json)["tokens"]
    assert [bar for bar, _ in tokens] == [0, 1], "what the model wrote, bar by bar"
    assert [word for _, bar in tokens for word in bar] == page.session_state["desk"].jobs[-1].snapshot().rows[
        0
    ].text.split()


def test_nothing_on_a_page_is_ever_html():
    for path in [APP, *(ROOT / "generator" / "app").rglob("*.py")]:
        text = path.read_text(encoding="utf-8")
        for word in (
            "unsafe_allow_html",
            "components.v1",
            "st.html(",
            "innerHTML",
            "insertAdjacentHTML",
            "document.write",
        ):
            assert word not in text, f"{path.name}: {word}"


def test_what_is_kept_stands_in_the_gallery_with_all_that_makes_it_again(app_home: Path):
    from generator.app.request import Request
    from generator.app.store import the_store

    page = press(chosen("prose", length=60), "compose write")
    page = press(page, "0 heart")
    assert any(each.label == "Kept" for each in page.button)
    (piece_id,) = page.session_state["compose kept"].values()
    piece = the_store().get(piece_id)
    assert piece is not None
    assert piece.text == written(page)[0]
    request = Request.from_dict(piece.settings)
    assert (request.model, request.sampling.seed, request.sampling.length, request.count) == ("prose", 5, 60, 1)


def page_with_a_wish() -> None:
    import streamlit as st

    from generator.app.session import kept_widgets

    with kept_widgets():
        if st.session_state.get("here", True):
            st.text_input("A wish", key="c_wish")
        st.caption(str(st.session_state.get("c_wish")))


def test_wishes_outlive_a_page_that_was_left_while_it_was_drawn():
    page = AppTest.from_function(page_with_a_wish).run()
    page.text_input(key="c_wish").input("a rose").run()
    page.session_state["here"] = False
    del page.session_state["c_wish"]  # as Streamlit does, before the next page begins
    page._run()
    assert [each.value for each in page.caption] == ["a rose"]
    page.session_state["here"] = True
    page.run()
    assert page.text_input(key="c_wish").value == "a rose"
