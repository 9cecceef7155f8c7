"""Files are guessed to be what a reader would take them for."""

import random

import pytest

from generator.corpus.shapes import Shape, guess_blank_lines, guess_shape, prevailing_shape

WORDS = ["sea", "wind", "stone", "light", "river", "dawn", "ember", "hollow", "reed", "tide", "bell", "root", "frost"]


def line(generator: random.Random, count: int) -> str:
    return " ".join(generator.choice(WORDS) for _ in range(count))


def made(kind: str) -> str:
    """A text of some kind, of 60 parts."""
    draw = random.Random(kind)
    if kind == "poems":
        return "\n\n".join("\n".join(line(draw, 6) for _ in range(4)) for _ in range(60))
    if kind == "poems with stanzas":
        poem = lambda: "\n\n".join("\n".join(line(draw, 5) for _ in range(4)) for _ in range(3))  # noqa: E731
        return "\n\n\n".join(poem() for _ in range(60))
    if kind == "play":
        speech = lambda: f"{draw.choice(WORDS).upper()}:\n" + "\n".join(line(draw, 7) for _ in range(3))  # noqa: E731
        return "\n\n".join(speech() for _ in range(60))
    if kind == "wrapped prose":
        full = lambda: line(draw, 20)[:68]  # noqa: E731
        return "\n\n".join("\n".join([*(full() for _ in range(5)), line(draw, 4) + "."]) for _ in range(200))
    if kind == "paragraphs":
        return "\n".join(line(draw, draw.choice([3, 12, 60, 150])) + "." for _ in range(100))
    if kind == "names":
        return "\n".join(draw.choice(WORDS).title() + draw.choice(WORDS) for _ in range(60))
    if kind == "sonnets, one a line":
        return "\n".join(line(draw, 100) for _ in range(60))
    if kind == "code":
        return "\n".join("    " * (index % 3) + line(draw, 3).replace(" ", "_") + "()" for index in range(900))
    raise AssertionError(kind)


@pytest.mark.parametrize(
    ("kind", "pieces", "blank_lines"),
    [
        ("poems", "blank", 1),
        ("poems with stanzas", "blank", 2),
        ("play", "file", 0),
        ("wrapped prose", "file", 0),
        ("paragraphs", "file", 0),
        ("names", "line", 0),
        ("sonnets, one a line", "line", 0),
        ("code", "file", 0),
    ],
)
def test_each_kind_of_file(kind: str, pieces: str, blank_lines: int) -> None:
    shape = guess_shape(made(kind)) or prevailing_shape([made(kind)])
    assert (shape.pieces, shape.blank_lines) == (pieces, blank_lines)


def test_blank_lines_that_stand_wide_only_now_and_then_do_not_count() -> None:
    assert guess_blank_lines(["a\n\nb\n\n" * 50 + "c\n\n\nd"]) == 1
    assert guess_blank_lines(["a\n\nb\n\nc\n\n\n\nd\n\n\n\n" * 10]) == 3
    assert guess_blank_lines([""]) == 1


def test_a_short_file_follows_its_neighbours_if_they_are_most_of_the_text() -> None:
    short = "two lines\nand no more"
    assert guess_shape(short) is None
    assert prevailing_shape([short, made("poems")]).pieces == "blank"
    assert prevailing_shape([short * 2000, made("poems")]) == Shape("file", 0, "nothing marks off shorter pieces")
    assert prevailing_shape([short] * 10).pieces == "file"
    assert prevailing_shape([]).pieces == "file"
