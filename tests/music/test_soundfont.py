"""The SoundFont put in tune: what symusic plays from it has the pitch that was asked for, and it does not without."""

import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest

from generator.music.soundfont import chunks, in_tune

RATE = 22050


@pytest.fixture(scope="module")
def original() -> bytes:
    package = importlib.util.find_spec("pretty_midi")
    assert package and package.origin
    return (Path(package.origin).parent / "TimGM6mb.sf2").read_bytes()


def semitones_off(path: Path, program: int, key: int) -> float:
    """How far a note is from its pitch, octaves left out, by its autocorrelation."""
    import symusic

    file = symusic.Score(480)
    track = symusic.Track("", program, False)
    track.notes.append(symusic.Note(0, 960, key, 80))
    file.tracks.append(track)
    sound = np.asarray(symusic.Synthesizer(str(path), RATE, 0).render(file, True)).mean(axis=0)[RATE // 4 :][:8192]
    likeness = np.fft.irfft(np.abs(np.fft.rfft(sound - sound.mean(), 2 * len(sound))) ** 2)[: len(sound) // 2]
    after = int(np.argmax(likeness < 0))
    period = after + int(np.argmax(likeness[after:]))
    off = 12 * np.log2(RATE / period / 440) + 69 - key
    return float((off + 6) % 12 - 6)


@pytest.mark.parametrize("program", [0, 6, 24, 40, 42, 48, 56, 68, 73])
def test_instruments_are_in_tune(original, tmp_path, program):
    path = tmp_path / "x.sf2"
    path.write_bytes(in_tune(original))
    for key in (48, 60, 67, 72):
        assert abs(semitones_off(path, program, key)) < 0.5


def test_without_it_the_piano_is_out_of_tune(original, tmp_path):
    """When this fails, symusic has learnt it, and the module can go."""
    path = tmp_path / "x.sf2"
    path.write_bytes(original)
    assert abs(semitones_off(path, 0, 57)) > 1


def test_it_is_still_a_whole_soundfont(original):
    found = in_tune(original)
    assert int.from_bytes(found[4:8], "little") + 8 == len(found)
    before, after = dict(chunks(original, 12, len(original))), dict(chunks(found, 12, len(found)))
    assert before.keys() == after.keys()
    for name in before.keys() - {b"igen", b"shdr", b"pdta"}:
        (start, size), (at, same) = before[name], after[name]
        assert original[start : start + size] == found[at : at + same]
    assert (after[b"shdr"][1] - before[b"shdr"][1]) % 46 == 0 < after[b"shdr"][1] - before[b"shdr"][1]
    end = after[b"shdr"][0] + after[b"shdr"][1]
    assert found[end - 46 : end] == original[-46:], "the header that marks the end is last"


@pytest.mark.parametrize("length", [0, 4, 12, 100, 5_900_000])
def test_what_is_no_soundfont_is_refused(original, length):
    with pytest.raises(ValueError):
        in_tune(original[:length])
    with pytest.raises(ValueError):
        in_tune(os.urandom(64))
