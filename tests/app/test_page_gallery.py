"""The page Gallery: found, opened, compared, written again, deleted and brought back; nobody sees another's shelf."""

import threading
import time
from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from generator.app import gallery_piece, gallery_shelf
from generator.app.controls import forms_of
from generator.app.gallery_compare import asked, common_lines, differences, flat
from generator.app.gallery_list import in_short
from generator.app.gallery_piece import request_of
from generator.app.melodies import notes
from generator.app.request import Request
from generator.app.store import NewPiece, SavedPiece, Search, Store, the_store
from generator.config import SamplingConfig, VerseConfig
from generator.errors import ConfigError, GeneratorError
from generator.music import Score, score_bytes
from generator.music.reading import read_bytes

MINE, YOURS = "m" * 43, "y" * 43  # keys of two browsers
EVIL = "<script>alert(1)</script> **bold** [x](javascript:x)"
PROSE = Request("prose", "O rose", SamplingConfig(length=12, temperature=0.7, seed=4))


def app() -> None:
    from generator.app.page_gallery import page

    page()


def shelf_of(key: str) -> str:
    return sha256(key.encode()).hexdigest()[:32]


def opened(key: str = MINE, **address: str) -> AppTest:
    """The page in a browser with that key."""
    found = AppTest.from_function(app, default_timeout=100)
    found.session_state[gallery_shelf.KEY] = key
    for name, value in address.items():
        found.query_params[name] = value
    return checked(found.run())


def checked(found: AppTest) -> AppTest:
    assert not found.exception, found.exception[0].stack_trace
    return found


def click(found: AppTest, key: str) -> AppTest:
    return checked(found.button(key=key).click().run())


def titles(found: AppTest) -> list[str]:
    return [each.value for each in found.markdown if each.value.startswith("**")]


def told_in_table(found: AppTest) -> str:
    return str(found.table[0].value.to_string()).replace("\\", "")


def keep(text: str = "A rose\nby any", key: str = MINE, **more: object) -> SavedPiece:
    said = {"kind": "text", "model": "prose", "text": text, "seed": 4, "settings": PROSE.to_dict()}
    return the_store().add(NewPiece(**{**said, **more}), shelf_of(key))  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def surroundings(app_home: Path) -> Path:
    return app_home


# ---------------------------------------------------------------- the page


def test_empty_it_says_what_to_do_and_shelves_are_apart():
    keep(key=YOURS)
    found = opened()
    assert "press Keep" in found.info[0].value and titles(found) == []
    assert titles(opened(YOURS)) == ["**A rose**"]


def test_a_piece_is_found_opened_hearted_deleted_and_brought_back():
    piece, other = keep(), keep("春浦迢迢望夕曛", kind="verse", model="tang", seed=2, hearted=True)
    found = opened()
    assert len(titles(found)) == 2
    found.text_input(key="gallery words").set_value("ROSE").run()
    assert titles(checked(found)) == ["**A rose**"]
    found.toggle(key="gallery hearted").set_value(True).run()
    assert titles(checked(found)) == [] and "drop a filter" in found.info[0].value
    the_store().heart(piece.id, shelf_of(MINE))
    assert titles(checked(found.run())) == ["**A rose**"]
    click(found, f"{piece.id} delete")
    assert titles(found) == [] and the_store().search(shelf=shelf_of(MINE)).total == 1
    click(found, "gallery undo")
    assert titles(found) == ["**A rose**"]
    click(found, f"{piece.id} open")
    assert found.query_params["piece"] in (piece.id, [piece.id])
    assert [each.value for each in found.text] == ["A rose\nby any"]
    assert f"piece={piece.id}" in found.code[0].value
    click(found, "gallery back")
    assert "piece" not in found.query_params
    found.toggle(key="gallery hearted").set_value(False)
    found.text_input(key="gallery words").set_value("")
    found.selectbox(key="gallery kind").set_value("verse").run()
    assert titles(checked(found)) == [f"**{other.title}**"]


def test_a_piece_of_music_is_shown_by_its_first_bars():
    score = score_bytes(notes("C_DE^F GABc|c8|"), ".musicxml").decode()
    keep("signs", kind="music", score=score)
    keep("signs", kind="music")  # brought in from elsewhere, without its score
    found = opened()
    for _ in range(100):
        if found.get("image"):
            break
        time.sleep(0.1)
        checked(found.run())
    (picture,) = found.get("image")
    assert "2 bars" in str(picture.proto)
    assert any("It begins C4 D♭4 E4 F♯4" in caption.value for caption in found.caption)


