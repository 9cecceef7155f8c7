"""A score as an engraver prints it: pages of SVG by verovio, and when each of their notes sounds."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from threading import Lock

from generator.errors import RenderingError, of_extra
from generator.music import Note, Score, score_bytes
from generator.music.musicxml_writing import text as as_text
from generator.music.score import chords
from generator.music.timing import Clock
from generator.stopping import go_on

__all__ = ["Engraving", "Moment", "engrave"]

TENTHS_OF_A_MM = 10  # verovio's unit of length on the page
WAIT_S = 0.2
ONE_AT_A_TIME = Lock()  # verovio draws its ids from one generator for all
LONG_TITLE, LONGEST_TITLE = 60, 100  # letters that a line holds in large and in small type
# Pages lie on paper of their own, so that black notes can be read on a dark screen too.
PAPER = '<rect width="100%" height="100%" style="fill:white;stroke:none"/>'


@dataclass(frozen=True, slots=True)
class Moment:
    """A time in which the same notes are held.

    Attributes:
        start_s, end_s: Seconds from the beginning, as the sound of the score has them.
        page: The page that these notes are on, counted from 0.
        notes: The ids of their elements in the SVG, from the top part down; empty where all are silent.
    """

    start_s: float
    end_s: float
    page: int
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Engraving:
    """A printed score.

    Attributes:
        pages: Each an SVG document without scripts and without references to anything outside it.
        moments: What to point at while the score sounds, without gaps from 0 to its end.
    """

    pages: tuple[str, ...]
    moments: tuple[Moment, ...]

    def at(self, seconds: float) -> Moment:
        """The moment that a time falls into; before the beginning the first one, after the end the last."""
        return self.moments[max(bisect_right(self.moments, seconds, key=lambda moment: moment.start_s) - 1, 0)]


def engrave(
    score: Score,
    *,
    width_mm: float = 210.0,
    height_mm: float = 297.0,
    staff_mm: float = 6.0,
    margin_mm: float = 10.0,
    names: bool = True,
) -> Engraving:
    """Engrave a score.

    The same score gives the same bytes. The ids in the pages begin with a digest of the music, so that the
    pages of several scores can stand in one document.

    Args:
        score: A lawful score.
        width_mm: Width of a page.
        height_mm: The most height of a page; one that is not full ends below its last system.
        staff_mm: Height of a staff of five lines.
        margin_mm: What is left free on every side.
        names: Whether those of the parts are printed.

    Raises:
        RenderingError: If there is no part, a page cannot hold a bar of music, or verovio cannot engrave it.
    """
    if not (width_mm >= 60 and height_mm >= 60 and 2 <= staff_mm <= 20 and 0 <= margin_mm <= 20):
        raise RenderingError(
            f"A page of {width_mm:g} by {height_mm:g} mm with staves of {staff_mm:g} mm and margins of "
            f"{margin_mm:g} mm cannot be engraved.",
            "Pages are 60 mm or more each way, staves 2 to 20 mm, margins at most 20 mm.",
        )
    text, notes = with_ids(score)
    text = with_heading(text, score)
    if not names:  # the clefs, which follow from them, stay
        text = re.sub(r"<part-(name|abbreviation)>[^<]*</part-\1>", r"<part-\1></part-\1>", text)
    options = {
        "pageWidth": round(width_mm * TENTHS_OF_A_MM),
        "pageHeight": round(height_mm * TENTHS_OF_A_MM),
        "scaleToPageSize": True,
        "scale": round(100 * staff_mm / 7.2),  # at 100, eight units of 0.9 mm make a staff
        "adjustPageHeight": True,
        "footer": "none",
        "svgViewBox": True,
        "svgRemoveXlink": True,
        "xmlIdSeed": 1 + int(digest_of(text), 16) % 2**30,
    }
    options.update(
        {f"pageMargin{side}": round(margin_mm * TENTHS_OF_A_MM) for side in ("Left", "Right", "Top", "Bottom")}
    )
    first, *others = run_verovio(text, options)
    if 0 < len(score.title) <= LONG_TITLE:
        # verovio takes no size from a heading. What is larger grows upwards, into the margin.
        first = re.sub(r'(class="pgHead".*?<tspan font-size=")405px', r"\g<1>607px", first, count=1, flags=re.DOTALL)
    pages = tuple(on_paper(page) for page in (first, *others))
    return Engraving(pages, moments_of(score, notes, pages))


def digest_of(text: str) -> str:
    """Enough of a digest to tell scores apart."""
    return sha256(text.encode()).hexdigest()[:10]


def with_ids(score: Score) -> tuple[str, dict[str, Note]]:
    """The MusicXML of a score with an id for every note, and the notes by their ids."""
    text = score_bytes(score, ".musicxml").decode()
    name = f"n{digest_of(text)}-"
    notes: dict[str, Note] = {}
    number = 0
    for part in score.parts:  # in the order in which the file has them: part, bar, voice
        lines = [list(chords(voice.events)) for voice in part.voices]
        places = [0] * len(lines)
        for _, end in score.bar_spans():
            for voice, line in enumerate(lines):
                while places[voice] < len(line) and line[places[voice]][0].onset < end:
                    for event in line[places[voice]]:
                        if isinstance(event, Note):
                            notes[f"{name}{number}"] = event
                        number += 1
                    places[voice] += 1
    head, *rest = text.split("<note>")
    assert len(rest) == number
    marked = "".join(f'<note id="{name}{place}">{each}' for place, each in enumerate(rest))
    return head + marked, notes


def with_heading(text: str, score: Score) -> str:
    """The MusicXML with title and composer as words on the first page; verovio by itself prints the title alone."""
    title = score.title if len(score.title) <= LONGEST_TITLE else score.title[: LONGEST_TITLE - 1] + "…"
    words = [("center", "top", title, ' font-weight="bold"'), ("right", "bottom", score.composer, "")]
    credits = ""
    for side, end, each, weight in words:
        if each:
            place = f'justify="{side}" valign="{end}"{weight}'
            credits += f'<credit page="1"><credit-words {place}>{as_text(each)}</credit-words></credit>\n'
    return text.replace("</identification>\n", "</identification>\n" + credits, 1)


def run_verovio(text: str, options: dict[str, object]) -> list[str]:
    """The pages that verovio makes of MusicXML.

    Raises:
        MissingPackage: If it is not installed.
        RenderingError: If it makes none.
    """
    with of_extra("music"):
        import verovio
    while not ONE_AT_A_TIME.acquire(timeout=WAIT_S):
        go_on()
    try:
        verovio.enableLog(verovio.LOG_OFF)
        # where its fonts are, verovio remembers for each thread alone, and import tells only the first one
        verovio.setDefaultResourcePath(str(Path(verovio.__file__).parent / "data"))
        engraver = verovio.toolkit()
        engraver.setOptions(options)
        engraver.resetXmlIdSeed(int(str(options["xmlIdSeed"])))
        pages = []
        if engraver.loadData(text):
            for page in range(1, engraver.getPageCount() + 1):
                go_on()
                pages.append(engraver.renderToSVG(page))
    finally:
        ONE_AT_A_TIME.release()
    if not pages or not all(page.lstrip().startswith("<svg") for page in pages):
        raise RenderingError(
            "verovio could not engrave this score.",
            "Write it as MusicXML and open it in a notation editor; the other formats do not need verovio.",
        )
    return pages


def on_paper(page: str) -> str:
    """A page with white behind it."""
    return re.sub(r"(<svg\b[^>]*>)", rf"\1\n   {PAPER}", page, count=1)


def moments_of(score: Score, notes: dict[str, Note], pages: tuple[str, ...]) -> tuple[Moment, ...]:
    """What is held when, one moment from each beginning or end of a note to the next."""
    page_of = {
        name: number for number, page in enumerate(pages) for name in re.findall(r'id="(n[0-9a-f]{10}-\d+)"', page)
    }
    clock = Clock(score)
    shown = {name: note for name, note in notes.items() if name in page_of}
    edges = sorted(
        {score.length * 0, score.length, *(n.onset for n in shown.values()), *(n.end for n in shown.values())}
    )
    beginning: dict[object, list[str]] = {edge: [] for edge in edges}
    for name, note in shown.items():
        beginning[note.onset].append(name)
    order = {name: place for place, name in enumerate(shown)}
    found: list[Moment] = []
    held: list[str] = []
    page = 0
    for start, end in pairwise(edges):
        go_on()
        held = [name for name in held if shown[name].end > start] + beginning[start]
        if beginning[start]:
            page = max(page_of[name] for name in beginning[start])
        names = tuple(sorted(held, key=order.__getitem__))
        found.append(Moment(float(clock.seconds(start)), float(clock.seconds(end)), page, names))
    return tuple(found)
