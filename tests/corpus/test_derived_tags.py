"""The form of a Chinese poem follows from the lengths of its lines."""

import pytest

from generator.corpus.forms import chinese_form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("白日依山尽，黄河入海流。\n欲穷千里目，更上一层楼。", "五绝"),
        ("朝辞白帝彩云间，千里江陵一日还。\n两岸猿声啼不住，轻舟已过万重山。", "七绝"),
        ("一二三四五，一二三四五。\n" * 4, "五律"),
        ("一二三四五六七，一二三四五六七。\n" * 4, "七律"),
        ("一二三四五，一二三四五。\n" * 10, "五古"),
        ("一二三四五六七，一二三四五六七？\n" * 3, "七古"),
        ("一二三四，一二三四。\n" * 4, "四言"),
        ("一二三四五六，一二三四五六。\n" * 2, "六言"),
        ("一二三，一二三四五。\n一二三四五六七。", "杂言"),
        ("白日依山尽（一作進），黄河入海[⿰氵㐬]。\n欲穷千里目，更上一层{⿱木木}。", "五绝"),
        ("白日依山尽，黄河入□流。\n欲穷千里目，更上一层楼", "五绝"),
        ("", "杂言"),
        ("，。", "杂言"),
    ],
)
def test_forms(text: str, form: str) -> None:
    assert chinese_form(text) == form
