"""The settings of a training as controls, drawn from the configuration classes, and back to the command's options."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, get_args, get_origin, get_type_hints

from ..config import CORPUS_SIZES, Checked, PrepareConfig, flag_of
from .languages import _

__all__ = ["FIRST", "Setting", "arguments", "checked", "label_of", "labels", "settings_of"]

FIRST = ("minutes", "epochs", "hidden_size", "num_layers", "cell", "learning_rate")  # what people reach for first
HIDDEN = (*CORPUS_SIZES, "tensorboard")  # a page has curves of its own


@dataclass(frozen=True)
class Setting:
    """One setting of a configuration class.

    Attributes:
        name: As the class has it.
        kind: ``int``, ``float``, ``bool``, ``str`` or ``words`` (several strings).
        default: Its default.
        unsaid: Whether None is lawful: chosen from the corpus and the machine, or not asked for.
        help: The sentence that explains it, in English.
        choices: The only lawful values, where they are few.
        least, most: Inclusive bounds; None for none.
    """

    name: str
    kind: str
    default: Any
    unsaid: bool
    help: str
    choices: tuple[Any, ...] | None
    least: float | None
    most: float | None


def settings_of(config: type[Checked]) -> tuple[Setting, ...]:
    """The settings of a class that a person may choose, in its order."""
    hints = get_type_hints(config)
    found = []
    for field in dataclasses.fields(config):  # type: ignore[arg-type]
        if field.name in HIDDEN and not (config is PrepareConfig and field.name == "vocab_size"):
            continue
        hint, meta = hints[field.name], field.metadata
        inner = [kind for kind in get_args(hint) if kind is not type(None)] if get_origin(hint) is not tuple else []
        kind = "words" if get_origin(hint) is tuple else (inner[0] if inner else hint).__name__
        least = meta["least"] if meta["above"] is None else meta["above"]
        choices = None if meta["choices"] is None else tuple(meta["choices"])
        found.append(
            Setting(field.name, kind, field.default, field.default is None, meta["help"], choices, least, meta["most"])
        )
    return tuple(found)


def checked(config: type[Checked], values: Mapping[str, Any]) -> Checked:
    """A configuration of what was said; None and what is not named have their defaults.

    Raises:
        ConfigError: if a value is out of its bounds.
    """
    names = {setting.name for setting in settings_of(config)}
    return config.from_dict({name: value for name, value in values.items() if name in names and value is not None})


def arguments(configs: Sequence[Checked]) -> list[str]:
    """The command's options for what is not as by default."""
    found: list[str] = []
    for config in configs:
        for setting in settings_of(type(config)):
            value = getattr(config, setting.name)
            if value == setting.default or value is None:
                continue
            flag = flag_of(setting.name)
            if setting.kind == "bool":
                found.append(flag if value else "--no-" + flag[2:])
            else:
                # joined, so that a value which begins with a dash is not taken for an option
                found += [f"{flag}={each}" for each in (value if isinstance(value, tuple) else (value,))]
    return found


def labels() -> dict[str, str]:
    """What the controls of all settings are called, in the session's language."""
    return {name: label() for name, label in _labels().items()}


def label_of(name: str) -> str:
    """What a control of a setting is called, in the session's language."""
    return _labels()[name]() if name in _labels() else name


@cache
def _labels() -> dict[str, Callable[[], str]]:
    return {
        "minutes": lambda: _("Minutes"),
        "epochs": lambda: _("Passes over the text"),
        "batch_size": lambda: _("Streams side by side"),
        "bptt_steps": lambda: _("Length of a chunk"),
        "learning_rate": lambda: _("Learning rate"),
        "final_rate_share": lambda: _("Rate at the end"),
        "warmup_steps": lambda: _("Warm-up steps"),
        "weight_decay": lambda: _("Weight decay"),
        "grad_clip": lambda: _("Gradient limit"),
        "ema_decay": lambda: _("Averaging of the weights"),
        "label_smoothing": lambda: _("Label smoothing"),
        "zero_state_share": lambda: _("Fresh starts"),
        "tag_dropout": lambda: _("Hidden tags"),
        "cue_dropout": lambda: _("Hidden cues"),
        "ahead_share": lambda: _("Shown ahead"),
        "patience": lambda: _("Patience"),
        "validations": lambda: _("Validations"),
        "save_seconds": lambda: _("Seconds between savings"),
        "precision": lambda: _("Arithmetic"),
        "device": lambda: _("Device"),
        "threads": lambda: _("Processor threads"),
        "seed": lambda: _("Seed"),
        "cell": lambda: _("Cell"),
        "embed_dim": lambda: _("Width of the embedding"),
        "hidden_size": lambda: _("Width of the layers"),
        "num_layers": lambda: _("Layers"),
        "tie_weights": lambda: _("Shared embedding"),
        "dropout": lambda: _("Dropout"),
        "input_dropout": lambda: _("Dropout at the input"),
        "weight_dropout": lambda: _("Dropout of weights"),
        "residual": lambda: _("Residual connections"),
        "layer_norm": lambda: _("Layer normalisation"),
        "attention_window": lambda: _("Attention window"),
        "pieces": lambda: _("What one piece is"),
        "blank_lines": lambda: _("Blank lines between pieces"),
        "text_field": lambda: _("Field of the text"),
        "tag_fields": lambda: _("Fields of tags"),
        "tag_min_count": lambda: _("Least pieces of a tag"),
        "encoding": lambda: _("Encoding"),
        "tokenizer": lambda: _("What one token is"),
        "vocab_size": lambda: _("Number of subwords"),
        "min_count": lambda: _("Rare characters"),
        "rare": lambda: _("Leave out"),
        "cues": lambda: _("Cues"),
        "verse": lambda: _("Language of verse"),
        "backward": lambda: _("Lines turned round"),
        "voices": lambda: _("Number of voices"),
        "transpose": lambda: _("Transpositions"),
        "split": lambda: _("Shares of the parts"),
    }
