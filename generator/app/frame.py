"""What stands around every page: the navigation, the switch of languages."""

from __future__ import annotations

import streamlit as st

from ..errors import ConfigError
from . import page_about, page_compose, page_corpora, page_gallery, page_train
from .errors_in_words import said
from .escaping import escaped
from .gallery_shelf import one_for_all, remember
from .languages import LANGUAGES, _, choose, keep, language
from .looks import FRAME, show_looks
from .session import comes_to, kept_widgets
from .settings import limits
from .training_form import the_queue

__all__ = ["run"]

NAME = "generator"  # of the tab, behind that of the page

# A quaver above two lines of writing, in the colour of the theme. Drawn here, as an icon by name or an emoji
# would be fetched from another machine.
ICON = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
<rect width="32" height="32" rx="7" fill="#7a3b1d"/><ellipse cx="12.7" cy="17" rx="3.7" ry="2.7" fill="#fffdf8"/>
<g fill="none" stroke="#fffdf8" stroke-width="2.6" stroke-linecap="round"><path d="M16 17V5c1 4 6 4 5 9"/>
<path d="M7 22.5h18M7 27h11"/></g></svg>"""


def run() -> None:
    """Show the page that was asked for."""
    st.set_page_config(page_icon=ICON, layout="wide")
    try:
        limits()
        one_for_all()
    except ConfigError as error:
        st.set_page_config(page_title=NAME)
        st.error(escaped(said(error)))
        return
    with kept_widgets():
        framed()


def framed() -> None:
    """The navigation, the switch of languages, and the page."""
    the_queue()  # a training that waits is begun whichever page is open
    pages = [
        st.Page(page_compose.page, title=_("Compose"), icon=":material/edit_note:", url_path="compose", default=True),
        st.Page(page_train.page, title=_("Train"), icon=":material/model_training:", url_path="train"),
        st.Page(page_gallery.page, title=_("Gallery"), icon=":material/favorite:", url_path="gallery"),
        st.Page(page_corpora.page, title=_("Corpora"), icon=":material/library_books:", url_path="corpora"),
        st.Page(page_about.page, title=_("About"), icon=":material/info:", url_path="about"),
    ]
    chosen = st.navigation(pages, position="top")
    st.set_page_config(page_title=f"{chosen.title} · {NAME}")
    keep()
    with st.container(horizontal=True, horizontal_alignment="right", key=FRAME):
        show_looks()
        switch()
    comes_to(chosen.url_path)
    chosen.run()
    remember()


def switch() -> None:
    """The switch of languages."""
    codes = list(LANGUAGES)
    st.radio(
        _("Language"),
        codes,
        index=codes.index(language()),
        format_func=LANGUAGES.__getitem__,
        key="language_switch",
        horizontal=True,
        label_visibility="collapsed",
        width="content",
        on_change=switched,
    )


def switched() -> None:
    """The switch was used."""
    choose(str(st.session_state["language_switch"]))