def test_the_text_of_a_piece_never_acts_on_the_page():
    keep(f"{EVIL}\n{EVIL}", note=EVIL, model=f"m {EVIL}", facts={"key": EVIL})
    found = opened()
    assert found.text[0].value == f"{EVIL}\n{EVIL}"
    (piece,) = the_store().search(shelf=shelf_of(MINE)).pieces
    opened_one = opened(piece=piece.id)
    for page in (found, opened_one):
        for element in [*page.markdown, *page.caption, *page.subheader, *page.info]:
            assert not getattr(element, "allow_html", False)
            bare = element.value.replace("\\<", "").replace("\\*", "").replace("\\[", "")
            assert "<script" not in bare and "**bold" not in bare and "[x" not in bare


def test_a_share_link_opens_the_piece_for_another_without_note_or_delete_and_can_be_copied():
    piece = keep(note="for Aunt Mary", key=YOURS)
    found = opened(MINE, piece=piece.id)
    assert [each.value for each in found.text] == [piece.text]
    shown = told_in_table(found)
    assert "0.7" in shown and "prose" in shown and "O rose" in shown
    assert not found.text_area and "piece delete" not in [each.key for each in found.button]
    click(found, "piece copy")
    (copy,) = the_store().search(shelf=shelf_of(MINE)).pieces
    assert (copy.text, copy.seed, copy.settings, copy.note) == (piece.text, piece.seed, piece.settings, "")
    the_store().delete(piece.id, shelf_of(YOURS))
    assert "no such piece" in opened(MINE, piece=piece.id).warning[0].value
    assert "brought back" in opened(YOURS, piece=piece.id).info[0].value
    assert "no such piece" in opened(MINE, piece="../../etc/passwd").warning[0].value


def test_title_and_note_can_be_changed():
    piece = keep()
    found = opened(piece=piece.id)
    found.text_input[0].set_value("Another name")
    found.text_area[0].set_value("note")
    save = next(each for each in found.button if each.label == "Save")
    checked(save.click().run())
    changed = the_store().get(piece.id)
    assert changed is not None and (changed.title, changed.note) == ("Another name", "note")
    assert found.subheader[0].value == "Another name"


def test_two_pieces_stand_side_by_side_with_what_differs():
    one, two = keep(), keep("A rose\nis a rose", seed=9, settings={"settings": {"temperature": 1.5}})
    found = opened()
    click(found, f"{one.id} compare")
    assert "second one" in " ".join(each.value for each in found.info)
    click(found, f"{two.id} compare")
    assert {each.value for each in found.text} == {one.text, two.text}
    shown = told_in_table(found)
    assert "Seed" in shown and "1.5" in shown and "Model" not in shown
    assert found.caption[-1].value == "Lines that stand in both: 1"
    click(found, "compare back")
    assert len(titles(found)) == 2


def test_two_pieces_of_an_address_are_compared_and_one_that_is_gone_is_told_of():
    one, two = keep(), keep("A rose\nis a rose", seed=9)
    assert "gallery words" not in [each.key for each in opened(piece=one.id).text_input]
    both: Any = [one.id, two.id]
    assert {each.value for each in opened(piece=both).text} == {one.text, two.text}
    twice: Any = [one.id, one.id]
    assert [each.value for each in opened(piece=twice).text] == [one.text]
    the_store().delete(two.id, shelf_of(MINE))
    assert "brought back" in opened(piece=both).info[0].value
    assert "no such piece" in opened(YOURS, piece=both).warning[0].value


def test_a_piece_that_was_chosen_and_deleted_is_compared_no_longer():
    one, two, three = keep(), keep("A rose\nis a rose", seed=9), keep("third")
    found = opened()
    click(found, f"{one.id} compare")
    click(found, f"{one.id} delete")
    assert "second one" not in " ".join(each.value for each in found.info)
    click(found, "gallery undo")
    assert "second one" not in " ".join(each.value for each in found.info), "nor when it is brought back"
    click(found, f"{two.id} compare")
    the_store().delete(two.id, shelf_of(MINE))  # in another tab
    click(found, f"{three.id} compare")
    assert "piece" not in found.query_params, "the third is the first of a new pair"
    click(found, f"{one.id} compare")
    assert {each.value for each in found.text} == {one.text, three.text}
    for piece in (one, three):  # nothing is left at all
        the_store().delete(piece.id, shelf_of(MINE))
    assert "brought back" in checked(found.run()).info[0].value
    click(found, "gallery back")
    assert titles(found) == [] and "press Keep" in found.info[0].value


def test_what_is_looked_for_outlives_a_visit_to_a_piece():
    piece, _other = keep(hearted=True), keep("something else", hearted=True)
    found = opened()
    found.text_input(key="gallery words").set_value("by any")
    found.selectbox(key="gallery kind").set_value("text")
    found.toggle(key="gallery hearted").set_value(True).run()
    assert len(titles(found)) == 1
    click(found, f"{piece.id} open")
    checked(found.run())
    click(found, "gallery back")
    assert len(titles(found)) == 1
    assert found.text_input(key="gallery words").value == "by any"
    assert found.selectbox(key="gallery kind").value == "text" and found.toggle(key="gallery hearted").value


