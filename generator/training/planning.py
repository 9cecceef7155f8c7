"""The plan of a run: what a person said, filled in from the texts and from what this machine was measured to do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from ..config import ModelConfig, TrainingConfig
from ..corpus import PreparedCorpus, cue_fields
from ..errors import ConfigError
from ..evaluation import material
from ..tokenizers import Tokenizer
from .devices import has_bfloat16, resolve, resolve_again, take_device
from .distributed import Group
from .machine import choose_precision, seconds_per_step
from .plan import Plan, fill_model, fill_training

__all__ = ["Texts", "make_plan", "plan_again", "read_texts", "stored_plan"]

MOST_JUDGED = 2_000_000  # validation tokens; of a longer part the first so many


@dataclass(frozen=True)
class Texts:
    """Training and validation text in the tokens of the model."""

    train: Any
    valid: Any


def read_texts(
    corpus: PreparedCorpus, tokenizer: Tokenizer, tag_fields: dict[str, list[str]], cues: str | None
) -> Texts:
    """Both parts of a corpus, encoded as the model reads them."""
    return Texts(
        material(corpus, "train", tokenizer, tag_fields, cues=cues),
        material(corpus, "validation", tokenizer, tag_fields, cues=cues, most_tokens=MOST_JUDGED),
    )


def make_plan(
    texts: Texts, model: ModelConfig, training: TrainingConfig, start: Any, tokenizer: Tokenizer,
    tag_fields: dict[str, list[str]], cues: str | None, group: Group,
) -> Plan:  # fmt: skip
    """Fill in the settings, measure the machine, and count the steps.

    Args:
        texts: What is trained and judged on.
        model, training: What the person said.
        start: The checkpoint to begin from; None for a new network.
        tokenizer, tag_fields, cues: What the network is to read.
        group: This process among others; the leader measures for all.
    Raises:
        ConfigError: if what was said cannot be done here.
        CorpusError: if the text is too short.
    """
    tokens = len(texts.train.ids) - 1
    if start is not None:
        said = {key: value for key, value in model.to_dict().items() if value != getattr(ModelConfig(), key)}
        sizes = [key for key in said if key not in ("dropout", "input_dropout", "weight_dropout")]
        if sizes:
            raise ConfigError(
                f"--init-from takes the network as it is; --{sizes[0].replace('_', '-')} cannot change it.",
                "Leave it out.",
            )
        full = replace(start.model.config, **said)
    else:
        tag_sizes = tuple(len(values) for values in tag_fields.values())
        full = fill_model(model, tokens, tokenizer.vocab_size, tag_sizes, training.minutes, cue_fields(cues))
    settings, notes = fill_training(
        training, tokens, int(full.hidden_size or 0), group.world, finetune=start is not None
    )
    batch, steps = int(settings.batch_size or 1), int(settings.bptt_steps or 2)
    share = max(batch // group.world, 1)
    settings = replace(settings, device=group.share(resolve(training.device)))
    device = take_device(settings.device)
    precision = settings.precision
    if precision == "bfloat16" and not has_bfloat16(device):
        raise ConfigError("--precision bfloat16: this GPU does not have it.", "Leave the option out, or give float32.")
    if group.leads:
        if precision == "auto":
            precision, times = choose_precision(full, share, steps, device)
            seconds = times[precision]
            others = ", ".join(f"{name} {value * 1000:.0f} ms" for name, value in times.items())
            notes.append(f"precision {precision}, measured a step: {others}")
        else:
            seconds = seconds_per_step(full, share, steps, precision, device)
    precision, seconds = group.share((precision, seconds) if group.leads else None)
    settings = replace(settings, precision=precision)
    chunks = tokens // batch // steps
    total = max(int((settings.epochs or 0) * max(chunks, 1)), 1)
    judging = (
        min(len(texts.valid.ids), MOST_JUDGED) / (batch * steps) * seconds / 2 * settings.validations
    )  # forward alone
    if settings.minutes is not None:
        in_time = max(int((settings.minutes * 60 - judging) / seconds), 2)
        total = in_time if settings.epochs is None else min(total, in_time)
    return Plan(full, settings, total, (total * seconds + judging) / 60, tuple(notes))


def stored_plan(stored: dict[str, Any]) -> Plan:
    """The plan of a run from its ``config.json``."""
    return Plan(
        ModelConfig.from_dict(stored["model"]),
        TrainingConfig.from_dict({"device": "cpu", **stored["training"]}),  # older runs knew no other
        stored["total_steps"],
        stored["expected_minutes"],
        tuple(stored["notes"]),
    )


def plan_again(plan: Plan, group: Group) -> tuple[Plan, str | None]:
    """The plan that a run goes on with here, and what to say of it where its device is not here.

    The run's own plan stays as it is written: back on the first machine, it goes on there.
    """
    name, note = group.share(resolve_again(plan.training.device) if group.leads else None)
    settings = replace(plan.training, device=name)
    device = take_device(name)
    if note is not None and settings.precision == "bfloat16":
        # what was the quicker there may be by far the slower here
        share = max(int(settings.batch_size or 1) // group.world, 1)
        found = choose_precision(plan.model, share, int(settings.bptt_steps or 2), device)[0] if group.leads else None
        settings = replace(settings, precision=group.share(found))
    return replace(plan, training=settings), note
