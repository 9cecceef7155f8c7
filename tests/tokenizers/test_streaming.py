"""Streamed decoding: the same text as decoding at once, and never half a character."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizer_texts import any_text

from generator import tokenizers
from generator.errors import TokenizerError
from generator.tokenizers import StreamDecoder, Tokenizer


@pytest.mark.parametrize("kind", tokenizers.KINDS)
@given(data=st.data())
def test_any_tokens_in_any_portions_decode_as_at_once(
    trained: dict[str, Tokenizer], kind: str, data: st.DataObject
) -> None:
    tokenizer = trained[kind]
    ids = data.draw(st.lists(st.integers(0, tokenizer.vocab_size - 1)))
    decoder, text, rest = StreamDecoder(tokenizer), "", ids
    while rest:
        count = data.draw(st.integers(1, len(rest)))
        text += decoder.feed(*rest[:count])
        rest = rest[count:]
    assert text + decoder.flush() == tokenizer.decode(ids)
    assert decoder.waiting == b""


@pytest.mark.parametrize("kind", ["byte", "bpe", "unigram"])
@given(text=any_text)
def test_what_is_out_is_always_a_beginning_of_the_text(trained: dict[str, Tokenizer], kind: str, text: str) -> None:
    tokenizer, out = trained[kind], ""
    decoder = StreamDecoder(tokenizer)
    for token in tokenizer.encode(text).tolist():
        out += decoder.feed(token)
        assert text.startswith(out)
        assert (out.encode() + decoder.waiting) == text.encode()[: len(out.encode() + decoder.waiting)]
    assert out == text
    assert decoder.flush() == ""


def test_each_byte_of_a_character_waits_for_the_last(trained: dict[str, Tokenizer]) -> None:
    decoder = StreamDecoder(trained["byte"])
    assert [decoder.feed(token) for token in trained["byte"].encode("a春🎵").tolist()] == [
        "a", "", "", "春", "", "", "", "🎵",
    ]  # fmt: skip


def test_unfinished_tail_is_one_replacement_character_and_the_decoder_starts_anew(
    trained: dict[str, Tokenizer],
) -> None:
    decoder = StreamDecoder(trained["byte"])
    assert decoder.feed(*trained["byte"].encode("春").tolist()[:2]) == ""
    assert decoder.waiting == "春".encode()[:2]
    assert decoder.flush() == "\ufffd"
    assert decoder.flush() == ""
    assert decoder.feed(*trained["byte"].encode("春").tolist()) == "春"


def test_no_such_token(trained: dict[str, Tokenizer]) -> None:
    with pytest.raises(TokenizerError, match="no token 257"):
        StreamDecoder(trained["byte"]).feed(257)
