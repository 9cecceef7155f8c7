"""MIDI into sound, by symusic's synthesizer and a SoundFont."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.errors import RenderingError, of_extra

from .soundfont import in_tune

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["synthesize"]

CUT_S = 0.1


def synthesize(midi: bytes, soundfont: Path, *, sample_rate_hz: int, tail_s: float = 0.0) -> NDArray[np.float32]:
    """What a MIDI file sounds like.

    Args:
        midi: The bytes of a MIDI file.
        soundfont: A SoundFont 2 file with the instruments of General MIDI.
        sample_rate_hz: Samples a second.
        tail_s: Seconds to go on after the last note, in which it dies away.

    Returns:
        Samples [samples, 2], left and right, as loud as the SoundFont makes them (1 is full scale, and
        many notes together may pass it).

    Raises:
        RenderingError: If the SoundFont cannot be read.
    """
    import numpy as np

    with of_extra("music"):
        import symusic

    library: Any = symusic  # its types know three units of time, of which this uses ticks
    file = library.Score.from_midi(midi)
    if tail_s:
        # The synthesizer stops with the last note. A note without velocity draws that moment out; it is nearly
        # silent, and what there is of it is cut off.
        bpm = file.tempos[-1].qpm if len(file.tempos) else 120.0
        later = file.end() + round((tail_s + CUT_S) * bpm / 60 * file.ticks_per_quarter)
        silent = library.Track("", 0, False)
        silent.notes.append(library.Note(later, 1, 60, 0))
        file.tracks.append(silent)
    samples = np.asarray(player_of(soundfont, sample_rate_hz).render(file, True), np.float32).T
    return np.ascontiguousarray(samples[: len(samples) - round(CUT_S * sample_rate_hz)] if tail_s else samples)


@lru_cache(maxsize=2)
def player_of(soundfont: Path, sample_rate_hz: int) -> Any:
    """The synthesizer with a SoundFont, put in tune for it.

    Raises:
        RenderingError: If the file cannot be read.
    """
    import symusic

    library: Any = symusic
    try:
        with tempfile.TemporaryDirectory() as folder:  # it reads files alone, and all of one at once
            path = Path(folder) / "in_tune.sf2"
            path.write_bytes(in_tune(soundfont.read_bytes()))
            return library.Synthesizer(str(path), sample_rate_hz, 0)
    except (OSError, ValueError, RuntimeError) as error:
        raise RenderingError(f"{soundfont} is no SoundFont that can be played: {error}.") from error
