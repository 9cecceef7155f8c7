"""What ``--originality`` says: of text and of music, with the piece it stands in, and read as people read it."""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any

import pytest

from generator import checkpoint, tokenizers
from generator.config import ModelConfig, PrepareConfig
from generator.corpus import PreparedCorpus, prepare, read_text
from generator.corpus.packing import turned
from generator.model import LanguageModel
from generator.seeding import torch_generator
from generator.text.chinese.script import to_simplified

sys.path.append(str(Path(__file__).parent / "decoding"))

from small_composers import TAGS, small_network  # the same networks as in the room of decoding

KNOWN = (
    "東風同空中紅翁宮功江窗雙支時詩枝知衣微稀書魚居無孤湖西溪啼低佳開來臺真人春新文雲門山間天年前煙仙橋朝高多河花家"
    "陽香光長明情城青秋流樓舟林心深南月日白石碧色客落木葉雪酒水鳥曉夜路樹雨草暮古道子里事意盡望萬遠見岸"
)
TUNE = "X:{number}\nR:reel\nM:4/4\nL:1/8\nK:D\n{bars}|\n\n"


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def put(
    folder: Path, corpus: PreparedCorpus, tokenizer: tokenizers.Tokenizer, network: Any = None, **config: Any
) -> None:
    """A checkpoint that was trained on a corpus, as far as anybody can see."""
    if network is None:
        sizes = ModelConfig(
            vocab_size=tokenizer.vocab_size, embed_dim=8, hidden_size=8, num_layers=1, tie_weights=True, dropout=0.0,
            input_dropout=0.0,
        )  # fmt: skip
        network = LanguageModel(sizes, torch_generator(1)).eval()
    details = {"name": folder.name, "medium": "text", "tag_fields": {}, "start_text": "", **config}
    provenance = {"corpus": str(corpus.folder), "corpus_digest": corpus.details["digest"]}
    checkpoint.save(folder, network, tokenizer, {**details, "provenance": provenance}, f"# {folder.name}\n")


def made(source: Path, **settings: Any) -> PreparedCorpus:
    return prepare(source, source.parent / "made", PrepareConfig(**settings), say=lambda line: None, progress=False)


def test_a_poem_is_compared_as_it_was_written_and_not_as_it_is_shown(sample, models: Path, tmp_path: Path):
    nothing = PreparedCorpus(tmp_path, {"digest": ""})
    put(models / "poet", nothing, tokenizers.train("char", [KNOWN + "，。\n"]), verse="zh")
    words = ("poet", "--form", "wujue", "--candidates", "1", "--seed", "3")
    status, out, err = sample(*words, "--script", "traditional")
    assert status == 0, err
    poem = out.strip()
    assert to_simplified(poem) != poem
    # a corpus with that poem in it
    (tmp_path / "poems.txt").write_text("\n\n".join([poem, *(f"{poem[:7]}{number}" for number in range(300))]))
    corpus = made(tmp_path / "poems.txt", pieces="blank")
    number = next((n for n, text in enumerate(read_text(corpus, "train")) if text.strip() == poem), None)
    assert number is not None, "it fell to another part: choose another seed"
    loaded = checkpoint.load(models / "poet")
    put(models / "poet", corpus, loaded.tokenizer, loaded.model, verse="zh")
    record = json.loads(sample(*words, "--script", "simplified", "--originality", "--json")[1])
    assert record["text"].strip() == to_simplified(poem)
    assert record["originality"]["text"].strip() == poem
    assert record["originality"]["piece_number"] == number + 1


def test_lines_that_were_learnt_turned_are_found_as_they_are_read(sample, models: Path, tmp_path: Path):
    draw = random.Random(2)
    lines = [" ".join("".join(draw.choices("abcde", k=3)) for _ in range(6)) for _ in range(200)]
    (tmp_path / "lines.txt").write_text("\n".join(lines))
    corpus = made(tmp_path / "lines.txt", pieces="line", backward=True)
    put(models / "mirror", corpus, tokenizers.train("char", ["abcde \n"]), backward=True, start_text="\n")
    status, out, err = sample("mirror", "--seed", "3", "--length", "150", "--originality")
    assert status == 0
    record = json.loads(sample("mirror", "--seed", "3", "--length", "150", "--originality", "--json")[1])
    found = record["originality"]
    assert found["length"] == len(found["text"]) > 3
    assert found["text"] in record["text"] == out[:-1]
    whole = turned(list(read_text(corpus, "train"))[found["piece_number"] - 1])
    assert whole in lines
    assert whole[found["start_in_piece"] :].startswith(found["text"])
    assert repr(found["text"]) in err and f"in piece {found['piece_number']} of" in err and "lines.txt" in err


def test_music_is_compared_too_with_the_tune_and_its_bar(sample, models: Path, tmp_path: Path):
    draw = random.Random(3)
    folder = tmp_path / "tunes"
    folder.mkdir()
    for number in range(80):
        bars = "|".join("".join(draw.choices("DEFGABcd", k=8)) for _ in range(4))
        (folder / f"{number}.abc").write_text(TUNE.format(number=number, bars=bars))
    corpus = made(folder, tokenizer="melody")
    network = small_network(corpus.tokenizer, TAGS["melody"])  # type: ignore[arg-type]
    put(models / "tunes", corpus, corpus.tokenizer, network, medium="music", tag_fields=TAGS["melody"], cues="melody")
    words = (
        "tunes",
        "--bars",
        "2",
        "--seed",
        "4",
        "-n",
        "2",
        "--tag",
        "metre=4/4",
        "--tag",
        "mode=major",
        "--originality",
    )
    status, _, err = sample(*words)
    assert status == 0, err
    told = [line for line in err.splitlines() if "longest copied run" in line]
    assert [line[:7] for line in told] == ["text 1:", "text 2:"]
    records = [json.loads(line) for line in sample(*words, "--json")[1].splitlines()]
    for line, record in zip(told, records, strict=True):
        found = record["originality"]
        assert f"{found['length']} signs" in line
        assert f"in piece {found['piece_number']} of" in line
        assert 1 <= found["bar"] <= 4 and f"from bar {found['bar']} on" in line
        assert found["file"].endswith(".abc") and found["file"] in line
        assert found["tags"]["type"] == "reel"
        assert found["text"] in corpus.tokenizer.musical.shown(  # type: ignore[attr-defined]
            list(read_text(corpus, "train"))[found["piece"]]
        )


def test_where_the_corpus_is_not_here_nothing_is_written(sample, models: Path, tmp_path: Path):
    corpus_gone = PreparedCorpus(tmp_path / "gone", {"digest": "0"})
    put(models / "alone", corpus_gone, tokenizers.train("char", ["abc\n"]))
    status, out, err = sample("alone", "--originality", "--length", "5")
    assert (status, out) == (2, "")
    assert "corpus" in err
