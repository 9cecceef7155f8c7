"""Small scores with known sound, for the tests of this room."""

from fractions import Fraction as F

from generator.music import Key, KeyChange, Metre, Note, Part, Pitch, Rest, Score, Tempo, Voice

A4 = Pitch("A", 0, 4)


def line(*lengths: F | int, pitch: Pitch = A4, fermatas: tuple[int, ...] = (), tied: tuple[int, ...] = ()) -> Voice:
    """Notes of one pitch; a negative length is a rest."""
    events, at = [], F(0)
    for place, length in enumerate(lengths):
        if length < 0:
            events.append(Rest(at, F(-length)))
        else:
            events.append(Note(at, F(length), pitch, place in tied, place in fermatas))
        at += abs(F(length))
    return Voice(tuple(events))


def in_bars(*parts: Part, bars: int = 1, tempos: tuple[tuple[int, int], ...] = ((0, 60),), title: str = "") -> Score:
    """Bars of 4/4 in C."""
    score = Score(
        parts,
        tuple(F(4 * bar) for bar in range(bars)),
        F(4 * bars),
        (Metre(F(0), 4, 4),),
        (KeyChange(F(0), Key(0, "major")),),
        tuple(Tempo(F(at), F(bpm)) for at, bpm in tempos),
        title=title,
    )
    score.validate()
    return score


def choir(bars: int = 2) -> Score:
    """Four voices that move together, with names and a title."""
    pitches = [Pitch("C", 0, 5), Pitch("G", 0, 4), Pitch("A", 0, 3), Pitch("F", 0, 2)]
    names = ["Soprano", "Alto", "Tenor", "Bass"]
    moves = [F(1), F(1, 2), F(1, 2), F(2)] * bars
    parts = [Part((line(*moves, pitch=pitch),), name) for pitch, name in zip(pitches, names, strict=True)]
    return in_bars(*parts, bars=bars, title="Four & <voices>")


RESTS = in_bars(
    Part(
        (line(-4),),
    )
)
NOTHING = Score((), (F(0),), F(4))
