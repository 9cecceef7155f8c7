"""music21, asked so that long files take no longer than they must and that it can be stopped.

music21 works out again where a line of kern ends after each bar that it puts there, and one who waits for it has no
way to end it. It is imported inside the functions because that takes a second or two.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar
from xml.etree import ElementTree

from generator.errors import CorpusError, of_extra
from generator.stopping import go_on

if TYPE_CHECKING:
    from music21.stream import Opus
    from music21.stream import Score as Stream

__all__ = ["asked", "parse_kern", "parse_musicxml", "quiet"]

MOST_BARS = 20_000  # written ones, of all parts together
MOST_CELLS = 60_000  # of kern: lines, times the columns of the widest
MOST_COMMENTS = 1000
T = TypeVar("T")


class Ended(BaseException):
    """Ends music21, which takes any other exception for a mistake of the file; holds what the work was ended by."""


def ask() -> None:
    """Ask whether to go on, where music21 is around.

    Raises:
        Ended: if it is not.
    """
    try:
        go_on()
    except Exception as reason:
        raise Ended(reason) from reason


class Asking(list[T]):
    """A list that asks at each of its items whether to go on, when somebody goes through it."""

    def __iter__(self) -> Iterator[T]:
        for item in super().__iter__():
            ask()
            yield item


@contextmanager
def quiet() -> Iterator[None]:
    """Within, music21 does not warn of what it repairs; what is lost is counted elsewhere."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def asked(parse: Callable[[], T]) -> T:
    """What music21 makes of a file; whatever it raises on a broken one becomes an error with a message.

    music21 promises no exception for bad input: it raises ValueError, AttributeError, IndexError and others.

    Raises:
        CorpusError: Then.
    """
    try:
        return parse()
    except Ended as ended:
        reason: Exception = ended.args[0]
        raise reason from None
    except (MemoryError, RecursionError) as error:
        raise CorpusError("It is too large or too deeply nested for music21.") from error
    except Exception as error:
        words = " ".join(str(error).split())[:200]
        raise CorpusError(f"music21 cannot read it: {type(error).__name__}{f': {words}' if words else ''}.") from error


def parse_musicxml(root: ElementTree.Element) -> Stream:
    """The stream of a MusicXML document.

    Raises:
        CorpusError: If music21 cannot make sense of it, or it has too many bars.
    """
    bars = sum(1 for part in root.iterfind("part") for _ in part.iterfind("measure"))
    if bars > MOST_BARS:
        raise CorpusError(f"Its parts have {bars} bars together, and {MOST_BARS} are the most.")
    found: Stream = asked(lambda: importer()().xmlRootToScore(root))
    return found


@cache
def importer() -> Any:
    """music21's importer of MusicXML, which asks at each bar whether to go on."""
    with of_extra("music"):
        from music21.musicxml.xmlToM21 import MusicXMLImporter, PartParser
        from music21.stream import Part, PartStaff

    class Unsorted:
        """A part into which bars are put without looking each time where the last one ends."""

        def coreInsert(self, offset: Any, element: Any, **more: Any) -> bool:
            return super().coreInsert(offset, element, **more | {"ignoreSort": True})  # type: ignore[misc]

    class UnsortedPart(Unsorted, Part):
        pass

    class UnsortedStaff(Unsorted, PartStaff):
        pass

    class AskingPart(PartParser):
        def __init__(self, *given: Any, **more: Any) -> None:
            super().__init__(*given, **more)
            self.stream = UnsortedStaff() if isinstance(self.stream, PartStaff) else UnsortedPart()

        def xmlMeasureToMeasure(self, mxMeasure: Any) -> Any:
            ask()
            return super().xmlMeasureToMeasure(mxMeasure)

    class AskingImporter(MusicXMLImporter):
        def xmlPartToPart(self, mxPart: Any, mxScorePart: Any) -> Any:
            parser = AskingPart(mxPart, mxScorePart=mxScorePart, parent=self)
            parser.parse()
            return parser.stream if parser.appendToScoreAfterParse is True else None

    return AskingImporter


def parse_kern(text: str) -> Stream | Opus:
    """The stream of a Humdrum file.

    Raises:
        CorpusError: If music21 cannot make sense of it, or it is too large.
    """
    lines = []
    comments = 0
    for line in text.splitlines():
        comments += line.startswith("!!")
        if not line.startswith("!!") or comments <= MOST_COMMENTS:
            lines.append(line)
    columns = max(line.count("\t") for line in lines) + 1
    if len(lines) * columns > MOST_CELLS:
        raise CorpusError(f"It has {len(lines)} lines of up to {columns} columns, more than can be read.")
    found: Stream | Opus = asked(lambda: collection()(lines).parse())
    return found


@cache
def collection() -> Any:
    """music21's reader of kern, which asks at each line of a column whether to go on."""
    with of_extra("music"):
        from music21.humdrum.spineParser import HumdrumDataCollection, SpineCollection
        from music21.stream import Opus, Part

    class Line(Part):
        """A part to which most is appended: where it ends is known then without looking through all of it."""

        appended: tuple[int, Any] = (-1, None)

        def coreAppend(self, element: Any, **more: Any) -> None:
            count, end = self.appended
            if count == len(self._elements):
                self._setHighestTime(end)
            super().coreAppend(element, **more)
            self.appended = len(self._elements), self.highestTime

    class Spines(SpineCollection):
        """Asks before each of the long steps that it takes with a column."""

        def moveObjectsToMeasures(self) -> None:
            ask()
            super().moveObjectsToMeasures()

        def attachNonKernEvents(self) -> None:
            ask()
            super().attachNonKernEvents()

        def makeVoices(self) -> None:
            ask()
            super().makeVoices()

        def getOffsetsAndPrioritiesByLineNumber(self) -> Any:
            ask()
            return super().getOffsetsAndPrioritiesByLineNumber()

    class Collection(HumdrumDataCollection):
        def createHumdrumSpines(self, *given: Any) -> Any:
            found = super().createHumdrumSpines(*given)
            found.__class__ = Spines
            for spine in found:
                spine.stream = Line()
                spine.eventList = Asking(spine.eventList)
            found.spines = Asking(found.spines)
            return found

        def parseOpusDataCollections(self, dataCollections: Any) -> Any:
            opus = Opus()
            for number, lines in enumerate(dataCollections, start=1):
                part = Collection(lines).parse()
                part.id, part.metadata.number = f"section_{number}", number
                opus.append(part)
            if dataCollections:
                opus.metadata = deepcopy(opus.scores[0].metadata)
                opus.metadata.number = 0
            self.stream = opus
            return opus

    return Collection
