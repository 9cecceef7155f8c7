"""The player of a piece: its sound, and a cursor that follows it in the engraved score, the piano roll and the tokens.

    play(player_data(score), wav_bytes(score), "E minor, 4/4", key="a piece")

The sound is an ``<audio>`` element with the controls of the browser; sound and engraved pages are fetched from the
addresses that Streamlit serves media at, so they are not sent again whenever the page is drawn. Pages are served as
files to download, which ``<img>`` shows all the same: opened by themselves, they are no document in which
something could act.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import streamlit as st
from streamlit import runtime

from .languages import _
from .player_script import SCRIPT

__all__ = ["play"]

HTML = """
<section class="player" role="group">
  <div class="transport"><audio controls preload="auto"></audio><span class="where"></span></div>
  <div class="tabs" role="tablist">
    <button type="button" role="tab" id="t-score" aria-controls="p-score"></button>
    <button type="button" role="tab" id="t-roll" aria-controls="p-roll"></button>
    <button type="button" role="tab" id="t-tokens" aria-controls="p-tokens"></button>
  </div>
  <div class="view score" role="tabpanel" id="p-score" tabindex="0">
    <p class="heading"></p><div class="pages"></div>
  </div>
  <div class="view roll" role="tabpanel" id="p-roll" tabindex="0" hidden>
    <div class="legend"></div><div class="keys"></div><div class="strip"></div>
  </div>
  <div class="view tokens" role="tabpanel" id="p-tokens" tabindex="0" hidden><ol></ol></div>
  <p class="how"></p>
  <div class="said" role="status" aria-live="polite"></div>
</section>
"""

CSS = """
.player { font-family: var(--st-font); color: var(--st-text-color); --now: #d55e00; }
[hidden] { display: none !important; }
.transport { display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: center; }
audio { flex: 1 1 16rem; min-width: 0; width: 100%; height: 2.75rem; }
.where { font-size: .875rem; opacity: .8; font-variant-numeric: tabular-nums; white-space: nowrap; }
.tabs { display: flex; gap: 1rem; margin-top: .5rem; border-bottom: 1px solid var(--st-border-color); }
.tabs button { all: unset; cursor: pointer; font-size: .875rem; line-height: 2.5rem; padding: 0 .125rem; }
.tabs button { border-bottom: 2px solid transparent; margin-bottom: -1px; }
.tabs button:hover { color: var(--st-primary-color); }
.tabs [aria-selected=true] { color: var(--st-primary-color); border-color: var(--st-primary-color); }
.tabs button:focus-visible, .view:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 2px; }
.view { position: relative; margin-top: .75rem; max-height: min(75vh, 48rem); overflow: auto; border-radius: 4px; }
.view { scrollbar-width: thin; }
.score { max-width: 54rem; }
.heading { margin: 0; font-size: .875rem; overflow-wrap: anywhere; }
.heading:not(:empty) { margin-bottom: .5rem; }
.page { position: relative; max-width: 54rem; cursor: pointer; border-radius: 4px; }
.page { background: light-dark(#fffdf8, #ece4d6); }
.page { overflow: hidden; box-shadow: inset 0 0 0 1px rgb(128 128 128 / 30%); }
.small .page { max-width: 35rem; }
.page + .page { margin-top: .5rem; }
.page img { mix-blend-mode: multiply; display: block; width: 100%; height: 100%; user-select: none; }
.cursor { position: absolute; width: 2px; margin-left: -1px; background: var(--now); pointer-events: none; }
.page .cursor { opacity: .75; }
.mark { position: absolute; box-sizing: content-box; padding: 2px; margin: -2px; border-radius: 50%; }
.mark { background: var(--now); mix-blend-mode: screen; pointer-events: none; }
.roll { display: grid; grid-template-columns: 36px max-content; container-type: inline-size; }
.legend { grid-column: 1 / -1; position: sticky; left: 0; display: flex; flex-wrap: wrap; gap: .1rem 1rem; }
.legend { font-size: .8rem; width: fit-content; max-width: 100cqw; }
.legend:not(:empty) { margin-bottom: .4rem; }
.legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .35rem; border-radius: 2px; }
.legend i { vertical-align: -.08rem; }
.keys { position: sticky; left: 0; z-index: 1; background: var(--st-background-color); }
.strip { position: relative; cursor: pointer; }
.strip .cursor { top: 0; background: var(--st-text-color); }
.roll svg { display: block; }
.roll text { font-size: 11px; fill: var(--st-text-color); opacity: .75; font-family: var(--st-font); }
.keys text { text-anchor: end; }
.roll .line { stroke: var(--st-text-color); stroke-opacity: .18; }
.roll .black { fill: var(--st-text-color); fill-opacity: .05; }
.roll .on { stroke: var(--st-text-color); stroke-width: 2px; }
.tokens ol { list-style: none; margin: 0; padding: 0; font-size: .85rem; line-height: 1.75; }
.tokens li { padding: .1rem .4rem; border-radius: 4px; overflow-wrap: anywhere; }
.tokens .bar { position: relative; padding-left: 3rem; cursor: pointer; }
.tokens b { position: absolute; left: .4rem; width: 2rem; text-align: right; opacity: .6; font-weight: normal; }
.tokens code { font-family: var(--st-code-font); margin-right: .6em; white-space: nowrap; }
.tokens .on { background: color-mix(in srgb, var(--st-primary-color) 18%, transparent); }
.how { margin: .4rem 0 0; font-size: .8rem; opacity: .75; }
.said { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""


@cache
def component() -> Any:
    """The component, registered when it is first shown."""
    return st.components.v2.component("generator_player", html=HTML, css=CSS, js=SCRIPT)


def play(data: Mapping[str, Any], wav: bytes, told: str, *, key: str) -> None:
    """Show the player of a piece.

    Args:
        data: As ``player_data`` makes it.
        wav: Its sound.
        told: What there is to know about the piece, in a line: what cannot be seen or heard by everyone.
        key: Of this place on the page.
    """
    words = {
        "told": told,
        "sound": _("The piece as sound."),
        "views": _("Ways to look at the piece"),
        "tabs": [_("Score"), _("Piano roll"), _("Tokens")],
        "page": _("Page {number} of the engraved score."),
        "rolled": _("The piano roll of the piece."),
        "bar": _("Bar {number} of {count}"),
        "how": _(
            "A click on a note goes there. With the keyboard: Space plays and pauses, the arrow keys go on and back "
            "by a beat, with Shift by a bar."
        ),
    }
    layouts = [
        {**layout, "pages": [page_data(page, f"{key} {width} {number}") for number, page in enumerate(layout["pages"])]}
        for width, layout in enumerate(data["layouts"])
    ]
    sound = address_of(wav, "audio/wav", key)
    component()(key=key, data={**data, "layouts": layouts, "audio": sound, "words": words})


def page_data(page: Mapping[str, Any], place: str) -> dict[str, Any]:
    """A page by its address."""
    return {"ratio": page["ratio"], "src": address_of(page["svg"].encode(), "image/svg+xml", place, "page.svg")}


def address_of(content: bytes, kind: str, place: str, name: str | None = None) -> str:
    """Where the browser fetches a sound or a page, as Streamlit keeps it while a page of this session shows it.

    Args:
        content: The file.
        kind: Its media type.
        place: Tells the places on a page apart.
        name: Of a file to download.
    """
    if not runtime.exists():
        return ""
    manager = runtime.get_instance().media_file_mgr
    address = manager.add(content, kind, place, file_name=name, is_for_static_download=name is not None)
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}{address}" if base else address
