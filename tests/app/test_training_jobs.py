"""The queue of trainings: run directories, processes found again, one at a time."""

import os
import random
import signal
import sys
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.app import training_jobs
from generator.app.training_jobs import Queue, free_name, safe_run_name
from generator.app.training_processes import alive, begin, end, identity, started_before
from generator.app.training_reading import Sample, chosen_samples, read_course, read_samples
from generator.errors import ConfigError, TrainingError
from generator.files import append_line, read_json, write_json

LINES = ("the river carries what the mountain lets go", "a lamp is lit, and all the room comes near")


def wait_for(what, seconds=200.0):
    """Until something is so; fails if it never is."""
    limit = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < limit, "it never came"
        time.sleep(0.05)


@pytest.fixture
def processes(tmp_path):
    """Begins processes that only wait, and ends them after the test."""
    begun = []

    def wait(seconds=60):
        command = [sys.executable, "-S", "-c", f"import time; time.sleep({seconds})"]
        pid = begin(command, folder=tmp_path, log=tmp_path / "log")
        begun.append(pid)
        return pid

    yield wait
    for pid in begun:
        end(pid, identity(pid), wait_seconds=5)


@pytest.fixture
def queue(tmp_path, monkeypatch, processes):
    """A queue whose trainings only wait; ``queue.commands`` is what they were asked to do."""
    made = Queue(tmp_path)
    made.commands = []

    def pretended(command, **more):
        made.commands.append(command)
        return processes()

    monkeypatch.setattr(training_jobs, "begin", pretended)
    return made


def told(queue, name, state, *, pid=1, heartbeat=None, **more):
    """Let a run say something of itself, as the trainer does."""
    beat = time.time() if heartbeat is None else heartbeat
    write_json(queue.folder / name / "status.json", {"state": state, "pid": pid, "heartbeat": beat, **more})


def finish(queue, name, state="finished"):
    """Let a run's process end, having said how."""
    job = queue.run(name).job
    if state:
        told(queue, name, state, pid=job.pid)
    end(job.pid, job.identity, wait_seconds=5)
    assert not alive(job.pid, job.identity)


def test_a_process_is_known_by_its_number_and_start(processes):
    pid = processes()
    known = identity(pid)
    assert alive(pid, known)
    assert not alive(pid, "another start")
    assert started_before(pid, time.time()) and not started_before(pid, time.time() - 1000)
    assert os.getsid(pid) == pid, "it has a session of its own"
    end(pid, "another start")
    assert alive(pid, known), "a process that only has the number is left alone"
    end(pid, known, wait_seconds=5)
    assert not alive(pid, known) and identity(pid) is None


def test_one_training_at_a_time_in_the_order_of_asking(queue):
    first, second, third = (queue.add(name, "tang") for name in ("first", "second", "third"))
    assert (first.state, second.state, third.state) == ("preparing", "queued", "queued")
    assert [queue.run(name).place for name in ("second", "third")] == [1, 2]
    queue.advance()
    assert len(queue.commands) == 1
    finish(queue, "first")
    queue.advance()
    assert [queue.run(name).state for name in ("first", "second", "third")] == ["finished", "preparing", "queued"]
    assert [command[3:] for command in queue.commands] == [
        ["tang", "--name", name, "--no-live"] for name in ("first", "second")
    ]


def test_another_app_over_the_same_folder_finds_the_queue_and_its_process(queue, tmp_path):
    queue.add("first", "tang")
    queue.add("second", "tang")
    again = Queue(tmp_path)
    assert [(run.name, run.state) for run in again.runs()] == [("second", "queued"), ("first", "preparing")]
    told(queue, "first", "running", pid=again.run("first").job.pid, step=3, total_steps=9)
    assert again.run("first").state == "running"


def test_many_at_once_begin_one(queue):
    queue.folder.mkdir()
    for number in range(6):
        training_jobs.write_json(
            queue.folder / f"run{number}" / "job.json",
            {"name": f"run{number}", "arguments": ["tang"], "queued": number},
        )
    threads = [threading.Thread(target=Queue(queue.home).advance) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(queue.commands) == 1
    assert queue.run("run0").state == "preparing"


def test_a_training_of_the_command_is_waited_for(queue, processes):
    told(queue, "by-hand", "running", pid=processes())
    assert queue.run("by-hand").state == "running"
    assert queue.add("mine", "tang").state == "queued"
    queue.stop("by-hand")
    assert (queue.folder / "by-hand" / "stop").exists() and queue.run("by-hand").state == "stopping"


def test_a_killed_training_is_interrupted_and_can_be_resumed(queue):
    queue.add("poems", "tang")
    pid = queue.run("poems").job.pid
    told(queue, "poems", "running", pid=pid)
    (queue.folder / "poems" / "last").mkdir()
    (queue.folder / "poems" / "last" / "progress.json").write_text("{}")
    assert queue.run("poems").state == "running"
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: queue.run("poems").state == "interrupted")
    assert queue.run("poems").resumable
    queue.resume("poems")
    assert queue.run("poems").state == "preparing"
    assert queue.commands[-1][3:] == ["--resume", "runs/poems", "--no-live"]


