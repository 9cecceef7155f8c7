"""Fetching the files of a manifest, through pooch: checked, cached, and never half a file.

A file is written under a temporary name and takes its own only when its size and digest are right;
what was interrupted is fetched again from its start. GENERATOR_CACHE names the cache's folder,
GENERATOR_MIRROR an address that is asked instead of each manifest's own.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from ..errors import ChecksumMismatch, CorpusError
from ..files import sha256_of
from .manifest import Manifest, RemoteFile
from .progress import Progress

__all__ = ["address_of", "cache_folder", "fetch"]

BLOCK = 1 << 16  # bytes
TIMEOUT = 30  # seconds without an answer, or without a byte


def cache_folder() -> Path:
    """Where downloads are kept: GENERATOR_CACHE, or the user's cache folder."""
    said = os.environ.get("GENERATOR_CACHE")
    if said:
        return Path(said)
    import pooch

    return Path(pooch.os_cache("generator"))


def address_of(manifest: Manifest, file: RemoteFile) -> str:
    """Where a file is fetched from."""
    mirror = os.environ.get("GENERATOR_MIRROR")
    base = f"{mirror.rstrip('/')}/{quote(manifest.mirror or manifest.name)}" if mirror else manifest.address.rstrip("/")
    return f"{base}/{quote(file.path)}"


def fetch(manifest: Manifest, *, progress: bool = True) -> list[tuple[str, Path]]:
    """Every file of a manifest as name and place, downloaded where the cache has it not.

    Raises:
        ChecksumMismatch: if what came is not the file that the manifest describes.
        CorpusError: if an address cannot be reached, or has no such file.
    """
    with Progress(f"fetching {manifest.name}", sum(file.bytes for file in manifest.files), progress) as advance:
        return [(file.path, fetch_file(manifest, file, advance)) for file in manifest.files]


def fetch_file(manifest: Manifest, file: RemoteFile, advance: Callable[[int], object]) -> Path:
    """One file, from the cache or the network."""
    place = cache_folder() / manifest.name / file.path
    if place.is_file() and place.stat().st_size == file.bytes and sha256_of(place) == file.sha256:
        advance(file.bytes)
        return place
    import pooch
    import requests
    from urllib3.exceptions import HTTPError

    address = address_of(manifest, file)

    def download(url: str, output: str, _: object) -> None:
        # pooch's own downloader would leave the connection open after an error, and read on for ever
        size = 0
        with requests.get(url, stream=True, timeout=TIMEOUT) as response, open(output, "wb") as target:
            response.raise_for_status()
            for block in response.iter_content(BLOCK):
                target.write(block)
                advance(len(block))
                size += len(block)
                if size > file.bytes:
                    break
        check(Path(output), file, address)

    pooch.get_logger().setLevel("WARNING")  # our own words tell what is done
    place.unlink(missing_ok=True)  # an old or damaged copy
    try:
        pooch.retrieve(address, f"sha256:{file.sha256}", place.name, place.parent, downloader=download)
    except (requests.exceptions.RequestException, HTTPError) as error:
        raise explanation(address, error) from error
    return place


def check(path: Path, file: RemoteFile, address: str) -> None:
    """Raise ``ChecksumMismatch`` unless a download is the file that it should be."""
    size, digest = path.stat().st_size, sha256_of(path)
    if (size, digest) != (file.bytes, file.sha256):
        much = f"more than {file.bytes:,}" if size > file.bytes else f"{size:,}"
        raise ChecksumMismatch(
            f"{address} is not the file that was expected: {much} bytes with SHA-256 {digest},"
            f" not {file.bytes:,} bytes with {file.sha256}.",
            "Nothing of it was kept. Try again; if it stays so, the file at that address has changed,"
            " or something between here and there changes it.",
        )


def explanation(address: str, error: Exception) -> CorpusError:
    """What a network did wrong, in words."""
    response = getattr(error, "response", None)
    if response is not None:
        status = response.status_code
        return CorpusError(
            f"{address} answered {status} ({response.reason}).",
            "The file may have moved: look at the address, or set GENERATOR_MIRROR to one that has it."
            if status in (401, 403, 404, 410)
            else "Try again later, or set GENERATOR_MIRROR to another address that has the files.",
        )
    cause: BaseException = error
    while cause.__cause__ is not None or cause.__context__ is not None:
        cause = cause.__cause__ or cause.__context__ or cause
    return CorpusError(
        f"{address} could not be fetched: {type(error).__name__}, {cause}",
        "Look at the network connection and try again (what was fetched whole is kept, the rest starts anew), or set "
        "GENERATOR_MIRROR to another address that has the files.",
    )
