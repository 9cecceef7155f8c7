"""What each format needs that is not always installed: asked before the first file is written."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from generator.errors import MissingPackage

__all__ = ["check_packages"]

NEEDED = {"mid": ("symusic",), "wav": ("symusic", "pretty_midi"), "svg": ("verovio",), "png": ("PIL",)}
ALWAYS = ("musicxml", "abc")  # written without any package


def check_packages(formats: Iterable[str]) -> None:
    """Refuse formats that cannot be written here.

    Raises:
        MissingPackage: naming what is not installed, and the formats that need it.
    """
    missing = {name: each for each in formats for name in NEEDED.get(each, ()) if find_spec(name) is None}
    if missing:
        names, wanted = ", ".join(missing), ", ".join(dict.fromkeys(missing.values()))
        raise MissingPackage(
            f"For {wanted} the extra music is needed, and not installed ({names}).",
            "Install it with the extra music: pip install -e '.[music]'. "
            f"Without it these can be written: {', '.join(ALWAYS)}.",
        )
