"""Fetching the files of a manifest, through pooch: checked, cached, and never half a file.

A file is written under a temporary name and takes its own only when its size and digest are right;
what was interrupted is fetched again from its start. GENERATOR_CACHE names the cache's folder,
GENERATOR_MIRROR an address that is asked instead of each manifest's own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ..errors import ChecksumMismatch, CorpusError
from ..files import sha256_of
from .manifest import Manifest, RemoteFile

__all__ = ["address_of", "cache_folder", "fetch"]

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


class Bar:
    """One progress bar over all files, in the form that pooch's downloader drives."""

    def __init__(self, manifest: Manifest, shown: bool) -> None:
        from tqdm import tqdm

        self.bar = tqdm(
            total=manifest.download_bytes,
            unit="B",
            unit_scale=True,
            desc=f"fetching {manifest.name}",
            disable=not (shown and sys.stderr.isatty()),
            leave=False,
        )
        self.total = 0
        self.done = 0

    def update(self, count: int) -> None:
        """So many bytes more of the file that is being fetched."""
        self.done += count
        self.bar.update(count)

    def reset(self) -> None:
        """Take back what was counted of the file: pooch counts it once more at its end."""
        self.bar.update(-self.done)
        self.done = 0

    def close(self) -> None:
        """Pooch is through with the file; ``settle`` follows."""

    def settle(self, size: int) -> None:
        """A file of so many bytes is there, whatever was counted on the way."""
        self.bar.update(size - self.done)
        self.done = 0


def fetch(manifest: Manifest, *, progress: bool = True) -> list[tuple[str, Path]]:
    """Every file of a manifest as name and place, downloaded where the cache has it not.

    Raises:
        ChecksumMismatch: if what came is not the file that the manifest describes.
        CorpusError: if an address cannot be reached, or has no such file.
    """
    bar = Bar(manifest, progress)
    try:
        return [(file.path, fetch_file(manifest, file, bar)) for file in manifest.files]
    finally:
        bar.bar.close()


def fetch_file(manifest: Manifest, file: RemoteFile, bar: Bar) -> Path:
    """One file, from the cache or the network."""
    place = cache_folder() / manifest.name / file.path
    if place.is_file() and place.stat().st_size == file.bytes and sha256_of(place) == file.sha256:
        bar.settle(file.bytes)
        return place
    import pooch
    import requests
    from urllib3.exceptions import HTTPError

    address = address_of(manifest, file)

    def download(url: str, output: Any, pooch_object: Any) -> None:
        pooch.HTTPDownloader(progressbar=bar, chunk_size=1 << 16, timeout=TIMEOUT)(url, output, pooch_object)
        check(Path(output), file, address)

    quiet_logger(pooch)
    place.unlink(missing_ok=True)  # an old or damaged copy
    try:
        pooch.retrieve(address, f"sha256:{file.sha256}", place.name, place.parent, downloader=download)
    except (requests.exceptions.RequestException, HTTPError) as error:
        raise explanation(address, error) from error
    bar.settle(file.bytes)
    return place


def quiet_logger(pooch: Any) -> None:
    """Our own words tell what is done; pooch's would come twice."""
    pooch.get_logger().setLevel("WARNING")


def check(path: Path, file: RemoteFile, address: str) -> None:
    """Raise ``ChecksumMismatch`` unless a download is the file that it should be."""
    size, digest = path.stat().st_size, sha256_of(path)
    if (size, digest) != (file.bytes, file.sha256):
        raise ChecksumMismatch(
            f"{address} is not the file that was expected: {size:,} bytes with SHA-256 {digest},"
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
        "Look at the network connection and try again: what was fetched whole is kept, the rest starts anew.",
    )
