"""ABC: every written bar in its place, repeats played out, and what is written read again."""

import re
from dataclasses import replace
from fractions import Fraction as F
from pathlib import Path

import pytest
from hypothesis import assume, given, settings
from made_scores import scores

from generator.errors import CorpusError, RenderingError
from generator.music.abc_fields import parse_abc_key, parse_metre, parse_order, parse_tempo
from generator.music.abc_reading import read_abc, split_tunes
from generator.music.abc_writing import write_abc
from generator.music.musicxml_writing import write_musicxml
from generator.music.reading import read_score
from generator.music.safe_xml import parse_xml
from generator.music.score import Metre, Tempo


def tune(body: str, *fields: str):
    """The reading of one tune in common time and eighths unless the fields say otherwise."""
    header = {"X": "1", "T": "a tune", "M": "4/4", "L": "1/4", **dict(each.split(":", 1) for each in fields)}
    key = header.pop("K", "C")
    ((_, found),) = read_abc("".join(f"{name}:{value}\n" for name, value in header.items()) + f"K:{key}\n{body}\n")
    if isinstance(found, CorpusError):
        raise found
    return found


def line(body: str, *fields: str) -> str:
    """What is played, one letter or name a note, as text."""
    return " ".join(note.pitch.name for note in tune(body, *fields).score.parts[0].voices[0].notes())


def letters(body: str, *fields: str) -> str:
    score = tune(body, *fields).score
    assert score.problems() == []
    return "".join(note.pitch.step for note in score.parts[0].voices[0].notes())


def lengths(body: str, *fields: str) -> list[F]:
    return [event.duration for event in tune(body, *fields).score.parts[0].voices[0].events]


# In common time with quarters as units a bar is one letter four long.
@pytest.mark.parametrize(
    ("body", "played"),
    [
        ("A4|B4|C4|]", "ABC"),
        ("|:A4|B4:|C4|]", "ABABC"),
        ("A4|B4:|C4|]", "ABABC"),  # no sign for the start: from the beginning
        ("A4:|B4:|C4|]", "AABBC"),  # ... and from the repeat before
        ("|:A4::B4:|", "AABB"),
        ("|:A4:||:B4:|", "AABB"),
        ("|:A4|1B4:|2C4|D4|]", "ABACD"),
        ("|:A4|[1B4:|[2C4||D4|]", "ABACD"),
        ("|:A4|[1 B4|C4:|[2 D4|E4:|F4|]", "ABCADEF"),
        ("|:A4|[1,3B4:|[2C4:|]D4|]", "ABACABD"),
        ("|:A4|[1-2B4:|[3C4|]", "ABABAC"),
        ("|::A4::|B4|]", "AAAB"),
        ("A4|1B4:|2C4||D4|1E4:|2F4|]", "ABACDEDF"),
        ("|:A4|1B4:|C4|]", "ABAC"),  # a first ending alone: left out the second time
        ("A4|B4!fine!|C4!D.C.!|]", "ABCAB"),
        ("A4|!segno!B4!fine!|C4!D.S.!|]", "ABCB"),
        ('|:A4|1B4:|2C4"Fine"|D4"D.C."|]', "ABACDAC"),
        ("A4|B4!D.C.!|]", "AB"),  # where it ends is not said: not followed
        ("A4!coda!|B4!D.C.!|!coda!C4|]", "ABAC"),
    ],
)
def test_repeats_and_endings_are_played_out(body, played):
    assert letters(body) == played


@pytest.mark.parametrize(("order", "played"), [("ABA", "AABBAA"), ("AB2", "AABBBB"), ("BA", "BBAA")])
def test_parts_come_in_the_order_that_the_header_gives(order, played):
    assert letters("P:A\n|:A4:|\nP:B\nB4|B4|]", f"P:{order} % as printed") == played


def test_an_order_that_cannot_be_followed_is_counted():
    found = tune("P:A\nA4|\nP:B\nB4|]", "P:ABC")
    assert found.losses == {"orders of parts that could not be followed": 1}


