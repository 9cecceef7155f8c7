"""Subword tokenizers against sentencepiece's own encoding and against slow ones written from the papers."""

import math
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizer_texts import CHINESE, CODE, DELICATE, VERSE, any_text

from generator import tokenizers
from generator.errors import TokenizerError
from generator.tokenizers import BpeTokenizer, Tokenizer, UnigramTokenizer, learn, segments, subword
from generator.tokenizers.modelfile import NORMAL, Entry, byte_entries, read_entries, write_model

SUBWORDS = ("bpe", "unigram")
near_text = st.lists(st.sampled_from([*VERSE.split(" "), *CHINESE, *DELICATE, " ", " ", "\n"])).map("".join)


def scores_of(tokenizer: Tokenizer) -> dict[str, tuple[int, float]]:
    """Text to id and score of the tokens that are not bytes."""
    entries = enumerate(read_entries(tokenizer.engine), 1)
    return {entry.piece: (token, entry.score) for token, entry in entries if entry.type == NORMAL}


def slow_bpe(tokenizer: Tokenizer, text: str) -> list[int]:
    """Merge the best pair, the leftmost of equals, until none is left."""
    known, parts = scores_of(tokenizer), list(text)
    while True:
        pairs = [(known[a + b][1], -at) for at, (a, b) in enumerate(pairwise(parts)) if a + b in known]
        if not pairs:
            break
        at = -max(pairs)[1]
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return spelt(known, parts)


def spelt(known: dict[str, tuple[int, float]], parts: list[str]) -> list[int]:
    return [
        token for part in parts for token in ([known[part][0]] if part in known else [b + 1 for b in part.encode()])
    ]


def unigram_score(tokenizer: Tokenizer, ids: list[int]) -> float:
    """The log-probability of a segmentation, bytes left out: each one has the same of them."""
    return math.fsum(tokenizer.engine.get_score(ids)) if ids else 0.0


def best_unigram_score(tokenizer: Tokenizer, text: str) -> float:
    """The best log-probability of any segmentation, by dynamic programming in double precision."""
    known = scores_of(tokenizer)
    best = [0.0]
    for end in range(1, len(text) + 1):
        ways = [best[at] + known[text[at:end]][1] for at in range(max(0, end - 20), end) if text[at:end] in known]
        best.append(max(ways) if ways else best[-1])  # no token ends here: a character in bytes
    return best[-1]


@given(text=near_text | any_text)
def test_bpe_is_sentencepieces_own(trained: dict[str, Tokenizer], text: str) -> None:
    assert trained["bpe"].encode(text).tolist() == trained["bpe"].engine.encode(text)


@given(text=near_text | any_text)
def test_bpe_is_the_paper_s(trained: dict[str, Tokenizer], text: str) -> None:
    assert trained["bpe"].encode(text).tolist() == slow_bpe(trained["bpe"], text)


@given(text=near_text | any_text)
def test_unigram_is_sentencepieces_own_but_for_ties(trained: dict[str, Tokenizer], text: str) -> None:
    tokenizer = trained["unigram"]
    ours, theirs = tokenizer.encode(text).tolist(), tokenizer.engine.encode(text)
    if ours != theirs:  # the engine adds in single precision
        assert unigram_score(tokenizer, ours) == pytest.approx(unigram_score(tokenizer, theirs), abs=1e-3)


@given(text=near_text | any_text)
def test_unigram_is_the_likeliest_segmentation(trained: dict[str, Tokenizer], text: str) -> None:
    tokenizer = trained["unigram"]
    score = unigram_score(tokenizer, tokenizer.encode(text).tolist())
    assert score == pytest.approx(best_unigram_score(tokenizer, text), abs=1e-4)


@pytest.mark.parametrize("kind", SUBWORDS)
@pytest.mark.parametrize(
    "setting",
    [
        ("BLOCK", 5), ("PAIR_BITS", 3), ("MOST_KNOWN", 4), ("PROBES", 1), ("SLOT_BITS", 3), ("WIDTH", 3),
        ("MOST_OTHERS", 2), ("LONGEST_OTHER", 16),
    ],
)  # fmt: skip
@given(pieces=st.lists(near_text, min_size=1, max_size=4))
def test_blocks_and_tables_however_small_change_no_id(
    trained: dict[str, Tokenizer], kind: str, setting: tuple[str, int], pieces: list[str]
) -> None:
    expected, starts = trained[kind].encode_pieces(pieces)
    fresh = tokenizers.KINDS[kind](trained[kind].model)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(segments, *setting)
        if setting[0] == "SLOT_BITS":
            patch.setattr(segments, "MOST_KNOWN", 1 << setting[1])
        for _ in range(2):  # the second time with what the first has put into the table
            found, found_starts = fresh.encode_pieces(pieces)
            assert found.tolist() == expected.tolist()
            assert found_starts.tolist() == starts.tolist()


