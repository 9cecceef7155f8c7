"""Records are streamed as the standard library would read them whole; texts and tags are picked."""

import csv
import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.corpus.records import Broken, Picker, guess_field, records_of
from generator.errors import UnreadableFile

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


def chopped(text: str, size: int) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]


@given(st.lists(JSON_VALUES, max_size=6), st.integers(1, 40), st.sampled_from([None, 2]))
@settings(max_examples=300)
def test_an_array_is_streamed_as_it_would_be_loaded(values: list[Any], size: int, indent: int | None) -> None:
    text = json.dumps(values, indent=indent)
    assert list(records_of("json", chopped(text, size), "a.json")) == values


@given(st.lists(JSON_VALUES, min_size=1, max_size=6), st.integers(1, 40), st.data())
def test_an_array_that_is_cut_off_is_an_error(values: list[Any], size: int, data: st.DataObject) -> None:
    text = json.dumps(values)
    cut = text[: data.draw(st.integers(1, len(text) - 1))]
    with pytest.raises(UnreadableFile, match="not JSON"):
        list(records_of("json", chopped(cut, size), "a.json"))


@pytest.mark.parametrize(
    "text", ['[{"a": 1} {"a": 2}]', "[1,, 2]", "[1, 2] 3", '["a", nothing]', "[,1]", "[1,]", "nothing", ""]
)
def test_what_is_not_json_is_an_error(text: str) -> None:
    with pytest.raises(UnreadableFile, match="not JSON"):
        list(records_of("json", [text] if text else [], "a.json"))


def test_deep_nesting_is_an_error_and_not_a_crash() -> None:
    with pytest.raises(UnreadableFile):
        list(records_of("json", ["[" * 200_000], "a.json"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"data": [{"text": "a"}, {"text": "b"}], "version": 1}, [{"text": "a"}, {"text": "b"}]),
        ({"x": {"text": "a"}, "y": {"text": "b"}}, [{"text": "a"}, {"text": "b"}]),
        ({"text": "a", "author": "b"}, [{"text": "a", "author": "b"}]),
    ],
)
def test_an_object_gives_its_records(value: Any, expected: list[Any]) -> None:
    assert list(records_of("json", [json.dumps(value)], "a.json")) == expected


def test_a_broken_line_costs_only_itself() -> None:
    found = list(records_of("jsonl", ['{"a": 1}\n{broken\n', '\n"text"\n'], "a.jsonl"))
    assert found == [{"a": 1}, Broken("not JSON"), "text"]


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r\0"), max_size=6),
            min_size=2,
            max_size=2,
        ),
        min_size=1,
        max_size=6,
    ),
    st.integers(1, 20),
    st.sampled_from(",;\t|"),
)
def test_tables_are_read_as_they_were_written(rows: list[list[str]], size: int, delimiter: str) -> None:
    file = io.StringIO(newline="")
    writer = csv.writer(file, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows([["poem", "author"], *rows])
    first, rest = file.getvalue().split("\n", 1)
    found = list(records_of("csv", [first + "\n", *chopped(rest, size)], "a.csv"))
    assert found == [{"poem": poem, "author": author} for poem, author in rows]


def test_a_table_without_header_has_numbered_columns() -> None:
    found = list(records_of("csv", ["1,some text\n2,more text\n"], "a.csv"))
    assert found == [{"1": "1", "2": "some text"}, {"1": "2", "2": "more text"}]


def test_a_row_of_another_width_is_broken() -> None:
    found = list(records_of("csv", ["a,b\n1,2\n1,2,3\n"], "a.csv"))
    assert found == [{"a": "1", "b": "2"}, Broken("3 columns where the table has 2")]


def test_an_open_quote_is_an_error() -> None:
    with pytest.raises(UnreadableFile, match="not a table"):
        list(records_of("csv", ['a,b\n1,"never ends\n'], "a.csv"))


@pytest.mark.parametrize(
    ("records", "field"),
    [
        ([{"title": "A", "content": "b"}], "content"),
        ([{"title": "A very long title indeed", "Text": "b"}], "Text"),
        ([{"name": "short", "chinese": "a much longer piece of text"}], "chinese"),
        ([{"paragraphs": ["a", "b"], "author": "C", "biography": "long " * 50}], "paragraphs"),
    ],
)
def test_the_field_is_guessed_by_name_or_by_length(records: list[Any], field: str) -> None:
    found = guess_field(records, None)
    assert (found.name, found.guessed) == (field, True)


def test_a_field_that_is_not_there_is_named_with_those_that_are() -> None:
    with pytest.raises(UnreadableFile, match=r"'poem'.*title"):
        guess_field([{"title": "a"}], "poem")
    with pytest.raises(UnreadableFile, match="no field"):
        guess_field([{"n": 1}], None)


def test_fields_that_could_be_tags_are_told() -> None:
    records = [{"text": f"text {index}", "author": "AB"[index % 2], "id": str(index)} for index in range(10)]
    assert guess_field(records, None).others == {"author": 2}


def test_texts_and_tags_are_picked_and_losses_counted() -> None:
    records = [
        {"text": ["one", "two"], "by": "Ann", "year": 1901},
        {"text": " \n", "by": "Ann"},
        {"by": "Bob"},
        Broken("not JSON"),
        {"text": "three\r\nfour", "by": ["Ann", "Bob"], "year": None},
        {"text": "half \ud800 pair\0"},
    ]
    picker = Picker("text", {"author": "by", "year": "year"}, {"length": lambda text: str(len(text))})
    assert list(picker.pick(iter(records))) == [
        ("one\ntwo", ["Ann", "1901", "7"]),
        ("three\nfour", ["Ann, Bob", "", "10"]),
        ("half \ufffd pair", ["", "", "11"]),
    ]
    assert picker.dropped == {"empty": 1, "no text in 'text'": 1, "not JSON": 1}
    assert sum(picker.mended.values()) == 2
