"""The melody that the page Compose is given: a file, or what was played in; kept apart, so that neither is lost."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import streamlit as st

from ..errors import GeneratorError
from . import links
from .keyboard import KEYS, METRES, Played, abc_of, played_of, upbeats_of
from .melodies import known, name_of_reading, score_of
from .models import Card
from .session import KEPT, desk

__all__ = [
    "FILE",
    "KEY",
    "KEYBOARD",
    "METRE",
    "SOURCE",
    "UPBEAT",
    "drop",
    "drop_file",
    "edition",
    "file_chosen",
    "give",
    "give_back",
    "given",
    "hold",
    "played",
    "settle",
    "source_of",
    "takes_one_line",
    "upload_key",
]

FILE, KEYBOARD = "file", "keyboard"
SOURCE, KEY, METRE, UPBEAT = (KEPT + name for name in ("melody_from", "played_key", "played_metre", "played_upbeat"))
SCORES = "compose scores"  # name and content of what was given, by where it comes from
NOTES = "compose played"  # notes that were played in
UPLOADS = "compose uploads"  # how many files were put away
EDITION = "compose played edition"  # how often the notes were set here and not on the keyboard
UNREAD = "compose unread"  # name and content of a melody that may be one for the keyboard, once it is read
AT_ONCE_S = 0.1  # a melody that a thread of the pool has read by then is put where it belongs at once


def takes_one_line(card: Card, task: str) -> bool:
    """Whether a melody alone is of use to a model for a task: one of chorales goes on from four voices only."""
    voices = (card.provenance.get("settings") or {}).get("voices")
    return task == "harmonise" or (task in ("continue", "infill") and voices in (None, 1))


def source_of(card: Card, task: str) -> str:
    """Where the melody comes from."""
    if not takes_one_line(card, task):
        return FILE
    return FILE if st.session_state.get(SOURCE) == FILE else KEYBOARD


def scores() -> dict[str, tuple[str, bytes]]:
    """All that was given."""
    found: dict[str, tuple[str, bytes]] = st.session_state.setdefault(SCORES, {})
    return found


def given(source: str) -> tuple[str, bytes] | None:
    """Name and content of what was given."""
    return scores().get(source)


def give(name: str, content: bytes, source: str) -> None:
    """Take a melody."""
    scores()[source] = (name, content)


def drop(source: str) -> None:
    """Forget it."""
    scores().pop(source, None)


def upload_key() -> str:
    """The key of the place for a file; another one, once a file was put away, has none in it."""
    return f"compose upload {st.session_state.get(UPLOADS, 0)}"


def file_chosen() -> None:
    """A file was chosen, or taken out of its place again."""
    uploaded = st.session_state.get(upload_key())
    if uploaded is None:
        drop(FILE)
    else:
        give(uploaded.name, uploaded.getvalue(), FILE)


def drop_file() -> None:
    """Put the file away."""
    drop(FILE)
    st.session_state[UPLOADS] = st.session_state.get(UPLOADS, 0) + 1


def edition() -> int:
    """Which notes the keyboard is to show: another number, other notes."""
    return int(st.session_state.get(EDITION, 0))


def played() -> Played:
    """What was played in, with the key, the metre and the upbeat that were chosen."""
    key, metre = st.session_state.get(KEY), st.session_state.get(METRE)
    metre = metre if metre in METRES else METRES[0]
    upbeat = st.session_state.get(UPBEAT)
    return Played(
        st.session_state.get(NOTES, ()),
        key if key in KEYS else KEYS[0],
        metre,
        upbeat if upbeat in upbeats_of(metre) else 0,
    )


def hold(notes: Any, *, anew: bool = False) -> None:
    """Keep notes, and hand them over as a melody.

    Args:
        notes: As ``Played`` has them.
        anew: Whether the keyboard does not know of them yet.
    """
    st.session_state[NOTES] = notes
    if anew:
        st.session_state[EDITION] = edition() + 1
    found = played()
    if found.sounds:
        give(links.MELODY, abc_of(found).encode(), KEYBOARD)
    else:
        drop(KEYBOARD)


def give_back(name: str, content: bytes) -> None:
    """Put the melody of a request onto the keyboard if it can be played there, else where files are.

    It is read by the pool, as nobody knows what an address holds; what takes longer is a file until it is read.
    """
    st.session_state.pop(UNREAD, None)
    if name == links.MELODY and not known(content, name):
        with suppress(GeneratorError):  # many wait: the place for files asks again
            desk().start(name_of_reading(content), lambda _task: score_of(content, name)).wait(AT_ONCE_S)
        if not known(content, name):
            st.session_state[UNREAD] = (name, content)
            to_file(name, content)
            return
    put(name, content)


def settle() -> None:
    """Put a melody that was read meanwhile where it belongs; called before the page draws anything of it."""
    unread: tuple[str, bytes] | None = st.session_state.get(UNREAD)
    if unread is None:
        return
    if given(FILE) != unread:  # another was given since then
        del st.session_state[UNREAD]
    elif known(unread[1], unread[0]):
        del st.session_state[UNREAD]
        if st.session_state.get(SOURCE) == FILE:
            put(*unread)


def put(name: str, content: bytes) -> None:
    """Put a melody that was read where it belongs."""
    found = None
    if name == links.MELODY:
        try:
            found = played_of(score_of(content, name))
        except GeneratorError:
            found = None
    if found is None:
        to_file(name, content)
        return
    if given(FILE) == (name, content):
        drop_file()
    values = {SOURCE: KEYBOARD, KEY: found.key, METRE: found.metre, UPBEAT: found.upbeat}
    for key, value in values.items():
        st.session_state[key] = value
    hold(found.notes, anew=True)
    give(name, content, KEYBOARD)  # as it was, so that the same request comes of it


def to_file(name: str, content: bytes) -> None:
    """Put a melody where files are."""
    st.session_state[SOURCE] = FILE
    drop_file()
    give(name, content, FILE)
