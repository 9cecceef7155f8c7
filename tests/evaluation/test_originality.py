"""The index of copies against brute force over all pairs of places."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import CorpusError
from generator.evaluation import OriginalityIndex, open_index, originality
from generator.evaluation.suffixes import suffix_array

few = st.text(st.sampled_from("ab"), max_size=40)
any_text = st.text(max_size=30) | few | st.text(st.sampled_from("abc\n 月月光😀"), max_size=40)


def brute(sample: str, start: int, pieces: list[str]) -> int:
    """Longest run of the sample from ``start`` on that one of the pieces has."""
    return max(n for n in range(len(sample) - start + 1) if any(sample[start : start + n] in p for p in pieces))


@settings(max_examples=200, deadline=None)
@given(st.integers(1, 4).flatmap(lambda most: st.lists(st.integers(0, most), max_size=120)), st.integers(3, 32))
def test_suffixes_are_in_order(symbols: list[int], bits: int) -> None:
    expected = sorted(range(len(symbols)), key=lambda place: symbols[place:])
    assert suffix_array(np.array(symbols, np.uint32), bits).tolist() == expected
    assert suffix_array(np.array(symbols, np.uint8), bits).tolist() == expected


@settings(max_examples=300, deadline=None)
@given(st.lists(any_text, min_size=1, max_size=4), any_text)
def test_the_longest_copy_is_that_of_brute_force(pieces: list[str], sample: str) -> None:
    copy = OriginalityIndex.build(pieces).longest_copy(sample)
    lengths = [brute(sample, start, pieces) for start in range(len(sample))]
    assert copy.length == max(lengths, default=0)
    if copy.length:
        assert copy.start_in_sample == lengths.index(copy.length)
        assert copy.text == sample[copy.start_in_sample :][: copy.length]


@settings(max_examples=200, deadline=None)
@given(st.lists(any_text, min_size=1, max_size=4), any_text)
def test_its_place_is_the_first_and_what_stands_around_is_true(pieces: list[str], sample: str) -> None:
    copy = OriginalityIndex.build(pieces).longest_copy(sample)
    if not copy.length:
        return
    piece, start = pieces[copy.piece], copy.start_in_piece
    assert piece[start : start + copy.length] == copy.text
    places = [(n, at) for n, text in enumerate(pieces) for at in range(len(text)) if text.startswith(copy.text, at)]
    assert (copy.piece, start) == places[0]
    assert copy.occurrences == len(places)
    assert copy.start_in_source == sum(len(text) for text in pieces[: copy.piece]) + start
    assert "".join(pieces)[copy.start_in_source :].startswith(copy.text)
    assert copy.before == piece[max(start - 40, 0) : start]
    assert copy.after == piece[start + copy.length :][:40]


@settings(max_examples=200, deadline=None)
@given(st.lists(any_text, min_size=1, max_size=4), any_text, st.integers(1, 6))
def test_all_copies_are_those_that_cannot_be_made_longer(pieces: list[str], sample: str, least: int) -> None:
    found = OriginalityIndex.build(pieces).copies(sample, least)
    lengths = [brute(sample, start, pieces) for start in range(len(sample))]
    expected = [
        (start, length)
        for start, length in enumerate(lengths)
        if length >= least and not any(lengths[n] + n >= start + length for n in range(start))
    ]
    assert [(copy.start_in_sample, copy.length) for copy in found] == expected
    assert all(pieces[copy.piece][copy.start_in_piece :].startswith(copy.text) for copy in found)


def test_a_run_never_goes_over_the_end_of_a_piece() -> None:
    index = OriginalityIndex.build(["to be or", " not to be"])
    assert index.longest_copy("to be or not to be").text == " not to be"
    assert index.longest_copy("be or not").text == "be or"


def test_long_repeats_and_long_copies() -> None:
    pieces = ["ab" * 3000, "x" * 5000 + "y", "ab" * 3000]
    index = OriginalityIndex.build(pieces)
    copy = index.longest_copy("q" + "ab" * 2000 + "q" + "x" * 4500 + "y")
    assert (copy.length, copy.piece, copy.start_in_piece) == (4501, 1, 500)
    copy = index.longest_copy("ba" * 2999 + "b")
    assert (copy.length, copy.piece, copy.start_in_piece, copy.occurrences) == (5999, 0, 1, 2)


@pytest.mark.parametrize("pieces", [[], [""], ["", ""]])
def test_nothing_is_copied_from_nothing(pieces: list[str]) -> None:
    index = OriginalityIndex.build(pieces)
    assert index.longest_copy("a text").length == 0
    assert index.copies("a text", 1) == []
    assert OriginalityIndex.build(["some text"]).longest_copy("").length == 0


def test_text_is_read_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    pieces = ["the quick brown fox", "", "月落烏啼霜滿天😀", "fox"]
    whole = OriginalityIndex.build(pieces).longest_copy("the quick 烏啼霜滿天😀")
    monkeypatch.setattr(originality, "READ_AT_ONCE", 3)
    assert OriginalityIndex.build(pieces).longest_copy("the quick 烏啼霜滿天😀") == whole
    assert whole.text == "the quick "


def test_too_long_a_text_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(originality, "MOST_CHARACTERS", 100)
    with pytest.raises(CorpusError, match="more than 100 characters"):
        OriginalityIndex.build("0123456789" for _ in range(20))


def test_a_saved_index_answers_the_same(tmp_path: Path) -> None:
    pieces = ["Shall I compare thee", "月落烏啼霜滿天", "to a summer's day"]
    index = OriginalityIndex.build(pieces, digest="abc")
    index.save(tmp_path / "index")
    loaded = OriginalityIndex.load(tmp_path / "index")
    assert loaded.digest == "abc" and loaded.characters == index.characters == sum(map(len, pieces))
    for sample in ("compare thee to a summer", "烏啼 thee", "zzz"):
        assert loaded.longest_copy(sample) == index.longest_copy(sample)
        assert loaded.copies(sample, 2) == index.copies(sample, 2)
    assert not [file for file in (tmp_path / "index").iterdir() if file.suffix not in (".npy", ".json")]


@pytest.mark.parametrize("damage", ["index.json", "codes.npy", "version", "empty", "cut"])
def test_a_damaged_index_is_an_error_that_says_what_to_do(tmp_path: Path, damage: str) -> None:
    folder = tmp_path / "index"
    OriginalityIndex.build(["some text"]).save(folder)
    if damage == "version":
        (folder / "index.json").write_text('{"format_version": 99}')
    elif damage == "empty":
        (folder / "suffixes.npy").write_bytes(b"")
    elif damage == "cut":
        OriginalityIndex.build(["another"]).save(tmp_path / "other")
        (tmp_path / "other" / "codes.npy").replace(folder / "codes.npy")
    else:
        (folder / damage).unlink()
    with pytest.raises(CorpusError) as caught:
        OriginalityIndex.load(folder)
    assert str(folder) in caught.value.message and "Remove the folder" in caught.value.hint


def test_an_index_is_built_once_and_again_when_the_corpus_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from generator import corpus

    texts = {"one": ["a first text"], "two": ["a second text"]}
    monkeypatch.setattr(corpus, "read_text", lambda prepared, split: iter(texts[prepared.details["digest"]]))
    prepared = SimpleNamespace(folder=tmp_path, details={"digest": "one"})
    said: list[str] = []
    assert open_index(prepared, say=said.append).longest_copy("first").length == 5
    assert open_index(prepared, say=said.append).longest_copy("first").length == 5
    assert len(said) == 1
    prepared.details["digest"] = "two"
    assert open_index(prepared, say=said.append).longest_copy("second").length == 6
    assert len(said) == 2


def test_a_million_characters_in_seconds_and_a_sample_in_milliseconds() -> None:
    folder = os.environ.get("GENERATOR_TEST_DATA")
    source = Path(folder or "", "tinyshakespeare", "input.txt")
    if not folder or not source.is_file():
        pytest.skip("needs tinyshakespeare/input.txt under the folder that GENERATOR_TEST_DATA names")
    text = source.read_text(encoding="utf-8")
    cut = len(text) * 9 // 10
    start = time.process_time()
    index = OriginalityIndex.build([text[:cut]])
    assert time.process_time() - start < 5
    sample = text[cut : cut + 1000]
    start = time.process_time()
    copy = index.longest_copy(sample)
    assert time.process_time() - start < 0.1
    assert copy.text in text[:cut]
    assert not any(sample[at : at + copy.length + 1] in text[:cut] for at in range(1000 - copy.length))
