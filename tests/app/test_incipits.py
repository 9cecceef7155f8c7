"""The first bars of a piece: engraved small, told in words, on cards, samples, previews and in the gallery."""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
import time
from dataclasses import replace
from pathlib import Path
from subprocess import Popen

import pytest
from streamlit.testing.v1 import AppTest

from generator import rendering, tokenizers
from generator.app import samples
from generator.app.generating import SMALL_KEPT, TASKS_KEPT, Desk
from generator.app.incipit_view import told_of
from generator.app.incipits import beginning, incipit, score_of_signs
from generator.app.melodies import notes
from generator.app.models import Shelf, cards
from generator.app.samples import SampleMaker, has_sample, heard_of, make_sample
from generator.errors import TokenizerError
from generator.music import Score
from generator.music.clefs import clef_of
from generator.rendering import Engraving, engrave


def test_the_beginning_is_engraved_and_told():
    found = incipit(notes("G2AB c2de|f4 z4|" + "c8|" * 30))
    assert found.picture.startswith("<svg") and "<script" not in found.picture
    assert (found.key, found.metre, found.bars) == ("C major", "4/4", 32)
    assert found.first == ("G4", "A4", "B4", "C5", "D5", "E5", "F5", "C5")
    assert told_of(found) == "C major, 4/4, 32 bars. It begins G4 A4 B4 C5 D5 E5 F5 C5."
    assert len(found.picture) < 100_000, "one page of several"


def test_a_small_picture_has_the_clefs_of_the_voices_and_no_names(monkeypatch: pytest.MonkeyPatch):
    given: list[tuple[Score, bool]] = []

    def engraved(score: Score, *, names: bool, **size: float) -> Engraving:
        given.append((score, names))
        return engrave(score, names=names, **size)

    monkeypatch.setattr(rendering, "engrave", engraved)
    low = notes("G,4 A,4|")
    part = low.parts[0]
    incipit(replace(low, parts=tuple(replace(part, name=name) for name in ("Soprano", "Alto", "Tenor", "Bass"))))
    ((score, names),) = given
    assert not names and [clef_of(part) for part in score.parts] == ["treble", "treble", "treble-8", "bass"]


def test_of_a_long_piece_only_the_beginning_is_engraved(monkeypatch: pytest.MonkeyPatch):
    given: list[Score] = []

    def engraved(score: Score, **size: float) -> Engraving:
        given.append(score)
        return engrave(score, **size)

    monkeypatch.setattr(rendering, "engrave", engraved)
    long = incipit(notes("G2AB c2d2-|d2B2 c4-|" * 100 + "c8|"))
    short = incipit(notes("G2AB c2d2-|d2B2 c4-|" * 23 + "c8|"))
    assert [len(score.bars) for score in given] == [48, 47]
    assert long.bars == 201 and short.bars == 47
    noteheads = [len(re.findall('class="notehead"', each.picture)) for each in (long, short)]
    assert noteheads[0] == noteheads[1] > 10, "the same lines of music"


@pytest.mark.parametrize("bars", [1, 2, 3, 7, 100])
def test_a_beginning_is_a_lawful_score(bars: int):
    score = notes("X:1\nM:3/4\nL:1/8\nK:D\nA2|d6-|[df]6-|[M:4/4][K:C]f8||c8-|c8-|c8|")
    cut = beginning(score, bars)
    assert cut.problems() == []
    assert cut.bars == score.bars[:bars] and len(cut.metres) == (2 if bars > 3 else 1)
    assert beginning(score, 100) == score


def test_signs_are_read_back_as_a_training_writes_them():
    alphabet = tokenizers.alphabet("melody")
    score = notes("GABc dedc|B2G2 G4|", "4/4", "G")
    text = alphabet.write(score)
    signs = alphabet.shown(text)
    assert score_of_signs(signs, "melody") == alphabet.read(text)
    half = score_of_signs(" ".join(signs.split()[:-3]), "melody")  # a sample may break off anywhere
    assert 0 < len(half.bars) <= len(score.bars)
    for bad, kind in (("no signs of music", "melody"), (signs, "voices"), (signs, "prose")):
        with pytest.raises(TokenizerError):
            score_of_signs(bad, kind)


def test_a_card_of_music_has_engraved_bars(app_home: Path, tmp_path: Path):
    for card in cards(app_home, tmp_path):
        if card.kind == "music":
            assert heard_of(card) is None
            make_sample(Shelf(1).get(card))
            found = heard_of(card)
            assert found is not None and found.picture.startswith("<svg") and found.bars == 4
            samples.place(card, "json").write_text("[]")
            assert heard_of(card) is None, "a damaged file is none"


