"""Corpora of little text: what validation gets, what is refused because nothing would be left, which language it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.config import PrepareConfig
from generator.corpus import PreparedCorpus, open_prepared
from generator.corpus import prepare as prepare_corpus
from generator.corpus.inputs import refusal
from generator.corpus.rules import Rules
from generator.corpus.splits import Deal, even_edges, shares_of
from generator.corpus.suiting import han_share
from generator.errors import CorpusError

Prepare = Callable[..., PreparedCorpus]
Texts = Callable[[PreparedCorpus], dict[str, list[str]]]


def poems(count: int, first: int = 0) -> list[str]:
    return [f"poem {index}\n" + "and a line of it\n" * (1 + index % 9) for index in range(first, first + count)]


def characters(found: dict[str, list[str]]) -> dict[str, int]:
    return {name: sum(map(len, pieces)) for name, pieces in found.items()}


@given(
    st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 2**64 - 1)), min_size=8, max_size=200),
    st.sampled_from(["90/5/5", "90/10"]),
)
def test_validation_is_never_smaller_than_its_share_nor_than_test(pieces: list[tuple[int, int]], split: str):
    lengths = np.array([length for length, _ in pieces], np.int64)
    digests = np.array([digest for _, digest in pieces], np.uint64)
    edges = even_edges(split, lengths, digests)
    dealt = Deal(split, edges=edges)(lengths, digests, np.zeros(len(lengths), bool))
    train, validation, test = np.bincount(dealt[1], weights=dealt[0], minlength=3)
    total, (first, second) = int(lengths.sum()), shares_of(split)
    if edges is None and (not train or validation < test):
        return  # too uneven for anything to help
    if edges is not None:
        assert train > 0
        assert validation >= test
        assert validation >= max(total * (second - first) // 100, min(2000, total // 10))
        assert validation <= 0.3 * total
        assert test <= total * (100 - second) / 100
    sides = [set(digests[dealt[2][dealt[1] == part]].tolist()) for part in range(3)]
    assert sum(map(len, sides)) == len(set.union(*sides)), "equal pieces stand in one part"


def test_few_poems_leave_enough_to_validate_on(prepare: Prepare, texts: Texts, tmp_path: Path):
    for first in range(0, 400, 40):
        (tmp_path / "poems.txt").write_text("\n\n".join(poems(300, first)))
        found = texts(prepare(tmp_path / "poems.txt", tmp_path / "out", pieces="blank", blank_lines=1))
        counts = characters(found)
        assert counts["validation"] >= max(2000, 0.05 * sum(counts.values())), counts
        assert counts["validation"] >= counts.get("test", 0)
        assert sorted(poem for part in found.values() for poem in part) == sorted(
            poem.strip("\n") for poem in poems(300, first)
        )


def test_a_corpus_known_by_name_keeps_its_parts(
    prepare: Prepare, texts: Texts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    (tmp_path / "corpora" / "few").mkdir(parents=True)
    (tmp_path / "corpora" / "few" / "poems.txt").write_text("\n\n".join(poems(60)))
    (tmp_path / "corpora" / "few.toml").write_text(
        'title = "Few"\nlicence = "none"\nfolder = "few"\npieces = "blank"\nblank_lines = 1\n'
    )
    monkeypatch.setenv("GENERATOR_CORPORA", str(tmp_path / "corpora"))
    known = characters(texts(prepare("few", tmp_path / "known")))
    own = tmp_path / "corpora" / "few" / "poems.txt"
    dealt_anew = characters(texts(prepare(own, tmp_path / "own", pieces="blank", blank_lines=1)))
    assert known["validation"] < dealt_anew["validation"]


def rare_everywhere(path: Path) -> Path:
    """Every piece has a character of its own."""
    path.write_text(json.dumps([{"text": f"line of verse {chr(0x4E00 + index)}"} for index in range(300)]))
    return path


def test_a_corpus_of_which_every_piece_is_left_out_is_not_written(prepare: Prepare, tmp_path: Path):
    source = rare_everywhere(tmp_path / "poems.json")
    with pytest.raises(CorpusError, match="300 of 300 pieces") as caught:
        prepare(source, tmp_path / "out", text_field="text", min_count=2, rare="piece")
    assert "--rare character" in caught.value.hint
    assert not (tmp_path / "out").exists()
    assert prepare(source, tmp_path / "out", text_field="text", min_count=2).split("train")


def test_a_test_part_that_was_left_out_is_not_there(prepare: Prepare, texts: Texts, tmp_path: Path):
    from generator.corpus.splits import digest_of

    records = []
    for index in range(3000):
        text = f"number {index} of the verses"
        tested = int.from_bytes(digest_of(text + chr(0x4E00 + index)), "little") >= 0.95 * 2**64
        records.append({"text": text + chr(0x4E00 + index) * tested})
    records = [each for each in records if each["text"][-1] > "z" or in_another_part(each["text"])]
    (tmp_path / "poems.json").write_text(json.dumps(records))
    prepared = prepare(tmp_path / "poems.json", tmp_path / "out", text_field="text", min_count=2, rare="piece")
    assert set(texts(prepared)) == {"train", "validation"}
    assert not list((tmp_path / "out").glob("test.*"))


def in_another_part(text: str) -> bool:
    from generator.corpus.splits import digest_of

    return int.from_bytes(digest_of(text), "little") < 0.949 * 2**64


def test_an_empty_prepared_corpus_is_told_in_words(prepare: Prepare, tmp_path: Path):
    (tmp_path / "poems.txt").write_text("\n\n".join(poems(100)))
    prepare(tmp_path / "poems.txt", tmp_path / "out", pieces="blank", blank_lines=1)
    details = json.loads((tmp_path / "out" / "corpus.json").read_text())
    details["splits"]["train"] = {"pieces": 0, "tokens": 1, "characters": 0}
    (tmp_path / "out" / "corpus.json").write_text(json.dumps(details))
    (tmp_path / "out" / "train.starts.bin").write_bytes(b"")
    (tmp_path / "out" / "train.ids.bin").write_bytes(b"\0")
    with pytest.raises(CorpusError, match="holds no piece"):
        open_prepared(tmp_path / "out").split("train")


def test_verse_of_the_other_language_is_refused(prepare: Prepare, tmp_path: Path):
    english, chinese = tmp_path / "english.txt", tmp_path / "chinese.txt"
    english.write_text("\n\n".join(poems(100)))
    chinese.write_text(
        "\n\n".join(f"床前明月光，疑是地上霜。\n举头望明月，低头思故乡{index}。" for index in range(100))
    )
    with pytest.raises(CorpusError, match=r"only 0% of the letters.*Chinese"):
        prepare(english, tmp_path / "out", verse="zh")
    with pytest.raises(CorpusError, match=r"100% of the letters.*Chinese"):
        prepare(chinese, tmp_path / "out", verse="en")
    assert not (tmp_path / "out").exists()
    assert prepare(chinese, tmp_path / "out", verse="zh").cues == "verse"
    assert prepare(english, tmp_path / "english", verse="en").details["verse"] == "en"


@pytest.mark.parametrize(("text", "share"), [("abc", 0.0), ("春眠", 1.0), ("春 a, b。眠", 0.5), ("12, -", None)])
def test_the_share_of_chinese_is_one_of_letters(text: str, share: float | None):
    assert han_share(text) == share


def test_settings_of_pieces_are_no_text():
    rules = Rules()
    assert refusal("out/fiddle-3.settings.json", rules)
    assert refusal("settings.json", rules) is None and refusal("my.settings.txt", rules) is None


@pytest.mark.parametrize("beside", ["settings.json", "txt"])
def test_music_beside_as_many_files_of_text_is_music(prepare: Prepare, tmp_path: Path, beside: str):
    folder = tmp_path / "tunes"
    folder.mkdir()
    for number in range(120):
        notes = "".join("CDEFGAB"[number // 7**place % 7] for place in range(4))
        (folder / f"{number}.abc").write_text(f"X:1\nM:4/4\nL:1/4\nK:C\n{notes}|{notes[::-1]}|]\n")
        (folder / f"{number}.{beside}").write_text('{"text": "some words of a text"}')
    prepared = prepare(folder, tmp_path / "out")
    assert prepared.details["tokenizer"]["kind"] == "melody"
    assert prepared.report["totals"]["files_kept"] == 120


@pytest.mark.parametrize(("text", "told"), [("a", "A text of 1 character is"), ("abc", "A text of 3 characters is")])
def test_one_is_not_several(prepare: Prepare, tmp_path: Path, text: str, told: str):
    (tmp_path / "short.txt").write_text(text)
    with pytest.raises(CorpusError, match=told):
        prepare(tmp_path / "short.txt", tmp_path / "out", pieces="file")


def test_counts_of_a_report_agree_with_their_words(tmp_path: Path):
    (tmp_path / "lines.txt").write_text("\n".join(f"line {index:04}" for index in range(21)))
    said: list[str] = []
    prepare_corpus(tmp_path / "lines.txt", tmp_path / "out", PrepareConfig(pieces="line"), say=said.append)
    assert not [line for line in said if re.search(r"\b1 (pieces|characters|values|records)\b", line)], said
    assert any("in 1 piece" in line for line in said)


def test_a_dozen_poems_are_enough_to_judge_by(prepare: Prepare, texts: Texts, tmp_path: Path):
    for first in range(0, 120, 12):
        (tmp_path / "poems.txt").write_text("\n\n".join(poems(12, first)))
        counts = characters(texts(prepare(tmp_path / "poems.txt", tmp_path / "out", pieces="blank", blank_lines=1)))
        assert counts["train"] > counts["validation"] > 0, counts
