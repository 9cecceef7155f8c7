"""Curves of a run as a Vega-Lite chart, with a sentence that says the same."""

from __future__ import annotations

from typing import Any

from .languages import _
from .phrasebook import joined
from .training_reading import Course

__all__ = ["LOOKS", "baseline_name", "curves"]

HEIGHT = 320  # pixels
INK = "currentColor"  # what stands in a chart is as dark, or as light, as the text around it
FAINT, LINE = 0.8, 0.6  # how strongly words by the way are written, and the lines of simple models are drawn
WORDS = {"labelColor": INK, "labelOpacity": FAINT, "titleColor": INK, "titleOpacity": FAINT}
LOOKS = {"axis": WORDS, "legend": WORDS}  # Streamlit's own grey is too faint on a light page


def baseline_name(name: str) -> str:
    """What a simple model is called on a page."""
    return {
        "uniform": _("chance: every character alike"),
        "unigram": _("by frequency alone"),
        "5-gram": _("by the last four characters"),
    }.get(name, name)


def curves(course: Course) -> tuple[dict[str, Any], str]:
    """The chart of a course, and its text alternative."""
    training, validation = _("training"), _("validation")
    values = [{"step": step, "bits": round(value, 4), "curve": training} for step, value in course.training]
    values += [{"step": step, "bits": round(value, 4), "curve": validation} for step, value in course.validation]
    lines = [{"bits": round(value, 4), "name": baseline_name(name)} for name, value in course.baselines.items()]
    last = max([course.total_steps or 0, *(value["step"] for value in values if isinstance(value["step"], int))])
    step_axis = {
        "field": "step",
        "type": "quantitative",
        "title": _("step"),
        "scale": {"domain": [0, max(last, 1)]},
        "axis": {"tickMinStep": 1, "format": ",d"},
    }
    bits_axis = {"field": "bits", "type": "quantitative", "title": _("bits per character"), "scale": {"zero": False}}
    tooltip = [
        {"field": "curve", "type": "nominal", "title": _("curve")},
        {"field": "step", "type": "quantitative", "title": _("step"), "format": ","},
        {"field": "bits", "type": "quantitative", "title": _("bits per character"), "format": ".3f"},
    ]
    spec: dict[str, Any] = {
        "height": HEIGHT,
        "config": LOOKS,
        "layer": [
            {
                "data": {"values": lines},
                "mark": {"type": "rule", "strokeDash": [6, 4], "color": INK, "opacity": LINE},
                "encoding": {"y": bits_axis},
            },
            {
                "data": {"values": lines},
                "mark": {
                    "type": "text",
                    "align": "right",
                    "baseline": "bottom",
                    "dy": -3,
                    "fontSize": 12,
                    "color": INK,
                    "opacity": FAINT,
                },
                "encoding": {"x": {"value": {"expr": "width"}}, "y": bits_axis, "text": {"field": "name"}},
            },
            {
                "data": {"values": values},
                "mark": {"type": "line", "point": {"size": 14}},
                "encoding": {
                    "x": step_axis,
                    "y": bits_axis,
                    "color": {
                        "field": "curve",
                        "type": "nominal",
                        "title": None,
                        "scale": {"domain": [training, validation]},
                        "legend": {"orient": "top"},
                    },
                    "tooltip": tooltip,
                },
            },
        ],
    }
    return spec, _told(course)


def _told(course: Course) -> str:
    """The chart in words."""
    parts = []
    if course.training:
        step, value = course.training[-1]
        parts.append(
            _("Training loss by step: from {first} to {last} bits per character at step {step}.").format(
                first=f"{course.training[0][1]:.3f}", last=f"{value:.3f}", step=f"{step:,}"
            )
        )
    if course.validation and course.best is not None:
        parts.append(
            _("Validation: {last}; the best was {best} at step {step}.").format(
                last=f"{course.validation[-1][1]:.3f}", best=f"{course.best[1]:.3f}", step=f"{course.best[0]:,}"
            )
        )
    for name, value in course.baselines.items():
        parts.append(_("A simple model, {name}, scores {bits}.").format(name=baseline_name(name), bits=f"{value:.3f}"))
    return joined(*parts) or _("No curve yet.")
