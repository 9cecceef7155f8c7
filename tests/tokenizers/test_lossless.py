"""Whatever goes in comes out: every kind of tokenizer, every text that it says it keeps."""

from functools import cache

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tokenizer_texts import DELICATE, VERSE, any_text

from generator import tokenizers
from generator.errors import TokenizerError
from generator.tokenizers import BpeTokenizer, CharTokenizer, Tokenizer
from generator.tokenizers.modelfile import NORMAL, Entry, byte_entries, write_model

OPEN_KINDS = ("byte", "bpe", "unigram")


@pytest.mark.parametrize("kind", OPEN_KINDS)
@given(text=any_text)
@example(text="".join(DELICATE))
@example(text="▁ ▁ \u2581")
@example(text=" lead  and trail \n")
def test_every_text_comes_back(trained: dict[str, Tokenizer], kind: str, text: str) -> None:
    tokenizer = trained[kind]
    ids = tokenizer.encode(text)
    assert ids.dtype == tokenizer.dtype
    assert tokenizer.boundary not in ids
    assert tokenizer.decode(ids) == text
    assert b"".join(map(tokenizer.token_bytes, ids.tolist())) == text.encode()


@given(text=any_text, more=st.text())
def test_char_gives_back_every_string_over_its_characters(text: str, more: str) -> None:
    tokenizer = CharTokenizer.train([text + more + "x"])
    ids = tokenizer.encode(text)
    assert len(ids) == len(text)
    assert tokenizer.boundary not in ids
    assert tokenizer.decode(ids) == text
    assert b"".join(map(tokenizer.token_bytes, ids.tolist())) == text.encode()


@pytest.mark.parametrize("symbol", DELICATE)
@pytest.mark.parametrize("kind", OPEN_KINDS)
def test_each_delicate_symbol_survives_alone_doubled_and_inside(
    trained: dict[str, Tokenizer], kind: str, symbol: str
) -> None:
    tokenizer = trained[kind]
    for text in (symbol, symbol * 2, f"the{symbol}river", f" {symbol} ", f"\n{symbol}\n"):
        assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize("kind", OPEN_KINDS)
def test_space_mark_and_space_are_different_text(trained: dict[str, Tokenizer], kind: str) -> None:
    tokenizer = trained[kind]
    assert tokenizer.encode("a the").tolist() != tokenizer.encode("a▁the").tolist()
    assert tokenizer.decode(tokenizer.encode("a▁the")) == "a▁the"


@pytest.mark.parametrize("kind", tokenizers.KINDS)
def test_tokens_learned_from_a_text_that_holds_the_trainers_own_signs(kind: str) -> None:
    text = ("▁the▁sea▁▅\t \0 the sea <s> <unk> <0x41>\r\n" * 30) + "".join(DELICATE)
    tokenizer = tokenizers.train(kind, [text], vocab_size=320)
    assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize("kind", OPEN_KINDS)
@given(pieces=st.lists(any_text, max_size=8))
def test_pieces_together_are_the_pieces_one_by_one(trained: dict[str, Tokenizer], kind: str, pieces: list[str]) -> None:
    tokenizer = trained[kind]
    stream, starts = tokenizer.encode_pieces(pieces)
    expected = [np.concatenate(([0], tokenizer.encode(piece))) for piece in pieces]
    assert stream.tolist() == [token for row in expected for token in row.tolist()]
    assert starts.tolist() == np.cumsum([0, *map(len, expected)])[: len(pieces)].tolist()
    assert stream.dtype == tokenizer.dtype
    assert tokenizer.decode(stream) == "".join(pieces)


def test_char_pieces_together_are_the_pieces_one_by_one() -> None:
    tokenizer = CharTokenizer.train(["abc\n"])
    stream, starts = tokenizer.encode_pieces(["ab", "", "c\n"])
    assert stream.tolist() == [0, 2, 3, 0, 0, 4, 1]
    assert starts.tolist() == [0, 3, 4]


@given(pieces=st.lists(st.text("\0\uffffab春", max_size=6), max_size=5))
def test_what_marks_pieces_may_stand_in_them(pieces: list[str]) -> None:
    """Pieces are told apart inside by a rare character; where a text holds it, another one takes its place."""
    for kind, tokenizer in with_marks().items():
        ids, starts = tokenizer.encode_pieces(pieces)
        alone = [tokenizer.encode(piece).tolist() for piece in pieces]
        assert ids.tolist() == [token for piece in alone for token in (0, *piece)], kind
        assert [tokenizer.decode(np.array(piece)) for piece in alone] == pieces
        assert starts.tolist() == [place for place, token in enumerate(ids) if token == 0]


