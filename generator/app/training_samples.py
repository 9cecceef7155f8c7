"""What a network writes along the way, by step, side by side: text as text, music engraved and to listen to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from ..errors import GeneratorError
from .incipit_view import Piece, show_incipits
from .incipits import score_of_signs
from .languages import _
from .music_view import show_music
from .training_jobs import Run
from .training_reading import Sample, alphabet_of, chosen_samples, read_samples

if TYPE_CHECKING:
    from ..music import Score

__all__ = ["show_samples"]

SIDE_BY_SIDE = 4


def show_samples(run: Run) -> None:
    """What it wrote at some steps, always from the same seed."""
    samples = read_samples(run.folder)
    if not samples:
        return
    st.subheader(_("What it writes, by step"))
    alphabet = alphabet_of(run.folder)
    some = chosen_samples(samples, SIDE_BY_SIDE)
    show_incipits(
        [
            Piece(_("Step {step}").format(step=f"{sample.step:,}"), score_of(sample, alphabet), sample.text)
            for sample in some
        ]
    )
    if alphabet:
        _listen(run, samples, alphabet)
    elif len(samples) > len(some):
        with st.expander(_("Any step")):
            st.code(_chosen(run, samples, _("Step")).text or " ", language=None, wrap_lines=True)


def _chosen(run: Run, samples: Sequence[Sample], label: str) -> Sample:
    """The sample of the step that is chosen, the last one at first."""
    if len(samples) == 1:
        return samples[0]
    steps = [sample.step for sample in samples]
    chosen = st.select_slider(label, steps, value=steps[-1], key=f"sample-{run.name}")
    return next(sample for sample in samples if sample.step == chosen)


def _listen(run: Run, samples: Sequence[Sample], alphabet: str) -> None:
    """One of the samples whole, with the player."""
    sample = _chosen(run, samples, _("Listen to what it wrote at step"))
    score = score_of(sample, alphabet)
    if score is None:
        st.caption(_("What it wrote at this step is no music yet that could be played."))
    else:
        show_music(score, f"{run.name}-{sample.step}", tokens=sample.text)


def score_of(sample: Sample, alphabet: str) -> Score | None:
    """A sample as music; None where it is text, or has no note yet."""
    if not alphabet:
        return None
    try:
        score = score_of_signs(sample.text, alphabet)
    except GeneratorError:
        return None
    return score if any(voice.notes() for voice in score.voices()) else None
