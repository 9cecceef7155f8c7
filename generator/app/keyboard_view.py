"""The keyboard on the page Compose: a melody played in with pointer, fingers or the keys of the computer.

It is a fragment: while someone plays, only what stands around the keyboard is made anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import streamlit as st

from ..errors import ConfigError, GeneratorError
from . import compose_melody as melody
from .errors_in_words import said
from .escaping import escaped
from .keyboard import (
    HIGHEST,
    KEYS,
    LOWEST,
    METRES,
    MOST_NOTES,
    MOST_TOTAL,
    abc_of,
    bar_of,
    beat_of,
    fitting,
    quantised,
    read_notes,
    read_take,
    upbeats_of,
)
from .keyboard_parts import CSS, HTML
from .keyboard_script import JS
from .languages import _
from .session import to_be_drawn
from .value_names import key_name, signs

__all__ = ["notes_came", "show_keyboard"]

BOARD = "compose keyboard"
PROBLEM = "compose keyboard problem"


@cache
def component() -> Any:
    """The component, registered when it is first shown."""
    return st.components.v2.component("generator_keyboard", html=HTML, css=CSS, js=JS)


@st.fragment
def show_keyboard() -> None:
    """Show the keyboard, and what was played on it."""
    if to_be_drawn():  # Write was pressed with the last note, and Streamlit drew the keyboard alone
        st.rerun()
    choices()
    found = melody.played()
    component()(
        key=BOARD,
        data={
            "notes": [list(each) for each in found.notes],
            "given": melody.edition(),
            "bar": bar_of(found.metre),
            "beat": beat_of(found.metre),
            "upbeat": found.upbeat,
            "most": MOST_NOTES,
            "longest": MOST_TOTAL,
            "names": names(found.key),
            "words": words(),
        },
        on_melody_change=notes_came,
        on_take_change=take_came,
    )
    problem: GeneratorError | None = st.session_state.get(PROBLEM)
    if problem is not None:
        st.error(escaped(said(problem)), icon=":material/error:")
    if found.sounds:
        tune = abc_of(found)
        st.caption(_("Your melody, in ABC:"))
        st.code(tune[tune.index("M:") :].rstrip(), language=None, wrap_lines=True)


def choices() -> None:
    """Key, metre and upbeat of what is played."""
    st.session_state.setdefault(melody.KEY, KEYS[0])
    st.session_state.setdefault(melody.METRE, METRES[0])
    upbeats = upbeats_of(melody.played().metre)
    if st.session_state.get(melody.UPBEAT) not in upbeats:
        st.session_state[melody.UPBEAT] = 0
    with st.container(horizontal=True, gap="xsmall"):
        st.selectbox(
            _("Its key"), KEYS, key=melody.KEY, format_func=key_name, on_change=written_anew, width=145,
            help=_("How the black keys are called: F♯ in G major, G♭ in D♭ major. The sound stays the same."),
        )  # fmt: skip
        st.selectbox(
            _("Its metre"), METRES, key=melody.METRE, on_change=written_anew, width=98,
            help=_("How many beats a bar has; the bar lines follow by themselves."),
        )  # fmt: skip
        st.selectbox(
            _("Upbeat"), upbeats, key=melody.UPBEAT, format_func=upbeat_name, on_change=written_anew, width=98,
            help=_("What stands before the first bar line, counted in eighth notes; many songs begin so."),
        )  # fmt: skip


def written_anew() -> None:
    """Key, metre or upbeat were changed."""
    melody.hold(melody.played().notes)


def upbeat_name(upbeat: int) -> str:
    """An upbeat in eighths."""
    return _("none") if not upbeat else f"{upbeat // 2}/8"


def names(key: str) -> dict[str, list[str]]:
    """What each key of the keyboard is called in a key: as it is shown, and as it is read out."""
    from ..music import parse_key, spell

    fifths = parse_key(key).fifths
    found: dict[str, list[str]] = {}
    for midi in range(LOWEST, HIGHEST + 1):
        pitch = spell(midi, fifths)
        alters = {2: _("double sharp"), 1: _("sharp"), 0: "", -1: _("flat"), -2: _("double flat")}
        spoken = " ".join(filter(None, (pitch.step, alters[pitch.alter], str(pitch.octave))))
        found[str(midi)] = [signs(pitch.name), spoken]
    return found


def words() -> dict[str, Any]:
    """What the keyboard says."""
    return {
        "piano": _("Piano keys; the arrow keys walk over them, Enter plays one"),
        "length": _("Length of the next note"),
        "lengths": {
            "1": _("sixteenth note"),
            "2": _("eighth note"),
            "4": _("quarter note"),
            "8": _("half note"),
            "16": _("whole note"),
        },
        "dot": _("dotted: half as long again"),
        "rest": _("Rest"),
        "lower": _("An octave lower"),
        "higher": _("An octave higher"),
        "undo": _("Undo"),
        "clear": _("Clear"),
        "hear": _("Listen"),
        "hush": _("Stop"),
        "undone": _("The last note is gone."),
        "cleared": _("All notes are gone."),
        "full": _("There is no room for more notes."),
        "melody": _("Your melody"),
        "empty": _("Press a key: what you play appears here."),
        "record": _("Play in time"),
        "finish": _("Done"),
        "count": _("Get ready …"),
        "recording": _("Play! Beat"),
        "taken": _("{count} notes were taken down."),
        "nothing": _("No key was pressed."),
        "silent": _("This browser plays no sound, so there is no metronome to play to."),
        "tempo": _("Beats a minute"),
        "grid": _("rounded to"),
        "eighths": _("eighths"),
        "sixteenths": _("sixteenths"),
        "how": _(
            "Keys of the computer, once the piano has been clicked: A S D F G H J K L are white keys, W E T Y U O P "
            "black ones, Z and X shift by an octave; 1 to 5 choose the length, a full stop dots it, 0 is a rest, "
            "Backspace undoes."
        ),
    }


def sent(name: str) -> Any:
    """What the browser sent last under a name."""
    said = st.session_state.get(BOARD)
    return said.get(name) if isinstance(said, Mapping) else None


def notes_came() -> None:
    """Take the notes that are on the keyboard now."""
    take_over(sent("melody"), lambda said: read_notes(said.get("notes")), anew=False)


def take_came() -> None:
    """Something was played in time."""
    take_over(sent("take"), lambda said: quantised(read_take(said), melody.played().metre), anew=True)


def take_over(said: Any, read: Any, *, anew: bool) -> None:
    """Take what the browser sent, as far as there is room for it, unless it is of notes that are no longer there."""
    if not isinstance(said, dict) or said.get("given") != melody.edition():
        return
    st.session_state.pop(PROBLEM, None)
    try:
        found = read(said)
        kept = fitting(found)
        melody.hold(kept, anew=anew)
        if len(kept) < len(found):
            raise ConfigError(
                "There was no room for all that you played: the end of it was left out.",
                "Undo some notes to play on, or upload a file.",
            )
    except GeneratorError as error:
        st.session_state[PROBLEM] = error