def test_samples_are_made_by_a_process_once(app_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    begun: list[list[str]] = []
    monkeypatch.setattr(samples, "begin", lambda command, **more: begun.append(command) or 1)
    among, maker = cards(app_home, tmp_path), SampleMaker(most=2)
    assert maker.see_to(among) and not maker.see_to(among)
    assert begun[0][1:] == ["-m", "generator.app.samples", "2"]
    assert samples.main(2) == 0
    assert [has_sample(card) for card in among] == [True, True, False, False]
    assert not SampleMaker(most=2).see_to(among)
    assert SampleMaker(most=3).see_to(among) and len(begun) == 2


def test_one_process_at_a_time_makes_samples_and_none_of_a_model_in_training(app_home, tmp_path, monkeypatch):
    begun: list[Popen[bytes]] = []

    def begin(command, **more):
        begun.append(Popen(["sleep", "60"]))
        return begun[-1].pid

    monkeypatch.setattr(samples, "begin", begin)
    run = tmp_path / "runs" / "mine"
    shutil.copytree(app_home / "prose", run / "best")
    status = {"state": "running", "pid": os.getpid(), "heartbeat": time.time()}
    (run / "status.json").write_text(json.dumps(status))
    among = cards(app_home, Path("runs"))
    known, own = among[:-1], among[-1]
    assert own.name == "runs/mine"
    maker = SampleMaker()
    try:
        assert not maker.see_to([own]) and not begun
        assert maker.see_to(known[:1])
        assert not maker.see_to(among), "the first goes on"
        begun[0].kill()
        begun[0].wait()
        assert maker.see_to(known) and not maker.see_to(known)
        begun[1].kill()
        begun[1].wait()
        (run / "status.json").write_text(json.dumps({**status, "state": "finished"}))
        assert maker.see_to(among) and len(begun) == 3
    finally:
        for process in begun:
            process.kill()
            process.wait()


def test_a_sample_takes_the_place_of_that_of_the_checkpoint_before(app_home: Path, tmp_path: Path):
    shutil.copytree(app_home / "prose", tmp_path / "models" / "prose")
    other, mine = cards(app_home, tmp_path)[0], cards(tmp_path / "models", tmp_path)[0]
    for card in (other, mine):
        make_sample(Shelf(1).get(card))
    first = samples.place(mine)
    os.utime(mine.folder / "model.safetensors", (1, 1))
    assert first.exists() and not has_sample(mine)
    make_sample(Shelf(1).get(mine))
    assert has_sample(mine) and has_sample(other) and not first.exists()
    assert len(list(first.parent.iterdir())) == 2


def test_a_checkpoint_that_cannot_be_used_keeps_no_other_from_its_sample(app_home, tmp_path, monkeypatch, capsys):
    broken, good = cards(app_home, tmp_path)[:2]
    real = samples.make_sample

    def make(loaded):
        if loaded.card.name == broken.name:
            raise ValueError("a table of another size")
        real(loaded)

    monkeypatch.setattr(samples, "make_sample", make)
    assert samples.main(2) == 0
    assert has_sample(good) and not has_sample(broken)
    assert broken.name in capsys.readouterr().err


def test_small_pictures_do_not_drive_out_players(pool_of):
    desk = Desk(pool_of(jobs=1))
    player = desk.start("music one", lambda task: None)
    for number in range(SMALL_KEPT + 5):
        desk.start(f"incipit {number}", lambda task: None).wait(10)
    assert desk.tasks["music one"] is player and len(desk.tasks) == SMALL_KEPT + 6
    for number in range(TASKS_KEPT["music"] + 5):
        desk.start(f"music {number}", lambda task: None).wait(10)
    assert "music one" not in desk.tasks and len(desk.tasks) == SMALL_KEPT + 5 + TASKS_KEPT["music"]


def test_many_pictures_leave_room_in_the_queue(pool_of):
    pool, gate = pool_of(jobs=1, queue=5), threading.Event()
    desk = Desk(pool)
    found = [desk.start(f"incipit {number}", lambda task: gate.wait()) for number in range(100)]
    Desk(pool).start("music another's", lambda task: None)  # is not refused
    gate.set()
    for _ in range(1000):
        desk.go_on()
        if all(each.ended for each in found):
            break
        time.sleep(0.01)
    assert all(each.ended for each in found)
    assert [desk.start(f"incipit {number}", lambda task: None) for number in range(100)] == found


def test_what_a_broken_connection_stopped_is_done_again(pool_of):
    desk, gate = Desk(pool_of(jobs=1)), threading.Event()
    desk.start("music first", lambda task: gate.wait())
    waiting = desk.start("music one", lambda task: 7)
    desk.close()
    gate.set()
    again = desk.start("music one", lambda task: 7)
    assert again is not waiting and again.wait(10) and again.result == 7


def test_cards_show_what_their_models_write(app_home: Path, tmp_path: Path):
    found = {card.name: card for card in cards(app_home, tmp_path)}
    for name in ("prose", "tunes"):
        make_sample(Shelf(1).get(found[name]))

    def script() -> None:
        from generator.app.compose_state import listed
        from generator.app.model_cards import shelf

        shelf(listed(), listed()[0])

    page = AppTest.from_function(script, default_timeout=60).run()
    assert not page.exception
    (picture,) = page.get("image")
    assert "4 bars" in str(picture.proto), "its text alternative"
    written = samples.sample_of(found["prose"]).splitlines()[0].strip()
    assert any(written[:8] in each.value.replace("\\", "") for each in page.caption)
    page.button(key="choose tunes").click().run()
    assert page.session_state["c_model"] == "tunes"
