"""What can be done with a variation on the page Compose: keep it, go on from it, write it again, pass it on."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from ..config import VerseConfig
from ..errors import GeneratorError
from . import compose_state as state
from . import links
from .errors_in_words import said
from .escaping import escaped
from .gallery_shelf import one_for_all, whose
from .generating import Job, Task
from .languages import _
from .models import may_be_shown, training_text
from .request import Request
from .session import desk
from .store import the_store
from .value_names import tag_name
from .writing import Row, Snapshot

if TYPE_CHECKING:
    from ..evaluation import Copy, Place

__all__ = ["file_name", "settings_of", "show"]

POLL_S = 0.3
KEPT_IDS = "compose kept"  # which variations stand in the gallery, and as what
SOURCES = "compose learnt from"  # the folder of what the model of each job learnt from


def file_name(job: Job, row: Row) -> str:
    """What the files of a variation are called before their endings."""
    return f"{job.request.model.removeprefix('runs/')}-{row.seed}"


def settings_of(job: Job, number: int) -> dict[str, Any]:
    """What makes a variation again, as plain values."""
    return job.request.alone(number, job.progress.precision or None).to_dict()


def show(job: Job, snapshot: Snapshot, row: Row, number: int) -> None:
    """The buttons under a variation."""
    name = f"{job.id} {number}"
    with st.container(horizontal=True, gap="xsmall", key=f"{name} actions"):
        heart(job, snapshot, row, number)
        if continued(job, row) is not None:
            st.button(
                _("Continue"), key=f"{name} continue", icon=":material/play_arrow:", on_click=go_on, args=(job, number)
            )
        st.button(_("Again"), key=f"{name} again", icon=":material/casino:", on_click=again, args=(job,),
                  help=_("The same wishes with a new seed."))  # fmt: skip
        st.button(_("To the controls"), key=f"{name} copy", icon=":material/tune:", on_click=copy, args=(job, number),
                  help=_("Sets every control to what made this, the seed too."))  # fmt: skip
        share(job, snapshot, number)
        if job.card.kind != "music":
            st.download_button(
                _("Download"), row.text + "\n", file_name=f"{file_name(job, row)}.txt", mime="text/plain",
                key=f"{name} download", on_click="ignore", icon=":material/download:",
            )  # fmt: skip
        if learnt_from(job) is not None:
            st.button(
                _("What is copied?"), key=f"{name} copies", icon=":material/content_copy:", on_click=look_for_copies,
                args=(job, row, number),
                help=_("The longest run of signs (notes, rests, bar lines) that also stands in the music that the "
                       "model learnt from.") if job.card.kind == "music" else
                _("The longest run of characters that also stands in the text that the model learnt from."),
            )  # fmt: skip
    copies(job, number)


def heart(job: Job, snapshot: Snapshot, row: Row, number: int) -> None:
    """Keep a variation in the gallery."""
    kept = kept_as(job, number)
    st.button(
        _("Kept") if kept else _("Keep"),
        key=f"{job.id} {number} heart",
        icon=":material/favorite:" if kept else ":material/favorite_border:",
        type="primary" if kept else "secondary",
        on_click=keep,
        args=(job, snapshot, row, number),
        help=_("Keeps it in the gallery, with all that makes it again."),
    )


def kept_as(job: Job, number: int) -> str | None:
    """The id of a variation that stands in the gallery; None where it was not kept, or was deleted there."""
    piece: str | None = st.session_state.setdefault(KEPT_IDS, {}).get((job.id, number))
    try:
        return piece if piece is not None and the_store().stands(piece, whose()) else None
    except GeneratorError:  # the page Gallery says what is wrong with it
        return piece


def keep(job: Job, snapshot: Snapshot, row: Row, number: int) -> None:
    """The heart was pressed: kept, or no longer a favourite."""
    from .keeping import keep_piece, unheart

    kept: dict[tuple[str, int], str] = st.session_state.setdefault(KEPT_IDS, {})
    try:
        if (piece := kept_as(job, number)) is not None:
            unheart(piece)
            del kept[job.id, number]
        else:
            kept[job.id, number] = keep_piece(job, snapshot, row, number)
    except GeneratorError as error:
        state.complain(error)


def continued(job: Job, row: Row) -> Request | None:
    """The request that goes on from a variation; None where nothing can."""
    fresh = dataclasses.replace(job.request.sampling, seed=None)
    request = dataclasses.replace(job.request, sampling=fresh, count=1)
    if job.card.kind == "music":
        if row.score is None or (job.card.alphabet == "midi" and row.performance is None):
            return None
        return dataclasses.replace(request, task="continue", prompt="", music=dataclasses.replace(
            request.music, bars=None, voices=None))  # fmt: skip
    text = row.text
    verse = job.request.verse
    if verse.form is not None:  # the form is full, so what follows it is free; it is told as the model wrote it
        request = dataclasses.replace(request, verse=VerseConfig(author=verse.author))
        text = row.written.rstrip("\n") + "\n"  # else a model that ends its poems ends this one at once
    if job.card.backward:  # it goes on from whole lines only, and the last one is whole if the text has an end
        text = f"{text}\n" if row.ended and not text.endswith("\n") else text[: text.rfind("\n") + 1]
    return dataclasses.replace(request, prompt=text) if text else None


def go_on(job: Job, number: int) -> None:
    """Go on from a variation."""
    row = job.snapshot().rows[number]
    request = continued(job, row)
    if request is None:
        return
    if row.score is not None:
        from ..music import score_bytes

        one = len(list(row.score.voices())) == 1
        try:
            content = row.performance or score_bytes(row.score, ".abc" if one else ".musicxml")
        except GeneratorError as error:
            state.complain(error)
            return
        name = links.MELODY if one else f"{file_name(job, row)}.musicxml"
        if row.performance is not None:
            name = f"{file_name(job, row)}.mid"
        request = dataclasses.replace(request, score=content, score_name=name)
    state.copy_to_controls(request)
    state.ask(request)


def again(job: Job) -> None:
    """The same wishes with a new seed."""
    state.ask(dataclasses.replace(job.request, sampling=dataclasses.replace(job.request.sampling, seed=None)))


def copy(job: Job, number: int) -> None:
    """Set the controls to what made a variation."""
    state.copy_to_controls(job.request.alone(number))


def share(job: Job, snapshot: Snapshot, number: int) -> None:
    """The link that writes a variation again."""
    with st.popover(_("Link"), icon=":material/link:"):
        params = links.params_of(job.request.alone(number, snapshot.precision or None), snapshot.digest)
        if params is None:
            st.write(_("What was given is too long for a link. Keep the piece, or download it."))
            return
        st.write(_("Whoever opens this with the same model gets the same text."))
        st.code(links.address(st.context.url or "", params), language=None, wrap_lines=True)


def learnt_from(job: Job) -> Path | None:
    """What the model of a job learnt from, where it is here and may be shown to this visitor."""
    known: dict[str, Path | None] = st.session_state.setdefault(SOURCES, {})
    if job.id not in known:
        under_way = {each.id for each in desk().jobs}
        for gone in set(known) - under_way:
            del known[gone]
        known[job.id] = training_text(job.card)
    folder = known[job.id]
    try:
        if folder is not None and may_be_shown(folder, whose(), alone=one_for_all()):
            return folder
    except GeneratorError:  # the pages of the gallery say what is wrong with it
        pass
    return None


def look_for_copies(job: Job, row: Row, number: int) -> None:
    """Compare a variation with what the model learnt from, in the pool."""
    folder = learnt_from(job)
    if folder is None:
        return

    def compare(task: Task) -> tuple[Copy, Place | None]:
        from ..corpus import open_prepared
        from ..evaluation import open_index, place_of
        from ..tokenizers.music import MusicTokenizer

        corpus = open_prepared(folder)
        found = open_index(corpus).longest_copy(row.written)
        place = place_of(corpus, found) if found.length else None
        if isinstance(corpus.tokenizer, MusicTokenizer):
            shown = corpus.tokenizer.musical.shown
            before, text, after = map(shown, (found.before, found.text, found.after))
            found = dataclasses.replace(found, before=f"{before} ", text=text, after=f" {after}")
        return found, place

    try:
        desk().start(copies_name(job, number), compare)
    except GeneratorError as error:
        state.complain(error)


def copies_name(job: Job, number: int) -> str:
    """The name under which the comparison of a variation is found."""
    return f"copies {job.id} {number}"


def copies(job: Job, number: int) -> None:
    """What was found of copies, once it was asked for."""
    task = desk().tasks.get(copies_name(job, number))
    if task is None:
        return
    if not task.ended:
        st.fragment(comparing, run_every=POLL_S)(task)
    elif task.error is not None:
        st.warning(escaped(said(task.error)))
    elif task.result is not None:
        show_copy(*task.result)


def comparing(task: Task) -> None:
    """Until the comparison is done."""
    if task.ended:
        st.rerun()
    st.caption(_("Comparing with what the model learnt from …"))


def show_copy(found: Copy, place: Place | None) -> None:
    """The longest copied run, where it stands in what the model learnt from, and what stands around it there."""
    if place is None:
        st.caption(_("Nothing of it stands in what the model learnt from."))
        return
    if place.bar is not None:
        said = _("Longest copied run: {length} signs, in piece {piece:,} of {pieces:,}, from its bar {bar} on")
    elif place.pieces > 1:
        said = _("Longest copied run: {length} characters, in piece {piece:,} of {pieces:,}, from its character "
                 "{start:,} on")  # fmt: skip
    else:
        said = _("Longest copied run: {length} characters, from character {start:,} of the training text on")
    parts = [
        said.format(
            length=found.length, start=found.start_in_piece, piece=place.piece, pieces=place.pieces, bar=place.bar
        )
    ]
    parts += [escaped(tag_name(name, value)) for name, value in place.tags.items()]
    if place.file:
        parts.append(escaped(place.file))
    st.caption(" · ".join(parts))
    st.text(f"… {found.before}【{found.text}】{found.after} …", width="stretch")
