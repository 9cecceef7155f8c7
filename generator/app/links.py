"""A request as an address, and back: the same link gives the same text.

Names are those of the configuration classes (``temperature=0.9``, ``form=qijue``), tags have ``tag.`` before
them, and what has its default is left out. Whatever an address says is checked by the same classes as
everything else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar, get_args, get_origin, get_type_hints
from urllib.parse import urlencode

from ..config import Checked, MusicConfig, SamplingConfig, VerseConfig
from ..errors import ConfigError
from .request import Request

__all__ = ["LONGEST", "address", "params_of", "request_of"]

LONGEST = 6000  # characters of an address that browsers and proxies still take
MELODY = "melody.abc"
T = TypeVar("T", bound=Checked)


def params_of(request: Request, digest: str = "") -> dict[str, list[str]] | None:
    """The parameters of a request; None where it holds a file that no address can.

    Args:
        request: With its seed; a melody must be ABC.
        digest: Of the model, so that a link tells whether it is still the same.
    """
    found: dict[str, list[str]] = {"m": [request.model]}
    if digest:
        found["d"] = [digest]
    if request.prompt:
        found["p"] = [request.prompt]
    if request.count != 1:
        found["n"] = [str(request.count)]
    if request.task != "free":
        if request.score_name.rpartition(".")[2].lower() != "abc":
            return None
        found["task"], found["abc"] = [request.task], [request.score.decode("utf-8", "replace")]
    for tag, value in request.tags.items():
        found[f"tag.{tag}"] = [value]
    for config in (request.sampling, request.verse, request.music):
        for field in dataclasses.fields(config):
            value = getattr(config, field.name)
            if value == field.default or value is None:
                continue
            found[field.name] = list(map(str, value)) if isinstance(value, tuple) else [shown(value)]
    return found if len(urlencode(found, doseq=True)) <= LONGEST else None


def shown(value: Any) -> str:
    """A value as an address has it."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def address(base: str, params: Mapping[str, Sequence[str]]) -> str:
    """The link: ``base`` without what it asks for already, and the parameters."""
    return f"{base.partition('?')[0].partition('#')[0]}?{urlencode(params, doseq=True)}"


def request_of(params: Mapping[str, Sequence[str]]) -> tuple[Request, str] | None:
    """The request of an address and the digest that it names; None where it asks for nothing.

    Raises:
        ConfigError: if a value cannot be used.
    """
    if not params.get("m"):
        return None

    def last(name: str) -> str:
        return params[name][-1] if params.get(name) else ""

    if len(last("abc")) > LONGEST or sum(len(value) for values in params.values() for value in values) > 4 * LONGEST:
        raise ConfigError("This link is too long to be one of ours.", "Ask for it again.")
    return (
        Request(
            model=last("m"),
            prompt=last("p"),
            count=number(last("n"), int, "n") if last("n") else 1,
            tags={name[4:]: values[-1] for name, values in params.items() if name.startswith("tag.") and values},
            sampling=read(SamplingConfig, params),
            verse=read(VerseConfig, params),
            music=read(MusicConfig, params),
            task=last("task") or "free",
            score=last("abc").encode(),
            score_name=MELODY if last("abc") else "",
        ),
        last("d"),
    )


def read(config: type[T], params: Mapping[str, Sequence[str]]) -> T:
    """The settings of one class that an address gives.

    Raises:
        ConfigError: if one cannot be used.
    """
    hints = get_type_hints(config)
    values: dict[str, Any] = {}
    for field in dataclasses.fields(config):  # type: ignore[arg-type]
        given = params.get(field.name)
        if not given:
            continue
        kinds = [kind for kind in get_args(hints[field.name]) if kind is not type(None)] or [hints[field.name]]
        if get_origin(hints[field.name]) is tuple:
            values[field.name] = tuple(given)
        elif kinds[0] is bool:
            values[field.name] = given[-1] in ("1", "true", "True")
        else:
            values[field.name] = number(given[-1], kinds[0], field.name)
    return config(**values)


def number(said: str, kind: Any, name: str) -> Any:
    """A value of an address as its kind.

    Raises:
        ConfigError: if it is none.
    """
    try:
        value = kind(said)
    except ValueError as error:
        raise ConfigError(f"--{name} {said!r} of this link cannot be used.", "Ask for the link again.") from error
    if value != value:  # nan passes every comparison of bounds
        raise ConfigError(f"--{name} {said!r} of this link is no number.", "Ask for the link again.")
    return value
