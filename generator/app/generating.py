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
from collections.abc import Callable, Collection
from typing import Any

from ..errors import GeneratorError
from ..stopping import TimeIsUp, stoppable
from .models import Card, Shelf
from .request import Request, check, place_of
from .settings import Limits
from .writing import Progress, Row, Snapshot, Stopped, write

__all__ = ["Busy", "Desk", "Job", "Pool", "Row", "Snapshot", "Task"]

log = logging.getLogger(__name__)
TASKS_KEPT = {"music": 8, "incipit": 512}  # of a session
BYTES_KEPT = 128_000_000  # of what tasks made: five minutes of sound are 53 MB
IN_USE_S = 60.0  # what was asked for within this time stays, however large: the page shows it
SMALL_KEPT = 64  # of everything else
SMALL = "incipit"  # tasks of which a page has many, so that they would fill the queue
SMALL_EACH = 4  # of these a session has in the queue; the others wait with the session
GRACE_S = 20.0  # a connection that breaks may come back for so long: a phone sleeps
LOOK_S = 0.5  # between two looks at a session that is gone
PATIENCE_S = 1.0  # who has waited longer than this comes before a session that is gone


class Busy(GeneratorError):
    """More was asked for than the app takes at once."""


class Task:
    """Something that a thread of the pool does once.

    Args:
        do: What; it is given the task, and asks it now and then whether to go on.
    Attributes:
        id: Random, so that nobody can guess another's.
        used: When it was last asked for.
        result: What ``do`` returned.
        error: What it raised for a person to read.
    """

    def __init__(self, do: Callable[[Task], Any]) -> None:
        self.id = secrets.token_urlsafe(12)
        self.do = do
        self.asked = self.used = time.monotonic()
        self.result: Any = None
        self.error: GeneratorError | None = None
        self._cancelled, self._ended = threading.Event(), threading.Event()
        self._told = False  # that it is to end
        self.deadline = float("inf")

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    @property
    def ended(self) -> bool:
        """Whether nothing more will come of it."""
        return self._ended.is_set()

    @property
    def size(self) -> int:
        """Bytes of what was made, where it says so."""
        return int(getattr(self.result, "size", 0))

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
            self._told = True
            raise Stopped
        if time.monotonic() > self.deadline:
            self._told = True
            raise TimeIsUp("This took longer than the app allows.", "Ask for less: a shorter text, fewer tries.")

    def go_on_once(self) -> None:
        """``go_on`` for what the library does; once it is to end, what is done on its way out is not held up."""
        if not self._told:
            self.go_on()

    def run(self, seconds: float) -> None:
        """Do it, whatever comes of it."""
        self.deadline = time.monotonic() + seconds
        try:
            self.go_on()
            with stoppable(self.go_on_once):
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
        first_digest, first_version: Of the model and the program that wrote it first, where it is written again by a
            link or from the gallery; empty where that is not known.
    """

    first_digest = first_version = ""

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
        self._working: list[Task] = []  # of requests
        self._working_ahead: list[Task] = []
        self._closed = False
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
            free = self.limits.jobs - len(self._working)
            if self._closed or len(self._waiting) >= self.limits.queue + free:
                raise Busy("Many requests are waiting already.", "Try again in a minute.")
            self._waiting.append(task)
            self._ready.notify_all()

    def put_ahead(self, task: Task) -> None:
        """Queue something that nobody waits for: it is done by a thread of its own, so that no request stands
        behind it, the newest first; of those that wait, the oldest are dropped when there are many."""
        with self._ready:
            if self._closed:
                return
            self._ahead = deque((each for each in self._ahead if not each.cancelled), self.limits.queue)
            self._ahead.append(task)
            self._ready.notify_all()

    def before(self, task: Task) -> int:
        """How many wait before it."""
        with self._ready:
            waiting = [each for each in self._waiting if not each.cancelled]
        return waiting.index(task) if task in waiting else 0

    def pressed(self, own: Collection[Task]) -> bool:
        """Whether somebody waits, and has for a moment, for what is not one's own."""
        now = time.monotonic()
        with self._ready:
            waiting = [each for each in self._waiting if not each.cancelled and each not in own]
        return any(now - each.asked > PATIENCE_S for each in waiting)

    def close(self, seconds: float = 10.0) -> None:
        """End everything and every thread.

        Args:
            seconds: How long to wait for what is being worked on, which ends at its next step.
        """
        with self._ready:
            self._closed = True
            waiting = [*self._waiting, *self._ahead]
            self._waiting.clear()
            self._ahead.clear()
            for task in [*waiting, *self._working, *self._working_ahead]:
                task.cancel()
            self._ready.notify_all()
        for task in waiting:
            task.run(0.0)  # as it is cancelled, it ends
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(end - time.monotonic(), 0.0))

    def _work(self) -> None:
        self._serve(self._working, self._waiting_first)

    def _work_ahead(self) -> None:
        self._serve(self._working_ahead, self._ahead_last)

    def _waiting_first(self) -> Task | None:
        return self._waiting.popleft() if self._waiting else None

    def _ahead_last(self) -> Task | None:
        return self._ahead.pop() if self._ahead else None

    def _serve(self, working: list[Task], following: Callable[[], Task | None]) -> None:
        """Work until the pool is closed."""
        while True:
            with self._ready:
                while (task := following()) is None:
                    if self._closed:
                        return
                    self._ready.wait()
                working.append(task)
            task.run(self.limits.seconds)
            with self._ready:
                working.remove(task)
            del task  # its texts are the session's to keep or to forget


