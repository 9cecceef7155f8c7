"""Melodies that a person gives: an uploaded file, or notes of ABC as they are typed or played in."""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from hashlib import sha256
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from ..errors import ConfigError, GeneratorError, UnsupportedFormat
from ..stopping import TimeIsUp
from .settings import limits

if TYPE_CHECKING:
    from ..decoding import Composer
    from ..music import Score

__all__ = ["SUFFIXES", "known", "name_of_reading", "notes", "opening_of", "score_of"]

REMEMBERED = 16  # files
BYTES_REMEMBERED = 8_000_000  # of all of them; a score takes some thirty times the room of its file
TUNES = 8  # of a file of ABC that are looked at for a lawful one
SUFFIXES = ("abc", "mid", "midi", "musicxml", "xml", "mxl", "krn")


_read: OrderedDict[tuple[bytes, str], tuple[Score | GeneratorError, int]] = OrderedDict()  # with the size of the file
_lock = threading.Lock()


def score_of(content: bytes, name: str) -> Score:
    """The first piece of an uploaded file, read by the same readers as the command's.

    A page asks for it each time that it is drawn, so the last few are remembered, whoever gave them: by what is in
    the file, not by its name alone.

    Args:
        content: The whole file.
        name: What it was called; its ending says what it is.
    Raises:
        UnsupportedFormat: if its ending is none of ``SUFFIXES``.
        UnreadableFile: if it cannot be read.
        ConfigError: if there is no lawful piece in it.
    """
    key = (sha256(content).digest(), name)
    with _lock:
        if key in _read:
            _read.move_to_end(key)
        remembered = _read.get(key)
    if remembered is not None:
        found = remembered[0]
    else:
        try:
            found = read(content, name)
        except TimeIsUp:  # another time it may be read
            raise
        except GeneratorError as error:
            found = error
        with _lock:
            _read[key] = found, len(content)
            while len(_read) > 1 and (
                len(_read) > REMEMBERED or sum(size for _, size in _read.values()) > BYTES_REMEMBERED
            ):
                _read.popitem(last=False)
    if isinstance(found, GeneratorError):
        raise type(found)(found.message, found.hint)
    return found


def read(content: bytes, name: str) -> Score:
    """What ``score_of`` gives, read anew."""
    from ..music.reading import FORMATS, read_bytes

    suffix = PurePath(name).suffix.lower()
    if suffix not in FORMATS:
        raise UnsupportedFormat(
            f"{name} is no file of music that is known here.", f"Give one of {', '.join(SUFFIXES)}."
        )
    most = limits().melody_kb
    if len(content) > 1000 * most:
        raise ConfigError(
            f"{name} has {len(content) // 1000:,} kB, more than this app takes for a melody.",
            f"Give a file of one piece, of at most {most:,} kB.",
        )
    reason = ""
    for part in tunes(content) if suffix == ".abc" else [content]:
        for each in read_bytes(part, FORMATS[suffix], name):
            if each.score is not None:
                return each.score
            reason = reason or each.reason
    raise ConfigError(f"There is no piece in {name} that can be used: {reason.rstrip('.')}.", "Give another file.")


def tunes(content: bytes) -> list[bytes]:
    """The first tunes of a file of ABC, each with what stands before them all, so that not the whole is read."""
    head, *rest = re.split(rb"^(?=X:)", content, flags=re.MULTILINE)
    return [head + each for each in rest[:TUNES]] or [content]


def known(content: bytes, name: str) -> bool:
    """Whether ``score_of`` remembers it, and so answers at once."""
    with _lock:
        return (sha256(content).digest(), name) in _read


def name_of_reading(content: bytes) -> str:
    """The name of the task by which a session has a melody read."""
    return f"melody {sha256(content).hexdigest()}"


def opening_of(content: bytes, name: str, composer: Composer) -> Score | str:
    """What a model goes on from: a score, or of a model of MIDI files the file as it is."""
    if composer.reads_midi and PurePath(name).suffix.lower() in (".mid", ".midi"):
        return composer.text_of_midi(content)
    return score_of(content, name)


def notes(written: str, metre: str = "4/4", key: str | None = None, mode: str = "") -> Score:
    """A few notes of ABC, ``D2 FA d2``, as a score.

    Args:
        written: The notes; whole tunes with their header lines are taken, too.
        metre, key, mode: Of the tune, where it does not say them itself.
    Raises:
        ConfigError: if they cannot be read.
    """
    from ..decoding.openings import abc_key, check_notes
    from ..music.reading import read_bytes

    check_notes(written, "--prompt")
    whole = any(line.startswith("X:") for line in written.splitlines())
    text = written if whole else f"X:1\nM:{metre}\nL:1/8\nK:{abc_key(key, mode)}\n{written}\n"
    found: list[Any] = read_bytes(text.encode(), "abc", "--prompt")
    if found[0].score is None:
        raise ConfigError(
            f"--prompt is no music in ABC: {found[0].reason.rstrip('.')}.", 'Write notes such as "D2 FA d2".'
        )
    score: Score = found[0].score
    return score
