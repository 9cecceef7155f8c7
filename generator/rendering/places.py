"""Where the notes of an engraved score stand on its pages, and where a cursor is at each second of its sound."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from generator.errors import RenderingError
from generator.music import Score
from generator.music.timing import Clock
from generator.stopping import go_on

from .engraving import Engraving

__all__ = ["Anchor", "Box", "Places", "System", "cursor", "places"]

SVG = "{http://www.w3.org/2000/svg}"
NUMBER = r"-?\d+(?:\.\d+)?"
MOVED = re.compile(rf"translate\(({NUMBER})[ ,]+({NUMBER})\)(?:\s*scale\(({NUMBER}))?")
# Widths of noteheads in the font Leipzig, in thousandths of an em, by their code points in SMuFL; others are
# as wide as a black one. An em is the height of a staff, which four spaces make.
WIDTHS = {"E0A0": 640, "E0A1": 560, "E0A2": 424}
BLACK, HALF_SPACE = 316, 138
AIR = 700  # units of the page above and below the lines of a system: three and a half spaces


@dataclass(frozen=True, slots=True)
class Box:
    """A place on a page, in parts of its width and of its height, from the left and the top.

    Attributes:
        page: Counted from 0.
        left, top, right, bottom: From 0 to 1.
    """

    page: int
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class System:
    """A row of bars that sound after one another.

    Attributes:
        box: From the first line of its top staff to the last one of its lowest, with some air.
        bars: Left and right end of each bar, in parts of the width of the page.
        music: Where the signs behind clef, key and metre begin; the left end where there are none.
    """

    box: Box
    bars: tuple[tuple[float, float], ...]
    music: float


@dataclass(frozen=True, slots=True)
class Places:
    """What stands where on the pages of an engraving.

    Attributes:
        sizes: Width and height of each page; only their ratio has a meaning.
        systems: Over all pages, in order.
        notes: The notehead of each note, and the number of its system, by the id of its element.
    """

    sizes: tuple[tuple[float, float], ...]
    systems: tuple[System, ...]
    notes: dict[str, tuple[int, Box]]


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where a cursor is at a time; between two anchors of a system it moves evenly.

    Attributes:
        second: From the beginning.
        system: Its number.
        x: In parts of the width of the page.
    """

    second: float
    system: int
    x: float


def places(engraving: Engraving) -> Places:
    """Find everything on the pages of an engraving.

    Raises:
        RenderingError: If a page is not laid out as the engraver lays pages out.
    """
    sizes: list[tuple[float, float]] = []
    systems: list[System] = []
    notes: dict[str, tuple[int, Box]] = {}
    for number, page in enumerate(engraving.pages):
        root = ElementTree.fromstring(page)
        inner = root.find(f"{SVG}svg")
        if inner is None:
            raise RenderingError("A page of the score is not laid out as expected.", "Is verovio of another version?")
        sheet = Sheet(number, size_of(root), size_of(inner))
        sizes.append(sheet.size)
        for group, x, y in walk(inner, 0.0, 0.0):
            if group.get("class") == "system":
                go_on()
                found = Found()
                gather(group, x, y, found)
                if found.lines:
                    notes.update({name: (len(systems), sheet.box(*ends)) for name, ends in found.heads.items()})
                    systems.append(system_of(sheet, found))
    return Places(tuple(sizes), tuple(systems), notes)


@dataclass(frozen=True)
class Sheet:
    """A page: how long its units are on paper."""

    number: int
    size: tuple[float, float]
    units: tuple[float, float]

    def box(self, left: float, top: float, right: float, bottom: float) -> Box:
        """What stands at these units, and not outside the page."""
        (width, height), (across, down) = self.size, self.units
        scale = min(width / across, height / down)  # drawn as large as fits, in the middle
        beside, above = (width - across * scale) / 2, (height - down * scale) / 2

        def part(value: float, before: float, whole: float) -> float:
            return min(max((before + value * scale) / whole, 0.0), 1.0)

        return Box(
            self.number,
            part(left, beside, width),
            part(top, above, height),
            part(right, beside, width),
            part(bottom, above, height),
        )


@dataclass
class Found:
    """What is in a system, in units of its page: lines of staves by bar, noteheads, the first sign of the music."""

    lines: list[list[tuple[float, float, float]]] = field(default_factory=list)
    heads: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    first: float | None = None


def size_of(svg: ElementTree.Element) -> tuple[float, float]:
    """Width and height of a drawing."""
    _, _, width, height = map(float, svg.get("viewBox", "0 0 1 1").split())
    return width, height