@pytest.mark.parametrize("kind", SUBWORDS)
def test_one_call_for_all_segments_gives_what_one_for_each_gives(trained: dict[str, Tokenizer], kind: str) -> None:
    text = "".join(f"{VERSE} {number:x}{CHINESE}{number}{CODE}" for number in range(300))
    found = []
    for together in (1, 1 << 40):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(subword, "TOGETHER", together)
            found.append(tokenizers.KINDS[kind](trained[kind].model).encode(text).tolist())
    assert found[0] == found[1]


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="threads are counted in /proc")
def test_no_thread_is_left_by_many_new_segments(trained: dict[str, Tokenizer]) -> None:
    fresh, before = BpeTokenizer(trained["bpe"].model), len(list(Path("/proc/self/task").iterdir()))
    fresh.encode(" ".join(f"{number:x}" for number in range(5000)))
    assert len(list(Path("/proc/self/task").iterdir())) == before


def test_what_was_cut_off_is_learned_the_next_time(trained: dict[str, Tokenizer]) -> None:
    """A bad text and an interrupt leave no segment in the table without its ids."""
    fresh = BpeTokenizer(trained["bpe"].model)
    with pytest.raises(TokenizerError):
        fresh.encode(f"{VERSE} {CHINESE} \udc80")
    assert fresh.encode(VERSE + CHINESE).tolist() == trained["bpe"].encode(VERSE + CHINESE).tolist()

    def interrupted(segments: list[bytes]) -> list[list[int]]:
        raise KeyboardInterrupt

    known = fresh.encoder.known
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fresh.encoder, "encode_segments", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fresh.encode(CODE + " 0123456789" * 3)
    assert fresh.encoder.known == known
    assert fresh.encode(CODE).tolist() == trained["bpe"].encode(CODE).tolist()


def test_a_full_table_forgets_and_does_not_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(segments, "MOST_KNOWN", 50)
    monkeypatch.setattr(segments, "MOST_OTHERS", 20)
    # every pair of the two letters stands in a token, so that every word of them is one segment
    words = [f"{number:b}".translate({48: "a", 49: "b"}) for number in range(1 << 13)]
    fresh, sizes = BpeTokenizer.train([" ".join(words[:500])], vocab_size=300), []
    for start in range(0, len(words), 256):
        text = " ".join(word * (1 + number % 9) for number, word in enumerate(words[start : start + 256]))
        assert fresh.encode(text).tolist() == fresh.engine.encode(text)
        sizes.append((fresh.encoder.known, len(fresh.encoder.others), fresh.encoder.pool_size))
    assert sizes[-1] == sizes[2] and sizes[-1][:2] == (50, 20)


def test_threads_may_share_a_tokenizer(trained: dict[str, Tokenizer]) -> None:
    texts = [" ".join(f"{number:x}{CHINESE[number % 9 :]}" for number in range(start, 400)) for start in range(8)]
    expected = [trained["bpe"].engine.encode(text) for text in texts]
    for _ in range(5):
        fresh = BpeTokenizer(trained["bpe"].model)
        fresh.encode("a")  # builds the encoder
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(fresh.encode, texts))
        assert [ids.tolist() for ids in found] == expected


@given(
    words=st.lists(st.text("ab ▁\n中", min_size=2, max_size=5), unique=True, min_size=1, max_size=12),
    text=st.text("ab ▁\n中c", max_size=40),
)
def test_any_vocabulary_is_cut_where_its_tokens_allow(words: list[str], text: str) -> None:
    # even with tokens that no trainer would make: spaces and line ends inside
    letters = sorted(set("".join(words)))
    entries = byte_entries() + [Entry(piece, -float(rank), NORMAL) for rank, piece in enumerate([*words, *letters])]
    tokenizer = BpeTokenizer(write_model("bpe", entries, byte_fallback=True))
    assert tokenizer.encode(text).tolist() == tokenizer.engine.encode(text) == slow_bpe(tokenizer, text)
    assert tokenizer.decode(tokenizer.encode(text)) == text


