"""What sees ahead: neighbours against dense matrices, the backward message against every continuation."""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from small_poets import small_poet

from generator.decoding.aids import Aids
from generator.decoding.bigrams import BACKOFF, Bigrams
from generator.decoding.constraints import Context
from generator.decoding.constraints.chinese_form import LEAST_SHARE, ChineseForm
from generator.decoding.constraints.drafting import Drafts
from generator.decoding.constraints.plans import Wishes
from generator.decoding.constraints.sounds import SoundMasks
from generator.decoding.known_lines import KnownLines
from generator.seeding import numpy_generator
from generator.text.chinese.sounds import rhymebook
from generator.text.forms import Form, Line, Pattern

FEW = "東風紅月白看中日山間"  # with three marks and the boundary a vocabulary of 14


def dense(bigrams: Bigrams) -> np.ndarray:
    """The chance of each token after each, written out [vocab_size, vocab_size]."""
    counts = bigrams.matrix.to_dense().double().numpy()
    single = bigrams.single.double().numpy()
    rest = bigrams.totals.double().numpy() - counts.sum(1) + BACKOFF
    return (counts + rest[:, None] * single / single.sum()) / (bigrams.totals.double().numpy() + BACKOFF)[:, None]


streams = st.lists(st.integers(0, 6), min_size=2, max_size=200).filter(any).map(np.array)


@given(streams)
def test_pairs_are_counted_within_pieces_and_those_that_stand_once_are_dropped(ids: np.ndarray):
    found = Bigrams.of_stream(ids.astype(np.uint16), 7)
    pairs = Counter((one, other) for one, other in itertools.pairwise(ids.tolist()) if one and other)
    expected = np.zeros((7, 7))
    for (one, other), count in pairs.items():
        expected[one, other] = count if count > 1 else 0
    assert (found.matrix.to_dense().numpy() == expected).all()
    for token in range(7):
        assert found.totals[token] == sum(count for (one, _), count in pairs.items() if one == token)
        assert found.single[token] == (token > 0) * (ids == token).sum()


def test_the_most_frequent_pairs_are_kept():
    ids = np.array([1, 2] * 9 + [0] + [3, 4] * 5 + [0] + [5, 6] * 3)
    found = Bigrams.of_stream(ids, 7, most=3)
    assert {(1, 2), (2, 1)} < set(zip(*np.nonzero(found.matrix.to_dense().numpy()), strict=True))
    assert len(found.followers) == 3


@given(streams)
def test_expected_values_are_those_of_the_dense_matrix(ids: np.ndarray):
    found = Bigrams.of_stream(ids, 7)
    chances = dense(found)
    np.testing.assert_allclose(chances.sum(1), 1, rtol=1e-6)
    values = numpy_generator(3).random((7, 4)).astype(np.float32)
    np.testing.assert_allclose(found.expected(torch.from_numpy(values)).numpy(), chances @ values, rtol=1e-4)


@given(streams)
def test_aids_come_back_from_their_tensors(ids: np.ndarray):
    aids = Aids(Bigrams.of_stream(ids, 7), KnownLines.of(["春風花草香", "o rose"]), {"rose": (3, 1), "o'er": (12, 0)})
    again = Aids.from_tensors(aids.tensors())
    assert again.words == aids.words
    assert "o rose" in again.known
    for name, tensor in aids.bigrams.tensors().items():
        assert torch.equal(tensor.long(), again.bigrams.tensors()[name].long())
    values = torch.rand(7, 2)
    assert torch.equal(aids.bigrams.expected(values), again.bigrams.expected(values))


def test_lines_that_were_read_are_known_and_of_others_one_in_a_hundred():
    read, other = [f"line {number}" for number in range(3000)], [f"verse {number}" for number in range(20_000)]
    known = KnownLines.of(read)
    assert all(line in known for line in read)
    assert 0.005 < sum(line in known for line in other) / len(other) < 0.015
    assert len(known.bits) < 3000 * 1.25
    assert "anything" not in KnownLines.of([])


@pytest.mark.parametrize("weight", [0.5, 2.0])
@pytest.mark.parametrize("length", [2, 4])
def test_the_message_is_the_sum_over_all_continuations(length: int, weight: float):
    poet = small_poet(FEW)
    sounds, bigrams = SoundMasks(poet.writer.tokenizer, rhymebook()), poet.aids.bigrams
    assert bigrams is not None
    tones = ("中平仄仄", "平仄中平")[length == 4][:length]
    form = Form(
        "own",
        "zh",
        patterns=(
            Pattern(
                "one",
                (
                    Line(length=length, tones=(tones[:-1] + "平",), rhyme="A", rhyme_tone="平", end="，"),
                    Line(length=3, end="。"),
                ),
            ),
        ),
    )
    rule = ChineseForm(Drafts(form, Wishes(), sounds), bigrams, weight)
    context = Context(poet.writer.tokenizer, "", 100, True)
    place = rule.begins(context, [4])[0]
    (plan,) = rule.plans
    chances, vocab = dense(bigrams), poet.writer.tokenizer.vocab_size
    for line, tones in ((0, plan.lines[0].templates[0]), (1, "中中中")):
        slots = [sounds.tones[tone] for tone in tones]
        if line == 0:
            slots[-1] = slots[-1] & sounds.rhymes[plan.groups["A"]]
        size = len(tones)
        for column in range(size - 1):
            sums = np.zeros(vocab)
            rest = [np.flatnonzero(slot).tolist() for slot in slots[column + 1 :]]
            for token in range(vocab):
                for way in itertools.product(*rest):
                    sums[token] += np.prod([chances[one, other] for one, other in itertools.pairwise((token, *way))])
            expected = weight * np.log(np.maximum(sums / sums.max(), LEAST_SHARE))
            np.testing.assert_allclose(rule._ahead[0, line][column], expected, rtol=1e-3, atol=1e-4)
    assert (rule.lookahead(place) == rule._ahead[0, 0][0]).all()
    token = int(np.flatnonzero(rule.allowed(place))[0])
    for _ in range(length - 1):
        place = rule.advance(place, token)
        token = int(np.flatnonzero(rule.allowed(place))[0])
    assert rule.lookahead(place) is None, "at the last character there is nothing ahead"
