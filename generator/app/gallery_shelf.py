"""Whose pieces a visitor sees: a shelf for each browser, told by a random key that the browser keeps in a cookie.

The key never leaves this machine and its browser; the gallery's file holds a digest of it. With
``GENERATOR_APP_GALLERY=shared`` all browsers have one shelf, for a machine that one person uses.
"""

from __future__ import annotations

import os
import re
import secrets
from functools import cache
from hashlib import sha256

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from ..errors import ConfigError

__all__ = ["COOKIE", "SHARED", "one_for_all", "remember", "something_kept", "whose"]

COOKIE = "generator_shelf"
KEY, KEPT = "gallery key", "gallery something kept"  # in the session's state
SHARED = "shared"  # the shelf of everybody
DAYS = 400  # the longest that browsers keep a cookie
GOOD = re.compile(r"[A-Za-z0-9_-]{32,64}")

# It writes the cookie and nothing else; the key comes as data, so no text of anybody's becomes code.
JS = """
export default function (component) {
    const { name, key, days } = component.data;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `${name}=${key}; Path=/; Max-Age=${days * 86400}; SameSite=Strict${secure}`;
}
"""


def one_for_all() -> bool:
    """Whether all browsers have one shelf.

    Raises:
        ConfigError: if the variable says neither.
    """
    said = os.environ.get("GENERATOR_APP_GALLERY") or "own"
    if said not in ("own", "shared"):
        raise ConfigError(f"GENERATOR_APP_GALLERY={said} is not known.", "Say own or shared.")
    return said == "shared"


def whose() -> str:
    """The shelf of this session's browser."""
    if one_for_all():
        return SHARED
    if KEY not in st.session_state:
        known = st.context.cookies.get(COOKIE)
        good = isinstance(known, str) and GOOD.fullmatch(known)
        st.session_state[KEY] = known if good else secrets.token_urlsafe(32)
    return sha256(str(st.session_state[KEY]).encode()).hexdigest()[:32]


@cache
def cookie_writer() -> ComponentRenderer:
    """The component that lets the browser keep the key."""
    return st.components.v2.component("generator_shelf", js=JS)


def something_kept() -> None:
    """Something stands on the shelf of this browser: it is to find it again."""
    st.session_state[KEPT] = True


def remember() -> None:
    """Let the browser keep its key, once something stands on its shelf; called at the end of every page."""
    if st.session_state.get(KEPT) and not one_for_all():
        whose()
        data = {"name": COOKIE, "key": st.session_state[KEY], "days": DAYS}
        cookie_writer()(data=data, key="gallery cookie", height=1)
