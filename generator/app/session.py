"""What belongs to the process and what to a session: the pool of threads, and each tab's desk, which ends with it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from .generating import Desk, Pool, Task
from .models import Card, Loaded, Shelf, cards
from .samples import SampleMaker, make_sample
from .settings import limits

__all__ = ["KEPT", "comes_to", "desk", "just_come", "kept_widgets", "load_ahead", "pool", "pressed", "to_be_drawn"]

DESK = "desk"
PRESSED = "compose pressed"
SHOWN, COME = "page shown", "page come to"
NOTED = "values of widgets"
KEPT = "c_"  # keys of widgets whose values outlive a visit to another page begin so


@st.cache_resource(show_spinner=False)
def pool() -> Pool:
    """The one pool of the process."""
    return Pool(limits(), Shelf(limits().models))


@st.cache_resource(show_spinner=False)
def sample_maker() -> SampleMaker:
    """The one maker of samples of the process."""
    return SampleMaker()


@st.cache_resource(scope="session", show_spinner=False, on_release=Desk.leave)
def _closed_with_the_tab(number: int, _desk: Desk) -> Desk:
    """A desk that Streamlit tells when the session of this call is disconnected."""
    return _desk


def desk() -> Desk:
    """This session's requests; they are cancelled when its tab is closed, or its connection is broken for long."""
    if DESK not in st.session_state:
        st.session_state[DESK] = Desk(pool(), connected())
    found: Desk = st.session_state[DESK]
    found.back()
    return _closed_with_the_tab(id(found), found)


def connected() -> Callable[[], bool]:
    """Tells whether the session of this call has a connection, whoever asks."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is None or not runtime.exists():
        return lambda: False
    session, server = context.session_id, runtime.get_instance()
    return lambda: server.is_active_session(session)


def load_ahead(card: Card) -> None:
    """Load the model of a card while a person still thinks, so that its first character comes at once."""
    if not limits().ahead or card.problem or card in pool().shelf:
        return
    key = "compose loads ahead"
    task: Task | None = st.session_state.get(key)
    if task is not None:
        if st.session_state.get(f"{key} name") == card.name:  # on its way, or it could not be loaded, or is gone again
            return
        task.cancel()  # another card was chosen meanwhile
    shelf, maker = pool().shelf, sample_maker()

    def load(task: Task) -> None:
        try:
            ready(shelf.get(card), task)
        finally:
            maker.see_to(cards())

    task = Task(load)
    pool().put_ahead(task)
    st.session_state[key], st.session_state[f"{key} name"] = task, card.name


def ready(loaded: Loaded, task: Task) -> None:
    """Make all that a first text needs."""
    task.go_on()
    writer = loaded.writer()
    if loaded.card.kind == "verse":
        poet = loaded.poet()
        if loaded.card.language == "zh":
            poet.sounds("pingshui")
        else:
            poet.lexicon  # noqa: B018  # worked out when it is first looked at
    writer.context("")
    task.go_on()
    make_sample(loaded)


def comes_to(page: str) -> None:
    """A page is about to be shown."""
    before = st.session_state.get(SHOWN)
    st.session_state[SHOWN] = page
    if before not in (None, page):
        st.session_state[COME] = True


def just_come() -> bool:
    """Whether another page was shown before this one; told once."""
    return bool(st.session_state.pop(COME, False))


def pressed() -> None:
    """The button Write was pressed."""
    st.session_state[PRESSED] = True


def to_be_drawn() -> bool:
    """Whether it was pressed and the page has not been drawn since; told once."""
    return bool(st.session_state.pop(PRESSED, False))


@contextmanager
def kept_widgets() -> Iterator[None]:
    """Within, a page is drawn: widgets that it does not show keep their values.

    Streamlit forgets the widgets of a page that is left, and where the page was still being drawn, it does so before
    anything of the next one runs. So the values are noted beside its own state.
    """
    noted: dict[str, Any] = st.session_state.setdefault(NOTED, {})
    noted.update(values_of_widgets())
    for key, value in noted.items():
        st.session_state[key] = value
    try:
        yield
    finally:
        noted.update(values_of_widgets())


def values_of_widgets() -> dict[str, Any]:
    """The values of the widgets that are kept."""
    return {
        key: st.session_state[key] for key in list(st.session_state) if isinstance(key, str) and key.startswith(KEPT)
    }
