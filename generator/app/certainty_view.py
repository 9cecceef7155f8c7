"""Text coloured by how sure the model was of each character, with what might have stood there instead.

The text reaches the page as data and is put into it by ``textContent``: nothing in it can act as HTML. With
the pointer, or with the arrow keys, one walks over the characters; the alternatives stand in a line below,
which screen readers announce.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import streamlit as st

from .languages import _
from .writing import Certainty

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["show_certainty"]

HTML = """
<div class="text" tabindex="0" role="application"></div>
<div class="legend" aria-hidden="true"></div>
<div class="told" role="status" aria-live="polite"></div>
"""

CSS = """
.text { white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.7; font-family: var(--st-font); }
.text:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 4px; }
.text span { background: color-mix(in srgb, var(--st-primary-color) var(--doubt), transparent); border-radius: 2px; }
.text span.here { outline: 2px solid var(--st-text-color); }
.legend { display: flex; gap: .35rem; align-items: center; font-size: .8rem; margin-top: .6rem; }
.legend i { width: 1.4rem; height: .8rem; border: 1px solid var(--st-border-color); border-radius: 2px; }
.legend i { background: color-mix(in srgb, var(--st-primary-color) var(--doubt), transparent); }
.told { min-height: 1.5em; margin-top: .3rem; font-size: .9rem; font-variant-numeric: tabular-nums; }
"""

JS = """
export default function ({ data, parentElement }) {
  const text = parentElement.querySelector(".text");
  const told = parentElement.querySelector(".told");
  const legend = parentElement.querySelector(".legend");
  const doubt = (p) => `${Math.round(50 * (1 - Math.sqrt(p)))}%`;
  const percent = (p) => `${(100 * p).toFixed(p < 0.1 ? 1 : 0)} %`;
  text.setAttribute("aria-label", data.words.label);
  const spans = data.tokens.map(([written, p]) => {
    const span = document.createElement("span");
    span.textContent = written;
    span.style.setProperty("--doubt", doubt(p));
    return span;
  });
  text.replaceChildren(data.prompt, ...spans);
  const swatch = (p) => {
    const box = document.createElement("i");
    box.style.setProperty("--doubt", doubt(p));
    return box;
  };
  legend.replaceChildren(data.words.sure, ...[1, 0.6, 0.3, 0.1, 0.01].map(swatch), data.words.unsure);
  told.textContent = data.words.how;
  let here = -1;
  const show = (index) => {
    if (index < 0 || index >= spans.length) return;
    if (here >= 0) spans[here].classList.remove("here");
    here = index;
    spans[here].classList.add("here");
    const [, p, others] = data.tokens[here];
    const name = (label) => (label === "\\n" ? "\\u21b5" : label === " " ? "\\u2423" : label);
    const list = others.map(([label, each]) => `${name(label)} ${percent(each)}`).join(" \\u00b7 ");
    told.textContent = `${name(data.tokens[here][0])} ${percent(p)} \\u2014 ${list}`;
  };
  text.onmouseover = (event) => show(spans.indexOf(event.target));
  text.onclick = (event) => show(spans.indexOf(event.target));
  text.onkeydown = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    show(Math.min(Math.max(here + step, 0), spans.length - 1));
  };
}
"""


@cache
def component() -> Any:
    """The component, registered when it is first shown."""
    return st.components.v2.component("generator_certainty", html=HTML, css=CSS, js=JS)


def show_certainty(found: Sequence[Certainty], key: str, prompt: str = "") -> None:
    """Show a text coloured.

    Args:
        found: Its tokens.
        key: Of this place on the page.
        prompt: What the model was given to go on from; it stands before them without a colour.
    """
    words = {
        "label": _("The text, coloured by certainty; the arrow keys walk over its characters"),
        "sure": _("sure"),
        "unsure": _("unsure"),
        "how": _("Point at a character, or walk with the arrow keys, to see what might have stood there."),
    }
    tokens = [
        [each.text, round(each.probability, 4), [[name, round(value, 4)] for name, value in each.alternatives]]
        for each in found
    ]
    component()(key=key, data={"prompt": prompt, "tokens": tokens, "words": words})
