"""Shelves as wholes: how much one holds, and two that become one without losing anything."""

import sqlite3
from contextlib import closing
from pathlib import Path
from secrets import token_hex
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.app import store as stores
from generator.app import store_schema
from generator.app.store import NewPiece, Search, Store
from generator.app.store_exchange import bring_in
from generator.app.store_room import MEGABYTE, Quota
from generator.errors import GeneratorError


def piece(text: str, **more: Any) -> NewPiece:
    return NewPiece("text", "m", text, 1, **more)


def sizes(path: Path) -> list[tuple[int, int]]:
    """Of each piece what the file says of its size, and what it is."""
    held = (
        "SELECT size, length(CAST(settings || facts || title || text || note AS BLOB)) + "
        "coalesce((SELECT sum(length(content)) FROM files WHERE files.number = pieces.number), 0) FROM pieces"
    )
    with closing(sqlite3.connect(path)) as link:
        return link.execute(held).fetchall()


# ---------------------------------------------------------------- two that become one


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One file for many examples, each on shelves of its own."""
    return Store(tmp_path_factory.mktemp("lasting") / "pieces.sqlite3")


CHANGES = st.one_of(
    st.sampled_from(["add", "delete", "undo", "heart", "heart", "unheart"]),
    st.tuples(st.just("edit"), st.sampled_from(["", "T1", "T2", "T3"]), st.sampled_from(["", "n1", "n2", "n3"])),
)
PLACES = st.tuples(st.sampled_from(["one", "two"]), st.sampled_from("aab"))
FIRST = st.permutations([("one", "a", "add"), ("two", "a", "add"), ("one", "b", "add")])
STEPS = st.builds(
    lambda first, then: [*first, *((*place, change) for place, change in then)],
    FIRST,
    st.lists(st.tuples(PLACES, CHANGES), max_size=10),
)


@given(STEPS)
@settings(max_examples=150)
def test_two_shelves_become_one_as_whoever_remembers_every_step_would_make_them(lasting: Store, steps):
    store, run = lasting, token_hex(6)
    ids: dict[tuple[str, str], str] = {}
    there: dict[tuple[str, str], bool] = {}  # whether it is deleted, by shelf and text
    said: dict[str, list[tuple[str, str]]] = {"a": [], "b": []}  # of each text what was decided or edited, in order
    notes: dict[tuple[str, str], str] = {}
    hearts: dict[tuple[str, str], bool] = {}
    for now, (name, text, step) in enumerate(steps, start=1):
        shelf, key = f"{name} {run}", (name, text)
        if step == "add":
            ids[key] = store.add(piece(text), shelf, now=now).id
            there[key] = True
            said[text].append(("alive", "yes"))
        elif key not in ids:
            continue
        elif step == "delete":
            if store.delete(ids[key], shelf, now=now):
                said[text].append(("alive", ""))
        elif step == "undo":
            if store.undo(ids[key], shelf, now=now):
                said[text].append(("alive", "yes"))
        elif step in ("heart", "unheart"):
            store.heart(ids[key], shelf, step == "heart")
            hearts[key] = step == "heart"
        else:
            before = store.get(ids[key])
            assert before is not None
            store.edit(ids[key], shelf, title=step[1], note=step[2], now=now)
            said[text].append(("title", step[1] or before.title))
            notes[key] = step[2]
    one, two = f"one {run}", f"two {run}"
    assert store.move(one, two) == sum(name == "one" for name, _text in ids)

    left = [*store.search(shelf=one).pieces, *store.search(Search(deleted=True), one).pieces]
    alive, deleted = store.search(shelf=two).pieces, store.search(Search(deleted=True), two).pieces
    found = {each.text: each for each in (*alive, *deleted)}
    assert not left and len(found) == len(alive) + len(deleted)
    assert set(found) == {text for _name, text in ids}
    for text, each in found.items():
        assert (each.deleted_at is None) is bool([value for what, value in said[text] if what == "alive"][-1])
        titles = [value for what, value in said[text] if what == "title"]
        assert each.title == (titles[-1] if titles else text)
        assert each.hearted is any(on for (_name, of), on in hearts.items() if of == text)
        wanted = {note for (_name, of), note in notes.items() if of == text and note}
        assert set(each.note.split()) == wanted
        assert store.search(Search(words=each.title, deleted=each.deleted_at is not None), two).total >= 1
        for note in wanted:
            assert store.search(Search(words=note, deleted=each.deleted_at is not None), two).total >= 1
        assert each.id in ids.values() and ids.get(("two", text), each.id) == each.id


def test_a_score_that_one_of_two_lacks_is_kept(tmp_path: Path):
    store = Store(tmp_path / "pieces.sqlite3")
    store.add(piece("x", score="<score/>", given=b"MThd"), "one")
    bare, full = store.add(piece("x"), "two"), store.add(piece("y", score="<y/>"), "two")
    store.add(piece("y", score="<other/>"), "one")
    store.move("one", "two")
    assert (store.score(bare.id), store.given(bare.id), store.score(full.id)) == ("<score/>", b"MThd", "<y/>")
    assert [size for size, _held in sizes(store.path)] == [held for _size, held in sizes(store.path)]
    assert store.move("two", "two") == 0 and store.search(shelf="two").total == 2


# ---------------------------------------------------------------- how much one holds


def test_a_full_shelf_takes_no_more_and_says_so(tmp_path: Path):
    store = Store(tmp_path / "pieces.sqlite3", Quota(3, 1))
    kept = [store.add(piece(str(number)), "mine", now=number) for number in range(3)]
    with pytest.raises(GeneratorError, match="takes 3 pieces") as refused:
        store.add(piece("more"), "mine")
    assert "Delete" in refused.value.hint
    assert store.add(piece("1"), "mine").id == kept[1].id, "what is there already needs no room"
    assert store.add(piece("more"), "yours").shelf == "yours"
    assert store.search(shelf="mine").total == 3


def test_what_was_deleted_longest_ago_makes_room(tmp_path: Path):
    store = Store(tmp_path / "pieces.sqlite3", Quota(3))
    kept = [store.add(piece(str(number)), "mine") for number in range(3)]
    for number, now in ((2, 10.0), (0, 20.0)):
        store.delete(kept[number].id, "mine", now=now)
    elsewhere = store.add(piece("x"), "yours")
    store.delete(elsewhere.id, "yours", now=1.0)
    store.add(piece("3"), "mine")
    assert store.get(kept[2].id) is None, "the first that was deleted is gone"
    assert store.get(kept[0].id) is not None and store.get(elsewhere.id) is not None
    store.add(piece("4"), "mine")
    with pytest.raises(GeneratorError, match="no room"):
        store.add(piece("5"), "mine")
    assert {each.text for each in store.search(shelf="mine").pieces} == {"1", "3", "4"}


def test_what_pieces_hold_is_counted_and_bounded(tmp_path: Path):
    store = Store(tmp_path / "pieces.sqlite3", Quota(None, 1))
    big = store.add(piece("雲" * 200_000, title="t", facts={"key": "é"}), "mine")  # 600 kB
    store.add(piece("x", given=bytes(300_000), score="<score/>"), "mine")  # which packs well
    with pytest.raises(GeneratorError, match="takes 1 MB"):
        store.add(piece("x" * 500_000), "mine")
    with pytest.raises(GeneratorError, match="takes 1 MB"):
        store.edit(big.id, "mine", note="x" * 500_000)
    assert store.edit(big.id, "mine", note="x" * 1000)
    found = sizes(store.path)
    assert all(size == held for size, held in found) and sum(size for size, _held in found) < MEGABYTE
    store.delete(big.id, "mine")
    assert store.add(piece("x" * 500_000), "mine") and store.get(big.id) is None


def test_what_comes_in_finds_room_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(stores, "AT_ONCE", 5)  # bytes: every few pieces by a transaction of their own
    store = Store(tmp_path / "pieces.sqlite3", Quota(10))
    many = [piece(str(number)) for number in range(10)]
    store.add(piece("0"), "mine")
    with pytest.raises(GeneratorError, match="no room"):
        bring_in(store, [*many, piece("one more")], "mine")
    assert store.search(shelf="mine").total == 1
    assert bring_in(store, [*many, *many], "mine") == 9
    assert bring_in(store, many, "mine") == 0
    with pytest.raises(GeneratorError, match="no room"):
        bring_in(store, [piece("11")], "mine")


def test_pieces_of_an_earlier_version_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "pieces.sqlite3"
    with closing(sqlite3.connect(path, isolation_level=None)) as link:
        for statement in store_schema.MIGRATIONS[0]:
            link.execute(statement)
        link.execute("PRAGMA user_version = 1")
        link.execute(
            "INSERT INTO pieces VALUES (1, 'abc', 'mine', 5.0, 'text', 'm', '', '', '{}', '{}', '雲', 'text', 'note', "
            "0, 7.0, 'f', 'folded')"
        )
        link.execute("INSERT INTO files VALUES (1, 'score', x'010203')")
    store = Store(path)
    found = store.get("abc")
    assert found is not None and found.deleted_at == 7.0
    assert sizes(path) == [(2 + 2 + 3 + 4 + 4 + 3,) * 2]
    with closing(sqlite3.connect(path)) as link:
        assert link.execute("SELECT decided, edited FROM pieces").fetchone() == (7.0, 0.0)
