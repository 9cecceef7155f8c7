"""Tokenizers of music: what every tokenizer does, and what is theirs alone."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from made_scores import scores

from generator import tokenizers
from generator.config import MUSIC
from generator.errors import TokenizerError, UnknownSymbol
from generator.music import Score
from generator.music.reading import read_bytes
from generator.tokenizers.music import FIRST, MusicTokenizer

pytest.importorskip("miditok")
TUNE = b"X:1\nM:3/4\nL:1/4\nK:Em\nE|:G2 A|B c/B/ A|G F E|F2 E:|\n"


@pytest.fixture(scope="module", params=MUSIC)
def tokenizer(request: pytest.FixtureRequest) -> MusicTokenizer:
    return tokenizers.train(request.param, ["any text"])


@pytest.fixture(scope="module")
def tune() -> Score:
    score = read_bytes(TUNE, "abc", "tune")[0].score
    assert score is not None
    return score


def test_the_vocabulary_is_the_alphabet_whatever_is_read(tokenizer: MusicTokenizer):
    symbols = tokenizer.musical.symbols
    assert tokenizer.vocab_size == len(symbols) + 1
    for token in range(1, tokenizer.vocab_size):
        character = chr(FIRST + token - 1)
        assert tokenizer.token_bytes(token).decode() == character
        assert tokenizer.token_label(token) == symbols[token - 1] == tokenizer.musical.label(character)
    assert tokenizer.token_label(0) == "<boundary>"
    again = tokenizers.train(tokenizer.kind, iter(["another text", "and more"]), min_count=7)
    assert (again.digest, again.facts) == (tokenizer.digest, {"characters": 20})
    with pytest.raises(TokenizerError, match="no music"):
        tokenizers.train(tokenizer.kind, [""])


def test_a_score_there_and_back(tokenizer: MusicTokenizer, tune: Score):
    ids = tokenizer.encode_score(tune)
    text = tokenizer.musical.write(tune)
    assert ids.tolist() == [ord(character) - FIRST + 1 for character in text]
    assert tokenizer.decode(ids) == text
    assert tokenizer.decode_score(ids, key="E") == tokenizer.musical.read(text, key="E")
    assert len(list(tokenizer.decode_score(ids[: len(ids) // 2], key="E").voices())) == 1


def test_it_comes_back_from_its_folder(tokenizer: MusicTokenizer, tune: Score, tmp_path: Path):
    tokenizer.save(tmp_path)
    again = tokenizers.load(tmp_path)
    assert isinstance(again, MusicTokenizer)
    assert (again.kind, again.digest, again.medium) == (tokenizer.kind, tokenizer.digest, "music")
    assert again.encode_score(tune).tolist() == tokenizer.encode_score(tune).tolist()
    assert again.musical is tokenizer.musical


def test_cues_that_name_characters_name_their_tokens(tokenizer: MusicTokenizer, tune: Score):
    text = tokenizer.musical.write(tune)
    ids = tokenizer.encode(text)
    rows, plain = tokenizer.cue_rows(text), tokenizer.musical.cue_rows(text)
    fields = tokenizer.musical.cue_fields
    assert rows.shape == (len(text) + 1, len(fields))
    assert [fields[column].size for column in tokenizer.naming] == [0] * len(tokenizer.naming)
    for column, field in enumerate(fields):
        assert rows[:, column].min() >= 0
        if field.size:
            assert rows[:, column].max() <= field.size
            assert np.array_equal(rows[:, column], plain[:, column])
        else:
            assert rows[:, column].max() < tokenizer.vocab_size
            named = [chr(value) if value else "" for value in plain[:, column]]
            assert named == [tokenizer.token_bytes(int(token)).decode() for token in rows[:, column]]
    # the tune is played twice: what the echo names is what comes, nearly always in the second half
    echo = next(number for number, field in enumerate(fields) if field.name == "echo")
    told = rows[len(text) * 2 // 3 : -1, echo]
    assert (told == ids[len(text) * 2 // 3 :]).mean() > 0.6


def test_a_character_that_is_none_of_music_is_refused_by_name_and_place(tokenizer: MusicTokenizer, tune: Score):
    text = tokenizer.musical.write(tune)
    with pytest.raises(UnknownSymbol, match=r"'b' .* column 4"):
        tokenizer.encode(text[:3] + "b" + text[3:])
    assert tokenizer.decode(tokenizer.encode("a" + text, unknown="drop", dropped=Counter())) == text
    with pytest.raises(TokenizerError, match="no character of the alphabet"):
        tokenizer.musical.label(chr(FIRST + len(tokenizer.musical.symbols)))
    with pytest.raises(TokenizerError, match="no character of the alphabet"):
        tokenizer.musical.shown("a")
    with pytest.raises(TokenizerError):
        tokenizer.decode_score([tokenizer.vocab_size])


@given(scores(most_parts=1, most_voices=1, most_notes=1))
@settings(max_examples=15)
def test_what_can_be_written_comes_back_as_tokens(score: Score):
    for kind in ("melody", "voices"):
        tokenizer = tokenizers.train(kind, ["x"])
        try:
            ids = tokenizer.encode_score(score)
        except TokenizerError:
            continue
        assert tokenizer.musical.write(score) == tokenizer.decode(ids)
        key = tokenizer.musical.tonic(score) if kind == "melody" else None
        assert tokenizer.decode_score(ids, key=key) == tokenizer.musical.kept(score)


def test_an_alphabet_is_asked_for_by_its_name():
    for kind in MUSIC:
        assert tokenizers.alphabet(kind).kind == kind
    with pytest.raises(TokenizerError, match="'char' is not an alphabet of music"):
        tokenizers.alphabet("char")
