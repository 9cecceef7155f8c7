"""詞林正韻: how the rhymes of lyrics join the groups of 平水韻 into 19 parts."""

from __future__ import annotations

from dataclasses import dataclass

from .xinyun import readings

__all__ = ["Parts", "parts"]

# The division of 戈載, 詞林正韻 (1821), by the head characters of 平水韻: level rhymes, then oblique
# ones. "/" marks a group of which only a half belongs to the part; see ``HALVES``.
PARTS: tuple[tuple[str, str], ...] = (
    ("東冬", "董腫送宋"),
    ("江陽", "講養絳漾"),
    ("支微齊/灰", "紙尾薺/賄寘未霽/泰/隊"),
    ("魚虞", "語麌御遇"),
    ("/佳/灰", "蟹/賄/泰/卦/隊"),
    ("真文/元", "軫吻/阮震問/願"),
    ("寒刪先/元", "旱潸銑/阮翰諫霰/願"),
    ("蕭肴豪", "篠巧皓嘯效號"),
    ("歌", "哿箇"),
    ("麻/佳", "馬禡/卦"),
    ("庚青蒸", "梗迥敬徑"),
    ("尤", "有宥"),
    ("侵", "寢沁"),
    ("覃鹽咸", "感琰豏勘豔陷"),
    ("", "屋沃"),
    ("", "覺藥"),
    ("", "質陌錫職緝"),
    ("", "物月曷黠屑葉"),
    ("", "合洽"),
)
# A halved group was two rhymes of the older book, which modern speech still keeps apart by their
# vowel; so the final tells which part a character of such a group belongs to.
HALVES: dict[int, frozenset[str]] = {
    3: frozenset({"i", "-i", "ei", "uei", "v", "er"}),
    5: frozenset({"ai", "uai", "ie", "e"}),
    6: frozenset({"en", "in", "uen", "vn", "eng", "ueng"}),
    7: frozenset({"an", "ian", "uan", "van"}),
    10: frozenset({"a", "ia", "ua", "o", "uo"}),
}
DIGITS = "一二三四五六七八九"


@dataclass(frozen=True)
class Parts:
    """The parts in order, what each is called, and the parts of each group of 平水韻."""

    order: tuple[str, ...]
    names: dict[str, tuple[str, ...]]
    whole: dict[str, str]
    halved: dict[str, tuple[tuple[int, str], ...]]

    def of(self, group: str, character: str) -> tuple[str, ...]:
        """The parts that a character belongs to by its reading in a group; both halves where none can be told."""
        if group in self.whole:
            return (self.whole[group],)
        finals = {final for final, _ in readings(character)}
        choices = self.halved[group]
        return tuple(part for number, part in choices if finals & HALVES[number]) or tuple(part for _, part in choices)


def parts(groups: tuple[str, ...]) -> Parts:
    """The parts over the groups of 平水韻 given by their full names."""
    full = {group[-1]: group for group in groups}
    order: list[str] = []
    names: dict[str, tuple[str, ...]] = {}
    whole: dict[str, str] = {}
    halved: dict[str, list[tuple[int, str]]] = {}
    for number, columns in enumerate(PARTS, start=1):
        for tone, heads in zip("平仄", columns, strict=True):
            if not heads:
                continue
            part = f"第{numeral(number)}部·{tone}"
            order.append(part)
            own = [head for half in heads.split("/")[:1] for head in half]
            for half in heads.split("/")[1:]:
                halved.setdefault(full[half[0]], []).append((number, part))
                own += half[1:]
            whole.update({full[head]: part for head in own})
            names[part] = (
                part.replace("·", ""),
                *((f"第{numeral(number)}部",) if tone == "平" or number > 14 else ()),
                *own,
            )
    return Parts(tuple(order), names, whole, {group: tuple(found) for group, found in halved.items()})


def numeral(number: int) -> str:
    """A number below twenty in Chinese."""
    tens, ones = divmod(number, 10)
    return ("十" if tens else "") + (DIGITS[ones - 1] if ones else "")
