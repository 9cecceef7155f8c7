"""Long files take time by their length, not by its square; none takes for ever; reading can be stopped."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise

import pytest

from generator.errors import ConfigError, UnreadableFile
from generator.music import score_bytes
from generator.music.reading import read_bytes
from generator.stopping import go_on, stoppable

HEAD = "X:1\nM:4/4\nL:1/4\nK:G\n"


def abc(bars: int) -> bytes:
    return (HEAD + "GABc|dcBA|\n" * (bars // 2)).encode()


def endings(bars: int) -> bytes:
    return (HEAD + "|:" + "GABc|" * (bars - 3) + "|1 G4:|2 A4|]").encode()


def kern(bars: int) -> bytes:
    body = "".join(f"={number}\n4g\n4a\n4b\n4cc\n" for number in range(1, bars + 1))
    return f"**kern\n*M4/4\n*k[f#]\n{body}==\n*-\n".encode()


def written(ending: str) -> Callable[[int], bytes]:
    def make(bars: int) -> bytes:
        score = read_bytes(abc(bars), "abc", "tune")[0].score
        assert score is not None
        return score_bytes(score, ending)

    return make


KINDS: dict[str, tuple[str, Callable[[int], bytes]]] = {
    "abc": ("abc", abc),
    "endings": ("abc", endings),
    "kern": ("kern", kern),
    "midi": ("midi", written(".mid")),
    "musicxml": ("musicxml", written(".musicxml")),
}


def calls(data: bytes, kind: str) -> list[int]:
    """How many functions were called to read a file whenever it was asked whether to go on, and in the end."""
    count, asked = 0, [0]

    def called(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event.endswith("call")

    with stoppable(lambda: asked.append(count)):
        sys.setprofile(called)
        try:
            found = read_bytes(data, kind, "long")
        finally:
            sys.setprofile(None)
    assert found[0].score is not None, found[0].reason
    return [*asked, count]


@pytest.mark.parametrize("name", KINDS)
def test_four_times_the_bars_are_about_four_times_the_work(name: str):
    kind, make = KINDS[name]
    read_bytes(make(8), kind, "short")  # what is done once only is done
    short, long = (calls(make(bars), kind)[-1] for bars in (200, 800))
    assert long < 4.8 * short


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("abc", (HEAD + "G99999999999 A|").encode()),
        ("abc", (HEAD + "z99999999999|GABc|").encode()),
        ("abc", (HEAD + "".join(f"G/{2 * number + 1} " for number in range(9000)) + "|").encode()),
        ("abc", (HEAD + "".join(f"G/{2 * number + 1}|" for number in range(9000))).encode()),
        ("abc", (HEAD + "GABc|" + "{" * 190_000).encode()),
        ("abc", (HEAD + "GABc|" + "[C" * 90_000).encode()),
        ("abc", (HEAD + "GABc|" + "[K:" * 60_000).encode()),
        ("abc", (HEAD + "GABc|" + " " * 190_000).encode()),
        ("abc", (HEAD + "c|" * 15_000 + "O" * 100_000).encode()),
        ("abc", (HEAD + "".join(f"V:{number}\nGABc|" for number in range(3000))).encode()),
        ("abc", ("X:1\nM:64/1\nL:1/256\nK:G\n" + "c|" * 19_000).encode()),
        ("abc", ("X:1\nQ:" + "1" * 100_000 + "\nK:G\nGABc|").encode()),
        ("abc", (HEAD + "Z" + "9" * 4000 + "|").encode()),
        ("kern", ("**kern\n" + "!! a\n" * 300_000 + "4g\n=\n*-\n").encode()),
        ("kern", ("\t".join(["**kern"] * 2000) + "\n" + "4g\n" * 2000).encode()),
    ],
)
def test_what_is_made_to_take_for_ever_does_not(kind: str, data: bytes):
    begun = time.monotonic()
    with suppress(UnreadableFile):
        read_bytes(data, kind, "hostile")
    assert time.monotonic() - begun < 20


class Enough(ConfigError):
    """The work is to end."""


@pytest.mark.parametrize("name", KINDS)
def test_reading_can_be_stopped(name: str):
    """At any moment: between two questions whether to go on there is little work."""
    kind, make = KINDS[name]
    data = make(400)
    read_bytes(make(8), kind, "short")
    asked = calls(data, kind)
    assert max(after - before for before, after in pairwise(asked)) < 0.3 * asked[-1]

    left = len(asked) // 2

    def enough() -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Enough("Stop.")

    with stoppable(enough), pytest.raises(Enough):
        read_bytes(data, kind, "long")


def test_nobody_is_asked_where_nobody_waits_to_stop():
    go_on()
    with stoppable(lambda: 1 / 0):
        with pytest.raises(ZeroDivisionError):
            go_on()
        with stoppable(lambda: None):
            go_on()
    go_on()
