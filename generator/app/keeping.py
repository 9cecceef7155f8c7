"""Keeping what was written: from a variation of a job to a piece of the gallery."""

from __future__ import annotations

from typing import Any

from .. import __version__
from .gallery_shelf import something_kept, whose
from .generating import Job
from .store import NewPiece, the_store
from .writing import Row, Snapshot

__all__ = ["keep_piece", "piece_of", "unheart"]


def piece_of(job: Job, snapshot: Snapshot, row: Row, number: int) -> NewPiece:
    """A variation as the gallery keeps it: with its text, and with all that makes it again.

    Raises:
        RenderingError: if its score cannot be written.
    """
    request = job.request.alone(number, snapshot.precision or None)
    facts: dict[str, Any] = {
        "bits_per_char": row.bits_per_char, "precision": snapshot.precision, "version": __version__,
    }  # fmt: skip
    score = ""
    if row.score is not None:
        from ..music import score_bytes

        score = score_bytes(row.score, ".musicxml").decode()
        facts |= {
            "bars": len(row.score.bars) - (1 if row.score.pickup else 0),
            "key": row.score.keys[0].key.name if row.score.keys else "",
            "metre": row.score.metres[0].name if row.score.metres else "",
        }
    return NewPiece(
        kind=kind_of(job),
        model=job.request.model,
        text=row.written if job.card.kind == "music" else row.text,
        seed=request.sampling.seed,
        digest=snapshot.digest,
        settings=request.to_dict(),
        facts=facts,
        title=row.score.title if row.score is not None else "",
        score=score,
        given=job.request.score,
        hearted=True,
    )


def kind_of(job: Job) -> str:
    """What the gallery calls it."""
    if job.card.kind == "music":
        return "music"
    return "verse" if job.request.verse.form is not None else "text"


def keep_piece(job: Job, snapshot: Snapshot, row: Row, number: int) -> str:
    """Keep a variation; its id in the gallery.

    Raises:
        GeneratorError: if it cannot be kept.
    """
    kept = the_store().add(piece_of(job, snapshot, row, number), whose())
    something_kept()
    return kept.id


def unheart(piece: str) -> None:
    """Make a piece no favourite any longer; it stays in the gallery until it is deleted there.

    Raises:
        GeneratorError: if the gallery cannot be written.
    """
    the_store().heart(piece, whose(), False)
