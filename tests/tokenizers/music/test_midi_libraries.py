"""The tokenizer of the alphabet ``midi``: long pieces, wishes, saving, and the libraries that it stands on."""

import subprocess
import sys
from fractions import Fraction

import pytest

from generator.errors import ConstraintUnsatisfiable, TokenizerError
from generator.music import Metre, Note, Part, Pitch, Rest, Score, Voice
from generator.tokenizers.music import Wish
from generator.tokenizers.music.midi import Midi, MidiTokenizer
from generator.tokenizers.music.midi_places import followed
from generator.tokenizers.music.midi_vocabulary import vocabulary

pytest.importorskip("symusic")
pytest.importorskip("miditok")


@pytest.fixture(scope="module")
def midi() -> Midi:
    return MidiTokenizer.shared_alphabet()


def small_score() -> Score:
    """A bar of two notes and a rest."""
    quarter = Fraction(1)
    events = (
        Note(0 * quarter, quarter, Pitch("C", 0, 4)),
        Note(quarter, quarter, Pitch("E", 0, 4)),
        Rest(2 * quarter, 2 * quarter),
    )
    return Score((Part((Voice(events),), program=0),), (0 * quarter,), 4 * quarter, (Metre(0 * quarter, 4, 4),))


def test_a_long_piece_is_followed_without_copying_all_of_it(midi: Midi):
    place = midi.begin(Wish()).echo
    for _ in range(6000):
        for character in "abcdefghijkl":
            place = followed(place, character)
    assert len(place.text) < 1 << 14 and place.due == "a" and place.strength == 12


def test_wishes_that_cannot_be_met(midi: Midi):
    for wish in (Wish(key="E"), Wish(mode="dorian"), Wish(metre="13/7"), Wish(bars=0), Wish(bars=10**6)):
        with pytest.raises(ConstraintUnsatisfiable) as caught:
            midi.begin(wish)
        assert caught.value.hint


# ------------------------------------------------------------------ the tokenizer and its libraries


def test_the_tokenizer_is_saved_and_read(tmp_path, midi: Midi):
    tokenizer = MidiTokenizer.whole()
    score = small_score()
    text = midi.write(score)
    assert tokenizer.decode(tokenizer.encode(text)) == text
    assert tokenizer.token_label(tokenizer.encode(text)[0]) == "Bar_None"
    assert tokenizer.decode_score(tokenizer.encode_score(score)) == midi.kept(score)


def test_without_miditok_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(sys.modules, "miditok", None)
    with pytest.raises(TokenizerError, match="miditok") as caught:
        vocabulary.__wrapped__()
    assert ".[music]" in caught.value.hint


def test_libraries_are_imported_when_needed_and_stay_off_the_network():
    code = """
import socket, sys
def refuse(*_): raise OSError("the network was asked for")
socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import generator.tokenizers, generator.tokenizers.music
import generator.tokenizers.music.midi as module
assert not {"miditok", "symusic", "tokenizers", "huggingface_hub"} & set(sys.modules)
midi = module.MidiTokenizer.shared_alphabet()
import symusic
file = symusic.Score(480)
file.tracks.append(symusic.Track())
file.tracks[0].notes.append(symusic.Note(0, 480, 60, 64))
text = midi.text_of_midi(bytes(file.dumps_midi()))
assert midi.text_of_midi(midi.midi_of(text)) == text
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
