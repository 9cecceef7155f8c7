"""Prepared corpora hold exactly the text of their files, dealt as it should be, and account for all."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from hashlib import blake2b
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from generator import corpus
from generator.config import PrepareConfig
from generator.corpus import PreparedCorpus, is_prepared, preparation
from generator.corpus import spool as spool_module
from generator.errors import CorpusError, UnsupportedFormat

Prepare = Callable[..., PreparedCorpus]
Texts = Callable[[PreparedCorpus], dict[str, list[str]]]
TEXT = st.text("ab \n\r\t春é😀", max_size=60)
HOUSE = settings(max_examples=25)


def part_by_hand(text: str) -> str:
    percent = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") * 100 / 2**64
    return "train" if percent < 90 else "validation" if percent < 95 else "test"


def pieces_by_hand(content: str, pieces: str) -> list[str]:
    """What a file holds, with all of it in memory."""
    text = content.replace("\r\n", "\n").replace("\r", "\n")
    if pieces == "line":
        return [line for line in text.split("\n") if line.strip()]
    found, current = [], []
    for line in [*text.split("\n"), ""]:
        if line.strip():
            current.append(line)
        elif current:
            found.append("\n".join(current))
            current = []
    return found


@HOUSE
@given(st.lists(TEXT, min_size=1, max_size=5), st.sampled_from(["line", "blank"]), st.sampled_from(["char", "byte"]))
def test_the_parts_hold_what_a_plain_reading_gives(
    tmp_path_factory: pytest.TempPathFactory,
    prepare: Prepare,
    texts: Texts,
    contents: list[str],
    pieces: str,
    tokenizer: str,
) -> None:
    folder = tmp_path_factory.mktemp("source")
    # enough pieces for every part to get some
    contents = [*contents, "\n\n".join(f"piece {index}" for index in range(100))]
    expected: dict[str, list[str]] = {"train": [], "validation": [], "test": []}
    for index, content in enumerate(contents):
        (folder / f"{index}.txt").write_bytes(content.encode())
        for piece in pieces_by_hand(content, pieces):
            expected[part_by_hand(piece)].append(piece)
    settings = {"pieces": pieces, "blank_lines": 1, "tokenizer": tokenizer}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool_module, "BLOCK", 64)
        patch.setattr(preparation, "SMALL", 0)
        prepared = prepare(folder, folder.parent / "out", **settings)
    assert texts(prepared) == expected
    every = [piece for part in expected.values() for piece in part]
    totals = prepared.report["totals"]
    assert totals["duplicate_pieces"] == len(every) - len(set(every))
    assert totals["newlines_changed"] == sum(
        content.count("\r") for content in contents if pieces_by_hand(content, pieces)
    )
    # every file is accounted for, once
    assert [file["name"] for file in prepared.report["files"]] == [f"{index}.txt" for index in range(len(contents))]
    for file, content in zip(prepared.report["files"], contents, strict=True):
        found = pieces_by_hand(content, pieces)
        assert (file["pieces"], file["characters"]) == (len(found), sum(map(len, found)))
        assert file["kept"] == bool(found) == ("reason" not in file)


@HOUSE
@given(TEXT.filter(lambda text: text.strip()), st.sampled_from(["90/5/5", "90/10"]), st.integers(8, 200))
def test_the_parts_of_a_long_text_in_a_row_are_the_text(
    tmp_path_factory: pytest.TempPathFactory, prepare: Prepare, texts: Texts, content: str, split: str, block: int
) -> None:
    path = tmp_path_factory.mktemp("source") / "a.txt"
    content = content * 20
    path.write_bytes(content.encode())
    text = content.replace("\r\n", "\n").replace("\r", "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool_module, "BLOCK", block)
        prepared = prepare(path, path.parent / "out", pieces="file", split=split)
    found = texts(prepared)
    assert prepared.shape == "long"
    assert "".join(found[name][0] for name in ("train", "validation", "test") if name in found) == text
    assert len(found["train"][0]) == len(text) * 90 // 100
    assert prepared.has("test") == (split == "90/5/5")
    assert prepared.details["start_text"] == ("\n" if "\n" in text else "")


@HOUSE
@given(st.lists(st.text("ab春", min_size=1, max_size=4), min_size=1, max_size=10))
def test_adding_a_file_moves_no_piece_and_no_duplicate_is_on_two_sides(
    tmp_path_factory: pytest.TempPathFactory, prepare: Prepare, texts: Texts, poems: list[str], more: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("source")
    lines = [poem.split("\n")[0] for poem in poems]
    (folder / "a.txt").write_text("\n".join(lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preparation, "SMALL", 0)
        before = texts(prepare(folder, folder.parent / "out", pieces="line"))
        (folder / "0.txt").write_text("\n".join([*more, *lines[:20]]))
        after = texts(prepare(folder, folder.parent / "out", pieces="line"))
    for name, pieces in before.items():
        assert set(pieces) <= set(after[name])
    sides = [set(pieces) for pieces in after.values()]
    assert sum(map(len, sides)) == len(set.union(*sides))


def test_the_files_are_laid_out_as_agreed(tmp_path: Path, prepare: Prepare, poems: list[str]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"text": poem, "by": "AB"[len(poem) % 2]}) + "\n" for poem in poems))
    prepared = prepare(path, tmp_path / "out", tag_fields=("by",))
    assert prepared.shape == "pieces"
    assert (prepared.details["start_text"], prepared.details["licence"]) == ("", "")
    for name, counts in prepared.details["splits"].items():
        part = prepared.split(name)
        ids = np.fromfile(tmp_path / "out" / f"{name}.ids.bin", np.uint8)
        assert (ids == part.ids).all()
        assert len(ids) == counts["tokens"] == counts["characters"] + counts["pieces"] + 1
        boundaries = np.flatnonzero(ids == 0)
        assert boundaries[-1] == len(ids) - 1
        assert boundaries[:-1].tolist() == part.starts.tolist()
        assert part.starts.dtype == np.dtype("<u8")
        assert isinstance(part.ids, np.memmap)
        assert part.tags is not None
        for index in range(len(part)):
            text = prepared.tokenizer.decode(part.piece(index))
            value = prepared.tag_fields["by"][part.tags[index, 0] - 1]
            assert text in poems
            assert value == "AB"[len(text) % 2]


def test_token_files_take_the_smallest_integers(tmp_path: Path, prepare: Prepare) -> None:
    small, large = tmp_path / "small.txt", tmp_path / "large.txt"
    small.write_text("".join(map(chr, range(0x100, 0x100 + 255))) * 2)
    large.write_text("".join(map(chr, range(0x100, 0x100 + 256))) * 2)
    assert prepare(small, tmp_path / "s").split("train").ids.dtype == np.uint8  # 255 characters and the boundary
    assert prepare(large, tmp_path / "l").split("train").ids.dtype == np.uint16


def test_tag_values_are_numbered_by_how_often_they_stand(tmp_path: Path, prepare: Prepare) -> None:
    path = tmp_path / "a.jsonl"
    authors = ["rare"] + ["often"] * 150 + ["some"] * 60 + [None] * 20
    path.write_text("".join(json.dumps({"text": f"n {i}", "author": by}) + "\n" for i, by in enumerate(authors)))
    prepared = prepare(path, tmp_path / "out", tag_fields=("author",))
    assert prepared.tag_fields == {"author": ["often", "some", "rare"]}
    tags = np.concatenate([prepared.split(name).tags for name in prepared.details["splits"]])
    assert np.bincount(tags[:, 0]).tolist() == [20, 150, 60, 1]
    assert tags.dtype == np.uint16


def test_several_files_are_pieces_but_a_long_one_is_cut(tmp_path: Path, prepare: Prepare, texts: Texts) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    novel = "".join(f"Sentence {index} of a novel that goes on and on.\n" for index in range(6_000))
    (folder / "novel.txt").write_text(novel)
    for index in range(150):
        (folder / f"{index}.txt").write_text(f"Tale {index}.\n")
    prepared = prepare(folder, tmp_path / "out", pieces="file")
    found = texts(prepared)
    parts = [next(text for text in found[name] if len(text) > 1000) for name in ("train", "validation", "test")]
    assert "".join(parts) == novel
    assert sum(len(pieces) for pieces in found.values()) == 153
    assert prepared.shape == "pieces"


def test_few_files_are_each_cut_by_position(tmp_path: Path, prepare: Prepare, texts: Texts) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "a.txt").write_text("a" * 1000)
    (folder / "b.txt").write_text("b" * 2000)
    found = texts(prepare(folder, tmp_path / "out"))
    assert found == {
        "train": ["a" * 900, "b" * 1800],
        "validation": ["a" * 50, "b" * 100],
        "test": ["a" * 50, "b" * 100],
    }


def test_rare_characters_are_left_out_and_counted(tmp_path: Path, prepare: Prepare, texts: Texts) -> None:
    path = tmp_path / "a.txt"
    path.write_text("plenty of text\n" * 100 + "ɮ" + "plenty of text\n" * 10 + "ʭʭ")
    prepared = prepare(path, tmp_path / "out", pieces="file", min_count=2)
    assert prepared.report["totals"]["characters_left_out"] == {"ɮ": 1}
    assert "".join("".join(pieces) for pieces in texts(prepared).values()).count("ʭ") == 2


@pytest.mark.parametrize("tokenizer", ["bpe", "unigram"])
def test_subwords_hold_the_same_text(
    tmp_path: Path, prepare: Prepare, texts: Texts, poems: list[str], tokenizer: str
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("\n\n".join(poems))
    prepared = prepare(path, tmp_path / "out", pieces="blank", tokenizer=tokenizer, vocab_size=300)
    assert sorted(chain.from_iterable(texts(prepared).values())) == sorted(poems)


def test_the_same_source_gives_the_same_corpus(tmp_path: Path, prepare: Prepare, poems: list[str]) -> None:
    path = tmp_path / "a.txt"
    path.write_text("\n\n".join(poems))
    one, two = prepare(path, tmp_path / "one"), prepare(path, tmp_path / "two")
    assert one.details == two.details
    path.write_text("\n\n".join(poems[1:]))
    assert prepare(path, tmp_path / "three").details["digest"] != one.details["digest"]


def test_an_unreadable_file_leaves_the_others_untouched(tmp_path: Path, prepare: Prepare, poems: list[str]) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    rows = "".join(json.dumps({"text": poem, "by": "Ann"}) + "\n" for poem in poems)
    (folder / "b.jsonl").write_text(rows)
    clean = prepare(folder, tmp_path / "clean", tag_fields=("by",))
    # the bad ones have many good records before the damage
    (folder / "a.json").write_text("[" + ",".join(json.dumps({"text": p, "by": "Nobody"}) for p in poems * 9) + ", {")
    (folder / "c.txt").write_bytes(b"text " * 5000 + b"\0")
    mixed = prepare(folder, tmp_path / "mixed", tag_fields=("by",))
    assert mixed.details["digest"] == clean.details["digest"]
    assert mixed.tag_fields == {"by": ["Ann"]}
    reasons = {file["name"]: file.get("reason", "") for file in mixed.report["files"]}
    assert reasons["b.jsonl"] == ""
    assert "not JSON" in reasons["a.json"]
    assert "NUL" in reasons["c.txt"]


def test_a_zip_of_a_folder_is_the_folder(tmp_path: Path, prepare: Prepare, texts: Texts, poems: list[str]) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    for index in range(3):
        (folder / f"{index}.txt").write_text("\n\n".join(poems[index::3]))
    with zipfile.ZipFile(tmp_path / "source.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    assert texts(prepare(folder, tmp_path / "a")) == texts(prepare(tmp_path / "source.zip", tmp_path / "b"))


@pytest.mark.parametrize(
    ("name", "content", "settings", "words"),
    [
        ("a.txt", "one\ntwo", {"pieces": "line"}, "2 pieces none fell to validation"),
        ("a.txt", "one", {"pieces": "file"}, "3 characters is too short"),
        ("a.txt", "same\n" * 200, {"pieces": "line"}, r"200 pieces \(1 different\)"),
        ("a.txt", "", {}, r"empty \(1 file\)"),
        ("a.txt", " \n \n", {}, "no text in it"),
        ("a.jsonl", '{"n": 1}\n', {}, "no field"),
        ("a.txt", "text", {"pieces": "record"}, "no records"),
    ],
)
def test_what_cannot_be_prepared_says_why(
    tmp_path: Path, prepare: Prepare, name: str, content: str, settings: dict[str, Any], words: str
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(CorpusError, match=words) as caught:
        prepare(tmp_path / name, tmp_path / "out", **settings)
    assert caught.value.hint
    assert not (tmp_path / "out").exists()


def test_sources_that_are_not_there_or_not_text(tmp_path: Path, prepare: Prepare) -> None:
    with pytest.raises(CorpusError, match="no file, folder or corpus called nothing"):
        prepare("nothing", tmp_path / "out")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\0\0\0\6")
    with pytest.raises(UnsupportedFormat, match=r"picture\.png"):
        prepare(tmp_path / "picture.png", tmp_path / "out")
    (tmp_path / "folder").mkdir()
    with pytest.raises(CorpusError, match="holds no file"):
        prepare(tmp_path / "folder", tmp_path / "out")


def test_nothing_but_a_prepared_corpus_is_replaced(tmp_path: Path, prepare: Prepare) -> None:
    source = tmp_path / "a.txt"
    source.write_text("text " * 100)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("years of work")
    with pytest.raises(CorpusError, match="not a prepared corpus"):
        prepare(source, precious)
    with pytest.raises(CorpusError, match="not a prepared corpus"):
        prepare(source, source)
    assert (precious / "thesis.txt").read_text() == "years of work"
    out = tmp_path / "out"
    prepare(source, out)
    (out / "mine").mkdir()
    (out / "mine" / "b.txt").write_text("text " * 100)
    with pytest.raises(CorpusError, match="holds the source"):
        prepare(out / "mine", out)
    with pytest.raises(CorpusError, match="prepared corpus already"):
        prepare(out, tmp_path / "other")
    (out / "mine" / "b.txt").unlink()
    source.write_text("other text " * 100)
    assert prepare(source, out).split("train").characters == 990


def test_a_failure_leaves_the_old_corpus(tmp_path: Path, prepare: Prepare, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "a.txt"
    source.write_text("text " * 100)
    before = prepare(source, tmp_path / "out").details

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    source.write_text("other text " * 100)
    monkeypatch.setattr(preparation, "pack", full_disk)
    with pytest.raises(OSError, match="No space"):
        prepare(source, tmp_path / "out")
    assert corpus.open_prepared(tmp_path / "out").details == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "out"]


def test_a_kill_leaves_nothing_half_done_and_its_remains_are_cleared(tmp_path: Path, prepare: Prepare) -> None:
    source = tmp_path / "a.txt"
    source.write_text("some words in a line, again and again\n" * 50_000)
    slow = (
        "import sys, time; from generator.corpus import packing, preparation; import generator.corpus as c;"
        "from generator.config import PrepareConfig; from pathlib import Path\n"
        "write = packing.PartWriter.write\n"
        "def slowly(*a): write(*a); print('writing', flush=True); time.sleep(60)\n"
        "packing.PartWriter.write = slowly\n"
        "c.prepare(Path(sys.argv[1]), Path(sys.argv[2]), PrepareConfig(pieces='file'), say=lambda line: None)"
    )
    out = tmp_path / "out"
    with subprocess.Popen([sys.executable, "-c", slow, source, out], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"writing\n"
        running = [path.name for path in tmp_path.glob(".out.*.tmp")]
        assert len(running) == 1
        prepare(source, out, pieces="file")  # another one beside it takes nothing away
        assert [path.name for path in tmp_path.glob(".out.*.tmp")] == running
        (tmp_path / "a2.txt").write_text("x")
        os.kill(process.pid, signal.SIGKILL)
    assert is_prepared(out)
    time.sleep(0.1)
    prepare(source, out, pieces="file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "a2.txt", "out"]


def test_what_is_said_tells_guesses_files_and_the_next_step(tmp_path: Path, poems: list[str]) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "a.txt").write_text("\n\n".join(poems))
    (folder / "b.txt").write_bytes(("Où êtes-vous passé, cher été ? Voilà la forêt.\n" * 20).encode("cp1252"))
    (folder / "c.pdf").write_bytes(b"%PDF")
    said: list[str] = []
    corpus.prepare(folder, tmp_path / "out", PrepareConfig(), say=said.append, progress=False)
    text = "\n".join(said)
    for words in (
        "a guess (--pieces to overrule",
        "1 file is not UTF-8",
        "(guessed)",
        "not read: no reader for .pdf files",
        "MB/s",
        f"wrote       {tmp_path / 'out'}",
    ):
        assert words in text


def test_a_table_of_many_files_is_folded(tmp_path: Path) -> None:
    folder = tmp_path / "source"
    folder.mkdir()
    for index in range(40):
        (folder / f"{index:02}.txt").write_text(f"Tale {index} of many.\n" * 40)
        (folder / f"{index:02}.png").write_bytes(b"x")
    said: list[str] = []
    prepared = corpus.prepare(folder, tmp_path / "out", PrepareConfig(), say=said.append, progress=False)
    assert len(said) < 25
    assert "  and 35 more that were read" in said
    assert "  40 not read: no reader for .png files (00.png, ...)" in said
    assert len(prepared.report["files"]) == 80


@HOUSE
@given(st.lists(st.sampled_from(["a\r\nb", "c\rd", "e\nf", "\r\n", "\r"]), min_size=1, max_size=10))
def test_newlines_of_all_kinds_become_one(
    tmp_path_factory: pytest.TempPathFactory, prepare: Prepare, texts: Texts, parts: list[str]
) -> None:
    content = "".join(parts)
    assume(content.strip())
    folder = tmp_path_factory.mktemp("source")
    (folder / "a.txt").write_bytes((content * 30).encode())
    (folder / "b.txt").write_bytes((content * 30).replace("\r\n", "\n").replace("\r", "\n").encode())
    a, b = (prepare(folder / name, folder / "out", pieces="file") for name in ("a.txt", "b.txt"))
    assert a.details["digest"] == b.details["digest"]
    assert "\r" not in "".join(chain.from_iterable(texts(b).values()))
