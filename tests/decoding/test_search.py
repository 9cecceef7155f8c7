"""Best-of and beams, against every text there is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from generator.config import SamplingConfig
from generator.decoding import Acrostic, Alphabet, Writer, generate
from generator.seeding import candidate_seeds

MakeWriter = Callable[..., Writer]


def all_texts(writer: Writer, length: int, ends: bool) -> dict[tuple[int, ...], float]:
    """Log-probability of every text of at most ``length`` tokens, by the training network."""
    vocab = writer.tokenizer.vocab_size
    context = writer.context("").tolist()
    found: dict[tuple[int, ...], float] = {}
    open_texts: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    for _ in range(length):
        with torch.no_grad():
            logits, _ = writer.model(torch.tensor([context + list(text) for text, _ in open_texts]))
        log_probs = torch.log_softmax(logits[:, -1].double(), -1).numpy()
        following = []
        for (text, total), line in zip(open_texts, log_probs, strict=True):
            if ends:
                found[(*text, 0)] = total + line[0]
            following += [((*text, token), total + line[token]) for token in range(1, vocab)]
        open_texts = following
    found.update(open_texts)
    return found


@pytest.mark.parametrize("start_text", ["", "a"])
@pytest.mark.parametrize("bias", [0.0, 2.0])
def test_a_wide_beam_finds_the_best_of_all_texts(make_writer: MakeWriter, start_text: str, bias: float):
    writer = make_writer(text="abc", start_text=start_text, scale=2.5, boundary_bias=bias)
    every = all_texts(writer, 4, ends=not start_text)
    best = sorted(every, key=lambda text: -every[text] / len(text))[:5]
    samples = generate(writer, "", SamplingConfig(length=4, beam_size=256), count=5).samples()
    assert [sample.tokens for sample in samples] == best
    for sample in samples:
        assert sample.log_prob == pytest.approx(every[sample.tokens], abs=1e-4)


def plain_beams(writer: Writer, length: int, size: int) -> list[tuple[int, ...]]:
    """A beam search in plain Python that never stops early."""
    beams: list[tuple[tuple[int, ...], float]] = [((), 0.0)]
    found: list[tuple[tuple[int, ...], float]] = []
    context = writer.context("").tolist()
    for step in range(length):
        with torch.no_grad():
            logits, _ = writer.model(torch.tensor([context + list(text) for text, _ in beams]))
        log_probs = torch.log_softmax(logits[:, -1].double(), -1).tolist()
        every = [((*text, token), total + value) for (text, total), line in zip(beams, log_probs, strict=True)
                 for token, value in enumerate(line)]  # fmt: skip
        every = sorted(every, key=lambda item: -item[1])[: 2 * size]
        found += [item for item in every if item[0][-1] == 0 or step + 1 == length]
        beams = [item for item in every if item[0][-1] != 0][:size]
    return [text for text, _ in sorted(found, key=lambda item: -item[1] / len(item[0]))[:size]]


@pytest.mark.parametrize("bias", [0.0, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("size", [1, 2, 5])
def test_stopping_early_loses_nothing(make_writer: MakeWriter, bias: float, size: int):
    writer = make_writer(text="abcd", start_text="", scale=2.0, boundary_bias=bias)
    samples = generate(writer, "", SamplingConfig(length=12, beam_size=size), count=size).samples()
    assert [sample.tokens for sample in samples] == plain_beams(writer, 12, size)


def test_a_narrow_beam_is_no_better_than_all_and_no_worse_than_greedy(make_writer: MakeWriter):
    writer = make_writer(text="abc", scale=2.5)
    every = all_texts(writer, 6, ends=False)
    greedy = generate(writer, "", SamplingConfig(length=6, temperature=0)).samples()[0]
    one = generate(writer, "", SamplingConfig(length=6, beam_size=1)).samples()[0]
    three = generate(writer, "", SamplingConfig(length=6, beam_size=3)).samples()[0]
    assert one.tokens == greedy.tokens
    assert one.log_prob <= three.log_prob + 1e-6 <= max(every.values()) + 2e-4


@pytest.mark.parametrize("precision", ["int8", "float32"])
def test_a_search_finds_the_same_every_time(make_writer: MakeWriter, precision: str):
    writer = make_writer(start_text="", boundary_bias=1.0, precision=precision)
    runs = [
        generate(writer, "The", SamplingConfig(length=15, beam_size=4, seed=seed), count=3).samples() for seed in (1, 2)
    ]
    assert [sample.tokens for sample in runs[0]] == [sample.tokens for sample in runs[1]]
    assert len({sample.tokens for sample in runs[0]}) == 3
    scores = [sample.mean_log_prob for sample in runs[0]]
    assert scores == sorted(scores, reverse=True)


def test_beams_keep_to_constraints(make_writer: MakeWriter):
    writer = make_writer()
    config = SamplingConfig(length=12, beam_size=5)
    for sample in generate(writer, "", config, count=5, constraints=[Alphabet("the\n"), Acrostic("hte")]).samples():
        assert set(sample.text) <= set("the\n")
        initials = "".join(line[0] for line in sample.text.split("\n") if line)
        assert initials[:3] == "hte"[: len(initials)]


def test_beams_end_where_they_were_told_to(make_writer: MakeWriter):
    writer = make_writer()
    for sample in generate(writer, "", SamplingConfig(length=30, beam_size=3), count=3, until="e").samples():
        assert sample.text.find("e") in (-1, len(sample.text) - 1)


def test_the_best_of_several_is_the_best_of_them(make_writer: MakeWriter):
    writer = make_writer(precision="int8")
    draws = [
        generate(writer, "O ", SamplingConfig(length=25, seed=seed)).samples()[0] for seed in candidate_seeds(50, 3, 4)
    ]
    assert [sample.seed for sample in draws[::4]] == [50, 51, 52] and len({sample.seed for sample in draws}) == 12
    kept = generate(writer, "O ", SamplingConfig(length=25, seed=50, best_of=4), count=3).samples()
    for group, sample in enumerate(kept):
        candidates = draws[4 * group : 4 * group + 4]
        assert sample == max(candidates, key=lambda candidate: candidate.log_prob / 25)
    assert np.mean([sample.log_prob for sample in kept]) > np.mean([sample.log_prob for sample in draws])


def test_chosen_texts_stream_like_any_other(make_writer: MakeWriter):
    writer = make_writer("byte", start_text="", boundary_bias=2.0)
    for config in (SamplingConfig(length=30, seed=1, best_of=3), SamplingConfig(length=30, beam_size=4)):
        steps = list(generate(writer, "春", config, count=2))
        samples = generate(writer, "春", config, count=2).samples()
        for row, sample in enumerate(samples):
            assert "春" + "".join(step.texts[row] for step in steps) == sample.text
            assert sample.written == writer.tokenizer.decode(list(sample.tokens))
