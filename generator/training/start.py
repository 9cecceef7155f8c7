"""From what a person asked for to a run: a new one, one that goes on, one that begins from a trained model."""

from __future__ import annotations

import os
import platform
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from .. import checkpoint
from ..config import ModelConfig, PrepareConfig, SamplingConfig, TrainingConfig
from ..corpus import PreparedCorpus, cue_fields, is_prepared, list_corpora, open_prepared, prepare
from ..corpus.batches import StreamBatches
from ..decoding import Writer, generate
from ..decoding.aids import Aids
from ..errors import ConfigError, TrainingError
from ..evaluation import baselines, evaluate_split, material
from ..model import LanguageModel
from ..places import PREPARED, RUNS
from ..seeding import torch_generator
from ..tokenizers import Tokenizer
from .card import write_card
from .distributed import Group, joined
from .extending import extended
from .machine import choose_precision, keep_freed_memory, seconds_per_step
from .plan import Plan, fill_model, fill_training, memory_bytes
from .run_directory import RunDirectory
from .screen import Screen, bits, plan_lines
from .trainer import Reading, Trainer

__all__ = ["Outcome", "resume", "train"]

SAMPLE_LENGTH = 240  # tokens of the samples that are shown on the way
MOST_JUDGED = 2_000_000  # validation tokens; of a longer part the first so many
Say = Callable[[str], Any]


@dataclass(frozen=True)
class Outcome:
    """How a run ended.

    Attributes:
        state: ``finished`` or ``stopped``.
        folder: The run directory.
        config: ``config.json`` of the best checkpoint; None before the first validation.
    """

    state: str
    folder: Path
    config: dict[str, Any] | None


def train(
    source: str | Path,
    *,
    name: str | None = None,
    prepare_config: PrepareConfig | None = None,
    model_config: ModelConfig | None = None,
    training_config: TrainingConfig | None = None,
    init_from: str | Path | None = None,
    runs: Path = RUNS,
    say: Say = print,
    live: bool = True,
) -> Outcome:
    """Train a network on a source.

    Args:
        source: A corpus name, a file, a folder, an archive or a prepared corpus.
        name: Of the run; by default after the source.
        prepare_config, model_config, training_config: What is not said is chosen from the corpus.
        init_from: A model to begin from; its network and tokenizer are taken over.
        runs: Where run directories lie.
        say: Prints a line.
        live: Whether to draw the live line.
    Raises:
        GeneratorError: with what to do about it.
    """
    model_config, training_config = model_config or ModelConfig(), training_config or TrainingConfig()
    with joined() as group:
        quiet: Say = say if group.leads else _silent
        _set_threads(training_config)
        run = RunDirectory(group.share(_place(runs, name, source) if group.leads else None))
        with _claim(run, group):
            corpus = _corpus(source, run, prepare_config or PrepareConfig(), group, quiet)
            start = _start(init_from, corpus, quiet) if init_from is not None else None
            tokenizer = start.tokenizer if start else corpus.tokenizer
            tag_fields = dict(start.config.get("tag_fields") or {}) if start else corpus.tag_fields
            cues = start.config.get("cues") if start else corpus.cues
            texts = _texts(corpus, tokenizer, tag_fields, cues)
            plan = _plan(texts, model_config, training_config, start, tokenizer, tag_fields, cues, group, quiet)
            if start is None:
                model = LanguageModel(plan.model, torch_generator(plan.training.seed))
            else:
                model = LanguageModel(plan.model)
                model.load_state_dict(start.model.state_dict())
            config = _described(run.name, corpus, tokenizer, tag_fields, cues, plan, init_from)
            if start is not None:
                config["provenance"]["earlier"] = _earlier(start.config)
            if group.leads:
                run.write_config(
                    {
                        "format_version": 1,
                        "checkpoint": config,
                        "plan": asdict(plan),
                        "corpus": str(corpus.folder.resolve()),
                    }
                )
                _announce(run, corpus, texts, plan, model, quiet)
            return _train(run, plan, model, texts, tokenizer, config, group, quiet, live, False, _aids(corpus))


def resume(run_folder: str | Path, *, runs: Path = RUNS, say: Say = print, live: bool = True) -> Outcome:
    """Go on with a run that was stopped, killed or cut off.

    Raises:
        TrainingError: if there is nothing to go on with.
    """
    folder = Path(run_folder)
    if not folder.is_dir() and (runs / str(run_folder)).is_dir():
        folder = runs / str(run_folder)
    if not folder.is_dir():
        raise TrainingError(
            f"There is no run {str(run_folder)!r}.", "python -m generator lists the runs that are here."
        )
    run = RunDirectory(folder)
    with joined() as group:
        quiet: Say = say if group.leads else _silent
        with _claim(run, group):
            stored = run.read_config()
            plan = _plan_of(stored["plan"])
            _set_threads(plan.training)
            if not (run.last / "progress.json").exists():
                raise TrainingError(f"{folder} was never saved.", "Train it again from the start.")
            loaded = checkpoint.load(run.last)
            corpus = open_prepared(stored["corpus"])
            config = stored["checkpoint"]
            texts = _texts(corpus, loaded.tokenizer, config.get("tag_fields") or {}, config.get("cues"))
            model = LanguageModel(plan.model)
            return _train(run, plan, model, texts, loaded.tokenizer, config, group, quiet, live, True, _aids(corpus))


