"""A piece of music on a page: engraved, as a piano roll, to listen to, and as files.

The player shows it (``player.py``). The work is done by the pool, once for a piece.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import streamlit as st

from ..errors import GeneratorError
from ..stopping import go_on
from .errors_in_words import said
from .escaping import escaped
from .generating import Task
from .languages import _
from .player import play
from .player_data import player_data
from .session import desk
from .settings import limits
from .value_names import key_name

if TYPE_CHECKING:
    from ..music import Score

__all__ = ["Rendered", "render", "show_music"]

POLL_S = 0.4
ALL_ON_ONE_MM = 6000.0  # the tallest page that verovio draws
MOST_BARS, MOST_NOTES = 1000, 12_000  # that are drawn, which takes some ten seconds
SHOWN = ("mid", "musicxml", "abc", "wav", "svg", "zip")
TYPES = {
    "mid": "audio/midi", "musicxml": "application/vnd.recordare.musicxml+xml", "wav": "audio/wav",
    "abc": "text/vnd.abc", "zip": "application/zip", "svg": "image/svg+xml",
}  # fmt: skip


@dataclass(frozen=True)
class Rendered:
    """What becomes of a score.

    Attributes:
        player: What the player is told, as ``player_data`` makes it.
        files: By their endings.
        facts: What there is to know about it.
        packed: Makes the zip of them all, which is as large as the sound and so is not kept; None where there is none.
    """

    player: Mapping[str, Any]
    files: Mapping[str, bytes]
    facts: Mapping[str, Any]
    packed: Callable[[], bytes] | None = None

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return sum(map(len, self.files.values()))


def render(score: Score, name: str, settings: Mapping[str, Any] | None = None, *, tokens: str = "") -> Rendered:
    """Engrave a score, and write its files.

    Args:
        score: The piece.
        name: What its files are called.
        settings: What made it, for the zip.
        tokens: What it was read from, in words; otherwise an alphabet of this program writes it.

    Raises:
        RenderingError: if it cannot be done.
    """
    from ..music.timing import Clock
    from ..rendering import FORMATS, engrave, zip_bytes
    from ..rendering.bundle import holds_abc

    seconds = float(Clock(score).seconds(score.length))
    lines = list(score.voices())
    if seconds > limits().sound or len(score.bars) > MOST_BARS or sum(len(line.events) for line in lines) > MOST_NOTES:
        return Rendered({}, silent_files(score), facts_of(score, seconds))
    player = player_data(score, tokens=tokens)
    pages = tuple(page["svg"] for page in player["layouts"][0]["pages"])
    made: dict[str, bytes | tuple[bytes, ...]] = {"svg": tuple(page.encode() for page in pages)}
    for ending, make in FORMATS.items():
        if ending not in made and (ending != "abc" or holds_abc(score)):
            go_on()
            made[ending] = make(score)
    files = {ending: data for ending, data in made.items() if isinstance(data, bytes) and ending in SHOWN}
    if len(pages) > 1:
        pages = engrave(score, height_mm=ALL_ON_ONE_MM).pages
    if len(pages) == 1:  # of a piece that is longer still, the zip has the pages
        files["svg"] = pages[0].encode()
    return Rendered(
        player,
        files,
        facts_of(score, player["seconds"]),
        lambda: zip_bytes(score, name=name, settings=settings, made=made),
    )


def silent_files(score: Score) -> dict[str, bytes]:
    """The files of a piece that is too long to be drawn and played here."""
    from ..music import score_bytes
    from ..rendering import orchestrated

    return {"mid": score_bytes(orchestrated(score), ".mid"), "musicxml": score_bytes(score, ".musicxml")}


def facts_of(score: Score, seconds: float) -> dict[str, Any]:
    """What there is to know about a piece."""
    return {
        "bars": len(score.bars) - (1 if score.pickup else 0),
        "key": score.keys[0].key.name if score.keys else "",
        "metre": score.metres[0].name if score.metres else "",
        "seconds": seconds,
        "voices": len(list(score.voices())),
    }


def show_music(score: Score, name: str, settings: Mapping[str, Any] | None = None, *, tokens: str = "") -> None:
    """Show a piece; while it is being engraved, say so.

    Args:
        score: The piece.
        name: What its files are called; also tells this place on the page from others.
        settings: What made it, for the zip.
        tokens: What it was read from, in words, where that is known.
    """
    from ..music import score_to_json

    content = json.dumps([score_to_json(score), name, settings, tokens], default=str, sort_keys=True)
    key = f"music {sha256(content.encode()).hexdigest()[:16]}"
    try:
        task = desk().start(key, lambda _task: render(score, name, settings, tokens=tokens))
    except GeneratorError as error:
        st.info(escaped(said(error)))
        return
    if not task.ended:
        st.fragment(waiting, run_every=POLL_S)(task)
    elif task.error is not None:
        st.error(escaped(said(task.error)))
    elif task.result is not None:
        show_rendered(task.result, name, key)


def waiting(task: Task) -> None:
    """Until it is there."""
    if task.ended:
        st.rerun()
    st.caption(_("Engraving the score and making its sound …"))


def show_rendered(made: Rendered, name: str, key: str) -> None:
    """The piece, once it is there."""
    if "wav" in made.files:
        play(made.player, made.files["wav"], told_of(made.facts), key=f"{key} player")
    else:
        st.info(_("The piece is too long to be shown and played on this page; its files are here."))
        st.caption(escaped(told_of(made.facts)))
    with st.container(horizontal=True, gap="small"):
        for ending in SHOWN:
            content = made.packed if ending == "zip" else made.files.get(ending)
            if content is None:
                continue
            st.download_button(
                LABELS[ending],
                partial(made.files.__getitem__, "wav") if ending == "wav" else content,  # not looked through each time
                file_name=f"{name}.{ending}",
                mime=TYPES[ending],
                key=f"{key} {ending}",
                on_click="ignore",
                icon=":material/download:",
            )


LABELS = {"mid": "MIDI", "musicxml": "MusicXML", "abc": "ABC", "wav": "WAV", "svg": "SVG", "zip": "ZIP"}


def told_of(facts: Mapping[str, Any]) -> str:
    """What there is to know about a piece, in a line."""
    return _("{key}, {metre}, {bars} bars, {voices} voices, {seconds:.0f} seconds").format(
        **{**facts, "key": key_name(facts["key"])}
    )
