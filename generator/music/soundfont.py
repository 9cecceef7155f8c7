"""SoundFont 2 files, made such that symusic's synthesizer plays them in tune.

A zone of an instrument may say on which key its sample has its own pitch (generator 58,
overridingRootKey) and shift it by semitones (51, coarseTune). The synthesizer of symusic 0.5.9 looks at
the key that the header of the sample names and at little else (github.com/Yikai-Liao/symusic/issues/55),
and so plays the piano of General MIDI up to two octaves off. Here every such zone gets a header of its
own with the key that is meant.

The format: SoundFont Technical Specification 2.04, E-mu Systems, 2006, sections 7 and 8.1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

__all__ = ["in_tune"]

COARSE_TUNE, SAMPLE, ROOT_KEY = 51, 53, 58  # generators
BAG, GENERATOR, HEADER = 4, 4, 46  # bytes of a record
ROOT = 40  # where in a sample header its root key stands
NO_KEY = 128  # root keys from here on are none, and then it is middle C
MIDDLE_C = 60


def in_tune(data: bytes) -> bytes:
    """The SoundFont with the root keys of its zones in sample headers; any other player plays it as before.

    Raises:
        ValueError: If it is no SoundFont 2, or not laid out as they usually are, with the headers last.
    """
    if data[:4] != b"RIFF" or data[8:12] != b"sfbk":
        raise ValueError("it does not begin as a SoundFont does")
    found, more = bytearray(data), bytearray()
    try:
        places = dict(chunks(data, 12, len(data)))
        (bags, bag_bytes), (generators, _), (headers, header_bytes), (lists, list_bytes) = (
            places[name] for name in (b"ibag", b"igen", b"shdr", b"pdta")
        )
        last = headers + header_bytes - HEADER  # a header that only marks the end
        for zone in range(bag_bytes // BAG - 1):
            first, after = (struct.unpack_from("<H", data, bags + BAG * each)[0] for each in (zone, zone + 1))
            at = {
                struct.unpack_from("<H", data, place)[0]: place + 2
                for place in range(generators + GENERATOR * first, generators + GENERATOR * after, GENERATOR)
            }
            if SAMPLE not in at or not (ROOT_KEY in at or COARSE_TUNE in at):
                continue
            (sample,) = struct.unpack_from("<H", data, at[SAMPLE])
            header = bytearray(data[headers + HEADER * sample :][:HEADER])
            (key,) = struct.unpack_from("<H", data, at[ROOT_KEY]) if ROOT_KEY in at else (NO_KEY,)
            key = key if key < NO_KEY else header[ROOT] if header[ROOT] < NO_KEY else MIDDLE_C
            if COARSE_TUNE in at:
                key -= struct.unpack_from("<h", data, at[COARSE_TUNE])[0]
                struct.pack_into("<h", found, at[COARSE_TUNE], 0)
            if ROOT_KEY in at:
                struct.pack_into("<H", found, at[ROOT_KEY], key)
            header[ROOT] = min(max(key, 0), NO_KEY - 1)
            struct.pack_into("<H", found, at[SAMPLE], (last - headers) // HEADER + len(more) // HEADER)
            more += header
    except (struct.error, IndexError, KeyError) as error:
        raise ValueError("its tables are damaged") from error
    if headers + header_bytes != lists + list_bytes or lists + list_bytes != len(data):
        raise ValueError("its sample headers do not stand at its end")
    for place, size in ((4, len(data) - 8), (lists - 4, list_bytes), (headers - 4, header_bytes)):
        struct.pack_into("<I", found, place, size + len(more))
    return bytes(found[:last] + more + found[last:])


def chunks(data: bytes, start: int, end: int) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """Name, place and length of each chunk and each list of a RIFF file, those within lists included."""
    while start + 8 <= end:
        name, length = data[start : start + 4], struct.unpack_from("<I", data, start + 4)[0]
        if name == b"LIST":
            yield data[start + 8 : start + 12], (start + 8, length)
            yield from chunks(data, start + 12, min(start + 8 + length, end))
        else:
            yield name, (start + 8, length)
        start += 8 + length + length % 2
