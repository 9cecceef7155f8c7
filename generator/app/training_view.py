"""A training on a page, live: where it stands, its curves, what it writes along the way, what can be done with it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import streamlit as st

from ..errors import GeneratorError
from . import page_compose
from .compose_state import MODEL
from .corpora_view import show_error
from .escaping import escaped
from .languages import _, labelled
from .tables import in_pairs
from .training_charts import curves
from .training_jobs import Queue, Run
from .training_reading import read_course, samples_kept
from .training_samples import show_samples

__all__ = ["FINE_TUNE", "RUN", "duration", "show_run", "show_runs", "state_name"]

RUN = "run"  # in the address
FINE_TUNE = "train_from"  # in the session: the model to begin from
USE, PROBLEM = "train_use", "train_problem"  # in the session: what a button asked for, and why it could not be
EVERY_SECONDS, LIST_EVERY_SECONDS, LOG_EVERY_SECONDS = 1.0, 2.0, 3.0
MOST_RUNS = 50
ICONS = {
    "queued": "hourglass_empty",
    "preparing": "pending",
    "running": "play_circle",
    "stopping": "stop_circle",
    "stopped": "pause_circle",
    "finished": "check_circle",
    "failed": "error",
    "interrupted": "bolt",
    "unknown": "help",
}


def state_name(state: str) -> str:
    """A state in the session's language."""
    return {
        "queued": _("waiting"),
        "preparing": _("getting ready"),
        "running": _("in training"),
        "stopping": _("stopping after this step"),
        "stopped": _("stopped"),
        "finished": _("finished"),
        "failed": _("failed"),
        "interrupted": _("interrupted"),
    }.get(state, _("unknown"))


def duration(seconds: Any) -> str:
    """A time in words: ``3 min 20 s``."""
    if not isinstance(seconds, int | float):
        return "–"
    whole = max(int(seconds), 0)
    hours, minutes, rest = whole // 3600, whole % 3600 // 60, whole % 60
    if hours:
        return _("{hours} h {minutes} min").format(hours=hours, minutes=minutes)
    if minutes:
        return _("{minutes} min {seconds} s").format(minutes=minutes, seconds=rest)
    return _("{seconds} s").format(seconds=rest)


def share_done(run: Run, step: int, total: int) -> float:
    """How much of a training is done, from 0 to 1; one that ended early is done, too."""
    return 1.0 if run.state == "finished" else min(step / max(total, 1), 1.0)


def show_runs(queue: Queue) -> None:
    """The trainings that are here; the list looks again while one goes on."""
    live = any(run.busy or run.state == "queued" for run in queue.runs())
    st.fragment(_list, run_every=LIST_EVERY_SECONDS if live else None)(queue, live)


def _list(queue: Queue, live: bool) -> None:
    runs = queue.runs()
    if st.query_params.get(RUN):
        st.rerun()  # one was opened
    if live and not any(run.busy or run.state == "queued" for run in runs):
        st.rerun()
    if not runs:
        st.caption(_("Nothing was trained here yet."))
    for run in runs[:MOST_RUNS]:
        left, right = st.columns(2, vertical_alignment="center")  # on a phone one below the other
        name, state = left.columns(2, vertical_alignment="center", wrap=False)
        how_far, opens = right.columns([2, 1], vertical_alignment="center", wrap=False)
        name.text(run.name)
        state.markdown(f":material/{ICONS[run.state]}: {state_name(run.state)}")
        step, total = run.status.get("step"), run.status.get("total_steps")
        if run.state == "queued":
            how_far.caption(_("{count} before it").format(count=run.place))
        elif isinstance(step, int) and isinstance(total, int) and total:
            how_far.progress(share_done(run, step, total), text=_best(run))
        opens.button(
            _("Open"), key=f"open-{run.name}", help=run.name, width="stretch", on_click=_open, args=(run.name,)
        )


def _open(name: str) -> None:
    st.query_params[RUN] = name


def _best(run: Run) -> str:
    best = run.status.get("best_bits")
    return _("{bits} bits per character").format(bits=f"{best:.3f}") if isinstance(best, int | float) else ""


def show_run(queue: Queue, name: str) -> None:
    """One training; it is looked at again every second while it goes on."""
    run = queue.run(name)
    if run is None:
        st.info(_("There is no training of this name here."))
        return
    live, samples = run.busy or run.state == "queued", samples_kept(run.folder)
    every = EVERY_SECONDS if live else None
    st.fragment(_run, run_every=every)(queue, name, live, samples)
    show_samples(run)  # apart from what is drawn every second, so that a piece plays on
    st.fragment(_details, run_every=LOG_EVERY_SECONDS if live else None)(queue, name)


