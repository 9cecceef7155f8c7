"""A piece of music on a page: engraved, as a piano roll, to listen to, and as files.

Pages are shown as images, so nothing in them can act as HTML. The work is done by the pool.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import streamlit as st

from ..errors import GeneratorError
from .escaping import escaped
from .generating import Task
from .languages import _
from .session import desk

if TYPE_CHECKING:
    from ..music import Score

__all__ = ["Rendered", "render", "show_music"]

POLL_S = 0.4
TYPES = {
    "mid": "audio/midi", "musicxml": "application/vnd.recordare.musicxml+xml", "wav": "audio/wav",
    "abc": "text/vnd.abc", "zip": "application/zip", "svg": "image/svg+xml",
}  # fmt: skip


@dataclass(frozen=True)
class Rendered:
    """What becomes of a score.

    Attributes:
        pages: SVG documents.
        moments: What is held when: seconds from, seconds to, page, ids of the elements.
        chart: The piano roll, as Vega-Lite.
        files: By their endings.
        facts: What there is to know about it.
    """

    pages: tuple[str, ...]
    moments: tuple[tuple[float, float, int, tuple[str, ...]], ...]
    chart: dict[str, Any]
    files: Mapping[str, bytes]
    facts: Mapping[str, Any]


def render(score: Score, name: str, settings: Mapping[str, Any] | None = None) -> Rendered:
    """Engrave a score, and write its files.

    Raises:
        RenderingError: if it cannot be done.
    """
    from ..music import score_bytes
    from ..rendering import engrave, orchestrated, piano_roll, roll_chart, wav_bytes, zip_bytes

    engraving = engrave(score)
    roll = piano_roll(score)
    files = {
        "mid": score_bytes(orchestrated(score), ".mid"),
        "musicxml": score_bytes(score, ".musicxml"),
        "wav": wav_bytes(score),
        "svg": engraving.pages[0].encode(),
    }
    if len(list(score.voices())) == 1:
        files["abc"] = score_bytes(score, ".abc")
    files["zip"] = zip_bytes(score, name=name, settings=settings)
    facts = {
        "bars": len(score.bars) - (1 if score.pickup else 0),
        "key": score.keys[0].key.name if score.keys else "",
        "metre": score.metres[0].name if score.metres else "",
        "seconds": roll.length_s,
        "voices": len(list(score.voices())),
    }
    moments = tuple((each.start_s, each.end_s, each.page, each.notes) for each in engraving.moments)
    return Rendered(engraving.pages, moments, roll_chart(roll), files, facts)


def show_music(score: Score, name: str, settings: Mapping[str, Any] | None = None) -> None:
    """Show a piece; while it is being engraved, say so.

    Args:
        score: The piece.
        name: What its files are called; also tells this place on the page from others.
        settings: What made it, for the zip.
    """
    from ..music import score_to_json

    content = json.dumps([score_to_json(score), name, settings], default=str, sort_keys=True)
    key = f"music {sha256(content.encode()).hexdigest()[:16]}"
    try:
        task = desk().start(key, lambda _task: render(score, name, settings))
    except GeneratorError as error:
        st.info(escaped(f"{error.message} {error.hint}"))
        return
    if not task.ended:
        st.fragment(waiting, run_every=POLL_S)(task)
    elif task.error is not None:
        st.error(escaped(f"{task.error.message} {task.error.hint}".strip()))
    elif task.result is not None:
        show_rendered(task.result, name, key)


def waiting(task: Task) -> None:
    """Until it is there."""
    if task.ended:
        st.rerun()
    st.caption(_("Engraving the score and making its sound …"))


def show_rendered(made: Rendered, name: str, key: str) -> None:
    """The piece, once it is there."""
    told = told_of(made.facts)
    st.audio(made.files["wav"], format="audio/wav", alt=_("The piece as sound.") + " " + told)
    engraved, roll = st.tabs([_("Score"), _("Piano roll")])
    with engraved:
        for number, page in enumerate(made.pages, start=1):
            alt = _("Page {number} of the engraved score.").format(number=number)
            st.image(page, alt=f"{alt} {told}", width="stretch")
    with roll:
        st.vega_lite_chart(made.chart, key=f"{key} roll", alt=_("The piano roll of the piece.") + " " + told)
    with st.container(horizontal=True, gap="small"):
        for ending in ("mid", "musicxml", "abc", "wav", "svg", "zip"):
            if ending not in made.files:
                continue
            st.download_button(
                LABELS[ending],
                made.files[ending],
                file_name=f"{name}.{ending}",
                mime=TYPES[ending],
                key=f"{key} {ending}",
                on_click="ignore",
                icon=":material/download:",
            )


LABELS = {"mid": "MIDI", "musicxml": "MusicXML", "abc": "ABC", "wav": "WAV", "svg": "SVG", "zip": "ZIP"}


def told_of(facts: Mapping[str, Any]) -> str:
    """What there is to know about a piece, in a line."""
    return _("{key}, {metre}, {bars} bars, {voices} voices, {seconds:.0f} seconds").format(**facts)
