"""Nothing in a text of others is acted on, neither by Markdown nor by what Streamlit's page makes of the rest."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.app.escaping import JOINER, escaped

# What the page looks for once Markdown has been read, after Streamlit's StreamlitMarkdown and mdast-util-gfm-autolink.
SIGNS = re.compile(r"(^|\s)(<->|->|<-|--|>=|<=|~=)(\s|$)")
LINKS = re.compile(r"(https?://|www(?=\.))([-.\w]+)", re.IGNORECASE)
MAIL = re.compile(r"[-.\w+]+@[-\w]+(\.[-\w]+)+")
NAMED = re.compile(r":(streamlit|material/\w+|[a-z+][\w+-]*):", re.IGNORECASE)
parts = st.sampled_from(
    ["https://", "www.", "a.b", "me@", ":", "streamlit", "material/star", "->", "<-", "<->", "--", ">=", "~=", " ", "*"]
)


def read(text: str) -> str:
    """What Markdown makes of an escaped text."""
    return re.sub(r"\\(.)", r"\1", text)


@given(st.lists(parts | st.text(max_size=3), max_size=8).map("".join))
def test_the_page_finds_nothing_to_act_on(text):
    shown = read(escaped(text))
    for act in (SIGNS, LINKS, MAIL, NAMED):
        assert not act.search(shown)
    assert shown.replace(JOINER, "") == re.sub(r"[\r\n]", " ", text).replace(JOINER, "")


@pytest.mark.parametrize("text", ["春眠不覺曉", "12:05, 4/4", "Bb minor", "a-b", "C#"])
def test_what_is_harmless_stands_as_it_is(text):
    assert read(escaped(text)) == text
