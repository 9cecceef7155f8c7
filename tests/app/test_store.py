"""The gallery's memory: what was kept is found again, by several threads at once and after every accident."""

import os
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path
from secrets import token_hex

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.app import store_schema
from generator.app.store import NewPiece, SavedPiece, Search, Store
from generator.app.store_words import fold
from generator.errors import GeneratorError

POEM = "春浦迢迢望夕曛，\n夏雲微雨上天文。"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "kept" / "pieces.sqlite3")


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """One file for many examples, each on a shelf of its own."""
    return Store(tmp_path_factory.mktemp("lasting") / "pieces.sqlite3")


@pytest.fixture(params=[True, False], ids=["index", "no index"])
def searched(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    """A store where words are looked up in the index, and one of an SQLite without FTS5."""
    found = Store(tmp_path / "pieces.sqlite3")
    if not request.param:
        real = store_schema.open_file

        class Without(sqlite3.Connection):
            def execute(self, statement, *values):  # what an SQLite says that was built without it
                if "fts5" in statement:
                    raise sqlite3.OperationalError("no such module: fts5")
                return super().execute(statement, *values)

        def opened(path: Path) -> sqlite3.Connection:
            real(path).close()
            link = sqlite3.connect(path, isolation_level=None, check_same_thread=False, factory=Without)
            link.row_factory = sqlite3.Row
            return link

        monkeypatch.setattr(store_schema, "open_file", opened)
    found.search()
    assert found.indexed is request.param
    return found


def verse(text: str = POEM, **more: object) -> NewPiece:
    said = {"kind": "verse", "model": "tang", "text": text, "seed": 2, "settings": {"verse": {"form": "qijue"}}}
    return NewPiece(**{**said, **more})  # type: ignore[arg-type]


def ids(pieces: tuple[SavedPiece, ...]) -> list[str]:
    return [piece.id for piece in pieces]


# ---------------------------------------------------------------- keeping


def test_what_was_kept_comes_back_as_it_was(store: Store):
    wishes = {"verse": {"form": "qijue", "word": ["夏"], "repeat": False}, "settings": {"temperature": 0.8}}
    kept = store.add(verse(settings=wishes, facts={"bits_per_char": 5.5}, digest="ab12", note="for Li", hearted=True))
    again = Store(store.path).get(kept.id)
    assert again == kept
    assert again is not None and (again.settings, again.facts) == (wishes, {"bits_per_char": 5.5})
    assert (again.text, again.seed, again.digest, again.note, again.hearted) == (POEM, 2, "ab12", "for Li", True)
    assert again.title == "春浦迢迢望夕曛，"


@given(
    text=st.text(st.characters(), max_size=60),  # NUL, control characters and halves of surrogate pairs among them
    seed=st.one_of(st.none(), st.integers(0, 2**80)),
    values=st.dictionaries(
        st.text(max_size=5), st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=9))
    ),
)
@settings(max_examples=40)
def test_any_text_seed_and_settings_come_back(lasting: Store, text, seed, values):
    store = lasting
    kept = store.add(NewPiece("text", "any", text, seed, settings=values))
    found = store.get(kept.id)
    assert found is not None and (found.seed, found.settings) == (seed, values)
    assert found.text == text.encode("utf-8", "replace").decode()


def test_ids_cannot_be_guessed_and_stand_in_an_address(store: Store):
    found = {store.add(verse(str(number))).id for number in range(30)}
    assert len(found) == 30
    assert all(len(each) == 16 and set(each) <= set(GOOD) for each in found)


GOOD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def test_the_same_piece_twice_is_kept_once_and_comes_back_when_it_was_deleted(store: Store):
    first = store.add(verse())
    assert store.add(verse(hearted=True)).id == first.id
    assert store.search().total == 1 and store.search(Search(hearted=True)).total == 1
    store.delete(first.id)
    assert store.add(verse()).deleted_at is None
    assert store.add(verse(seed=3)).id != first.id
    assert store.add(verse(), "another shelf").id != first.id


