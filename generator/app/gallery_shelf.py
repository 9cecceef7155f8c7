"""Whose pieces a visitor sees: a shelf for each browser, told by a random key that the browser keeps in a cookie.

The key never leaves this machine and its browser; the gallery's file holds a digest of it. A press on Keep makes the
browser write the cookie before the server hears of the press, so that nothing is kept on a shelf that is not found
again. With ``GENERATOR_APP_GALLERY=shared`` all browsers have one shelf, for a machine that one person uses.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from functools import cache
from hashlib import sha256

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from ..errors import ConfigError, GeneratorError
from .languages import _
from .store import the_store

__all__ = ["BRING_IN", "COOKIE", "COPY", "SHARED", "one_for_all", "refused", "remember", "something_kept", "whose"]

COOKIE = "generator_shelf"
KEY, KEPT = "gallery key", "gallery something kept"  # in the session's state
OWN = "gallery key of this tab"  # whether the key was made here, and not given by the browser
REFUSED, TOLD = "gallery cookie refused", "gallery cookie refused, told"
SHELF = "gallery cookie"  # the component
SHARED = "shared"  # the shelf of everybody
NONE = "none"  # what the browser says where it takes no cookie
DAYS = 400  # the longest that browsers keep a cookie
GOOD = re.compile(r"[A-Za-z0-9_-]{32,64}")
COPY, BRING_IN = "piece copy", "gallery bring in"  # keys of buttons that put something on the shelf, as do all hearts
KEEPING = '[class*="-heart"] button, .st-key-piece-copy button, .st-key-gallery-bring-in button'

# It writes the cookie, and tells when the browser has another or takes none. Two tabs that were both open before
# anything was kept have a key each: the first cookie holds, and the other tab is told of it. The key comes as data, so
# no text of anybody's becomes code.
JS = """
const GOOD = /^[A-Za-z0-9_-]{32,64}$/;
let data = null, tell = null, told = "";

function held() {
  const pair = document.cookie.split("; ").find((each) => each.startsWith(`${data.name}=`));
  const found = pair?.slice(data.name.length + 1) ?? "";
  return GOOD.test(found) ? found : "";
}

function say(what) {
  const whole = `${data.key} ${what}`;
  if (whole !== told) tell("held", what);
  told = whole;
}

function write() {
  if (held() && held() !== data.key) return say(held());
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${data.name}=${data.key}; Path=/; Max-Age=${data.days * 86400}; SameSite=Strict${secure}`;
  if (held() !== data.key) say("none");
}

// once for as long as the page is open, and before Streamlit hears of the press
document.addEventListener("click", (event) => { if (event.target.closest?.(data?.keeping)) write(); }, true);

export default function (component) {
  data = component.data;
  tell = component.setTriggerValue;
  if (data.kept) write();
  else if (held() && held() !== data.key) say(held());
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
        good = isinstance(known, str) and GOOD.fullmatch(known) is not None
        st.session_state[KEY], st.session_state[OWN] = known if good else secrets.token_urlsafe(32), not good
    return shelf_of(st.session_state[KEY])


def shelf_of(key: str) -> str:
    """What the gallery's file calls the shelf of a key."""
    return sha256(key.encode()).hexdigest()[:32]


@cache
def cookie_keeper() -> ComponentRenderer:
    """The component that lets the browser keep the key."""
    return st.components.v2.component("generator_shelf", js=JS)


def something_kept() -> None:
    """Something stands on the shelf of this browser: it is to find it again."""
    st.session_state[KEPT] = True


def refused() -> bool:
    """Whether the browser takes no cookie, so that nothing is found again once the tab is closed."""
    return bool(st.session_state.get(REFUSED)) and not one_for_all()


def remember() -> None:
    """Let the browser keep its key, once something stands on its shelf; called at the end of every page."""
    try:
        whose()
    except GeneratorError:  # the pages that have to do with the gallery say so
        return
    if one_for_all():
        return
    data = {
        "name": COOKIE,
        "key": st.session_state[KEY],
        "days": DAYS,
        "kept": bool(st.session_state.get(KEPT)),
        "keeping": KEEPING,
    }
    cookie_keeper()(data=data, key=SHELF, height=1, on_held_change=heard)
    if refused() and not st.session_state.get(TOLD):
        st.session_state[TOLD] = True
        st.toast(told_of_refusal(), icon=":material/cookie_off:", duration="long")


def told_of_refusal() -> str:
    """What it means that the browser takes no cookie."""
    return _(
        "This browser takes no cookie, so what you keep is found only until this tab is closed. Download it, or keep "
        "its link."
    )


def heard() -> None:
    """The browser has a key that another tab gave it, or takes none."""
    said = st.session_state.get(SHELF)
    held = said.get("held") if isinstance(said, Mapping) else None
    if held == NONE:
        st.session_state[REFUSED] = True
    if not isinstance(held, str) or not GOOD.fullmatch(held):
        return
    before = whose()
    try:
        if st.session_state.get(OWN):
            the_store().move(before, shelf_of(held))
    except GeneratorError:  # the page says what is wrong with the gallery; what was kept here stays with this tab
        return
    st.session_state[KEY], st.session_state[OWN] = held, False
    st.session_state.pop(REFUSED, None)
