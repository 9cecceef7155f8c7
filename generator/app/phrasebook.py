"""What the library said in English, in another language: by the templates that `error_templates` gathered.

A message such as ``poems.txt is empty.`` is matched against the templates of ``errors.po``. The one that fits
(``{name_} is empty.``) is given in its translation, with the values as they were; where several fit, or one in several
ways, that counts which leaves least of the message to values. A value whose name ends in ``_`` is words itself, and
is translated by the same rules. What fits no template is taken apart at ``: ``, ``; `` and between sentences; what is
not known then stays English.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from string import Formatter

__all__ = ["Phrasebook", "Template", "joined"]

DEEPEST = 4  # texts within texts
MOST_WAYS = 200  # in which a template may fit a text
LONGEST = 4000  # characters of a message: longer ones are no messages
PARTED = re.compile(r"(?<=[.?])\s+|; |: ")
PUT_AS = {"; ": "；", ": ": "："}
QUOTED = re.compile(r"'([^']*)'( \(U\+[0-9A-F]+\))?")
WIDE = re.compile(r"[“”\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
ENDS = ".?!。？！：…"


def joined(*parts: str) -> str:
    """Sentences one after the other, each with a stop at its end; Chinese ones without spaces between."""
    text = ""
    for part in filter(None, (each.strip() for each in parts)):
        if text and text[-1] not in ENDS:
            text += "。" if WIDE.match(text[-1]) or text[-1] in "”）" else "."
        text += part if not text or text[-1] in "。？！：" else f" {part}"
    return text


@dataclass(frozen=True)
class Template:
    """A text with places, ready to be found again.

    Attributes:
        own: Its own text: before the first place, between each two, behind the last.
        names: The names of its places; one that comes again has one value.
        pieces: Its translation, in pieces: text, and the name of the place behind it (None at the end).
    """

    own: tuple[str, ...]
    names: tuple[str, ...]
    pieces: tuple[tuple[str, str | None], ...]

    @classmethod
    def of(cls, said: str, translated: str) -> Template:
        """A template from an entry of the catalogue."""
        parts = [(text, name) for text, name, _, _ in Formatter().parse(said)]
        own = [text for text, _ in parts] + ([""] if parts[-1][1] is not None else [])
        pieces = tuple((text, name) for text, name, _, _ in Formatter().parse(translated))
        return cls(tuple(own), tuple(name for _, name in parts if name is not None), pieces)

    def ways(self, text: str) -> Iterator[dict[str, str]]:
        """Every set of values from which the template makes a text; at most `MOST_WAYS`."""
        least = sum(map(len, self.own))
        if len(text) >= least and text.startswith(self.own[0]) and text.endswith(self.own[-1]):
            inner = text[len(self.own[0]) : len(text) - len(self.own[-1])]
            yield from islice(self._ways(inner, 0, {}), MOST_WAYS)

    def _ways(self, text: str, place: int, values: dict[str, str]) -> Iterator[dict[str, str]]:
        name, last = self.names[place], place == len(self.names) - 1
        between = self.own[place + 1]
        at = len(text) if last else text.find(between)
        while at >= 0:
            value = text[:at]
            if values.get(name, value) == value:
                put = {**values, name: value}
                if last:
                    yield put
                else:
                    yield from self._ways(text[at + len(between) :], place + 1, put)
            at = -1 if last or at >= len(text) else text.find(between, at + 1)

    def put(self, values: Mapping[str, str]) -> str:
        """The translation with values in its places, and a space where a Latin one meets a Chinese character."""
        text = ""
        for piece, name in self.pieces:
            text = meet(text, piece)
            if name is not None:
                text = meet(text, values[name])
        return text


def meet(first: str, second: str) -> str:
    """Two texts as one, with a space between a Latin letter or digit and a Chinese character, and none between two."""
    if not first or not second or first[-1] == "“" or second[0] == "”":
        return first + second
    if WIDE.match(first.rstrip()[-1:]) and WIDE.match(second.lstrip()[:1]):
        return first.rstrip() + second.lstrip()
    wide = [bool(WIDE.match(each)) for each in (first[-1], second[0])]
    thin = [each.isascii() and each.isalnum() for each in (first[-1], second[0])]
    return f"{first} {second}" if (wide[0] and thin[1]) or (thin[0] and wide[1]) else first + second


class Phrasebook:
    """The templates of one language.

    Args:
        entries: Each template with its translation.
    """

    def __init__(self, entries: Mapping[str, str]) -> None:
        self.exact: dict[str, str] = {}
        self.templates: dict[str, list[Template]] = defaultdict(list)  # by their longest piece of text
        for said, translated in ((each.strip(), entries[each].strip()) for each in entries):
            if any(name is not None for _, name, _, _ in Formatter().parse(said)):
                template = Template.of(said, translated)
                self.templates[max(template.own, key=len)].append(template)
            else:
                self.exact[plain(said)] = plain(translated)
        self._find = lru_cache(4096)(self._look_for)

    def translate(self, text: str) -> str:
        """A message of the library; what is not known stands as it is."""
        return (self._find(text)[0] or text) if len(text) <= LONGEST else text

    def _look_for(self, text: str, depth: int = 0) -> tuple[str | None, int]:
        """The translation (None where there is none), and how many characters of the text it leaves as they are."""
        text = text.strip()
        known = self.exact.get(text)
        if known is not None or depth > DEEPEST or not text:
            return known, 0 if known else len(text)
        best: tuple[str | None, int] = None, len(text) + 1
        for needle, templates in self.templates.items():
            if needle not in text:
                continue
            for template in templates:
                for values in template.ways(text):
                    said = {name: self._value(name, value, depth) for name, value in values.items()}
                    left = sum(each[1] for each in said.values())
                    if left < best[1]:
                        best = template.put({name: each[0] for name, each in said.items()}), left
        name, _, told = text.partition(": ")
        if told in self.exact and len(name) < best[1]:  # a name, and what is known of it word for word
            return f"{name}：{self.exact[told]}", len(name)
        return best if best[0] is not None else self._apart(text, depth)

    def _value(self, name: str, said: str, depth: int) -> tuple[str, int]:
        """A value as it is put in, and how many of its characters are as they were."""
        quoted = QUOTED.fullmatch(said)
        if quoted:
            return f"“{quoted[1]}”{quoted[2] or ''}", len(said)
        if not name.rstrip("0123456789").endswith("_"):
            return said, len(said)
        translated, left = self._find(said, depth + 1)
        if left and said[-1:] not in ENDS:  # a sentence whose stop was taken off, to stand within another
            whole, rest = self._find(f"{said}.", depth + 1)
            if whole is not None and rest < left:
                translated, left = whole.rstrip("。"), rest
        return (said, len(said)) if translated is None else (translated, left)

    def _apart(self, text: str, depth: int) -> tuple[str | None, int]:
        """A text in two parts of which the second, or at a semicolon or a full stop either, is known."""
        for cut in PARTED.finditer(text):
            parts = text[: cut.start()], text[cut.end() :]
            (first, left), (second, rest) = (self._find(each, depth + 1) for each in parts)
            if second is None and (first is None or cut[0] == ": "):
                continue
            between = PUT_AS.get(cut[0])
            said = first or parts[0], second or parts[1]
            return joined(*said) if between is None else between.join(said), left + rest
        return None, len(text)


def plain(text: str) -> str:
    """A template without places as a text."""
    return text.replace("{{", "{").replace("}}", "}")
