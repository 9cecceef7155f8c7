"""Of a model that was trained on lines turned round, everything comes out as it is read; what is given, too."""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from generator import checkpoint, tokenizers
from generator.config import ModelConfig, SamplingConfig
from generator.corpus.packing import turned
from generator.decoding import Acrostic, Alphabet, Collector, Generation, Writer, generate
from generator.decoding.constraints import CharacterRule, Context, Together
from generator.decoding.search import beam_search
from generator.decoding.streaming import Rows, whole_lines
from generator.errors import ConstraintUnsatisfiable, DecodingError, UnknownSymbol
from generator.model import LanguageModel
from generator.seeding import torch_generator

KINDS = ("char", "bpe", "byte")
TEXT = "O rose, thou art sick!\nThe invisible worm,\nthat flies in the night\n春眠不觉晓，处处闻啼鸟。\n"


def network(tokenizer: tokenizers.Tokenizer) -> LanguageModel:
    """A network with random weights."""
    config = ModelConfig(
        vocab_size=tokenizer.vocab_size, embed_dim=16, hidden_size=24, num_layers=1, tie_weights=False,
        dropout=0.0, input_dropout=0.0,
    )  # fmt: skip
    return LanguageModel(config, torch_generator(3)).eval()


@lru_cache
def pair(kind: str = "char", start_text: str = "") -> tuple[Writer, Writer]:
    """A network that breaks lines often, twice: as a writer that is told nothing, and as one that writes lines from
    their ends."""
    options = {"vocab_size": 300} if kind == "bpe" else {}
    tokenizer = tokenizers.train(kind, [TEXT] * 3, **options)
    model = network(tokenizer)
    with torch.no_grad():
        for value in model.parameters():
            value *= 1.5
        model.output.bias[tokenizer.encode("\n")[0]] += 1.5
    plain, backward = (
        Writer(model, tokenizer, start_text=start_text, precision="float32", backward=each) for each in (False, True)
    )
    return plain, backward


def written(generation: Generation) -> tuple[list[str], list[str], list[tuple[int, ...]]]:
    """What the rows gained as it is read, as it was written, and their tokens."""
    collector, raw = Collector(generation.count), [""] * generation.count
    for step in generation:
        collector.add(step)
        raw = [before + new for before, new in zip(raw, step.raw, strict=True)]
    samples = generation.collected(collector)
    return [sample.written for sample in samples], raw, [sample.tokens for sample in samples]


@settings(max_examples=25, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    start_text=st.sampled_from(("", "\n")),
    prompt=st.sampled_from(("", "\n", "O rose\n", "The worm,\nthat flies in the night\n\n")),
    seed=st.integers(0, 10_000),
    length=st.integers(1, 90),
    drawing=st.sampled_from(({}, {"best_of": 3}, {"beam_size": 2}, {"temperature": 0.0}, {"repetition_penalty": 1.3})),
)
def test_what_is_read_is_what_was_written_with_its_lines_turned(kind, start_text, prompt, seed, length, drawing):
    plain, backward = pair(kind, start_text)
    config = SamplingConfig(seed=seed, length=length, **drawing)
    generation = generate(backward, prompt, config, count=2)
    texts, raw, tokens = written(generation)
    assert texts == [turned(text) for text in raw]
    assert all(sample.text == prompt + sample.written for sample in generate(backward, prompt, config).samples())
    # and the network was asked the same: a writer that is told nothing writes the same tokens after the turned prompt
    assert (raw, tokens) == written(generate(plain, turned(prompt), config, count=2))[1:]


@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="O ro\n鸟。", max_size=40), kind=st.sampled_from(KINDS))
def test_lines_are_given_when_they_are_whole_and_nothing_is_lost(text: str, kind: str):
    tokenizer = pair(kind)[0].tokenizer
    rows, given_so_far = Rows(tokenizer, 1, True, backward=True), ""
    ids = tokenizer.encode(text)
    for number in range(len(ids)):
        given_so_far += rows.add(ids[number : number + 1])[1][0]
        assert given_so_far == whole_lines(tokenizer.decode(ids[: number + 1]))
    given_so_far += rows.add(np.array([tokenizer.boundary]))[1][0]
    assert given_so_far == turned(text)
    assert rows.all_finished


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_goes_on_from_its_own_lines(kind: str):
    """What was written with whole lines given is what would have come after them."""
    _, backward = pair(kind, "\n")
    sample = generate(backward, "O rose\n", SamplingConfig(temperature=0.0, length=80)).samples()[0]
    first, _, _ = sample.written.partition("\n")
    again = generate(backward, f"O rose\n{first}\n", SamplingConfig(temperature=0.0, length=40)).samples()[0]
    whole = again.text.rpartition("\n")[0]
    assert whole.count("\n") > 2
    assert sample.text.startswith(whole)


