"""The iterator of steps: what it yields, when it computes, and that rows do not disturb each other."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
import torch

from generator.config import SamplingConfig
from generator.decoding import Engine, Writer, generate
from generator.decoding.products import PRECISIONS
from generator.decoding.streaming import Rows
from generator.errors import ConfigError, DecodingError, UnknownSymbol
from generator.tokenizers import ByteTokenizer

MakeWriter = Callable[..., Writer]
POEM = "春眠不觉晓 🌹 é 👩‍👩‍👧 end"


def network_log_probs(writer: Writer, tokens: list[int], tags: np.ndarray | None = None) -> np.ndarray:
    """Log-probabilities after every token [time, vocab_size], by the training network."""
    with torch.no_grad():
        logits, _ = writer.model(torch.tensor([tokens]), tags=None if tags is None else torch.from_numpy(tags)[None])
    return torch.log_softmax(logits[0].double(), -1).numpy()


# ------------------------------------------------------------------ one row and many


@pytest.mark.parametrize("precision", list(PRECISIONS))
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_row_i_of_a_batch_is_that_row_alone(make_writer: MakeWriter, cell: str, precision: str):
    writer = make_writer(precision=precision, cell=cell)
    config = SamplingConfig(length=60, seed=40, temperature=1.0)
    alone = {
        row: generate(writer, "The ", SamplingConfig(length=60, seed=40 + row, temperature=1.0)).samples()[0]
        for row in (0, 1, 6, 40, 63)
    }
    for count in (1, 2, 7, 64):
        batch = generate(writer, "The ", config, count=count).samples()
        assert [sample.seed for sample in batch] == list(range(40, 40 + count))
        for row in alone:
            if row < count:
                assert batch[row] == alone[row]
    assert len({sample.text for sample in batch}) > 50


@pytest.mark.parametrize(
    "settings", [{"top_k": 4}, {"top_p": 0.8}, {"min_p": 0.1}, {"repetition_penalty": 1.5, "repetition_window": 8}]
)
def test_filters_keep_rows_apart(make_writer: MakeWriter, settings: dict[str, float]):
    writer = make_writer(precision="int8")
    batch = generate(writer, "rose", SamplingConfig(length=40, seed=3, **settings), count=9).samples()
    alone = generate(writer, "rose", SamplingConfig(length=40, seed=8, **settings)).samples()
    assert batch[5] == alone[0]


def test_rows_that_end_early_do_not_disturb_the_others(make_writer: MakeWriter):
    writer = make_writer(start_text="", boundary_bias=3.5, precision="int8")
    batch = generate(writer, "", SamplingConfig(length=50, seed=1), count=24).samples()
    assert len({len(sample.tokens) for sample in batch}) > 3
    for row in (0, 11, 23):
        assert generate(writer, "", SamplingConfig(length=50, seed=1 + row)).samples()[0] == batch[row]


# ------------------------------------------------------------------ what a step says


def test_a_step_says_what_the_network_thought(make_writer: MakeWriter):
    writer = make_writer()
    tokens = writer.context("The worm").tolist()
    for step in generate(writer, "The worm", SamplingConfig(length=30, seed=1, temperature=1.3, top_k=9)):
        expected = network_log_probs(writer, tokens)[-1]
        token = int(step.tokens[0])
        assert step.log_prob[0] == pytest.approx(expected[token], abs=1e-4)
        assert step.entropy[0] == pytest.approx(-(np.exp(expected) * expected).sum(), abs=1e-4)
        assert np.allclose(step.log_probs[0], expected, atol=1e-4)
        leading = step.alternatives(0, 4)
        assert [a.log_prob for a in leading] == sorted((a.log_prob for a in leading), reverse=True)
        assert leading[0].token == int(expected.argmax())
        assert leading[0].label == writer.tokenizer.token_label(leading[0].token)
        assert not step.forced[0]
        assert step.removed[0] == 0
        assert step.text == writer.tokenizer.decode([token])
        tokens.append(token)


def test_an_old_step_still_tells_its_own_story(make_writer: MakeWriter):
    writer = make_writer()
    steps = list(generate(writer, "O", SamplingConfig(length=20, seed=2), count=2))
    kept = [step.log_prob.copy() for step in generate(writer, "O", SamplingConfig(length=20, seed=2), count=2)]
    assert all(np.array_equal(step.log_prob, log_prob) for step, log_prob in zip(steps, kept, strict=True))


def test_greedy_takes_the_likeliest_token_each_time(make_writer: MakeWriter):
    writer = make_writer()
    tokens = writer.context("The ").tolist()
    sample = generate(writer, "The ", SamplingConfig(length=40, temperature=0)).samples()[0]
    for token in sample.tokens:
        log_probs = network_log_probs(writer, tokens)[-1]
        log_probs[0] = -np.inf  # a long text has no boundary inside
        assert log_probs[token] >= log_probs.max() - 1e-4
        tokens.append(token)


def test_the_repetition_penalty_counts_the_prompt_and_what_was_written(make_writer: MakeWriter):
    writer = make_writer()
    config = SamplingConfig(length=6, temperature=0, repetition_penalty=3.0, repetition_window=4)
    changed_by_prompt = 0
    for prompt in ("".join(pair) * 3 for pair in itertools.product("theworm", "isck")):
        tokens = writer.context(prompt).tolist()
        for step in generate(writer, prompt, config):
            logits = step.logits[0].astype(np.float64)
            logits[0] = -np.inf
            likeliest = int(logits.argmax())
            for token in set(tokens[-4:]):
                logits[token] = logits[token] / 3 if logits[token] > 0 else logits[token] * 3
            assert int(step.tokens[0]) == int(logits.argmax())
            changed_by_prompt += step.index == 0 and likeliest != int(logits.argmax())
            tokens.append(int(step.tokens[0]))
    assert changed_by_prompt


def test_a_sample_adds_up(make_writer: MakeWriter):
    writer = make_writer()
    sample = generate(writer, "night\n", SamplingConfig(length=50, seed=9)).samples()[0]
    context = writer.context("night\n").tolist()
    log_probs = network_log_probs(writer, context + list(sample.tokens))
    total = sum(log_probs[len(context) - 1 + i][token] for i, token in enumerate(sample.tokens))
    assert sample.text == "night\n" + writer.tokenizer.decode(list(sample.tokens))
    assert sample.log_prob == pytest.approx(total, abs=1e-3)
    assert sample.bits_per_char == pytest.approx(-total / np.log(2) / len(sample.written), rel=1e-4)
    assert sample.mean_log_prob == pytest.approx(total / 50, rel=1e-4)


# ------------------------------------------------------------------ prompts, ends, lengths


@pytest.mark.parametrize("length", [0, 1, 2, 63, 64, 500, 2000])
def test_prompts_of_any_length_are_read_to_the_end(make_writer: MakeWriter, length: int):
    writer = make_writer()
    prompt = ("The invisible worm,\n" * 120)[:length]
    step = next(generate(writer, prompt, SamplingConfig(length=1, seed=1)))
    expected = network_log_probs(writer, writer.context(prompt).tolist())[-1]
    assert np.allclose(step.log_probs[0], expected, atol=1e-3)


def test_an_empty_prompt_starts_a_piece_or_a_text(make_writer: MakeWriter):
    pieces, text = make_writer(start_text=""), make_writer(start_text="\n")
    assert pieces.context("").tolist() == [0]
    assert pieces.context("O").tolist() == [0, *pieces.tokenizer.encode("O")]
    assert text.context("").tolist() == text.tokenizer.encode("\n").tolist()
    assert text.context("O").tolist() == text.tokenizer.encode("O").tolist()
    unbroken = make_writer(start_text="\n", text="abc")
    assert unbroken.context("").tolist() == [0]


def test_pieces_end_with_the_boundary_and_texts_never(make_writer: MakeWriter):
    pieces = make_writer(start_text="", boundary_bias=3.0)
    steps = list(generate(pieces, "", SamplingConfig(length=200, seed=3), count=6))
    assert len(steps) < 200, "to be over is to stop"
    assert steps[-1].finished.all()
    seen = np.zeros(6, bool)
    for step in steps:
        for row in range(6):
            if seen[row]:
                assert step.tokens[row] == -1
                assert step.texts[row] == ""
                assert step.log_prob[row] == 0
        assert np.array_equal(step.finished, seen | (step.tokens == 0))
        seen = step.finished
    text = make_writer(start_text="\n", boundary_bias=3.0)
    for step in generate(text, "", SamplingConfig(length=100, seed=3), count=6):
        assert (step.tokens > 0).all()


def test_a_text_ends_where_it_was_told_to(make_writer: MakeWriter):
    writer = make_writer()
    samples = generate(writer, "", SamplingConfig(length=400, seed=1, temperature=1.0), count=8, until="e").samples()
    assert any(sample.ended for sample in samples)
    for sample in samples:
        assert sample.ended == ("e" in sample.text)
        assert sample.text.find("e") in (-1, len(sample.text) - 1)


def test_an_end_may_be_spread_over_tokens(make_writer: MakeWriter):
    rows = Rows(make_writer("byte").tokenizer, 1, False, until="啼鸟")
    ids = make_writer("byte").tokenizer.encode("处处闻啼鸟。")
    ended_at = [bool(rows.add(np.array([token], np.int64)) and rows.all_finished) for token in ids]
    assert ended_at.index(True) == len("处处闻啼鸟".encode()) - 1


def test_nothing_is_computed_before_it_is_asked_for(make_writer: MakeWriter, monkeypatch: pytest.MonkeyPatch):
    writer = make_writer()
    calls = []
    original = Engine.step

    def counted(self: Engine, *arguments: object) -> object:
        calls.append(1)
        return original(self, *arguments)

    monkeypatch.setattr(Engine, "step", counted)
    steps = generate(writer, "The", SamplingConfig(length=1_000_000, seed=1))
    assert not calls
    assert len(list(itertools.islice(steps, 5))) == 5
    assert len(calls) == 4


def test_the_same_seed_gives_the_same_text_and_another_another(make_writer: MakeWriter):
    writer = make_writer(precision="int8")
    texts = [generate(writer, "", SamplingConfig(length=80, seed=seed)).samples()[0].text for seed in (5, 5, 6)]
    assert texts[0] == texts[1] != texts[2]
    drawn = [generate(writer, "", SamplingConfig(length=80)) for _ in range(2)]
    assert drawn[0].config.seed != drawn[1].config.seed
    first = drawn[0].samples()[0]
    again = generate(writer, "", SamplingConfig(length=80, seed=first.seed)).samples()[0]
    assert again == first


def test_the_random_numbers_of_the_process_are_left_alone(make_writer: MakeWriter):
    writer = make_writer()
    torch_state, numpy_state = torch.get_rng_state(), np.random.get_state()[1].copy()
    generate(writer, "", SamplingConfig(length=20), count=3).samples()
    generate(writer, "", SamplingConfig(length=10, best_of=3)).samples()
    assert torch.equal(torch_state, torch.get_rng_state())
    assert np.array_equal(numpy_state, np.random.get_state()[1])


def test_strangers_in_the_prompt_are_named_or_dropped(make_writer: MakeWriter):
    writer = make_writer()
    with pytest.raises(UnknownSymbol, match="line 2, column 3"):
        generate(writer, "The\nwoØrm")
    with pytest.warns(UserWarning, match="dropped"):
        steps = generate(writer, "The woØrm", SamplingConfig(length=3, seed=1), unknown="drop")
    assert [step.text for step in steps] == [
        step.text for step in generate(writer, "The worm", SamplingConfig(length=3, seed=1))
    ]


def test_impossible_counts_are_refused(make_writer: MakeWriter):
    with pytest.raises(ConfigError, match="0 texts"):
        generate(make_writer(), count=0)
    with pytest.raises(ConfigError, match="beam-size 2"):
        generate(make_writer(), config=SamplingConfig(beam_size=2), count=3)


# ------------------------------------------------------------------ tags

TAGS = (("author", ("李白", "杜甫", "Blake")), ("form", ("song", "sonnet")))


def test_tags_steer_and_are_looked_up_by_name(make_writer: MakeWriter):
    writer = make_writer(tags=TAGS)
    assert writer.tag_ids(None).tolist() == [0, 0]
    assert writer.tag_ids({"form": "sonnet"}).tolist() == [0, 2]
    tags = {"author": "Blake", "form": "song"}
    step = next(generate(writer, "The", SamplingConfig(length=1, seed=1), tags=tags))
    expected = network_log_probs(writer, writer.context("The").tolist(), np.array([3, 1]))[-1]
    assert np.allclose(step.log_probs[0], expected, atol=1e-4)
    other = next(generate(writer, "The", SamplingConfig(length=1, seed=1)))
    assert not np.allclose(other.log_probs, step.log_probs, atol=1e-3)


@pytest.mark.parametrize(
    ("tags", "message", "hint"),
    [
        ({"author": "Blacke"}, "no author 'Blacke'", "Did you mean: Blake"),
        ({"author": "王维"}, "no author '王维'", "It knows: 李白, 杜甫, Blake"),
        ({"writer": "Blake"}, "no tag 'writer'", "author, form"),
    ],
)
def test_unknown_tags_offer_what_is_near(make_writer: MakeWriter, tags: dict[str, str], message: str, hint: str):
    with pytest.raises(DecodingError, match=message) as caught:
        generate(make_writer(tags=TAGS), tags=tags)
    assert hint in caught.value.hint


def test_a_model_without_tags_says_so(make_writer: MakeWriter):
    with pytest.raises(DecodingError) as caught:
        generate(make_writer(), tags={"author": "Blake"})
    assert "without tags" in caught.value.hint


# ------------------------------------------------------------------ whole characters


def test_characters_come_whole_when_tokens_are_bytes():
    tokenizer = ByteTokenizer.train()
    rows = Rows(tokenizer, 2, ends=True)
    texts = ["", ""]
    for token, other in zip(tokenizer.encode(POEM), tokenizer.encode(POEM[::-1]), strict=True):
        _, gained = rows.add(np.array([token, other], np.int64))
        for row, text in enumerate(gained):
            assert "\ufffd" not in text
            assert len(text) <= 1
            texts[row] += text
    assert texts == [POEM, POEM[::-1]]


def test_a_character_that_is_never_finished_shows_at_the_end():
    tokenizer = ByteTokenizer.train()
    rows = Rows(tokenizer, 2, ends=True)
    first, second, _ = tokenizer.encode("春").tolist()
    assert rows.add(np.array([first, first]))[1] == ["", ""]
    assert rows.add(np.array([0, second]))[1] == ["\ufffd", ""]
    assert rows.add(np.array([0, second]), last=True)[1][0] == ""


@pytest.mark.parametrize("kind", ["byte", "bpe", "unigram"])
def test_what_streams_is_what_the_tokens_decode_to(make_writer: MakeWriter, kind: str):
    writer = make_writer(kind)
    generation = generate(writer, "春眠", SamplingConfig(length=60, seed=4, temperature=1.2), count=5)
    steps = list(generation)
    for row in range(5):
        streamed = "".join(step.texts[row] for step in steps)
        assert streamed == writer.tokenizer.decode([int(step.tokens[row]) for step in steps])
