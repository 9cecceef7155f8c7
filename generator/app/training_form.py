"""Controls of the settings of a training, drawn from the configuration classes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import streamlit as st

from ..config import Checked
from .languages import _, sentence
from .session import KEPT
from .settings import limits
from .training_bench import Bench
from .training_jobs import Queue, keep_moving
from .training_options import Setting, label_of, settings_of
from .value_names import option_name

__all__ = ["bench", "controls", "the_queue"]

COLUMNS = 3
STEPS = {"minutes": 1.0, "epochs": 1.0, "learning_rate": 0.0005, "save_seconds": 10.0, "grad_clip": 0.1}


def the_queue() -> Queue:
    """The queue of trainings of the folder in which the app runs; a thread of the process keeps it moving."""
    return _queue(str(Path.cwd()))


@st.cache_resource(show_spinner=False)
def _queue(home: str) -> Queue:
    queue = Queue(Path(home), limits().trainings)
    keep_moving(queue)
    return queue


def bench(page: str) -> Bench:
    """This session's bench on a page; it is cleared when the tab is closed."""
    return _bench(page, str(Path.cwd()))


@st.cache_resource(scope="session", show_spinner=False, on_release=Bench.clear)
def _bench(page: str, home: str) -> Bench:
    return Bench(Path(home), limits())


def controls(
    config: type[Checked], prefix: str, *, only: Sequence[str] | None = None, but: Sequence[str] = (),
    disabled: Sequence[str] = (),
) -> dict[str, Any]:  # fmt: skip
    """Controls of the settings of a class, in columns.

    Args:
        config: The class.
        prefix: Of the controls' keys.
        only: Their names, in this order; None for all.
        but: Names that are left out.
        disabled: Names that are shown but cannot be changed.
    Returns:
        What was said, by name; None where it is left to the program.
    """
    settings = {setting.name: setting for setting in settings_of(config)}
    names = [name for name in (only or settings) if name in settings and name not in but]
    values: dict[str, Any] = {}
    for first in range(0, len(names), COLUMNS):
        for column, name in zip(st.columns(COLUMNS), names[first : first + COLUMNS], strict=False):
            with column:
                values[name] = _control(settings[name], f"{KEPT}{prefix}_{name}", name in disabled)
    return {name: None if name in disabled else value for name, value in values.items()}


def _control(setting: Setting, key: str, disabled: bool) -> Any:
    label, explained = label_of(setting.name), sentence(_(setting.help))
    unsaid = _("all") if setting.name == "voices" else _("chosen for you")
    if key not in st.session_state:  # a default given to the control itself would quarrel with what is kept of it
        st.session_state[key] = ", ".join(setting.default) if setting.kind == "words" else setting.default
    if setting.choices is not None or (setting.kind == "bool" and setting.unsaid):
        return _choice(setting, key, label, explained, disabled)
    if setting.kind == "bool":
        return st.checkbox(label, key=key, help=explained, disabled=disabled)
    if setting.kind == "words":
        said = st.text_input(label, key=key, help=explained, disabled=disabled, placeholder=_("none")) or ""
        return tuple(word.strip() for word in said.replace("，", ",").split(",") if word.strip())
    if setting.kind == "str":
        return st.text_input(label, value=None, key=key, help=explained, disabled=disabled, placeholder=unsaid) or None
    number = int if setting.kind == "int" else float
    share = setting.most is not None and setting.most <= 1
    bounds: dict[str, Any] = {
        "value": None,
        "min_value": None if setting.least is None else number(setting.least),
        "max_value": None if setting.most is None else number(setting.most),
        "step": 1 if number is int else STEPS.get(setting.name, 0.05 if share else 0.01),
        "format": "%d" if number is int else "%g",
    }
    return st.number_input(label, key=key, help=explained, disabled=disabled, placeholder=unsaid, **bounds)


def _choice(setting: Setting, key: str, label: str, explained: str, disabled: bool) -> Any:
    options: list[Any] = list(setting.choices) if setting.choices is not None else [True, False]
    if setting.unsaid:
        options = [None, *options]
    names = {value: option_name(setting.name, value) for value in options}
    return st.selectbox(
        label,
        options,
        format_func=names.__getitem__,
        key=key,
        help=explained,
        disabled=disabled,
    )
