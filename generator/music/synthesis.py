"""MIDI into sound, by symusic's synthesizer and a SoundFont."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.errors import RenderingError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

__all__ = ["synthesize"]


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
    import symusic

    library: Any = symusic  # its types know three units of time, of which this uses ticks
    file = library.Score.from_midi(midi)
    if tail_s:
        # The synthesizer stops with the last note; a note of no velocity, which is silent, draws that moment out.
        bpm = file.tempos[-1].qpm if len(file.tempos) else 120.0
        later = file.end() + round(tail_s * bpm / 60 * file.ticks_per_quarter)
        silent = library.Track("", 0, False)
        silent.notes.append(library.Note(later, 1, 60, 0))
        file.tracks.append(silent)
    try:
        player = library.Synthesizer(str(soundfont), sample_rate_hz, 0)
    except Exception as error:  # what it raises is a bare std::runtime_error
        raise RenderingError(f"{soundfont} is no SoundFont that can be played: {error}.") from error
    return np.ascontiguousarray(np.asarray(player.render(file, True), np.float32).T)
