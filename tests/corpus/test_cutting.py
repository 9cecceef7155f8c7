"""Cutting streams into pieces gives what cutting the whole text in memory gives."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.corpus import cutting
from generator.corpus.cutting import between_markers, blocks_between_blanks, lines
from generator.errors import UnreadableFile

TEXTS = st.text(alphabet="ab \t\n\n\n　", max_size=80)


def chopped(text: str, places: list[int]) -> list[str]:
    """A text as blocks, cut at any places."""
    cuts = sorted({min(place, len(text)) for place in places} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(cuts)]


def blocks_by_hand(text: str, blank_lines: int) -> list[str]:
    """Pieces found line by line: a piece ends where enough blank lines in a row have been seen."""
    pieces: list[list[str]] = [[]]
    waiting: list[str] = []
    for line in text.split("\n"):
        if not line.strip():
            waiting.append(line)
            continue
        if len(waiting) >= blank_lines or not pieces[-1]:
            pieces.append([])
        else:
            pieces[-1] += waiting
        pieces[-1].append(line)
        waiting = []
    return ["\n".join(piece) for piece in pieces if piece]


@given(TEXTS, st.lists(st.integers(0, 80)))
def test_lines_do_not_depend_on_blocks(text: str, places: list[int]) -> None:
    found = [line for batch in lines(chopped(text, places)) for line in batch]
    assert found == [line for line in text.split("\n") if line.strip()]


@given(TEXTS, st.lists(st.integers(0, 80)), st.integers(1, 3))
def test_blocks_are_those_found_line_by_line(text: str, places: list[int], blank_lines: int) -> None:
    found = [piece for batch in blocks_between_blanks(chopped(text, places), blank_lines) for piece in batch]
    assert found == blocks_by_hand(text, blank_lines)


def test_unusual_line_ends_stay_inside_a_line() -> None:
    text = "a\x0bb\x0cc\x85d\u2028e\nf"
    assert list(lines([text])) == [["a\x0bb\x0cc\x85d\u2028e"], ["f"]]


@given(st.text(alphabet="ab\n*", max_size=40), st.lists(st.integers(0, 100)))
def test_markers_leave_what_stands_between_them(body: str, places: list[int]) -> None:
    if "\n*** END" in body or "\n*** START" in body:
        return
    text = f"licence\n*** START of this ***\n\n{body}\n\n*** END of this ***\nmore licence"
    found = "".join(between_markers(chopped(text, places), "*** START", "*** END"))
    first = text.split("\n", 2)[2]
    kept = first[: first.index("\n*** END of this")].split("\n")
    while kept and not kept[0].strip():
        kept.pop(0)
    while kept and not kept[-1].strip():
        kept.pop()
    assert found.strip("\n") == "\n".join(kept)
    assert found.endswith("\n") or not kept


def test_a_missing_marker_is_named() -> None:
    with pytest.raises(UnreadableFile, match=r"'\*\*\* START'"):
        list(between_markers(["some text\n", "and more\n"], "*** START", None))
    with pytest.raises(UnreadableFile, match=r"'\*\*\* END'"):
        list(between_markers(["some text\n" * 10, "and more\n"], None, "*** END"))


def test_a_piece_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutting, "LARGEST_PIECE", 100)
    with pytest.raises(UnreadableFile, match="--pieces file"):
        list(lines(["x" * 60, "x" * 60]))
    with pytest.raises(UnreadableFile, match="--pieces file"):
        list(blocks_between_blanks(["x\n" * 60, "x\n" * 60], 1))