def walk(group: ElementTree.Element, x: float, y: float) -> Iterator[tuple[ElementTree.Element, float, float]]:
    """The groups within a group, each before what is in it, and how far they are moved."""
    for child in group.findall(f"{SVG}g"):
        right, down, _ = moved(child)
        yield child, x + right, y + down
        yield from walk(child, x + right, y + down)


def moved(element: ElementTree.Element) -> tuple[float, float, float]:
    """How far an element is moved, right and down, and how large it is drawn."""
    match = MOVED.match(element.get("transform", ""))
    return (float(match[1]), float(match[2]), float(match[3] or 1)) if match else (0.0, 0.0, 1.0)


def gather(system: ElementTree.Element, x: float, y: float, found: Found) -> None:
    """Everything in a system."""
    for group, right, down in walk(system, x, y):
        name = group.get("class", "").partition(" ")[0]
        if name == "measure":
            found.lines.append([])
        elif name == "staff" and found.lines:
            for path in group.findall(f"{SVG}path"):
                numbers = [float(each) for each in re.findall(NUMBER, path.get("d", ""))]
                if len(numbers) == 4 and numbers[1] == numbers[3]:
                    found.lines[-1].append((right + numbers[0], right + numbers[2], down + numbers[1]))
        elif name == "note":
            heads(group, right, down, found)
        if name in ("note", "rest") and len(found.lines) == 1:
            left = [right + moved(use)[0] for use in group.iter(f"{SVG}use")]
            found.first = min([*left, *([] if found.first is None else [found.first])], default=None)


def heads(note: ElementTree.Element, x: float, y: float, found: Found) -> None:
    """The notehead of a note."""
    for head in note.findall(f"{SVG}g[@class='notehead']"):
        for use in head.findall(f"{SVG}use"):
            right, down, scale = moved(use)
            width = WIDTHS.get(use.get("href", "").lstrip("#").partition("-")[0], BLACK) * scale
            left, middle = x + right, y + down
            ends = (left, middle - HALF_SPACE * scale, left + width, middle + HALF_SPACE * scale)
            found.heads[note.get("id", "")] = ends


def system_of(sheet: Sheet, found: Found) -> System:
    """A system of what is in it."""
    lines = [line for bar in found.lines for line in bar]
    ends = [(min(line[0] for line in bar), max(line[1] for line in bar)) for bar in found.lines if bar]
    downs = [line[2] for line in lines]
    box = sheet.box(ends[0][0], min(downs) - AIR, ends[-1][1], max(downs) + AIR)
    bars = [sheet.box(left, 0, right, 0) for left, right in ends]
    music = box.left if found.first is None else sheet.box(found.first, 0, found.first, 0).left
    return System(box, tuple((bar.left, bar.right) for bar in bars), music)


def cursor(score: Score, engraving: Engraving, found: Places) -> tuple[Anchor, ...]:
    """Where a cursor is while the score sounds: at each note when it begins, at bar lines where none does.

    Seconds rise or stay; within a system, so does ``x``. A system begins where its first note stands, or its
    first bar, and ends at its right end.
    """
    if not found.systems:
        return ()
    at: dict[float, tuple[int, float]] = {}
    before: set[str] = set()
    for moment in engraving.moments:
        begun = [found.notes[name] for name in moment.notes if name not in before and name in found.notes]
        before = set(moment.notes)
        if begun:
            system = max(number for number, _ in begun)
            at[moment.start_s] = (system, min(box.left for number, box in begun if number == system))
    bars = [
        (number, max(left, system.music) if place == 0 else left)
        for number, system in enumerate(found.systems)
        for place, (left, _) in enumerate(system.bars)
    ]
    clock = Clock(score)
    if len(bars) == len(score.bars):
        for start, (number, x) in zip(score.bars, bars, strict=True):
            at.setdefault(float(clock.seconds(start)), (number, x))
    if not at:
        return ()
    anchors: list[Anchor] = []
    for second, (system, x) in sorted(at.items()):
        if anchors and system < anchors[-1].system:
            continue
        same = anchors and anchors[-1].system == system
        anchors.append(Anchor(second, system, max(x, anchors[-1].x) if same else x))
    full: list[Anchor] = []
    for one, next_one in pairwise([*anchors, Anchor(float(clock.seconds(score.length)), len(found.systems), 0.0)]):
        full.append(one)
        if next_one.system > one.system:
            full.append(Anchor(max(next_one.second, one.second), one.system, found.systems[one.system].box.right))
    return tuple(full)
