"""Constraints: what they let pass, what they say of it, and what they refuse beforehand."""

from __future__ import annotations

from collections.abc import Callable, Hashable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import tokenizers
from generator.config import SamplingConfig
from generator.decoding import Acrostic, Alphabet, Constraint, Context, Writer, generate
from generator.decoding.constraints.characters import can_be_finished
from generator.errors import ConstraintUnsatisfiable, DecodingError
from generator.tokenizers import ByteTokenizer

MakeWriter = Callable[..., Writer]
KINDS = ["char", "byte", "bpe", "unigram"]


class Nothing(Constraint):
    """Lets everything pass for a while, and then nothing."""

    name = "The wall"

    def __init__(self, after: int) -> None:
        self.limit = after

    def check(self, context: Context) -> None:
        self.vocab_size = context.tokenizer.vocab_size

    def begin(self, context: Context) -> Hashable:
        return 0

    def allowed(self, place: Hashable) -> np.ndarray | None:
        return None if place < self.limit else np.zeros(self.vocab_size, bool)

    def advance(self, place: Hashable, token: int) -> Hashable:
        return place + 1


def texts(writer: Writer, *constraints: Constraint, count: int = 6, prompt: str = "", **settings: float) -> list[str]:
    config = SamplingConfig(**{"length": 120, "seed": 1, "temperature": 1.5, **settings})
    return [
        sample.written for sample in generate(writer, prompt, config, count=count, constraints=constraints).samples()
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_only_the_characters_of_the_alphabet_are_written(make_writer: MakeWriter, kind: str):
    only = "the 春晓，\n"
    for text in texts(make_writer(kind), Alphabet(only)):
        assert set(text) - {"\ufffd"} <= set(only)
        assert "\ufffd" not in text[:-1], "only the last character may be cut off by the length"


@pytest.mark.parametrize("kind", KINDS)
def test_the_alphabet_lets_texts_end(make_writer: MakeWriter, kind: str):
    writer = make_writer(kind, start_text="", boundary_bias=3.0)
    found = generate(
        writer, "", SamplingConfig(length=300, seed=1), count=8, constraints=[Alphabet("tha 眠")]
    ).samples()
    assert all(sample.ended for sample in found)
    assert all("\ufffd" not in sample.text for sample in found), "no text ends in the middle of a character"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("word", ["the", "春O晓"])
def test_lines_begin_as_the_acrostic_says(make_writer: MakeWriter, kind: str, word: str):
    writer = make_writer(kind, scale=1.0)
    for text in texts(writer, Acrostic(word), length=1500, count=4):
        initials = "".join(line[0] for line in text.replace("\ufffd", "").split("\n")[: len(word)] if line)
        assert word.startswith(initials) if len(initials) < len(word) else initials == word
        assert len(initials) >= 2, "a line ends now and then"


def test_a_prompt_keeps_its_line(make_writer: MakeWriter):
    writer = make_writer()
    for text in texts(writer, Acrostic("th"), prompt="The in", length=600, count=3):
        assert "".join(line[0] for line in text.split("\n")[1:3]) == "th"[: text.count("\n")]
    for text in texts(writer, Acrostic("th"), prompt="The\n", length=600, count=3):
        assert text[0] == "t"


def test_a_text_does_not_end_before_its_acrostic_does(make_writer: MakeWriter):
    writer = make_writer(start_text="", boundary_bias=6.0)
    found = generate(writer, "", SamplingConfig(length=3000, seed=1), count=4, constraints=[Acrostic("the")]).samples()
    for sample in found:
        assert sample.ended
        assert [line[0] for line in sample.text.split("\n")[:3]] == ["t", "h", "e"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_ends_with_the_last_line_of_its_acrostic_if_texts_end(make_writer: MakeWriter, kind: str):
    writer = make_writer(kind, start_text="", boundary_bias=-6.0)  # one that would rather write on
    rules = [Alphabet("the\n"), Acrostic("the")]
    for sample in generate(writer, "", SamplingConfig(length=2000, seed=1), count=4, constraints=rules).samples():
        assert sample.ended
        assert [line[:1] for line in sample.text.rstrip("\n").split("\n")] == ["t", "h", "e"]


def test_a_chinese_character_that_is_not_known_stands_for_that_of_the_other_script(make_writer: MakeWriter):
    writer = make_writer(text="東風\n見花")
    for text in texts(writer, Acrostic("东見"), length=200):
        assert [line[0] for line in text.split("\n")[:2]] == ["東", "見"]


def test_constraints_compose_by_intersection(make_writer: MakeWriter):
    writer = make_writer()
    for text in texts(writer, Alphabet("the\n"), Acrostic("the"), length=400):
        assert set(text) <= set("the\n")
        assert [line[0] for line in text.split("\n")[:3]] == list("the")


def test_a_step_tells_what_was_removed_and_forced(make_writer: MakeWriter):
    writer = make_writer()
    tokens = {c: int(writer.tokenizer.encode(c)[0]) for c in "the\n"}
    before = "\n"
    for step in generate(writer, "", SamplingConfig(length=80, seed=2), constraints=[Alphabet("th\n"), Acrostic("th")]):
        probabilities = np.exp(step.log_probs[0])
        starts = before.endswith("\n")
        open_to = "th\n" if before.count("\n") > 2 or not starts else "th"[before.count("\n") - 1]
        left = sum(probabilities[tokens[c]] for c in open_to)
        assert step.removed[0] == pytest.approx(1 - left, abs=1e-9)
        assert step.forced[0] == (len(open_to) == 1)
        assert [a.allowed for a in step.alternatives(0, 40)] == [
            a.label.replace("⏎", "\n") in open_to for a in step.alternatives(0, 40)
        ]
        before += step.text


def test_without_constraints_all_boundaries_aside_nothing_is_removed(make_writer: MakeWriter):
    step = next(generate(make_writer(), "", SamplingConfig(seed=1)))
    assert step.removed[0] == 0
    assert not step.forced[0]


def test_a_row_with_nothing_left_names_the_constraint_and_the_place(make_writer: MakeWriter):
    steps = generate(make_writer(), "", SamplingConfig(length=20, seed=1), count=2, constraints=[Nothing(3)])
    with pytest.raises(DecodingError, match="The wall leaves nothing to write in row 1 after 3 tokens"):
        list(steps)


@pytest.mark.parametrize(
    ("constraint", "message"),
    [
        (Acrostic("tØ"), r"'Ø' \(U\+00D8\), character 2 of the acrostic 'tØ'"),
        (Acrostic(""), "empty"),
        (Acrostic("a\nb"), "character 2"),
        (Acrostic("thethethe"), "needs 17 tokens at least, and the length is 10"),
        (Alphabet("ØÅ"), "none of the characters"),
    ],
)
def test_what_cannot_be_met_is_refused_before_the_first_token(
    make_writer: MakeWriter, constraint: Constraint, message: str
):
    with pytest.raises(ConstraintUnsatisfiable, match=message):
        generate(make_writer(), "", SamplingConfig(length=10), constraints=[constraint])


@given(st.text(max_size=12), st.text(min_size=1, max_size=6))
def test_the_alphabet_judges_bytes_as_it_would_characters(text: str, only: str):
    tokenizer = ByteTokenizer.train()
    rule = Alphabet(only)
    place = rule.begin(Context(tokenizer, "", 100, True))
    passed = True
    for token in tokenizer.encode(text).tolist():
        if not rule.allowed(place)[token]:
            passed = False
            break
        place = rule.advance(place, token)
    assert passed == (set(text) <= set(only))
    if passed:
        assert rule.allowed(place)[0], "and it may end there"


def test_tokens_of_several_characters_are_judged_as_a_whole():
    tokenizer = tokenizers.train("bpe", ["that theme, to try this: take two\n"] * 50, vocab_size=290)
    rule = Acrostic("tt")
    place = rule.begin(Context(tokenizer, "", 100, False))
    mask = rule.allowed(place)
    several = 0
    for token in range(1, tokenizer.vocab_size):
        lines = tokenizer.token_bytes(token).decode("utf-8", "replace").split("\n")
        lawful = all(
            line.startswith("t") or (line == "" and line is lines[-1] and index) for index, line in enumerate(lines[:2])
        )
        assert bool(mask[token]) == lawful
        several += lawful and len(tokenizer.token_bytes(token)) > 1
    assert several >= 2


def test_the_beginnings_of_characters_are_told_from_other_bytes():
    every = {chr(point).encode() for point in range(0x80, 0x110000) if not 0xD800 <= point < 0xE000}
    real = {form[:size] for form in every for size in range(1, len(form))}
    two = [bytes((a, b)) for a in range(0xE0, 0xF5) for b in range(0x80, 0xC0)]
    three = [bytes((a, b, 0x85)) for a in range(0xF0, 0xF5) for b in range(0x80, 0xC0)]
    for begun in [bytes((a,)) for a in range(0xC2, 0xF5)] + two + three:
        assert can_be_finished(begun) == (begun in real)
