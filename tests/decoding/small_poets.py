"""Tiny writers of Chinese verse with random weights: the form must hold whatever the network says."""

from __future__ import annotations

from functools import lru_cache

import torch

from generator import tokenizers
from generator.config import ModelConfig, SamplingConfig, VerseConfig
from generator.decoding import Generation, Poet, Writer, compose
from generator.decoding.aids import Aids
from generator.decoding.bigrams import Bigrams
from generator.decoding.known_lines import KnownLines
from generator.model import LanguageModel
from generator.seeding import numpy_generator, torch_generator
from generator.text.chinese.cues import VERSE
from generator.text.chinese.sounds import rhymebook

# Characters of classical verse, by what they are good for in a test. Those of WIDE come from all over
# the rhyme book; TWICE are heard in both tones; ALIKE become one character in simplified writing.
WIDE = (
    "東風同空中紅翁宮功蓬冬宗農松龍容峰鐘江窗雙支時詩枝知遲絲池思悲期飛歸衣微稀暉書魚居初餘無孤湖圖夫蘇吳"
    "西溪啼低泥題齊街佳懷階開來台臺梅回杯才灰真人春新身塵神津雲文聞君門魂村孫言源寒看殘難安山間還關顏閑閒天年"
    "前邊田然煙仙蓮船橋朝遙條潮郊高濤刀歌多河波何羅花家沙斜霞華茶陽香鄉光長芳堂霜涼生明情名聲城平清青亭星靈"
    "蒸燈僧層秋流愁樓舟遊游州頭林心深音陰金南潭簷巖月日白石碧色客落木葉雪酒水鳥曉夜路樹雨草暮古道子里裏裡事"
    "意盡望萬遠晚斷半見岸面片坐卧起倒照早老好島下馬野舍上賞想往影景靜冷井柳久有手口後后去處語女主舞柱此史死似"
    "使字寺醉淚地翠世桂氣貴帶海在待外背近信問恨怨亂散電變夢送動重洞竹曲玉獨綠續屋谷髮發復複曰滅說別"
)
TWICE = "看中聽望思過教為重長更論應興分吹量傷難相勝忘"
ALIKE = "閑閒遊游鐘鍾台臺峰峯弦絃村邨里裏裡蹤踪雲云後后發髮復複"
MARKS = "，。\n"


@lru_cache(maxsize=64)
def small_poet(
    characters: str = WIDE + TWICE + ALIKE,
    *,
    marks: str = MARKS,
    cues: bool = True,
    aids: bool = True,
    scale: float = 3.0,
    rhymes: bool = True,
    start_text: str = "",
) -> Poet:
    """A poet who knows these characters, and whose bigrams are as random as the weights."""
    known = "".join(dict.fromkeys(characters + marks))
    tokenizer = tokenizers.train("char", [known] * 3)
    fields = {"form": ["五绝", "七律"], "rhyme": ["上平一東", "下平七陽"], "author": ["李白", "杜甫"]} if rhymes else {}
    config = ModelConfig(
        vocab_size=tokenizer.vocab_size, embed_dim=12, hidden_size=16, num_layers=1, tie_weights=False,
        dropout=0.0, input_dropout=0.0, tag_sizes=tuple(map(len, fields.values())),
        cue_sizes=tuple(cue.size for cue in VERSE) if cues else (),
        cue_tables=tuple(cue.table for cue in VERSE) if cues else (),
        cue_groups=tuple(cue.group for cue in VERSE) if cues else (),
    )  # fmt: skip
    model = LanguageModel(config, torch_generator(5)).eval()
    with torch.no_grad():
        for value in model.parameters():
            value *= scale
    writer = Writer(model, tokenizer, tag_fields=fields, precision="float32", start_text=start_text)
    stream = numpy_generator(1).integers(0, tokenizer.vocab_size, 4000)
    helped = Aids(Bigrams.of_stream(stream, tokenizer.vocab_size), KnownLines.of(["春風花草香"]))
    weights = {group: 1.0 + place for place, group in enumerate(rhymebook().groups())}
    return Poet(writer, helped if aids else Aids(), "zh", weights if rhymes else {})


def poems(poet: Poet, wish: VerseConfig, seed: int = 1, count: int = 1, **settings: float) -> Generation:
    """Poems that are drawn rather than picked, and rather wildly."""
    return compose(poet, wish, SamplingConfig(**{"seed": seed, "temperature": 1.0, **settings}), count=count)
