"""The address of the page Compose: what it asks for is checked and said openly, and what is shown stands in it."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from small_models import put
from streamlit.testing.v1 import AppTest
from test_compose_page import chosen, opened, press, run

from generator import tokenizers
from generator.app.controls import defaults, request_of
from generator.app.models import Card, read_card
from generator.app.request import LONGEST_WISH, Request, check
from generator.app.settings import Limits
from generator.config import MusicConfig, SamplingConfig, VerseConfig
from generator.errors import ConfigError


def in_sight(page: AppTest) -> list[str]:
    """The errors that are not folded away."""
    folded = {
        error.proto.SerializeToString() for each in page.expander if not each.proto.expanded for error in each.error
    }
    return [error.value for error in page.error if error.proto.SerializeToString() not in folded]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"m": "prose", "temperature": "-1"}, "-1"),
        ({"m": "prose", "length": "999999"}, "999,999"),
        ({"m": "poems", "form": "wujue", "candidates": "200"}, "200"),
        ({"m": "prose", "n": "5"}, "at most 4"),
        ({"m": "prose", "n": "0"}, "at least one"),
        ({"m": "prose", "n": "-1"}, "at least one"),
        ({"m": "prose", "n": "many"}, "many"),
        ({"m": "prose", "top_p": "nan"}, "nan"),
        ({"m": "prose", "tag.author": "nobody"}, "nobody"),
        ({"m": "tunes", "bars": "9999"}, "9,999"),
        ({"m": "tunes", "tempo": "1e9"}, "empo"),
        ({"m": "tunes", "task": "bogus"}, "bogus"),
        ({"m": "choir", "strictness": "1e300"}, "parallel"),
    ],
)
def test_what_cannot_be_asked_is_said_in_sight(app_home: Path, asked: dict[str, str], said: str):
    page = opened(**asked)
    for _ in range(100):
        if page.error:
            break
        run(page)
    assert any(said in each for each in in_sight(page)), [each.value for each in page.error]
    assert not run(page).exception  # nor when it is drawn again


def card(home: Path, name: str) -> Card:
    return read_card(home / name, name)


@pytest.mark.parametrize(
    "asked",
    [
        Request("poems", verse=VerseConfig(form="wujue", theme="月" * (LONGEST_WISH + 1))),
        Request("poems", verse=VerseConfig(form="wujue", word=("月",) * (LONGEST_WISH + 1))),
        Request("prose", tags={"author": "x" * (LONGEST_WISH + 1)}),
        Request("prose", tags={"x" * (LONGEST_WISH + 1): "y"}),
        Request("tunes", music=MusicConfig(key="E" * (LONGEST_WISH + 1))),
        Request("tunes", music=MusicConfig(bars="000000000400")),
        Request("tunes", music=MusicConfig(bars="9" * 30)),
        Request("tunes", sampling=SamplingConfig(precision="auto"), task="x" * 1000),
    ],
)
def test_wishes_are_bounded_here_and_not_only_in_the_browser(app_home: Path, asked: Request):
    with pytest.raises(ConfigError) as refused:
        check(asked, card(app_home, asked.model), Limits())
    assert len(refused.value.message) < 300


@pytest.mark.parametrize("limits", [Limits(length=50), Limits(candidates=2)])
@pytest.mark.parametrize("model", ["prose", "poems", "tunes", "choir"])
def test_under_tight_limits_the_untouched_controls_may_be_pressed(app_home: Path, limits: Limits, model: str):
    of = card(app_home, model)
    check(request_of(defaults(of, limits), of, limits), of, limits)
    if model == "prose":
        tight = dataclasses.replace(limits, length=limits.length - 1)
        with pytest.raises(ConfigError):
            check(Request(model, sampling=SamplingConfig(length=limits.length)), of, tight)


def test_what_is_shown_again_stands_in_the_address_again(app_home: Path):
    page = press(chosen("prose", length=20), "compose write")
    page.session_state["c_seed"] = "6"
    press(page, "compose write")
    assert page.query_params["seed"] in ("6", ["6"])
    press(page, "show")
    assert page.query_params["seed"] in ("5", ["5"])


def test_who_comes_back_finds_what_is_shown_in_the_address(app_home: Path):
    page = press(chosen("prose", length=20), "compose write")
    page.session_state["page shown"] = "gallery"
    for name in list(page.query_params):
        del page.query_params[name]  # the links of the navigation are bare
    run(page)
    assert page.query_params["seed"] in ("5", ["5"])
    for name in list(page.query_params):
        del page.query_params[name]
    run(page)  # the browser's Back, on the same page
    assert "seed" not in page.query_params


def test_a_complaint_goes_with_its_model(app_home: Path):
    page = opened(m="poems", form="/tmp/x.toml")
    assert page.error
    next(each for each in page.button if each.key == "choose tunes").click()
    assert not run(page).error


def test_the_name_of_a_tag_is_no_markdown(app_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    field = "![x](https://there.example/t.png) **b**"
    tokenizer = tokenizers.train("char", ["a rose\n"])
    put(tmp_path / "models" / "odd", tokenizer, medium="text", start_text="\n", tag_fields={field: ["one", "two"]})
    monkeypatch.setenv("GENERATOR_CHECKPOINTS", str(tmp_path / "models"))
    page = opened(m="odd")
    label = next(each.label for each in page.selectbox if (each.key or "").startswith("c_tag."))
    assert not re.search(r"(?<!\\)[*\[!]", label)
