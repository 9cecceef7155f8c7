"""MusicXML and kern: what is written is read again, by music21; hostile files are refused."""

import io
import warnings
import zipfile
from collections import Counter
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from hypothesis import given, settings
from made_scores import scores

from generator.errors import CorpusError, RenderingError, UnreadableFile
from generator.music.musicxml_writing import tuplet_brackets, write_musicxml
from generator.music.notation_reading import read_kern, read_musicxml
from generator.music.pitch import Key, Pitch
from generator.music.safe_xml import parse_xml, unpack_mxl
from generator.music.score import KeyChange, Metre, Note, Part, Rest, Score, Tempo, Voice


def again(score: Score):
    return read_musicxml(parse_xml(write_musicxml(score).encode(), "made"))


def all_sound(score: Score) -> bool:
    """Whether each voice has a note; one without is left out when a file is read."""
    return all(voice.notes() for part in score.parts for voice in part.voices)


@settings(max_examples=15)
@given(scores().filter(all_sound))
def test_what_is_written_is_read_again(score):
    found = again(score)
    assert found.score == score
    assert not found.losses


def test_instruments_kinds_and_marks_of_text_come_back():
    line = Voice((Note(F(0), F(4), Pitch("C", 0, 4)),))
    score = Score(
        (Part((line,), "A & <B>", 40), Part((line,), "", None)), (F(0),), F(4), (Metre(F(0), 4, 4),),
        title='Rakes of "Mallow" & <more>., The', composer="Çelebi <x>", kind="reel",
    )  # fmt: skip
    assert again(score).score == score


def measures(*bars: str, divisions: int = 1) -> str:
    inside = "".join(f'<measure number="{number}">{bar}</measure>' for number, bar in enumerate(bars, start=1))
    return (
        "<score-partwise><part-list><score-part id='P1'><part-name>x</part-name></score-part></part-list>"
        f"<part id='P1'>{inside}</part></score-partwise>"
    )


def note(step: str, duration: int = 4, extra: str = "") -> str:
    return f"<note><pitch><step>{step}</step><octave>4</octave></pitch><duration>{duration}</duration>{extra}</note>"


FIRST = "<attributes><divisions>1</divisions><time><beats>4</beats><beat-type>4</beat-type></time></attributes>"


def played(*bars: str) -> str:
    score = read_musicxml(parse_xml(measures(*bars).encode(), "made")).score
    assert score.problems() == []
    return "".join(note.pitch.step for note in score.parts[0].voices[0].notes())


def repeat(direction: str, **more: int) -> str:
    times = "".join(f' {name}="{value}"' for name, value in more.items())
    side = "left" if direction == "forward" else "right"
    return f'<barline location="{side}"><repeat direction="{direction}"{times}/></barline>'


def ending(number: str, back: bool) -> tuple[str, str]:
    left = f'<barline location="left"><ending number="{number}" type="start"/></barline>'
    sign = '<repeat direction="backward"/>' if back else ""
    return left, f'<barline location="right"><ending number="{number}" type="stop"/>{sign}</barline>'


def test_repeats_endings_and_jumps_are_played_out():
    first, second = ending("1", True), ending("2", False)
    assert played(FIRST + note("A") + repeat("backward"), note("B")) == "AAB"
    assert played(FIRST + note("A"), repeat("forward") + note("B") + repeat("backward", times=3), note("C")) == "ABBBC"
    assert (
        played(FIRST + note("A"), first[0] + note("B") + first[1], second[0] + note("C") + second[1], note("D"))
        == "ABACD"
    )
    fine = '<direction><direction-type><words>Fine</words></direction-type><sound fine="yes"/></direction>'
    capo = '<direction><direction-type><words>D.C. al Fine</words></direction-type><sound dacapo="yes"/></direction>'
    assert played(FIRST + note("A"), note("B") + fine, note("C") + capo) == "ABCAB"


