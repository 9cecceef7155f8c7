"""What goes into the spool comes out, dealt, in order, however it is cut into blocks."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator.corpus import spool as spool_module
from generator.corpus.forms import chinese_form
from generator.corpus.ingest import Ingest
from generator.corpus.inputs import InputFile
from generator.corpus.rules import Rules
from generator.corpus.shapes import Shape
from generator.corpus.splits import SPLITS, Deal
from generator.corpus.spool import Spool
from generator.errors import CorpusError

PIECE = st.text("abc\n春😀", min_size=1, max_size=30).filter(lambda text: not text.isspace())


def read_back(spool: Spool, deal: Deal) -> list[tuple[str, str, bool]]:
    """Part and text of every segment, joined where a block cut it."""
    found: list[tuple[str, str, bool]] = []
    for block in spool.blocks(deal):
        assert "".join(block.segments) == block.text
        for index, (text, part) in enumerate(zip(block.segments, block.parts, strict=True)):
            if index == 0 and block.goes_on:
                name, begun, _ = found.pop()
                assert name == SPLITS[part]
                found.append((name, begun + text, True))
            else:
                found.append((SPLITS[part], text, False))
    return found


@given(st.lists(PIECE, min_size=1, max_size=30), st.integers(8, 64), st.integers(1, 5), st.booleans())
def test_pieces_come_out_as_they_went_in(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], block: int, rows: int, whole: bool
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    with pytest.MonkeyPatch.context() as patch, Spool(folder, []) as spool:
        patch.setattr(spool_module, "BLOCK", block)
        patch.setattr(spool_module, "ROWS", rows)
        if whole:
            for text in texts:
                spool.add_whole([text[:3], text[3:]])
        else:
            spool.add(texts)
        found = read_back(spool, Deal("90/5/5", 0))
        assert "".join(text for _, text, _ in found) == "".join(texts)
        if not whole:
            assert [text for _, text, _ in found] == texts
        assert (spool.pieces, spool.characters) == (len(texts), sum(map(len, texts)))
        for together in (1 << 20, rows):
            patch.setattr(spool_module, "SORTED", together)
            assert spool.count_duplicates() == len(texts) - len(set(texts))


@given(st.lists(PIECE, min_size=1, max_size=30), st.integers(4, 16), st.integers(1, 5))
def test_pieces_that_must_not_be_cut_are_not(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str], block: int, rows: int
) -> None:
    folder = tmp_path_factory.mktemp("spool")
    with pytest.MonkeyPatch.context() as patch, Spool(folder, [], cuts=False) as spool:
        patch.setattr(spool_module, "BLOCK", block)
        patch.setattr(spool_module, "ROWS", rows)
        spool.add(texts)
        blocks = list(spool.blocks(Deal("90/5/5", 0)))
        assert not any(each.goes_on for each in blocks)
        assert [text for each in blocks for text in each.segments] == texts


def test_a_piece_has_one_digest_whether_it_comes_whole_or_in_blocks(tmp_path: Path) -> None:
    with Spool(tmp_path, []) as spool:
        spool.add(["one text\nof two lines"])
        spool.add_whole(["one text\n", "of two", " lines"])
        digests = [digest for rows in spool.rows() for digest in rows["digest"]]
    assert digests[0] == digests[1]


def test_rolling_back_forgets(tmp_path: Path) -> None:
    with Spool(tmp_path, ["author"]) as spool:
        spool.add(["kept"], [["Ann"]])
        mark = spool.mark()
        spool.add(["lost", "lost too"], [["Bob"], ["Cid"]])
        spool.roll_back(mark)
        spool.add(["kept as well"], [["Dan"]])
        assert [text for _, text, _ in read_back(spool, Deal("90/5/5"))] == ["kept", "kept as well"]
        assert [count.tolist() for count in spool.tag_counts()] == [[0, 1, 0, 0, 1]]


def test_blank_pieces_are_not_added(tmp_path: Path) -> None:
    with Spool(tmp_path, []) as spool:
        spool.add_whole([" \n", "\t\n"])
        assert spool.pieces == 0
        spool.add_whole([" \n", "x\n"])
        assert read_back(spool, Deal("90/5/5"))[0][1] == " \nx\n"


def test_a_tag_with_too_many_values_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool_module, "MOST_VALUES", 2)
    with Spool(tmp_path, ["title"]) as spool:
        spool.add(["a", "b", "c", "d"], [["x"], ["y"], ["x"], [""]])
        with pytest.raises(CorpusError, match="'title'"):
            spool.add(["e"], [["z"]])


def test_a_piece_that_is_replaced_away_takes_its_tags_with_it(tmp_path: Path) -> None:
    (tmp_path / "poems.txt").write_text("床前明月光，疑是地上霜。\n*\nnot verse\n", encoding="utf-8")
    rules = Rules(replace=(("*", ""),), derive={"form": "chinese_form"})
    file = InputFile("poems.txt", "text", 99, tmp_path / "poems.txt", None)
    with Spool(tmp_path, rules.tag_names) as spool:
        report = Ingest(spool, rules, Shape("line", 0, ""), guess=False).read(file)
        assert (report.kept, report.pieces) == (True, 2)
        tags = [row.tolist() for rows in spool.rows() for row in rows["tags"]]
        assert [list(spool.values[0])[tag - 1] for (tag,) in tags] == [chinese_form("床前明月光，疑是地上霜。"), "杂言"]


def test_nothing_is_left_on_disk(tmp_path: Path) -> None:
    with Spool(tmp_path, []) as spool:
        spool.add(["text"])
        assert list(tmp_path.iterdir()) == []
