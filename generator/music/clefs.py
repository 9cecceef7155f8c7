"""Which clef a part is read in: that of its voice in a choir, else the one with the fewest ledger lines."""

from __future__ import annotations

import re

from .score import Part

__all__ = ["clef_of"]

# Each clef with the places of its lowest and highest line, in steps of the scale from C0.
LINES = {"treble": (30, 38), "bass": (18, 26), "treble-8": (23, 31)}
MIDDLE_C = 28  # in the same steps
CHOIR = {
    "treble": ("soprano", "sopran", "alto", "alt", "s", "a"),
    "treble-8": ("tenor", "tenore", "t"),
    "bass": ("bass", "basso", "b"),
}
SINGER = re.compile(r"([a-z]+)\.?(?:\s*(?:\d+|i{1,3})\.?)?")  # also where there are several: Soprano 2, Alto II


def clef_of(part: Part) -> str:
    """``treble``, ``bass``, ``treble-8`` or ``percussion``.

    A singer has the clef of the voice, however low an alto or high a bass may go; any other part the one with
    the fewest ledger lines, and the treble clef an octave lower where that halves them.
    """
    if part.percussion:
        return "percussion"
    named = SINGER.fullmatch(part.name.strip().lower())
    for clef, names in CHOIR.items():
        if named and named[1] in names:
            return clef
    pitches = [note.pitch for voice in part.voices for note in voice.notes()]
    places = sorted(7 * pitch.octave + "CDEFGAB".index(pitch.step) for pitch in pitches)
    lines = {
        clef: sum(max(bottom - place, place - top, 0) // 2 for place in places) for clef, (bottom, top) in LINES.items()
    }
    low = 2 * lines["treble-8"] < min(lines["treble"], lines["bass"])
    if low and places[len(places) // 2] <= MIDDLE_C:  # altos are written without the octave
        return "treble-8"
    return "bass" if lines["bass"] < lines["treble"] else "treble"