class Desk:
    """What one session has asked for; closed when its tab is.

    Args:
        pool: Who does it.
        here: Whether the session is connected, as far as that is known; asked by other threads.
        grace_s: How long a session may be gone before what it asked for is ended.
    Attributes:
        jobs: The newest last.
    """

    def __init__(self, pool: Pool, here: Callable[[], bool] = lambda: False, grace_s: float = GRACE_S) -> None:
        self.pool, self.here, self.grace_s = pool, here, grace_s
        self._back = threading.Event()
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
        if task is not None:
            task.used = time.monotonic()
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
            self._make_room()
            self.tasks.pop(name, None)
            self.tasks[name] = task
        return task

    def _make_room(self) -> None:
        """Forget what was asked for longest ago, where what was made is large."""
        total = sum(each.size for each in self.tasks.values())
        before = time.monotonic() - IN_USE_S
        for name, each in sorted(self.tasks.items(), key=lambda item: item[1].used):
            if total <= BYTES_KEPT or each.used > before:
                return
            if each.size:
                total -= each.size
                del self.tasks[name]

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

    def under_way(self) -> bool:
        """Whether anything is waiting or worked on."""
        return any(not each.ended and not each.cancelled for each in [*self.jobs, *self.tasks.values()])

    def leave(self) -> None:
        """The tab was closed, or its connection broke: end what is under way, unless it comes back in time.

        It comes back when the session is ``here`` again, or its desk is used (``back``). Where somebody else waits,
        it has no time.
        """
        self._back.set()
        self._back = threading.Event()
        if self.under_way():
            threading.Thread(target=self._watch_out, args=(self._back,), name="gone", daemon=True).start()

    def back(self) -> None:
        """The session goes on."""
        self._back.set()

    def _watch_out(self, back: threading.Event) -> None:
        gone = time.monotonic()
        while self.under_way() and not back.wait(min(LOOK_S, self.grace_s)):
            now = time.monotonic()
            if self.here():
                gone = now  # but it does not use its desk, so that nobody would tell when it goes again
            elif now - gone >= self.grace_s or self.pool.pressed({*self.jobs, *self.tasks.values()}):
                self.close()

    def close(self) -> None:
        """Stop everything that is under way."""
        for each in [*self.jobs, *self.tasks.values()]:
            each.cancel()
