"""A score as sound: samples, or a WAV file."""

from __future__ import annotations

import importlib.util
import io
import wave
from pathlib import Path
from typing import TYPE_CHECKING

from generator.errors import RenderingError
from generator.music import Score, score_bytes
from generator.music.synthesis import synthesize
from generator.music.timing import Clock

from .performance import performed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["sound", "wav_bytes"]

PEAK = 10 ** (-3 / 20)  # -3 dB below full scale, so that no player clips
SILENCE = 10 ** (-60 / 20)  # of the peak: what dies away below this is cut off
TAIL_S = 3.0  # how long a last note may die away
FADE_S = 0.05
MOST_S = 3600.0  # an hour of stereo is 1.3 GB in memory
RATES_HZ = (8000, 192000)


def sound(score: Score, *, sample_rate_hz: int = 44100, performance: bytes | None = None) -> NDArray[np.float32]:
    """What the score sounds like: from its beginning, rests included, until the last note has died away.

    Instruments and tempos are those of ``performed``, so that time and ``Clock(score)`` agree.

    Args:
        score: A lawful score.
        sample_rate_hz: Samples a second.
        performance: A MIDI file of the piece that says more than the score, as how loud each note is.

    Returns:
        Samples [samples, 2], left and right; the loudest is 3 dB below full scale.

    Raises:
        RenderingError: If there is no note, it would last more than an hour, or the SoundFont is missing.
    """
    import numpy as np

    least, most = RATES_HZ
    if not least <= sample_rate_hz <= most:
        raise RenderingError(f"{sample_rate_hz} samples a second are too few or too many.", f"From {least} to {most}.")
    if not any(voice.notes() for voice in score.voices()):
        raise RenderingError("There is nothing to hear: the score has no notes.")
    length_s = float(Clock(score).seconds(score.length))
    if length_s > MOST_S:
        raise RenderingError(
            f"The piece would sound for {length_s / 60:.0f} minutes.", f"Sound is made of up to {MOST_S / 60:.0f}."
        )
    midi = performance or score_bytes(performed(score), ".mid")
    samples = synthesize(midi, soundfont(), sample_rate_hz=sample_rate_hz, tail_s=TAIL_S)
    loudness = np.abs(samples).max(axis=1)  # [samples]
    peak = float(loudness.max(initial=0.0))
    if not peak > 0 or not np.isfinite(peak):
        raise RenderingError(
            "The notes make no sound with the instruments of this score.", "Give its parts other instruments."
        )
    end = max(round(length_s * sample_rate_hz), int(np.flatnonzero(loudness > peak * SILENCE)[-1]) + 1)
    samples = samples[:end] * np.float32(PEAK / peak)
    fade = min(round(FADE_S * sample_rate_hz), len(samples))
    samples[len(samples) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)[:, None]
    return samples


def wav_bytes(score: Score, *, sample_rate_hz: int = 44100, performance: bytes | None = None) -> bytes:
    """A WAV file of the score: two channels of 16 bits; the same bytes whenever it is made.

    Args:
        score, sample_rate_hz, performance: As for ``sound``.
    Raises:
        RenderingError: As ``sound``.
    """
    import numpy as np

    samples = np.rint(sound(score, sample_rate_hz=sample_rate_hz, performance=performance) * 32767).astype("<i2")
    memory = io.BytesIO()
    with wave.open(memory, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(sample_rate_hz)
        file.writeframes(samples.tobytes())
    return memory.getvalue()


def soundfont() -> Path:
    """The SoundFont that the package pretty_midi installs; of the package, nothing is run.

    Raises:
        RenderingError: If it is not installed.
    """
    package = importlib.util.find_spec("pretty_midi")
    path = Path(package.origin).parent / "TimGM6mb.sf2" if package and package.origin else None
    if path is None or not path.is_file():
        raise RenderingError("The instruments are not installed.", "Install the extra: pip install -e '.[music]'")
    return path
