"""Opening MusicXML that a stranger sent: bounded in size and depth, without entities, never unpacked blindly.

An XML file may define entities that expand to gigabytes, and a ZIP file of a few kilobytes may hold
gigabytes of zeros. Both are refused before anything is built from them.
"""

from __future__ import annotations

import io
import zipfile
from pathlib import PurePosixPath
from xml.etree import ElementTree
from xml.parsers import expat

from generator.errors import UnreadableFile

__all__ = ["MOST_BYTES", "parse_xml", "unpack_mxl"]

MOST_BYTES = 48 << 20  # of one score's XML; a full orchestral act has about 30 MB
MOST_DEPTH = 64  # MusicXML needs about ten
MOST_ENTRIES = 2_000  # in one .mxl file; it holds one score and perhaps some pictures


def parse_xml(data: bytes, name: str) -> ElementTree.Element:
    """The root of an XML document.

    Raises:
        UnreadableFile: If it is too large or too deep, defines entities, or is not XML.
    """
    if len(data) > MOST_BYTES:
        raise UnreadableFile(f"{name} has {len(data) >> 20} MB of XML, and {MOST_BYTES >> 20} MB is the most.")
    if not data.strip():
        raise UnreadableFile(f"{name} is empty.")
    check(data, name)
    try:
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, LookupError, ValueError) as error:
        raise UnreadableFile(f"{name} is not well-formed XML: {error}.", "Was it cut off?") from error


def check(data: bytes, name: str) -> None:
    """Walk through the document once without building anything."""
    depth = 0

    def start(_tag: str, _attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MOST_DEPTH:
            raise UnreadableFile(f"{name} nests its elements more than {MOST_DEPTH} deep, as no score does.")

    def end(_tag: str) -> None:
        nonlocal depth
        depth -= 1

    def entity(*_declaration: object) -> None:
        raise UnreadableFile(
            f"{name} defines entities of its own, which no score needs and which can be used to fill the memory.",
            "Save it again from a notation editor.",
        )

    parser = expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.EntityDeclHandler = entity
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise UnreadableFile(f"{name} is not well-formed XML: {error}.", "Was it cut off?") from error


def unpack_mxl(data: bytes, name: str) -> bytes:
    """The score's XML from compressed MusicXML (.mxl): a ZIP file whose container names the score.

    Raises:
        UnreadableFile: If it is no ZIP file, holds no score, or would unpack to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.namelist()
            if len(entries) > MOST_ENTRIES:
                raise UnreadableFile(f"{name} holds {len(entries)} files, and a score has one.")
            return member(archive, score_name(archive, entries, name), name)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, OSError, ValueError) as error:
        raise UnreadableFile(f"{name} is not a compressed score: {error}.", "Was it cut off?") from error


def score_name(archive: zipfile.ZipFile, entries: list[str], name: str) -> str:
    """Which entry is the score: the one that META-INF/container.xml names, else the only XML there."""
    container = "META-INF/container.xml"
    if container in entries:
        root = parse_xml(member(archive, container, name), name)
        for element in root.iter():
            path = element.get("full-path", "")
            if element.tag.rpartition("}")[2] == "rootfile" and path in entries:
                return path
    scores = [
        entry
        for entry in entries
        if PurePosixPath(entry).suffix.lower() in (".xml", ".musicxml")
        and not entry.startswith(("META-INF/", "__MACOSX"))
    ]
    if not scores:
        raise UnreadableFile(f"{name} holds no score.")
    return scores[0]


def member(archive: zipfile.ZipFile, entry: str, name: str) -> bytes:
    """One entry, never more of it than is allowed, whatever the archive says its size is."""
    with archive.open(entry) as file:
        data = file.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise UnreadableFile(f"{name} unpacks to more than {MOST_BYTES >> 20} MB.")
    return data
