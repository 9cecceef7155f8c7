"""The page Train in every state: nothing yet, files read, a training live, stopped, cut off, failed, finished."""

import random
import sys
import time

import pytest
from streamlit.testing.v1 import AppTest

from generator import tokenizers
from generator.app import training_jobs
from generator.app.melodies import notes
from generator.app.training_jobs import Queue
from generator.app.training_options import arguments, checked, label_of, settings_of
from generator.app.training_processes import begin, end, identity
from generator.config import ModelConfig, PrepareConfig, TrainingConfig
from generator.errors import ConfigError, TrainingError
from generator.files import append_line, write_json
from generator.train import parser

LINES = ("the river carries what the mountain lets go", "a lamp is lit, and all the room comes near")


def script():
    from generator.app.page_train import page

    page()


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A working folder of its own, in which trainings only wait."""
    monkeypatch.chdir(tmp_path)
    begun = []

    def pretended(command, **more):
        wait = [sys.executable, "-S", "-c", "import time; time.sleep(100)"]
        begun.append(begin(wait, folder=tmp_path, log=tmp_path / "log"))
        return begun[-1]

    monkeypatch.setattr(training_jobs, "begin", pretended)
    yield tmp_path
    for pid in begun:
        end(pid, identity(pid), wait_seconds=5)


def opened(run=None):
    """The page, with a training chosen."""
    page = AppTest.from_function(script, default_timeout=120)
    if run is not None:
        page.query_params["run"] = run
    return lawful(page.run())


def lawful(page):
    assert not page.exception, page.exception
    return page


def buttons(page):
    return [button.label for button in page.button]


def a_run(home, name, state, *, pid=1, samples=0, model=False, heartbeat=None):
    """A run directory as the trainer leaves it."""
    folder = home / "runs" / name
    append_line_here = folder / "metrics.jsonl"
    (folder / "samples").mkdir(parents=True, exist_ok=True)
    nats = {"uniform": 3.0, "unigram": 2.7, "5-gram": 1.7}
    append_line(append_line_here, {"event": "plan", "parameters": 99, "total_steps": 80, "baselines": nats})
    for step in (10, 20, 30):
        append_line(append_line_here, {"event": "step", "step": step, "loss_bits": 4 - step / 10})
    append_line(append_line_here, {"event": "validation", "step": 30, "bits": 2.125})
    for number in range(samples):
        (folder / "samples" / f"{number * 10:08d}.txt").write_text(f"sample <b>{number}</b>")
    numbers = {"step": 30, "total_steps": 80, "loss_bits": 1.0, "best_bits": 2.125, "tokens_per_second": 1234.5}
    beat = time.time() if heartbeat is None else heartbeat
    status = {"state": state, "pid": pid, "heartbeat": beat, "seconds": 65.0, "seconds_left": 3700, **numbers}
    write_json(folder / "status.json", status)
    if model:
        (folder / "best").mkdir()
        (folder / "best" / "model.safetensors").write_bytes(b"")
        (folder / "last").mkdir()
        write_json(folder / "last" / "progress.json", {})
    return folder


def test_nothing_yet(home):
    page = opened()
    assert len(page.file_uploader) == 1 and "Start training" not in buttons(page)
    assert any("Nothing was trained here yet" in caption.value for caption in page.caption)


def test_files_are_read_and_started_with_every_setting_in_reach(home):
    draw = random.Random(1)
    text = "\n".join(draw.choice(LINES) for _ in range(100)).encode()
    page = opened()
    page.file_uploader[0].set_value([("my poems.txt", text, "text/plain"), ("game.exe", b"MZ\0", "")])
    for _ in range(200):
        lawful(page.run())
        if "chance: every character alike" in [metric.label for metric in page.metric]:
            break
        time.sleep(0.3)
    metrics = {metric.label: metric.value for metric in page.metric}
    assert metrics["Files read"] == "1 / 2" and metrics["Characters"] == f"{len(text):,}"
    assert float(metrics["by the last four characters"]) < float(metrics["by frequency alone"])
    assert any("no reader for .exe files" in text.value for text in page.text)
    assert any(code.value.startswith(text.decode()[:30]) for code in page.code), "the preview"
    labels = {
        widget.label for kind in ("number_input", "selectbox", "checkbox", "text_input") for widget in page.get(kind)
    }
    offered = {label_of(setting.name) for config in (ModelConfig, TrainingConfig) for setting in settings_of(config)}
    assert offered <= labels
    page.number_input(key="c_train_hidden_size").set_value(16)
    page.number_input(key="c_train_minutes").set_value(0.5)
    page.text_input(key="train_name").set_value("a/b")
    lawful(page.button(key="train_start").click().run())
    assert any("a/b" in said.value for said in page.text) and "run" not in page.query_params
    page.text_input(key="train_name").set_value("rivers")  # what was read is still there
    lawful(page.button(key="train_start").click().run())
    run = Queue(home).run("rivers")
    assert run.state == "preparing"
    assert run.job.arguments == (
        "runs/rivers/corpus", "--name", "rivers", "--no-live", "--hidden-size=16", "--minutes=0.5",
    )  # fmt: skip
    assert (home / "runs" / "rivers" / "corpus" / "corpus.json").exists()
    assert len(run.job.owner) == 32
    assert page.query_params["run"] in ("rivers", ["rivers"]) and "Stop" in buttons(page)


def test_a_file_that_is_no_text_says_why(home):
    page = opened()
    page.file_uploader[0].set_value([("a.txt", b"too short", "text/plain")])
    for _ in range(100):
        lawful(page.run())
        if any("too short" in text.value for text in page.text):
            break
        time.sleep(0.3)
    assert "Start training" not in buttons(page)
    assert any("too short to keep a part of it back" in text.value for text in page.text)


def test_live(home):
    run = Queue(home).add("poems", "tang")
    a_run(home, "poems", "running", pid=run.job.pid, samples=7)
    page = opened("poems")
    assert any("in training" in markdown.value for markdown in page.markdown)
    metrics = {metric.label: metric.value for metric in page.metric}
    assert metrics["Best validation"] == "2.125" and metrics["Time left"] == "1 h 1 min"
    assert metrics["Tokens a second"] in ("1,234", "1,235")
    assert len(page.code) >= 4 and page.code[0].value == "sample <b>0</b>"
    told = next(caption.value for caption in page.caption if "Validation" in caption.value)
    assert "2.125" in told and "2.453" in told, "the baseline of the 5-gram in bits: 1.7 / ln 2"
    (chart,) = page.get("vega_lite_chart")
    assert chart.proto.alt == told or told in str(chart.proto)
    lawful(next(button for button in page.button if button.label == "Stop").click().run())
    assert (home / "runs" / "poems" / "stop").exists()
    assert any("stopping after this step" in markdown.value for markdown in page.markdown)


def test_samples_of_music_are_engraved_and_played(home):
    run = Queue(home).add("tunes", "fiddle")
    folder = a_run(home, "tunes", "running", pid=run.job.pid)
    write_json(folder / "config.json", {"checkpoint": {"medium": "music", "cues": "melody", "provenance": None}})
    alphabet = tokenizers.alphabet("melody")
    for step, tune in ((10, "CDEF GABc|c8|"), (20, "GABc dedc|B2G2 G4|")):
        signs = alphabet.shown(alphabet.write(notes(tune)))
        (folder / "samples" / f"{step:08d}.txt").write_text(signs)
    (folder / "samples" / "00000000.txt").write_text("major")
    page = opened("tunes")
    for _ in range(100):
        if len(page.get("image")) == 2 and not any("Engraving" in caption.value for caption in page.caption):
            break
        time.sleep(0.2)
        lawful(page.run())
    assert [str(each.proto).count("2 bars") > 0 for each in page.get("image")] == [True, True]
    assert [code.value for code in page.code if code.value == "major"], "what is no music yet is shown as it is"
    assert any("It begins G4 A4 B4" in caption.value for caption in page.caption), "a melody is kept without its key"
    assert page.select_slider[0].options == ["0", "10", "20"] and page.select_slider[0].value == 20
    page.select_slider[0].set_value(0)
    lawful(page.run())
    assert any("no music yet" in caption.value for caption in page.caption)


def test_two_sessions_share_one_queue(home):
    Queue(home).add("first", "tang")
    Queue(home).add("second", "tang")
    one, other = opened(), opened("second")
    assert buttons(one).count("Open") == 2
    assert any("trainings before it: 1" in info.value for info in other.info)
    lawful(other.button(key="stop-second").click().run())
    lawful(one.run())
    assert buttons(one).count("Open") == 1


def test_interrupted_offers_to_resume(home):
    a_run(home, "poems", "running", pid=2**22 + 1, model=True)
    page = opened("poems")
    assert any("interrupted" in warning.value for warning in page.warning)
    lawful(page.button(key="resume-poems").click().run())
    assert Queue(home).run("poems").job.arguments[:2] == ("--resume", "runs/poems")
    assert Queue(home).run("poems").state == "preparing" and "Stop" in buttons(page)


def test_failed_says_what_the_command_said(home):
    queue = Queue(home)
    job = queue.add("poems", "tang").job
    (home / "runs" / "poems" / "output.log").write_text("error: The loss left all bounds.\n       Train slower.\n")
    end(job.pid, job.identity, wait_seconds=5)
    page = opened("poems")
    words = [text.value for text in page.text]
    assert "The loss left all bounds." in words and "Train slower." in words
    assert "Begin again" in buttons(page)


def test_finished_can_be_used_and_gone_on_from(home):
    a_run(home, "poems", "finished", samples=2, model=True)
    page = opened("poems")
    assert {"Use this model now", "Fine-tune"} <= set(buttons(page)) and "Resume" not in buttons(page)
    (bar,) = (each.proto for each in page.get("progress"))
    assert (bar.text, bar.value) == ("Ended at step 30 of at most 80", 100)
    lawful(page.button(key="tune-poems").click().run())
    assert "run" not in page.query_params and page.session_state["train_from"] == "runs/poems"


@pytest.mark.parametrize(
    ("alphabet", "fitting"), [("", {"prose", "poems"}), ("melody", {"tunes"}), ("voices", {"choir"}), ("midi", set())]
)
def test_only_what_is_written_alike_can_be_gone_on_from(app_home, monkeypatch, alphabet, fitting):
    from generator.app import page_train

    monkeypatch.setattr(page_train, "_source", lambda desk: page_train.Source("x", "x", alphabet))
    page = AppTest.from_function(script, default_timeout=120)
    page.session_state["train_from"] = "tunes"
    lawful(page.run())
    offered = page.selectbox(key="train_begin")
    assert set(offered.options[1:]) == fitting
    assert offered.options[0] == "chance: a new network"
    assert offered.value == ("tunes" if "tunes" in fitting else "")
    assert [warning.value.startswith("tunes cannot go on") for warning in page.warning] == [True] * (
        "tunes" not in fitting
    )
    lawful(page.run())
    assert not page.warning, "said once"


def test_what_is_to_be_fine_tuned_is_said_until_there_is_something_to_learn(home):
    page = AppTest.from_function(script, default_timeout=120)
    page.session_state["train_from"] = "runs/poems"
    lawful(page.run())
    assert any("runs/poems is to learn from now" in info.value for info in page.info)


def test_a_setting_out_of_bounds_is_named_as_its_control_is(home, monkeypatch):
    from generator.app import page_train

    monkeypatch.setattr(page_train, "_source", lambda desk: page_train.Source("tang", "tang"))
    page = opened()
    page.text_input(key="train_name").set_value("a/b")
    lawful(page.button(key="train_start").click().run())
    assert any("cannot be the name of a run" in text.value for text in page.text)
    page.number_input(key="c_train_minutes").set_value(0.0)
    lawful(page.button(key="train_start").click().run())
    assert any("“Minutes” 0.0 is too small" in text.value for text in page.text)
    assert not list((home / "runs").glob("*/job.json"))


def test_deleting(home):
    a_run(home, "poems", "finished")
    page = opened("poems")
    lawful(page.button(key="delete-poems").click().run())
    assert not (home / "runs" / "poems").exists() and "run" not in page.query_params


def test_a_training_that_goes_on_again_meanwhile_is_not_deleted(home, monkeypatch):
    a_run(home, "poems", "stopped")
    page = opened("poems")

    def too_late(queue, name):
        raise TrainingError(f"{name} is being trained.", "Stop it first.")

    monkeypatch.setattr(Queue, "remove", too_late)  # somebody resumed it between the look and the click
    lawful(page.button(key="delete-poems").click().run())
    assert (home / "runs" / "poems").exists() and "run" in page.query_params
    assert any("is being trained" in said.value for said in page.text)


@pytest.mark.parametrize("name", ["../secret", "nothing", "<script>", "**x**"])
def test_an_address_of_no_training(home, name):
    page = opened(name)
    assert any("no training of this name" in info.value for info in page.info)


def test_what_is_said_becomes_the_commands_options():
    said = {"hidden_size": 16, "tie_weights": False, "residual": True, "dropout": None, "cell": "gru"}
    found = arguments([checked(ModelConfig, said), checked(TrainingConfig, {"seed": 3, "precision": "auto"})])
    assert found == ["--cell=gru", "--hidden-size=16", "--no-tie-weights", "--residual", "--seed=3"]
    options = parser().parse_args(["x", *found])
    assert (options.hidden_size, options.tie_weights, options.residual, options.cell) == (16, False, True, "gru")
    for bad in ({"hidden_size": 0}, {"cell": "tree"}, {"dropout": 2.0}):
        with pytest.raises(ConfigError):
            checked(ModelConfig, bad)


def test_every_setting_of_the_command_has_a_name_for_people():
    for config in (PrepareConfig, ModelConfig, TrainingConfig):
        for setting in settings_of(config):
            assert label_of(setting.name) != setting.name


def test_a_click_is_not_lost_when_a_sample_was_written_meanwhile(home):
    run = Queue(home).add("poems", "tang")
    folder = a_run(home, "poems", "running", pid=run.job.pid, samples=1)
    page = opened("poems")
    (folder / "samples" / "00000010.txt").write_text("another")  # the page begins anew when it sees that
    lawful(page.button(key="stop-poems").click().run())
    assert (folder / "stop").exists() and any("another" in code.value for code in page.code)
