"""The app's languages: every sentence on a page goes through ``_``, and comes back in the session's language.

The English sentence is the key. Translations stand in ``locale/<language>/LC_MESSAGES/generator.po``;
``make messages`` gathers new sentences and compiles them. What the library says, errors above all, goes through
``in_words`` when a page shows it; its translations stand beside these in ``errors.po``. The language is the one
that a person chose, else the one that the address names (``?lang=zh``), else the browser's.
"""

from __future__ import annotations

import gettext
from collections.abc import Iterable
from datetime import datetime
from functools import cache
from pathlib import Path

from .phrasebook import Phrasebook

__all__ = [
    "LANGUAGES",
    "_",
    "choose",
    "closest",
    "counted",
    "in_words",
    "keep",
    "labelled",
    "language",
    "large",
    "listed",
    "moment",
    "sentence",
    "translate",
]

LANGUAGES = {"en": "English", "zh_CN": "中文"}  # each named in itself
IN_ADDRESS = {"en": "en", "zh_CN": "zh"}
LOCALE = Path(__file__).parent / "locale"
DOMAIN, ERRORS = "generator", "errors"
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CHOSEN = "language"  # in the session's state
SAID = "language said"  # whether a person chose it, and not the browser


def closest(said: str | None) -> str | None:
    """The language of ours that a tag such as ``zh-Hans-CN`` or ``en_GB`` means; None where there is none."""
    first = (said or "").replace("-", "_").partition("_")[0].lower()
    return next((code for code in LANGUAGES if code.partition("_")[0] == first), None)


@cache
def catalogue(code: str) -> gettext.NullTranslations:
    """The translations into a language; those of English give every sentence back."""
    if code == "en":
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE, [code])


@cache
def phrasebook(code: str) -> Phrasebook:
    """What the library can say, in a language; in English nothing has to be found."""
    if code == "en":
        return Phrasebook({})
    with open(LOCALE / code / "LC_MESSAGES" / f"{ERRORS}.mo", "rb") as file:
        entries = gettext.GNUTranslations(file)._catalog  # type: ignore[attr-defined]
    return Phrasebook({said: translated for said, translated in entries.items() if said})


def translate(sentence: str, code: str) -> str:
    """A sentence in a language; in English where it has no translation."""
    return catalogue(code).gettext(sentence) if sentence else ""


def language() -> str:
    """The session's language; English outside of a session."""
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx

    if get_script_run_ctx(suppress_warning=True) is None:
        return "en"
    chosen = st.session_state.get(CHOSEN)
    if chosen in LANGUAGES:
        return str(chosen)
    said = closest(st.query_params.get("lang"))
    st.session_state[SAID] = said is not None
    found = said or closest(st.context.locale) or "en"
    st.session_state[CHOSEN] = found
    return found


def choose(code: str) -> None:
    """Make a language the session's, and put it into the address."""
    import streamlit as st

    if code in LANGUAGES:
        st.session_state[CHOSEN], st.session_state[SAID] = code, True
        st.query_params["lang"] = IN_ADDRESS[code]


def keep() -> None:
    """Put a language that was chosen into the address of every page, so that it holds where one is reloaded.

    An address from before the choice, to which somebody goes back, is put right too.
    """
    import streamlit as st

    if st.session_state.get(SAID) and closest(st.query_params.get("lang")) != language():
        st.query_params["lang"] = IN_ADDRESS[language()]


def _(sentence: str) -> str:
    """A sentence in the session's language."""
    return translate(sentence, language())


def in_words(text: str, code: str | None = None) -> str:
    """What the library said (an error, a reason, a file's problem), in a language or the session's.

    What is in no catalogue comes back in English.
    """
    return phrasebook(code or language()).translate(text) if text else ""


def labelled(name: str, what: str) -> str:
    """A name and what it is: “name: what”, with the colon of the session's language."""
    return _("{name}: {what}").format(name=name, what=what)


def counted(what: str, count: int) -> str:
    """Something with how often it was found: “jig (495)”."""
    return _("{what} ({count})").format(what=what, count=f"{count:,}")


def listed(parts: Iterable[str], *, long: bool = False) -> str:
    """Words after each other: “one, two”; where they are long, or hold commas themselves, “one; two”."""
    return (_("; ") if long else _(", ")).join(parts)


def sentence(text: str) -> str:
    """What a setting is for, as a sentence: with a capital letter, and a stop where there is none."""
    if language() == "zh_CN":
        return text if text[-1:] in ("。", "") else text + "。"
    return text[:1].upper() + text[1:] + ("" if text[-1:] in (".", "") else ".")


def large(count: float, code: str | None = None) -> str:
    """A number of thousands or millions, rounded: “3.4 million” in English, “340 万” in Chinese."""
    if (code or language()) == "zh_CN":
        return f"{count / 1e4:,.0f} 万" if count >= 1e5 else f"{count:,.0f} "
    return f"{count / 1e6:,.1f} million" if count >= 1e5 else f"{count:,.0f}"


def moment(when: datetime, code: str | None = None) -> str:
    """A day and time: “21 Nov 2026, 16:05” in English, “2026年11月21日 16:05” in Chinese."""
    if (code or language()) == "zh_CN":
        return f"{when.year}年{when.month}月{when.day}日 {when:%H:%M}"
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}, {when:%H:%M}"
