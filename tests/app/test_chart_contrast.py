"""What is written in a chart can be read on the page of either theme, and what is drawn can be seen."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from generator.app.corpora_charts import lengths_chart, pitches_chart, symbols_chart, tag_chart
from generator.app.training_charts import curves
from generator.app.training_reading import Course

THEMES = tomllib.loads((Path(__file__).parents[2] / ".streamlit" / "config.toml").read_text())["theme"]
TEXT, LINE = 4.5, 3.0  # WCAG 2.1, 1.4.3 and 1.4.11
COURSE = Course([(1, 3.0), (9, 2.0)], [(9, 2.1)], {"uniform": 6.0, "unigram": 4.0})
LENGTHS = {"bins": [[1, 2, 3], [3, 9, 1]], "least": 1, "median": 2.0, "most": 9, "pieces": 4}
CHARTS = {
    "curves": curves(COURSE)[0],
    "symbols": symbols_chart([["e", 30], ["t", 20]], music=False)[0],
    "pitches": pitches_chart([[60, 5], [62, 4]])[0],
    "lengths": lengths_chart(LENGTHS)[0],
    "tags": tag_chart("form", ["a", "b"], [1, 9])[0],
}


def luminance(colour: tuple[float, ...]) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def channels(written: str) -> tuple[float, ...]:
    return tuple(int(written[at : at + 2], 16) / 255 for at in (1, 3, 5))


def contrast(said: str, opacity: float, theme: dict[str, Any]) -> float:
    """Of a colour as a chart names it, on the page."""
    ground = channels(theme["backgroundColor"])
    over = channels(theme["textColor"] if said == "currentColor" else said)
    seen = tuple(opacity * one + (1 - opacity) * other for one, other in zip(over, ground, strict=True))
    light, dark = sorted((luminance(seen), luminance(ground)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def marks(chart: dict[str, Any], kind: str) -> Iterator[dict[str, Any]]:
    yield from (layer["mark"] for layer in chart.get("layer", ()) if layer["mark"]["type"] == kind)


def test_contrast_is_reckoned_as_the_rules_say():
    assert contrast("#000000", 1.0, {"backgroundColor": "#ffffff"}) == pytest.approx(21)
    assert contrast("#777777", 1.0, {"backgroundColor": "#ffffff"}) == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", CHARTS)
def test_words_and_lines_stand_out_from_the_page(name: str, theme: str):
    chart, colours = CHARTS[name], THEMES[theme]
    for part in ("axis", "legend"):
        said = chart["config"][part]
        for words in ("label", "title"):
            assert contrast(said[f"{words}Color"], said[f"{words}Opacity"], colours) >= TEXT
    for mark in marks(chart, "text"):
        assert contrast(mark["color"], mark["opacity"], colours) >= TEXT
    for mark in marks(chart, "rule"):
        assert contrast(mark["color"], mark["opacity"], colours) >= LINE
    for curve in colours["chartCategoricalColors"][:2]:
        assert contrast(curve, 1.0, colours) >= LINE
