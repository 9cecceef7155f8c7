"""One session's place of work: what was dropped there, and what is read of it. It is cleared when the tab is gone."""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ..config import PrepareConfig
from ..errors import CorpusError, GeneratorError
from ..places import PREPARED
from . import corpora_preparing, uploads
from .corpora_preparing import Preparation, Preparing
from .settings import Limits

__all__ = ["Bench"]

_going_on: weakref.WeakSet[Preparation] = weakref.WeakSet()  # in this process, of all sessions


class Bench:
    """At most one upload and one preparation at a time.

    Args:
        home: The working folder, where corpora and runs lie.
        limits: Of the app.
    """

    def __init__(self, home: Path, limits: Limits) -> None:
        self.home, self.limits = home, limits
        self.upload: uploads.Upload | None = None
        self.preparation: Preparation | None = None
        self.asked: Any = None
        self.problem: GeneratorError | None = None
        uploads.clear_old(home / PREPARED, names=(uploads.FOLDER, corpora_preparing.FOLDER))

    def drop(self, key: Any, files: Sequence[tuple[str, Any]], config: PrepareConfig) -> None:
        """Begin to read files; what was read before goes. What cannot be is told by ``problem``.

        Args:
            key: Tells these files and this way of reading from others: the same again changes nothing.
            files: Names and contents.
            config: How to read them.
        """
        if key == self.asked:
            return
        self.clear()
        self.asked = key
        with self._told():
            most = {"most_files": self.limits.upload_count, "most_mb": self.limits.upload_mb}
            self.upload = uploads.receive(files, self.home / PREPARED, **most)
            title = self.upload.title
            self._begin(
                corpora_preparing.start(
                    self.upload.source,
                    self.upload.corpus,
                    config,
                    home=self.home,
                    name=title.rpartition(".")[0] or title,
                    holds=self.upload,
                )
            )

    def fetch(self, name: str, config: PrepareConfig) -> None:
        """Begin to fetch and prepare a corpus that is known by name, under ``data/``."""
        self.clear()
        self.asked = name
        with self._told():
            self._begin(corpora_preparing.start(name, self.home / PREPARED / name, config, home=self.home))

    def measure(self, folder: Path) -> None:
        """Begin to work out the statistics of a prepared corpus."""
        self.clear()
        self.asked = folder
        with self._told():
            self._begin(corpora_preparing.measure_again(folder, home=self.home))

    def look(self) -> Preparing | None:
        """How far it is; None where nothing was begun."""
        return None if self.preparation is None else self.preparation.look()

    def clear(self) -> None:
        """End what goes on, and delete what was dropped."""
        if self.preparation is not None:
            self.preparation.cancel()
        if self.upload is not None:
            self.upload.close()
        self.preparation = self.upload = self.asked = self.problem = None

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            if sum(other.look().state == "running" for other in list(_going_on)) >= self.limits.readings:
                raise CorpusError("Too many texts are being read at the moment.", "Try again in a minute.")
            yield
        except GeneratorError as error:
            self.problem = error

    def _begin(self, preparation: Preparation) -> None:
        self.preparation = preparation
        _going_on.add(preparation)
