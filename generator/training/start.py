"""From what a person asked for to a run: a new one, one that goes on, one that begins from a trained model."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from .. import checkpoint
from ..config import ModelConfig, PrepareConfig, TrainingConfig
from ..corpus import PreparedCorpus, is_prepared, list_corpora, open_prepared, prepare
from ..corpus.batches import StreamBatches
from ..decoding.aids import Aids
from ..errors import ConfigError, TrainingError
from ..model import LanguageModel
from ..places import PREPARED, RUNS
from ..seeding import torch_generator
from ..tokenizers import Tokenizer
from ..wording import counted
from .describing import announce, compared, described, earlier
from .devices import memory_told, own_device, resolve
from .distributed import Group, joined
from .extending import check_start, extended
from .judging import judge, sampler
from .machine import keep_freed_memory
from .plan import Plan
from .planning import Texts, make_plan, plan_again, read_texts, stored_plan
from .run_directory import RunDirectory
from .screen import Screen
from .trainer import Reading, Trainer

__all__ = ["Outcome", "resume", "train"]

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
    resolve(training_config.device)  # one that is not here is told before a long text is read
    if training_config.tensorboard:
        _board_writer()
    with memory_told(), joined() as group:
        quiet: Say = say if group.leads else _silent
        _set_threads(training_config)
        loaded = checkpoint.load(init_from) if init_from is not None else None
        run = RunDirectory(group.share(_place(runs, name, source) if group.leads else None))
        with _claim(run, group):
            corpus = _corpus(source, run, prepare_config or PrepareConfig(), group, quiet)
            start = _start(loaded, str(init_from), corpus, quiet) if loaded is not None else None
            tokenizer = start.tokenizer if start else corpus.tokenizer
            tag_fields = dict(start.config.get("tag_fields") or {}) if start else corpus.tag_fields
            cues = start.config.get("cues") if start else corpus.cues
            texts = read_texts(corpus, tokenizer, tag_fields, cues)
            plan = make_plan(texts, model_config, training_config, start, tokenizer, tag_fields, cues, group)
            if start is None:
                model = LanguageModel(plan.model, torch_generator(plan.training.seed))
            else:
                model = LanguageModel(plan.model)
                model.load_state_dict(start.model.state_dict())
            config = described(run.name, corpus, tokenizer, tag_fields, cues, plan, init_from)
            if start is not None:
                config["provenance"]["earlier"] = earlier(start.config)
            if group.leads:
                run.write_config(
                    {
                        "format_version": 1,
                        "checkpoint": config,
                        "plan": asdict(plan),
                        "corpus": str(corpus.folder.resolve()),
                    }
                )
                announce(run, corpus, texts, plan, model, quiet, new=start is None)
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
    with memory_told(), joined() as group:
        quiet: Say = say if group.leads else _silent
        with _claim(run, group):
            stored = run.read_config()
            plan = stored_plan(stored["plan"])
            _set_threads(plan.training)
            plan, note = plan_again(plan, group)
            if note is not None:
                quiet(f"note: {note}")
            if not (run.last / "progress.json").exists():
                raise TrainingError(f"{folder} was never saved.", "Train it again from the start.")
            loaded = checkpoint.load(run.last)
            corpus = open_prepared(stored["corpus"])
            config = stored["checkpoint"]
            texts = read_texts(corpus, loaded.tokenizer, config.get("tag_fields") or {}, config.get("cues"))
            model = LanguageModel(plan.model)
            return _train(run, plan, model, texts, loaded.tokenizer, config, group, quiet, live, True, _aids(corpus))


def _start(loaded: checkpoint.Checkpoint, name: str, corpus: PreparedCorpus, say: Say) -> checkpoint.Checkpoint:
    """The model to begin from, its alphabet widened to the text where that has new characters."""
    share = check_start(loaded, corpus, name)
    start, added = extended(loaded, corpus)
    if added:
        shown = " ".join(repr(character) for character in added[:20]) + (" ..." if len(added) > 20 else "")
        new = counted(len(added), "character")
        say(f"the text has {new} that {name} did not know, {max(share, 0.0001):.2%} of it: {shown}")
    return start


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


def _train(
    run: RunDirectory, plan: Plan, model: LanguageModel, texts: Texts, tokenizer: Tokenizer, config: dict[str, Any],
    group: Group, say: Say, live: bool, resumed: bool, aids: dict[str, torch.Tensor],
) -> Outcome:  # fmt: skip
    """Run the loop, then judge the best weights exactly."""
    settings, device = plan.training, own_device(plan.training.device)
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
        sampler(tokenizer, config),
        group,
        device,
    )
    if resumed:
        trainer.resume()
        say(f"{run.folder}: going on at step {trainer.progress.step:,} of {plan.total_steps:,}")
        if group.leads:
            run.log(event="resumed", step=trainer.progress.step)
    if settings.tensorboard and group.leads:
        trainer.board = _board_writer()(str(run.folder / "tensorboard"))
    begun = time.perf_counter()
    try:
        state = trainer.run()
    except BaseException:
        trainer._status("failed", now=True)
        raise
    if not group.leads:
        return Outcome(state, run.folder, None)
    best = judge(run, valid, device) if state == "finished" and run.best.exists() else None
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
        for line in compared(run, best, plan, new=config["provenance"]["init_from"] is None):
            say(line)
        say(f"write with it: python -m generator.sample {run.name}")
    return Outcome(state, run.folder, best)


def _aids(corpus: PreparedCorpus) -> dict[str, torch.Tensor]:
    """What helps a model of verse to write in form; nothing for other texts."""
    language = corpus.details.get("verse")
    return Aids.of_corpus(corpus, language).tensors() if language else {}


def _board_writer() -> Any:
    """The class that writes event files.

    Raises:
        ConfigError: if its package is not installed.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise ConfigError(
            "--tensorboard needs the package tensorboard.", "pip install 'generator[tensorboard]'"
        ) from None
    return SummaryWriter
