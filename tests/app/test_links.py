"""A link says a request whole, and whatever an address says is checked."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.app.links import LONGEST, address, params_of, request_of
from generator.app.request import Request
from generator.config import MusicConfig, SamplingConfig, VerseConfig
from generator.errors import ConfigError

words = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
samplings = st.builds(
    SamplingConfig,
    length=st.integers(1, 5000),
    temperature=st.floats(0, 3),
    top_k=st.integers(0, 50),
    top_p=st.floats(0.1, 1),
    min_p=st.floats(0, 1),
    seed=st.integers(0, 2**53),
    precision=st.sampled_from(["auto", "int8", "float32"]),
)
verses = st.builds(
    VerseConfig,
    form=st.none() | words,
    acrostic=st.none() | words,
    theme=st.none() | words,
    word=st.lists(words, max_size=3).map(tuple),
    repeat=st.booleans(),
    candidates=st.integers(1, 64),
)
pieces = st.builds(MusicConfig, key=st.none() | words, tempo=st.none() | st.floats(10, 400), bars=st.none() | words)
requests = st.builds(
    Request,
    model=words,
    prompt=st.just("") | words,
    sampling=samplings,
    count=st.integers(1, 4),
    tags=st.dictionaries(words, words, max_size=3),
    verse=verses,
    music=pieces,
)


@given(requests)
def test_a_request_comes_back_from_its_address(request: Request):
    params = params_of(request, "abcdef")
    assert params is not None
    found = request_of(
        parse_qs(urlsplit(address("http://localhost:8501/?old=1", params)).query, keep_blank_values=True)
    )
    assert found == (request, "abcdef")


def test_a_melody_travels_as_abc_and_other_files_do_not():
    melody = Request("tunes", task="harmonise", score=b"X:1\nK:C\nCDEF\n", score_name="melody.abc")
    params = params_of(melody)
    assert params is not None
    assert request_of(params) == (melody, "")
    assert params_of(Request("tunes", task="harmonise", score=b"MThd", score_name="melody.mid")) is None


def test_what_is_too_long_for_an_address_has_none():
    assert params_of(Request("prose", prompt="a" * LONGEST)) is None


@pytest.mark.parametrize(
    "params",
    [
        {"temperature": ["-1"]},
        {"temperature": ["nan"]},
        {"temperature": ["warm"]},
        {"top_p": ["0"]},
        {"seed": ["-3"]},
        {"length": ["1e9"]},
        {"precision": ["float8"]},
        {"book": ["mine"]},
        {"n": ["four"]},
        {"p": ["a" * 5 * LONGEST]},
        {"task": ["continue"], "abc": ["X:1\nK:C\n" + "c|" * (LONGEST // 2)]},
    ],
)
def test_an_address_that_asks_for_nonsense_is_refused(params: dict[str, list[str]]):
    with pytest.raises(ConfigError):
        request_of({"m": ["prose"], **params})


def test_an_address_without_a_model_asks_for_nothing():
    assert request_of({"lang": ["zh"], "temperature": ["0.5"]}) is None
