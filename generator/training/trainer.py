"""The loop: read a chunk, take a step, and from time to time validate, save and show.

Truncated back-propagation through time (Werbos 1990; Williams & Peng 1990) with the recurrent state
carried from chunk to chunk. Everything that decides what a step does is in the plan, the snapshot or
the journal: a run that was killed and resumed ends with the same weights, bit for bit, as one that
was not (same machine, same number of threads). A run that has a time to keep fits its number of
steps to the clock after each validation; what it decided is in the journal, ``metrics.jsonl``, and a
resumed run that comes by that step again takes the decision from there.
"""

from __future__ import annotations

import math
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from .. import checkpoint
from ..corpus.batches import StreamBatches
from ..errors import Diverged
from ..evaluation import carried_nats
from ..files import atomic_folder
from ..model import LanguageModel, State
from ..seeding import torch_generator
from ..tokenizers import Tokenizer
from ..wording import counted
from .averaging import WeightAverage
from .card import write_card
from .devices import CPU
from .distributed import Group, mean_over
from .hiding import shown
from .machine import PRECISIONS
from .plan import Plan
from .run_directory import RunDirectory
from .schedule import learning_rate
from .screen import Screen, bits
from .snapshot import Progress, Streams, read_snapshot, write_snapshot

__all__ = ["Reading", "Trainer"]

MOST_ROLLBACKS = 3
SMOOTHING = 0.98  # of the loss that is shown, a step
EXPLODED_NATS = 3.0  # a step this far above the running mean is no ordinary bad chunk
LOGGED_EVERY = 10  # steps


@dataclass(frozen=True)
class Reading:
    """The texts of a run as the trainer needs them.

    Attributes:
        batches: Chunks of the training text.
        valid: Arguments of ``carried_nats``: ids, characters, starts, tags, cues.
        tokens_per_char: Of the training text, to show losses per character.
        tokenizer: What the ids mean.
        aids: What goes with the best weights to help them write; see ``decoding.aids``.
    """

    batches: StreamBatches
    valid: dict[str, Any]
    tokens_per_char: float
    tokenizer: Tokenizer
    aids: dict[str, Tensor] = field(default_factory=dict)


class _Loss(nn.Module):
    """The network as it is called in training: several processes share the gradients of what this returns."""

    def __init__(self, model: LanguageModel) -> None:
        super().__init__()
        self.model = model

    def forward(self, *chunk: Any) -> Any:
        return self.model.loss(*chunk)