def test_accidentals_hold_in_their_bar_and_octave():
    assert line("^FF=FF|f4|F4|") == "F#4 F#4 F4 F4 F5 F4"
    assert line("^FFff|F4|") == "F#4 F#4 F5 F5 F4"
    assert line("FfBb|=F4|", "K:D") == "F#4 F#5 B4 B5 F4"
    assert line("^F4-|FFFF|") == "F#4 F#4 F4 F4 F4", "a tie carries the accidental over, and no further"
    assert line("C,Cc__c'|^^c4|") == "C3 C4 C5 Cbb6 C##5"


def test_lengths_broken_rhythm_and_tuplets():
    assert lengths("A2A/A/ A3/2A/4A//|") == [2, F(1, 2), F(1, 2), F(3, 2), F(1, 4), F(1, 4)]
    assert lengths("A>BA<B|") == [F(3, 2), F(1, 2), F(1, 2), F(3, 2)]
    assert lengths("A>>BA<<<B|") == [F(7, 4), F(1, 4), F(1, 8), F(15, 8)]
    assert lengths("(3ABc (3:2:2A2B|") == [F(2, 3)] * 3 + [F(4, 3), F(2, 3)]
    assert lengths("(2AB z3|", "M:6/8", "L:1/8") == [F(3, 4), F(3, 4), F(3, 2)]
    assert lengths("(5ABcde A|", "M:6/8", "L:1/8")[:5] == [F(3, 10)] * 5
    assert lengths("(5ABcde|", "L:1/8", "M:1/4") == [F(1, 5)] * 5
    assert lengths("[CE]2[CE2]>G2|")[:2] == [2, 2]


@pytest.mark.parametrize(("metre", "duration"), [("2/4", F(1, 4)), ("3/4", F(1, 2)), ("6/8", F(1, 2)), ("C|", F(1, 2))])
def test_the_unit_length_follows_the_metre_where_no_field_says_it(metre, duration):
    ((_, found),) = read_abc(f"X:1\nM:{metre}\nK:C\nA|\n")
    assert found.score.parts[0].voices[0].events[0].duration == duration


def test_a_length_that_no_note_has_is_tied():
    notes = tune("A5/2B3/2|").score.parts[0].voices[0].notes()
    assert [(note.duration, note.tied) for note in notes] == [(2, True), (F(1, 2), False), (F(3, 2), False)]


def test_pickups_and_bars_cut_by_repeats():
    score = tune("A|:BcdA|Bcd:|A|fgab|]").score
    assert score.problems() == []
    assert score.pickup == 1
    assert [end - start for start, end in score.bar_spans()] == [1, 4, 3, 4, 4, 4]
    joined = tune("|:A|BcdA|Bcd:|").score
    assert [end - start for start, end in joined.bar_spans()] == [1, 4, 4, 4, 3]
    assert joined.sections == (9,), "the repeat begins inside a bar: the passage is counted from the next bar line"
    second = tune("BcdA|B4||e|fgab|]").score
    assert second.problems() == [] and [end - start for start, end in second.bar_spans()] == [4, 4, 1, 4]
    assert second.sections == (8,)


def test_bars_that_do_not_add_up_are_told():
    assert tune("ABc|ABcd|ABc|ABcd|]").score.problems() == ["bar 3 lasts 3 quarters where 4/4 asks for 4"]


def test_a_missing_bar_line_is_put_in_and_counted():
    found = tune("ABcd|ABcdefga|b4|]")
    assert [end - start for start, end in found.score.bar_spans()] == [4, 4, 4, 4]
    assert found.losses == {"bar lines that were missing, put in": 1}
    assert tune("ABcd|ABc2fga|b4|]").score.problems(), "not where a note would cross it"


def test_changes_on_the_way():
    score = tune("A4|[M:3/4][K:D]FAA|\nK:Gm\nM:2/4\nQ:1/4=90\nBB|[L:1/8]BBBB|]", "Q:1/8=120").score
    assert score.problems() == []
    assert [(metre.onset, metre.name) for metre in score.metres] == [(0, "4/4"), (4, "3/4"), (7, "2/4")]
    assert [(change.onset, change.key.name) for change in score.keys] == [
        (0, "C major"),
        (4, "D major"),
        (7, "G minor"),
    ]
    assert [(tempo.onset, tempo.bpm) for tempo in score.tempos] == [(0, 60), (7, 90)]
    assert "F#4" in [note.pitch.name for note in score.parts[0].voices[0].notes()]


