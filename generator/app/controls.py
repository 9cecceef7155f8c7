"""What the controls of a model are, and how their values become a request and come back from one."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from ..config import Checked, MusicConfig, SamplingConfig, VerseConfig
from ..errors import ConfigError
from .models import Card
from .request import Request
from .settings import Limits

__all__ = ["DRAWING", "defaults", "forms_of", "help_of", "request_of", "values_of", "wishes_of"]

DRAWING = ("temperature", "top_k", "top_p", "min_p", "repetition_penalty")
SETTLED = ("harmonise", "infill")  # tasks in which something of what is coming stands already
LENGTH, POEM_TRIES, PIECE_BARS = 600, 8, 8  # where a person asks for nothing, enough for a first look
CHINESE = ("theme", "author", "rhyme", "acrostic", "start", "upper", "word", "book", "script", "repeat")
ENGLISH = ("theme", "author", "rhyme", "acrostic", "start", "word")
TOLD_OTHERWISE = ("author", "theme", "form", "rhyme", "key")  # tags that a wish of the same name sets


def wishes_of(card: Card) -> tuple[str, ...]:
    """The wishes that a model can be asked, by their names in the configuration classes."""
    if card.kind == "verse":
        found = CHINESE if card.language == "zh" else ENGLISH
        return tuple(name for name in found if name != "author" or card.tag_fields.get("author"))
    if card.kind == "music":
        return ("key", "tempo", "bars")
    return ()


def tags_of(card: Card) -> dict[str, list[str]]:
    """The tags of a model that are asked for as such: field to values."""
    wishes = wishes_of(card)
    held = TOLD_OTHERWISE if card.kind in ("verse", "music") else ()
    return {
        name: values
        for name, values in card.tag_fields.items()
        if name not in wishes and not (name in held and card.kind == "verse") and values
    }


@cache
def forms_of(language: str) -> dict[str, str]:
    """The forms of a language: name to title in that language, the usual one first."""
    from ..text.forms import list_forms

    found = {form.name: form.title.get(language, form.name) for form in list_forms(language)}
    first = "qijue" if language == "zh" else "sonnet"
    return {first: found[first], **found} if first in found else found


def defaults(card: Card, limits: Limits) -> dict[str, Any]:
    """The values of every control of a model before anyone has touched one."""
    sampling = SamplingConfig()
    values: dict[str, Any] = {name: getattr(sampling, name) for name in DRAWING}
    values |= {"prompt": "", "count": 1, "seed": "", "length": min(LENGTH, limits.length), "precision": "auto"}
    values |= {"candidates": min(POEM_TRIES, limits.candidates), "task": "free"}
    if card.kind == "verse":
        verse = VerseConfig()
        values |= {name: getattr(verse, name) or "" for name in wishes_of(card)}
        values |= {"form": next(iter(forms_of(card.language))), "word": "", "repeat": verse.repeat}
    if card.kind == "music":
        values |= {"key": "", "tempo": None, "bars": str(PIECE_BARS), "voices": ""}
        values |= {"strictness": MusicConfig().strictness, "particles": sampling.particles}
    values |= {f"tag.{name}": "" for name in tags_of(card)}
    return values


def request_of(
    values: Mapping[str, Any], card: Card, limits: Limits, score: tuple[str, bytes] | None = None
) -> Request:
    """The request that the controls describe.

    Args:
        values: By the names of ``defaults``; what is missing has its default.
        card: The model's.
        limits: Of the app.
        score: Name and content of a melody that was given.
    Raises:
        ConfigError: if a value cannot be used.
    """
    said = {**defaults(card, limits), **values}
    sampling: dict[str, Any] = {name: said[name] for name in DRAWING}
    sampling |= {"length": said["length"], "seed": seed_of(said["seed"]), "precision": said["precision"]}
    request: dict[str, Any] = {"model": card.name, "count": int(said["count"])}
    task = said["task"] if card.kind == "music" else "free"
    form = said.get("form") or None
    if card.kind == "verse":
        request["verse"] = verse_of(said, card, form)
    if card.kind == "music":
        request["music"] = music_of(said, task, card)
        sampling["length"] = SamplingConfig().length  # a piece ends by itself
        if task in SETTLED:
            sampling["particles"] = int(said["particles"])
    if form is None or card.kind != "verse":
        request["prompt"] = said["prompt"] if task == "free" else ""
    else:
        sampling["length"] = SamplingConfig().length  # as does a poem in a form
    asked = {name: said[f"tag.{name}"] for name in tags_of(card) if said[f"tag.{name}"]}
    if task in ("harmonise", "infill"):
        asked = {}  # the melody has its own key and metre
    if task != "free" and score is not None:
        request |= {"score_name": score[0], "score": score[1]}
    return Request(**request, task=task, tags=asked, sampling=SamplingConfig.from_dict(sampling))


def verse_of(said: Mapping[str, Any], card: Card, form: str | None) -> VerseConfig:
    """Wishes about a poem; without a form those alone that have a meaning then."""
    wishes: dict[str, Any] = {name: said[name] or None for name in wishes_of(card)}
    wishes["word"] = tuple(re.split(r"[,，、\s]+", said["word"].strip())) if said["word"].strip() else ()
    for name in ("book", "script", "repeat"):
        wishes[name] = said.get(name) or getattr(VerseConfig(), name)
    if form is None:
        return VerseConfig(acrostic=wishes["acrostic"], author=wishes.get("author"), candidates=int(said["candidates"]))
    return VerseConfig.from_dict({**wishes, "form": form, "candidates": int(said["candidates"])})


def music_of(said: Mapping[str, Any], task: str, card: Card) -> MusicConfig:
    """Wishes about a piece, as far as the task leaves them open."""
    bars, tempo = str(said["bars"] or "").strip() or None, said["tempo"] or None
    strictness = float(said["strictness"]) if in_voices(card) else MusicConfig().strictness
    if task == "harmonise":
        return MusicConfig(tempo=tempo, strictness=strictness)
    if task == "infill":
        return MusicConfig(tempo=tempo, bars=bars, voices=said["voices"].strip() or None, strictness=strictness)
    return MusicConfig(key=said["key"].strip() or None, tempo=tempo, bars=bars, strictness=strictness)


def in_voices(card: Card) -> bool:
    """Whether a model writes several voices, which can go in parallel."""
    return card.alphabet == "voices"


def seed_of(said: Any) -> int | None:
    """A seed as it is typed; None where nothing is.

    Raises:
        ConfigError: if it is no number.
    """
    text = str(said if said is not None else "").strip()
    if not text:
        return None
    if not re.fullmatch(r"[0-9]{1,16}", text):
        raise ConfigError(f"--seed {text} is no seed.", "Give a whole number of up to 16 digits, or nothing.")
    return int(text)


def values_of(request: Request, card: Card, limits: Limits) -> dict[str, Any]:
    """The values of the controls that describe a request: what ``request_of`` makes of them is that request."""
    values = defaults(card, limits)
    sampling = request.sampling
    values |= {name: getattr(sampling, name) for name in DRAWING}
    values |= {"prompt": request.prompt, "count": request.count, "task": request.task, "precision": sampling.precision}
    values |= {"seed": "" if sampling.seed is None else str(sampling.seed), "candidates": request.verse.candidates}
    if card.kind == "verse":
        values |= {name: getattr(request.verse, name) or "" for name in wishes_of(card)}
        values |= {"form": request.verse.form or "", "word": " ".join(request.verse.word)}
        values |= {"repeat": request.verse.repeat}
    if card.kind == "music":
        music = request.music
        values |= {"key": music.key or "", "tempo": music.tempo, "bars": music.bars or "", "voices": music.voices or ""}
        values |= {"strictness": music.strictness, "particles": sampling.particles}
    if card.kind == "text" or not (request.verse.form or card.kind == "music"):
        values["length"] = sampling.length
    for name in tags_of(card):
        values[f"tag.{name}"] = request.tags.get(name, "")
    return values


def help_of(name: str) -> str:
    """The sentence that explains a setting, as its configuration class has it; empty where none has."""
    for config in (SamplingConfig, VerseConfig, MusicConfig):
        for field in dataclasses.fields(config):
            if field.name == name:
                return str(field.metadata["help"])
    return ""


def bounds_of(config: type[Checked], name: str) -> tuple[float | None, float | None]:
    """The least and the most that a setting may be, as its class says."""
    field = next(each for each in dataclasses.fields(config) if each.name == name)  # type: ignore[arg-type]
    return field.metadata["least"], field.metadata["most"]
