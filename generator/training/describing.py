"""What a run says of itself: in its checkpoints, and on the screen before it begins."""

from __future__ import annotations

import platform
import shlex
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Any

import torch

from ..corpus import PreparedCorpus
from ..evaluation import baselines
from ..model import LanguageModel
from ..tokenizers import Tokenizer
from ..tokenizers.music import MusicTokenizer
from ..wording import counted
from .devices import describe, own_device
from .plan import Plan, memory_bytes
from .planning import Texts
from .run_directory import RunDirectory
from .screen import bits, plan_lines

__all__ = ["announce", "compared", "described", "earlier"]

LITTLE = 30_000  # characters
HELP = "More text helps, or --init-from a model of that language (python -m generator lists them)."


def described(
    name: str,
    corpus: PreparedCorpus,
    tokenizer: Tokenizer,
    tag_fields: dict[str, list[str]],
    cues: str | None,
    plan: Plan,
    init_from: Any,
) -> dict[str, Any]:
    """What the checkpoints of the run say of themselves, but for scores."""
    details = corpus.details
    return {
        "name": name,
        "medium": "music" if isinstance(tokenizer, MusicTokenizer) else "text",
        "tag_fields": tag_fields,
        "cues": cues,
        "tag_counts": details.get("tag_counts", {}),
        "verse": details.get("verse"),
        "backward": bool(details.get("backward")),
        "start_text": details.get("start_text", ""),
        "provenance": {
            "source": details.get("source"),
            "licence": details.get("licence"),
            "address": details.get("address"),
            "corpus": str(corpus.folder),
            "corpus_digest": details.get("digest"),
            "settings": details.get("settings"),
            "tokenizer": tokenizer.kind,
            "init_from": None if init_from is None else str(init_from),
            "command": "python -m generator.train " + shlex.join(sys.argv[1:]),
            "seed": plan.training.seed,
            "training": plan.training.to_dict(),
            "date": datetime.now().astimezone().date().isoformat(),
            "versions": {"python": platform.python_version(), "torch": torch.__version__},
        },
    }


def earlier(config: dict[str, Any]) -> dict[str, Any]:
    """What is kept of the training that a model went through before this one."""
    provenance, scores = config.get("provenance", {}), config.get("scores", {})
    return {"command": provenance.get("command"), "earlier": provenance.get("earlier"), "scores": scores}


def announce(
    run: RunDirectory, corpus: PreparedCorpus, texts: Texts, plan: Plan, model: LanguageModel,
    say: Callable[[str], Any], *, new: bool = True,
) -> None:  # fmt: skip
    """Print the plan, and what simple models score on the same text; ``new``: the network knows nothing yet."""
    settings, network = plan.training, plan.model
    batch, steps = int(settings.batch_size or 1), int(settings.bptt_steps or 1)
    tokens = len(texts.train.ids) - 1
    count = model.parameter_count()
    per_char = (len(texts.valid.ids) - 1) / max(texts.valid.characters, 1)
    simple = {
        key: value * per_char for key, value in baselines(texts.train.ids, texts.valid.ids, network.vocab_size).items()
    }
    facts = {
        "run": str(run.folder),
        "text": f"{texts.train.characters:,} characters to learn from, {texts.valid.characters:,} to validate on "
        f"({corpus.details['shape']}, {network.vocab_size} tokens)",
        "network": f"{network.num_layers} x {network.cell.upper()} of {network.hidden_size}, {count:,} parameters, "
        f"dropout {network.dropout}",
        "device": describe(own_device(settings.device)) + f", {settings.precision}",
        "batch": f"{counted(batch, 'stream')} x {counted(steps, 'token')}",
        "memory": f"about {memory_bytes(network, count, batch, steps) / 2**20:,.0f} MB",
        "length": f"{counted(plan.total_steps, 'step')}, {plan.total_steps * batch * steps / tokens:.1f} times the text"
        + f", about {plan.expected_minutes:.2g} minutes",
        "to beat": ", ".join(f"{key} {bits(value):.3f}" for key, value in simple.items()) + " bits per character",
    }
    for line in plan_lines(facts):
        say(line)
    for note in plan.notes:
        say(f"note: {note}")
    if new and texts.train.characters < LITTLE and not isinstance(corpus.tokenizer, MusicTokenizer):
        say(
            f"note: {texts.train.characters:,} characters are little to learn from; some {LITTLE:,} make it worth "
            f"while. {HELP}"
        )
    say("")
    run.log(event="plan", parameters=count, total_steps=plan.total_steps, baselines=simple)


def compared(run: RunDirectory, best: dict[str, Any], plan: Plan, *, new: bool) -> list[str]:
    """What to say of a network that a simple model of the same text beats; nothing of others."""
    plans = [event["baselines"] for event in run.metrics() if event.get("event") == "plan"]
    simple = plans[-1].get("5-gram") if plans else None
    reached = best["scores"]["protocols"].get("carried", {}).get("nats")
    if simple is None or reached is None or reached < simple:
        return []
    helps = ["more text"]
    if plan.training.minutes is not None:
        helps.insert(0, "more --minutes")
    if new:
        helps.append("--init-from a model of that language (python -m generator lists them)")
    return [
        f"this does not beat a 5-gram model of the same text: {bits(reached):.3f} bits per character, "
        f"and it needs {bits(simple):.3f}",
        "what helps: " + ", or ".join(helps),
    ]
