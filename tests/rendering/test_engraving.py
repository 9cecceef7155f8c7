"""Engraved pages: complete, safe to embed, the same every time; and the notes to point at, against verovio's own."""

import re
import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from fractions import Fraction as F
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from made_scores import scores
from rendered_scores import A4, NOTHING, RESTS, choir, in_bars, line

from generator.errors import MissingPackage, RenderingError
from generator.music import Metre, Note, Part, Score, Voice, read_score
from generator.music.timing import Clock
from generator.rendering import Engraving, engrave
from generator.rendering.engraving import with_ids

SVG = "{http://www.w3.org/2000/svg}"


def groups(page: str, name: str) -> list[str]:
    """The ids of the groups of one class."""
    return [
        group.get("id", "")
        for group in ElementTree.fromstring(page).iter(f"{SVG}g")
        if name in (group.get("class") or "").split()
    ]


def words(page: str) -> str:
    texts = ("".join(text.itertext()) for text in ElementTree.fromstring(page).iter(f"{SVG}text"))
    return " ".join(" ".join(texts).split())


def written(score: Score) -> int:
    return sum(len(voice.notes()) for voice in score.voices())


def assert_safe(page: str) -> None:
    assert "<!" not in page and "javascript:" not in page
    for element in ElementTree.fromstring(page).iter():
        assert element.tag.rpartition("}")[2] not in (
            "script",
            "foreignObject",
            "image",
            "iframe",
            "a",
            "animate",
            "set",
        )
        for name, value in element.attrib.items():
            assert not name.rpartition("}")[2].startswith("on")
            assert not name.endswith("href") or value.startswith("#")
        for place in re.findall(r"url\(([^)]*)|@import", (element.text or "") + (element.get("style") or "")):
            assert place.startswith("data:"), "only what is inside"


@settings(max_examples=6)
@given(scores())
def test_every_written_note_is_on_a_page(score):
    pages = engrave(score).pages
    heads = [name for page in pages for name in groups(page, "note")]
    assert len(heads) == len(set(heads)) == written(score)
    for page in pages:
        assert_safe(page)


def test_hostile_words_stay_words():
    part = Part((line(4),), '<script>alert("x")</script>')
    score = replace(in_bars(part, title="</text><script>1</script> & co"), composer="<a href='http://x.y'>B\x07</a>")
    (page,) = engrave(score).pages
    assert_safe(page)
    assert "</text><script>1</script> & co" in words(page)
    assert "<a href='http://x.y'>B</a>" in words(page)


def test_title_names_numbers_and_clefs():
    (page,) = engrave(choir(12)).pages
    text = words(page)
    for word in ("Four & <voices>", "Soprano", "Alto", "Tenor", "Bass", "S.", "A.", "T.", "B."):
        assert word in text
    systems = len(groups(page, "system"))
    assert systems > 1
    assert len(groups(page, "mNum")) >= systems - 1
    assert len(groups(page, "clef")) == 4 * systems
    assert len(groups(page, "beam")) == 4 * 12


def glyphs(page: str) -> list[str]:
    """The clefs of a page by the codes of their glyphs in SMuFL: E050 treble, E052 with an 8 below, E062 bass."""
    found = []
    for group in ElementTree.fromstring(page).iter(f"{SVG}g"):
        if "clef" in (group.get("class") or "").split():
            found += [(use.get("href") or "")[1:5] for use in group.iter(f"{SVG}use")]
    return found


def test_without_names_the_clefs_are_those_of_the_voices():
    low = choir(2)
    low = replace(low, parts=tuple(replace(part, voices=low.parts[2].voices) for part in low.parts))  # all on A3
    named, bare = engrave(low).pages[0], engrave(low, names=False).pages[0]
    assert glyphs(named) == glyphs(bare) == ["E050", "E050", "E052", "E062"]
    assert "Alto" in words(named)
    assert not any(name in words(bare) for name in ("Soprano", "Alto", "Tenor", "Bass", "S.", "T."))


def test_a_jig_is_engraved_with_dotted_quarters():
    """The augmentation dot of the metronome mark is a glyph of its own in the text."""
    score = in_bars(Part((line(3, 1, pitch=A4),)), tempos=((0, 165),))
    score = replace(score, bars=(F(0), F(3)), metres=(Metre(F(0), 6, 8),))
    score.validate()
    text = words(engrave(score).pages[0])
    assert "110" in text and "165" not in text


@pytest.fixture(scope="module")
def long_one() -> Engraving:
    return engrave(choir(40), height_mm=200)


def test_long_pieces_go_over_pages_and_short_ones_end_early(long_one):
    pages = long_one.pages
    assert len(pages) > 1
    assert "Four & <voices>" in words(pages[0]) and "Four & <voices>" not in words(pages[1])

    def height(page: str) -> float:
        return float((ElementTree.fromstring(page).get("viewBox") or "").split()[3])

    assert height(engrave(choir(2)).pages[0]) < height(pages[0])
    narrow = engrave(choir(8), width_mm=100).pages
    assert float((ElementTree.fromstring(narrow[0]).get("viewBox") or "").split()[2]) == pytest.approx(1000, rel=0.01)


