"""Pieces are dealt by a digest of their text, long texts by position."""

from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.corpus.splits import SPLITS, Deal, digest_of


def part_by_hand(text: str, split: str) -> str:
    """The part of a piece, with exact integers: where its digest stands among all digests."""
    percent = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little") * 100 / 2**64
    if split == "90/10":
        return "train" if percent < 90 else "validation"
    return "train" if percent < 90 else "validation" if percent < 95 else "test"


def dealt(texts: list[str], deal: Deal, whole: bool = False) -> list[tuple[int, str, int]]:
    """Length, part and piece of each segment."""
    lengths = np.array([len(text) for text in texts], np.int64)
    digests = np.frombuffer(b"".join(map(digest_of, texts)), "<u8")
    segments, parts, owners = deal(lengths, digests, np.full(len(texts), whole))
    return [(length, SPLITS[part], owner) for length, part, owner in zip(segments, parts, owners, strict=True)]


@given(st.lists(st.text(min_size=1), max_size=40), st.sampled_from(["90/5/5", "90/10"]))
def test_pieces_go_where_their_digest_says(texts: list[str], split: str) -> None:
    expected = [(len(text), part_by_hand(text, split), index) for index, text in enumerate(texts)]
    assert dealt(texts, Deal(split)) == expected


def test_shares_are_what_they_should_be() -> None:
    parts = [part for _, part, _ in dealt([str(index) for index in range(20_000)], Deal("90/5/5"))]
    assert parts.count("train") / 20_000 == pytest.approx(0.9, abs=0.01)
    assert parts.count("validation") / 20_000 == pytest.approx(0.05, abs=0.006)


@pytest.mark.parametrize(
    ("length", "split", "expected"),
    [
        (1_115_394, "90/10", [1_003_854, 111_540]),  # the numbers of the literature on tinyshakespeare
        (1_000, "90/5/5", [900, 50, 50]),
        (10**12, "90/5/5", [9 * 10**11, 5 * 10**10, 5 * 10**10]),
        (7, "90/5/5", [6, 1]),
        (1, "90/5/5", [1]),
    ],
)
def test_a_long_text_is_cut_by_position(length: int, split: str, expected: list[int]) -> None:
    segments, _, owners = Deal(split, 0)(np.array([length]), np.array([5], np.uint64), np.array([True]))
    assert segments.tolist() == expected
    assert set(owners.tolist()) == {0}


def test_only_whole_files_that_are_long_are_cut() -> None:
    texts = ["a" * 50, "b" * 10]
    assert len(dealt(texts, Deal("90/5/5", 50), whole=True)) == 4
    assert len(dealt(texts, Deal("90/5/5", 50), whole=False)) == 2
