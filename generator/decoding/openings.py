"""What a piece of music goes on from, beside what else is asked of it: the two must not contradict each other."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from typing import Any

from ..errors import ConfigError, ConstraintUnsatisfiable
from ..music import KeyChange, Score, parse_key
from ..music.pitch import plain_signs
from ..tokenizers.music import Alphabet

__all__ = ["abc_key", "agreeing", "key_mode", "tonic_of"]


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
    if key and (not mode or key_mode(key)):
        return key
    return f"{key or 'C'} {mode or ''}".strip()


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
