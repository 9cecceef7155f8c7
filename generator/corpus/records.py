"""Records of .json, .jsonl and .csv files: read one at a time, the text and the tags taken out."""

from __future__ import annotations

import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Any

from ..errors import UnreadableFile
from .cutting import lines

__all__ = ["Field", "Picker", "guess_field", "records_of"]

LOOK_AT = 200  # records from which the field is guessed
LARGEST_RECORD = 64 << 20  # characters
LARGEST_OBJECT = 64 << 20  # characters of a .json file that is one object, and is read whole
# the usual names of the field that holds the text, the best first
USUAL_NAMES = (
    "text", "content", "paragraphs", "body", "poem", "lines", "lyrics", "verse", "story", "article", "sentence",
    "message", "document", "正文", "内容", "內容",
)  # fmt: skip


@dataclass(frozen=True)
class Broken:
    """A record that could not be read, and why."""

    reason: str


@dataclass(frozen=True)
class Field:
    """The field that holds the text, and what else could be a tag.

    Attributes:
        name: The field; None where a record is the text itself.
        guessed: Whether the program chose it.
        others: The other fields that hold short strings, with how many values each was seen to have.
    """

    name: str | None
    guessed: bool
    others: dict[str, int]


def records_of(kind: str, blocks: Iterable[str], name: str) -> Iterator[Any]:
    """The records of a file, one at a time: mappings, strings, lists or ``Broken``.

    Raises:
        UnreadableFile: if the file is not what its name says, from some place on.
    """
    if kind == "jsonl":
        return jsonl_records(blocks)
    return json_records(blocks) if kind == "json" else csv_records(blocks, tabs=name.lower().endswith(".tsv"))


def jsonl_records(blocks: Iterable[str]) -> Iterator[Any]:
    """One JSON value a line; a line that is none is handed on as broken."""
    for batch in lines(blocks):
        for line in batch:
            try:
                yield json.loads(line)
            except (ValueError, RecursionError):
                yield Broken("not JSON")


def json_records(blocks: Iterable[str]) -> Iterator[Any]:
    """The elements of a JSON array, streamed; or the records in one object, read whole."""
    stream = iter(blocks)
    text = ""
    for block in stream:
        text = (text + block).lstrip()
        if text:
            break
    if text.startswith("["):
        return array_elements(text[1:], stream)
    return object_records(text, stream)


def array_elements(text: str, stream: Iterator[str]) -> Iterator[Any]:
    """Decode one element after the other, reading on only when one is not yet complete."""
    decode = json.JSONDecoder().raw_decode
    at, dropped, wanted, first = 0, 1, 1, True
    while True:
        at = past_space(text, at)
        try:
            if at >= len(text):
                raise ValueError("the array does not end")
            if text[at] == "]":
                if past_space(text, at + 1) < len(text) or any(not block.isspace() for block in stream):
                    raise UnreadableFile(f"not JSON: more text after the array, at character {dropped + at + 1:,}")
                return
            start = at
            if not first:
                if text[at] != ",":
                    raise UnreadableFile(f"not JSON: no comma between two records, at character {dropped + at:,}")
                start = past_space(text, at + 1)
            value, end = decode(text, start)
            # a number at the end of what was read might go on: 1 may be the start of 1.5
            if not isinstance(value, dict | list | str) and text[end : end + 1] not in tuple(",] \n\t"):
                raise ValueError("a number that does not end")
        except (ValueError, RecursionError) as error:
            # read twice as much each time, so that a long record is not decoded again too often
            more = list(islice(stream, wanted))
            if not more or len(text) - at > LARGEST_RECORD:
                what = str(error).split(":")[0]
                raise UnreadableFile(f"not JSON: {what}, at character {dropped + at:,}") from None
            dropped, wanted = dropped + at, wanted * 2
            text, at = text[at:] + "".join(more), 0
            continue
        yield value
        at, wanted, first = end, 1, False


def past_space(text: str, at: int) -> int:
    """The index of the first character from ``at`` on that is not white space."""
    while at < len(text) and text[at] in " \n\t":
        at += 1
    return at


def object_records(text: str, stream: Iterator[str]) -> Iterator[Any]:
    """The records of a JSON file that is one object: its one list, or its values, or itself."""
    parts, size = [text], len(text)
    for block in stream:
        parts.append(block)
        size += len(block)
        if size > LARGEST_OBJECT:
            raise UnreadableFile("one JSON object of more than 64 MB: write a list, or one record a line (.jsonl)")
    try:
        value = json.loads("".join(parts))
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        yield value
        return
    lists = [inner for inner in value.values() if isinstance(inner, list) and inner and isinstance(inner[0], dict)]
    if len(lists) == 1:
        yield from lists[0]
    elif value and all(isinstance(inner, dict) for inner in value.values()):
        yield from value.values()
    else:
        yield value


def csv_records(blocks: Iterable[str], *, tabs: bool) -> Iterator[Any]:
    """The rows of a table as mappings; columns of a table without a header are named by number."""
    stream = iter(blocks)
    head = next(stream, "")
    first_line = head.partition("\n")[0]
    delimiter = "\t" if tabs else max(",;\t|", key=first_line.count)
    csv.field_size_limit(LARGEST_RECORD)
    rows = csv.reader(complete_lines(chain([head], stream)), delimiter=delimiter, strict=True)
    try:
        first = next(rows, [])
        header = looks_like_header(first)
        names = first if header else [str(number) for number in range(1, len(first) + 1)]
        for row in rows if header else chain([first], rows):
            if len(row) == len(names):
                yield dict(zip(names, row, strict=True))
            elif row:
                yield Broken(f"{len(row)} columns where the table has {len(names)}")
    except csv.Error as error:
        raise UnreadableFile(f"not a table: {error}, at line {rows.line_num:,}") from None


