"""The piano roll as a picture (PNG) and as an interactive chart (Vega-Lite), both from the same data."""

from __future__ import annotations

import io
from bisect import bisect_right
from typing import TYPE_CHECKING, Any

from generator.errors import RenderingError, of_extra

from .roll import PianoRoll

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

__all__ = ["roll_chart", "roll_png"]

# Okabe and Ito's colours, which remain distinct to every kind of colour vision (jfly.uni-koeln.de/color),
# darkest first, without the yellow and the black, which are lost on a light or a dark ground.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
BLACK_KEYS = {1, 3, 6, 8, 10}
PAPER, SHADE, LINE, TEXT = "white", "#F1F1F4", "#C4C4CC", "#333338"
MARGIN, LABELS, HEAD, FOOT = 24, 44, 58, 30  # pixels: outside, for key names, above, below each row
MOST_ROWS, MOST_PIXELS = 60, 60_000_000


def roll_png(roll: PianoRoll, *, width_px: int = 1600, row_s: float = 20.0) -> bytes:
    """A picture of a piano roll; the same bytes whenever it is made.

    A long piece goes on in rows below one another, which end at bar lines where there are any. Keys go up,
    the black ones are shaded; bars are numbered.

    Args:
        roll: From ``piano_roll``.
        width_px: Width of the picture in pixels.
        row_s: The most seconds in a row; more where there would be over 60 rows.

    Raises:
        RenderingError: If the picture is too narrow or would be too large.
    """
    with of_extra("music"):
        from PIL import Image, ImageDraw

    if width_px < 300 or row_s <= 0:
        raise RenderingError(
            f"A picture {width_px} pixels wide with {row_s:g} seconds in a row cannot be drawn.",
            "It takes 300 pixels and more than 0 seconds.",
        )
    low, high = roll.lowest - 1, roll.highest + 1
    key_px = max(4, min(12, 420 // (high - low + 1)))
    rows = rows_of(roll, max(row_s, roll.length_s / MOST_ROWS))
    row_px = (high - low + 1) * key_px + FOOT
    height = HEAD + len(rows) * row_px + MARGIN // 2
    if width_px * height > MOST_PIXELS:
        raise RenderingError(
            f"A picture of {width_px} by {height} pixels would be too large.", "Ask for a narrower one, or longer rows."
        )
    image = Image.new("RGB", (width_px, height), PAPER)
    draw = ImageDraw.Draw(image)
    legend(draw, roll, width_px)
    scale = (width_px - 2 * MARGIN - LABELS) / max(end - start for start, end in rows)
    for number, row in enumerate(rows):
        draw_row(draw, roll, row, top=HEAD + number * row_px, key_px=key_px, scale=scale)
    memory = io.BytesIO()
    image.save(memory, "PNG")
    return memory.getvalue()


def rows_of(roll: PianoRoll, most_s: float) -> list[tuple[float, float]]:
    """Beginning and end of each row in seconds, as few as hold the piece, of much the same length."""
    fewest = len(broken(roll, most_s))
    even = roll.length_s / fewest
    while even < most_s:
        rows = broken(roll, even)
        if len(rows) == fewest:
            return rows
        even *= 1.02
    return broken(roll, most_s)


def broken(roll: PianoRoll, most_s: float) -> list[tuple[float, float]]:
    """Rows of at most so many seconds, each as full as whole bars allow."""
    rows: list[tuple[float, float]] = []
    start = 0.0
    edges = [*roll.bars_s, roll.length_s]
    while start < roll.length_s - 1e-9:
        last = edges[bisect_right(edges, start + most_s + 1e-9) - 1]
        end = min(last if last > start + 1e-9 else start + most_s, roll.length_s)
        rows.append((start, end))
        start = end
    return rows


def legend(draw: ImageDraw, roll: PianoRoll, width_px: int) -> None:
    """The title, and the colour of each part."""
    from PIL import ImageFont

    font, large = ImageFont.load_default(15), ImageFont.load_default(20)
    end = width_px - MARGIN
    for part in reversed(range(len(roll.parts) if len(roll.parts) > 1 else 0)):
        name = printable(roll.parts[part]) or f"part {part + 1}"
        end -= round(draw.textlength(name, font))
        if end < width_px // 3:
            break
        draw.text((end, 20), name, TEXT, font)
        draw.rectangle((end - 20, 23, end - 7, 34), COLOURS[part % len(COLOURS)])
        end -= 36
    title = printable(roll.title)
    while title and draw.textlength(title, large) > end - MARGIN:
        title = title[:-1]
    draw.text((MARGIN, 16), title, TEXT, large)


def printable(text: str) -> str:
    """The text if Pillow's own font has its letters; otherwise nothing, rather than a row of boxes."""
    return text if all(" " <= letter <= "~" or "\xa1" <= letter <= "\xff" for letter in text) else ""


def draw_row(
    draw: ImageDraw, roll: PianoRoll, row: tuple[float, float], *, top: int, key_px: int, scale: float
) -> None:
    """One row: shaded keys, bar lines, notes."""
    from PIL import ImageFont

    font = ImageFont.load_default(13)
    start, end = row
    low, high = roll.lowest - 1, roll.highest + 1
    left = MARGIN + LABELS
    right, bottom = left + round((end - start) * scale), top + (high - low + 1) * key_px

    def across(seconds: float) -> int:
        return left + round((min(max(seconds, start), end) - start) * scale)

    def down(key: int) -> int:
        return top + (high - key) * key_px

    if not any(key % 12 == 0 for key in range(low, high + 1)):
        lowest = min(roll.notes, key=lambda note: note.pitch.midi)
        draw.text((left - 8, down(lowest.pitch.midi) + key_px // 2), lowest.pitch.name, TEXT, font, anchor="rm")
    for key in range(low, high + 1):
        if key % 12 in BLACK_KEYS:
            draw.rectangle((left, down(key), right, down(key) + key_px - 1), SHADE)
        if key % 12 == 0:
            draw.line((left, down(key) + key_px, right, down(key) + key_px), LINE)
            draw.text((left - 8, down(key) + key_px // 2), f"C{key // 12 - 1}", TEXT, font, anchor="rm")
    free = left  # the numbers of short bars would run into one another
    for number, bar in enumerate(roll.bars_s, start=roll.first_bar):
        if start - 1e-9 <= bar < end - 1e-9:
            draw.line((across(bar), top, across(bar), bottom), LINE)
            if across(bar) >= free:
                draw.text((across(bar) + 2, bottom + 3), str(number), TEXT, font)
                free = across(bar) + 34
    draw.rectangle((left, top, right, bottom), outline=LINE)
    for note in roll.notes:
        if note.end_s > start and note.start_s < end:
            colour = COLOURS[note.part % len(COLOURS)]
            # a pixel of air behind each note keeps repeated ones apart
            first = across(note.start_s) + 1
            y = down(note.pitch.midi)
            draw.rectangle((first, y + 1, max(across(note.end_s) - 2, first), y + key_px - 1), colour)


def roll_chart(roll: PianoRoll, *, height_px: int = 360) -> dict[str, Any]:
    """The piano roll as a Vega-Lite specification (version 5) with its data inside.

    It is plain JSON for Streamlit's ``st.vega_lite_chart`` or any other viewer: notes tell what they are
    under the pointer, wheel and drag zoom and move in time, a click on a part's name shows it alone.
    Colours of text and background are left to the viewer.
    """
    low, high = roll.lowest - 1, roll.highest + 1
    octaves = [key for key in range(low, high + 1) if key % 12 == 0]
    names = distinct(roll.parts)
    notes = [
        {
            "part": names[note.part],
            "voice": note.voice + 1,
            "pitch": note.pitch.name,
            "start": round(note.start_s, 4),
            "end": round(note.end_s, 4),
            "drawn": round(note.end_s - min(0.04, (note.end_s - note.start_s) / 5), 4),  # keeps repeated notes apart
            "beat": round(float(note.start), 4),
            "quarters": round(float(note.end - note.start), 4),
            "bottom": note.pitch.midi - 0.4,
            "top": note.pitch.midi + 0.4,
        }
        for note in roll.notes
    ]
    time = {
        "field": "start",
        "type": "quantitative",
        "title": "seconds",
        "scale": {"domain": [0, round(roll.length_s, 4)], "nice": False},
        "axis": {"grid": False},  # the bar lines stand there
    }
    label = "'C' + (floor(datum.value / 12) - 1)"
    if not octaves:  # a line of few keys without a C
        octaves, label = [roll.lowest], f"'{min(roll.notes, key=lambda note: note.pitch.midi).pitch.name}'"
    key = {
        "field": "bottom",
        "type": "quantitative",
        "title": None,
        "scale": {"domain": [low - 0.5, high + 0.5], "nice": False, "zero": False},
        "axis": {"values": octaves, "labelExpr": label},
    }
    colour = {
        "field": "part",
        "type": "nominal",
        "title": None,
        "scale": {"domain": names, "range": [COLOURS[number % len(COLOURS)] for number in range(len(names))]},
    }
    if len(names) == 1:
        colour["legend"] = None
    tooltip = [
        {"field": "part", "type": "nominal"},
        {"field": "pitch", "type": "nominal"},
        {"field": "start", "type": "quantitative", "title": "second"},
        {"field": "beat", "type": "quantitative", "title": "quarter"},
        {"field": "quarters", "type": "quantitative", "title": "lasts quarters"},
    ]
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "width": "container",
        "height": height_px,
        "layer": [
            {
                "data": {
                    "values": [
                        {"bar": bar, "at": round(at, 4)} for bar, at in enumerate(roll.bars_s, start=roll.first_bar)
                    ]
                },
                "mark": {"type": "rule", "color": "#8888", "strokeWidth": 1},
                "encoding": {"x": {"field": "at", "type": "quantitative"}, "tooltip": {"field": "bar"}},
            },
            {
                "data": {"values": notes},
                "params": [
                    {"name": "zoom", "select": {"type": "interval", "encodings": ["x"]}, "bind": "scales"},
                    {"name": "chosen", "select": {"type": "point", "fields": ["part"]}, "bind": "legend"},
                ],
                "mark": {"type": "rect", "cornerRadius": 1},
                "encoding": {
                    "x": time,
                    "x2": {"field": "drawn"},
                    "y": key,
                    "y2": {"field": "top"},
                    "color": colour,
                    "opacity": {"condition": {"param": "chosen", "value": 1}, "value": 0.15},
                    "tooltip": tooltip,
                },
            },
        ],
    }


def distinct(names: tuple[str, ...]) -> list[str]:
    """The names with a number behind each that was there before."""
    found: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate in found:
            number += 1
            candidate = f"{name} {number}"
        found.append(candidate)
    return found
