"""The words of the alphabet ``midi``: MidiTok's REMI in one fixed setting, a character for each of its tokens.

REMI rather than TSD: it writes bars and places in the bar, so that what repeats in music repeats in the
text, and a piece can be asked for by its bars. Times are counted in ``TICKS`` to the quarter, in which
every place and every length of every metre here is whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from ...errors import TokenizerError
from .alphabet import FIRST, characters

__all__ = ["DRUMS", "FOLLOWS", "STEPS", "TICKS", "Vocabulary", "vocabulary"]

STEPS = 24  # places in a beat, which is the lower number of the metre: 1/24 of a quarter in 4/4, 1/48 in 6/8
TICKS = 96  # to the quarter: a place in x/16 is one tick
LENGTHS = {(0, 4): 24, (4, 8): 12, (8, 16): 4, (16, 32): 2}  # beats from, beats to: lengths in a beat
TEMPOS = (15, 480, 81)  # quarters a minute, evenly spread by their logarithms: steps of 4.4 %, with 60 and 120
METRES = {2: range(1, 5), 4: range(1, 9), 8: range(1, 13), 16: range(1, 13)}
DRUMS = -1  # the number that MidiTok gives to drums among the programs

# What may follow what, a part of MidiTok's graph of token types; "" is the beginning.
FOLLOWS: dict[str, tuple[str, ...]] = {
    "": ("Bar",),
    "Bar": ("TimeSig",),
    "TimeSig": ("Bar", "Position"),
    "Position": ("Tempo", "Program", "Pitch", "PitchDrum"),
    "Tempo": ("Bar", "Position", "Program", "Pitch", "PitchDrum"),
    "Program": ("Pitch", "PitchDrum"),
    "Pitch": ("Velocity",),
    "PitchDrum": ("Velocity",),
    "Velocity": ("Duration",),
    "Duration": ("Bar", "Position", "Program", "Pitch", "PitchDrum"),
}


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """The tokens and what they say.

    Attributes:
        remi: MidiTok's tokenizer.
        symbols: The tokens by MidiTok's names, ``Pitch_60``; character ``i`` is ``chr(FIRST + i)``.
        of_symbol: Symbol to character.
        kinds: Character to type of token: ``Pitch``.
        values: Character to what stands behind its type: ``60``.
        by_kind: Type to its characters, in MidiTok's order.
        numbers: Character to number, for places, programs, pitches and velocities.
        pitches, drums, places, programs: Number to character.
        metres: ``(beats, kind)`` to character.
        metre_of: Character to ``(beats, kind)``.
        tempos: Quarters a minute to character, slowest first.
        velocities: From the softest.
        lengths: For each lower number of a metre, ticks to character, shortest first.
        ticks: For each lower number of a metre, character to ticks.
    """

    remi: Any
    symbols: tuple[str, ...]
    of_symbol: dict[str, str]
    kinds: dict[str, str]
    values: dict[str, str]
    by_kind: dict[str, str]
    numbers: dict[str, int]
    pitches: dict[int, str]
    drums: dict[int, str]
    places: dict[int, str]
    programs: dict[int, str]
    metres: dict[tuple[int, int], str]
    metre_of: dict[str, tuple[int, int]]
    tempos: dict[float, str]
    velocities: tuple[int, ...]
    lengths: dict[int, dict[int, str]]
    ticks: dict[int, dict[str, int]]

    def check(self, text: str) -> None:
        """Refuse what is not tokens of this alphabet in an order that they can have.

        Raises:
            TokenizerError: naming the place.
        """
        before, program = "", 0
        for number, character in enumerate(text, start=1):
            kind = self.kinds.get(character)
            if kind is None:
                raise TokenizerError(
                    f"Character {number}, {character!r}, is none of the alphabet midi.", "Was it written by another?"
                )
            if kind == "Program":
                program = self.numbers[character]
            if kind not in FOLLOWS[before] or (
                kind in ("Pitch", "PitchDrum") and (program == DRUMS) != (kind[5:] > "")
            ):
                said = f"{self.symbols[ord(character) - FIRST]} cannot follow {before or 'nothing'}"
                raise TokenizerError(f"Character {number} is out of order: {said}.", "Was the text cut together?")
            before = kind


@cache
def vocabulary() -> Vocabulary:
    """The one vocabulary.

    Raises:
        TokenizerError: if MidiTok is not installed.
    """
    try:
        from miditok import REMI, TokenizerConfig
    except ImportError as error:
        raise TokenizerError(
            f"The alphabet midi needs the package {error.name or 'miditok'}, which is not installed.",
            "Install it with the extra music: pip install -e '.[music]'",
        ) from error
    remi = REMI(
        TokenizerConfig(
            pitch_range=(0, 127),
            drums_pitch_range=(0, 127),
            beat_res=LENGTHS,
            num_velocities=32,
            special_tokens=[],
            use_velocities=True,
            use_chords=False,
            use_rests=False,
            use_tempos=True,
            use_time_signatures=True,
            use_key_signatures=False,
            use_sustain_pedals=False,
            use_pitch_bends=False,
            use_control_changes=False,
            use_pitch_intervals=False,
            use_programs=True,
            use_pitchdrum_tokens=True,
            programs=list(range(DRUMS, 128)),
            one_token_stream_for_programs=True,
            program_changes=True,
            num_tempos=TEMPOS[2],
            tempo_range=TEMPOS[:2],
            log_tempos=True,
            time_signature_range={kind: list(beats) for kind, beats in METRES.items()},
        )
    )
    # MidiTok always adds a token for padding, which no music has
    symbols = tuple(symbol for symbol in remi.vocab if symbol not in remi.special_tokens)
    return laid_out(remi, symbols)


def laid_out(remi: Any, symbols: tuple[str, ...]) -> Vocabulary:
    """The tables of a vocabulary."""
    of_symbol = characters(symbols)
    kinds, values = {}, {}
    by_kind: dict[str, str] = {}
    for symbol, character in of_symbol.items():
        kind, _, values[character] = symbol.partition("_")
        kinds[character] = kind
        by_kind[kind] = by_kind.get(kind, "") + character
    counted = "".join(by_kind[kind] for kind in ("Pitch", "PitchDrum", "Velocity", "Position", "Program"))
    numbers = {character: int(values[character]) for character in counted}
    metre_of: dict[str, tuple[int, int]] = {}
    for character in by_kind["TimeSig"]:
        beats, lower = map(int, values[character].split("/"))
        metre_of[character] = beats, lower
    lengths: dict[int, dict[int, str]] = {}
    for lower in METRES:
        found = {}
        for character in by_kind["Duration"]:
            beats, part, parts = map(int, values[character].split("."))
            found[(beats * parts + part) * (4 * TICKS // lower) // parts] = character
        lengths[lower] = dict(sorted(found.items()))
    tempos = {float(values[character]): character for character in by_kind["Tempo"]}

    def numbered(kind: str) -> dict[int, str]:
        return {numbers[character]: character for character in by_kind[kind]}

    return Vocabulary(
        remi=remi,
        symbols=symbols,
        of_symbol=of_symbol,
        kinds=kinds,
        values=values,
        by_kind=by_kind,
        numbers=numbers,
        pitches=numbered("Pitch"),
        drums=numbered("PitchDrum"),
        places=numbered("Position"),
        programs=numbered("Program"),
        metres={metre: character for character, metre in metre_of.items()},
        metre_of=metre_of,
        tempos=dict(sorted(tempos.items())),
        velocities=tuple(sorted(numbered("Velocity"))),
        lengths=lengths,
        ticks={kind: {character: ticks for ticks, character in found.items()} for kind, found in lengths.items()},
    )