def test_a_line_that_is_not_ended_is_refused():
    plain, backward = pair()
    for prompt in ("O rose", "O rose\nThe worm"):
        with pytest.raises(DecodingError, match="within a line") as caught:
            generate(backward, prompt)
        assert "line break" in caught.value.hint
        generate(plain, prompt)


def test_a_character_that_is_unknown_is_named_where_it_stands_in_the_prompt_as_it_was_given():
    plain, backward = pair()
    said = []
    for writer in (plain, backward):
        with pytest.raises(UnknownSymbol) as caught:
            generate(writer, "O rose\nwormZ the worm\n")
        said.append(caught.value.message)
    assert said[0] == said[1]


class Fours(CharacterRule):
    """Lines of four letters, none of which can be turned: what they end with they do not begin with."""

    name = "Fours"
    letters = ("rs", "oe", "in", "th")

    def check(self, context: Context) -> None:
        pass

    def first(self, prompt: str) -> Hashable:
        return 0

    def characters(self, place: Hashable) -> frozenset[str]:
        assert isinstance(place, int)
        return frozenset(self.letters[place] if place < 4 else "\n")

    def after(self, place: Hashable, character: str) -> Hashable:
        assert isinstance(place, int)
        return (place + 1) % 5

    def may_end(self, place: Hashable) -> bool:
        return False


@pytest.mark.parametrize("drawing", [{}, {"beam_size": 2}])
def test_a_row_ends_with_the_line_in_which_the_text_can_be_read(drawing: dict[str, int]):
    _, backward = pair("char", "\n")
    config = SamplingConfig(seed=4, length=100, **drawing)
    free = generate(backward, "", config, constraints=[Fours()]).samples()[0].written
    lines = free.split("\n")[:-1]
    for words in (lines[0][:3], lines[-1][1:]):
        (sample,) = generate(backward, "", config, constraints=[Fours()], until=words).samples()
        *before, last, _ = sample.written.split("\n")
        assert words not in "\n".join(before)
        assert (words in last) == sample.ended == (len(sample.tokens) < 100)
        assert sample.ended or drawing, "a beam may end elsewhere"


def test_a_search_ends_its_texts_where_they_can_be_read_so():
    """And not only what is shown of them."""
    _, writer = pair("char", "\n")
    config = SamplingConfig(length=60, beam_size=3)

    def found(until: str) -> list[str]:
        state = writer.engine.start(1, None)
        writer.engine.prefill(writer.context(""), state)
        together = Together([Fours()], Context(writer.tokenizer, "", 60, False, True), [1])
        told = SimpleNamespace(now=lambda: None)
        mask, tokenizer = writer.base_mask, writer.tokenizer
        texts = beam_search(writer.engine, state, told, config, together, mask, until, tokenizer, True)
        return [tokenizer.decode(text.tokens) for text in texts]

    words = turned(found("")[0])[5:8]
    ended = found(words)
    assert any(words in whole_lines(text) for text in ended)
    assert not any(words in whole_lines(text[:-1]) for text in ended)


def test_an_acrostic_is_refused_where_it_would_stand_at_the_ends_of_lines_and_an_alphabet_is_not():
    _, backward = pair()
    with pytest.raises(ConstraintUnsatisfiable, match="acrostic") as caught:
        generate(backward, "", constraints=[Acrostic("rose")])
    assert "--form" in caught.value.hint
    sample = generate(backward, "", SamplingConfig(seed=1, length=40), constraints=[Alphabet("rose \n")]).samples()[0]
    assert set(sample.written) <= set("rose \n")


def test_a_stopped_text_ends_with_a_whole_line():
    _, backward = pair("char", "\n")
    generation = generate(backward, "", SamplingConfig(seed=1, length=200))
    collector = Collector(1)
    for _ in range(100):
        collector.add(next(generation))
    assert generation.collected(collector)[0].text.endswith("\n")


def test_a_checkpoint_says_how_it_was_trained(tmp_path: Path):
    tokenizer = pair()[0].tokenizer
    config = {"name": "one", "medium": "text", "tag_fields": {}, "start_text": ""}
    for says in ({}, {"backward": False}, {"backward": True}):
        checkpoint.save(tmp_path / "one", network(tokenizer), tokenizer, {**config, **says}, "# A card")
        assert Writer.of(checkpoint.load(tmp_path / "one"), "float32").backward == says.get("backward", False)