def test_what_went_wrong_is_said_although_the_page_is_drawn_again(monkeypatch: pytest.MonkeyPatch):
    piece = keep()
    found = opened()

    def fails(*_: object) -> None:
        raise GeneratorError("The disk is full.")

    monkeypatch.setattr(Store, "heart", fails)
    click(found, f"{piece.id} heart")
    checked(found.run())
    assert "disk is full" in found.error[0].value
    monkeypatch.setattr(gallery_piece.time, "monotonic", lambda: time.time() + 1e9)
    assert not checked(found.run()).error


def test_a_piece_is_written_again_with_all_that_made_it(monkeypatch: pytest.MonkeyPatch):
    went: list[tuple[str, dict]] = []
    monkeypatch.setattr("streamlit.switch_page", lambda page, query_params: went.append((page.title, query_params)))
    piece = keep()
    found = opened(piece=piece.id)
    click(found, "piece again")
    assert "m" not in found.query_params, "the address of this page stays what it is"
    assert found.query_params["piece"] in (piece.id, [piece.id])
    assert went[0][1]["seed"] == ["4"] and went[0][1]["p"] == ["O rose"] and went[0][1]["m"] == ["prose"]
    assert found.session_state["c_temperature"] == 0.7
    gone = keep("gone", model="gone", settings={"model": "gone"})
    found = click(opened(piece=gone.id), "piece again")
    assert len(went) == 1 and found.error


def test_a_score_is_read_once_and_by_no_thread_of_the_page(monkeypatch: pytest.MonkeyPatch):
    readers: list[str] = []
    seen = threading.Event()
    read = gallery_piece.score_of_piece

    def reading(store: Store, piece: SavedPiece) -> Score | None:
        readers.append(threading.current_thread().name)
        assert seen.wait(60), "a long one"
        return read(store, piece)

    monkeypatch.setattr(gallery_piece, "score_of_piece", reading)
    score = score_bytes(notes("CDEF GABc|c8|"), ".musicxml").decode()
    found = opened(piece=keep("signs", kind="music", score=score).id)
    assert any("Engraving" in each.value for each in found.caption), "meanwhile it says so"
    seen.set()
    for _ in range(100):
        if found.get("download_button"):
            break
        time.sleep(0.1)
        checked(found.run())
    checked(found.run())
    assert found.get("download_button")
    assert len(readers) == 1 and "script" not in readers[0].lower()


def test_music_is_shown_by_its_score():
    score = read_bytes(b"X:1\nT:Two bars\nM:4/4\nL:1/4\nK:D\nDEFG|ABAG|\n", "abc", "x")[0].score
    assert score is not None
    text = score_bytes(score, ".musicxml").decode()
    piece = keep("\ue000", kind="music", model="tunes", title="Two bars", score=text, facts={"key": "D major"})
    found = opened()
    assert "D major" in found.caption[1].value and not found.text
    click(found, f"{piece.id} open")
    for _ in range(60):
        if not any("Engraving" in each.value for each in found.caption):
            break
        time.sleep(0.5)
        checked(found.run())
    assert {"MIDI", "MusicXML", "WAV", "ABC"} <= {each.label for each in found.get("download_button")}
    assert not found.error


def test_a_damaged_file_is_told_of_by_its_new_name():
    keep()
    path = the_store().path
    for ending in ("-wal", "-shm"):
        Path(f"{path}{ending}").unlink(missing_ok=True)
    path.write_bytes(b"not a database at all, and long enough to look at " * 50)
    the_store().indexed = None
    found = opened()
    assert "damaged" in found.warning[0].value
    assert the_store().set_aside()[0].name in found.warning[0].value.replace("\\", "")


# ---------------------------------------------------------------- what stands behind it


def test_what_was_asked_leaves_out_what_is_the_default_anyway():
    request = Request(
        "tang", "", SamplingConfig(temperature=0.5, seed=3), verse=VerseConfig(form="qijue", word=("月",))
    )
    assert asked(request.to_dict()) == {"settings.temperature": "0.5", "verse.form": "qijue", "verse.word": "月"}
    assert flat({"a": {"b": None, "c": 0.123456}, "d": []}) == {"a.c": "0.1235"}


def test_differences_are_told_with_both_values():
    one = the_store().get(keep("x\ny").id)
    two = the_store().get(keep("y\nx", seed=5, digest="d").id)
    assert one is not None and two is not None
    found = {row.name: (row.left, row.right) for row in differences(one, two)}
    assert found == {"digest": ("", "d"), "settings.seed": ("4", "5")}
    assert differences(one, one) == [] and common_lines(one, two) == 1


