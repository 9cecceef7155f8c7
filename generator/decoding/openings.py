"""What a piece of music goes on from, beside what else is asked of it: the two must not contradict each other."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..errors import ConfigError, ConstraintUnsatisfiable, DecodingError
from ..music import KeyChange, Score, parse_key
from ..music.abc_reading import BODY_FIELD, TOKEN
from ..music.pitch import plain_signs
from ..tokenizers.music import Alphabet

__all__ = ["SAME_MODE", "abc_key", "agreeing", "check_mode", "check_notes", "key_mode", "tonic_of"]

SAME_MODE = {"ionian": "major", "aeolian": "minor"}
DECORATIONS = frozenset(".~HLMOPSTuv")  # that the standard has a letter for; a field U: may give more
WITHOUT_SOUND = frozenset(" \t`()\\!y*$:]0123456789")  # that stand between the notes of many files
MOST_NAMED = 8


def tonic_of(key: str | None) -> str | None:
    """``E`` of ``E minor``, ``Bb`` of ``B♭``."""
    key = plain_signs(key) if key else key
    found = re.match(r"\s*([A-Ga-g][#b]*)", key or "")
    return found[1] if found else key


def key_mode(key: str) -> str | None:
    """``minor`` of ``E minor`` and of ``Em``; None where it is not said."""
    found = re.fullmatch(r"\s*[A-Ga-g][#b♯♭]*\s*(.*)", key)
    return parse_key(key).mode if found and found[1].strip() else None


def abc_key(key: str | None, mode: str | None = None) -> str:
    """The key in which notes stand that are typed without one: ``E`` and ``minor`` are ``E minor``; C where nothing is
    said."""
    key = plain_signs(key) if key else key
    said = key_mode(key) if key else None  # which also refuses a mode that is none
    if key and (said or not mode):
        return key
    return f"{key or 'C'} {mode or ''}".strip()


def check_mode(key: str | None, modes: Sequence[str]) -> None:
    """Refuse a key whose mode the model has never met, as it refuses such a tag.

    Args:
        key: That is asked for.
        modes: Those that the model knows; empty where it was told none.
    Raises:
        DecodingError: then.
        ConfigError: if the mode is none at all.
    """
    said = key_mode(key) if key else None
    if said and modes and SAME_MODE.get(said, said) not in modes:
        raise DecodingError(f"This model knows no mode {said!r}.", f"It learnt from pieces in: {', '.join(modes)}.")


def check_notes(text: str, named: str) -> None:
    """Refuse notes that somebody typed if there are signs among them that mean nothing in ABC, as in words.

    Files are read less strictly, as the signs of old programs stand in many.

    Args:
        text: ABC, with or without the fields before a tune.
        named: What the message calls it.
    Raises:
        ConfigError: naming the signs.
    """
    lines = [line.strip() for line in text.splitlines() if not line.startswith("%")]
    own = {line[2:].strip()[:1] for line in lines if line.startswith("U:")}
    if any(line.startswith("X:") for line in lines):  # a whole tune: the music begins behind its key
        lines = lines[next((number for number, line in enumerate(lines) if line.startswith("K:")), 0) :]
    found: dict[str, None] = {}
    for line in lines:
        if BODY_FIELD.fullmatch(line):
            continue
        for match in TOKEN.finditer(re.sub(r"(?<!\\)%.*", "", line)):
            meant = {"letter": DECORATIONS | own, "other": WITHOUT_SOUND}.get(match.lastgroup or "")
            if meant is not None and match[0] not in meant:
                found[match[0]] = None
    if found:
        signs = [*found][:MOST_NAMED]
        more = " and others" if len(found) > MOST_NAMED else ""
        raise ConfigError(
            f"{named} is neither a file of music nor notes in ABC: it has signs that mean nothing there "
            f"({', '.join(signs)}{more}).",
            'Give a file (opening.abc), or notes such as "D2 FA d2".',
        )


def agreeing(alphabet: Alphabet, opening: Score | str, key: str | None, tags: Mapping[str, str]) -> Score | str:
    """An opening that agrees with what else is asked; one that says no key gets the key that is asked for.

    A melody is written relative to its tonic, and so is carried to whatever tonic is asked for.

    Args:
        alphabet: Of the model.
        opening: A score, or text of the alphabet.
        key: ``E``, ``E minor``, where one is asked for.
        tags: What else is asked for; ``metre`` and ``mode`` count.
    Raises:
        ConstraintUnsatisfiable: naming what the opening has and what is asked for.
        ConfigError: if the key that is asked for is none.
    """
    if isinstance(opening, str):
        tags_of_text: Any = getattr(alphabet, "tags_of_text", lambda text: {})
        check_metre(tags_of_text(opening).get("metre"), tags)
        return opening
    check_metre(opening.metres[0].name if opening.metres else None, tags)
    if alphabet.kind == "midi":  # which keeps no keys
        return opening
    mode = (key_mode(key) if key else None) or tags.get("mode")
    if not opening.keys:
        if key or mode:
            opening = replace(opening, keys=(KeyChange(Fraction(0), parse_key(abc_key(key, mode))),))
        return opening
    own = opening.keys[0].key
    if key and alphabet.kind != "melody":
        asked = (tonic_of(key) or "").capitalize()
        if own.tonic != asked if own.mode else own.fifths not in signatures(key, mode):
            refuse(own.name, f"--key {key}", "key")
    if mode and own.mode and signature_of(mode) != signature_of(own.mode):
        asked = f"--tag mode={tags['mode']}" if tags.get("mode") else f"--key {key}"
        refuse(own.name, asked, "mode")
    return opening


def check_metre(own: str | None, tags: Mapping[str, str]) -> None:
    """Refuse an opening in another metre than the one that is asked for."""
    asked = "".join(tags.get("metre", "").split())
    if own and asked and own != asked:
        refuse(own, f"--tag metre={asked}", "metre")


def refuse(own: str, asked: str, what: str) -> None:
    """Say that an opening is not what is asked for.

    Raises:
        ConstraintUnsatisfiable: always.
    """
    raise ConstraintUnsatisfiable(
        f"The opening is in {own}, and {asked} asks for another {what}.",
        f"Leave {asked} out, or give an opening in that {what}.",
    )


def signature_of(mode: str) -> int:
    """The sharps of a mode on C: the same for minor and aeolian."""
    return parse_key(f"C {mode}").fifths


def signatures(key: str, mode: str | None) -> set[int]:
    """The signatures that a key may have: of its mode, or where none is said of major and minor."""
    found = set()
    for each in (mode,) if mode else ("major", "minor"):
        with suppress(ConfigError):
            found.add(parse_key(abc_key(tonic_of(key), each)).fifths)
    return found
