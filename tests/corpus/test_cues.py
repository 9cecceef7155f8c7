"""Cues: what is due after each character, of poems set by hand, and dealt with their tokens."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generator import tokenizers
from generator.corpus.batches import StreamBatches
from generator.corpus.cues import cue_fields, cues_of, theme_weights
from generator.errors import CorpusError
from generator.text.chinese.cues import END, NEWLINE

POEM = "白日依山盡，黃河入海流。\n欲窮千里目，更上一層樓。"
OTHER = "江南，好。\n風景舊曾諳"


def stream_of(*texts: str):
    tokenizer = tokenizers.train("char", list(texts))
    ids, starts = tokenizer.encode_pieces(list(texts))
    return tokenizer, np.append(ids, tokenizer.boundary).astype(np.int64), starts.astype(np.int64)


def test_the_cues_of_a_known_poem_are_those_worked_out_by_hand():
    tokenizer, ids, starts = stream_of(POEM)
    found = cues_of("verse", ids, starts, tokenizer)
    assert found.shape == (len(ids), 9)
    row = dict(zip(["left", "lines", "tone", "rhyme", "aligned"], found.T.tolist(), strict=False))
    line = [6, 5, 4, 3, 2, 1]  # five characters, and the mark
    assert row["left"][:-1] == [*line, *line, NEWLINE, *line, *line, END]
    assert row["lines"][:-1] == [4] * 6 + [3] * 6 + [3] + [2] * 6 + [1] * 6 + [1]
    # 仄起首句不入韵: 中仄中平仄 平平中仄平 中平平仄仄 中仄仄平平; 1 平, 2 仄, 3 either
    assert row["tone"][:6] == [3, 2, 3, 1, 2, 0]
    assert row["tone"][6:13] == [1, 1, 3, 2, 1, 0, 0]
    assert row["tone"][19:25] == [3, 2, 2, 1, 1, 0]
    assert row["rhyme"][:-1] == [1] * 6 + [2] * 6 + [0] + [1] * 6 + [2] * 6 + [0]
    first = tokenizer.encode("白日依山盡").tolist()
    assert row["aligned"][:13] == [0] * 6 + [*first, 0] + [0]
    assert row["aligned"][19:25] == [*tokenizer.encode("欲窮千里目").tolist(), 0]
    assert found[-1].tolist() == [0] * 9, "nothing is due after the last boundary"


def test_a_text_in_no_form_has_places_and_no_more():
    tokenizer, ids, starts = stream_of(OTHER)
    found = cues_of("verse", ids, starts, tokenizer)
    assert found[:-1, 0].tolist() == [3, 2, 1, 2, 1, NEWLINE, 6, 5, 4, 3, 2, END]
    assert found[:-1, 1].tolist() == [3] * 3 + [2] * 2 + [2] + [1] * 5 + [1]
    assert not found[:, [2, 4]].any(), "no tones, and no line above of the same length"


def test_each_piece_has_its_own_cues_and_themes_that_stand_in_it():
    texts = [POEM, OTHER, "之" * 3000, POEM.replace("樓", "舟")] * 5  # beside so many, the other characters are rare
    tokenizer, ids, starts = stream_of(*texts)
    found = cues_of("verse", ids, starts, tokenizer)
    alone = {text: cues_of("verse", *stream_of_with(tokenizer, text), tokenizer) for text in texts}
    wanted = set()
    for text, start in zip(texts, starts.tolist(), strict=True):
        rows = found[start : start + len(text) + 1]
        assert (rows[:, :5] == alone[text][:-1, :5]).all()
        assert (rows[:, 5:] == rows[0, 5:]).all(), "themes hold for the whole piece"
        themes = [int(token) for token in rows[0, 5:] if token]
        assert set(themes) <= set(tokenizer.encode(text).tolist())
        assert len(set(themes)) == len(themes)
        assert "之" not in tokenizer.decode(themes)
        wanted.add(len(themes))
    assert len(wanted) > 2


def stream_of_with(tokenizer, text: str):
    ids, starts = tokenizer.encode_pieces([text])
    return np.append(ids, tokenizer.boundary).astype(np.int64), starts.astype(np.int64)


def test_the_rarer_a_character_the_likelier_a_theme_up_to_a_bound():
    weights = theme_weights(np.array([0, 10_000, 50, 10, 1, 1_000_000]))
    assert weights[0] == weights[1] == weights[5] == 0
    assert 0 < weights[2] <= weights[3] <= weights[4] == 2.0


@pytest.mark.parametrize("kind", ["byte", "bpe"])
def test_tokens_that_are_no_characters_have_no_cues(kind: str):
    options = {"vocab_size": 270} if kind == "bpe" else {}
    tokenizer = tokenizers.train(kind, [POEM] * 3, **options)
    with pytest.raises(CorpusError, match="tokenizer of characters"):
        cues_of("verse", np.zeros(2), np.zeros(1), tokenizer)
    with pytest.raises(CorpusError, match="no cues 'prose'"):
        cue_fields("prose")


@given(st.lists(st.integers(0, 9), min_size=3, max_size=30), st.integers(1, 3), st.integers(2, 5), st.booleans())
def test_every_token_is_dealt_with_its_own_cue_and_tag(lengths: list[int], batch: int, steps: int, tagged: bool):
    tokens = sum(lengths) + len(lengths)
    if tokens // batch < steps:
        return
    starts = np.cumsum([0, *(length + 1 for length in lengths)])[:-1]
    ids = np.arange(1, tokens + 2)  # every token is known by its place
    ids[starts] = 0
    ids[-1] = 0
    cues = np.stack([np.arange(tokens + 1), np.arange(tokens + 1) * 7 % 1000], 1).astype(np.uint16)
    given_tags = int(tagged)
    tags = np.arange(len(lengths))[:, None].astype(np.uint16) + 1 if tagged else None
    batches = StreamBatches(ids, starts, tags, batch, steps, 5, cues=cues)
    piece_of = np.repeat(np.arange(len(lengths)), np.array(lengths) + 1) + 1
    for epoch in (0, 1, 7):
        for chunk in range(batches.chunks):
            got = batches.batch(epoch, chunk)
            table = got.tags.numpy().reshape(-1, given_tags + 2)
            for token, after, row in zip(got.inputs.flatten(), got.targets.flatten(), table, strict=True):
                place = int(row[given_tags])
                assert row[given_tags + 1] == place * 7 % 1000
                assert ids[place] == token
                if token:
                    assert ids[place + 1] == after
                if tagged:
                    assert row[0] == piece_of[place]
