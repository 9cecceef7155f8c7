"""On a narrow screen what was written stands below the controls: the page moves there when something new is asked."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

__all__ = ["bring_into_sight"]

JS = """
const met = new Set();
export default function ({ data, parentElement }) {
  if (met.has(data.of)) return;
  met.add(data.of);
  const place = parentElement.host ?? parentElement;
  const below = place.getBoundingClientRect().top > 0.7 * window.innerHeight;
  if (!below || !window.matchMedia("(max-width: 640px)").matches) return;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
  place.style.scrollMarginTop = "4rem";
  place.scrollIntoView({ behavior: still ? "auto" : "smooth", block: "start" });
}
"""


@cache
def component() -> Any:
    """The component, registered when it is first shown."""
    return st.components.v2.component("generator_into_sight", html="<span></span>", js=JS)


def bring_into_sight(of: str) -> None:
    """Move here, once, if this place is out of sight.

    Args:
        of: What was asked; the same never moves the page again.
    """
    component()(key="into sight", data={"of": of}, height=1)