def complete_lines(blocks: Iterable[str]) -> Iterator[str]:
    """Every line with its newline, for the csv module."""
    begun = ""
    for block in blocks:
        found = (begun + block).split("\n")
        begun = found.pop()
        for line in found:
            yield line + "\n"
    if begun:
        yield begun


def looks_like_header(row: list[str]) -> bool:
    """Whether a first row names the columns: short names, each once, no numbers."""
    names = [cell.strip() for cell in row]
    return len(set(names)) == len(names) and all(
        0 < len(name) <= 40 and not name.replace(".", "").replace("-", "").isdigit() for name in names
    )


def guess_field(sample: list[Any], said: str | None) -> Field:
    """Which field of the records holds the text: one of the usual names, or the longest.

    Raises:
        UnreadableFile: if no field can be it, or none has the name that was said.
    """
    mappings = [record for record in sample if isinstance(record, dict)]
    lengths: dict[str, int] = {}
    values: dict[str, set[str]] = {}
    for record in mappings:
        for name, value in record.items():
            text = as_text(value)
            if text is None:
                continue
            lengths[name] = lengths.get(name, 0) + len(text)
            if isinstance(value, str) and 0 < len(text) <= 64 and "\n" not in text:
                values.setdefault(name, set()).add(text)
    if said is not None:
        if said not in lengths and (mappings or not sample):
            raise UnreadableFile(f"no text in a field {said!r}; the fields are: {', '.join(lengths) or 'none'}")
        chosen = said if mappings else None
    elif not mappings:
        chosen = None
    elif not lengths:
        raise UnreadableFile("no field of its records holds text")
    else:
        usual = [name for name in USUAL_NAMES for found in lengths if found.lower() == name]
        lower = {found.lower(): found for found in lengths}
        chosen = lower[usual[0]] if usual else max(lengths, key=lambda name: lengths[name])
    others = {
        name: len(found)
        for name, found in values.items()
        if name != chosen and len(found) <= max(2, len(mappings) // 2)
    }
    return Field(chosen, said is None and chosen is not None, others)


def as_text(value: Any) -> str | None:
    """A string, or a list of strings as lines; None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return "\n".join(value)
    return None


@dataclass
class Picker:
    """Takes the text and the tags out of records, and counts what has none.

    Attributes:
        said: The field that the person named.
        tags: Tag to field.
        derive: Tag to the function that reads it off the text.
        replace: Pairs to replace in each text.
        strip: What is taken out before, in words, to the regular expression that finds it.
        refuse: Why a text is left out, in words, to the regular expression that finds it, after.
        found: What was found to be the text's field, once records have been read.
        dropped: Reason to the number of records dropped for it.
        mended: What was changed in texts, to the number of times.
    """

    said: str | None
    tags: Mapping[str, str]
    derive: Mapping[str, Callable[[str], str]]
    replace: tuple[tuple[str, str], ...] = ()
    strip: Mapping[str, str] = field(default_factory=dict)
    refuse: Mapping[str, str] = field(default_factory=dict)
    found: Field | None = None
    dropped: Counter[str] = field(default_factory=Counter)
    mended: Counter[str] = field(default_factory=Counter)

    def pick(self, records: Iterator[Any]) -> Iterator[tuple[str, list[str]]]:
        """Text and tag values of each record that has text; "" is a tag that it has not."""
        sample = list(islice(records, LOOK_AT))
        self.found = guess_field([record for record in sample if not isinstance(record, Broken)], self.said)
        for record in chain(sample, records):
            if isinstance(record, Broken):
                self.dropped[record.reason] += 1
                continue
            is_mapping = isinstance(record, dict)
            text = as_text(record.get(self.found.name) if is_mapping else record)
            if text is None:
                what = f"no text in {self.found.name!r}" if is_mapping and self.found.name else "not text"
                self.dropped[what] += 1
                continue
            text = self.clean(text)
            if not text or text.isspace():
                self.dropped["empty"] += 1
                continue
            reason = next((reason for reason, pattern in self.refuse.items() if re.search(pattern, text)), None)
            if reason is not None:
                self.dropped[reason] += 1
                continue
            values = [tag_value(record.get(name) if is_mapping else None) for name in self.tags.values()]
            values += [function(text) for name, function in self.derive.items() if name not in self.tags]
            yield text, values

    def clean(self, text: str) -> str:
        """One kind of newline, the replacements made, and no half of a surrogate pair."""
        if "\r" in text:
            text = text.replace("\r\n", "\n").replace("\r", "\n")
        for what, pattern in self.strip.items():
            text, count = re.subn(pattern, "", text)
            if count:
                self.mended[f"{what} taken out"] += count
        for old, new in self.replace:
            text = text.replace(old, new)
        try:
            text.encode()
        except UnicodeEncodeError:
            mended = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            changed = mended.count("\ufffd") - text.count("\ufffd")
            self.mended["halves of surrogate pairs replaced by U+FFFD"] += changed
            text = mended
        if "\0" in text:
            self.mended["NUL characters taken out"] += text.count("\0")
            text = text.replace("\0", "")
        return text


def tag_value(value: Any) -> str:
    """A tag's value as a string on one line; "" where there is none."""
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, list):
        value = ", ".join(str(inner) for inner in value)
    text = str(value) if isinstance(value, str | int | float) else ""
    return " ".join(text.encode("utf-8", "replace").decode().split())