class Trainer:
    """One run, from its plan or its last snapshot to its end.

    Args:
        run: Its folder, claimed.
        plan: Complete settings.
        model: The network with its first weights.
        reading: The texts.
        config: What the checkpoints' ``config.json`` should say.
        screen: Where to show it.
        sampler: Gives what the (averaged) network writes now.
        group: This process among others.
        device: Where the network, its averages, moments and streams are to be.
    """

    def __init__(
        self,
        run: RunDirectory,
        plan: Plan,
        model: LanguageModel,
        reading: Reading,
        config: dict[str, Any],
        screen: Screen,
        sampler: Callable[[LanguageModel], str],
        group: Group | None = None,
        device: torch.device = CPU,
    ) -> None:
        self.run_folder, self.plan, self.model, self.reading = run, plan, model, reading
        self.config, self.screen, self.sampler = config, screen, sampler
        self.group, self.device = group or Group(), device
        settings = plan.training
        model.to(device)
        model.compute_dtype = PRECISIONS[settings.precision]
        self._first_seed = (settings.seed << 8) + self.group.rank
        self.random = torch_generator(self._first_seed, str(device))
        model.generator = self.random
        self.network: nn.Module = _Loss(model)
        if self.group.world > 1:
            self.network = DistributedDataParallel(self.network)
        matrices = [value for value in model.parameters() if value.dim() > 1]
        vectors = [value for value in model.parameters() if value.dim() <= 1]
        self.optimizer = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": settings.weight_decay}, {"params": vectors, "weight_decay": 0.0}],
            lr=settings.learning_rate or 0.0,
            betas=(0.9, 0.99),
            fused=True,
        )
        self.average = WeightAverage(model, settings.ema_decay)
        self.progress = Progress(total_steps=plan.total_steps)
        self.progress.next_validation = self._interval()
        self._decided = {
            event["step"]: event["total_steps"] for event in run.metrics() if event.get("event") == "replan"
        }
        self.state: State | None = None
        self.valid_nats: float | None = None
        self.board: Any = None
        self._saved_at = self._speed_from = time.perf_counter()
        self._speed_tokens = 0
        self._speed = 0.0
        self._interrupted = False

    def resume(self) -> None:
        """Go back to where ``last/`` was written."""
        streams, self.progress = read_snapshot(
            self.run_folder.last, self.model, self.average, self.optimizer, self.group.rank, self.group.world,
            self.device,
        )  # fmt: skip
        if streams.random is not None:
            self.random.set_state(streams.random)
        else:  # begun on another kind of device: masks that neither would have drawn, but the same each time
            self.random.manual_seed(self._first_seed + (self.progress.step << 40))
        self.state = streams.state
        self.valid_nats = self.progress.best_nats

    def _interval(self) -> int:
        """Steps between two validations."""
        return max(math.ceil(self.progress.total_steps / self.plan.training.validations), 1)

    def run(self) -> str:
        """Train to the end.

        Returns:
            ``finished`` (all steps done, or no gain any more) or ``stopped`` (asked to).
        Raises:
            Diverged: if the loss exploded and going back did not help.
        """
        self.model.train()
        self._sat_down = time.perf_counter() - self.progress.wall_seconds
        if self.progress.step == 0:
            self.save()
        outcome = "finished"
        self.screen.begin(self.progress.step, self.progress.total_steps)
        try:
            with self._signals():
                while self.progress.step < self.progress.total_steps:
                    loss, stop = self._step()
                    if self._exploded(loss):
                        self._roll_back(loss)
                        continue
                    self._count(loss)
                    if self.progress.step in (self.progress.next_validation, self.progress.total_steps):
                        if self._validate():
                            break
                        self._replan()
                    if stop:
                        outcome = "stopped"
                        break
                    self._save_if_due()
            self.save()
        finally:
            self.screen.end()
        return outcome

    def _step(self) -> tuple[float, bool]:
        """One chunk of each stream: forward, backward, update.

        Returns:
            Loss in nats per token over all processes, and whether any of them was asked to stop.
        """
        settings, progress, begun = self.plan.training, self.progress, time.perf_counter()
        rate = progress.rate_scale * learning_rate(
            progress.step,
            peak=settings.learning_rate or 0.0,
            warmup_steps=settings.warmup_steps or 0,
            total_steps=progress.total_steps,
            final_share=settings.final_rate_share,
        )
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        batch = self.reading.batches.batch(progress.epoch, progress.chunk)
        rows = batch.inputs.shape[0]
        if self.state is None:
            self.state = self.model.initial_state(rows)
        elif settings.zero_state_share:
            kept = torch.rand(rows, generator=self.random, device=self.device) >= settings.zero_state_share
            self.state = self.state.keep(kept)
        inputs, targets = batch.inputs.to(self.device), batch.targets.to(self.device)
        tags = batch.tags
        if tags is not None:
            tags = tags.to(self.device) * shown(self.model.config, settings, rows, self.random)
        loss, plain, state = self.network(inputs, targets, self.state, tags, settings.label_smoothing)
        tokens = targets.numel()
        self.optimizer.zero_grad()
        mean_over(tokens, self.group, loss).backward()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), settings.grad_clip)
        summed, count, stops = self.group.total(plain.item() * tokens, tokens, float(self._asked_to_stop()))
        value = summed / count
        if math.isfinite(value) and bool(torch.isfinite(norm)):
            self.optimizer.step()
            self.average.update(progress.step + 1)
        else:
            value = math.nan
        self.state = state.detach()
        self._speed_tokens += int(count)
        now = time.perf_counter()
        progress.seconds += now - begun
        progress.wall_seconds = now - self._sat_down
        return value, stops > 0

    def _asked_to_stop(self) -> bool:
        return self._interrupted or (self.group.leads and self.run_folder.stop_requested)

    def _exploded(self, loss: float) -> bool:
        usual = self.progress.smoothed  # the first step has nothing to be held against
        return not math.isfinite(loss) or (usual is not None and loss > usual + EXPLODED_NATS)

    def _roll_back(self, loss: float) -> None:
        """Return to the last snapshot with half the rate.

        Raises:
            Diverged: after three times.
        """
        step, rollbacks, seconds = self.progress.step, self.progress.rollbacks + 1, self.progress.seconds
        scale = self.progress.rate_scale / 2
        self._log(event="rollback", step=step, loss=str(loss), rollbacks=rollbacks)
        if rollbacks > MOST_ROLLBACKS:
            raise Diverged(
                f"The loss left all bounds at step {step} ({loss:.3g} nats), the fourth time in this run.",
                f"Train with a lower --learning-rate (it was {self.plan.training.learning_rate:.2g}), "
                "a lower --grad-clip, or --precision float32.",
            )
        self.resume()
        self.progress.rollbacks, self.progress.rate_scale, self.progress.seconds = rollbacks, scale, seconds
        self.screen.set_back(self.progress.step)
        self._say(
            f"the loss left all bounds at step {step} ({loss:.3g} nats): "
            f"back to step {self.progress.step} with half the rate ({rollbacks} of {MOST_ROLLBACKS})"
        )
        self.save()

    def _count(self, loss: float) -> None:
        """Move on to the next chunk, and show the step."""
        progress = self.progress
        progress.smoothed = (
            loss if progress.smoothed is None else SMOOTHING * progress.smoothed + (1 - SMOOTHING) * loss
        )
        progress.step += 1
        progress.chunk += 1
        if progress.chunk == self.reading.batches.chunks:
            # a new epoch turns the ring: what the streams remember is not what stands before their new place
            progress.epoch, progress.chunk, self.state = progress.epoch + 1, 0, None
        if not self.group.leads:
            return
        per_char = bits(progress.smoothed) * self.reading.tokens_per_char
        valid = None if self.valid_nats is None else bits(self.valid_nats)
        if (passed := time.perf_counter() - self._speed_from) > 1.0:
            self._speed, self._speed_from, self._speed_tokens = self._speed_tokens / passed, time.perf_counter(), 0
        self.screen.step(per_char, valid, self._speed)
        if progress.step % LOGGED_EVERY == 0:
            self._log(
                event="step", step=progress.step, epoch=progress.epoch, loss_bits=per_char,
                rate=self.optimizer.param_groups[0]["lr"], seconds=progress.seconds, tokens_per_second=self._speed,
            )  # fmt: skip
        self._status("running")

    def _status(self, state: str, *, now: bool = False) -> None:
        if self.group.leads:
            progress = self.progress
            left = (progress.total_steps - progress.step) * progress.wall_seconds / max(progress.step, 1)
            self.run_folder.status(
                state, now=now, step=progress.step, total_steps=progress.total_steps, epoch=progress.epoch,
                loss_bits=None if progress.smoothed is None else bits(progress.smoothed) * self.reading.tokens_per_char,
                valid_bits=None if self.valid_nats is None else bits(self.valid_nats),
                best_bits=None if progress.best_nats is None else bits(progress.best_nats),
                tokens_per_second=self._speed, seconds=progress.seconds, seconds_left=left,
            )  # fmt: skip

    def _validate(self) -> bool:
        """Judge the averaged weights, keep them if they are the best so far, show a sample.

        Returns:
            Whether to stop early.
        """
        progress = self.progress
        if self.group.leads:
            with self.average.applied():
                self.valid_nats = carried_nats(self.model, **self.reading.valid)
                better = progress.best_nats is None or self.valid_nats < progress.best_nats
                if better:
                    self._keep_best()
                sample = self.sampler(self.model)
            self._log(
                event="validation",
                step=progress.step,
                nats=self.valid_nats,
                bits=bits(self.valid_nats),
                seconds=progress.seconds,
                wall=progress.wall_seconds,
            )
            self.run_folder.sample(progress.step, sample)
            shown = f"{bits(self.valid_nats):.4f} bits ({self.valid_nats:.4f} nats) per character"
            self._say(f"step {progress.step}: validation {shown}{', the best so far' if better else ''}")
            self._say("    " + sample.replace("\n", "\n    ") + "\n")
        self.valid_nats = float(self.group.share(self.valid_nats))
        if progress.best_nats is None or self.valid_nats < progress.best_nats:
            progress.best_nats, progress.stale = self.valid_nats, 0
        else:
            progress.stale += 1
        patience = self.plan.training.patience
        if patience and progress.stale >= patience:
            self._say(f"no gain in {counted(patience, 'validation')}: stopping early")
            return True
        return False

    def _replan(self) -> None:
        """Fit the number of steps to the time that is left, where there is a time to keep."""
        progress, minutes = self.progress, self.plan.training.minutes
        if minutes is not None and progress.step < progress.total_steps:
            wall = time.perf_counter() - self._sat_down
            left = max(minutes * 60 - wall, 0.0)
            fitting = progress.step + int(left / (wall / progress.step))
            if self.plan.training.epochs is not None:
                fitting = min(fitting, self.plan.total_steps)
            fitting = self._decided.get(progress.step, max(fitting, progress.step + 1))
            progress.total_steps = int(self.group.share(fitting))
            if progress.step not in self._decided:
                self._log(event="replan", step=progress.step, total_steps=progress.total_steps)
            self.screen.fit(progress.total_steps)
        progress.next_validation = min(progress.step + self._interval(), progress.total_steps)

    def _keep_best(self) -> None:
        """Write ``best/``; a failure costs this version of it, never the one before."""
        try:
            reading = self.reading
            checkpoint.save(self.run_folder.best, self.model, reading.tokenizer, *self._described(), aids=reading.aids)
        except OSError as error:
            self.run_folder.trouble(error)

    def _described(self) -> tuple[dict[str, Any], str]:
        progress = self.progress
        scores = {
            "valid_nats": self.valid_nats, "step": progress.step, "seconds": progress.seconds,
            "epochs": progress.epoch + progress.chunk / self.reading.batches.chunks,
        }  # fmt: skip
        config = {**self.config, "model": self.model.config.to_dict(), "scores": scores}
        return config, write_card(config, self.model.parameter_count())

    def _save_if_due(self) -> None:
        due = time.perf_counter() - self._saved_at > self.plan.training.save_seconds
        if self.group.share(due):
            self.save()

    def save(self) -> None:
        """Write ``last/``, whole or not at all; if it fails, the one before stays and training goes on."""
        streams = self.group.gather(Streams(self.state, self.random.get_state()).to("cpu"))
        if self.group.leads:
            config, card = self._described()
            progress = replace(self.progress)

            def fill(folder: Path) -> None:
                checkpoint.write_into(folder, self.model, self.reading.tokenizer, config, card)
                write_snapshot(folder, self.average, self.optimizer, streams, progress, self.device)

            try:
                atomic_folder(self.run_folder.last, fill)
            except OSError as error:
                self.run_folder.trouble(error)
        self._saved_at = time.perf_counter()
        self.group.wait()

    def _say(self, line: str) -> None:
        if self.group.leads:
            self.screen.say(line)

    def _log(self, **event: Any) -> None:
        if self.group.leads:
            self.run_folder.log(**event)
            if self.board is not None:
                for name, value in event.items():
                    if isinstance(value, float):
                        self.board.add_scalar(f"{event['event']}/{name}", value, event["step"])

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Let Ctrl-C and SIGTERM end the run after its step; a second Ctrl-C ends it at once."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def ask(number: int, frame: Any) -> None:
            if self._interrupted and number == signal.SIGINT:
                raise KeyboardInterrupt
            self._interrupted = True

        before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
