"""The two data sets of frames: a small reader of MATLAB files, and the pitch sets of each piece.

The files hold three cell arrays, ``traindata``, ``validdata`` and ``testdata``; each cell is one piece, a matrix of
0 and 1 [frames, 88] whose column c is the piano key of MIDI pitch 21 + c. The reader follows "MAT-File Format"
(MathWorks), level 5, as far as these files go: little-endian, compressed, cells and real numeric matrices.
"""

from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np

__all__ = ["KEYS", "SPLITS", "Piece", "load_pieces"]

KEYS = 88
SPLITS = {"train": "traindata", "valid": "validdata", "test": "testdata"}
Piece = list[tuple[int, ...]]  # for each frame its keys, 0 to 87, ascending

NUMBERS = {1: "<i1", 2: "<u1", 3: "<i2", 4: "<u2", 5: "<i4", 6: "<u4", 7: "<f4", 9: "<f8", 12: "<i8", 13: "<u8"}
MATRIX, COMPRESSED, CELL = 14, 15, 1


def elements(data: bytes) -> list[tuple[int, bytes]]:
    """The data elements of a buffer, as (type, content)."""
    found, at = [], 0
    while at + 8 <= len(data):
        kind, size = struct.unpack_from("<II", data, at)
        if kind >> 16:  # a short element: size and type share four bytes, the content has the next four
            found.append((kind & 0xFFFF, data[at + 4 : at + 4 + (kind >> 16)]))
            at += 8
            continue
        found.append((kind, data[at + 8 : at + 8 + size]))
        at += 8 + (size if kind == COMPRESSED else -(-size // 8) * 8)
    return found


def matrix(content: bytes) -> tuple[str, np.ndarray | list[np.ndarray]]:
    """Name and value of a matrix element: an array, or the list of a cell array's arrays."""
    (_, flags), (_, sizes), (_, name), *values = elements(content)
    if flags[0] == CELL:
        return name.decode("ascii"), [np.asarray(matrix(each)[1]) for _, each in values]
    kind, numbers = values[0]
    array = np.frombuffer(numbers, NUMBERS[kind]).reshape(np.frombuffer(sizes, "<i4"), order="F")
    return name.decode("ascii"), array


def load_pieces(path: Path) -> dict[str, list[Piece]]:
    """Read a file of pieces.

    Args:
        path: The MATLAB file.
    Returns:
        The pieces under ``train``, ``valid`` and ``test``.
    Raises:
        SystemExit: if the file is missing or is not of this kind.
    """
    if not path.is_file():
        raise SystemExit(f"error: {path} is not there; give the MATLAB file with --data")
    data = path.read_bytes()
    if len(data) < 128 or data[126:128] != b"IM":
        raise SystemExit(f"error: {path} is not a little-endian MATLAB file of level 5")
    cells = {}
    for kind, content in elements(data[128:]):
        ((kind, content),) = elements(zlib.decompress(content)) if kind == COMPRESSED else ((kind, content),)
        if kind == MATRIX:
            name, value = matrix(content)
            cells[name] = value
    missing = [name for name in SPLITS.values() if not isinstance(cells.get(name), list)]
    if missing:
        raise SystemExit(f"error: {path} has no cell array {missing[0]}")
    pieces = {}
    for split, name in SPLITS.items():
        for rolled in cells[name]:
            if rolled.ndim != 2 or rolled.shape[1] != KEYS or not np.isin(rolled, (0, 1)).all():
                raise SystemExit(f"error: a piece of {name} in {path} is no matrix of 0 and 1 with {KEYS} columns")
        pieces[split] = [[tuple(np.flatnonzero(row).tolist()) for row in rolled] for rolled in cells[name]]
    return pieces
