"""What holds for a whole piece of the alphabet ``voices`` that is to be written: what a wish comes to."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ...errors import ConfigError, ConstraintUnsatisfiable
from ...music.pitch import MODES, Key, instead_of, named_mode, parse_key, plain_signs
from .alphabet import Wish
from .voices_cues import AHEAD_FIELDS, SHOWN, ahead_table, code
from .voices_given import Given
from .voices_signs import FERMATA, FULL, METRES, MODE_NAMES, MODE_SIGNS, SIGNATURES, SIGNS

__all__ = ["Plan", "plan_of"]

LEAST_BARS, MOST_BARS = 4, 64  # where no number is wished for
MOST_WISHED = 256
MOST_SIGNS = 4  # sharps or flats of a piece whose key nobody asks for; none of the chorales held back has more
SAME = ("aeolian", "ionian")  # other names of minor and major, which few files keep; written where asked for


@dataclass(frozen=True)
class Plan:
    """What holds for a whole piece that is written.

    Attributes:
        keys: The signatures and modes that may stand in the header.
        first: The signatures that a piece may begin with: where no key is wished for, those that are easily read.
        metres: The metres that may.
        bars: How many bars there may be at least and at most, a pickup not counted.
        told_bars: How many bars there will be; 0 where that is open.
        given: What is settled.
        ahead: What the cues tell of the settled voices [frames + 1, voices * 4]; empty where nothing is settled.
    """

    keys: tuple[Key, ...]
    first: tuple[int, ...]
    metres: str
    bars: tuple[int, int]
    told_bars: int
    given: Given | None
    ahead: tuple[tuple[int, ...], ...]


def plan_of(wish: Wish) -> Plan:
    """What a wish comes to.

    Raises:
        ConstraintUnsatisfiable: if it cannot be met.
    """
    if wish.metre is not None and wish.metre not in METRES:
        raise ConstraintUnsatisfiable(
            f"The metre {wish.metre} is not known here.", f"Choose one of: {', '.join(METRES)}."
        )
    if wish.bars is not None and not 1 <= wish.bars <= MOST_WISHED:
        raise ConstraintUnsatisfiable(f"{wish.bars} bars cannot be written.", f"Ask for 1 to {MOST_WISHED}.")
    given = wish.given
    if given is not None and not isinstance(given, Given):
        raise ConstraintUnsatisfiable("What is given is not in the words of the alphabet voices.")
    if given is None:
        bars = (LEAST_BARS, MOST_BARS) if wish.bars is None else (wish.bars, wish.bars)
        metres = "".join(FULL) if wish.metre is None else SIGNS[wish.metre]
        keys = keys_of(wish)
        first = sorted({key.fifths for key in keys if wish.key or abs(key.fifths) <= MOST_SIGNS})
        return Plan(keys, tuple(first), metres, bars, wish.bars or 0, None, ())
    header = given.signs.get(0, "")
    if wish.metre is not None and header[2:3] != SIGNS[wish.metre]:
        raise ConstraintUnsatisfiable(f"The score that is given is not in {wish.metre}.", "Leave the metre out.")
    if wish.bars is not None and given.bars != wish.bars:
        raise ConstraintUnsatisfiable(f"What is given has {given.bars} bars, not {wish.bars}.", "Leave the bars out.")
    if wish.key or wish.mode:
        key = named_key(wish, Key(SIGNATURES[header[0]], MODE_SIGNS[header[1]]))
        signs = SIGNS[f"key{key.fifths:+d}"] + SIGNS[key.mode or "mode?"]
        given = replace(given, signs={**given.signs, 0: signs + header[2:]})
    return Plan((), (), "", (0, 0), given.bars, given, ahead_of(given))


def keys_of(wish: Wish) -> tuple[Key, ...]:
    """The signatures and modes that a wish leaves open."""
    tonic, mode = parsed(wish) if wish.key else (None, checked_mode(wish.mode) if wish.mode else "")
    modes = [mode] if mode else [each for each in MODE_NAMES if each not in SAME]
    if wish.modes and not mode and tonic is not None:
        modes = [each for each in modes if each in wish.modes]
    every = tuple(Key(fifths, each) for fifths in SIGNATURES.values() for each in modes)
    if tonic is None:
        return every
    found = tuple(key for key in every if key.mode and key.fifths_of_tonic == tonic)
    if not found:
        raise ConstraintUnsatisfiable(
            f"{wish.key} {mode} has more than seven sharps or flats.", "Name it by its other name, as Eb for D#."
        )
    return found


def named_key(wish: Wish, present: Key) -> Key:
    """The key that a wish gives to a piece that is there already; what it does not say stays as it is."""
    if wish.key is None:
        return Key(present.fifths, checked_mode(wish.mode or ""))
    mode = parsed(wish)[1] or present.mode or "major"
    return next(key for key in keys_of(Wish(key=wish.key, mode=mode)) if key.mode == mode)


def parsed(wish: Wish) -> tuple[int, str]:
    """The tonic of a wish, as a place on the line of fifths, and its mode, if it says one."""
    words = plain_signs(wish.key or "").strip()
    mode = checked_mode(wish.mode) if wish.mode else ""
    try:
        if words[1:].lstrip("#b").strip():
            key = parse_key(words)
            said, tonic = key.mode, key.fifths_of_tonic
        else:  # a tonic alone, which may be that of a mode whose major key nobody writes
            said, tonic = "", tonic_of(words)
    except ConfigError as error:
        raise ConstraintUnsatisfiable(error.message, error.hint) from error
    if said and mode and said != mode:
        raise ConstraintUnsatisfiable(f"The key {words} is not {mode}.", "Leave the mode out, or name the tonic alone.")
    return tonic, said or mode


def tonic_of(name: str) -> int:
    """The place of a tonic on the line of fifths."""
    for mode in MODES:
        try:
            return parse_key(f"{name} {mode}").fifths_of_tonic
        except ConfigError:
            continue
    return parse_key(name).fifths_of_tonic


def checked_mode(word: str) -> str:
    """The mode that a word means."""
    mode = named_mode(word)
    if not mode:
        raise ConstraintUnsatisfiable(f"{word!r} is not a mode.", instead_of(word))
    return mode


def ahead_of(given: Given) -> tuple[tuple[int, ...], ...]:
    """What the cues tell of the settled voices."""
    tables = []
    for moves in given.moves[:SHOWN]:
        each = moves or ("",) * given.frames
        codes = np.array([code(move[-1]) if move else -1 for move in each], np.int64)
        tables.append(ahead_table(codes, np.array([FERMATA in move for move in each], np.bool_)))
    tables += [np.zeros((given.frames + 1, AHEAD_FIELDS), np.int64)] * (SHOWN - len(tables))
    return tuple(map(tuple, np.concatenate(tables, axis=1).tolist()))