def test_what_is_left_out_is_counted():
    grace = "<note><grace/><pitch><step>D</step><octave>4</octave></pitch></note>"
    lyric = "<lyric><text>la</text></lyric>"
    found = read_musicxml(parse_xml(measures(FIRST + grace + note("A", 4, lyric)).encode(), "made"))
    assert found.losses == {"grace notes": 1, "lyrics": 1}


def test_transposing_instruments_sound_as_they_do():
    transpose = FIRST.replace(
        "</attributes>", "<transpose><diatonic>-1</diatonic><chromatic>-2</chromatic></transpose></attributes>"
    )
    found = read_musicxml(parse_xml(measures(transpose + note("D")).encode(), "made"))
    assert found.score.parts[0].voices[0].notes()[0].pitch.name == "C4"


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (b"", "is empty"),
        (b"not xml", "not well-formed"),
        (measures(FIRST + note("A")).encode()[:200], "not well-formed"),
        (b'<!DOCTYPE a [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><score-partwise>&b;</score-partwise>', "entities"),
        (b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><score-partwise>&x;</score-partwise>', "entities"),
        (b"<a>" * 100 + b"</a>" * 100, "more than 64 deep"),
    ],
)
def test_hostile_and_broken_xml_is_refused(data, complaint):
    with pytest.raises(UnreadableFile, match=complaint) as caught:
        parse_xml(data, "evil.xml")
    assert "evil.xml" in caught.value.message


def zipped(**entries: bytes) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name.replace("_", "."), data)
    return memory.getvalue()


def test_compressed_scores(monkeypatch):
    data = measures(FIRST + note("A")).encode()
    assert unpack_mxl(zipped(score_xml=data), "a.mxl") == data
    container = b'<container><rootfiles><rootfile full-path="b.xml"/></rootfiles></container>'
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr("META-INF/container.xml", container)
        archive.writestr("a.xml", b"<other/>")
        archive.writestr("b.xml", data)
    assert unpack_mxl(memory.getvalue(), "a.mxl") == data
    for bad, complaint in (
        (b"PK no", "not a compressed score"),
        (zipped(readme=b""), "no score"),
        (b"", "not a compr"),
    ):
        with pytest.raises(UnreadableFile, match=complaint):
            unpack_mxl(bad, "a.mxl")
    bomb = zipped(score_xml=b"0" * 5_000_000)
    assert len(bomb) < 10_000
    monkeypatch.setattr("generator.music.safe_xml.MOST_BYTES", 1 << 20)
    with pytest.raises(UnreadableFile, match="unpacks to more than 1 MB"):
        unpack_mxl(bomb, "a.mxl")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("<html></html>", "<html>"),
        ("<score-partwise><part-list/></score-partwise>", "not one bar|music21 cannot|not one note"),
        (measures(FIRST), "not one note"),
        (measures(FIRST + note("A").replace("</step>", "</step><alter>0.5</alter>")), "none of the twelve"),
        (measures(FIRST + note("X")), "music21 cannot read it"),
        (measures(FIRST.replace("<beats>4", "<beats>4594") + note("A")), "a metre of 4594 beats"),
    ],
)
def test_xml_that_is_no_score_is_refused(text, complaint):
    with pytest.raises(CorpusError, match=complaint):
        read_musicxml(parse_xml(text.encode(), "made"))


def test_what_cannot_be_written_is_refused():
    odd = Voice((Note(F(0), F(5, 4), Pitch("C", 0, 4)), Rest(F(5, 4), F(11, 4))))
    with pytest.raises(RenderingError, match="no sign"):
        write_musicxml(Score((Part((odd,)),), (F(0),), F(4)))
    with pytest.raises(RenderingError, match="no parts"):
        write_musicxml(Score((), (F(0),), F(4)))


def signs(score: Score, path: str) -> list[list[str | None]]:
    """For each written note, what stands at a path under it: the text, or else the type."""
    root = parse_xml(write_musicxml(score).encode(), "made")
    return [[each.text or each.get("type") for each in note.iterfind(path)] for note in root.iter("note")]