def test_shelves_do_not_see_or_change_each_other(store: Store):
    mine, yours = store.add(verse(), "mine"), store.add(verse("other"), "yours")
    assert ids(store.search(shelf="mine").pieces) == [mine.id]
    assert not any(
        (store.heart(yours.id, "mine"), store.delete(yours.id, "mine"), store.edit(yours.id, "mine", title="x"))
    )
    assert store.get(yours.id) == yours  # who has the link may read it
    assert store.delete(yours.id, "yours") and not store.undo(yours.id, "mine") and store.undo(yours.id, "yours")


def test_what_stands_on_one_shelf_can_be_put_on_another_and_nothing_is_doubled(store: Store):
    both = store.add(verse(), "one"), store.add(verse(), "two")
    alone, foreign = store.add(verse("other"), "one"), store.add(verse("other"), "three")
    assert store.move("one", "two") == 2
    assert set(ids(store.search(shelf="two").pieces)) == {both[1].id, alone.id}
    assert store.search(shelf="one").total == 0
    assert ids(store.search(shelf="three").pieces) == [foreign.id]


def test_deleting_can_be_undone_until_it_is_purged(store: Store):
    piece = store.add(NewPiece("music", "m", "x", score="<score/>", given=b"given"))
    assert store.delete(piece.id, now=1000.0) and not store.delete(piece.id)
    assert store.search().total == 0 and store.search(Search(deleted=True)).total == 1
    assert store.purge(days=1, now=1000.0 + 86_399) == 0
    assert store.undo(piece.id) and store.search().total == 1
    store.delete(piece.id, now=1000.0)
    assert store.purge(days=1, now=1000.0 + 86_400) == 1
    assert store.get(piece.id) is None and store.score(piece.id) == ""
    with closing(sqlite3.connect(store.path)) as link:
        assert link.execute("SELECT count(*) FROM files").fetchone() == (0,), "its files went with it"


def test_a_piece_that_is_too_long_or_of_no_kind_is_refused(store: Store):
    for wrong in (verse("x" * 2_000_001), verse(kind="picture"), verse(given=b"x" * 20_000_001)):
        with pytest.raises(GeneratorError):
            store.add(wrong)
    with pytest.raises(ValueError, match="JSON"):
        store.add(verse(settings={"temperature": float("nan")}))
    assert store.search().total == 0


# ---------------------------------------------------------------- finding


def test_words_are_found_in_any_script_and_case(searched: Store):
    poem = searched.add(verse(note="For Aunt Mary"))
    play = searched.add(NewPiece("text", "shakespeare", "ROMEO:\n100% of thy 'heart' — Straße", 7))
    jig = searched.add(NewPiece("music", "fiddle", "\ue000\ue001", 5, facts={"key": "E minor", "bars": 16}))
    for words, expected in {
        "雲": poem, "云": poem, "夏雲微雨": poem, "夏云微雨": poem, "迢迢 天文": poem, "aunt MARY": poem,
        "romeo": play, "100%": play, "'heart'": play, "strasse": play, "ＲＯＭＥＯ": play, '"': None, "_": None,
        "e minor": jig, "16": jig, "\ue000": None, "romeo 雲": None, "微夏": None, "AND OR": None, "NEAR(": None,
        "夏云微雨 上": poem, "fid": jig, "dle": jig,
    }.items():  # fmt: skip
        assert ids(searched.search(Search(words=words)).pieces) == ([expected.id] if expected else []), words
    assert searched.search(Search(words="  ")).total == 3
    searched.edit(poem.id, title="Rain in summer", note="")
    assert searched.search(Search(words="mary")).total == 0
    assert searched.search(Search(words="summer")).total == 1
    searched.delete(poem.id, now=0.0)
    searched.purge()
    assert searched.search(Search(words="summer")).total == 0


