"""A score into a file of the format that its name asks for."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from generator.errors import RenderingError
from generator.files import atomic_file

from .abc_writing import write_abc
from .midi_writing import write_midi
from .musicxml_writing import write_musicxml
from .score import Score

__all__ = ["score_bytes", "write_score"]

CONTAINER = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<container><rootfiles><rootfile full-path="score.musicxml" '
    'media-type="application/vnd.recordare.musicxml+xml"/></rootfiles></container>\n'
)
WRITTEN = ".musicxml .xml .mxl .mid .midi .abc"


def score_bytes(score: Score, suffix: str) -> bytes:
    """The bytes of a file.

    Args:
        score: A lawful score.
        suffix: One of ``.musicxml .xml .mxl .mid .midi .abc``.

    Raises:
        RenderingError: If there is no such format, or it cannot hold the score.
    """
    match suffix.lower():
        case ".musicxml" | ".xml":
            return write_musicxml(score).encode()
        case ".mxl":
            return compressed(write_musicxml(score))
        case ".mid" | ".midi":
            return write_midi(score)
        case ".abc":
            return write_abc(score).encode()
    raise RenderingError(f"{suffix or 'A name without an ending'} is no format of music.", f"Choose among {WRITTEN}.")


def write_score(score: Score, path: Path) -> None:
    """Write a score; the file's name says in which format. The file is whole or not there.

    Raises:
        RenderingError: As ``score_bytes``.
    """
    data = score_bytes(score, Path(path).suffix)
    with atomic_file(Path(path)) as file:
        file.write(data)


def compressed(text: str) -> bytes:
    """MusicXML as .mxl: the same bytes for the same score, whenever it is written."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in (("META-INF/container.xml", CONTAINER), ("score.musicxml", text)):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return memory.getvalue()
