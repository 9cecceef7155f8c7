"""What the page Compose keeps in its session: the values of the controls, what was asked last, what went wrong."""

from __future__ import annotations

from typing import Any

import streamlit as st

from ..errors import ConfigError, GeneratorError
from . import compose_melody as melody
from . import links
from .controls import request_of, values_of
from .errors_in_words import Complaint
from .generating import Job
from .keyboard_view import notes_came
from .languages import language
from .models import Card, cards, find_card
from .request import Request
from .session import KEPT, desk, pressed
from .settings import limits

__all__ = [
    "MODEL",
    "ask",
    "ask_controls",
    "chosen_card",
    "copy_to_controls",
    "current",
    "key_of",
    "listed",
    "opened_by_link",
    "show_again",
    "stay_in_address",
    "told_of",
]

MODEL = KEPT + "model"
JOB = "compose job"
COMPLAINT = "compose complaint"
COMPLAINT_OF = "compose complaint of"  # the model that was asked; None where none was chosen yet
TOLD = "compose told of"
OPENED = "compose link opened"  # what the address asked for last
IN_ADDRESS = "compose in address"


def key_of(name: str) -> str:
    """The key of the control of that name in the session's state."""
    return KEPT + name


def listed() -> list[Card]:
    """The models that are here."""
    return cards()


def chosen_card(among: list[Card]) -> Card:
    """The model that is chosen; at first one that suits the language of the page."""
    usable = [card for card in among if not card.problem] or among
    name = st.session_state.get(MODEL)
    found = next((card for card in usable if card.name == name), None)
    if found is None:
        suits = "zh" if language() == "zh_CN" else ""
        found = next((card for card in usable if card.language == suits), usable[0])
        st.session_state[MODEL] = found.name
    return found


def values() -> dict[str, Any]:
    """The values of the controls."""
    return {str(key).removeprefix(KEPT): value for key, value in st.session_state.items() if str(key).startswith(KEPT)}


def ask_controls() -> None:
    """The button was pressed: ask what the controls say."""
    pressed()
    try:
        card = find_card(str(st.session_state[MODEL]), listed())
        said = values()
        notes_came()  # the last of them may come with the press of the button
        score = melody.given(melody.source_of(card, str(said.get("task"))))
        request = request_of(said, card, limits(), score)
    except GeneratorError as error:
        complain(error)
        return
    ask(request)


def ask(request: Request, digest: str = "") -> None:
    """Queue a request, show it, and put it into the address.

    Args:
        request: What is asked.
        digest: Of the model that wrote it first, where a link says so.
    """
    st.session_state.pop(COMPLAINT, None)
    try:
        job = desk().submit(request, find_card(request.model, listed()))
    except GeneratorError as error:
        complain(error, request)
        return
    job.first_digest = digest
    st.session_state[JOB] = job.id
    put_into_address(job)


def complain(error: GeneratorError, request: Request | None = None) -> None:
    """Remember what went wrong, for the place where it was wished."""
    st.session_state[COMPLAINT] = Complaint.of(error, request)
    st.session_state[COMPLAINT_OF] = request.model if request is not None else st.session_state.get(MODEL)


def complaint() -> Complaint | None:
    """What went wrong with what was asked last; asked for once in each run of the page."""
    job = current()
    st.session_state[TOLD] = job.id if job is not None and job.ended else None
    found: Complaint | None = st.session_state.get(COMPLAINT)
    asked = st.session_state.get(COMPLAINT_OF)
    if found is None and job is not None and job.ended and job.error is not None:
        found, asked = Complaint.of(job.error, job.request), job.request.model
    return found if asked in (None, st.session_state.get(MODEL)) else None


def told_of(job: Job) -> bool:
    """Whether the controls of this run of the page already knew that a job had ended."""
    return bool(st.session_state.get(TOLD) == job.id)


def current() -> Job | None:
    """What was asked last."""
    name = st.session_state.get(JOB)
    return None if name is None else desk().find(name)


def show_again(job_id: str) -> None:
    """Show something that was asked before."""
    st.session_state.pop(COMPLAINT, None)
    st.session_state[JOB] = job_id
    job = current()
    if job is not None:
        put_into_address(job)


def stay_in_address() -> None:
    """Ask in the address for what is shown, where the page is come back to by the navigation, whose links are bare."""
    job = current()
    if job is not None and "m" not in st.query_params:
        put_into_address(job)


def copy_to_controls(request: Request) -> None:
    """Set the controls to what made a text."""
    try:
        card = find_card(request.model, listed())
    except GeneratorError as error:
        complain(error)
        return
    st.session_state[MODEL] = card.name
    for name, value in values_of(request, card, limits()).items():
        st.session_state[key_of(name)] = value
    if request.score:
        melody.give_back(request.score_name, request.score)


def put_into_address(job: Job) -> None:
    """The address of the page asks for what is shown, so that it can be kept, reloaded and passed on."""
    params = links.params_of(job.request) or {}
    gone = st.session_state.get(IN_ADDRESS, ())
    kept = {name: st.query_params.get_all(name) for name in st.query_params if name not in gone}
    st.query_params.from_dict(kept | params)  # at once: each change is a step back in the browser's history
    st.session_state[IN_ADDRESS] = tuple(params)
    st.session_state[OPENED] = params


def opened_by_link(among: list[Card]) -> None:
    """What the address asks for is written at once, unless this page has put it there itself or saw it before."""
    params = {name: st.query_params.get_all(name) for name in st.query_params if name != "lang"}
    asked = {name: said for name, said in params.items() if name != "d"}
    if not params.get("m") or asked == st.session_state.get(OPENED):
        return
    st.session_state[OPENED] = asked
    try:
        found = links.request_of(params)
        if found is None:
            return
        request, digest = found
        find_card(request.model, among)
    except GeneratorError as error:
        complain(error)
        return
    except (ValueError, TypeError) as error:
        complain(ConfigError(f"This link cannot be read: {error}.", "Ask for it again."))
        return
    copy_to_controls(request)
    st.session_state[IN_ADDRESS] = tuple(params)
    ask(request, digest)