def test_a_number_that_was_given_to_another_process_is_not_the_training(queue, processes):
    pid = processes()
    told(queue, "poems", "running", pid=pid, heartbeat=time.time() - 1000)
    assert queue.run("poems").state == "interrupted"


def test_a_training_that_never_came_to_a_step_begins_again(queue):
    queue.add("poems", "tang", ["--epochs=2"])
    finish(queue, "poems", state="")
    assert queue.run("poems").state == "interrupted" and not queue.run("poems").resumable
    queue.resume("poems")
    assert queue.commands[0] == queue.commands[1]


def test_the_words_of_an_error_are_kept(queue):
    queue.add("poems", "tang")
    (queue.folder / "poems" / "output.log").write_text("reading\nerror: The text is too short.\n       Give more.\n")
    finish(queue, "poems", state="")
    run = queue.run("poems")
    assert run.state == "failed" and queue.error(run) == ("The text is too short.", "Give more.")


def test_stopping(queue):
    queue.add("first", "tang")
    queue.add("second", "tang")
    queue.stop("second")
    assert queue.run("second") is None, "what only waited is gone"
    told(queue, "first", "running", pid=queue.run("first").job.pid)
    queue.stop("first")
    assert queue.run("first").state == "stopping" and (queue.folder / "first" / "stop").exists()
    with pytest.raises(TrainingError):
        queue.remove("first")
    finish(queue, "first", "stopped")
    assert queue.run("first").state == "stopped"
    queue.remove("first")
    assert not (queue.folder / "first").exists()


def test_stopping_before_the_first_step_ends_the_process(queue):
    pid = queue.add("poems", "tang").job.pid
    queue.stop("poems")
    wait_for(lambda: identity(pid) is None, 10)
    assert queue.run("poems").state == "stopped"


def test_names_are_refused_or_made_free(queue):
    queue.add("poems", "tang")
    with pytest.raises(ConfigError, match="is there already"):
        queue.add("poems", "tang")
    for name in ("", "..", "a/b", ".hidden", "a\x00b"):
        with pytest.raises(ConfigError):
            queue.add(name, "tang")
    assert free_name(queue, "poems") == "poems-2"
    assert queue.run("../poems") is None


def test_so_many_may_wait(queue):
    queue.most_waiting = 3
    for number in range(queue.most_waiting + 1):  # one of them begins
        queue.add(f"run{number}", "tang")
    with pytest.raises(TrainingError, match="wait already"):
        queue.add("more", "tang")
    assert queue.run("more") is None


def test_a_training_that_cannot_be_begun_holds_nobody_up(queue, monkeypatch):
    waits = training_jobs.begin

    def refused(command, **more):
        if "broken" in command:
            raise OSError(7, "Argument list too long")
        return waits(command, **more)

    monkeypatch.setattr(training_jobs, "begin", refused)
    queue.add("broken", "poems")
    assert queue.run("broken").state == "failed"
    assert "Argument list too long" in queue.error(queue.run("broken"))[0]
    assert queue.add("next", "poems").busy
    queue.resume("broken")
    queue.stop("next")
    queue.remove("broken")
    assert queue.run("broken") is None


@pytest.mark.parametrize("value", ["x" * 200_000, "cpu\0"])
def test_an_option_that_no_process_takes_is_refused(queue, value):
    with pytest.raises(ConfigError, match="--device"):
        queue.add("poems", "poems", [f"--device={value}"])
    assert queue.runs() == []


def test_whose_text_it_is_stays_with_a_training(queue):
    queue.add("poems", "poems", owner="a shelf")
    queue.stop("poems")
    end(queue.run("poems").job.pid, queue.run("poems").job.identity, wait_seconds=5)
    assert queue.resume("poems").job.owner == "a shelf"


def test_a_prepared_corpus_moves_into_its_run(queue, tmp_path):
    corpus = tmp_path / "upload" / "corpus"
    corpus.mkdir(parents=True)
    (corpus / "corpus.json").write_text("{}")
    queue.add("poems", "", corpus=corpus)
    assert (queue.folder / "poems" / "corpus" / "corpus.json").exists() and not corpus.exists()
    assert queue.commands[0][3] == "runs/poems/corpus"


