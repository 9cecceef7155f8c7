"""中華新韻: the fourteen groups of 2005, read off the modern sounds that pypinyin lists."""

from __future__ import annotations

from functools import cache

__all__ = ["FINALS", "group_of", "readings"]

# 中華新韻（十四韻）, 中華詩詞學會 2005: the finals of each group, as pypinyin spells them (v for ü).
# "-i" is the vowel of zhi, chi, shi, ri, zi, ci, si.
FINALS: dict[str, tuple[str, ...]] = {
    "一麻": ("a", "ia", "ua"),
    "二波": ("o", "e", "uo"),
    "三皆": ("ie", "ve"),
    "四开": ("ai", "uai"),
    "五微": ("ei", "uei"),
    "六豪": ("ao", "iao"),
    "七尤": ("ou", "iou"),
    "八寒": ("an", "ian", "uan", "van"),
    "九文": ("en", "in", "uen", "vn"),
    "十唐": ("ang", "iang", "uang"),
    "十一庚": ("eng", "ing", "ueng", "ong", "iong"),
    "十二齐": ("i", "er", "v"),
    "十三支": ("-i",),
    "十四姑": ("u",),
}
GROUPS = {final: group for group, finals in FINALS.items() for final in finals}
BUZZING = frozenset({"zhi", "chi", "shi", "ri", "zi", "ci", "si"})


def group_of(final: str) -> str:
    """The group that a final belongs to."""
    return GROUPS[final]


@cache
def readings(character: str) -> frozenset[tuple[str, str]]:
    """The modern readings of a character, each as its final and 平 (tones 1 and 2) or 仄 (3, 4, neutral).

    Empty where it is not one character, or one without a reading that is known.
    """
    if len(character) != 1:
        return frozenset()
    # Imported where it is needed: its dictionary takes longer to load than all that classical books need.
    from pypinyin import Style, pinyin

    spelt = pinyin(character, style=Style.TONE3, heteronym=True, errors="ignore", neutral_tone_with_five=True)
    found = {(final_of(reading[:-1]), reading[-1]) for reading in (spelt[0] if spelt else ()) if reading[-1:].isdigit()}
    # A neutral tone is how a character sounds at the end of a word; it counts only where there is no other.
    full = {(final, tone) for final, tone in found if tone != "5"} or found
    return frozenset((final, "平" if tone in "12" else "仄") for final, tone in full if final in GROUPS)


def final_of(syllable: str) -> str:
    from pypinyin.contrib.tone_convert import to_finals

    return "-i" if syllable in BUZZING else str(to_finals(syllable, strict=True, v_to_u=False))