def _run(queue: Queue, name: str, live: bool, samples: int) -> None:
    if st.session_state.pop(USE, None) == name:
        _use(name)
    if st.query_params.get(RUN) != name:
        st.rerun()  # it is gone on from: the page of all trainings has what is to be said of that
    run = queue.run(name)
    if run is None or live != (run.busy or run.state == "queued") or samples != samples_kept(run.folder):
        st.rerun()  # it began, ended or wrote something: the page looks again as often as is needed now, or no more
    st.markdown(f":material/{ICONS[run.state]}: **{state_name(run.state)}**")
    if run.state == "queued":
        st.info(_("It waits; trainings before it: {count}. One is trained at a time.").format(count=run.place))
    if run.state == "interrupted":
        st.warning(_("It was interrupted: its process is gone and had not ended. What was saved is unharmed."))
    if run.state == "failed":
        show_error(*(queue.error(run) or (_("The training failed; its last words are below."), "")))
    _buttons(queue, run)
    _numbers(run)
    course = read_course(run.folder)
    if course.training or course.validation:
        spec, told = curves(course)
        st.vega_lite_chart(spec=spec, width="stretch", key=f"curves-{name}", alt=told)
        st.caption(told)
    elif run.state == "preparing":
        st.caption(_("The text is read and the machine measured; the first curve comes with the first steps."))


def _buttons(queue: Queue, run: Run) -> None:
    """What can be done with it now."""
    offers: list[tuple[str, str, Callable[[], None], bool]] = []
    if run.state == "queued":
        offers.append((_("Take out of the queue"), "stop", lambda: queue.stop(run.name), False))
    elif run.busy:
        offers.append((_("Stop"), "stop", lambda: queue.stop(run.name), run.state == "stopping"))
    elif run.state in ("stopped", "failed", "interrupted", "unknown") and (run.resumable or run.job is not None):
        text = _("Resume") if run.resumable else _("Begin again")
        offers.append((text, "resume", lambda: _resume(queue, run.name), False))
    if any((run.folder / kind / "model.safetensors").exists() for kind in ("best", "last")):
        offers.append((_("Use this model now"), "use", lambda: _ask_to_use(run.name), False))
        if not run.busy:
            offers.append((_("Fine-tune"), "tune", lambda: _fine_tune(run.name), False))
    row = st.container(horizontal=True)
    for text, kind, act, disabled in offers:
        row.button(
            text, key=f"{kind}-{run.name}", disabled=disabled, on_click=_do, args=(act,),
            type="primary" if kind in ("stop", "resume") else "secondary",
        )  # fmt: skip
    problem = st.session_state.pop(PROBLEM, None)
    if problem is not None:
        show_error(problem.message, problem.hint or "")


def _do(act: Callable[[], None]) -> None:
    """A button was pressed; done before anything is drawn, as a page that begins anew forgets what was pressed."""
    try:
        act()
    except GeneratorError as error:
        st.session_state[PROBLEM] = error


def _resume(queue: Queue, name: str) -> None:
    queue.resume(name)


def _remove(queue: Queue, name: str) -> None:
    queue.remove(name)
    st.query_params.pop(RUN, None)


def _ask_to_use(name: str) -> None:
    st.session_state[USE] = name


def _use(name: str) -> None:
    st.session_state[MODEL] = f"runs/{name}"
    said = {"lang": st.query_params["lang"]} if "lang" in st.query_params else {}
    st.switch_page(st.Page(page_compose.page, url_path="compose", default=True), query_params=said)


def _fine_tune(name: str) -> None:
    st.session_state[FINE_TUNE] = f"runs/{name}"
    st.query_params.pop(RUN, None)


def _numbers(run: Run) -> None:
    """Step, speed, time."""
    status = run.status
    step, total = status.get("step"), status.get("total_steps")
    if not isinstance(step, int) or not isinstance(total, int):
        return
    told = _("Step {step} of {total}")
    if run.state == "finished" and step < total:  # nothing was gained any more, or the time was over
        told = _("Ended at step {step} of at most {total}")
    st.progress(share_done(run, step, total), text=told.format(step=f"{step:,}", total=f"{total:,}"))
    columns = list(in_pairs(4))
    for column, label, value in zip(
        columns, (_("Training"), _("Best validation")), (status.get("loss_bits"), status.get("best_bits")), strict=False
    ):
        column.metric(label, f"{value:.3f}" if isinstance(value, int | float) else "–", help=_("Bits per character."))
    speed = status.get("tokens_per_second")
    columns[2].metric(
        _("Tokens a second"),
        f"{speed:,.0f}" if isinstance(speed, int | float) and speed else "–",
        help=_("A token is a character, or what the model reads in its place: a piece of a word, a sign of music."),
    )
    if run.busy:
        columns[3].metric(_("Time left"), duration(status.get("seconds_left")))
    else:
        columns[3].metric(_("Time trained"), duration(status.get("seconds")))


def _details(queue: Queue, name: str) -> None:
    """How it was asked for, and what it said."""
    run = queue.run(name)
    if run is None:
        return
    with st.expander(_("Details")):
        if run.job is not None:
            st.code(
                "python -m generator.train " + " ".join(map(_quoted, run.job.arguments)), language=None, wrap_lines=True
            )
        st.caption(labelled(_("The run directory"), escaped(f"runs/{run.name}")))
        if log := queue.log(run):
            st.code(log, language=None, wrap_lines=True, height=260)
        if not run.busy and run.state != "queued":
            with st.popover(_("Delete this training")):
                st.markdown(_("Its model, curves and samples are deleted for good."))
                if st.button(_("Delete"), key=f"delete-{run.name}", type="primary"):
                    _do(partial(_remove, queue, run.name))
                    st.rerun(scope="app")


def _quoted(argument: str) -> str:
    return json.dumps(argument, ensure_ascii=False) if " " in argument else argument
