"""What a person may ask of a model, as plain values that are checked: the same from the controls and from a link."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..config import MusicConfig, SamplingConfig, VerseConfig
from ..errors import ConfigError, CorpusError, DecodingError, GeneratorError, TokenizerError
from ..seeding import fresh_seed
from .models import Card
from .settings import Limits

__all__ = ["LONGEST_WISH", "TASKS", "Request", "check", "place_of"]

TASKS = ("free", "continue", "harmonise", "infill")
DRAWN = ("count", "task", "tempo", "strictness", *(each.name for each in dataclasses.fields(SamplingConfig)))
OF_WHAT_IS_GIVEN = (ConfigError, CorpusError, DecodingError, TokenizerError)  # errors that may be about a melody
LONGEST_WISH = 200  # characters of one wish but the beginning
PLACES = re.compile(r"--([a-z][a-z-]*)")


@dataclass(frozen=True)
class Request:
    """One request: what one click asks for.

    Attributes:
        model: The card's name.
        prompt: Text that is gone on from; of music, notes of ABC.
        sampling: How to draw; without a seed one is drawn.
        count: How many variations.
        tags: What the text is to be like.
        verse: Wishes about a poem; of those only ``form`` None writes freely.
        music: Wishes about a piece of music.
        task: Of music, what to do with ``score``, one of ``TASKS``.
        score: A file of music, whole.
        score_name: What it was called; its ending says what it is.
    """

    model: str
    prompt: str = ""
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    count: int = 1
    tags: Mapping[str, str] = field(default_factory=dict)
    verse: VerseConfig = field(default_factory=VerseConfig)
    music: MusicConfig = field(default_factory=MusicConfig)
    task: str = "free"
    score: bytes = b""
    score_name: str = ""

    def seeded(self) -> Request:
        """The request with a seed, drawn where none was given."""
        if self.sampling.seed is not None:
            return self
        return dataclasses.replace(self, sampling=dataclasses.replace(self.sampling, seed=fresh_seed()))

    def alone(self, row: int, precision: str | None = None) -> Request:
        """The request that writes one of the variations again."""
        sampling = dataclasses.replace(self.sampling, seed=(self.sampling.seed or 0) + row)
        if precision is not None:
            sampling = dataclasses.replace(sampling, precision=precision)
        return dataclasses.replace(self, count=1, sampling=sampling)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; a file of music is named, not kept."""
        return {
            "model": self.model,
            "prompt": self.prompt,
            "count": self.count,
            "tags": dict(self.tags),
            "settings": self.sampling.to_dict(),
            "verse": self.verse.to_dict(),
            "music": self.music.to_dict(),
            "task": self.task,
            "score_name": self.score_name,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Request:
        """The request of plain values, as ``to_dict`` gives them.

        Raises:
            ConfigError: if one of them cannot be used.
        """
        try:
            return cls(
                model=str(values["model"]),
                prompt=str(values.get("prompt") or ""),
                sampling=SamplingConfig.from_dict(dict(values.get("settings") or {})),
                count=int(values.get("count") or 1),
                tags={str(key): str(value) for key, value in dict(values.get("tags") or {}).items()},
                verse=VerseConfig.from_dict(dict(values.get("verse") or {})),
                music=MusicConfig.from_dict(dict(values.get("music") or {})),
                task=str(values.get("task") or "free"),
                score_name=str(values.get("score_name") or ""),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError("These stored settings cannot be read.", "They may come from another version.") from error


def check(request: Request, card: Card, limits: Limits) -> None:
    """Refuse what the app does not allow, before anything is queued; the library checks the rest.

    Raises:
        ConfigError: naming what is wrong.
    """
    free = card.kind != "music" and not (card.kind == "verse" and request.verse.form)  # what does not end by itself
    bounds = [
        ("count", request.count, limits.variations),
        ("length", request.sampling.length if free else 0, limits.length),
        ("prompt", len(request.prompt), limits.prompt),
        ("candidates", request.verse.candidates if card.kind == "verse" else 0, limits.candidates),
        ("best-of", request.sampling.best_of, limits.candidates),
        ("beam-size", request.sampling.beam_size, limits.candidates),
        ("particles", request.sampling.particles, limits.candidates),
        ("score", len(request.score), limits.melody_kb * 1000),
    ]
    wished = re.findall(r"[0-9]+", request.music.bars or "") if request.task in ("free", "continue") else []
    bounds += [("bars", int(each.lstrip("0")[:9] or 0), limits.bars) for each in wished]
    for name, value, most in bounds:
        if value > most:
            raise ConfigError(f"--{name} {value:,} is more than this app allows.", f"Give at most {most:,}.")
    for name, text in wishes_in_words(request):
        if len(text) > LONGEST_WISH:
            raise ConfigError(
                f"--{name} has {len(text):,} characters, more than this app allows.", f"Give at most {LONGEST_WISH}."
            )
    if request.count < 1:
        raise ConfigError("--count must be 1 or more.", "Ask for at least one variation.")
    if request.task not in TASKS:
        raise ConfigError(f"--task {request.task[:40]} is not known.", f"Choose one of: {', '.join(TASKS)}.")
    if request.task in ("harmonise", "infill") and card.alphabet != "voices":
        what = "fill in a score" if request.task == "infill" else "harmonise a melody"
        raise ConfigError(f"{card.name} cannot {what}.", "Choose a model that writes several voices.")
    if request.task != "free" and not request.score:
        raise ConfigError("--score is missing: there is no melody yet.", "Upload one, or play one in.")
    if card.kind == "verse" and request.verse.form is not None:
        check_form(request.verse.form, card.language)


def wishes_in_words(request: Request) -> list[tuple[str, str]]:
    """Every wish that is a text, by its name."""
    found = [(name, value) for name, value in request.tags.items()] + [(name[:40], name) for name in request.tags]
    for wishes in (request.sampling, request.verse, request.music):
        for each in dataclasses.fields(wishes):
            value = getattr(wishes, each.name)
            texts = (" ".join(value),) if isinstance(value, tuple) else (value,)
            found += [(each.name, text) for text in texts if isinstance(text, str)]
    return found


def check_form(name: str, language: str) -> None:
    """Take a form by its name or as a scheme only: the command's third way, a path, is not for a web page.

    Raises:
        ConfigError: on anything else.
    """
    from ..text.forms import list_forms
    from ..text.forms.inline import parse_inline

    if name in {form.name for form in list_forms(language)}:
        return
    if ".toml" in name.lower() or parse_inline(name) is None:
        raise ConfigError(f"--form {name} is not known.", "Choose one of the list, or write a scheme such as ABAB/8.")


def place_of(error: GeneratorError, request: Request) -> str:
    """The wish that an error is about: a field's name, ``prompt``, ``score``; empty where it is about none of them.

    An engine's message names the option of the command (``--rhyme``), or the value that cannot be.
    """
    place = place_said(error, request)
    shown = {"harmonise": (), "infill": ("bars", "voices"), "continue": ("bars", "key", *request.tags)}
    if request.task == "free" or place in DRAWN or place in shown.get(request.task, ()):
        return place
    return "score" if isinstance(error, OF_WHAT_IS_GIVEN) else ""


def place_said(error: GeneratorError, request: Request) -> str:
    """The wish that an error speaks of, by the words in it."""
    for text in (error.message, error.hint):
        found = PLACES.search(text)
        if found:
            name = found[1].replace("-", "_")
            return {"harmonise": "score", "infill": "score"}.get(name, name)
    text = error.message
    if re.search(r"\bno voice\b", text):
        return "voices"
    for name, value in request.tags.items():
        if re.search(rf"\b{re.escape(name)}\b", text) or repr(value) in text:
            return name
    for wishes in (request.verse, request.music):
        for each in dataclasses.fields(wishes):
            value = getattr(wishes, each.name)
            if isinstance(value, str) and len(value) > 1 and value in text and value != each.default:
                return each.name
    for name in ("prompt", "acrostic", "rhyme", "theme", "author", "start", "key", "bars", "metre", "form"):
        if re.search(rf"\b{name}\b", text):
            return name
    return ""
