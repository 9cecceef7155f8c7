"""Requests worked on by a few threads of the one process: a page starts a job, and looks at it from time to time.

    pool = Pool(limits(), Shelf(3))
    job = pool.submit(request, card)
    ...
    job.snapshot().rows[0].text  # what is written so far
    job.cancel()

No thread of the pool calls Streamlit, and a job is known to whoever holds it alone.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from ..errors import GeneratorError
from .models import Card, Shelf
from .request import Request, check, place_of
from .settings import Limits
from .writing import Progress, Row, Snapshot, Stopped, write

__all__ = ["Busy", "Desk", "Job", "Pool", "Row", "Snapshot", "Task"]

log = logging.getLogger(__name__)
TASKS_KEPT = {"music": 8, "incipit": 512}  # of a session: whole scores with their sound are of some megabytes each
SMALL_KEPT = 64  # of everything else
SMALL = "incipit"  # tasks of which a page has many, so that they would fill the queue
SMALL_EACH = 4  # of these a session has in the queue; the others wait with the session


class Busy(GeneratorError):
    """More was asked for than the app takes at once."""


class Task:
    """Something that a thread of the pool does once.

    Args:
        do: What; it is given the task, and asks it now and then whether to go on.
    Attributes:
        id: Random, so that nobody can guess another's.
        result: What ``do`` returned.
        error: What it raised for a person to read.
    """

    def __init__(self, do: Callable[[Task], Any]) -> None:
        self.id = secrets.token_urlsafe(12)
        self.do = do
        self.asked = time.monotonic()
        self.result: Any = None
        self.error: GeneratorError | None = None
        self._cancelled, self._ended = threading.Event(), threading.Event()
        self.deadline = float("inf")

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self._ended.is_set()

    def cancel(self) -> None:
        """Ask it to end: at its next step, or before its first one."""
        self._cancelled.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until it has ended; whether it has."""
        return self._ended.wait(seconds)

    def go_on(self) -> None:
        """Called by what is being done, often.

        Raises:
            Stopped: if it is to end.
            GeneratorError: if its time is up.
        """
        if self.cancelled:
            raise Stopped
        if time.monotonic() > self.deadline:
            raise GeneratorError("This took longer than the app allows.", "Ask for less: a shorter text, fewer tries.")

    def run(self, seconds: float) -> None:
        """Do it, whatever comes of it."""
        self.deadline = time.monotonic() + seconds
        try:
            self.go_on()
            self.result = self.do(self)
        except Stopped:
            pass
        except GeneratorError as error:
            self.error = error
        except Exception:  # a bug, or memory that is full: the thread lives on, and the log says which
            log.exception("a request failed")
            self.error = GeneratorError("Something went wrong inside the program.", "Its log on the server says what.")
        finally:
            self._ended.set()


class Job(Task):
    """A request that is written.

    Attributes:
        request: What was asked, with its seed.
        card: The model's.
    """

    def __init__(self, request: Request, card: Card, shelf: Shelf) -> None:
        super().__init__(lambda task: write(request, card, shelf, self.progress, task.go_on))
        self.request, self.card = request, card
        self.progress = Progress(request)

    def snapshot(self) -> Snapshot:
        """What there is of it now; cheap, and the same thread need not have made it."""
        ended, error = self.ended, self.error  # looked at before the rows, so that an ended job's are whole
        state = "waiting" if not self.progress.begun else "working"
        if ended:
            state = "failed" if error else "stopped" if self.cancelled and not self.progress.whole else "done"
        place = "" if error is None else place_of(error, self.request)
        return self.progress.snapshot(state, error, place)


