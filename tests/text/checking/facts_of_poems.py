"""Facts of famous poems: form, pattern, rhyming characters, and the tone of every character, line by line.

Tones are those of 平水韻; 中 where a character can be read in both. ``broken`` has what the poem is
known to break: kind, line and place. The poems themselves are not needed: characters of the same tones do.
"""

from dataclasses import dataclass

__all__ = ["BROKEN", "LAWFUL", "Poem", "made_of"]

# Characters with one tone each, by any account.
LEVEL = "天山花春江雲人秋舟沙霜煙"
OBLIQUE = "月日水白落玉色夜雪客海草"


@dataclass(frozen=True)
class Poem:
    """What is known of a poem; see above."""

    title: str
    author: str
    form: str
    pattern: str
    rhymes: str
    tones: str
    broken: tuple[tuple[str, int, int], ...] = ()


def made_of(tones: str, rhymes: str, rhyming: list[int]) -> str:
    """A poem of other characters with these tones, whose lines of these numbers end in the rhymes.

    Places of either tone are filled with either, by turns.
    """
    lines = tones.split()
    fill = iter(rhymes)
    parts = []
    for number, line in enumerate(lines):
        row = [
            (LEVEL if tone == "平" or (tone == "中" and (number + place) % 2) else OBLIQUE)[
                (number * 5 + place * 7) % 12
            ]
            for place, tone in enumerate(line)
        ]
        if number + 1 in rhyming:
            row[-1] = next(fill)
        parts.append("".join(row) + ("。\n" if number % 2 else "，"))
    return "".join(parts).strip()


LAWFUL = (
    Poem(
        "早發白帝城", "李白", "qijue", "平起首句入韵", "間還山",
        "平平仄仄仄平平 平仄平平仄仄平 仄仄平平平仄仄 中平仄仄仄平平",
    ),
    Poem(
        "楓橋夜泊", "張繼", "qijue", "仄起首句入韵", "天眠船",
        "仄仄平平平仄平 平平平仄仄平平 平平平仄平平仄 仄仄平平仄仄平",
    ),
    Poem(
        "涼州詞", "王翰", "qijue", "平起首句入韵", "杯催回",
        "平平仄仄仄平平 仄仄平平仄仄平 仄仄平平平仄仄 仄平平仄仄平平",
    ),
    Poem(
        "泊秦淮", "杜牧", "qijue", "平起首句入韵", "沙家花",
        "平平平仄仄平平 仄仄平平仄仄平 平仄中平平仄仄 仄平中仄仄平平",
    ),
    Poem(
        "夜上受降城聞笛", "李益", "qijue", "仄起首句不入韵", "霜鄉",
        "中仄平平平仄仄 仄平平仄仄平平 中平平仄中平仄 仄仄平平仄仄平",
    ),
    Poem("登鸛雀樓", "王之渙", "wujue", "仄起首句不入韵", "流樓", "仄仄平平仄 平平仄仄平 仄平平仄仄 中仄仄平平"),
    Poem("相思", "王維", "wujue", "仄起首句不入韵", "枝思", "平仄平平仄 平平仄仄平 仄平平仄仄 仄仄仄平平"),
    Poem("聽箏", "李端", "wujue", "平起首句不入韵", "前弦", "平平平仄仄 仄仄仄平平 仄仄平平仄 平平仄仄平"),
    # The third line has the special form 平平仄平仄.
    Poem("八陣圖", "杜甫", "wujue", "仄起首句不入韵", "圖吳", "平仄中平仄 平平仄仄平 平平仄平仄 中仄仄平平"),
    Poem("塞下曲", "盧綸", "wujue", "仄起首句入韵", "風弓中", "平仄仄平平 平平仄仄平 平平平仄仄 仄仄仄平平"),
    Poem(
        "春望", "杜甫", "wulv", "仄起首句不入韵", "深心金簪",
        "仄仄平平仄 平平仄仄平 仄平平仄仄 仄仄仄平平 平仄平平仄 平平仄仄平 仄平平仄仄 中仄仄平平",
    ),
    Poem(
        "山居秋暝", "王維", "wulv", "平起首句不入韵", "秋流舟留",
        "中平平仄仄 平仄仄平平 平仄平平仄 平平仄仄平 仄平平仄仄 平仄仄平平 平仄平平仄 平平仄仄平",
    ),
    Poem(
        "望月懷遠", "張九齡", "wulv", "仄起首句不入韵", "時思滋期",
        "仄仄平平仄 平平中仄平 平平仄平仄 仄仄仄平平 仄仄平平仄 平平仄仄平 中平平仄仄 平仄仄平平",
    ),
    Poem(
        "終南山", "王維", "wulv", "仄起首句入韵", "都隅無殊夫",
        "仄仄仄平平 平平仄仄平 仄平平仄仄 平仄仄平平 中仄中平仄 平平仄仄平 仄平平仄仄 仄仄仄平平",
    ),
    Poem(
        "登高", "杜甫", "qilv", "仄起首句入韵", "哀回來臺杯",
        "平仄平平平仄平 仄平平仄仄平平 平平仄仄平平仄 中仄平平仄仄平 "
        "仄仄平平平仄仄 仄平平仄仄平平 平平仄仄平平仄 中仄平平仄仄平",
    ),
    Poem(
        "蜀相", "杜甫", "qilv", "仄起首句入韵", "尋森音心襟",
        "平仄平平平仄平 仄平平仄仄平平 仄平仄仄仄平仄 仄仄平平中仄平 "
        "中仄平平平仄仄 仄平平仄仄平平 仄平仄仄平平仄 中仄平平仄仄平",
    ),
    Poem(
        "閣夜", "杜甫", "qilv", "仄起首句不入韵", "宵搖樵寥",
        "仄仄平平平仄仄 平平平仄仄平平 仄平仄仄平平仄 中仄平平仄仄平 "
        "仄仄中平平仄仄 平平仄仄仄平平 仄平仄仄平平仄 平仄平平中仄平",
    ),
)  # fmt: skip

BROKEN = (
    Poem(
        "黃鶴樓送孟浩然之廣陵", "李白", "qijue", "仄起首句入韵", "樓州流",
        "仄平平平平仄平 平平中仄仄平平 平平仄仄仄平仄 中仄平平平仄平", (("tone", 1, 2),),
    ),
    Poem(
        "靜夜思", "李白", "wujue", "平起首句入韵", "光霜鄉",
        "平平中仄平 平仄仄仄平 仄平平平仄 平平中仄平", (("tone", 2, 4), ("tone", 3, 2)),
    ),
    # Its rhymes are oblique, which a regulated quatrain's are not.
    Poem(
        "春曉", "孟浩然", "wujue", "平起首句不入韵", "鳥少",
        "平平平仄仄 仄仄仄平仄 仄平平仄平 平仄平平仄",
        (("tone", 2, 5), ("rhyme", 2, 5), ("tone", 3, 2), ("tone", 3, 4), ("tone", 3, 5),
         ("tone", 4, 2), ("tone", 4, 4), ("tone", 4, 5), ("rhyme", 4, 5)),
    ),
)  # fmt: skip
