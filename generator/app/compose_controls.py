"""The controls of the page Compose: what a model can be asked, each with a sentence that says what it does."""

from __future__ import annotations

from collections.abc import Container
from typing import Any

import streamlit as st

from ..config import MusicConfig, VerseConfig
from ..errors import GeneratorError
from . import compose_melody as melody
from . import compose_state as state
from .compose_state import key_of
from .control_names import labels, said_of
from .controls import DRAWING, SETTLED, bounds_of, defaults, forms_of, help_of, in_voices, tags_of, wishes_of
from .errors_in_words import said
from .escaping import escaped
from .generating import Task
from .keyboard_view import show_keyboard
from .languages import _, sentence
from .melodies import SUFFIXES, known, name_of_reading, score_of
from .models import Card
from .presets import PRESETS, preset_of
from .request import LONGEST_WISH
from .session import desk
from .settings import Limits
from .value_names import tag_name, task_names

__all__ = ["show"]

POLL_S = 0.3
FINE = (
    *DRAWING,
    "strictness",
    "particles",
    "length",
    "candidates",
    "seed",
)  # wishes that stand under the fine settings


class Controls:
    """The controls of one model.

    Args:
        card: The model's.
        limits: Of the app.
    """

    def __init__(self, card: Card, limits: Limits) -> None:
        self.card, self.limits = card, limits
        self.labels = labels()
        self.complaint = state.complaint()
        self.placed = False
        for name, value in defaults(card, limits).items():
            st.session_state.setdefault(key_of(name), value)

    def show_complaint(self, name: str) -> None:
        """Show what is wrong with a wish, under its control."""
        if self.complaint is not None and self.complaint.place == name and not self.placed:
            self.placed = True
            st.error(escaped(self.complaint.said(self.labels)), icon=":material/error:")

    def concerns(self, names: Container[str]) -> bool:
        """Whether what is wrong is wrong with one of these wishes."""
        return self.complaint is not None and self.complaint.place in names

    def help(self, name: str, said: str = "") -> str:
        """The sentence of a control."""
        return sentence(said or _(help_of(name)))

    def line(self, name: str, said: str = "", placeholder: str = "") -> None:
        """A control for a few words."""
        value = st.session_state.get(key_of(name))
        st.session_state[key_of(name)] = "" if value is None else str(value)
        st.text_input(
            self.labels.get(name, name),
            key=key_of(name),
            help=self.help(name, said),
            placeholder=placeholder,
            max_chars=LONGEST_WISH,
        )
        self.show_complaint(name)

    def choice(self, name: str, options: list[str], shown: dict[str, str] | None = None, said: str = "") -> None:
        """A control with a list to choose from; the empty string stands for no wish."""
        if st.session_state.get(key_of(name)) not in options:
            st.session_state[key_of(name)] = options[0]
        names = {"": _("any"), **(shown or {})}
        st.selectbox(
            escaped(self.labels.get(name.removeprefix("tag."), name.removeprefix("tag."))),
            options,
            key=key_of(name),
            format_func=lambda value: names.get(value, value),
            help=self.help(name, said),
        )
        self.show_complaint(name.removeprefix("tag."))

    def wishes(self) -> None:
        """What the text is to be like."""
        kind = {"verse": self.verse, "music": self.music}.get(self.card.kind, self.text)
        kind()

    def text(self) -> None:
        """Wishes about text in no form."""
        st.text_area(
            self.labels["prompt"],
            key=key_of("prompt"),
            help=_("This model writes each line from its end. Give whole lines; it writes the next ones.")
            if self.card.backward
            else _("The text goes on from here; leave it empty, and the model begins by itself."),
            max_chars=self.limits.prompt,
            height=110,
        )
        self.show_complaint("prompt")
        self.tags()

    def tags(self) -> None:
        """The tags that a model was trained with."""
        said = _("What the piece is to be like; the model learnt this word.")
        tags = list(tags_of(self.card).items())
        for first in range(0, len(tags), 2):
            for column, (name, values) in zip(st.columns(2), tags[first : first + 2], strict=False):
                with column:
                    self.choice(f"tag.{name}", ["", *values], {each: tag_name(name, each) for each in values}, said)

    def verse(self) -> None:
        """Wishes about a poem."""
        forms = forms_of(self.card.language)
        own = st.session_state.get(key_of("form"), "")
        options = [*forms, *([own] if own and own not in forms else []), ""]
        self.choice(
            "form",
            options,
            {**forms, "": _("no form, written on freely")},
            _("How many lines of what length, and how they rhyme."),
        )
        if not st.session_state[key_of("form")]:
            self.text()
            if self.card.tag_fields.get("author"):
                self.author()
            return
        columns = st.columns(2)
        with columns[0]:
            self.line("theme")
        if self.card.tag_fields.get("author"):
            with columns[1]:
                self.author()
        columns = st.columns(2)
        with columns[0]:
            self.line("acrostic")
        with columns[1]:
            self.line("rhyme")
        with st.expander(_("More wishes"), expanded=self.complaint is not None):
            rest = [name for name in wishes_of(self.card) if name not in ("theme", "author", "acrostic", "rhyme")]
            for name in rest:
                self.further(name)

    def further(self, name: str) -> None:
        """A wish that few have."""
        if name == "book":
            books = {"pingshui": "平水韻", "xinyun": "中華新韻", "cilin": "詞林正韻"}
            self.choice("book", list(books), books)
        elif name == "script":
            scripts = {"auto": _("as the wishes are written"), "simplified": "简体", "traditional": "繁體"}
            self.choice("script", list(scripts), scripts)
        elif name == "repeat":
            st.checkbox(self.labels[name], key=key_of(name), help=self.help(name))
        elif name == "word":
            self.line(name, _("Words that must stand in the poem, with spaces between."))
        else:
            self.line(name)

    def author(self) -> None:
        """In whose manner."""
        self.choice("author", ["", *self.card.tag_fields["author"]])

    def music(self) -> None:
        """Wishes about a piece of music."""
        task = self.task()
        if task != "free":
            self.melody(task)
        columns = st.columns(2)
        with columns[0]:
            if task in ("free", "continue"):
                self.line("key", placeholder="E, Bb, A dorian")
            elif task == "infill":
                self.line("voices", _("Voices to write anew: alto,tenor, or numbers from the top; empty for all."))
        with columns[1]:
            if task == "infill":
                self.line("bars", _("Which bars to write anew, such as 5-8; empty for all."))
            elif task != "harmonise":
                self.line("bars", _("How many full bars the piece has; empty lets the model end it."))
        if task in ("free", "continue"):
            self.tags()
        with st.expander(_("More wishes"), expanded=self.complaint is not None):
            if task == "free":
                self.opening()
            least, most = (float(each or 0) for each in bounds_of(MusicConfig, "tempo"))
            st.number_input(
                self.labels["tempo"], least, most, None, key=key_of("tempo"), help=self.help("tempo"), step=1.0,
                placeholder=_("usual"), format="%g",
            )  # fmt: skip
            self.show_complaint("tempo")

    def opening(self) -> None:
        """The first notes of a new piece."""
        st.text_input(
            self.labels["prompt"],
            key=key_of("prompt"),
            help=_("A few notes in ABC that the piece goes on from, such as D2 FA d2; may be empty."),
            max_chars=self.limits.prompt,
        )
        self.show_complaint("prompt")

    def task(self) -> str:
        """What to do with a melody that is given."""
        names = task_names()
        if self.card.alphabet != "voices":
            names = {name: names[name] for name in ("free", "continue")}
        if st.session_state.get(key_of("task")) not in names:
            st.session_state[key_of("task")] = "free"
        said = _("A melody or a score of yours stays as it is; the model writes what is missing.")
        st.radio(_("What to write"), list(names), key=key_of("task"), format_func=names.__getitem__, help=said)
        self.show_complaint("task")
        return str(st.session_state[key_of("task")])

    def melody(self, task: str) -> None:
        """A melody that is played in or uploaded."""
        if melody.takes_one_line(self.card, task):
            names = {melody.KEYBOARD: _("play it in"), melody.FILE: _("a file")}
            if st.session_state.get(melody.SOURCE) not in names:
                st.session_state[melody.SOURCE] = melody.KEYBOARD
            st.segmented_control(
                self.labels["score"],
                list(names),
                key=melody.SOURCE,
                format_func=names.__getitem__,
                required=True,
                help=_(
                    "Play it on a small piano, or give a file; what you gave in one way stays while you try the other."
                ),
            )
        source = melody.source_of(self.card, task)
        if source == melody.KEYBOARD:
            show_keyboard()
        else:
            if not melody.takes_one_line(self.card, task):
                st.caption(
                    _("For this the model needs a whole score, in all its voices. One melody can be harmonised.")
                )
            self.upload()
        self.show_complaint("score")

    def upload(self) -> None:
        """A file of music."""
        st.file_uploader(
            _("A file of music"),
            type=list(SUFFIXES),
            key=melody.upload_key(),
            on_change=melody.file_chosen,
            max_upload_size=max(1, self.limits.melody_kb // 1000),
            help=_("A file of music: ABC, MIDI, MusicXML or kern. The first piece in it is taken."),
        )
        given = melody.given(melody.FILE)
        if given is not None:
            self.given(*given)

    def given(self, name: str, content: bytes) -> None:
        """What there is of the melody; read by the pool, as a large file takes seconds."""
        try:
            if known(content, name):
                score = score_of(content, name)
            else:
                task = desk().start(name_of_reading(content), lambda _task: score_of(content, name))
                if not task.ended:
                    st.fragment(until_read, run_every=POLL_S)(task)
                    return
                if task.error is not None:
                    raise task.error
                if task.result is None:  # it was ended
                    return
                score = task.result
        except GeneratorError as error:
            st.error(escaped(said(error)), icon=":material/error:")
            self.placed = self.placed or (self.complaint is not None and self.complaint.place == "score")
        else:
            told = _("{name}: {bars} bars, {voices} voices").format(
                name=escaped(name), bars=len(score.bars), voices=len(list(score.voices()))
            )
            st.caption(told)
        st.button(_("Take another melody"), on_click=melody.drop_file, key="compose drop score")

    def presets(self) -> None:
        """Three ways to draw, and how many variations."""
        names = {"safe": _("safe"), "balanced": _("balanced"), "wild": _("wild")}
        st.session_state["compose preset"] = preset_of({name: st.session_state.get(key_of(name)) for name in DRAWING})
        daring, count = st.columns([5, 4], gap="small") if self.limits.variations > 1 else (st.container(), None)
        daring.segmented_control(
            _("How daring"),
            list(PRESETS),
            key="compose preset",
            format_func=names.__getitem__,
            on_change=preset_chosen,
            help=_(
                "Safe keeps to what the model is sure of; wild surprises, and errs more often. It sets the first five "
                "of the fine settings below at once."
            ),
        )
        said = _("How many texts are written side by side, each with a seed of its own.")
        asked = int(st.session_state[key_of("count")])
        st.session_state[key_of("count")] = min(max(asked, 1), self.limits.variations)
        if count is not None:
            count.slider(self.labels["count"], 1, self.limits.variations, key=key_of("count"), help=said)
        self.show_complaint("count")

    def drawing(self) -> None:
        """How to draw, for those who want to steer it."""
        with st.expander(_("Fine settings"), icon=":material/tune:", expanded=self.concerns(FINE)):
            hottest = max(2.0, float(st.session_state[key_of("temperature")]))
            self.slide("temperature", 0.0, hottest, 0.05, said_of("temperature"))
            self.whole("top_k", 0, 100_000, said_of("top_k"))
            self.slide("top_p", 0.01, 1.0, 0.01, said_of("top_p"))
            self.slide("min_p", 0.0, 1.0, 0.01, said_of("min_p"))
            strongest = max(2.0, float(st.session_state[key_of("repetition_penalty")]))
            self.slide("repetition_penalty", 0.5, strongest, 0.05, said_of("repetition_penalty"))
            if self.card.kind == "music":
                self.writing_music()
            if self.card.kind == "text" or (self.card.kind == "verse" and not st.session_state[key_of("form")]):
                self.whole(
                    "length",
                    1,
                    self.limits.length,
                    _("Most characters to write; of a model that writes pieces of words, most of those."),
                )
            elif self.card.kind == "verse":
                most = min(self.limits.candidates, int(bounds_of(VerseConfig, "candidates")[1] or 1))
                self.whole("candidates", 1, most)
            self.line(
                "seed", _("The same seed, settings and model give the same text; empty draws a new one each time.")
            )

    def writing_music(self) -> None:
        """How strictly several voices are led, and how many ways are tried to notes that are given."""
        if in_voices(self.card):
            least, most = (float(each or 0) for each in bounds_of(MusicConfig, "strictness"))
            self.slide("strictness", least, most, 0.5)
        if st.session_state.get(key_of("task")) in SETTLED:
            said = _(
                "The model tries several ways at once to reach the notes that you gave, and keeps those that fit best: "
                "more take longer and fit better; 0 takes the usual number."
            )
            self.whole("particles", 0, self.limits.candidates, said)

    def slide(self, name: str, least: float, most: float, step: float, said: str = "") -> None:
        """A number that is slid to."""
        value = float(st.session_state[key_of(name)])
        st.session_state[key_of(name)] = min(max(value, least), most)
        st.slider(self.labels[name], least, most, key=key_of(name), step=step, help=self.help(name, said))
        self.show_complaint(name)

    def whole(self, name: str, least: int, most: int, said: str = "") -> None:
        """A whole number that is typed."""
        value = int(st.session_state[key_of(name)])
        st.session_state[key_of(name)] = min(max(value, least), most)
        st.number_input(self.labels[name], least, most, key=key_of(name), step=1, help=self.help(name, said))
        self.show_complaint(name)


def until_read(task: Task) -> None:
    """Until a melody has been read."""
    if task.ended:
        st.rerun()
    st.caption(_("Reading the file …"))


def preset_chosen() -> None:
    """A preset sets the controls below it."""
    name = st.session_state.get("compose preset")
    if name in PRESETS:
        values: dict[str, Any] = vars(PRESETS[name])
        for each, value in values.items():
            st.session_state[key_of(each)] = value


def show(card: Card, limits: Limits) -> None:
    """All controls, and the button."""
    controls = Controls(card, limits)
    controls.wishes()
    controls.presets()
    st.button(
        _("Write"),
        type="primary",
        icon=":material/edit:",
        shortcut="Ctrl+Enter",
        width="stretch",
        on_click=state.ask_controls,
        key="compose write",
    )
    controls.drawing()
    if controls.complaint is not None and not controls.placed:
        st.error(escaped(controls.complaint.said(controls.labels)), icon=":material/error:")
