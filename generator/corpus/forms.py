"""What is read off the text of a poem: its form, by the lengths of its lines, and its rhyme."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ..text.chinese.analysis import analyse
from ..text.english.themes import theme_word

__all__ = ["DERIVED", "chinese_form", "rhyme_group"]

NOTE = re.compile(r"（[^）]*）|\([^)]*\)")  # an editor's remark, not part of the verse
DESCRIBED = re.compile(r"\[[^\]]*\]|\{[^}]*\}|〖[^〗]*〗")  # one character that has no code point, described
LINE_END = re.compile(r"[，。？！；：、,.?!;:\s「」『』“”‘’《》]+")
NUMERALS = "零一二三四五六七八九"


def chinese_form(text: str) -> str:
    """The form of a poem in the names of the Tang: 五绝, 七律, 五古, 杂言, ...

    Four lines of five or seven characters are 绝 (a quatrain), eight are 律, any other number 古
    (which so includes the long regulated 排律: lengths alone do not tell them apart). Other poems of
    lines of one length are named by it (四言, 六言), all others 杂言.

    >>> chinese_form("床前明月光，疑是地上霜。\\n舉頭望明月，低頭思故鄉。")
    '五绝'
    """
    plain = DESCRIBED.sub("□", NOTE.sub("", text))
    lengths = [len(line) for line in LINE_END.split(plain) if line]
    if not lengths or len(set(lengths)) > 1 or not 3 <= lengths[0] <= 9:
        return "杂言"
    name = NUMERALS[lengths[0]]
    if lengths[0] not in (5, 7):
        return name + "言"
    return name + {4: "绝", 8: "律"}.get(len(lengths), "古")


def rhyme_group(text: str) -> str:
    """The rhyme group of a poem by the 平水韵 that its rhyming lines share; "" where they share none."""
    return analyse(text).rhyme_group or ""


DERIVED: Mapping[str, Callable[[str], str]] = {
    "chinese_form": chinese_form,
    "rhyme_group": rhyme_group,
    "theme_word": theme_word,
}
