"""Reading one file into the spool: its encoding, its pieces, and a word on whatever is left out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from ..errors import UnreadableFile
from .charsets import Charset, TextStream, candidates, guess_charset, text_of_head
from .cutting import between_markers, blocks_between_blanks, lines
from .forms import DERIVED
from .inputs import InputFile
from .records import Picker, records_of
from .report import FileReport, records
from .rules import Rules
from .shapes import Shape, guess_shape
from .spool import Spool

__all__ = ["Ingest"]

BATCH = 2048  # records handed to the spool together


class Ingest:
    """Reads files into a spool, each wholly or not at all.

    Args:
        spool: Where the pieces go.
        rules: How to read.
        shape: How text files are cut: all of them, or those that tell too little by themselves.
        guess: Whether each file is looked at for a shape of its own.

    Attributes:
        others: Fields of records that could be tags, with the number of values seen.
    """

    def __init__(self, spool: Spool, rules: Rules, shape: Shape, guess: bool) -> None:
        self.spool, self.rules, self.shape, self.guess = spool, rules, shape, guess
        self.others: dict[str, int] = {}

    def read(self, file: InputFile) -> FileReport:
        """Read one file; what cannot be read leaves the spool as it was."""
        report = FileReport(file.name, file.size)
        if file.kind == "music":
            report.reason = "music among text; prepare it by itself"
            return report
        mark = self.spool.mark()
        try:
            self.read_in_some_encoding(file, report)
        except UnreadableFile as error:
            report.reason = error.message
        except OSError as error:
            report.reason = f"cannot be read: {error.strerror or error}"
        except UnicodeDecodeError as error:
            report.reason = f"not {report.encoding}: byte {error.start:,} ({error.reason})"
        except UnicodeEncodeError:
            report.reason = f"not {report.encoding}: it holds half of a surrogate pair"
        else:
            report.pieces = self.spool.pieces - mark.pieces
            report.characters = self.spool.characters - mark.characters
            report.kept = report.pieces > 0
            if not report.kept:
                report.reason = why_empty(report)
        if not report.kept:
            self.spool.roll_back(mark)
        return report

    def read_in_some_encoding(self, file: InputFile, report: FileReport) -> None:
        """Read in the likeliest encoding, and where strict UTF-8 fails once more in a guessed one."""
        mark = self.spool.mark()
        with file.open() as stream:
            shape = self.shape
            if self.guess and not self.as_records(file):
                own = guess_shape(text_of_head(stream, self.rules.encoding))
                if own is not None and own.pieces != shape.pieces:
                    shape = own  # but of two kinds of blocks the neighbours' holds, so that all are cut alike
                stream.seek(0)
            charset = candidates(stream.read(4), self.rules.encoding)
            stream.seek(0)
            try:
                self.read_text(file, TextStream(stream, charset), shape, report)
            except UnicodeDecodeError as error:
                if charset.found != "strict":
                    raise
                self.spool.roll_back(mark)
                guess = guess_charset(stream, error.start)
                report.guessed = True
                stream.seek(0)
                self.read_text(file, TextStream(stream, guess), shape, report)

    def read_text(self, file: InputFile, stream: TextStream, shape: Shape, report: FileReport) -> None:
        """Cut decoded text into pieces."""
        report.encoding = name_of(stream.charset)
        report.dropped, report.changed = {}, {}
        if self.as_records(file):
            report.shape = "record"
            self.add_records(file, stream, report)
        else:
            blocks: Iterable[str] = stream
            if self.rules.after is not None or self.rules.before is not None:
                blocks = between_markers(stream, self.rules.after, self.rules.before)
            report.shape, report.blank_lines = shape.pieces, shape.blank_lines
            self.add_text(blocks, shape)
        report.newlines_changed = stream.newlines_changed

    def as_records(self, file: InputFile) -> bool:
        """Whether a file is read record by record: other ways to cut it can be asked for."""
        if file.kind == "text" and self.rules.pieces == "record":
            raise UnreadableFile("text has no records: read it with --pieces file, line or blank")
        return file.kind != "text" and self.rules.pieces in ("auto", "record")

    def add_text(self, blocks: Iterable[str], shape: Shape) -> None:
        """Add the pieces of a text, or the text as one piece."""
        if shape.pieces == "file":
            self.spool.add_whole(self.replaced(blocks))
            return
        cut = lines(blocks) if shape.pieces == "line" else blocks_between_blanks(blocks, shape.blank_lines)
        for texts in cut:
            if self.rules.replace:
                texts = [text for text in map(self.replace, texts) if text]
            derived = [DERIVED[function] for function in self.rules.derive.values()]
            given = [name for name in self.rules.tag_names if name not in self.rules.derive]
            tags = [[""] * len(given) + [function(text) for function in derived] for text in texts] if derived else None
            self.spool.add(texts, tags)

    def replaced(self, blocks: Iterable[str]) -> Iterator[str]:
        """A whole text with the replacements made line by line, so that none is cut by a block's end."""
        if not self.rules.replace:
            yield from blocks
            return
        begun = ""
        for block in blocks:
            text, newline, begun_next = (begun + block).rpartition("\n")
            begun = begun_next
            yield self.replace(text + newline)
        yield self.replace(begun)

    def replace(self, text: str) -> str:
        for old, new in self.rules.replace:
            text = text.replace(old, new)
        return text

    def add_records(self, file: InputFile, stream: TextStream, report: FileReport) -> None:
        """Add the records of a file, in batches."""
        derive = {tag: DERIVED[function] for tag, function in self.rules.derive.items()}
        picker = Picker(
            self.rules.text_field, self.rules.tags, derive, self.rules.replace, self.rules.strip, self.rules.refuse
        )
        found = picker.pick(records_of(file.kind, stream, file.name))
        while batch := list(islice(found, BATCH)):
            self.spool.add([text for text, _ in batch], [tags for _, tags in batch])
        report.dropped, report.changed = dict(picker.dropped), dict(picker.mended)
        if picker.found is not None:
            report.text_field = picker.found.name
            self.others.update(picker.found.others)


def name_of(charset: Charset) -> str:
    """An encoding as tables show it."""
    return charset.label.removesuffix(" (guessed)")


def why_empty(report: FileReport) -> str:
    """Why a file that could be read gave no piece."""
    if report.dropped:
        return "; ".join(f"{records(count)} dropped: {reason}" for reason, count in report.dropped.items())
    return "no text in it"