def _start(init_from: str | Path, corpus: PreparedCorpus, say: Say) -> checkpoint.Checkpoint:
    """The model to begin from, its alphabet widened to the text where that has new characters."""
    start, added = extended(checkpoint.load(init_from), corpus)
    if added:
        shown = " ".join(repr(character) for character in added[:20]) + (" ..." if len(added) > 20 else "")
        say(f"the text has {len(added)} characters that {init_from} did not know: {shown}")
    return start


def _earlier(config: dict[str, Any]) -> dict[str, Any]:
    """What is kept of the training that a model went through before this one."""
    provenance, scores = config.get("provenance", {}), config.get("scores", {})
    return {"command": provenance.get("command"), "earlier": provenance.get("earlier"), "scores": scores}


def _silent(line: str = "") -> None:
    """Where another process speaks for all."""


def _claim(run: RunDirectory, group: Group) -> Any:
    from contextlib import nullcontext

    return run.claimed() if group.leads else nullcontext()


def _set_threads(config: TrainingConfig) -> None:
    keep_freed_memory()
    # as many as this process may use: a thread too many makes all wait for it at every product
    torch.set_num_threads(config.threads or min(torch.get_num_threads(), len(os.sched_getaffinity(0))))


def _place(runs: Path, name: str | None, source: str | Path) -> Path:
    """A folder for a new run: the one that was named, or the first free one named after the source."""
    if name is not None:
        if not name or Path(name).name != name or name.startswith("."):
            raise ConfigError(f"--name {name!r} cannot be the name of a folder.", "Give a plain name, such as poems.")
        if (runs / name / "config.json").exists():
            raise ConfigError(
                f"{runs / name} is there already.",
                f"Go on with it (--resume {runs / name}), or choose another --name.",
            )
        return runs / name
    stem = Path(str(source)).name.split(".")[0] or "run"
    number, place = 1, runs / stem
    while (place / "config.json").exists():
        number += 1
        place = runs / f"{stem}-{number}"
    return place


def _corpus(source: str | Path, run: RunDirectory, config: PrepareConfig, group: Group, say: Say) -> PreparedCorpus:
    """The prepared corpus that a source means; prepared now where it is not."""
    if is_prepared(source):
        return open_prepared(source)
    known = str(source) in {manifest.name for manifest in list_corpora()} and not Path(source).exists()
    out = PREPARED / str(source) if known else run.folder / "corpus"
    if group.leads and not (known and is_prepared(out) and config == PrepareConfig()):
        prepare(source, out, config, say=say)
        say("")
    group.wait()
    return open_prepared(out)


@dataclass(frozen=True)
class _Texts:
    """Training and validation text in the tokens of the model."""

    train: Any
    valid: Any


def _texts(corpus: PreparedCorpus, tokenizer: Tokenizer, tag_fields: dict[str, list[str]], cues: str | None) -> _Texts:
    return _Texts(
        material(corpus, "train", tokenizer, tag_fields, cues=cues),
        material(corpus, "validation", tokenizer, tag_fields, cues=cues, most_tokens=MOST_JUDGED),
    )


def _plan(
    texts: _Texts, model: ModelConfig, training: TrainingConfig, start: Any, tokenizer: Tokenizer,
    tag_fields: dict[str, list[str]], cues: str | None, group: Group, say: Say,
) -> Plan:  # fmt: skip
    """Fill in the settings, measure the machine, and count the steps."""
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
    precision = settings.precision
    if group.leads:
        if precision == "auto":
            precision, times = choose_precision(full, share, steps)
            seconds = times[precision]
            others = ", ".join(f"{name} {value * 1000:.0f} ms" for name, value in times.items())
            notes.append(f"precision {precision}, measured a step: {others}")
        else:
            seconds = seconds_per_step(full, share, steps, precision)
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


def _plan_of(stored: dict[str, Any]) -> Plan:
    return Plan(
        ModelConfig.from_dict(stored["model"]),
        TrainingConfig.from_dict(stored["training"]),
        stored["total_steps"],
        stored["expected_minutes"],
        tuple(stored["notes"]),
    )


