"""A prepared corpus on a page: what became of every file, what it is like, and what simple models score on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from ..corpus import PreparedCorpus, open_prepared
from ..errors import GeneratorError
from .corpora_charts import commonest, lengths_chart, pitches_chart, symbols_chart, tag_chart, tag_title
from .corpora_preparing import Preparing
from .corpora_statistics import is_music, kept_statistics
from .escaping import escaped
from .incipit_view import Piece, show_incipits
from .languages import _, in_words, labelled, listed
from .phrasebook import joined
from .tables import in_pairs, show_table
from .training_charts import baseline_name

if TYPE_CHECKING:
    from ..music import Score

__all__ = ["show_chart", "show_error", "show_progress", "show_statistics", "show_understood"]

MOST_FILES, FEW_FILES = 500, 40  # rows of the table; so many are a table of text, more a list that scrolls by itself
MOST_REASONS = 6
PLACE = re.compile(r"\bbar \d+")


def show_error(message: str, hint: str = "") -> None:
    """What went wrong and what to do about it, as the commands say it; never read as markup."""
    with st.container(border=True):
        st.markdown(":material/error: **" + _("This did not work.") + "**")
        st.text(in_words(message))
        if hint:
            st.text(in_words(hint))


def show_progress(now: Preparing) -> None:
    """How far a preparation is."""
    words = {
        "reading": _("reading"),
        "reading music": _("reading music"),
        "writing characters": _("writing the music as characters"),
        "writing": _("writing the tokens"),
        "working out cues": _("working out cues"),
        "learning tokens": _("learning the tokens"),
        "measuring": _("measuring"),
        "": _("starting"),
    }
    what = words.get(now.what) or (_("fetching") if now.what.startswith("fetching") else now.what)
    amount = ""
    if now.total:
        amount = f" · {now.done:,} / {now.total:,}"
        if now.what.startswith("fetching"):
            amount = f" · {now.done / 1e6:,.1f} / {now.total / 1e6:,.1f} MB"
    st.progress(now.share or 0.0, text=what + amount)


def show_understood(folder: Path, *, key: str) -> PreparedCorpus | None:
    """What was understood of a source: files, characters, pieces, a preview, baselines.

    Returns:
        The corpus; None where it cannot be opened, which is shown.
    """
    try:
        corpus = open_prepared(folder)
        report = corpus.report
    except (GeneratorError, OSError, ValueError) as error:
        show_error(getattr(error, "message", str(error)), getattr(error, "hint", "") or "")
        return None
    found = kept_statistics(folder, corpus.details["digest"]) or {}
    _show_counts(corpus, report, found)
    _show_parts(corpus, report.get("totals", {}).get("pieces", 0))
    _show_files(report, key)
    _show_baselines(found)
    _show_preview(corpus, found)
    return corpus


def show_statistics(corpus: PreparedCorpus, *, key: str) -> bool:
    """Charts of a corpus.

    Returns:
        Whether there was anything to draw.
    """
    found = kept_statistics(corpus.folder, corpus.details["digest"])
    if found is None:
        return False
    music = is_music(corpus)
    if music and found.get("pitches"):
        st.subheader(_("Pitches by frequency"))
        show_chart(pitches_chart(found["pitches"]), key=f"{key}-pitches")
        st.caption(_("Counted in {count} of the pieces that are learnt from.").format(count=found.get("scores", 0)))
        if found.get("one_tonic"):
            st.caption(_("Melodies are learnt without their keys: here all of them stand in the same one."))
    st.subheader(_("Signs by frequency") if music else _("Characters by frequency"))
    show_chart(symbols_chart(found["symbols"], music=music), key=f"{key}-symbols")
    if found["lengths"]["pieces"] > 1:
        st.subheader(_("Lengths of the pieces"))
        show_chart(lengths_chart(found["lengths"]), key=f"{key}-lengths")
    counts = corpus.details.get("tag_counts") or {}
    for field, values in corpus.tag_fields.items():
        if values and counts.get(field):
            st.subheader(tag_title(field).capitalize())
            show_chart(tag_chart(field, values, counts[field]), key=f"{key}-tag-{field}")
    return True


def show_chart(chart: tuple[dict[str, Any], str], *, key: str) -> None:
    """A chart, and below it the same in words, for who cannot see it."""
    spec, told = chart
    st.vega_lite_chart(spec=spec, width="stretch", key=key, alt=told)
    st.caption(escaped(told))


def _show_counts(corpus: PreparedCorpus, report: dict[str, Any], found: dict[str, Any]) -> None:
    totals, splits = report.get("totals", {}), corpus.details["splits"]
    characters = totals.get("characters", sum(part["characters"] for part in splits.values()))
    numbers = {
        _("Files read"): f"{totals.get('files_kept', 0):,} / {totals.get('files', 0):,}",
        _("Pieces"): f"{totals.get('pieces', 0):,}",
        _("Signs") if is_music(corpus) else _("Characters"): f"{characters:,}",
        _("Different tokens"): f"{found['distinct']:,}" if "distinct" in found else "–",
    }
    for column, (name, value) in zip(in_pairs(len(numbers)), numbers.items(), strict=True):
        column.metric(name, value)


def _show_parts(corpus: PreparedCorpus, read: int) -> None:
    names = {"train": _("to learn from"), "validation": _("to validate on"), "test": _("kept back for a last test")}
    parts = []
    for name, part in corpus.details["splits"].items():
        said = labelled(names.get(name, name), f"{part['characters']:,}")
        if corpus.shape == "pieces":
            pieces = _("1 piece") if part["pieces"] == 1 else _("{count} pieces").format(count=f"{part['pieces']:,}")
            said = _("{what} ({count})").format(what=said, count=pieces)
        parts.append(said)
    lines = [labelled(_("Signs") if is_music(corpus) else _("Characters"), listed(parts, long=True))]
    counts = corpus.details.get("tag_counts") or {}
    for field, values in corpus.tag_fields.items():
        if values and counts.get(field):
            lines.append(labelled(tag_title(field).capitalize(), commonest(field, values, counts[field])))
    if corpus.details.get("settings", {}).get("transpose") and corpus.details["splits"]["train"]["pieces"] > read:
        lines.append(_("Each piece to learn from stands there in several keys."))
    st.caption("  \n".join(map(escaped, lines)))


def _show_files(report: dict[str, Any], key: str) -> None:
    files = report.get("files", [])
    totals = report.get("totals", {})
    dropped = [file for file in files if not file.get("kept")]
    if dropped:
        reasons: dict[str, int] = {}
        for file in dropped:
            reason = PLACE.sub("bar …", str(file.get("reason", "")))  # the same wherever it stands
            reasons[reason] = reasons.get(reason, 0) + 1
        often = sorted(reasons.items(), key=lambda item: -item[1])
        lines = [f"{count:,} × {in_words(reason)}" for reason, count in often[:MOST_REASONS]]
        if more := sum(count for _reason, count in often[MOST_REASONS:]):
            lines.append(_("and {count} more").format(count=f"{more:,}"))
        with st.container(border=True, gap="small"):
            st.markdown(":material/block: **" + _("Not read:") + "**")
            st.text("\n".join(lines))
    notes = []
    if totals.get("duplicate_pieces"):
        notes.append(_("Pieces that repeat an earlier one: {count}.").format(count=f"{totals['duplicate_pieces']:,}"))
    if totals.get("newlines_changed"):
        notes.append(_("Line ends that were made alike: {count}.").format(count=f"{totals['newlines_changed']:,}"))
    if left := sum((totals.get("characters_left_out") or {}).values()):
        notes.append(_("Rare characters that were left out: {count}.").format(count=f"{left:,}"))
    if notes:
        st.caption(joined(*notes))
    with st.expander(_("Every file"), expanded=len(files) <= 8):
        rows = [_row(file) for file in files[:MOST_FILES]]
        if not any(row[_("Notes")] for row in rows):
            rows = [{name: value for name, value in row.items() if name != _("Notes")} for row in rows]
        told = _("What became of every file; {kept} of {count} could be read.").format(
            kept=f"{len(files) - len(dropped):,}", count=f"{len(files):,}"
        )
        if len(rows) <= FEW_FILES:
            show_table(rows, told=told, wide={_("File"): 12, _("Notes"): 28})
        else:
            st.dataframe(rows, hide_index=True, width="stretch", key=f"{key}-files", alt=told)
        if len(files) > MOST_FILES:
            st.caption(_("The first {count}; report.json has all of them.").format(count=f"{MOST_FILES:,}"))


def _row(file: dict[str, Any]) -> dict[str, Any]:
    kept = bool(file.get("kept"))
    encoding = str(file.get("encoding", "")) + (" " + _("(a guess)") if file.get("guessed") else "")
    notes = [in_words(str(file["reason"]))] if file.get("reason") else []
    notes += [f"{count:,} × {in_words(what)}" for what, count in (file.get("dropped") or {}).items()]
    notes += [f"{count:,} × {in_words(what)}" for what, count in (file.get("changed") or {}).items()]
    return {
        _("File"): str(file.get("name", "")),
        _("Read"): _("yes") if kept else _("no"),
        _("Bytes"): int(file.get("bytes", 0)),
        _("Pieces"): int(file.get("pieces", 0)),
        _("Characters"): int(file.get("characters", 0)),
        _("Encoding"): encoding,
        _("Notes"): listed(notes, long=True),
    }


def _show_baselines(found: dict[str, Any]) -> None:
    baselines = found.get("baselines") or {}
    if not baselines:
        return
    st.markdown(_("**To beat**, in bits per character (less is better):"))
    row = st.container(horizontal=True)  # two beside each other on a phone, as long as their names are
    for name, value in baselines.items():
        row.metric(baseline_name(name), f"{value:.3f}")


def _show_preview(corpus: PreparedCorpus, found: dict[str, Any]) -> None:
    signs, scores = found.get("preview", []), found.get("preview_scores", [])
    pieces = [Piece("", _previewed(scores, number), each) for number, each in enumerate(signs) if each]
    if pieces:
        st.markdown(_("**Preview**"))
        show_incipits(pieces)


def _previewed(scores: Sequence[Any], number: int) -> Score | None:
    """A piece of the preview as music; None where it is text."""
    if number >= len(scores) or not scores[number]:
        return None
    from ..music import score_from_json

    try:
        return score_from_json(scores[number])
    except (ValueError, LookupError, TypeError):  # of another version: its signs are shown
        return None
