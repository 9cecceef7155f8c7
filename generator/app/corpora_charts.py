"""Charts of a corpus for Vega-Lite, each with a sentence that says the same: symbols, pitches, lengths, tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .corpora_statistics import pitch_name
from .languages import _, counted, listed
from .training_charts import LOOKS
from .value_names import tag_name

__all__ = ["commonest", "lengths_chart", "pitches_chart", "symbols_chart", "tag_chart", "tag_title"]

Chart = tuple[dict[str, Any], str]
HEIGHT = 220  # pixels
FEW, WIDEST = 8, 48  # so few bars would be too wide: how wide each is then, in pixels
SHORT = 2  # letters of a name that stands upright below any bar
TOLD = 5  # values that are told in words
MOST_VALUES = 30  # of a tag


def symbols_chart(symbols: Sequence[Sequence[Any]], *, music: bool) -> Chart:
    """Characters, or the signs of music, the commonest first."""
    rows = [{"name": str(name), "count": int(count)} for name, count in symbols]
    title = _("sign") if music else _("character")
    told = _("The commonest: {list}.").format(list=_listed(rows))
    return _bars(rows, title), told


def pitches_chart(pitches: Sequence[Sequence[int]]) -> Chart:
    """Pitches from low to high."""
    rows: list[dict[str, Any]] = [{"name": pitch_name(int(midi)), "count": int(count)} for midi, count in pitches]
    told = _("From {low} to {high}; the commonest: {list}.").format(
        low=rows[0]["name"] if rows else "-",
        high=rows[-1]["name"] if rows else "-",
        list=_listed(sorted(rows, key=lambda row: -row["count"])),
    )
    return _bars(rows, _("pitch")), told


def lengths_chart(lengths: Mapping[str, Any]) -> Chart:
    """How long the pieces are."""
    bins = [{"from": low, "to": high + 1, "count": count} for low, high, count in lengths["bins"]]
    if len(bins) > 1:  # the last bar may stand for pieces far longer: it is drawn as wide as the others
        bins[-1]["to"] = bins[-1]["from"] + bins[0]["to"] - bins[0]["from"]
    spec = {
        "height": HEIGHT,
        "config": LOOKS,
        "data": {"values": bins},
        "mark": {"type": "bar", "binSpacing": 1},
        "encoding": {
            "x": {"field": "from", "type": "quantitative", "bin": {"binned": True}, "title": _("length in tokens")},
            "x2": {"field": "to"},
            "y": {"field": "count", "type": "quantitative", "title": _("pieces")},
            "tooltip": [
                {"field": "from", "type": "quantitative", "title": _("from")},
                {"field": "count", "type": "quantitative", "title": _("pieces"), "format": ","},
            ],
        },
    }
    told = _("{pieces} pieces of {least} to {most} tokens; half of them have up to {median}.").format(
        pieces=f"{lengths['pieces']:,}",
        least=f"{lengths['least']:,}",
        most=f"{lengths['most']:,}",
        median=f"{lengths['median']:,.0f}",
    )
    return spec, told


def tag_chart(field: str, values: Sequence[str], counts: Sequence[int]) -> Chart:
    """The values of a tag, the commonest first."""
    rows: list[dict[str, Any]] = [
        {"name": tag_name(field, str(value)), "count": int(count)} for value, count in zip(values, counts, strict=False)
    ]
    rows.sort(key=lambda row: -row["count"])
    told = _("The commonest: {list}.").format(list=_listed(rows))
    if len(rows) > TOLD:
        told = _("{count} values; the commonest: {list}.").format(count=f"{len(rows):,}", list=_listed(rows))
    return _bars(rows[:MOST_VALUES], tag_title(field), amount=_("pieces")), told


def commonest(field: str, values: Sequence[str], counts: Sequence[int]) -> str:
    """The commonest values of a tag with their numbers, in a line."""
    found = sorted(zip(values, counts, strict=False), key=lambda each: -each[1])
    more = len(found) - TOLD
    told = listed(counted(tag_name(field, str(value)), count) for value, count in found[:TOLD])
    return told + (" " + _("and {count} more").format(count=f"{more:,}") if more > 0 else "")


def tag_title(field: str) -> str:
    """What a tag is called on a page; as the corpus calls it where it is none of the usual ones."""
    names = {
        "author": lambda: _("author"),
        "form": lambda: _("form"),
        "rhyme": lambda: _("rhyme"),
        "theme": lambda: _("theme"),
        "key": lambda: _("key"),
        "mode": lambda: _("mode"),
        "metre": lambda: _("metre"),
        "type": lambda: _("kind of tune"),
    }
    return names[field]() if field in names else field


def _bars(rows: list[dict[str, Any]], title: str, amount: str | None = None) -> dict[str, Any]:
    amount = amount or _("how often")
    few = len(rows) <= FEW
    upright = few or all(len(row["name"]) <= SHORT for row in rows)
    return {
        "height": HEIGHT,
        "config": LOOKS,
        "data": {"values": rows},
        "mark": {"type": "bar", "size": WIDEST} if few else {"type": "bar"},
        "encoding": {
            "x": {
                "field": "name",
                "type": "nominal",
                "sort": None,
                "title": title,
                "axis": {"labelAngle": 0 if upright else -45},
            },
            "y": {"field": "count", "type": "quantitative", "title": amount},
            "tooltip": [
                {"field": "name", "type": "nominal", "title": title},
                {"field": "count", "type": "quantitative", "title": amount, "format": ","},
            ],
        },
    }


def _listed(rows: Sequence[Mapping[str, Any]]) -> str:
    return listed(counted(row["name"], row["count"]) for row in rows[:TOLD]) or "-"
