"""A tokenizer as a folder: back as it was, or an error that says which file is wrong."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizer_texts import CHINESE, VERSE

from generator import tokenizers
from generator.errors import TokenizerError
from generator.tokenizers import CharTokenizer, Tokenizer


@pytest.mark.parametrize("kind", tokenizers.KINDS)
def test_comes_back_as_it_was(trained: dict[str, Tokenizer], kind: str, tmp_path: Path) -> None:
    saved = trained[kind]
    saved.save(tmp_path / "a")
    loaded = tokenizers.load(tmp_path / "a")
    assert type(loaded) is type(saved)
    assert (loaded.digest, loaded.vocab_size, loaded.dtype) == (saved.digest, saved.vocab_size, saved.dtype)
    assert loaded.facts == saved.facts
    assert loaded.encode(VERSE + CHINESE).tolist() == saved.encode(VERSE + CHINESE).tolist()
    loaded.save(tmp_path / "b")
    for name in ("tokenizer.json", "sentencepiece.model"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_any_kind_loads_through_any_class(trained: dict[str, Tokenizer], tmp_path: Path) -> None:
    trained["bpe"].save(tmp_path)
    assert Tokenizer.load(tmp_path).kind == CharTokenizer.load(tmp_path).kind == "bpe"


@given(alphabet=st.text(min_size=1))
@settings(max_examples=30)
def test_any_alphabet_comes_back(tmp_path_factory: pytest.TempPathFactory, alphabet: str) -> None:
    folder = tmp_path_factory.mktemp("alphabet")
    CharTokenizer.train([alphabet], min_count=1).save(folder)
    loaded = tokenizers.load(folder)
    assert loaded.decode(loaded.encode(alphabet)) == alphabet


def test_left_out_characters_are_remembered(tmp_path: Path) -> None:
    CharTokenizer.train(["aaab\0\u2028"], min_count=2).save(tmp_path)
    assert tokenizers.load(tmp_path).facts["left_out"] == "\0b\u2028"


def test_digests_of_different_tokenizers_differ(trained: dict[str, Tokenizer]) -> None:
    digests = [tokenizer.digest for tokenizer in trained.values()]
    digests += [CharTokenizer.train([text]).digest for text in ("a", "b", "ab", "a\u0301", "\u00e1")]
    assert len(set(digests)) == len(digests)
    assert all(len(digest) == 64 for digest in digests)


@pytest.mark.parametrize("name", ["tokenizer.json", "sentencepiece.model"])
def test_a_missing_file_is_named(trained: dict[str, Tokenizer], tmp_path: Path, name: str) -> None:
    trained["char"].save(tmp_path)
    (tmp_path / name).unlink()
    with pytest.raises(TokenizerError, match=name) as caught:
        tokenizers.load(tmp_path)
    assert caught.value.hint


def test_no_folder_at_all(tmp_path: Path) -> None:
    with pytest.raises(TokenizerError, match="nowhere"):
        tokenizers.load(tmp_path / "nowhere")


@pytest.mark.parametrize("kind", tokenizers.KINDS)
@given(data=st.data())
@settings(max_examples=60)
def test_a_damaged_model_file_is_always_noticed(
    trained: dict[str, Tokenizer], tmp_path_factory: pytest.TempPathFactory, kind: str, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("damaged")
    trained[kind].save(folder)
    model = folder / "sentencepiece.model"
    content = bytearray(model.read_bytes())
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        content[place] ^= data.draw(st.integers(1, 255))
    else:
        del content[place:]
    model.write_bytes(bytes(content))
    with pytest.raises(TokenizerError, match=r"sentencepiece\.model"):
        tokenizers.load(folder)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "not readable JSON"),
        (b"\xff\xfe", "not readable JSON"),
        (b"[1]", "no JSON object"),
        (b"{}", "format version None"),
        (b'{"format_version": 99}', "format version 99"),
        (b'{"format_version": 1, "kind": "word"}', "'word' is not a kind"),
        (b'{"format_version": 1, "kind": ["char"]}', "is not a kind"),
        (b'{"format_version": 1, "kind": "char"}', "does not fit"),
        (b'{"format_version": 1, "kind": "bpe", "training": 3}', "does not fit"),
    ],
)
def test_a_damaged_description_is_named(
    trained: dict[str, Tokenizer], tmp_path: Path, content: bytes, words: str
) -> None:
    trained["char"].save(tmp_path)
    (tmp_path / "tokenizer.json").write_bytes(content)
    with pytest.raises(TokenizerError, match=words) as caught:
        tokenizers.load(tmp_path)
    assert "tokenizer.json" in caught.value.message
    assert caught.value.hint


def test_a_model_of_another_kind_is_noticed(trained: dict[str, Tokenizer], tmp_path: Path) -> None:
    trained["char"].save(tmp_path)
    described = json.loads((tmp_path / "tokenizer.json").read_text(encoding="utf-8"))
    (tmp_path / "tokenizer.json").write_text(json.dumps({**described, "kind": "unigram"}), encoding="utf-8")
    with pytest.raises(TokenizerError, match="digest"):
        tokenizers.load(tmp_path)


def test_unknown_kind_is_refused_with_the_choices() -> None:
    with pytest.raises(TokenizerError, match="'words'") as caught:
        tokenizers.train("words", ["a"])
    assert "unigram" in caught.value.hint


def test_models_are_small(trained: dict[str, Tokenizer]) -> None:
    for tokenizer in trained.values():
        assert len(tokenizer.model) < 40 * tokenizer.vocab_size
