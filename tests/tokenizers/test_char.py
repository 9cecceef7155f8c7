"""The tokenizer of characters: what it knows, what it refuses, and sentencepiece's own opinion."""

import tracemalloc
from collections import Counter

import numpy as np
import pytest
import sentencepiece
from hypothesis import given
from hypothesis import strategies as st
from tokenizer_texts import DELICATE

from generator.errors import TokenizerError, UnknownSymbol
from generator.tokenizers import CharTokenizer, DroppedSymbols
from generator.tokenizers.blocks import count_characters


def test_ids_follow_the_code_points() -> None:
    tokenizer = CharTokenizer.train(["cab", "\nb"])
    assert tokenizer.alphabet == "\nabc"
    assert tokenizer.vocab_size == 5
    assert tokenizer.encode("abc\n").tolist() == [2, 3, 4, 1]


def test_the_same_characters_give_the_same_tokenizer() -> None:
    assert CharTokenizer.train(["abba", "c"]).digest == CharTokenizer.train(["cab"] * 9).digest
    assert CharTokenizer.train(["abc"]).digest != CharTokenizer.train(["abd"]).digest


def test_unknown_character_is_named_with_its_place() -> None:
    tokenizer = CharTokenizer.train(["abc\n"])
    with pytest.raises(UnknownSymbol) as caught:
        tokenizer.encode("abc\nab\n\nabéc")
    assert "'é' (U+00E9) at line 4, column 3" in caught.value.message
    assert caught.value.hint


def test_unknown_character_among_pieces_is_named_with_its_piece() -> None:
    with pytest.raises(UnknownSymbol, match=r"'z' \(U\+007A\) at line 2, column 1 of piece 3"):
        CharTokenizer.train(["abc\n"]).encode_pieces(["ab", "", "c\nz"])


@given(known=st.text(min_size=1), text=st.text())
def test_dropped_characters_are_warned_of_or_counted_and_nothing_else_changes(known: str, text: str) -> None:
    tokenizer = CharTokenizer.train([known])
    missing = Counter(character for character in text if character not in known)
    kept = "".join(character for character in text if character in known)
    dropped: Counter[str] = Counter()
    ids = tokenizer.encode(text, unknown="drop", dropped=dropped)
    assert tokenizer.decode(ids) == kept
    assert dropped == missing
    if missing:
        with pytest.warns(DroppedSymbols, match=rf"^{missing.total():,} character"):
            again = tokenizer.encode(text, unknown="drop")
        with pytest.raises(UnknownSymbol):
            tokenizer.encode(text)
    else:
        again = tokenizer.encode(text, unknown="drop")
    assert again.tolist() == ids.tolist()


def test_the_warning_points_at_who_encodes() -> None:
    with pytest.warns(DroppedSymbols, match=r"2 characters .* 'z' \(U\+007A\) ×2") as caught:
        CharTokenizer.train(["abc"]).encode("azbz", unknown="drop")
    assert caught[0].filename == __file__


def test_rare_characters_are_left_out_and_told() -> None:
    tokenizer = CharTokenizer.train(["aaabbb", "ccd"], min_count=3)
    assert tokenizer.alphabet == "ab"
    assert tokenizer.facts["left_out"] == "cd"
    assert tokenizer.facts["left_out_occurrences"] == 3
    assert tokenizer.facts["distinct"] == 4
    assert tokenizer.facts["characters"] == 9
    with pytest.raises(UnknownSymbol, match="'c'"):
        tokenizer.encode("abc")


@given(texts=st.lists(st.text(max_size=30), max_size=6), min_count=st.integers(1, 4))
def test_counts_are_those_of_a_plain_count(texts: list[str], min_count: int) -> None:
    counts = Counter("".join(texts))
    kept = sorted(character for character, count in counts.items() if count >= min_count)
    if not kept:
        with pytest.raises(TokenizerError):
            CharTokenizer.train(texts, min_count=min_count)
        return
    tokenizer = CharTokenizer.train(texts, min_count=min_count)
    assert tokenizer.alphabet == "".join(kept)
    assert tokenizer.facts["left_out_occurrences"] == sum(count for count in counts.values() if count < min_count)


@pytest.mark.parametrize("texts", [[], [""], ["", ""]])
def test_nothing_to_learn_from(texts: list[str]) -> None:
    with pytest.raises(TokenizerError, match="no text"):
        CharTokenizer.train(texts)


def test_every_chinese_character_at_once() -> None:
    alphabet = "".join(map(chr, [*range(0x4E00, 0xA000), *range(0x3400, 0x4DC0), *range(0x20000, 0x2A6E0)]))
    tokenizer = CharTokenizer.train([alphabet])
    assert tokenizer.vocab_size == len(alphabet) + 1 == 70305
    backwards = alphabet[::-1]
    assert tokenizer.decode(tokenizer.encode(backwards)) == backwards
    assert tokenizer.engine.encode(alphabet[::997]) == tokenizer.encode(alphabet[::997]).tolist()
    assert len(tokenizer.model) < 20 * len(alphabet)


@given(text=st.text() | st.lists(st.sampled_from(DELICATE)).map("".join))
def test_sentencepiece_reads_the_model_and_agrees(text: str) -> None:
    tokenizer = CharTokenizer.train([text + "<unk> ▁"])
    engine = sentencepiece.SentencePieceProcessor(model_proto=tokenizer.model)
    assert engine.get_piece_size() == tokenizer.vocab_size
    text = text.replace("\0", "")  # which sentencepiece cannot have as a piece
    assert engine.encode(text) == tokenizer.encode(text).tolist()


def test_labels_show_what_cannot_be_seen() -> None:
    tokenizer = CharTokenizer.train([" \n\ta\0\u200d\u0301春\u2581"])
    shown = {character: tokenizer.token_label(int(tokenizer.encode(character)[0])) for character in tokenizer.alphabet}
    assert shown == {
        " ": "␣", "\n": "⏎", "\t": "⇥", "a": "a", "\0": "<U+0000>", "\u200d": "<U+200D>",
        "\u0301": "\u25cc\u0301", "春": "春", "\u2581": "\u2581",
    }  # fmt: skip


def test_training_reads_a_stream_in_flat_memory() -> None:
    line = "The heron stands where the river bends, 春雨落在小橋上。\n" * 500
    peaks = []
    for count in (40, 400):
        tracemalloc.start()
        tokenizer = CharTokenizer.train(line + chr(0x400 + index % 40) for index in range(count))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert tokenizer.facts["characters"] == count * (len(line) + 1)
    assert peaks[1] < peaks[0] + 2 * 2**20
    assert peaks[1] < 64 * 2**20


def test_a_text_longer_than_a_block_keeps_its_block_edges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.tokenizers.char.BLOCK", 7)
    text = "river bends 春雨落在小橋上 " * 5
    tokenizer = CharTokenizer.train([text])
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.encode(text).tolist() == [tokenizer.alphabet.index(character) + 1 for character in text]


@given(texts=st.lists(st.text("ab\0\x7f\n", max_size=9) | st.text(max_size=9), max_size=4))
def test_characters_are_counted(texts: list[str]) -> None:
    counts = count_characters(texts)
    assert {chr(point): int(counts[point]) for point in np.flatnonzero(counts)} == Counter("".join(texts))