def test_repeats_bring_the_key_back():
    score = tune("|:A4|[K:D]F4:|A4|]").score
    assert [(change.onset, change.key.fifths) for change in score.keys] == [(0, 0), (4, 2), (8, 0), (12, 2)]


def test_several_tunes_a_file_header_and_stray_text():
    text = "%abc\nM:3/4\nZ:someone\n\nX:1\nT:one\nL:1/4\nK:C\nABc|\n\nnotes | between\n\n"
    text += "X: 2 % second\nT:two\nK:G\nF6|\nX:3\nK:none\n"
    assert [each.number for each in split_tunes(text)] == ["1", "2", "3"]
    found = dict(read_abc(text))
    assert found["1"].score.metres[0].name == "3/4" and found["2"].score.title == "two"
    assert isinstance(found["3"], CorpusError) and "not one note" in found["3"].message


def test_voices_become_parts():
    body = 'V:1 name="High"\nABcd|e4|\nV:2\nC4|D4|]\n'
    score = tune(body).score
    assert [part.name for part in score.parts] == ["High", ""] and score.problems() == []
    with pytest.raises(CorpusError, match="Voice 2 has other bars"):
        tune("V:1\nABcd|e4|\nV:2\nC4|]")


def test_what_is_left_out_is_counted():
    found = tune('{gf}A"Am"B~c.d|\nw:la la\nA-B z2|!trill!A4|HA4|]')
    assert found.losses == {
        "grace notes": 2,
        "chord symbols and texts": 1,
        "ornaments, bowings and dynamics": 3,
        "lyrics": 1,
        "ties that lead to no note of their pitch": 1,
    }
    assert [note.fermata for note in found.score.parts[0].voices[0].notes()][-1]


def test_signs_of_older_files_do_no_harm():
    assert letters("A4!\n|B4|!\nC4|`D``E`FG|y E4\\\n|]") == "ABCDEFGE"


@pytest.mark.parametrize(
    ("text", "fifths", "mode"),
    [("G", 1, "major"), ("Em", 1, "minor"), ("A Mixolydian", 2, "mixolydian"), ("Ador", 1, "dorian"),
     ("F#m clef=treble", 3, "minor"), ("Bb", -2, "major"), ("EMin", 1, "minor"), ("HP", 2, "mixolydian")],
)  # fmt: skip
def test_keys(text, fifths, mode):
    key = parse_abc_key(text).key
    assert (key.fifths, key.mode) == (fifths, mode)


def test_keys_with_accidentals_of_their_own():
    assert parse_abc_key("Am ^g").alters == {"G": 1}
    assert parse_abc_key("D =c").alters == {"F": 1, "C": 0}
    assert parse_abc_key("D exp _b ^f").alters == {"B": -1, "F": 1}
    assert line("gGcB|", "K:Am ^g") == "G#5 G#4 C5 B4"
    for bad in ("Q", "A jazz", "G#"):
        with pytest.raises(CorpusError, match="key"):
            parse_abc_key(bad)


def test_metres_tempos_and_orders():
    assert [parse_metre(text) for text in ("C", "C|", "6/8", "2+2+3/8", "none")] == [
        (4, 4),
        (2, 2),
        (6, 8),
        (7, 8),
        None,
    ]
    with pytest.raises(CorpusError, match="metre"):
        parse_metre("6/7")
    assert [parse_tempo(text, F(1, 2)) for text in ("1/4=120", "3/8=100", "100", '"Slow" 1/2=40', '"Slow"')] == [
        120, 150, 50, 80, None]  # fmt: skip
    assert parse_order("AB2A") == ["A", "B", "B", "A"] and parse_order("(AB)2") == []


@settings(max_examples=60)
@given(scores(most_parts=1, most_voices=1, most_notes=1))
def test_a_single_line_is_read_as_it_was_written(score):
    assume(any(voice.notes() for voice in score.voices()))  # a tune of rests is none
    score = replace(score, parts=tuple(replace(part, name="") for part in score.parts))
    ((number, found),) = read_abc(write_abc(score, 7))
    assert number == "7"
    assert found.score == score and not found.losses


