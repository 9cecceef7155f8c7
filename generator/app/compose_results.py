"""What was written, on the page Compose: growing while it comes, then with all that can be done with it."""

from __future__ import annotations

import dataclasses

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from .. import __version__
from ..config import MusicConfig
from . import compose_actions as actions
from . import compose_state as state
from .certainty_view import show_certainty
from .control_names import labels
from .controls import forms_of
from .escaping import escaped
from .generating import Job
from .into_sight import bring_into_sight
from .languages import _, in_words
from .models import Card
from .music_view import show_music
from .session import desk
from .value_names import note_said, tag_name
from .writing import Row, Snapshot

__all__ = ["any_yet", "show"]

POLL_S = 0.12  # between two looks at what is written; a first character should not wait


def any_yet() -> bool:
    """Whether this session has asked for anything."""
    return bool(desk().jobs)


def show(among: list[Card]) -> None:
    """What was asked last, and what before it."""
    job = state.current()
    if job is None:
        st.info(_("Choose a model, say what you would like, and press Write. Ctrl+Enter does the same."))
        return
    bring_into_sight(job.id)
    if job.snapshot().over:
        finished(job, job.snapshot())
    else:
        st.fragment(growing, run_every=POLL_S)(job)
    earlier(job)


def growing(job: Job) -> None:
    """The texts while they come; looked at again and again."""
    snapshot = job.snapshot()
    if snapshot.over:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(_("Stop"), icon=":material/stop:", on_click=job.cancel, key=f"{job.id} stop", shortcut="Escape")
        st.caption(how_far(job, snapshot))
    for columns, row, number in places(snapshot):
        with columns, st.container(border=True):
            heading(snapshot, row, number)
            st.text(row.text or "…", width="stretch")
            if row.draft:
                st.caption(_("a first draft; the best of several tries is shown in the end"))


def how_far(job: Job, snapshot: Snapshot) -> str:
    """What is being done."""
    if snapshot.state == "waiting":
        before = desk().pool.before(job)
        return _("Waiting; {count} before this one").format(count=before) if before else _("Waiting")
    if not snapshot.digest:
        return _("Loading the model …")
    if snapshot.tries and not any(row.written and not row.draft for row in snapshot.rows):
        return _("Trying several ways; {count} steps so far").format(count=snapshot.tries)
    return _("Writing; {seconds:.1f} s").format(seconds=snapshot.seconds)


def places(snapshot: Snapshot) -> list[tuple[DeltaGenerator, Row, int]]:
    """Each variation with the place for it: one alone, two side by side, four in two lines."""
    rows = snapshot.rows
    if len(rows) == 1:
        return [(st.container(), rows[0], 0)]
    found: list[tuple[DeltaGenerator, Row, int]] = []
    for first in range(0, len(rows), 2):
        columns = st.columns(2)
        found += [(columns[at], row, first + at) for at, row in enumerate(rows[first : first + 2])]
    return found


def heading(snapshot: Snapshot, row: Row, number: int) -> None:
    """Which variation it is: its seed, and how surprised the model was."""
    parts = [_("Seed {seed}").format(seed=row.seed)]
    if len(snapshot.rows) > 1:
        parts.insert(0, _("Variation {number}").format(number=number + 1))
    if row.bits_per_char is not None and not row.draft:
        parts.append(_("{bits:.2f} bits per character").format(bits=row.bits_per_char))
    st.caption(" · ".join(parts))


def finished(job: Job, snapshot: Snapshot) -> None:
    """The texts when no more will come."""
    if snapshot.state == "failed":
        if not state.told_of(job):
            st.rerun()  # it ended after the controls were drawn, and they say what was wrong
        st.warning(_("This could not be written. What was wrong stands beside the wish."), icon=":material/info:")
    if snapshot.state == "stopped":
        st.caption(_("Stopped; this is what there was."))
    if snapshot.state == "failed" and not any(row.written for row in snapshot.rows):
        return
    told(job, snapshot)
    sure = False
    if snapshot.digest and any(row.written for row in snapshot.rows):
        sure = st.toggle(
            _("Show how sure the model was"),
            key="compose certainty",
            help=_("Colours each character by the probability that the model gave it, before any filter."),
        )
    for columns, row, number in places(snapshot):
        with columns, st.container(border=True):
            heading(snapshot, row, number)
            body(job, row, number, sure)
            if row.written:
                actions.show(job, snapshot, row, number)


def told(job: Job, snapshot: Snapshot) -> None:
    """Which settings made it, and how fast."""
    request = job.request
    sampling = request.sampling
    said = [escaped(request.model), f"{_('Daring (temperature)')} {sampling.temperature:g}"]
    said += [f"top-k {sampling.top_k}"] if sampling.top_k else []
    said += [f"top-p {sampling.top_p:g}"] if sampling.top_p < 1 else []
    said += [f"min-p {sampling.min_p:g}"] if sampling.min_p else []
    if request.music.strictness != MusicConfig().strictness:
        said.append(f"{_('Avoid parallel fifths and octaves')} {request.music.strictness:g}")
    names = labels()
    for wishes in (request.verse, request.music):
        for field in dataclasses.fields(wishes):
            value = getattr(wishes, field.name)
            if isinstance(value, str) and value and value != field.default:
                shown = forms_of(job.card.language).get(value, value) if field.name == "form" else value
                said.append(escaped(f"{names.get(field.name, field.name)} {shown}"))
    said += [escaped(tag_name(name, value)) for name, value in request.tags.items()]
    said.append(_("{seconds:.1f} s").format(seconds=snapshot.seconds))
    st.caption(" · ".join(said))
    changed(job, snapshot)
    for note in snapshot.notes:
        st.caption(escaped(note_said(note)))


def changed(job: Job, snapshot: Snapshot) -> None:
    """Warn where a link or a piece of the gallery was written by another model or version than writes it now."""
    if job.first_digest and snapshot.digest and job.first_digest != snapshot.digest:
        st.warning(_("The model has changed since this was written first, so the text may be another one."))
    if job.first_version and job.first_version != __version__:
        st.warning(
            _(
                "Version {then} of the program wrote this first; here it is {now}, so the text may be another one."
            ).format(then=escaped(job.first_version), now=escaped(__version__))
        )


def body(job: Job, row: Row, number: int, sure: bool) -> None:
    """The text, or the music, of one variation."""
    if sure:
        prompt = job.request.prompt if row.text.startswith(job.request.prompt) else ""
        show_certainty(job.progress.certainty(number), f"{job.id} {number} certainty", prompt)
        return
    if job.card.kind != "music":
        st.text(row.text, width="stretch")
        return
    if row.problem:
        st.warning(escaped(in_words(row.problem)))
    if row.score is not None:
        show_music(row.score, actions.file_name(job, row), actions.settings_of(job, number), tokens=row.text)
        return
    with st.expander(_("Tokens")):
        st.text(row.text, width="stretch")


def earlier(job: Job) -> None:
    """What this session asked for before."""
    others = [each for each in reversed(desk().jobs) if each.id != job.id and each.ended]
    if not others:
        return
    with st.expander(_("Earlier"), icon=":material/history:"):
        for each in others:
            row = each.snapshot().rows[0]
            with st.container(horizontal=True, vertical_alignment="center"):
                st.button(
                    _("Show"), key=f"{each.id} show", on_click=state.show_again, args=(each.id,), icon=":material/undo:"
                )
                st.caption(escaped(f"{each.request.model} · {row.seed} · {' '.join(row.text.split())[:60]}"))
