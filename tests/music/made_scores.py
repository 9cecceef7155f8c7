"""Lawful scores as Hypothesis makes them, for the tests of this room.

Hypothesis chooses the kind of score and a seed; the notes are drawn from the seed, which is many
times faster than letting Hypothesis draw each.
"""

from fractions import Fraction
from random import Random

from hypothesis import strategies as st

from generator.music.durations import split
from generator.music.pitch import MODES, Key, Pitch
from generator.music.score import Event, KeyChange, Metre, Note, Part, Rest, Score, Tempo, Voice

METRES = [(4, 4), (3, 4), (2, 4), (6, 8), (9, 8), (2, 2), (5, 4), (3, 8), (7, 8)]
VALUES = [Fraction(n, 4) for n in (1, 2, 3, 4, 6, 8, 12, 16)]
modes = st.sampled_from([mode for mode in MODES if mode not in ("aeolian", "ionian")])
pitches = st.builds(Pitch, st.sampled_from("CDEFGAB"), st.integers(-2, 2), st.integers(2, 6))
keys = st.builds(Key, st.integers(-7, 7), modes)
words = st.text(st.characters(codec="utf-8", categories=["L", "N"]), min_size=1, max_size=12)


def lengths(random: Random, bar: Fraction, triplets: bool) -> list[tuple[Fraction, tuple[int, int] | None]]:
    """Durations that fill a bar, each of one note."""
    found: list[tuple[Fraction, tuple[int, int] | None]] = []
    left = bar
    while left > 0:
        choices = [value for value in VALUES if value <= left]
        if triplets and left >= 1 and random.random() < 0.2:
            found += [(Fraction(1, 3), (3, 2))] * 3
            left -= 1
        elif choices:
            found.append((random.choice(choices), None))
            left -= found[-1][0]
        else:
            found += split(left) or ()
            left = Fraction(0)
    return found


def made_voice(random: Random, spans: list, most_notes: int, triplets: bool, fermatas: bool, signs: int) -> Voice:
    """A voice that fills the bars."""
    written: list[list[Event]] = []
    for start, end in spans:
        at = start
        for duration, tuplet in lengths(random, end - start, triplets):
            fermata = fermatas and random.random() < 0.1
            before = [event.pitch for event in written[-1] if isinstance(event, Note)] if written else []
            if random.random() < 0.2:
                written.append([Rest(at, duration, fermata, tuplet)])
            else:
                chord = {
                    pitch.midi: pitch
                    for pitch in (
                        Pitch(random.choice("CDEFGAB"), random.randint(-signs, signs), random.randint(2, 6))
                        for _ in range(random.randint(1, most_notes))
                    )
                }
                notes = [chord[midi] for midi in sorted(chord)]
                if before and random.random() < 0.25:
                    notes = before
                    written[-1] = [
                        Note(n.onset, n.duration, n.pitch, True, n.fermata, n.tuplet)
                        for n in written[-1]
                        if isinstance(n, Note)
                    ]
                written.append([Note(at, duration, pitch, False, fermata, tuplet) for pitch in notes])
            at += duration
    return Voice(tuple(event for chord in written for event in chord))


@st.composite
def scores(
    draw: st.DrawFn,
    most_parts: int = 3,
    most_voices: int = 2,
    most_notes: int = 2,
    triplets: bool = True,
    fermatas: bool = True,
    signs: int = 2,
) -> Score:
    """A lawful score: pickup or not, changes of metre, key and tempo, chords, ties, rests, tuplets."""
    random = Random(draw(st.integers(0, 2**32)))
    metre = Metre(Fraction(0), *draw(st.sampled_from(METRES)))
    metres, bars, time = [metre], [Fraction(0)], Fraction(0)
    if draw(st.booleans()):
        time = Fraction(4, metre.beat_type)  # a pickup
        bars.append(time)
    sections: list[Fraction] = []
    for number in range(draw(st.integers(1, 4))):
        if number and random.random() < 0.2:
            metre = Metre(time, *random.choice([each for each in METRES if each != (metre.beats, metre.beat_type)]))
            metres.append(metre)
        if number and random.random() < 0.3:
            sections.append(time)
            if metre.beats > 1 and random.random() < 0.5:  # the passage begins with a pickup
                time += Fraction(4, metre.beat_type)
                bars.append(time)
        time += metre.bar
        bars.append(time)
    length = bars.pop()
    spans = list(zip(bars, [*bars[1:], length], strict=True))
    changes = [KeyChange(Fraction(0), draw(keys))]
    if len(bars) > 2 and draw(st.booleans()):
        fifths = changes[0].key.fifths
        near = [each for each in range(-7, 8) if each != fifths and abs(each - fifths) <= 3]
        changes.append(KeyChange(random.choice(bars[1:]), Key(random.choice(near), draw(modes))))
    tempos = [Tempo(Fraction(0), Fraction(draw(st.integers(20, 300))))] if draw(st.booleans()) else []
    if tempos and len(bars) > 1 and draw(st.booleans()):
        tempos.append(Tempo(bars[-1], tempos[0].bpm + 7))
    parts = tuple(
        Part(
            tuple(
                made_voice(random, spans, most_notes, triplets, fermatas, signs)
                for _ in range(random.randint(1, most_voices))
            ),
            draw(words),
        )
        for _ in range(draw(st.integers(1, most_parts)))
    )
    title, composer = draw(words | st.just("")), draw(words | st.just(""))
    return Score(
        parts, tuple(bars), length, tuple(metres), tuple(changes), tuple(tempos), tuple(sections), title, composer
    )