def music_of(text: str) -> list[str]:
    """The lines of a single tune that are music."""
    return [line for line in text.splitlines() if not re.match(r"[A-Z]:", line)]


@pytest.mark.parametrize(
    ("metre", "key", "music"),
    [
        ("4/4", "G", "d | gdBd g/2a/2b/2g/2 gb | b2 gb b2 gb | d3 e g4 |]"),
        ("6/8", "G", "d | Gdc BAB | AFD DEF | G2A B3 | A3/2B/2A z2 D | z DE z3 |]"),
        ("9/8", "D", "d2e fef d2A | d3 f3 a3 |]"),
        ("3/4", "C", "d2 d e2 g | gf ed cB | c d2 e z2 |]"),
        ("2/2", "C", "CDEF G2 AB | c2 c2 BAGF |]"),
        ("2/4", "C", "c/2 | d/2d/2d/2d/2 dc |]"),
        ("7/8", "C", "AB cd efg |]"),
        ("4/4", "C", "(3ABc (3def (3:2:2g2a b2 | a4 g4 |]"),
    ],
)
def test_spaces_part_notes_as_musicians_write_them(metre, key, music):
    ((_, found),) = read_abc(f"X:1\nM:{metre}\nL:1/8\nK:{key}\n{music}\n")
    assert " ".join(music_of(write_abc(found.score))) == music


@settings(max_examples=60)
@given(scores(most_parts=1, most_voices=1, most_notes=1))
def test_notes_stand_together_where_printed_music_has_a_beam(score):
    """The spaces against the beams of MusicXML: a reader of ABC beams flagged notes with no space between them."""
    assert all(line == line.strip() for line in write_abc(score).splitlines()[2:])
    bars = [bar for line in music_of(write_abc(score)) for bar in re.split(r" \|[|\]]?(?: |$)", line) if bar]
    root = parse_xml(write_musicxml(score).encode(), "made")
    for bar, measure in zip(bars, root.iter("measure"), strict=True):
        notes = [note for note in measure.iter("note") if note.find("chord") is None]
        beamed = [(note.findtext("beam[@number='1']") or "") in ("continue", "end") for note in notes]
        flagged = [note.findtext("type") in SHORT and note.find("rest") is None for note in notes]
        bare = re.sub(r"\[[A-Z]:[^\]]*\]|!fermata!", "", bar)
        together = [n > 0 for group in bare.split() for n in range(len(re.findall("[A-Ga-gz]", group)))]
        for place in range(1, len(notes)):
            if flagged[place - 1] and flagged[place]:
                assert together[place] == beamed[place]


SHORT = {"eighth", "16th", "32nd", "64th", "128th", "256th"}


@settings(max_examples=40)
@given(scores(most_parts=4, most_voices=2))
def test_several_voices_are_read_as_they_were_written(score):
    """Each comes back as a part of its own."""
    assume(all(voice.notes() for voice in score.voices()))  # a silent one is left out
    assume(len(list(score.voices())) > 1)
    parts = tuple(replace(part, voices=(voice,)) for part in score.parts for voice in part.voices)
    ((_, found),) = read_abc(write_abc(score))
    assert found.score == replace(score, parts=parts) and not found.losses


def test_a_choir_has_its_letters_and_clefs_and_others_their_numbers():
    names = ["Soprano", "Alto", "Tenor", "Bass"]
    voices = "".join(
        f'V:{number} name="{name}"\n{note}4|\n' for number, (name, note) in enumerate(zip(names, "cGEC", strict=True))
    )
    score = tune(voices).score
    text = write_abc(score)
    assert "%%score [S A T B]\n" in text and "[V:T] E8 |]" in text
    assert re.findall("clef=(.*) name", text) == ["treble", "treble", "bass", "bass"]
    same = replace(score, parts=tuple(replace(part, name="Voice") for part in score.parts))
    assert "%%score [1 2 3 4]\n" in write_abc(same)
    odd = replace(score, parts=(replace(score.parts[0], name='a "b" 100%'), *score.parts[1:]))
    ((_, found),) = read_abc(write_abc(odd))
    assert [part.name for part in found.score.parts] == ["a 'b' 100", *names[1:]]


