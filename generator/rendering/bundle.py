"""All files of one piece: in a folder, or in a zip with the settings that made it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from generator.errors import RenderingError
from generator.files import atomic_file
from generator.music import Score, score_bytes
from generator.stopping import go_on

from .engraving import engrave
from .packages import check_packages
from .performance import orchestrated
from .roll import piano_roll
from .roll_pictures import roll_png
from .sound import wav_bytes

__all__ = ["FORMATS", "bundle", "zip_bytes"]


def midi(score: Score) -> bytes:
    """MIDI with an instrument for each part, so that it sounds elsewhere as it does here."""
    return score_bytes(orchestrated(score), ".mid")


def png(score: Score) -> bytes:
    """The piano roll."""
    return roll_png(piano_roll(score))


FORMATS: dict[str, Callable[[Score], bytes | tuple[bytes, ...]]] = {
    "mid": midi,
    "musicxml": lambda score: score_bytes(score, ".musicxml"),
    "abc": lambda score: score_bytes(score, ".abc"),
    "wav": wav_bytes,
    "svg": lambda score: tuple(page.encode() for page in engrave(score).pages),
    "png": png,
}  # several results are pages


def bundle(
    score: Score,
    path: Path,
    *,
    name: str,
    settings: Mapping[str, Any] | None = None,
    formats: Sequence[str] | None = None,
    performance: bytes | None = None,
) -> list[Path]:
    """Write a piece in several formats, each file whole or not at all; what was there of the same name is replaced.

    Args:
        score: A lawful score with at least one note.
        path: A folder, which is made if need be; or a file that ends in ``.zip``, which gets them all.
        name: What the files are called before their endings; pages of an SVG are ``NAME-1.svg`` and so on
            where there are several.
        settings: What made the piece, as JSON holds it; written beside it as ``NAME.settings.json``.
        formats: Among ``FORMATS``, in the order in which they are written; None for all that can hold the
            score, which leaves out ABC where there are drums, and little else.
        performance: A MIDI file of the piece that says more than the score, as how loud each note is; it is
            what is written as MIDI and as sound.

    Returns:
        What was written.

    Raises:
        MissingPackage: If a package that a format needs is not installed; nothing is written then.
        RenderingError: If a format or a name cannot be used, a format cannot hold the score, or a file
            cannot be written. What was written before stays.
    """
    path = Path(path)
    wanted = checked_formats(score, formats)
    check_packages(wanted)
    check_name(name)
    if path.suffix.lower() == ".zip":
        data = zip_bytes(score, name=name, settings=settings, formats=wanted, performance=performance)
        put(path, data)
        return [path]
    written = []
    for file, data in files_of(score, name, settings, wanted, performance):
        put(path / file, data)
        written.append(path / file)
    return written


def zip_bytes(
    score: Score,
    *,
    name: str,
    settings: Mapping[str, Any] | None = None,
    formats: Sequence[str] | None = None,
    performance: bytes | None = None,
    made: Mapping[str, bytes | tuple[bytes, ...]] | None = None,
) -> bytes:
    """A zip of the files that ``bundle`` writes; the same bytes whenever it is made.

    Args:
        score, name, settings, formats, performance: As for ``bundle``.
        made: Of some formats what ``FORMATS`` made of the score before, so that it is not made twice.

    Raises:
        RenderingError: As ``bundle``.
    """
    check_name(name)
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        for file, data in files_of(score, name, settings, checked_formats(score, formats), performance, made):
            entry = zipfile.ZipInfo(file)  # its date is 1980, so that the bytes do not tell when they were made
            entry.external_attr = 0o644 << 16
            packed = (
                zipfile.ZIP_STORED if file.endswith((".wav", ".png")) else zipfile.ZIP_DEFLATED
            )  # sound hardly packs
            archive.writestr(entry, data, packed)
    return memory.getvalue()


def checked_formats(score: Score, formats: Sequence[str] | None) -> list[str]:
    """The formats to write.

    Raises:
        RenderingError: If one is unknown, or there is none.
    """
    if formats is None:
        return [each for each in FORMATS if each != "abc" or holds_abc(score)]
    wanted = list(dict.fromkeys(each.lower().removeprefix(".") for each in formats))
    unknown = [each for each in wanted if each not in FORMATS]
    if unknown or not wanted:
        raise RenderingError(
            f"{unknown[0]!r} is no format of a piece of music." if unknown else "No format was asked for.",
            f"Choose among {' '.join(FORMATS)}.",
        )
    return wanted


def holds_abc(score: Score) -> bool:
    """Whether ABC has signs for all of a score."""
    try:
        score_bytes(score, ".abc")
    except RenderingError:
        return False
    return True


def check_name(name: str) -> None:
    """Refuse a name that would lead out of its folder or hide the file.

    Raises:
        RenderingError: Then.
    """
    if not name or name.startswith(".") or any(letter in '/\\:*?"<>|' or ord(letter) < 32 for letter in name):
        raise RenderingError(
            f"{name!r} cannot be the name of a file.",
            'Use a name without a dot in front and without / \\ : * ? " < > |',
        )


def files_of(
    score: Score,
    name: str,
    settings: Mapping[str, Any] | None,
    formats: Sequence[str],
    performance: bytes | None = None,
    before: Mapping[str, bytes | tuple[bytes, ...]] | None = None,
) -> Iterator[tuple[str, bytes]]:
    """Names and contents, each made when its turn comes."""
    if settings is not None:
        try:
            text = json.dumps(settings, ensure_ascii=False, indent=2)
        except (TypeError, ValueError) as error:
            raise RenderingError(f"The settings cannot be written as JSON: {error}.") from error
        yield f"{name}.settings.json", (text + "\n").encode()
    for each in formats:
        go_on()
        made: bytes | tuple[bytes, ...]
        if before is not None and each in before:
            made = before[each]
        elif performance is not None and each in ("mid", "wav"):
            made = performance if each == "mid" else wav_bytes(score, performance=performance)
        else:
            made = FORMATS[each](score)
        pages = (made,) if isinstance(made, bytes) else made
        for number, data in enumerate(pages, start=1):
            yield f"{name}-{number}.{each}" if len(pages) > 1 else f"{name}.{each}", data


def put(path: Path, data: bytes) -> None:
    """Write a whole file.

    Raises:
        RenderingError: If it cannot be written.
    """
    try:
        with atomic_file(path) as file:
            file.write(data)
    except OSError as error:
        raise RenderingError(
            f"{path} cannot be written: {error.strerror or error}.",
            "Name another folder, or see to its rights and space.",
        ) from error