@given(st.text(max_size=200))
@settings(max_examples=200, deadline=None)
def test_a_name_of_a_run_is_one_of_a_folder(said):
    name = safe_run_name(said)
    assert name and "/" not in name and "\\" not in name and not name.startswith((".", "-")) and "\0" not in name
    assert safe_run_name(name) == name


def test_the_course_of_a_run(tmp_path):
    path = tmp_path / "metrics.jsonl"
    append_line(path, {"event": "plan", "parameters": 7, "total_steps": 90, "baselines": {"5-gram": 1.0, "uniform": 2}})
    for step in range(10, 60, 10):
        append_line(path, {"event": "step", "step": step, "loss_bits": 100 / step})
    append_line(path, {"event": "step", "step": 30, "loss_bits": 9.0})  # done again after a kill
    append_line(path, {"event": "validation", "step": 20, "bits": 3.5})
    append_line(path, {"event": "validation", "step": 40, "bits": 4.5})
    append_line(path, {"event": "step", "step": 60, "loss_bits": float("nan")})
    with open(path, "a") as file:
        file.write('[1]\n{"event": "step", "step": 70, "lo')
    course = read_course(tmp_path)
    assert course.training == [(10, 10.0), (20, 5.0), (30, 9.0), (40, 2.5), (50, 2.0)]
    assert course.best == (20, 3.5) and course.parameters == 7 and course.total_steps == 90
    assert list(course.baselines) == ["uniform", "5-gram"]
    assert course.baselines["uniform"] == pytest.approx(2 / 0.6931471805599453)
    assert read_course(tmp_path / "nothing").training == []


def test_long_curves_keep_their_last_point(tmp_path):
    for step in range(1, 2002):
        append_line(tmp_path / "metrics.jsonl", {"event": "step", "step": step, "loss_bits": 1.0})
    points = read_course(tmp_path).training
    assert points[-1][0] == 2001 and 200 < len(points) <= 400


@given(st.integers(0, 60), st.integers(2, 6))
@settings(max_examples=100, deadline=None)
def test_samples_that_are_shown(count, shown):
    samples = [Sample(step, "") for step in range(count)]
    chosen = chosen_samples(samples, shown)
    assert len(chosen) == min(count, shown) and chosen == sorted(set(chosen), key=lambda sample: sample.step)
    if count > 1:
        assert chosen[0] == samples[0] and chosen[-1] == samples[-1]


@pytest.fixture
def real(tmp_path, monkeypatch):
    """A queue whose trainings are real, and do not step back behind the tests."""
    monkeypatch.setattr(training_jobs, "COURTESY", 0)
    queue = Queue(tmp_path)
    yield queue
    for run in queue.runs():
        if run.job is not None and run.job.pid is not None:
            end(run.job.pid, run.job.identity, wait_seconds=10)


@pytest.mark.timeout(500)
def test_a_real_training_is_stopped_and_resumed(tmp_path, real):
    """The command's own process and run directory: stopped by its file, gone on with to the end."""
    queue = real
    text = tmp_path / "rivers.txt"
    draw = random.Random(1)
    text.write_text("\n".join(draw.choice(LINES) for _ in range(60)))
    options = [
        "--epochs=30", "--hidden-size=16", "--num-layers=1", "--precision=float32", "--threads=1", "--batch-size=4",
        "--bptt-steps=16", "--validations=2", "--patience=0",
    ]  # fmt: skip
    queue.add("rivers", "rivers.txt", options)
    wait_for(lambda: queue.run("rivers").state not in ("queued", "preparing"))
    assert queue.run("rivers").state == "running", queue.log(queue.run("rivers"))
    queue.stop("rivers")
    wait_for(lambda: not queue.run("rivers").busy)
    run = queue.run("rivers")
    assert run.state == "stopped" and run.resumable
    config = read_json(run.folder / "config.json")
    total = config["plan"]["total_steps"]
    assert run.status["step"] < total
    queue.resume("rivers")
    wait_for(lambda: queue.run("rivers").state == "running" or not queue.run("rivers").busy)
    wait_for(lambda: not queue.run("rivers").busy)
    run = queue.run("rivers")
    assert run.state == "finished" and run.status["step"] == total, queue.log(run)
    course = read_course(run.folder)
    assert run.status["best_bits"] < course.baselines["uniform"]
    assert "resumed" in [kind for _, kind in course.events]
    assert read_samples(run.folder)[-1].text