@cache
def with_marks() -> dict[str, Tokenizer]:
    """Tokenizers that know the characters which mark pieces; one has a token of several of them."""
    entries = [Entry(piece, -float(rank), NORMAL) for rank, piece in enumerate(["a\uffff", "a\uffffb", "a", "\uffff"])]
    model = write_model("bpe", byte_entries() + entries, byte_fallback=True)
    found = {kind: tokenizers.train(kind, ["\0\uffffab春" * 40], vocab_size=300) for kind in tokenizers.KINDS}
    return found | {"bpe of the mark": BpeTokenizer(model)}


@pytest.mark.parametrize("kind", tokenizers.KINDS)
@pytest.mark.parametrize("surrogate", ["\ud800", "\udbff", "\udc00", "\udfff"])
def test_lone_surrogate_is_refused_with_its_place(trained: dict[str, Tokenizer], kind: str, surrogate: str) -> None:
    with pytest.raises(TokenizerError, match=rf"U\+{ord(surrogate):04X} at line 2, column 4") as caught:
        trained[kind].encode_pieces(["the\n", f"the\nsea{surrogate}"])
    assert caught.value.hint


@pytest.mark.parametrize("kind", ["char", "bpe", "unigram"])
def test_lone_surrogate_is_refused_in_training(kind: str) -> None:
    with pytest.raises(TokenizerError, match=r"U\+DC00"):
        tokenizers.train(kind, ["sea", "se\udc00a"])


@pytest.mark.parametrize("kind", tokenizers.KINDS)
def test_nothing_is_no_tokens(trained: dict[str, Tokenizer], kind: str) -> None:
    tokenizer = trained[kind]
    assert tokenizer.encode("").tolist() == []
    assert tokenizer.encode("").dtype == tokenizer.dtype
    assert tokenizer.decode([]) == ""
    stream, starts = tokenizer.encode_pieces([])
    assert stream.tolist() == starts.tolist() == []


@pytest.mark.parametrize("kind", tokenizers.KINDS)
def test_boundaries_decode_to_nothing(trained: dict[str, Tokenizer], kind: str) -> None:
    tokenizer = trained[kind]
    ids = [0, 0, *tokenizer.encode(VERSE), 0]
    assert tokenizer.decode(ids) == VERSE
    assert tokenizer.token_bytes(0) == b""
    assert tokenizer.token_label(0) == "<boundary>"


@pytest.mark.parametrize("kind", tokenizers.KINDS)
def test_ids_that_are_no_tokens_are_refused(trained: dict[str, Tokenizer], kind: str) -> None:
    tokenizer = trained[kind]
    for wrong in (-1, tokenizer.vocab_size):
        with pytest.raises(TokenizerError, match=f"no token {wrong}"):
            tokenizer.decode([1, wrong])
        with pytest.raises(TokenizerError, match=f"no token {wrong}"):
            tokenizer.token_bytes(wrong)
    with pytest.raises(TokenizerError, match="one row"):
        tokenizer.decode([[1, 2], [1, 2]])
    with pytest.raises(TokenizerError, match="integers"):
        tokenizer.decode([0.5])


@pytest.mark.parametrize("kind", tokenizers.KINDS)
def test_the_smallest_integers_that_hold_every_token(trained: dict[str, Tokenizer], kind: str) -> None:
    tokenizer = trained[kind]
    fits = [np.dtype(name) for name in ("u1", "u2", "u4") if np.iinfo(name).max >= tokenizer.vocab_size - 1]
    assert tokenizer.dtype == fits[0]


@pytest.mark.parametrize("size", [255, 256, 257])
def test_char_alphabets_around_one_byte(size: int) -> None:
    alphabet = "".join(map(chr, range(0x100, 0x100 + size - 1)))
    tokenizer = CharTokenizer.train([alphabet])
    assert tokenizer.vocab_size == size
    assert tokenizer.dtype == (np.uint8 if size <= 256 else np.uint16)
    assert tokenizer.decode(tokenizer.encode(alphabet)) == alphabet
    with pytest.raises(TokenizerError):
        tokenizer.encode("a")
