"""Sound: the right length, the right pitch, never silent; measured by Fourier transforms and the standard library."""

import io
import wave
from dataclasses import replace
from fractions import Fraction as F

import numpy as np
import pytest
from rendered_scores import A4, NOTHING, RESTS, choir, in_bars, line

from generator.errors import RenderingError
from generator.music import Part, Pitch, Score, score_bytes
from generator.music.synthesis import synthesize
from generator.music.timing import Clock
from generator.rendering import orchestrated, performed, sound, wav_bytes
from generator.rendering.sound import TAIL_S, soundfont

RATE = 44100


def strongest_hz(samples: np.ndarray, rate: int = RATE) -> float:
    """The frequency with the most energy [samples, 2]."""
    mono = samples.mean(axis=1) * np.hanning(len(samples))
    return float(np.fft.rfftfreq(len(mono), 1 / rate)[np.abs(np.fft.rfft(mono)).argmax()])


def loudness(samples: np.ndarray) -> float:
    return float(np.sqrt((samples.astype(float) ** 2).mean()))


@pytest.mark.parametrize("program", [0, 40, 52, 73, None])
@pytest.mark.parametrize("pitch", [A4, Pitch("C", 0, 4), Pitch("E", -1, 5)], ids=lambda pitch: pitch.name)
def test_a_note_has_its_frequency(program, pitch):
    samples = sound(in_bars(Part((line(2, -2, pitch=pitch),), "", program)))[: 2 * RATE]
    wanted = 440 * 2 ** ((pitch.midi - 69) / 12)
    ratio = strongest_hz(samples) / wanted
    assert ratio == pytest.approx(round(ratio), rel=0.02) and round(ratio) >= 1
    # and what it repeats after is the period of that note, so that it is no octave higher
    mono = samples[RATE // 2 : RATE // 2 + 8192].mean(axis=1)
    likeness = np.fft.irfft(np.abs(np.fft.rfft(mono, 2 * len(mono))) ** 2)
    periods = [likeness[round(RATE / (wanted * times))] for times in (1, 1.5)]
    assert periods[0] > 0.5 * likeness[0] and periods[0] > periods[1]


def test_notes_begin_when_the_clock_says():
    score = in_bars(Part((line(-1, 1, -1, 1, fermatas=(0,)),), "", 0), tempos=((0, 60), (2, 120)))
    samples, clock = np.abs(sound(score)).max(axis=1), Clock(score)
    for onset in (F(1), F(3)):
        at = round(float(clock.seconds(onset)) * RATE)
        before, after = samples[at - RATE // 10 : at - RATE // 100].max(), samples[at : at + RATE // 10].max()
        assert after > 20 * before


def test_a_wav_file_opens_and_is_as_long_and_loud_as_it_should():
    score = choir(4)
    data = wav_bytes(score)
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE)
        samples = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    written_s = float(Clock(score).seconds(score.length))
    assert written_s - 0.01 <= len(samples) / RATE < written_s + TAIL_S / 2, "it ends when it has died away"
    assert loudness(samples / 32768) > 0.02
    assert 20 * np.log10(np.abs(samples).max() / 32768) == pytest.approx(-3, abs=0.1)
    assert np.abs(samples[-1]).max() < 33, "it has faded out"
    assert data == wav_bytes(choir(4))


def test_rates():
    samples = sound(
        in_bars(
            Part(
                (line(4),),
            )
        ),
        sample_rate_hz=22050,
    )
    assert 4 * 22050 <= len(samples) <= 6 * 22050 and samples.dtype == np.float32 and samples.shape[1] == 2
    assert strongest_hz(samples, 22050) / 440 == pytest.approx(round(strongest_hz(samples, 22050) / 440), rel=0.02)
    for rate in (0, 100, 10**7):
        with pytest.raises(RenderingError, match="samples a second"):
            sound(choir(), sample_rate_hz=rate)


@pytest.mark.parametrize("score", [RESTS, NOTHING], ids=["rests", "nothing"])
def test_silence_is_refused(score):
    for make in (sound, wav_bytes):
        with pytest.raises(RenderingError, match="nothing to hear"):
            make(score)


def test_what_lasts_for_hours_is_refused():
    score = in_bars(
        Part(
            (line(4),),
        ),
        tempos=((0, 60),),
    )
    slow = replace(score, tempos=(replace(score.tempos[0], bpm=F(1, 100)),))
    with pytest.raises(RenderingError, match="400 minutes"):
        sound(slow)


def test_instruments():
    def programs(*parts: Part) -> list[int | None]:
        return [part.program for part in orchestrated(in_bars(*parts)).parts]

    voice = line(4)
    assert programs(Part((voice,))) == [40]
    assert programs(Part((voice,), "Tenor")) == [52]
    assert programs(Part((voice,), "", 73)) == [73]
    assert programs(Part((voice,)), Part((voice,), "Bass"), Part((voice,), "x", 0)) == [0, 52, 0]
    assert programs(Part((voice,), "", None, True)) == [None], "drums are drums"
    assert sound(in_bars(Part((line(1, 1, 1, 1, pitch=Pitch("D", 0, 2)),), "drums", None, True))).any()


def test_what_a_score_says_stays():
    told = in_bars(Part((line(4),), "", 5), tempos=((0, 77),))
    assert orchestrated(told) == told
    untold: Score = replace(told, tempos=())
    assert [tempo.bpm for tempo in orchestrated(untold).tempos] == [100]
    late = in_bars(Part((line(4),), "", 5), tempos=((2, 77),))
    assert [(tempo.onset, tempo.bpm) for tempo in orchestrated(late).tempos] == [(0, 100), (2, 77)]
    assert performed(untold).tempos == Clock(untold).tempos


def test_a_missing_or_broken_soundfont_is_told(monkeypatch, tmp_path):
    broken = tmp_path / "x.sf2"
    broken.write_bytes(b"RIFF")
    with pytest.raises(RenderingError, match=r"x\.sf2 is no SoundFont"):
        synthesize(score_bytes(choir(), ".mid"), broken, sample_rate_hz=RATE)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(RenderingError, match="not installed") as caught:
        sound(choir())
    assert "[music]" in caught.value.hint


def test_the_package_of_the_soundfont_is_not_run():
    import subprocess
    import sys

    code = (
        "import sys; from generator.rendering.sound import soundfont; p = soundfont();"
        "assert p.read_bytes()[8:12] == b'sfbk'; assert 'pretty_midi' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
    assert soundfont().is_file()