@given(
    texts=st.lists(st.text("ab\"'*雲云雨% -", max_size=8), min_size=1, max_size=6, unique=True),
    words=st.text("ab\"'*雲云雨% -", max_size=5),
)
@settings(max_examples=60)
def test_a_search_finds_what_reading_every_text_finds(lasting: Store, texts, words):
    shelf = token_hex(8)
    kept = {lasting.add(NewPiece("text", "m", text, 1, title="t"), shelf).id: text for text in texts}
    same = str.maketrans("雲", "云")
    wanted = {
        each
        for each, text in kept.items()
        if all(word in text.translate(same) for word in words.translate(same).split())
    }
    assert set(ids(lasting.search(Search(words=words), shelf).pieces)) == wanted


def test_filters_hold_together_and_pages_come_one_after_the_other(store: Store):
    kinds = ("text", "verse", "music")
    for number in range(23):
        store.add(
            NewPiece(
                kinds[number % 3], f"model{number % 2}", str(number), number, hearted=number % 5 == 0, created=number
            )
        )

    def seeds(search: Search, **page: int) -> list[int | None]:
        return [piece.seed for piece in store.search(search, **page).pieces]

    assert seeds(Search(), limit=5) == [22, 21, 20, 19, 18]
    assert seeds(Search(order="oldest"), limit=3, offset=21) == [21, 22]
    assert seeds(Search(order="title"), limit=3) == [0, 1, 10]
    wished = Search(kinds=("text", "music"), models=("model0",), hearted=True, since=1, until=20)
    assert seeds(wished) == [each for each in range(19, 0, -1) if each % 3 != 1 and each % 2 == 0 and each % 5 == 0]
    assert store.search(wished, limit=0).total == len(seeds(wished))
    assert store.models() == ["model0", "model1"] and store.models("elsewhere") == []
    with pytest.raises(GeneratorError, match="no order"):
        store.search(Search(order="created; DROP TABLE pieces"))


@given(st.text(st.sampled_from("雲云乾坤Aaß①ｆÅ\r\n "), max_size=12), st.text("雲乾坤A", max_size=4))
def test_a_part_is_folded_as_it_is_in_the_whole(before: str, part: str):
    assert fold(part) in fold(before + part + before)


# ---------------------------------------------------------------- threads and processes


def test_threads_that_write_at_once_lose_nothing(tmp_path: Path):
    path, errors, kept = tmp_path / "pieces.sqlite3", [], []
    shared, start = Store(path), threading.Barrier(8)

    def work(worker: int) -> None:
        mine = shared if worker % 2 else Store(path)  # as a second process would have it
        try:
            start.wait()
            for number in range(12):
                piece = mine.add(verse(f"{worker} {number} 云雨"), f"shelf{worker % 3}")
                mine.heart(piece.id, piece.shelf)
                assert mine.search(Search(words="云雨", hearted=True), piece.shelf, limit=1).total >= 1
                if number % 4 == 0:
                    mine.delete(piece.id, piece.shelf)
                    mine.undo(piece.id, piece.shelf)
                mine.purge()
                kept.append(piece.id)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors
    assert len(set(kept)) == 96
    assert sum(shared.search(Search(hearted=True), f"shelf{number}").total for number in range(3)) == 96
    with closing(sqlite3.connect(path)) as link:
        assert link.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert link.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        link.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")  # fails if index and text differ


