"""Pieces out of the gallery and into it again: the same on the other side, and garbage refused by its line."""

import io
import json
import zipfile
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.app.store import NewPiece, SavedPiece, Store
from generator.app.store_exchange import bring_in, export_lines, export_zip, read_export, score_of_piece
from generator.errors import UnreadableFile
from generator.music import KeyChange, Metre, Note, Part, Score, Voice, parse_key, score_bytes
from generator.music.pitch import parse_pitch

POEM = "春浦迢迢望夕曛，\n夏雲微雨上天文。"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "kept" / "pieces.sqlite3")


def verse(text: str = POEM, **more: object) -> NewPiece:
    said = {"kind": "verse", "model": "tang", "text": text, "seed": 2, "settings": {"verse": {"form": "qijue"}}}
    return NewPiece(**{**said, **more})  # type: ignore[arg-type]


def tune() -> Score:
    notes = tuple(
        Note(Fraction(place), Fraction(1), parse_pitch(name)) for place, name in enumerate(("D4", "E4", "F#4", "G4"))
    )
    return Score(
        (Part((Voice(notes),), "Melody"),),
        (Fraction(0),),
        Fraction(4),
        (Metre(Fraction(0), 4, 4),),
        (KeyChange(Fraction(0), parse_key("D")),),
        title="Four steps",
    )


def ids(pieces: tuple[SavedPiece, ...]) -> list[str]:
    return [piece.id for piece in pieces]


def three(store: Store) -> list[SavedPiece]:
    score = score_bytes(tune(), ".musicxml").decode()
    store.add(verse(hearted=True, note="mine", created=5.0))
    store.add(NewPiece("text", "shakespeare", "ROMEO:\nAy/", None, title="../evil: <name>", created=6.0))
    store.add(NewPiece("music", "fiddle", "\ue000", 9, facts={"key": "D"}, score=score, given=b"MThd", created=7.0))
    return list(store.search().pieces)


@pytest.mark.parametrize("way", [export_lines, export_zip])
def test_what_was_exported_is_brought_in_elsewhere_the_same(store: Store, tmp_path: Path, way):
    pieces, other = three(store), Store(tmp_path / "other.sqlite3")
    content = way(store, pieces)
    assert bring_in(other, read_export(content, "x"), "theirs") == 3
    assert bring_in(other, read_export(content, "x"), "theirs") == 0
    found = other.search(shelf="theirs").pieces
    assert [(vars(piece) | {"shelf": ""}) for piece in found] == [vars(piece) for piece in pieces]
    assert [(other.score(each), other.given(each)) for each in ids(found)] == [
        (store.score(each), store.given(each)) for each in ids(tuple(pieces))
    ]
    assert bring_in(other, read_export(content, "x"), "another") == 3, "an id that is taken is not taken twice"
    assert not set(ids(other.search(shelf="another").pieces)) & set(ids(found))


def test_a_zip_holds_texts_and_scores_that_people_can_open(store: Store):
    pieces = three(store)
    with zipfile.ZipFile(io.BytesIO(export_zip(store, pieces))) as archive:
        names = archive.namelist()
        assert all(".." not in name and "/" not in name for name in names)
        assert {Path(name).suffix for name in names} == {".txt", ".mid", ".musicxml", ".json", ".jsonl"}
        assert POEM in {archive.read(name).decode().rstrip("\n") for name in names if name.endswith(".txt")}
    score = score_of_piece(store, pieces[0])
    assert (score.title, score.parts, score.keys) == ("Four steps", tune().parts, tune().keys)


def line(**changes: object) -> bytes:
    said = {
        "format": 1, "id": "abcdefghijklmnop", "created": "2026-01-02T03:04:05+00:00", "kind": "text", "title": "t",
        "text": "x", "model": "m", "digest": "", "seed": 1, "settings": {}, "facts": {}, "hearted": True, "note": "",
    }  # fmt: skip
    return json.dumps({**said, **changes}).encode() + b"\n"


@pytest.mark.parametrize(
    "wrong",
    [
        {"format": 2}, {"kind": "picture"}, {"seed": -1}, {"seed": "1"}, {"seed": True}, {"settings": []}, {"text": 5},
        {"created": "yesterday"}, {"facts": {"x": float("nan")}}, {"given": "%"}, {"score": None},
    ],
    ids=str,
)  # fmt: skip
def test_a_line_that_is_no_piece_is_refused_by_its_number(wrong):
    assert len(read_export(line(), "mine.jsonl")) == 1
    with pytest.raises(UnreadableFile, match=r"mine\.jsonl.*line 2"):
        read_export(line() + line(**wrong), "mine.jsonl")


@given(
    st.one_of(
        st.binary(max_size=80), st.binary(max_size=40).map(b"PK".__add__), st.binary(max_size=30).map(line().__add__)
    )
)
def test_garbage_is_refused_in_words(content: bytes):
    try:
        read_export(content, "g")
    except UnreadableFile as error:
        assert error.hint


def test_a_bad_id_in_a_file_is_not_taken(store: Store):
    (piece,) = read_export(line(id="<script>"), "x")
    assert piece.id is None
    assert store.add(piece).created == pytest.approx(1767323045.0)
