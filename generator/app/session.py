"""What belongs to the process and what to a session: the pool of threads, and each tab's desk, which ends with it."""

from __future__ import annotations

import streamlit as st

from .generating import Desk, Pool
from .models import Shelf
from .settings import limits

__all__ = ["KEPT", "desk", "keep_widgets", "pool"]

KEPT = "c_"  # keys of widgets whose values outlive a visit to another page begin so


@st.cache_resource(show_spinner=False)
def pool() -> Pool:
    """The one pool of the process."""
    return Pool(limits(), Shelf(limits().models))


@st.cache_resource(scope="session", show_spinner=False, on_release=Desk.close)
def _desk() -> Desk:
    return Desk(pool())


def desk() -> Desk:
    """This session's requests; they are cancelled when its tab is closed."""
    return _desk()


def keep_widgets() -> None:
    """Keep the values of widgets that this run may not show: Streamlit forgets those of a page that was left."""
    for key in list(st.session_state):
        if isinstance(key, str) and key.startswith(KEPT):
            st.session_state[key] = st.session_state[key]
