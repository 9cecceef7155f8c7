"""A copy is found in the text as it is read, and the piece, the file and the bar in which it stands are named."""

from __future__ import annotations

import json
import random
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from generator.config import PrepareConfig
from generator.corpus import PreparedCorpus, prepare, read_text
from generator.corpus.packing import turned
from generator.evaluation import OriginalityIndex, open_index, place_of
from generator.evaluation.whereabouts import file_of
from generator.music import Key, KeyChange, Metre, Note, Part, Score, Voice, spell, write_score


def words(draw: random.Random, count: int) -> str:
    """Words of which hardly any two texts have the same."""
    return " ".join("".join(draw.choices("abcdefghij", k=6)) for _ in range(count))


def prepared(source: Path, **settings: Any) -> PreparedCorpus:
    return prepare(source, source.parent / "prepared", PrepareConfig(**settings), say=lambda line: None, progress=False)


@pytest.mark.parametrize("backward", [False, True])
def test_every_poem_is_found_as_it_is_read_with_its_number_and_its_author(tmp_path: Path, backward: bool):
    draw = random.Random(1)
    poems = [{"text": f"{words(draw, 4)}\n{words(draw, 5)}", "author": f"A{number % 3}"} for number in range(60)]
    source = tmp_path / "poems.jsonl"
    source.write_text("".join(json.dumps(poem) + "\n" for poem in poems))
    corpus = prepared(source, text_field="text", tag_fields=("author",), backward=backward)
    read = turned if backward else str
    learnt = [read(text) for text in read_text(corpus, "train")]
    index = open_index(corpus)
    for number, text in enumerate(learnt):
        copy = index.longest_copy(f"ZZ {text[5:30]} ZZ")
        assert (copy.text, copy.before, copy.after) == (text[5:30], text[:5], text[30:70])
        place = place_of(corpus, copy)
        author = next(poem["author"] for poem in poems if poem["text"] == text)
        assert (place.piece, place.pieces, dict(place.tags)) == (number + 1, len(learnt), {"author": author})
        assert (place.file, place.bar) == ("poems.jsonl", None)


def test_an_index_of_mirror_writing_is_built_anew(tmp_path: Path):
    """As a former version made it."""
    source = tmp_path / "lines.txt"
    draw = random.Random(2)
    source.write_text("\n".join(words(draw, 6) for _ in range(80)))
    corpus = prepared(source, pieces="line", backward=True)
    folder = corpus.folder / "originality"
    OriginalityIndex.build(read_text(corpus, "train"), digest=str(corpus.details["digest"])).save(folder)
    line = next(turned(text) for text in read_text(corpus, "train"))
    assert open_index(corpus).longest_copy(line).text == line
    assert open_index(corpus).digest == OriginalityIndex.load(folder).digest


@pytest.mark.parametrize("pieces", ["line", "file"])
def test_of_several_files_the_one_is_named_that_the_piece_was_read_from(tmp_path: Path, pieces: str):
    draw = random.Random(3)
    folder = tmp_path / "files"
    folder.mkdir()
    texts = {}
    for number in range(25):
        texts[f"{number:02}.txt"] = "\n".join(words(draw, 5) for _ in range(draw.randint(1, 9)))
    texts["07.txt"] = ""  # in which there is nothing
    for name, text in texts.items():
        (folder / name).write_text(text)
    corpus = prepared(folder, pieces=pieces)
    index = open_index(corpus)
    named = set()
    for text in read_text(corpus, "train"):
        place = place_of(corpus, index.longest_copy(text))
        assert text.strip() in texts[place.file]
        named.add(place.file)
    assert len(named) > 12
    counts = {file["name"]: file.get("learnt", 0) for file in corpus.report["files"]}
    assert sum(counts.values()) == len(corpus.split("train"))


def test_where_pieces_were_left_out_no_file_is_guessed(tmp_path: Path):
    draw = random.Random(4)
    folder = tmp_path / "files"
    folder.mkdir()
    for number in range(3):
        lines = [words(draw, 5) for _ in range(30)]
        lines[number] += "鸟" if number == 1 else ""
        (folder / f"{number}.txt").write_text("\n".join(lines))
    corpus = prepared(folder, pieces="line", rare="piece", min_count=2)
    assert corpus.report["totals"]["pieces_left_out"] == 1
    index = open_index(corpus)
    assert {place_of(corpus, index.longest_copy(text)).file for text in read_text(corpus, "train")} == {""}


def test_a_report_of_a_former_version_names_the_file_where_there_is_one():
    one = {"name": "one.txt", "kept": True, "pieces": 4}
    assert file_of({"files": [one, {"name": "two.txt", "kept": False, "pieces": 0}]}, 3) == "one.txt"
    assert file_of({"files": [one, {**one, "name": "two.txt"}]}, 3) == ""
    assert file_of({}, 0) == ""


def test_music_is_found_in_every_key_with_its_bar_and_its_file(tmp_path: Path):
    draw = random.Random(5)
    folder = tmp_path / "tunes"
    folder.mkdir()
    for number in range(60):
        write_score(line_of(draw, 6), folder / f"{number:02}.musicxml")
    corpus = prepared(folder, tokenizer="voices", transpose=True)
    index, alphabet = open_index(corpus), corpus.tokenizer.musical  # type: ignore[attr-defined]
    firsts = corpus.details["splits"]["train"]["originals"]
    texts = list(read_text(corpus, "train"))
    assert len(texts) > 3 * len(firsts)
    files = {}
    for number, text in enumerate(texts):
        third = text.index(third_bar(alphabet, text))
        copy = index.longest_copy(text[third : third + 40])
        assert copy.length == 40
        place = place_of(corpus, copy)
        assert place.bar == 3
        assert place.pieces == len(firsts)
        assert firsts[place.piece - 1] <= number < [*firsts, len(texts)][place.piece]
        files.setdefault(place.piece, set()).add(place.file)
    assert all(len(found) == 1 for found in files.values())
    assert len({*map(tuple, files.values())}) == len(firsts)


def third_bar(alphabet: Any, text: str) -> str:
    """A piece from its third bar on."""
    lines = [at for at, sign in enumerate(text) if alphabet.label(sign) == "|"]
    return text[lines[1] + 1 :]


def line_of(draw: random.Random, bars: int) -> Score:
    """One line of quarters in 4/4."""
    notes = tuple(Note(Fraction(beat), Fraction(1), spell(draw.randint(60, 72))) for beat in range(4 * bars))
    starts = tuple(Fraction(4 * number) for number in range(bars))
    metres, keys = (Metre(Fraction(0), 4, 4),), (KeyChange(Fraction(0), Key(0, "major")),)
    return Score((Part((Voice(notes),)),), starts, Fraction(4 * bars), metres, keys)