def test_ties_are_written_for_the_ear_and_for_the_eye():
    first = (Note(F(0), F(2), Pitch("C", 0, 4), True), Note(F(0), F(2), Pitch("E", 0, 4)))
    then = (Note(F(2), F(1), Pitch("C", 0, 4), True), Note(F(3), F(1), Pitch("C", 0, 4)))
    score = Score((Part((Voice((*first, *then)),)),), (F(0),), F(4), (Metre(F(0), 4, 4),))
    assert score.problems() == []
    expected = [["start"], [], ["stop", "start"], ["stop"]]
    assert signs(score, "tie") == signs(score, "notations/tied") == expected


def test_accidentals_are_printed_where_a_reader_needs_them():
    names = [("F", 1, 4), ("F", 1, 4), ("F", 0, 4), ("F", 0, 5), ("C", 0, 5), ("C", 1, 5), ("B", -1, 4), ("B", -1, 4)]
    notes = tuple(Note(F(n), F(1), Pitch(*name), n == 6) for n, name in enumerate(names))
    score = Score(
        (Part((Voice(notes),)),), (F(0), F(4), F(7)), F(8), (Metre(F(0), 4, 4),), (KeyChange(F(0), Key(1, "major")),),
        (), (F(7),),
    )  # fmt: skip
    assert score.problems() == []
    printed = [mark[0] if mark else "" for mark in signs(score, "accidental")]
    assert printed == ["", "", "natural", "natural", "", "sharp", "flat", ""], "the tied B flat needs no second sign"


def test_tuplet_brackets_close_where_the_beat_is_whole():
    third = [[Rest(F(n, 3), F(1, 3), tuplet=(3, 2))] for n in range(6)]
    assert ["start" in sign for sign in tuplet_brackets(third)] == [True, False, False] * 2
    assert ["stop" in sign for sign in tuplet_brackets(third)] == [False, False, True] * 2


def beats(score: Score) -> list[tuple[float, str, float]]:
    """Of each metronome mark its number, the note that it counts, and the quarters a minute, as music21 reads them."""
    from music21.musicxml.xmlToM21 import MusicXMLImporter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stream = MusicXMLImporter().xmlRootToScore(parse_xml(write_musicxml(score).encode(), "made"))
    marks = stream.recurse().getElementsByClass("MetronomeMark")
    return [(float(mark.number), mark.referent.fullName, float(mark.getQuarterBPM())) for mark in marks]


def test_a_tempo_is_printed_in_beats_of_the_metre_and_heard_in_quarters():
    line = Voice(tuple(Note(F(3 * n), F(3), Pitch("C", 0, 4)) for n in range(4)))
    score = Score((Part((line,)),), (F(0), F(3), F(6), F(9)), F(12), (Metre(F(0), 6, 8), Metre(F(6), 3, 4)))
    tempos = (Tempo(F(0), F(165)), Tempo(F(3), F(100)), Tempo(F(6), F(90)))
    score = replace(score, tempos=tempos)
    found = [(number, unit, round(quarters, 9)) for number, unit, quarters in beats(score)]
    assert found == [(110, "Dotted Quarter", 165), (100, "Quarter", 100), (90, "Quarter", 90)]
    root = parse_xml(write_musicxml(score).encode(), "made")
    assert [float(sound.get("tempo", "")) for sound in root.iter("sound")] == [165, 100, 90]
    assert again(score).score.tempos == tempos


@pytest.mark.parametrize(
    ("metre", "quarters", "printed"),
    [((2, 2), 160, (80, "Half")), ((3, 8), 60, (120, "Eighth")), ((9, 16), F("37.5"), (50, "Dotted Eighth"))],
)
def test_every_metre_has_its_beat(metre, quarters, printed):
    bar = F(4 * metre[0], metre[1])
    rest = Rest(F(0), bar)
    note = Note(bar, F(1, 2), Pitch("C", 0, 4))
    line = Voice((rest, note))
    score = Score((Part((line,)),), (F(0), bar), bar + F(1, 2), (Metre(F(0), *metre),), (), (Tempo(F(0), F(quarters)),))
    assert score.problems() == []
    assert beats(score) == [(*printed, float(quarters))]


