"""What commands say of themselves, and to the first things that go wrong: true help, names of options and files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from generator import check, evaluate, prepare, sample, train
from generator.command import positive
from generator.config import MusicConfig, SamplingConfig, VerseConfig
from generator.corpus import list_corpora
from generator.errors import ConfigError
from generator.places import checkpoints_home
from generator.tokenizers import CharTokenizer
from generator.tokenizers.base import DroppedSymbols
from generator.wording import counted


def help_of(main, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit):
        main(["--help"])
    return capsys.readouterr().out


def train_main(arguments: list[str]) -> int:
    from generator.command import run

    return run(train.parser(), train.work, arguments)


MAINS = {
    "train": train_main, "sample": sample.main, "evaluate": evaluate.main, "check": check.main, "prepare": prepare.main
}  # fmt: skip


@pytest.mark.parametrize("name", MAINS)
def test_no_group_of_options_stands_twice(name: str, capsys: pytest.CaptureFixture[str]):
    groups = re.findall(r"^(\S.*):$", help_of(MAINS[name], capsys), re.MULTILINE)
    assert len(groups) == len(set(groups)), groups


@pytest.mark.parametrize("name", ["sample", "evaluate", "prepare"])
def test_examples_name_what_is_here(name: str, capsys: pytest.CaptureFixture[str]):
    """A model or corpus that comes with the program, or a file of one's own, which has an ending or is called my_."""
    known = {path.name for path in checkpoints_home().iterdir()} | {each.name for each in list_corpora()}
    examples = re.findall(rf"^ *python -m generator\.{name} (\S+)", help_of(MAINS[name], capsys), re.MULTILINE)
    assert examples
    for each in examples:
        own = each.startswith("my_") or "." in each or each.endswith("/")
        assert own or each in known or each.startswith(("#", "runs/my_")), each


@pytest.mark.parametrize(
    ("name", "option", "words"),
    [
        ("sample", "--particles", "8 with --harmonise"),
        ("sample", "--book", "the form's own, or else pingshui"),
        ("train", "--threads", "one for each core"),
    ],
)
def test_defaults_are_those_that_hold(name: str, option: str, words: str, capsys: pytest.CaptureFixture[str]):
    text = " ".join(help_of(MAINS[name], capsys).split())
    described = text[text.index(f" {option} ", text.index("options:")) :]
    assert words in described[: described.index("(default") + 80]


def test_none_is_no_number_of_texts(capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit):
        sample.main(["tang", "-n", "0"])
    assert "-n" in capsys.readouterr().err
    assert positive("3") == 3


def test_a_poem_that_is_no_file_or_empty_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "empty.txt").touch()
    for path, words in (("empty.txt", "holds no poem"), ("missing.txt", "spelling"), (".", "Name a file")):
        assert check.main([str(tmp_path / path), "--form", "qijue"]) == 2
        said = capsys.readouterr().err
        assert str(tmp_path / path) in said
        assert words in said, said


@pytest.mark.parametrize(
    ("config", "wrong", "meant"),
    [
        (SamplingConfig, "tempreature", "temperature"),
        (SamplingConfig, "acrostik", "acrostic"),
        (VerseConfig, "rhymes", "rhyme"),
        (MusicConfig, "tempos", "tempo"),
    ],
)
def test_a_setting_misspelt_is_known_again(config: type, wrong: str, meant: str):
    with pytest.raises(ConfigError, match=wrong) as caught:
        config.from_dict({wrong: 1})
    assert caught.value.hint == f"Did you mean {meant}?"


def test_a_character_that_is_unknown_says_how_to_leave_it_out():
    from generator.errors import UnknownSymbol

    tokenizer = CharTokenizer.train(["abc"])
    with pytest.raises(UnknownSymbol) as caught:
        tokenizer.encode("abcd")
    argument = re.search(r"(\w+)=\"(\w+)\"", caught.value.hint)
    assert argument is not None
    with pytest.warns(DroppedSymbols, match="1 character was"):
        assert tokenizer.decode(tokenizer.encode("abcd", **{argument[1]: argument[2]})) == "abc"


@pytest.mark.parametrize(("count", "text"), [(0, "0 pieces"), (1, "1 piece"), (2, "2 pieces"), (1024, "1,024 pieces")])
def test_numbers_and_what_is_counted_agree(count: int, text: str):
    assert counted(count, "piece") == text
    assert counted(count, "piece is", "pieces are") == text + (" is" if count == 1 else " are")