def test_of_what_was_asked_and_came_of_it_only_the_latter_is_compared():
    asked_for, free = {"music": {"bars": 8}}, {"music": {}}
    one = the_store().get(keep("x", settings=asked_for, facts={"bars": 7, "key": "D major"}).id)
    two = the_store().get(keep("y", settings=free, facts={"bars": 9, "key": "D major"}).id)
    assert one is not None and two is not None
    assert {row.name: (row.left, row.right) for row in differences(one, two)} == {"bars": ("7", "9")}


def test_a_form_is_called_by_its_title():
    assert gallery_piece.value_of_setting("verse.form", "qijue") == forms_of("zh")["qijue"] != "qijue"
    assert gallery_piece.value_of_setting("verse.form", "abab") == "abab"
    assert gallery_piece.value_of_setting("settings.temperature", "0.7") == "0.7"


def test_the_request_of_a_piece_is_the_one_that_made_it():
    assert request_of(keep()) == PROSE
    with pytest.raises(ConfigError, match="No settings"):
        request_of(keep(settings={}))
    with pytest.raises(ConfigError):
        request_of(keep(settings={"settings": {"temperature": -1}}))
    with_file = keep(settings={**PROSE.to_dict(), "task": "harmonise", "score_name": "a.mid"}, given=b"MThd")
    assert (request_of(with_file).score, request_of(with_file).score_name) == (b"MThd", "a.mid")


def test_a_long_text_is_shown_in_short():
    assert in_short("\n".join("abcdefgh")) == "\n".join("abcdef") + " …"
    assert in_short("x" * 500) == "x" * 400 + " …" and in_short("\nab\n") == "ab"


@pytest.mark.parametrize(
    ("cookie", "taken"), [(YOURS, True), (None, False), ("short", False), ("y" * 40 + "'; x", False), (object(), False)]
)
def test_a_browser_is_known_by_a_good_key_only(monkeypatch: pytest.MonkeyPatch, cookie: object, taken: bool):
    session: dict[str, str] = {}
    context = SimpleNamespace(cookies={gallery_shelf.COOKIE: cookie})
    monkeypatch.setattr(gallery_shelf, "st", SimpleNamespace(session_state=session, context=context))
    found = gallery_shelf.whose()
    assert (found == shelf_of(YOURS)) is taken
    assert gallery_shelf.whose() == found and len(session[gallery_shelf.KEY]) >= 32
    monkeypatch.setenv("GENERATOR_APP_GALLERY", "shared")
    assert gallery_shelf.whose() == gallery_shelf.SHARED
    monkeypatch.setenv("GENERATOR_APP_GALLERY", "mine")
    with pytest.raises(ConfigError, match="GENERATOR_APP_GALLERY"):
        gallery_shelf.whose()


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The state of a session whose browser had no cookie when it came."""
    state: dict[str, Any] = {}
    monkeypatch.setattr(gallery_shelf, "st", SimpleNamespace(session_state=state, context=SimpleNamespace(cookies={})))
    return state


def test_what_a_tab_kept_goes_to_the_shelf_of_the_key_that_another_gave_the_browser(session: dict[str, Any]):
    before = gallery_shelf.whose()
    kept = the_store().add(NewPiece("text", "prose", "A rose"), before)
    for said in ("short", "none", None, 7):
        session[gallery_shelf.SHELF] = {"held": said}
        gallery_shelf.heard()
        assert gallery_shelf.whose() == before
    gone = the_store().add(NewPiece("text", "prose", "Thorns"), before)
    the_store().delete(gone.id, before)
    session[gallery_shelf.SHELF] = {"held": YOURS}
    gallery_shelf.heard()
    assert the_store().undo(gone.id, shelf_of(YOURS)) and the_store().delete(gone.id, shelf_of(YOURS))
    assert gallery_shelf.whose() == shelf_of(YOURS) and not gallery_shelf.refused()
    found = the_store().get(kept.id)
    assert found is not None and found.shelf == shelf_of(YOURS)
    session[gallery_shelf.SHELF] = {"held": MINE}  # cookies were deleted, and another person kept something
    gallery_shelf.heard()
    assert gallery_shelf.whose() == shelf_of(MINE)
    assert the_store().search(shelf=shelf_of(YOURS)).total == 1


def test_a_browser_that_takes_no_cookie_is_known(session: dict[str, Any], monkeypatch: pytest.MonkeyPatch):
    assert not gallery_shelf.refused()
    session[gallery_shelf.SHELF] = {"held": gallery_shelf.NONE}
    gallery_shelf.heard()
    assert gallery_shelf.refused()
    monkeypatch.setenv("GENERATOR_APP_GALLERY", "shared")
    assert not gallery_shelf.refused()


def test_everything_kept_is_found_by_an_empty_search():
    keep()
    assert the_store().search(Search(), shelf_of(MINE)).total == 1