def clefs(score: Score) -> list[str]:
    root = parse_xml(write_musicxml(score).encode(), "made")
    return [f"{each.findtext('sign')}{each.findtext('clef-octave-change') or ''}" for each in root.iter("clef")]


@pytest.mark.parametrize("octave", [2, 3, 4, 5])
def test_singers_have_the_clefs_of_their_voices_however_high_they_sing(octave):
    line = Voice((Note(F(0), F(4), Pitch("C", 0, octave)),))
    for names in (
        ["Soprano", "Alto", "Tenor", "Bass"],
        ["S.", "A.", "T.", "B."],
        ["Sopran 1", "ALTO II", "tenore", "b"],
    ):
        assert clefs(Score(tuple(Part((line,), name) for name in names), (F(0),), F(4))) == ["G", "G", "G-1", "F"]
    others = ("", "Alto saxophone", "Bass clarinet", "Voice 3")
    free = {*clefs(Score(tuple(Part((line,), name) for name in others), (F(0),), F(4)))}
    assert free == {{2: "F", 3: "F", 4: "G-1", 5: "G"}[octave]}


KERN = """!!!COM: Somebody
!!!OTL: A tune
**kern\t**kern
*M3/4\t*M3/4
*k[f#]\t*k[f#]
*G:\t*G:
=1-\t=1-
4G\t4dd
8A\t4.b
8B\t.
[4c\t.
.\t8r
=2\t=2
2c]\t12g
.\t12a
.\t12b
.\t4cc;
4r\t4dd
==\t==
*-\t*-
"""


def test_kern():
    found = read_kern(KERN).score
    assert found.problems() == []
    assert [metre.name for metre in found.metres] == ["3/4"] and found.keys[0].key.fifths == 1
    names = Counter(note.pitch.name for voice in found.voices() for note in voice.notes())
    assert names == Counter(["G3", "A3", "B3", "C4", "C4", "D5", "B4", "G4", "A4", "B4", "C5", "D5"])
    assert (found.title, found.composer) == ("A tune", "Somebody")
    upper = next(v for v in found.voices() if v.notes()[0].pitch.name == "D5")
    assert [(event.duration, event.tuplet) for event in upper.events][3:6] == [(F(1, 3), (3, 2))] * 3
    with pytest.raises(CorpusError, match="no \\*\\*kern"):
        read_kern("")
    with pytest.raises(CorpusError, match="a metre of 9999 beats"):
        read_kern(KERN.replace("*M3/4", "*M9999/4"))


def test_music21_hears_the_same_in_a_chorale():
    """The source against our copy, both counted by music21 alone."""
    from music21 import corpus
    from music21.musicxml.xmlToM21 import MusicXMLImporter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = str(corpus.getWork("bwv66.6"))
        root = parse_xml(unpack_mxl(Path(path).read_bytes(), path), path)
        theirs = MusicXMLImporter().xmlRootToScore(root)
        ours = read_musicxml(root).score
        copy = MusicXMLImporter().xmlRootToScore(parse_xml(write_musicxml(ours).encode(), "copy"))

    def heard(stream) -> Counter:
        return Counter(
            (round(float(note.getOffsetInHierarchy(stream)), 6), float(note.quarterLength), note.pitch.nameWithOctave)
            for note in stream.recurse().notes
        )

    assert heard(theirs) == heard(copy)
    assert sum(heard(theirs).values()) == sum(len(voice.notes()) for voice in ours.voices()) > 100
    assert ours.problems() == [] and ours.pickup == 1 and ours.metres[0].name == "4/4"