def _described(
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
        "medium": "text",
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


def _announce(
    run: RunDirectory, corpus: PreparedCorpus, texts: _Texts, plan: Plan, model: LanguageModel, say: Say
) -> None:
    """Print the plan, and what simple models score on the same text."""
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
        "batch": f"{batch} streams x {steps} tokens",
        "memory": f"about {memory_bytes(network, count, batch, steps) / 2**20:,.0f} MB",
        "length": f"{plan.total_steps:,} steps, {plan.total_steps * batch * steps / tokens:.1f} times the text"
        + f", about {plan.expected_minutes:.2g} minutes",
        "to beat": ", ".join(f"{key} {bits(value):.3f}" for key, value in simple.items()) + " bits per character",
    }
    for line in plan_lines(facts):
        say(line)
    for note in plan.notes:
        say(f"note: {note}")
    say("")
    run.log(event="plan", parameters=count, total_steps=plan.total_steps, baselines=simple)


def _sampler(tokenizer: Tokenizer, config: dict[str, Any]) -> Callable[[LanguageModel], str]:
    """What the network writes now, always with the same seed, so that samples can be compared."""

    def sample(model: LanguageModel) -> str:
        writer = Writer(
            model, tokenizer, tag_fields=config["tag_fields"], start_text=config["start_text"], precision="float32"
        )
        settings = SamplingConfig(length=SAMPLE_LENGTH, seed=1, temperature=0.8)
        return generate(writer, "", settings).samples()[0].text.strip("\n")

    return sample


def _train(
    run: RunDirectory, plan: Plan, model: LanguageModel, texts: _Texts, tokenizer: Tokenizer, config: dict[str, Any],
    group: Group, say: Say, live: bool, resumed: bool, aids: dict[str, torch.Tensor],
) -> Outcome:  # fmt: skip
    """Run the loop, then judge the best weights exactly."""
    settings = plan.training
    train_text, valid = texts.train, texts.valid
    batches = StreamBatches(
        train_text.ids, train_text.starts, train_text.tags,
        int(settings.batch_size or 1), int(settings.bptt_steps or 2), settings.seed, group.rank, group.world,
        cues=train_text.cues,
    )  # fmt: skip
    judged = {name: getattr(valid, name) for name in ("ids", "characters", "starts", "tags", "cues")}
    per_char = (len(train_text.ids) - 1) / max(train_text.characters, 1)
    screen = Screen(say, live and group.leads)
    trainer = Trainer(
        run,
        plan,
        model,
        Reading(batches, judged, per_char, tokenizer, aids),
        config,
        screen,
        _sampler(tokenizer, config),
        group,
    )
    if resumed:
        trainer.resume()
        say(f"{run.folder}: going on at step {trainer.progress.step:,} of {plan.total_steps:,}")
        if group.leads:
            run.log(event="resumed", step=trainer.progress.step)
    if settings.tensorboard and group.leads:
        trainer.board = _tensorboard(run.folder)
    begun = time.perf_counter()
    try:
        state = trainer.run()
    except BaseException:
        trainer._status("failed", now=True)
        raise
    if not group.leads:
        return Outcome(state, run.folder, None)
    best = _judge(run, valid) if state == "finished" and run.best.exists() else None
    trainer._status(state, now=True)
    run.log(
        event=state, step=trainer.progress.step, seconds=trainer.progress.seconds, sitting=time.perf_counter() - begun
    )
    if state == "stopped":
        say(f"stopped at step {trainer.progress.step:,}; go on with: python -m generator.train --resume {run.folder}")
    elif best is not None:
        found = best["scores"]["protocols"]
        say(
            "best: "
            + "; ".join(f"{name} {one['bits']:.4f} bits ({one['nats']:.4f} nats)" for name, one in found.items())
        )
        say(f"write with it: python -m generator.sample {run.name}")
    return Outcome(state, run.folder, best)


def _aids(corpus: PreparedCorpus) -> dict[str, torch.Tensor]:
    """What helps a model of verse to write in form; nothing for other texts."""
    language = corpus.details.get("verse")
    return Aids.of_corpus(corpus, language).tensors() if language else {}


def _judge(run: RunDirectory, valid: Any) -> dict[str, Any]:
    """Measure the best checkpoint by both protocols and write the figures into it."""
    loaded = checkpoint.load(run.best)
    found = evaluate_split(
        loaded.model,
        valid.ids,
        characters=valid.characters,
        starts=valid.starts,
        tags=valid.tags,
        cues=valid.cues,
        temperature=True,
    )
    scores = {
        **loaded.config["scores"],
        "protocols": found["protocols"],
        "characters": found["characters"],
        "split": "validation",
    }
    scores["calibrated"] = found["temperature"]
    config = {**loaded.config, "scores": scores, "temperature": (found["temperature"] or {}).get("value")}
    checkpoint.save(
        run.best,
        loaded.model,
        loaded.tokenizer,
        config,
        write_card(config, loaded.model.parameter_count()),
        aids=loaded.aids,
    )
    return config


def _tensorboard(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise ConfigError(
            "--tensorboard needs the package tensorboard.", "pip install 'generator[tensorboard]'"
        ) from None
    return SummaryWriter(str(folder / "tensorboard"))
