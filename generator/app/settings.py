"""What the app allows: limits from environment variables, each with a default for one machine and a few people."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache

from ..config import Checked, option
from ..errors import ConfigError

__all__ = ["PREFIX", "Limits", "limits"]

PREFIX = "GENERATOR_APP_"


@dataclass(frozen=True)
class Limits(Checked):
    """Limits of the app; ``GENERATOR_APP_LENGTH`` sets ``length``, and so on.

    No page shows these sentences, so they stand where ``make messages`` does not gather them.
    """

    length: int = option(4000, least=1, most=1_000_000, help="most characters of one text that is written")
    prompt: int = option(20_000, least=1, most=1_000_000, help="most characters of a beginning that is gone on from")
    variations: int = option(4, least=1, most=16, help="most texts side by side")
    candidates: int = option(64, least=1, most=256, help="most tries for one poem or piece, of which the best is shown")
    jobs: int = option(2, least=1, most=64, help="how many requests are worked on at once, in the whole process")
    readings: int = option(
        2, least=1, most=64, help="how many texts are read or prepared at once, in the whole process"
    )
    queue: int = option(16, least=0, most=10_000, help="how many requests may wait, in the whole process")
    jobs_each: int = option(3, least=1, most=100, help="how many requests one tab may have under way or waiting")
    kept: int = option(6, least=0, most=100, help="how many earlier requests one tab still shows")
    seconds: float = option(300.0, above=0, help="longest time that one request may be worked on")
    models: int = option(3, least=1, most=100, help="how many models are kept in memory")
    ahead: int = option(1, least=0, most=1, help="1 loads the chosen model before anyone asks it to write, 0 waits")
    bars: int = option(200, least=1, most=1000, help="most bars of one piece of music that may be asked for")
    sound: float = option(300.0, above=0, most=3600.0, help="seconds of the longest piece that is made to sound")
    melody_kb: int = option(2000, least=1, most=100_000, help="largest file of a melody that is taken, in kB")
    upload_mb: int = option(20, least=1, most=1000, help="largest file that is taken, in MB")
    gallery_pieces: int = option(5000, least=1, most=1_000_000, help="most pieces in the gallery of one browser")
    gallery_mb: int = option(200, least=1, most=100_000, help="most MB in the gallery of one browser")
    trainings: int = option(20, least=1, most=1000, help="how many trainings may wait")
    upload_count: int = option(200, least=1, most=10_000, help="most files that are taken at once")


def read_limits(environment: Mapping[str, str]) -> Limits:
    """The limits that an environment sets.

    Raises:
        ConfigError: naming the variable whose value cannot be used.
    """
    found: dict[str, float | int] = {}
    for field in fields(Limits):
        said = environment.get(PREFIX + field.name.upper())
        if said is None or not said.strip():
            continue
        try:
            found[field.name] = float(said) if field.type == "float" else int(said)
            Limits(**{field.name: found[field.name]})  # type: ignore[arg-type]
        except (ValueError, ConfigError) as error:
            hint = error.hint if isinstance(error, ConfigError) else "Give a number."
            raise ConfigError(f"{PREFIX}{field.name.upper()}={said} cannot be used.", hint) from error
    return Limits.from_dict(dict(found))


@cache
def limits() -> Limits:
    """The limits of this process, read once.

    Raises:
        ConfigError: if a variable cannot be used.
    """
    return read_limits(os.environ)
