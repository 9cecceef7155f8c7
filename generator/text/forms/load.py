"""The forms that there are: those in ``data/``, those of one's own, and English schemes written inline.

find_form("qijue")   find_form("七绝")   find_form("ci:浣溪沙")   find_form("mine.toml")   find_form("ABAB/8")
"""

from __future__ import annotations

import difflib
import os
from functools import cache
from pathlib import Path

from generator.errors import ConfigError

from .file import read_form
from .form import Form
from .inline import parse_inline

__all__ = ["find_form", "list_forms"]

DATA = Path(__file__).parent / "data"
OWN = "GENERATOR_FORMS"
LYRICS = "ci:"  # before the name of a tune


def find_form(name: str) -> Form:
    """The form of that name.

    Args:
        name: A name or an alias in any case, the path of a ``.toml``, or an inline scheme of English.
            A form in the folder $GENERATOR_FORMS comes before a built-in one of its name.
    Raises:
        ConfigError: if there is no such form; the hint has the names that are near.
    """
    asked = plain(name)
    if asked.endswith(".toml"):
        return read_form(Path(name.strip()))
    for forms in (own_forms(), built_in()):
        # A name goes before an alias that some other form has.
        for form in forms:
            if plain(form.name) == asked:
                return form
        for form in forms:
            if asked in map(plain, form.aliases):
                return form
        # Any name of a tune may stand behind the prefix of lyrics.
        for form in forms:
            lyric = asked.startswith(LYRICS) and form.name.startswith(LYRICS)
            if lyric and asked.removeprefix(LYRICS).strip() in map(plain, form.aliases):
                return form
    if (inline := parse_inline(name)) is not None:
        return inline
    hint = f"Near: {', '.join(near)}." if (near := near_names(asked)) else "--forms lists all that there are."
    raise ConfigError(f"there is no form {name!r}", f"{hint} A scheme like ABAB/8 or the path of a .toml will do, too.")


def near_names(asked: str) -> list[str]:
    """The names of a few forms that are spelled nearly so, none of a form twice, the nearest first."""
    bare = asked.removeprefix(LYRICS).strip()
    known = {
        plain(said).removeprefix(LYRICS): form.name for form in list_forms() for said in (*form.aliases, form.name)
    }
    # of three characters one that agrees says nothing
    matches = difflib.get_close_matches(bare, known, n=8, cutoff=0.6)
    return list(dict.fromkeys(known[match] for match in matches))[:4]


def list_forms(language: str | None = None) -> list[Form]:
    """All forms with a name, one's own first; of one language (``zh``, ``en``) if it is given."""
    own = own_forms()
    taken = {plain(form.name) for form in own}
    forms = [*own, *(form for form in built_in() if plain(form.name) not in taken)]
    return [form for form in forms if language in (None, form.language)]


def plain(name: str) -> str:
    return name.strip().casefold()


@cache
def built_in() -> tuple[Form, ...]:
    """The forms that come with the program, in the order of their files."""
    return tuple(read_form(path) for path in sorted(DATA.rglob("*.toml"), key=lambda path: (len(path.parts), path)))


def own_forms() -> tuple[Form, ...]:
    """The forms in the folder $GENERATOR_FORMS, read anew each time, as a poet may be writing them.

    Raises:
        ConfigError: if the folder is not there, or one of its files cannot be read.
    """
    said = os.environ.get(OWN)
    if not said:
        return ()
    folder = Path(said)
    if not folder.is_dir():
        raise ConfigError(f"{OWN} is {said!r}, and there is no such folder")
    return tuple(read_form(path) for path in sorted(folder.rglob("*.toml")))
