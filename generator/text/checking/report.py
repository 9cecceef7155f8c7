"""What a check found: for each line what it keeps and what it breaks, and the whole for a terminal."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ..forms.form import Pattern
from ..forms.listing import LEGENDS

__all__ = ["Finding", "Judged", "LineReport", "Report", "Rhyme", "counted"]

BESIDE = 4  # columns of a line's number and the space after it


@dataclass(frozen=True)
class Finding:
    """One thing that is not as the form has it.

    Attributes:
        kind: ``lines`` (too many or too few), ``length``, ``tone``, ``rhyme``, ``repeat`` (a rhyme that
            stands twice), ``refrain``, ``pair``, ``unknown`` (a character or word whose sound nobody
            knows), ``syllables``, ``stress``, ``mark`` (punctuation), ``layout`` (breaks between lines).
        said: It in plain words.
        line: The line's number, from 1; None where it is of the whole poem.
        place: The number of the character (Chinese) or of the syllable (stress) in the line, from 1.
        found: The character or word that stands there.
        due: What is due instead.
        breaks: Whether the form is broken by it; otherwise it is a remark.
    """

    kind: str
    said: str
    line: int | None = None
    place: int | None = None
    found: str = ""
    due: str = ""
    breaks: bool = True


@dataclass(frozen=True)
class LineReport:
    """One line of the poem.

    Attributes:
        number: From 1.
        text: Its words, without the punctuation that ends it in Chinese.
        end: That punctuation.
        keeps: What it keeps, in plain words.
        findings: What it does not.
        drawn: Rows to be set below the text: the marks that are due, then ``^`` below each that is wrong.
    """

    number: int
    text: str
    end: str = ""
    keeps: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    drawn: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rhyme:
    """One rhyme of the poem.

    Attributes:
        letter: By which the form calls it.
        group: Chinese: the group of the rhyme book; English: the sounds that are shared. None where no
            line has a rhyme that is known.
        lines: The numbers of the lines that rhyme so, from 1.
        missing: Of those that should and do not.
    """

    letter: str
    group: str | None
    lines: tuple[int, ...]
    missing: tuple[int, ...] = ()


@dataclass(frozen=True)
class Judged:
    """A poem held against one pattern.

    Attributes:
        pattern: The pattern.
        lines: The poem's lines.
        findings: What concerns no single line.
        rhymes: The rhymes by their letters.
        misfits: How many lines are too long or too short.
    """

    pattern: Pattern
    lines: tuple[LineReport, ...]
    findings: tuple[Finding, ...]
    rhymes: tuple[Rhyme, ...]
    misfits: int


@dataclass(frozen=True)
class Report:
    """How a poem stands to a form.

    Attributes:
        form: The form's name.
        title: Its name for people.
        pattern: Of the form's patterns the one that fits best.
        book: The rhyme book that was judged by; None in English.
        lines: The poem's lines.
        findings: What concerns no single line.
        rhymes: The rhymes by their letters, in the order in which the form brings them.
    """

    form: str
    title: str
    pattern: str
    book: str | None
    lines: tuple[LineReport, ...]
    findings: tuple[Finding, ...]
    rhymes: tuple[Rhyme, ...]

    @property
    def all_findings(self) -> list[Finding]:
        """Everything that is not as the form has it, remarks included, from the first line to the last."""
        return [*self.findings, *(finding for line in self.lines for finding in line.findings)]

    @property
    def broken(self) -> list[Finding]:
        """The findings that break the form."""
        return [finding for finding in self.all_findings if finding.breaks]

    @property
    def ok(self) -> bool:
        """Whether the poem keeps the form."""
        return not self.broken

    def told(self) -> list[str]:
        """The report as lines for a terminal."""
        rows = [f"{self.form}  {self.title}".rstrip(), self.verdict()]
        if self.book:
            rows.append(f"tones and rhymes by {self.book}")
        if any(line.drawn for line in self.lines):
            rows.append(LEGENDS["zh"] if self.book else LEGENDS["en"].split(";")[0])
        rows += told_of(self.findings, 0)
        for line in self.lines:
            rows += ["", f"{line.number:>{BESIDE - 2}}  {line.text}{line.end}"]
            rows += [f"{'':{BESIDE}}{row}".rstrip() for row in line.drawn]
            if line.keeps:
                rows.append(f"{'':{BESIDE}}keeps: {', '.join(line.keeps)}")
            rows += told_of(line.findings, BESIDE)
        return rows

    def verdict(self) -> str:
        """In one line whether the form is kept."""
        pattern = f" {self.pattern}" if self.pattern else ""
        if self.ok:
            return f"keeps the form{', pattern' + pattern if pattern else ''}"
        nearest = f"; nearest is the pattern{pattern}" if pattern else ""
        return f"breaks the form in {counted(len(self.broken), 'place')}{nearest}"

    def as_json(self) -> dict[str, Any]:
        """The report as plain data, numbers of lines and places from 1."""
        return {"ok": self.ok, **asdict(self)}


def told_of(findings: Iterable[Finding], indent: int) -> list[str]:
    return [f"{'':{indent}}{'breaks' if finding.breaks else 'remark'}: {finding.said}" for finding in findings]


def counted(number: int, name: str) -> str:
    """A number with what it counts: 1 line, 2 lines."""
    return f"{number} {name}{'' if number == 1 else 's'}"
