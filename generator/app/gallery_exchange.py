"""Pieces out of the gallery and in again, on its page: done by the pool, so that it is counted, can be stopped, never
takes longer than any other request, and ends with the tab.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from ..errors import GeneratorError
from ..stopping import TimeIsUp
from .errors_in_words import said
from .escaping import escaped
from .gallery_shelf import BRING_IN, whose
from .generating import Task
from .languages import _
from .session import desk
from .settings import limits
from .store import SavedPiece, Search, Store, the_store
from .store_exchange import MOST_PIECES, bring_in, export_lines, export_zip, read_export
from .tables import file_size

__all__ = ["Packed", "Packing", "exchange", "taken_in"]

OUT, IN = "gallery-out", "gallery-in"  # tasks of the desk
PACKING = "gallery packing"  # what is packed, or was
REFUSED = "gallery import refused"  # why a file could not be brought in
BROUGHT = "gallery brought in"  # how many new pieces were, and until when that is said
SAID_FOR_S = 60  # in its place, as the page may draw itself again and lose what is said in passing
POLL_S = 0.4
FILES = {"lines": ("gallery.jsonl", "application/jsonl"), "zip": ("gallery.zip", "application/zip")}


@dataclass(frozen=True)
class Packed:
    """A file to be taken away.

    Attributes:
        content: The whole of it.
        pieces: How many are in it.
    """

    content: bytes
    pieces: int

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return len(self.content)


class Packing:
    """What packs the pieces that are looked for.

    Args:
        store: Where they are.
        search: Which.
        shelf: Whose.
        way: ``lines`` or ``zip``.
    Attributes:
        done, total: How many pieces are packed, and how many there are.
    """

    def __init__(self, store: Store, search: Search, shelf: str, way: str) -> None:
        self.store, self.search, self.shelf, self.way = store, search, shelf, way
        self.done = self.total = 0

    def __call__(self, _task: Task | None = None) -> Packed:
        """Pack them; a thread of the pool does.

        Raises:
            GeneratorError: if they are too many.
        """
        found = self.store.ids(self.search, self.shelf, limit=MOST_PIECES + 1)
        hint = "Look for fewer of them first: of one kind, or of some days."
        if len(found) > MOST_PIECES:
            raise GeneratorError(f"These are more than {MOST_PIECES:,} pieces, too many for one file.", hint)
        self.total = len(found)
        try:
            content = (export_zip if self.way == "zip" else export_lines)(self.store, self.pieces(found))
        except TimeIsUp as error:
            raise GeneratorError("To pack these pieces takes longer than this app allows.", hint) from error
        return Packed(content, self.done)

    def pieces(self, found: list[str]) -> Iterator[SavedPiece]:
        """The pieces of some ids; one that is gone meanwhile is left out."""
        for each in found:
            piece = self.store.get(each)
            if piece is not None:
                yield piece
                self.done += 1


def exchange(search: Search, total: int) -> None:
    """Pieces out, and in again."""
    out(search, total)
    come_in()


def under_way(task: Task | None) -> bool:
    """Whether something will still come of it."""
    return task is not None and not task.ended and not task.cancelled


def out(search: Search, total: int) -> None:
    """The pieces that are looked for, as a file."""
    st.write(_("Takes out the pieces that are looked for above, with all that makes them again."))
    task, packing = desk().tasks.get(OUT), st.session_state.get(PACKING)
    if task is not None and packing is not None and under_way(task):
        st.fragment(waiting_for_file, run_every=POLL_S)(task, packing)
        return
    with st.container(horizontal=True, gap="small"):
        for way, name, icon in (
            ("lines", _("All as JSON lines"), ":material/data_object:"),
            ("zip", _("All as a zip of texts and scores"), ":material/folder_zip:"),
        ):
            st.button(
                name, icon=icon, key=f"gallery {way}", disabled=not total, on_click=pack, args=(search, whose(), way)
            )
    if task is None or packing is None or packing.search != search or packing.shelf != whose():
        return
    if task.error is not None:
        st.error(escaped(said(task.error)), icon=":material/error:")
    elif isinstance(task.result, Packed):
        file, mime = FILES[packing.way]
        content, count = task.result.content, task.result.pieces
        pieces = _("1 piece") if count == 1 else _("{count} pieces").format(count=f"{count:,}")
        st.download_button(
            _("Download {name}: {pieces}, {size}").format(name=file, pieces=pieces, size=file_size(task.result.size)),
            lambda: content, file_name=file, mime=mime, key="gallery file", type="primary", on_click="ignore",
            icon=":material/download:",
        )  # fmt: skip


def pack(search: Search, shelf: str, way: str) -> None:
    """A button was pressed: begin to pack."""
    desk().tasks.pop(OUT, None)
    st.session_state[PACKING] = packing = Packing(the_store(), search, shelf, way)
    try:
        desk().start(OUT, packing)
    except GeneratorError as error:  # the queue is full
        failed = Task(packing)
        failed.cancel()
        failed.error = error
        desk().tasks[OUT] = failed


def waiting_for_file(task: Task, packing: Packing) -> None:
    """While it is packed."""
    if not under_way(task):
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(_("Stop"), icon=":material/stop:", on_click=task.cancel, key="gallery stop packing")
        st.caption(
            _("Packing: {done} of {total} …").format(done=packing.done, total=packing.total)
            if packing.total
            else _("Waiting")
        )


def come_in() -> None:
    """A file that a gallery exported, brought in."""
    task = desk().tasks.get(IN)
    if task is not None and under_way(task):
        st.fragment(waiting_for_pieces, run_every=POLL_S)(task)
        return
    if task is not None:
        st.rerun()  # it ended after the pieces were looked for
    with st.form("gallery import", border=False, clear_on_submit=True):
        given = st.file_uploader(
            _("Bring in what a gallery exported"), type=["jsonl", "zip"], max_upload_size=limits().upload_mb
        )
        if st.form_submit_button(_("Bring in"), icon=":material/upload:", key=BRING_IN) and given is not None:
            try:
                begin_to_take_in(given.name, given.getvalue() if fits(given.size) else None)
            except GeneratorError as error:
                st.session_state[REFUSED] = error
            st.rerun()
    if problem := st.session_state.get(REFUSED):
        st.error(escaped(said(problem)), icon=":material/error:")
    brought, until = st.session_state.get(BROUGHT, (0, 0.0))
    if time.monotonic() < until:
        st.info(_("New pieces that were brought in: {count}").format(count=brought), icon=":material/check:")


def fits(size: int) -> bool:
    """Whether a file is not too large; the browser is told the limit too, but need not keep to it."""
    return size <= limits().upload_mb << 20


def begin_to_take_in(given: str, content: bytes | None) -> None:
    """Bring a file in, in the pool.

    Args:
        given: The name of the file.
        content: The whole of it; None where it is too large.
    Raises:
        GeneratorError: if it is too large, or the queue is full.
    """
    st.session_state.pop(REFUSED, None)
    st.session_state.pop(BROUGHT, None)
    most_mb = limits().upload_mb
    if content is None:
        raise GeneratorError(f"{given} is larger than {most_mb} MB.", "Bring it in by parts.")
    store, shelf = the_store(), whose()
    desk().tasks.pop(IN, None)
    desk().start(IN, lambda _task: bring_in(store, read_export(content, given), shelf))


def waiting_for_pieces(task: Task) -> None:
    """While a file is brought in."""
    if not under_way(task):
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button(_("Stop"), icon=":material/stop:", on_click=task.cancel, key="gallery stop bringing in")
        st.caption(_("Bringing in …"))


def taken_in() -> None:
    """See what came of a file; called before the pieces are looked for, which it may have added to."""
    task = desk().tasks.get(IN)
    if task is not None and not under_way(task):
        del desk().tasks[IN]  # which holds the whole file
        if task.error is not None:
            st.session_state[REFUSED] = task.error
        elif task.result is not None:
            st.session_state[BROUGHT] = task.result, time.monotonic() + SAID_FOR_S
