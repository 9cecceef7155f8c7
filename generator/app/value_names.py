"""What values are called on a page, in the session's language; the values themselves stay what they are.

Where there is no word for a value (an author, a metre, a tag of somebody's own corpus) it is shown as it is.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from .languages import _, in_words

__all__ = ["key_name", "note_said", "option_name", "signs", "tag_name", "task_names", "value_name"]

KEY = re.compile(r"([A-G][#b]*) ([a-z]+)")  # as the library names keys: ``F# minor``
SIGNATURE = re.compile(r"([1-7]) (sharp|flat)s?")  # and those of which it knows no mode
SHARP, FLAT = "♯", "♭"


def signs(name: str) -> str:
    """A name with the signs of music: ``F♯4``."""
    return name[:1] + name[1:].replace("#", SHARP).replace("b", FLAT)


def modes() -> dict[str, str]:
    """The modes of keys."""
    return {
        "major": _("major"),
        "minor": _("minor"),
        "dorian": _("dorian"),
        "phrygian": _("phrygian"),
        "lydian": _("lydian"),
        "mixolydian": _("mixolydian"),
        "aeolian": _("aeolian"),
        "locrian": _("locrian"),
        "ionian": _("ionian"),
    }


def tunes() -> dict[str, str]:
    """The kinds of tunes that the fiddle model tells apart."""
    return {
        "reel": _("reel"),
        "jig": _("jig"),
        "slip jig": _("slip jig"),
        "hornpipe": _("hornpipe"),
        "strathspey": _("strathspey"),
        "clog": _("clog"),
        "air": _("air"),
        "fling": _("fling"),
    }


def key_name(key: str) -> str:
    """A key as people read it: ``F# minor`` as “F♯ minor”; what is no key as it is."""
    if key == "no signature":
        return _("no signature")
    if signature := SIGNATURE.fullmatch(key):
        sign = SHARP if signature[2] == "sharp" else FLAT
        return _("signature {signs}").format(signs=sign * int(signature[1]))
    found = KEY.fullmatch(key)
    if found is None or found[2] not in modes():
        return key
    return f"{signs(found[1])} {modes()[found[2]]}"


def tag_name(field: str, value: str) -> str:
    """What a value of a tag is called."""
    if field == "key":
        return key_name(value)
    return {"mode": modes, "type": tunes}.get(field, dict)().get(value, value)


@cache
def repeats() -> re.Pattern[str]:
    """What ``decoding.music`` notes of bars that are named as they are printed, and played twice."""
    from ..decoding.music import REPEATED

    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(REPEATED)))


def note_said(note: str) -> str:
    """A note on what was written, in the session's language."""
    found = repeats().fullmatch(note)
    if found is None:
        return in_words(note)
    said = _("The repeats of the score are played out: its bars {bars} are bars {played} of the piece.")
    return said.format(bars=found["bars"], played=found["played"].replace(" and ", _(", ")))


def task_names() -> dict[str, str]:
    """What a model of music can be asked to do."""
    return {
        "free": _("a new piece"),
        "continue": _("go on from a melody"),
        "harmonise": _("harmonise a melody"),
        "infill": _("fill in a score"),
    }


def option_name(setting: str, value: Any) -> str:
    """What a choice of a setting of a training or of a corpus is called; None and ``auto`` leave it to the program."""
    found = {
        ("pieces", "file"): lambda: _("the whole file"),
        ("pieces", "line"): lambda: _("a line"),
        ("pieces", "blank"): lambda: _("what stands between blank lines"),
        ("pieces", "record"): lambda: _("a record"),
        ("tokenizer", "char"): lambda: _("a character"),
        ("tokenizer", "byte"): lambda: _("a byte"),
        ("tokenizer", "bpe"): lambda: _("a subword, by merging (BPE)"),
        ("tokenizer", "unigram"): lambda: _("a subword, by likelihood (unigram)"),
        ("tokenizer", "melody"): lambda: _("music: a single line (melody)"),
        ("tokenizer", "voices"): lambda: _("music: a few voices (voices)"),
        ("tokenizer", "midi"): lambda: _("music: anything else (midi)"),
        ("rare", "character"): lambda: _("the character alone"),
        ("rare", "piece"): lambda: _("the piece that it stands in"),
        ("verse", "zh"): lambda: _("Chinese"),
        ("verse", "en"): lambda: _("English"),
        ("verse", None): lambda: _("not written in forms"),
        ("precision", "float32"): lambda: _("exact (float32)"),
        ("precision", "bfloat16"): lambda: _("shorter numbers (bfloat16)"),
        ("precision", "int8"): lambda: _("shortest numbers (int8)"),
        ("cell", "lstm"): lambda: "LSTM",
        ("cell", "gru"): lambda: "GRU",
        ("cell", "rnn"): lambda: _("plain (RNN)"),
    }.get((setting, value))
    if found is not None:
        return found()
    if value is None or value == "auto":
        return _("chosen for you")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return str(value)


def value_name(setting: str, value: str) -> str:
    """What a value in a table of settings is called: ``infill`` of ``task``, ``A dorian`` of ``key``."""
    last = setting.rpartition(".")[2]
    if last == "task":
        return task_names().get(value, value)
    if last == "precision":
        return option_name(last, value)
    if value in ("True", "False"):
        return _("yes") if value == "True" else _("no")
    return tag_name(last, value)