def test_the_file_is_made_on_first_use_for_its_owner_alone(store: Store):
    assert not store.path.parent.exists()
    assert store.search().total == 0
    assert stat.S_IMODE(store.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(store.path.parent.stat().st_mode) == 0o700
    store.add(verse())
    for path in store.path.parent.iterdir():
        os.remove(path)
    assert store.search().total == 0, "a file that was removed is made anew"


WRITER = """
import sys; from pathlib import Path; from generator.app.store import NewPiece, Store
store = Store(Path(sys.argv[1]))
for number in range(1000000):
    print(store.add(NewPiece("text", "m", str(number), number)).id, flush=True)
"""


def test_what_was_kept_outlives_a_kill(store: Store):
    process = subprocess.Popen([sys.executable, "-c", WRITER, str(store.path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(20)]
    process.kill()
    process.communicate()
    assert all(store.get(each) for each in told)
    assert store.set_aside() == []


# ---------------------------------------------------------------- versions and accidents


def test_a_file_of_an_earlier_version_is_brought_up_and_keeps_its_pieces(store: Store, monkeypatch: pytest.MonkeyPatch):
    kept = store.add(verse())
    monkeypatch.setattr(
        store_schema, "MIGRATIONS", (*store_schema.MIGRATIONS, ("ALTER TABLE pieces ADD COLUMN stars INTEGER",))
    )
    newer = Store(store.path)
    assert newer.get(kept.id) == kept
    with closing(sqlite3.connect(store.path)) as link:
        assert link.execute("SELECT stars FROM pieces").fetchone() == (None,)
        assert link.execute("PRAGMA user_version").fetchone() == (len(store_schema.MIGRATIONS),)
    monkeypatch.undo()
    with pytest.raises(GeneratorError, match="newer version"):
        Store(store.path).search()


def test_a_migration_that_fails_leaves_the_file_as_it_was(store: Store, monkeypatch: pytest.MonkeyPatch):
    kept = store.add(verse())
    broken = ("ALTER TABLE pieces ADD COLUMN stars INTEGER", "ALTER TABLE nowhere ADD COLUMN x")
    monkeypatch.setattr(store_schema, "MIGRATIONS", (*store_schema.MIGRATIONS, broken))
    with pytest.raises(GeneratorError, match="nowhere"):
        Store(store.path).search()
    monkeypatch.undo()
    assert Store(store.path).get(kept.id) == kept


def test_an_index_that_fell_behind_is_made_anew(store: Store):
    store.add(verse())
    with closing(sqlite3.connect(store.path)) as link:  # as an SQLite without FTS5 leaves it
        for name in store_schema.TRIGGERS:
            link.execute(f"DROP TRIGGER {name}")
        link.execute("UPDATE pieces SET folded = 'autumn'")
        link.commit()
    again = Store(store.path)
    assert again.search(Search(words="autumn")).total == 1
    assert again.search(Search(words="夏云微雨")).total == 0


def test_a_file_that_is_no_database_is_moved_aside_whole(store: Store):
    store.path.parent.mkdir(parents=True)
    store.path.write_bytes(b"a letter to my aunt " * 400)
    assert store.search().total == 0
    store.add(verse())
    (aside,) = store.set_aside()
    assert aside.read_bytes() == b"a letter to my aunt " * 400
    assert Store(store.path).search().total == 1 and len(store.set_aside()) == 1


def test_what_can_be_read_of_a_damaged_file_is_carried_over(store: Store):
    kept = [store.add(NewPiece("text", "m", f"{number} " + "word " * 500, number, score="s")) for number in range(40)]
    with closing(sqlite3.connect(store.path)) as link:
        link.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = link.execute("PRAGMA page_size").fetchone()[0]
    content = bytearray(store.path.read_bytes())
    middle = content.index(b"20 word word")
    content[middle // size * size : (middle // size + 1) * size] = b"\xa5" * size
    store.path.write_bytes(content)
    again = Store(store.path)
    found = {piece.id: piece for piece in again.search(limit=100).pieces}
    assert 20 <= len(found) < 40
    assert all(found[piece.id] == piece for piece in kept if piece.id in found)
    assert again.score(next(iter(found))) == "s"
    (aside,) = again.set_aside()
    assert aside.read_bytes() == content


def test_damage_that_comes_while_it_runs_is_told_and_mended_by_the_next_call(store: Store):
    store.add(verse())
    for ending in ("-wal", "-shm"):
        Path(f"{store.path}{ending}").unlink(missing_ok=True)
    store.path.write_bytes(b"no database, but long enough to be read as one " * 100)
    with pytest.raises(GeneratorError, match="damaged") as caught:
        store.search()
    assert "Try again" in caught.value.hint
    assert store.search().total == 0 and len(store.set_aside()) == 1


def test_a_folder_that_cannot_be_written_is_told_in_words(tmp_path: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(GeneratorError, match="cannot be read or written") as caught:
        Store(tmp_path / "file" / "pieces.sqlite3").search()
    assert "GENERATOR_APP_FOLDER" in caught.value.hint