def test_voices_come_in_the_order_of_their_music_also_where_they_are_named_inside_it():
    assert [part.name for part in tune("[V:1] A4|\n[V:2] C4|", "V:2 name=low").score.parts] == ["", ""]
    text = 'X:1\nL:1/4\nV:1 name="High"\nV:2 name="Low"\nK:C\n[V:1] A4|\n[V:2] C4|\n[V:1] B4|\n[V:2] D4|\n'
    ((_, found),) = read_abc(text)
    assert [(part.name, len(part.voices[0].notes())) for part in found.score.parts] == [("High", 2), ("Low", 2)]


def test_music21_hears_each_voice_of_a_chorale_as_we_do():
    """music21 knows no voices that take turns, so each is given to it as a tune."""
    from music21 import corpus

    score = read_score(Path(str(corpus.getWork("bwv66.6"))))
    lines = write_abc(score).splitlines()
    head = [line for line in lines if re.match("[XTMLQK]:", line)]
    for name, voice in zip("SATB", score.voices(), strict=True):
        own = [line.removeprefix(f"[V:{name}] ") for line in lines if line.startswith(f"[V:{name}]")]
        stream = heard_by_music21("\n".join([*head, *own]) + "\n")
        theirs = [
            (F(note.getOffsetInHierarchy(stream)), F(note.quarterLength), note.pitch.midi)
            for note in stream.recurse().notes
        ]
        assert theirs == [(note.onset, note.duration, note.pitch.midi) for note in voice.notes()]


def heard_by_music21(text: str):
    from music21.abcFormat import ABCHandler
    from music21.abcFormat.translate import abcToStreamScore

    handler = ABCHandler()
    handler.process(text)
    return abcToStreamScore(handler)


@pytest.mark.parametrize(
    ("metre", "quarters", "written"),
    [("6/8", 165, "3/8=110"), ("4/4", 96, "1/4=96"), ("2/2", 160, "1/2=80"), ("3/8", 60, "1/8=120"),
     ("6/8", 100, "1/4=100"), ("12/8", F("112.5"), "3/8=75")],
)  # fmt: skip
def test_a_tempo_is_told_in_beats_of_the_metre(metre, quarters, written):
    score = replace(tune("c12|" if metre == "12/8" else "c|", f"M:{metre}", "L:1/8").score, metres=())
    score = replace(score, metres=(Metre(F(0), *map(int, metre.split("/"))),), tempos=(Tempo(F(0), F(quarters)),))
    text = write_abc(score)
    assert f"\nQ:{written}\n" in text
    ((_, found),) = read_abc(text)
    assert found.score.tempos == score.tempos
    (mark,) = heard_by_music21(text).recurse().getElementsByClass("MetronomeMark")
    assert mark.getQuarterBPM() == pytest.approx(float(quarters))


def test_drums_and_nothing_have_no_abc():
    score = tune("V:1\nA4|\nV:2\nC4|]").score
    with pytest.raises(RenderingError, match="drums"):
        write_abc(replace(score, parts=(score.parts[0], replace(score.parts[1], percussion=True))))
    with pytest.raises(RenderingError, match="nothing to write"):
        write_abc(replace(score, parts=()))


def test_music21_reads_the_same_notes():
    """An independent reader, of a tune without the signs that it misreads."""
    text = "X:1\nT:t\nM:6/8\nL:1/8\nK:D\nA|d>ef g2a|^c_B=f (3ega A|[FA]3 z2B/c/|d6|]\n"
    theirs = [
        (F(note.getOffsetInHierarchy(stream)), F(note.quarterLength), pitch.midi)
        for stream in [heard_by_music21(text)]
        for note in stream.recurse().notes
        for pitch in sorted(note.pitches)
    ]
    ((_, found),) = read_abc(text)
    assert theirs == [(n.onset, n.duration, n.pitch.midi) for n in found.score.parts[0].voices[0].notes()]
