"""What is copied is told, to whom it may be; and what is written from the ends of lines is read forwards."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path
from typing import Any

import pytest
from small_models import music_model, put, text_model
from streamlit.testing.v1 import AppTest
from test_compose_page import chosen, opened, press, run, written

from generator import tokenizers
from generator.app import compose_actions
from generator.app.gallery_shelf import KEY, shelf_of
from generator.app.models import may_be_shown
from generator.app.writing import Certainty, turned_lines
from generator.config import PrepareConfig
from generator.corpus import PreparedCorpus, prepare, read_text
from generator.corpus.packing import turned

VISITOR, OTHER = "v" * 32, "o" * 32
TEXT = "O rose, thou art sick!\nThe invisible worm,\nthat flies in the night\n"


@pytest.fixture
def home(app_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Models of a test's own."""
    folder = tmp_path / "own models"
    monkeypatch.setenv("GENERATOR_CHECKPOINTS", str(folder))
    return folder


def mirror(home: Path, name: str = "mirror", **config: Any) -> Path:
    """A model that writes lines from their ends, and breaks them often."""
    tokenizer = tokenizers.train("char", [TEXT + "\n" * 30])
    return put(home / name, tokenizer, medium="text", start_text="\n", backward=True, **config)


def made(source: Path, folder: Path, **settings: Any) -> PreparedCorpus:
    return prepare(source, folder, PrepareConfig(**settings), say=lambda line: None, progress=False)


def lines_in(folder: Path, count: int = 200) -> Path:
    """Lines of the letters that the model knows."""
    draw = random.Random(1)
    letters = sorted(set(TEXT) - {"\n"})
    source = folder / "lines.txt"
    source.write_text("\n".join("".join(draw.choices(letters, k=40)) for _ in range(count)))
    return source


def own_corpus(tmp_path: Path, home: Path, owner: str | None) -> None:
    """A training of this folder: its model, its corpus, and what was asked for."""
    run_folder = tmp_path / "runs" / "mine"
    corpus = made(lines_in(tmp_path), run_folder / "corpus", pieces="line")
    provenance = {"source": "lines.txt", "corpus": "runs/mine/corpus", "corpus_digest": corpus.details["digest"]}
    text_model(home)
    put(
        run_folder / "best", tokenizers.train("char", [TEXT] * 3), medium="text", start_text="\n", provenance=provenance
    )
    job = {"name": "mine", "arguments": [], "queued": 0.0} | ({} if owner is None else {"owner": owner})
    (run_folder / "job.json").write_text(json.dumps(job))


def offers_copies(page: AppTest) -> bool:
    return any((each.key or "").endswith("copies") for each in page.button)


def test_a_text_is_read_forwards_and_certainty_too(home: Path):
    mirror(home)
    page = press(chosen("mirror", length=120), "compose write")
    text = written(page)[0]
    job = page.session_state["desk"].jobs[-1]
    raw = "".join(job.progress._raw[0])
    assert text == turned(raw) != raw
    assert "".join(each.text for each in job.progress.certainty(0)) == text
    page.toggle(key="compose certainty").set_value(True)
    run(page)


def test_a_token_of_several_characters_is_turned_too_and_one_that_breaks_a_line_stands_on_both():
    found = [Certainty(text, place / 4, (("x", 0.1),)) for place, text in enumerate(("ba", "c\nd", "e", "\n"), 1)]
    read = turned_lines(found)
    assert "".join(each.text for each in read) == turned("bac\nde\n")
    assert [(each.text, each.probability) for each in read] == [
        ("c", 0.5), ("ab", 0.25), ("\n", 0.5), ("e", 0.75), ("d", 0.5), ("\n", 1.0),
    ]  # fmt: skip


def test_half_a_line_is_refused_beside_the_beginning_and_whole_lines_are_gone_on_from(home: Path):
    mirror(home)
    page = press(chosen("mirror", length=120, prompt="O rose"), "compose write")
    error = next(each.value for each in page.error)
    assert "whole lines" in error and "line break" in error
    assert page.session_state["desk"].jobs[-1].snapshot().place == "prompt"
    page.text_area(key="c_prompt").set_value("O rose\n")
    page = press(page, "compose write")
    assert not page.error
    assert written(page)[0].startswith("O rose\n")


def test_going_on_takes_the_lines_that_are_whole(home: Path):
    mirror(home)
    page = press(chosen("mirror", length=120), "compose write")
    text = written(page)[0]
    whole = text[: text.rfind("\n") + 1]
    assert whole and whole != text
    page = press(page, " continue")
    assert not page.error
    assert written(page)[0].startswith(whole)
    assert page.session_state["c_prompt"] == whole


