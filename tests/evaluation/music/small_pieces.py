"""Pieces in a few words, for the tests of this room."""

from fractions import Fraction
from random import Random

from hypothesis import strategies as st

from generator.music import Key, KeyChange, Metre, Note, Part, Rest, Score, Voice, parse_pitch, spell

C_MAJOR = Key(0, "major")


def voice(words: str) -> Voice:
    """``C4 D4/2 -/1 E4/1/2~`` → a voice: pitch (- a rest), length in quarters (1 if left out), ~ a tie."""
    events: list[Note | Rest] = []
    time = Fraction(0)
    for word in words.split():
        name, _, length = word.rstrip("~").partition("/")
        duration = Fraction(length or 1)
        if name == "-":
            events.append(Rest(time, duration))
        else:
            events.append(Note(time, duration, parse_pitch(name), word.endswith("~")))
        time += duration
    return Voice(tuple(events))


def piece(*voices: str | Voice, bar: int = 4, key: Key | None = C_MAJOR, title: str = "") -> Score:
    """A piece of one voice a part, in bars of so many quarters."""
    read = [voice(each) if isinstance(each, str) else each for each in voices]
    length = max((each.events[-1].end for each in read if each.events), default=Fraction(bar))
    bars = tuple(Fraction(start) for start in range(0, -int(-length // 1), bar))
    keys = (KeyChange(Fraction(0), key),) if key else ()
    return Score(
        tuple(Part((each,)) for each in read),
        bars,
        max(length, bars[-1] + bar),
        (Metre(Fraction(0), bar, 4),),
        keys,
        title=title,
    )


def tune(random: Random, notes: int = 24, kinds: tuple[int, ...] = (1, 2, 4)) -> Score:
    """A tune at random, of lengths in quarters of a quarter, which may cross bar lines."""
    time, pitch, events = Fraction(0), random.randint(58, 70), []
    for _ in range(notes):
        duration = Fraction(random.choice(kinds), 4)
        pitch = min(max(pitch + random.choice((-5, -2, -1, 0, 1, 2, 4)), 48), 84)
        events.append(Note(time, duration, spell(pitch)))
        time += duration
    return piece(Voice(tuple(events)))


def choir(random: Random, chords: int = 12) -> Score:
    """Four voices at random, a quarter a chord, with rests and held notes."""
    written = []
    for low, high in ((60, 79), (55, 72), (48, 67), (40, 60)):
        events: list[Note | Rest] = []
        for time in range(chords):
            if random.random() < 0.1:
                events.append(Rest(Fraction(time), Fraction(1)))
            else:
                events.append(Note(Fraction(time), Fraction(1), spell(random.randint(low, high))))
        written.append(Voice(tuple(events)))
    return piece(*written)


seeds = st.integers(0, 2**32)
tunes = seeds.map(lambda seed: tune(Random(seed)))
choirs = seeds.map(lambda seed: choir(Random(seed)))