def test_a_very_long_title_is_cut():
    (page,) = engrave(in_bars(Part((line(4),)), title="word " * 60)).pages
    assert "…" in words(page) and len(words(page)) < 160


def test_the_same_score_gives_the_same_bytes_and_another_other_ids():
    first = engrave(choir())
    engrave(in_bars(Part((line(4),)), title="between"))
    assert engrave(choir()) == first
    other = engrave(replace(choir(), title="other")).pages[0]
    ids = [set(re.findall(r'\bid="([^"]+)"', page)) for page in (first.pages[0], other)]
    assert not ids[0] & ids[1]


def test_pages_lie_on_white():
    root = ElementTree.fromstring(engrave(choir()).pages[0])
    paper = next(iter(root))
    assert paper.tag == f"{SVG}rect" and "fill:white" in paper.get("style", "")


@settings(max_examples=6)
@given(scores())
def test_moments_hold_what_sounds(score):
    engraving = engrave(score)
    _, notes = with_ids(score)
    there = {name for page in engraving.pages for name in groups(page, "note")}
    heading_free = {name.partition("-")[2]: note for name, note in notes.items()}
    clock = Clock(score)
    moments = engraving.moments
    assert moments[0].start_s == 0 and moments[-1].end_s == float(clock.seconds(score.length))
    assert all(a.end_s == b.start_s for a, b in pairwise(moments))
    for moment in moments:
        middle = (moment.start_s + moment.end_s) / 2
        held = {
            number
            for number, note in heading_free.items()
            if float(clock.seconds(note.onset)) <= middle < float(clock.seconds(note.end))
        }
        assert {name.partition("-")[2] for name in moment.notes} == held
        assert engraving.at(middle) == moment
        assert there.issuperset(moment.notes)


def test_verovio_itself_has_these_notes_at_these_times():
    verovio = pytest.importorskip("verovio")
    tied = line(1, 1, F(1, 2), F(1, 2), 1, tied=(1,))
    tied = Voice((*tied.events, *(replace(event, onset=event.onset + 4) for event in tied.events)))
    score = in_bars(Part((tied,), "a"), Part((line(2, -1, 1, 4),), "b"), bars=2, tempos=((0, 60), (4, 90)))
    text, notes = with_ids(score)
    engraver = verovio.toolkit()
    engraver.loadData(text)
    engraver.renderToTimemap()
    clock = Clock(score)
    for time in (0.1, 1.1, 2.1, 2.6, 3.2, 4.1, 4.8, 5.4, 6.3):
        theirs = engraver.getElementsAtTime(round(time * 1000))["notes"]
        ours = [name for name, note in notes.items() if clock.seconds(note.onset) <= F(time) < clock.seconds(note.end)]
        assert sorted(theirs) == sorted(ours)


def test_the_pointer_turns_pages(long_one):
    engraving = long_one
    there = [set(groups(page, "note")) for page in engraving.pages]
    assert [moment.page for moment in engraving.moments] == sorted(moment.page for moment in engraving.moments)
    assert engraving.at(-1).page == 0
    assert engraving.at(1e9).page == len(engraving.pages) - 1
    for moment in engraving.moments:
        assert there[moment.page].issuperset(moment.notes)


def test_rests_alone_can_be_printed_and_nothing_cannot():
    engraving = engrave(RESTS)
    assert groups(engraving.pages[0], "note") == [] and engraving.moments[0].notes == ()
    with pytest.raises(RenderingError, match="no parts"):
        engrave(NOTHING)


@pytest.mark.parametrize("wrong", [{"width_mm": 5}, {"height_mm": 0}, {"staff_mm": float("nan")}, {"staff_mm": 90}])
def test_pages_that_hold_no_music_are_refused(wrong):
    with pytest.raises(RenderingError, match="cannot be engraved"):
        engrave(choir(), **wrong)


def test_what_verovio_refuses_is_an_error_in_words(monkeypatch, capfd):
    monkeypatch.setattr("generator.rendering.engraving.score_bytes", lambda score, suffix: b"no music" + b"<note>" * 2)
    with pytest.raises(RenderingError, match="verovio could not") as caught:
        engrave(in_bars(Part((line(2, 2),))))
    assert "MusicXML" in caught.value.hint
    assert capfd.readouterr().err == "", "verovio does not speak to the terminal"


def test_without_verovio_the_hint_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "verovio", None)
    with pytest.raises(MissingPackage, match="not installed") as caught:
        engrave(choir())
    assert "[music]" in caught.value.hint


@pytest.mark.slow
def test_every_chorale_has_all_its_notes():
    import music21

    folder = Path(music21.__file__).parent / "corpus" / "bach"
    for path in sorted(folder.glob("bwv2*.mxl"))[:40]:
        score = read_score(path)
        pages = engrave(score).pages
        assert sum(len(groups(page, "note")) for page in pages) == written(score), path.name
        assert any(isinstance(event, Note) for event in score.parts[0].voices[0].events)
