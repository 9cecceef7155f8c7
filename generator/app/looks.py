"""What the theme's settings cannot say of how the pages look: where room is saved, what is read too faintly, what stays
in sight.

The style sheet is of this file alone; nothing of a text, an upload or an address comes into it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from .languages import language

__all__ = ["FRAME", "show_looks"]

FRAME = "frame_line"  # the line above the title, with the switch of languages

# Streamlit leaves a hand's breadth free above and below each page, and writes what is said by the way at 60 % of the
# text's strength, which is less than 4.5 : 1 on these grounds; at 78 % it is more, in both themes.
CSS = """
[data-testid="stMain"] { scroll-padding: 4.5rem 0 5rem; }  /* what has the focus is not under the button Write */
[data-testid="stMainBlockContainer"] { padding-top: 4.5rem; padding-bottom: 4rem; }
.st-key-frame_line { height: 0; overflow: visible; }
[data-testid="stLayoutWrapper"]:has(> .st-key-frame_line) { height: 0; margin-bottom: -1rem; }
.st-key-frame_line [data-testid="stRadio"] { position: relative; z-index: 2; padding-top: 1.35rem; }
.st-key-looks, .st-key-into-sight { position: absolute; width: 1px !important; overflow: hidden; }
[data-testid="stCaptionContainer"], [data-testid="stFileUploaderDropzoneInstructions"] span,
[data-testid="stMetricLabel"] { color: color-mix(in srgb, currentcolor 78%, transparent) !important; opacity: 1; }
button[kind^="primary"]:not(:disabled), button[kind^="primary"]:not(:disabled) :is(p, span) {
  color: light-dark(#fffdf8, #191714) !important; }
[data-testid="stImage"] > img, [data-testid="stImageContainer"] img { mix-blend-mode: multiply; }
[data-testid="stImageContainer"] { background: light-dark(#fffdf8, #ece4d6); border-radius: .5rem; isolation: isolate; }
input::placeholder, textarea::placeholder { opacity: 1 !important; }
.st-key-compose-write { position: sticky; bottom: 0; z-index: 3; padding: .5rem 0; backdrop-filter: blur(8px); }
[class*="-actions"] button { min-height: 2rem; padding: .15rem .6rem; }
button kbd { opacity: .9 !important; }
@media (max-width: 640px) {
  button kbd { display: none !important; }
  .st-key-model_cards { flex-wrap: nowrap; overflow-x: auto; scroll-snap-type: x proximity; padding-bottom: .5rem; }
  .st-key-model_cards > * { flex: none !important; scroll-snap-align: start; }
  [data-testid="stMainBlockContainer"] { padding-left: 1rem; padding-right: 1rem; }
}
@media print { .st-key-frame_line, .st-key-compose-write { position: static; } }
"""


# A screen reader reads a page in the language that it says it is in; Streamlit's says English.
JS = """
export default function ({ data }) { document.documentElement.lang = data.language; }
"""


@cache
def component() -> Any:
    """The style sheet, registered when it is first shown."""
    html = "<span hidden></span>"
    return st.components.v2.component("generator_looks", css=CSS, html=html, js=JS, isolate_styles=False)


def show_looks() -> None:
    """Put the style sheet on the page, and say the language of what stands there; it takes no room of its own."""
    component()(key="looks", height="content", width="content", data={"language": language().replace("_", "-")})