class Pool:
    """A few threads and a queue before them.

    Args:
        limits: How many of each.
        shelf: The models.
    """

    def __init__(self, limits: Limits, shelf: Shelf) -> None:
        self.limits, self.shelf = limits, shelf
        self._waiting: deque[Task] = deque()
        self._ahead: deque[Task] = deque()
        self._ready = threading.Condition()
        self._threads = [
            threading.Thread(target=self._work, name=f"writing-{number}", daemon=True) for number in range(limits.jobs)
        ]
        self._threads.append(threading.Thread(target=self._work_ahead, name="ahead", daemon=True))
        for thread in self._threads:
            thread.start()

    def submit(self, request: Request, card: Card) -> Job:
        """Queue a request.

        Raises:
            ConfigError: if it asks for more than is allowed.
            Busy: if the queue is full.
        """
        check(request, card, self.limits)
        job = Job(request.seeded(), card, self.shelf)
        self.put(job)
        return job

    def put(self, task: Task) -> None:
        """Queue something else.

        Raises:
            Busy: if the queue is full.
        """
        with self._ready:
            self._waiting = deque(each for each in self._waiting if not each.cancelled)
            if len(self._waiting) >= self.limits.queue + self.limits.jobs:
                raise Busy("Many requests are waiting already.", "Try again in a minute.")
            self._waiting.append(task)
            self._ready.notify_all()

    def put_ahead(self, task: Task) -> None:
        """Queue something that nobody waits for: it is done by a thread of its own, so that no request stands
        behind it, the newest first; of those that wait, the oldest are dropped when there are many."""
        with self._ready:
            self._ahead = deque((each for each in self._ahead if not each.cancelled), self.limits.queue)
            self._ahead.append(task)
            self._ready.notify_all()

    def before(self, task: Task) -> int:
        """How many wait before it."""
        with self._ready:
            waiting = [each for each in self._waiting if not each.cancelled]
        return waiting.index(task) if task in waiting else 0

    def _work(self) -> None:
        while True:
            with self._ready:
                while not self._waiting:
                    self._ready.wait()
                task = self._waiting.popleft()
            task.run(self.limits.seconds)
            del task  # its texts are the session's to keep or to forget

    def _work_ahead(self) -> None:
        while True:
            with self._ready:
                while not self._ahead:
                    self._ready.wait()
                task = self._ahead.pop()
            task.run(self.limits.seconds)
            del task


class Desk:
    """What one session has asked for; closed when its tab is.

    Args:
        pool: Who does it.
    Attributes:
        jobs: The newest last.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.jobs: list[Job] = []
        self.tasks: dict[str, Task] = {}
        self.waiting: list[Task] = []  # small tasks
        self.queued: list[Task] = []

    def submit(self, request: Request, card: Card) -> Job:
        """Queue a request; the oldest of the session's ended ones are forgotten.

        Raises:
            ConfigError, Busy: if it cannot be taken.
        """
        self.room()
        job = self.pool.submit(request, card)
        self.jobs.append(job)
        while len(self.jobs) > self.pool.limits.kept + 1 and self.jobs[0].ended:
            self.jobs.pop(0)
        return job

    def start(self, name: str, do: Callable[[Task], Any]) -> Task:
        """Queue something else under a name by which the session finds it again; its first word tells what it is.

        Of pictures of first bars a few are queued at once, and the others by ``go_on``.

        Raises:
            Busy: if it cannot be taken.
        """
        task = self.tasks.get(name)
        if task is None or (task.cancelled and not task.error):  # a connection that broke closes the desk for a while
            task = Task(do)
            kind = name.partition(" ")[0]
            if kind == SMALL:
                self.waiting.append(task)
                self.go_on()
            else:
                self.pool.put(task)
            alike = [each for each in self.tasks if each.partition(" ")[0] == kind]
            ended = [each for each in alike if self.tasks[each].ended]
            for old in ended[: max(0, len(alike) - TASKS_KEPT.get(kind, SMALL_KEPT) + 1)]:
                del self.tasks[old]
            self.tasks.pop(name, None)
            self.tasks[name] = task
        return task

    def go_on(self) -> None:
        """Queue small tasks that wait with the session; called by a page that looks at them."""
        self.queued = [each for each in self.queued if not each.ended and not each.cancelled]
        while self.waiting and len(self.queued) < SMALL_EACH:
            task = self.waiting[0]
            if not task.cancelled:
                try:
                    self.pool.put(task)
                except Busy:  # with others' requests: at the next look, then
                    return
                self.queued.append(task)
            del self.waiting[0]

    def room(self) -> None:
        """Refuse more than one session may have under way.

        Raises:
            Busy: then.
        """
        under_way = sum(not each.ended and not each.cancelled for each in self.jobs)
        if under_way >= self.pool.limits.jobs_each:
            raise Busy("You have several requests under way already.", "Stop one, or wait for it.")

    def find(self, job_id: str) -> Job | None:
        """The job of an id, if it is this session's."""
        return next((job for job in self.jobs if job.id == job_id), None)

    def close(self) -> None:
        """Stop everything that is under way."""
        for each in [*self.jobs, *self.tasks.values()]:
            each.cancel()
