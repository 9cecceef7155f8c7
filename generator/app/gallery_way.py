"""The way about the gallery: which pieces the address asks for, and the way back to all of them.

``?piece=ID`` is one piece, ``?piece=ID&piece=ID`` two beside each other: so the browser's Back, a reload and a link do
what they say.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

__all__ = ["PIECE", "asked_for", "go_back_to_all", "open_pieces", "stand_by"]

PIECE = "piece"  # in the address
MOST = 2  # pieces side by side

# Streamlit keeps the address when the link of the page that is open is followed. Who follows the link Gallery from a
# piece means the gallery, as the link itself says. Nor does it scroll where another thing is shown on the same page.
JS = """
let back = null, gallery = "", open = "";
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a[href]");
  if (!link || link.target || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const to = new URL(link.href), asks = new URLSearchParams(location.search).has("piece");
  if (!asks || location.pathname !== gallery || to.origin !== location.origin) return;
  if (to.pathname !== gallery || to.search || to.hash) return;
  event.preventDefault();
  event.stopPropagation();
  const menu = link.closest('[data-testid="stSidebar"]');  // on a phone; it closes where a link is followed
  menu?.querySelector('[data-testid="stSidebarCollapseButton"] button')?.click();
  back("back", true);
}, true);
export default function ({ data, setTriggerValue }) {
  back = setTriggerValue;
  gallery = location.pathname;
  if (open !== data.open && data.open) document.querySelector('[data-testid="stMain"]')?.scrollTo(0, 0);
  open = data.open;
}
"""

# What was deleted is offered again wherever on the page it was deleted.
CSS = """
[data-testid="stLayoutWrapper"]:has(> .st-key-gallery-undone) { position: sticky; top: 3.75rem; z-index: 4; }
.st-key-gallery-undone { background: light-dark(#fffdf8, #191714); padding: .25rem 0; }
"""


@cache
def follower() -> Any:
    """The component that hears where a link leads, registered when it is first shown."""
    return st.components.v2.component("generator_gallery_way", css=CSS, js=JS, isolate_styles=False)


def asked_for() -> list[str]:
    """The ids of the pieces that the address asks for; at most two."""
    return list(dict.fromkeys(filter(None, st.query_params.get_all(PIECE))))[:MOST]


def open_pieces(*pieces: str) -> None:
    """Show one piece, or two beside each other."""
    st.query_params[PIECE] = list(pieces)


def go_back_to_all() -> None:
    """Show the gallery again."""
    st.query_params.pop(PIECE, None)


def stand_by() -> None:
    """Let the navigation's link lead back to all pieces where some are open, and show these from their beginning."""
    follower()(key="gallery way", data={"open": " ".join(asked_for())}, height=1, on_back_change=go_back_to_all)
