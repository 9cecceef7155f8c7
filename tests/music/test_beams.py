"""Beams: which notes hang together, by hand for the common metres, and what holds of all of them."""

from fractions import Fraction as F

from hypothesis import given, settings
from made_scores import scores

from generator.music import Metre, Note, Pitch, Rest
from generator.music.beams import beam_marks
from generator.music.score import chords

C4 = Pitch("C", 0, 4)


def drawn(metre: tuple[int, int] | None, *lengths: F | int | float, start: F = F(0)) -> str:
    """The longest beam as text: ``[`` begins, ``-`` goes on, ``]`` ends, ``.`` is no beam."""
    events, at = [], F(0)
    for length in map(F, lengths):
        events.append([Note(at, length, C4) if length > 0 else Rest(at, -length)])
        at += abs(length)
    marks = beam_marks(events, start, Metre(F(0), *metre) if metre else None)
    signs = {"begin": "[", "continue": "-", "end": "]"}
    return "".join(signs[mark[0]] if mark else "." for mark in marks)


def test_common_metres():
    half = F(1, 2)
    assert drawn((4, 4), *[half] * 8) == "[--][--]"
    assert drawn((4, 4), half, half, 1, half, half, half, half) == "[].[--]"
    assert drawn((2, 2), *[half] * 4, F(1, 4), F(1, 4), half, 1) == "[--][-]."
    assert drawn((3, 4), *[half] * 6) == "[][][]"
    assert drawn((6, 8), *[half] * 6) == "[-][-]"
    assert drawn((9, 8), *[half] * 9) == "[-][-][-]"
    assert drawn((3, 8), *[half] * 3) == "[-]"
    assert drawn((5, 8), *[half] * 5) == "[][-]"
    assert drawn((7, 8), *[half] * 7) == "[][][-]"
    assert drawn(None, *[half] * 4) == "[][]"


def test_rests_and_syncopes_end_a_beam():
    half = F(1, 2)
    assert drawn((4, 4), half, -half, half, half, 2) == "..[]."
    assert drawn((2, 4), half, 1, half) == "..."


def test_a_pickup_is_counted_from_the_bar_line_after_it():
    half = F(1, 2)
    assert drawn((6, 8), half, half, half, start=F(-3, 2)) == "[-]"
    assert drawn((6, 8), half, half, start=F(-2)) == "[]"
    assert drawn((3, 4), half, half, half, start=F(-3, 2)) == ".[]"


def test_dotted_rhythms_have_hooks():
    events = [
        [Note(F(0), F(3, 4), C4)],
        [Note(F(3, 4), F(1, 4), C4)],
        [Note(F(1), F(1, 4), C4)],
        [Note(F(5, 4), F(3, 4), C4)],
    ]
    marks = beam_marks(events, F(0), Metre(F(0), 3, 4))
    assert marks == [["begin"], ["end", "backward hook"], ["begin", "forward hook"], ["end"]]


@settings(max_examples=25)
@given(scores())
def test_every_beam_begins_and_ends_and_no_note_has_more_than_its_flags(score):
    for part in score.parts:
        for voice in part.voices:
            for start, end in score.bar_spans():
                bar = list(chords([event for event in voice.events if start <= event.onset < end]))
                marks = beam_marks(bar, start, score.metre_at(start))
                for level in range(max(map(len, marks), default=0)):
                    beamed = False
                    for mark in marks:
                        here = mark[level] if level < len(mark) else ""
                        assert (here in ("continue", "end")) == beamed
                        beamed = here in ("begin", "continue")
                    assert not beamed
                for chord, mark in zip(bar, marks, strict=True):
                    plain = chord[0].duration * F(*chord[0].tuplet) if chord[0].tuplet else chord[0].duration
                    assert not mark or (isinstance(chord[0], Note) and plain < 1 and plain * 2 ** len(mark) < 2)
