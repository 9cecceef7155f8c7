"""What is left out for rarity: characters, pieces, values of tags; lines turned round; rules of a manifest."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.corpus import PreparedCorpus
from generator.corpus.packing import turned

Prepare = Callable[..., PreparedCorpus]
Texts = Callable[[PreparedCorpus], dict[str, list[str]]]


@pytest.fixture
def poems_with_rare(tmp_path: Path) -> Path:
    """400 records; every tenth has a character of its own, and the authors are of all frequencies."""
    records = [
        {"text": f"line {index} of\\nverse {index * 7}" + (chr(0x4E00 + index) if index % 10 == 0 else ""),
         "author": f"poet {min(index % 40, 4)}"}
        for index in range(400)
    ]  # fmt: skip
    path = tmp_path / "poems.json"
    path.write_text(json.dumps(records), encoding="utf-8")
    return path


def test_pieces_with_a_rare_character_are_left_out_whole(
    prepare: Prepare, texts: Texts, poems_with_rare: Path, tmp_path: Path
):
    all_of = json.loads(poems_with_rare.read_text(encoding="utf-8"))
    prepared = prepare(
        poems_with_rare, tmp_path / "out", text_field="text", tag_fields=("author",), min_count=2, rare="piece"
    )
    kept = sorted(text for part in texts(prepared).values() for text in part)
    assert kept == sorted(record["text"] for index, record in enumerate(all_of) if index % 10)
    totals = prepared.report["totals"]
    assert totals["pieces_left_out"] == 40
    assert totals["characters_left_out"] == {chr(0x4E00 + index): 1 for index in range(0, 400, 10)}
    by_text = {record["text"]: record["author"] for record in all_of}
    for name in prepared.details["splits"]:
        part = prepared.split(name)
        for index in range(len(part)):
            text = prepared.tokenizer.decode(part.piece(index))
            assert prepared.tag_fields["author"][part.tags[index, 0] - 1] == by_text[text]


def test_by_default_the_character_alone_is_left_out(
    prepare: Prepare, texts: Texts, poems_with_rare: Path, tmp_path: Path
):
    prepared = prepare(poems_with_rare, tmp_path / "out", text_field="text", min_count=2)
    assert sum(map(len, texts(prepared).values())) == 400
    assert prepared.report["totals"]["pieces_left_out"] == 0
    assert sum(prepared.report["totals"]["characters_left_out"].values()) == 40


def test_values_of_a_tag_that_are_too_rare_are_not_given(prepare: Prepare, poems_with_rare: Path, tmp_path: Path):
    options = {"text_field": "text", "tag_fields": ("author",)}
    prepared = prepare(poems_with_rare, tmp_path / "out", tag_min_count=11, **options)
    assert prepared.tag_fields == {"author": ["poet 4"]}
    assert prepared.details["tag_counts"] == {"author": [360]}
    ids = Counter(int(tag) for name in prepared.details["splits"] for tag in prepared.split(name).tags[:, 0].tolist())
    assert ids == {1: 360, 0: 40}
    every = prepare(poems_with_rare, tmp_path / "every", tag_min_count=10, **options)
    assert every.tag_fields["author"] == ["poet 4", "poet 0", "poet 1", "poet 2", "poet 3"]
    assert every.details["tag_counts"] == {"author": [360, 10, 10, 10, 10]}


def test_lines_are_turned_round_and_stay_in_order(
    prepare: Prepare, texts: Texts, poems_with_rare: Path, tmp_path: Path
):
    forward = texts(prepare(poems_with_rare, tmp_path / "out", text_field="text"))
    prepared = prepare(poems_with_rare, tmp_path / "back", text_field="text", backward=True, verse="en")
    assert prepared.details["backward"] is True
    assert prepared.details["verse"] == "en"
    back = texts(prepared)
    assert {name: list(map(turned, part)) for name, part in back.items()} == forward
    assert back != forward


@given(st.text("ab\n", max_size=20))
def test_turning_twice_is_nothing(text: str):
    assert turned(turned(text)) == text
    assert [sorted(line) for line in turned(text).split("\n")] == [sorted(line) for line in text.split("\n")]


def write_corpus(folder: Path, name: str, manifest: str, poems: list[dict[str, str]]) -> None:
    (folder / "verses").mkdir(parents=True)
    (folder / "verses" / "poems.json").write_text(json.dumps(poems, ensure_ascii=False), encoding="utf-8")
    (folder / f"{name}.toml").write_text(
        f'title = "Verses"\nlicence = "none"\nfolder = "verses"\ntext_field = "text"\n{manifest}', encoding="utf-8"
    )


def test_a_manifest_strips_refuses_and_sets_what_is_not_said(
    prepare: Prepare, texts: Texts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    poems = [{"text": f"春風（一作風）{chr(0x4E10 + index % 7)}{index}，花草。" + ("□" if index % 4 == 0 else "")}
             for index in range(200)]  # fmt: skip
    write_corpus(
        tmp_path / "corpora",
        "own",
        'min_count = 2\nrare = "piece"\nverse = "zh"\ncues = "verse"\n'
        '[strip]\n"an editor\'s remark" = "（[^）]*）"\n[refuse]\n"a gap" = "□"\n',
        poems,
    )
    monkeypatch.setenv("GENERATOR_CORPORA", str(tmp_path / "corpora"))
    prepared = prepare("own", tmp_path / "out")
    kept = sorted(text for part in texts(prepared).values() for text in part)
    assert kept == sorted(poem["text"].replace("（一作風）", "") for index, poem in enumerate(poems) if index % 4)
    assert prepared.details["settings"]["rare"] == "piece"
    assert (prepared.cues, prepared.details["verse"]) == ("verse", "zh")
    for name in prepared.details["splits"]:
        part = prepared.split(name)
        assert part.cues.shape == (len(part.ids), 9)
    said = prepare("own", tmp_path / "said", min_count=3)
    assert said.details["settings"]["min_count"] == 3