def test_segments_of_every_length_around_the_width() -> None:
    tokenizer = BpeTokenizer.train(["abcdefgh" * 50 + " 春江春江水" * 50], vocab_size=300)
    for length in range(1, 40):
        for text in ("abcdefgh" * 5, "春江春江水" * 8, "ab春" * 14):
            for _ in range(2):
                assert tokenizer.encode(text[:length]).tolist() == tokenizer.engine.encode(text[:length])


@pytest.mark.parametrize("kind", SUBWORDS)
def test_the_same_texts_give_the_same_tokens(texts: list[str], kind: str) -> None:
    first, second = (tokenizers.train(kind, iter(texts), vocab_size=350) for _ in range(2))
    assert first.digest == second.digest
    assert first.facts == second.facts
    assert tokenizers.train(kind, texts, vocab_size=340).digest != first.digest


@pytest.mark.parametrize("kind", SUBWORDS)
@pytest.mark.parametrize("vocab_size", [258, 259, 260, 261, 280, 400, 5000])
def test_every_size_of_vocabulary_is_kept_to(texts: list[str], kind: str, vocab_size: int) -> None:
    tokenizer = tokenizers.train(kind, texts, vocab_size=vocab_size)
    assert 258 <= tokenizer.vocab_size <= vocab_size
    assert tokenizer.facts["asked_vocab_size"] == vocab_size
    for text in (VERSE, CHINESE, CODE):
        assert tokenizer.decode(tokenizer.encode(text)) == text


@pytest.mark.parametrize("kind", SUBWORDS)
def test_a_learned_vocabulary_shortens_text(trained: dict[str, Tokenizer], kind: str) -> None:
    assert len(trained[kind].encode(VERSE)) < 0.7 * len(VERSE)


@pytest.mark.parametrize("kind", SUBWORDS)
@pytest.mark.parametrize("text", ["x", "\n", "▁", "\0\t", "ab", "   "])
def test_very_little_text(kind: str, text: str) -> None:
    if text.strip("\n▁\0\t"):
        tokenizer = tokenizers.train(kind, [text], vocab_size=300)
        assert tokenizer.decode(tokenizer.encode(text + VERSE)) == text + VERSE
    else:
        with pytest.raises(TokenizerError, match="no text"):
            tokenizers.train(kind, [text], vocab_size=300)


@pytest.mark.parametrize("kind", SUBWORDS)
def test_a_vocabulary_without_room_is_refused(kind: str) -> None:
    with pytest.raises(TokenizerError, match="257") as caught:
        tokenizers.train(kind, [VERSE], vocab_size=257)
    assert "258" in caught.value.hint


def test_the_sample_is_bounded_even_and_repeatable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(learn, "UNIT", 10)
    texts = [f"{index:010d}" for index in range(10_000)]
    sample, characters = learn.draw_sample(iter(texts), 200)
    assert characters == 100_000
    assert len(sample) == 200
    assert sample == learn.draw_sample(texts, 200)[0]
    places = np.array([int(unit) for unit in sample])
    assert len(set(sample)) == 200
    # the mean of 200 uniform places has a standard error of 204 around 4999.5
    assert abs(places.mean() - 4999.5) < 4 * 204
    assert sum(places < 200) < 30


def test_short_texts_are_sampled_whole_and_long_ones_in_slices() -> None:
    short = [f"line {index}" for index in range(1000)]
    sample, characters = learn.draw_sample(short, 100)
    assert characters == len("".join(short))
    assert "\n".join(sample) == "\n".join(short)
    sample, _ = learn.draw_sample(["x" * 5000], 100)
    assert "".join(sample) == "x" * 5000
    assert max(map(len, sample)) <= learn.UNIT


def test_facts_tell_how_much_was_seen(texts: list[str]) -> None:
    facts = UnigramTokenizer.train(texts, vocab_size=320).facts
    assert facts["characters"] == sum(map(len, texts))
    assert facts["characters"] <= facts["sample_characters"] <= facts["characters"] + len(texts)
    assert facts["trainer"].startswith("sentencepiece ")


def test_labels_of_subwords(trained: dict[str, Tokenizer]) -> None:
    tokenizer = trained["bpe"]
    labels = {tokenizer.token_label(token) for token in tokenizer.encode(" the river\n").tolist()}
    assert "⏎" in labels
    assert any(label.startswith("␣") for label in labels)
    assert tokenizer.token_label(0xE6 + 1) == "<0xE6>"


def test_training_says_nothing_on_standard_error(capfd: pytest.CaptureFixture[str], texts: list[str]) -> None:
    tokenizers.train("unigram", texts, vocab_size=330)
    sys.stderr.flush()
    assert capfd.readouterr().err == ""