def test_what_is_copied_is_read_forwards_and_its_piece_and_file_are_named(home: Path, tmp_path: Path):
    corpus = made(lines_in(tmp_path), tmp_path / "data" / "lines", pieces="line", backward=True)
    mirror(home, provenance={"source": "lines", "corpus_digest": corpus.details["digest"]})
    page = press(press(chosen("mirror", length=400), "compose write"), " copies")
    said = next(each.value for each in page.caption if "copied run" in each.value)
    text, shown = written(page)[:2]
    before, _, rest = shown.removeprefix("… ").removesuffix(" …").partition("【")
    run_, _, after = rest.partition("】")
    assert len(run_) > 1 and run_ in text
    lines = [turned(each) for each in read_text(corpus, "train")]
    assert any(before + run_ + after in line for line in lines)
    number = next(n for n, line in enumerate(lines, 1) if before + run_ + after in line)
    assert f"piece {number} of {len(lines)}" in said
    assert "lines.txt" in said.replace("\\", "")


def test_music_is_compared_too(home: Path, tmp_path: Path):
    draw = random.Random(2)
    folder = tmp_path / "abc"
    folder.mkdir()
    for number in range(80):
        bars = "|".join("".join(draw.choices("CDEFGABc", k=8)) for _ in range(4))
        (folder / f"{number}.abc").write_text(f"X:1\nM:4/4\nL:1/8\nK:C\n{bars}|\n")
    corpus = made(folder, tmp_path / "data" / "tunes", tokenizer="melody")
    config = json.loads((music_model(home) / "config.json").read_text())
    config["provenance"] = {"source": "tunes", "corpus_digest": corpus.details["digest"]}
    (home / "tunes" / "config.json").write_text(json.dumps(config))
    values = {"bars": "2", "tag.metre": "4/4", "tag.mode": "major"}
    page = press(press(chosen("tunes", **values), "compose write"), " copies")
    said = next(each.value for each in page.caption if "copied run" in each.value)
    assert "signs, in piece" in said and "from its bar" in said and ".abc" in said and "4/4" in said
    passage = next(each.value for each in page.text if "【" in each.value)
    assert "♩" in passage or "4/4" in passage


@pytest.mark.parametrize(
    ("owner", "shared", "shown"),
    [(VISITOR, False, True), (OTHER, False, False), (None, False, False), (None, True, True), (OTHER, True, True)],
)
def test_passages_of_a_text_that_somebody_gave_are_shown_to_that_person_only(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: str | None, shared: bool, shown: bool
):
    own_corpus(tmp_path, home, owner and shelf_of(owner))
    if shared:
        monkeypatch.setenv("GENERATOR_APP_GALLERY", "shared")
    page = opened()
    page.session_state[KEY] = VISITOR
    page.session_state["c_model"] = "runs/mine"
    run(page)
    page.session_state["c_length"] = 60
    page = press(page, "compose write")
    assert offers_copies(page) == shown
    if shown:
        # and who had the button, and is another now, is shown nothing
        page.session_state[KEY] = OTHER
        page = press(page, " copies") if not shared else page
        assert not any("【" in each.value for each in page.text)


def test_only_what_lies_in_the_open_may_be_shown(tmp_path: Path):
    runs, data = tmp_path / "runs", tmp_path / "data"
    (runs / "mine" / "corpus").mkdir(parents=True)
    job = runs / "mine" / "job.json"

    def seen(folder: Path, *, alone: bool = False, visitor: str = "me") -> bool:
        return may_be_shown(folder, visitor, alone=alone, runs=runs, prepared=data)

    assert seen(data / "tang")
    assert not seen(tmp_path / "elsewhere") and seen(tmp_path / "elsewhere", alone=True)
    assert not seen(runs / "mine" / "corpus")
    for content in ("", "[]", "{}", '{"owner": null}', '{"owner": ""}', '{"owner": "you"}'):
        job.write_text(content)
        assert not seen(runs / "mine" / "corpus"), content
        assert not seen(runs / "mine" / "corpus", visitor=""), content
    job.write_text('{"owner": "me"}')
    assert seen(runs / "mine" / "corpus")
    assert not seen(runs / "other" / "corpus") and not seen(runs)
    assert not seen(data / ".." / "runs" / "other" / "corpus")
    (data).mkdir()
    (data / "link").symlink_to(runs / "other")
    assert not seen(data / "link" / "corpus")


def test_the_corpus_is_opened_once_a_job(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    text_model(home)
    asked: list[str] = []
    monkeypatch.setattr(compose_actions, "training_text", lambda card: asked.append(card.name))
    page = press(chosen("prose", length=40, count=3), "compose write")
    run(run(page))
    assert asked == ["prose"]


def test_a_midi_piece_is_gone_on_from_as_it_is(home: Path, tmp_path: Path):
    pytest.importorskip("miditok")
    music_model(home, "midi", "band")
    page = press(chosen("band", bars="2"), "compose write")
    first = page.session_state["desk"].jobs[-1].snapshot().rows[0]
    assert first.performance is not None
    page = press(page, " continue")
    job = page.session_state["desk"].jobs[-1]
    assert job.error is None
    assert job.request.task == "continue" and job.request.score == first.performance
    assert job.snapshot().rows[0].written.startswith(first.written[:20])
    shutil.rmtree(home)
