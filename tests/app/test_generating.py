"""Requests in the pool: what they write is what the library writes, they end when told, and each is its owner's."""

from __future__ import annotations

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

import generator
from generator.app import generating
from generator.app.generating import Busy, Desk, Pool, Task
from generator.app.melodies import read
from generator.app.models import Card, Shelf, cards, digest_of, find_card
from generator.app.music_view import render
from generator.app.request import Request
from generator.app.settings import Limits
from generator.app.writing import Certainty, turned_lines
from generator.config import MusicConfig, SamplingConfig, VerseConfig
from generator.errors import CheckpointError, ConfigError, DecodingError, UnknownSymbol
from generator.stopping import TimeIsUp, go_on

PROMPT = "O rose"


@pytest.fixture
def pool() -> Iterator[Pool]:
    with closing(Pool(Limits(jobs=1, queue=1), Shelf(2))) as found:
        yield found


def until(what: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait for something."""
    end = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < end
        time.sleep(0.005)


def card_of(home: Path, name: str) -> Card:
    return find_card(name, cards(home, home / "no runs"))


def asked(model: str = "prose", **more: object) -> Request:
    sampling = SamplingConfig(length=40, seed=3, precision="float32", temperature=1.0)
    return Request(model, sampling=sampling, **more)  # type: ignore[arg-type]


def done(pool: Pool, request: Request, home: Path):
    job = pool.submit(request, card_of(home, request.model))
    assert job.wait(60)
    return job


def test_a_job_writes_what_the_library_writes(pool: Pool, app_home: Path):
    job = done(pool, asked(prompt=PROMPT, count=3, tags={"author": "Keats"}), app_home)
    snapshot = job.snapshot()
    settings = {"length": 40, "seed": 3, "precision": "float32", "temperature": 1.0}
    samples = generator.load(app_home / "prose").generate(PROMPT, count=3, tags={"author": "Keats"}, **settings)
    assert snapshot.state == "done"
    assert [row.text for row in snapshot.rows] == [sample.text for sample in samples]
    assert [row.seed for row in snapshot.rows] == [sample.seed for sample in samples]
    assert [row.bits_per_char for row in snapshot.rows] == pytest.approx([sample.bits_per_char for sample in samples])
    assert snapshot.digest == digest_of(app_home / "prose")


def test_a_row_alone_is_the_row_of_the_batch(pool: Pool, app_home: Path):
    for request in (asked(count=3), poem(count=2)):
        together = done(pool, request, app_home)
        for number in range(request.count):
            alone = done(pool, together.request.alone(number), app_home)
            assert alone.snapshot().rows[0].text == together.snapshot().rows[number].text


def poem(**more: object) -> Request:
    return dataclasses.replace(asked("poems", **more), verse=VerseConfig(form="wujue", candidates=3))


def test_a_poem_keeps_its_form_and_its_tries_were_seen(pool: Pool, app_home: Path):
    snapshot = done(pool, poem(), app_home).snapshot()
    lines = [line for line in snapshot.rows[0].text.replace("，", "\n").replace("。", "\n").split("\n") if line]
    assert list(map(len, lines)) == [5, 5, 5, 5]
    assert snapshot.tries >= 20


def test_music_comes_as_a_score(pool: Pool, app_home: Path):
    request = dataclasses.replace(asked("tunes"), music=MusicConfig(bars="2"), tags={"metre": "4/4"})
    row = done(pool, request, app_home).snapshot().rows[0]
    assert row.score is not None
    assert not row.problem
    assert not row.score.problems()
    assert len(row.score.bars) - bool(row.score.pickup) == 2


def test_a_melody_is_harmonised(pool: Pool, app_home: Path):
    melody = b"X:1\nM:4/4\nL:1/4\nK:C\nCDEF|GEC2|]\n"
    request = Request("choir", sampling=SamplingConfig(seed=1, precision="float32"), task="harmonise", score=melody,
                      score_name="given.abc")  # fmt: skip
    score = done(pool, request, app_home).snapshot().rows[0].score
    assert score is not None
    first, *others = list(score.voices())
    assert [note.pitch.name for note in first.sounding()] == ["C4", "D4", "E4", "F4", "G4", "E4", "C4"]
    assert len(others) == 3


def test_how_sure_the_model_was(pool: Pool, app_home: Path):
    job = done(pool, asked(), app_home)
    found = job.progress.certainty(0)
    assert "".join(each.text for each in found) == job.snapshot().rows[0].written
    for each in found:
        values = [value for _, value in each.alternatives]
        assert values == sorted(values, reverse=True)
        assert each.probability <= values[0] + 1e-9
        assert 0 < sum(values) <= 1 + 1e-9
        if each.text in dict(each.alternatives):
            assert dict(each.alternatives)[each.text] == pytest.approx(each.probability)


def test_lines_written_from_their_ends_are_read_from_their_beginnings():
    written = [Certainty(letter, 0.5, ()) for letter in "cba\nfed\n"]
    assert "".join(each.text for each in turned_lines(written)) == "abc\ndef\n"


def test_an_error_names_its_wish(pool: Pool, app_home: Path):
    unknown = done(pool, asked(prompt="漢"), app_home)
    assert unknown.snapshot().state == "failed"
    assert isinstance(unknown.error, UnknownSymbol)
    author = done(pool, asked(tags={"author": "Nobody"}), app_home)
    assert isinstance(author.error, DecodingError)
    assert author.snapshot().place == "author"
    rhyme = done(pool, dataclasses.replace(poem(), verse=VerseConfig(form="wujue", rhyme="no rhyme")), app_home)
    assert rhyme.snapshot().place == "rhyme"
    acrostic = done(pool, dataclasses.replace(poem(), verse=VerseConfig(form="wujue", acrostic="春夏秋冬花")), app_home)
    assert acrostic.snapshot().place == "acrostic"


def test_stop_keeps_what_is_there(pool: Pool, app_home: Path):
    long = dataclasses.replace(asked(), sampling=SamplingConfig(length=4000, seed=1, precision="float32"))
    job = pool.submit(long, card_of(app_home, "prose"))
    while not job.snapshot().rows[0].written:
        assert not job.ended
        threading.Event().wait(0.01)
    job.cancel()
    assert job.wait(30)
    row = job.snapshot().rows[0]
    assert job.snapshot().state == "stopped"
    assert 0 < len(row.written) < 4000


def test_a_poem_is_stopped_among_its_tries(pool: Pool, app_home: Path):
    job = pool.submit(poem(), card_of(app_home, "poems"))
    job.progress.tried = lambda step: job.cancel()  # type: ignore[method-assign]
    assert job.wait(60)
    assert job.snapshot().state == "stopped"


def test_the_queue_has_an_end_and_a_tab_its_share(app_home: Path, pool_of):
    pool, gate = pool_of(jobs=1, queue=1, jobs_each=2), threading.Event()
    first = Task(lambda task: gate.wait())
    pool.put(first)
    desk, card = Desk(pool), card_of(app_home, "prose")
    waiting = desk.submit(asked(), card)
    assert waiting.snapshot().state == "waiting"
    with pytest.raises(Busy):
        for _ in range(3):
            Desk(pool).submit(asked(), card)
    desk.close()
    gate.set()
    assert waiting.wait(30)
    assert waiting.snapshot().state == "stopped"
    assert not waiting.snapshot().rows[0].text


def test_one_tab_may_not_take_all(app_home: Path, pool_of):
    pool, gate = pool_of(jobs=1, queue=9, jobs_each=2), threading.Event()
    pool.put(Task(lambda task: gate.wait()))
    desk, card = Desk(pool), card_of(app_home, "prose")
    desk.submit(asked(), card)
    desk.submit(asked(), card)
    with pytest.raises(Busy):
        desk.submit(asked(), card)
    other = Desk(pool).submit(asked(), card)
    assert desk.find(other.id) is None
    desk.close()
    gate.set()
    assert other.wait(30)


def test_time_is_limited(app_home: Path, pool_of):
    """Work that is under way ends, and what was written stays."""
    pool, card = pool_of(jobs=1, seconds=1.0), card_of(app_home, "prose")
    pool.shelf.get(card)
    job = pool.submit(
        dataclasses.replace(asked(), sampling=SamplingConfig(length=4000, seed=1, precision="float32")), card
    )
    slow = threading.Event()
    add = job.progress.add

    def added(step: object) -> None:
        add(step)  # type: ignore[arg-type]
        slow.wait(0.01)

    job.progress.add = added  # type: ignore[method-assign]
    assert job.wait(30)
    snapshot = job.snapshot()
    assert snapshot.state == "failed" and isinstance(job.error, TimeIsUp)
    assert 0 < len(snapshot.rows[0].written) < 4000


def test_the_time_of_what_the_library_does_is_limited_too(pool_of):
    pool, steps = pool_of(jobs=1, seconds=0.3), []

    def work(task: Task) -> None:
        while True:
            go_on()  # the library's, which knows no task
            steps.append(1)
            time.sleep(0.01)

    task = Task(work)
    pool.put(task)
    assert task.wait(20) and isinstance(task.error, TimeIsUp) and steps
    stopped = Task(work)
    pool.put(stopped)
    count = len(steps)
    until(lambda: len(steps) > count)
    stopped.cancel()
    assert stopped.wait(20) and stopped.error is None and stopped.result is None


def test_what_is_told_to_stop_may_tidy_up(pool: Pool):
    """A piece that was stopped is still read out of what was written of it."""
    tidied = []

    def work(task: Task) -> None:
        try:
            task.cancel()
            task.go_on()
        finally:
            go_on()
            tidied.append(1)

    task = Task(work)
    pool.put(task)
    assert task.wait(20) and tidied


def test_who_leaves_gives_a_long_melody_back_at_once(pool_of):
    """Nothing that is long holds a thread for long: reading, engraving."""
    pool = pool_of(jobs=1)
    tune = ("X:1\nM:4/4\nL:1/8\nQ:1/4=960\nK:C\n" + "CDEF GABc|" * 700).encode()
    for do in (lambda task: read(tune * 8, "long.abc"), lambda task: render(read(tune, "long.abc"), "long")):
        desk = Desk(pool)
        task = desk.start("music of it", do)
        until(lambda task=task: task in pool._working)
        time.sleep(0.3)
        assert not task.ended
        begun = time.monotonic()
        desk.close()
        assert task.wait(30)
        assert time.monotonic() - begun < 3
        assert task.result is None and task.error is None


def test_nobody_waits_where_none_may(pool_of):
    """``queue`` is how many wait: those that threads take at once do not."""
    for queue in (0, 2):
        pool, gate = pool_of(jobs=2, queue=queue), threading.Event()
        taken = []
        with pytest.raises(Busy):
            for _ in range(20):
                taken.append(Task(lambda task, gate=gate: gate.wait()))
                pool.put(taken[-1])
        assert len(taken) - 1 == 2 + queue
        gate.set()
        assert all(task.wait(20) for task in taken[:-1])
        until(lambda pool=pool: not pool._working)
        pool.put(Task(lambda task: None))


def test_a_closed_pool_has_no_thread_and_nothing_under_way():
    before = threading.active_count()
    pool = Pool(Limits(jobs=2, queue=9), Shelf(1))

    def work(task: Task) -> None:
        while True:
            task.go_on()
            time.sleep(0.01)

    tasks = [Task(work) for _ in range(5)]
    for task in tasks[:4]:
        pool.put(task)
    pool.put_ahead(tasks[4])
    assert threading.active_count() == before + 3
    pool.close()
    assert threading.active_count() == before
    assert all(task.ended and task.error is None for task in tasks)
    with pytest.raises(Busy):
        pool.put(Task(work))


def working(desk: Desk) -> Task:
    """Something that takes as long as it may."""

    def work(task: Task) -> None:
        while True:
            task.go_on()
            time.sleep(0.01)

    task = desk.start("music without end", work)
    until(lambda: task in desk.pool._working)
    return task


def test_a_connection_that_breaks_may_come_back(pool_of):
    pool = pool_of(jobs=1)
    desk = Desk(pool, grace_s=0.4)
    task = working(desk)
    desk.leave()
    time.sleep(0.2)
    desk.back()
    time.sleep(0.8)
    assert not task.cancelled and not task.ended
    desk.leave()  # and goes again
    time.sleep(0.2)
    assert not task.cancelled
    assert task.wait(20) and task.cancelled


def test_a_session_that_is_connected_again_keeps_its_work_though_it_asks_for_nothing(pool_of):
    here = threading.Event()
    desk = Desk(pool_of(jobs=1), here.is_set, grace_s=0.4)
    task = working(desk)
    here.set()
    desk.leave()
    time.sleep(1.2)
    assert not task.cancelled
    here.clear()  # and goes again, without anybody telling
    assert task.wait(20) and task.cancelled


def test_who_is_gone_has_no_time_where_somebody_waits(pool_of):
    pool = pool_of(jobs=1)
    desk = Desk(pool, grace_s=60)
    task = working(desk)
    desk.leave()
    time.sleep(1.2)
    assert not task.cancelled
    other = Desk(pool).start("music of another", lambda task: 7)
    assert other.wait(20) and other.result == 7 and task.cancelled


def test_who_is_gone_is_not_in_its_own_way(pool_of):
    pool = pool_of(jobs=1)
    desk = Desk(pool, grace_s=60)
    task = working(desk)
    waiting = desk.start("music behind it", lambda task: 7)
    desk.leave()
    time.sleep(2.0)
    assert not task.cancelled and not waiting.cancelled
    desk.close()


class Large:
    size = 60_000_000


def test_what_was_made_is_kept_by_its_size(pool_of, monkeypatch: pytest.MonkeyPatch):
    desk = Desk(pool_of(jobs=1))
    tasks = {}
    for name in "abc":
        tasks[name] = desk.start(f"music {name}", lambda task: Large())
        assert tasks[name].wait(20)
    assert all(desk.start(f"music {name}", lambda task: None) is tasks[name] for name in "abc"), "the page shows them"
    monkeypatch.setattr(generating, "IN_USE_S", 0.05)
    time.sleep(0.1)
    desk.start("music a", lambda task: None)
    time.sleep(0.1)
    desk.start("music d", lambda task: Large()).wait(20)
    assert set(desk.tasks) == {"music a", "music c", "music d"}, "b was asked for longest ago"


def test_a_bug_ends_its_request_alone(app_home: Path, pool: Pool, caplog: pytest.LogCaptureFixture):
    task = Task(lambda task: 1 / 0)
    pool.put(task)
    assert task.wait(30)
    assert task.error is not None
    assert "zero" not in str(task.error)
    assert done(pool, asked(), app_home).snapshot().state == "done"


@pytest.mark.parametrize(
    "request_",
    [
        asked(count=5),
        asked(count=0),
        asked(prompt="a" * 20_001),
        dataclasses.replace(asked(), sampling=SamplingConfig(length=4001)),
        dataclasses.replace(asked(), sampling=SamplingConfig(best_of=65)),
        dataclasses.replace(poem(), verse=VerseConfig(form="wujue", candidates=65)),
        dataclasses.replace(poem(), verse=VerseConfig(form="/etc/passwd")),
        dataclasses.replace(poem(), verse=VerseConfig(form="mine.toml")),
        asked(task="harmonise", score=b"x"),
        asked(task="continue"),
        asked(task="shout"),
    ],
)
def test_limits_are_checked_again(request_: Request, pool: Pool, app_home: Path):
    with pytest.raises(ConfigError):
        pool.submit(request_, card_of(app_home, request_.model))


def test_only_what_is_listed_is_opened(app_home: Path):
    for name in (str(app_home / "prose"), "../prose", "nothing"):
        with pytest.raises(CheckpointError):
            card_of(app_home, name)


def test_no_request_waits_for_what_nobody_asked_for(app_home: Path, pool_of):
    pool, gate, done = pool_of(jobs=1, queue=2), threading.Event(), []
    first = Task(lambda task: gate.wait())
    pool.put_ahead(first)
    later = [Task(lambda task, number=number: done.append(number)) for number in range(4)]
    later[2].cancel()
    for each in later:
        pool.put_ahead(each)
    job = pool.submit(asked(), card_of(app_home, "prose"))
    assert job.wait(60) and job.snapshot().state == "done"
    assert not first.ended
    gate.set()
    assert later[1].wait(30)
    assert done == [3, 1]  # the newest first; of those that waited, the oldest was dropped
