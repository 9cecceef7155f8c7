"""What a preparation says on screen: its guesses, the table of files, the totals, and its refusals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..errors import CorpusError, UnsupportedFormat
from ..wording import counted
from .inputs import kind_of
from .origin import Origin
from .report import FileReport, shown, table
from .rules import Rules
from .shapes import blanks
from .splits import SPLITS

__all__ = ["nothing_read", "tell_files", "tell_totals", "too_small"]

Say = Callable[[str], object]
KINDS = (
    "Text is read from .txt, .md, .json, .jsonl and .csv files, music from .mid, .musicxml, .mxl, .abc and .krn, "
    "and both from .zip, .gz and .tgz of them."
)


def tell_files(say: Say, files: Sequence[FileReport], rules: Rules, guess: bool, others: dict[str, int]) -> None:
    """What a piece was taken to be, how to overrule it, and the table of files.

    Args:
        say: Gets each line.
        files: What became of every file.
        rules: How they were to be read.
        guess: Whether the way of cutting text was the program's choice.
        others: Fields of records that could be tags, with the number of values seen.
    """
    kept = [file for file in files if file.kept]
    shapes = Counter((file.shape, file.blank_lines) for file in kept if file.shape not in ("record", "score"))
    for (pieces, blank_lines), count in shapes.most_common():
        what = {
            "file": "one long text" if len(kept) == 1 else "each file is a piece",
            "line": "each line is a piece",
            "blank": f"each block is a piece, with {blanks(blank_lines)} or more between blocks",
        }[pieces]
        some = f" ({count:,} of the files)" if len(shapes) > 1 else ""
        overrule = " (--pieces to overrule" + (", --blank-lines" if pieces == "blank" else "") + ")"
        say(f"pieces      {what}{some}" + (f": a guess{overrule}" if guess else ""))
    fields = Counter(file.text_field for file in kept if file.shape == "record" and file.text_field)
    if fields:
        guessed = rules.text_field is None
        say(
            f"records     the text is in {listed(map(repr, fields))}"
            + (": a guess (--text-field to overrule)" * guessed)
        )
    if others and not rules.tag_names:
        named = listed(f"{field} ({counted(count, 'value')} seen)" for field, count in others.items())
        say(f"tags        none; fields that could be: {named} (--tag-fields to keep one)")
    guesses = [file for file in kept if file.guessed]
    if guesses:
        names = listed(sorted({file.encoding for file in guesses}))
        some_files = counted(len(guesses), "file is", "files are")
        say(f"encoding    {some_files} not UTF-8; read as {names}: a guess (--encoding to overrule)")
    for line in table(files):
        say(line)


def listed(names: Any) -> str:
    """Names with commas between."""
    return ", ".join(names)


def nothing_read(origin: Origin, rules: Rules, files: Sequence[FileReport]) -> CorpusError:
    """The error for a source that gave no text."""
    if not files:
        return CorpusError(f"{origin.described} holds no file.", "Give a file of text, or a folder of them. " + KINDS)
    if len(files) == 1 and origin.paths[0][1].is_file() and kind_of(files[0].name, rules) is None:
        return UnsupportedFormat(f"{files[0].name} cannot be read: {files[0].reason}.", KINDS)
    reasons = Counter(file.reason for file in files).most_common(3)
    why = "; ".join(f"{reason} ({count:,} file{'' if count == 1 else 's'})" for reason, count in reasons)
    unknown = any(reason.startswith("no reader") for reason, _ in reasons)
    return CorpusError(
        f"Nothing could be read from {origin.described}: {why}.",
        KINDS if unknown else "The reason for each file stands above; mend it there, or name another source.",
    )


def too_small(pieces: int, duplicates: int, characters: int, long: bool, music: bool = False) -> CorpusError:
    """The error for a corpus that gives no validation part."""
    if long:
        return CorpusError(
            f"A text of {'1 character' if characters == 1 else f'{characters:,} characters'} is too short to keep a "
            "part of it back for validation.",
            "Give at least 20 characters; training makes sense from some 30,000 on.",
        )
    if pieces == 1:
        return CorpusError(
            f"There is one piece alone, and none can be kept back for {SPLITS[1]}.",
            "Give more pieces: from about 100 on, some fall to every part."
            if music
            else "Give more pieces (about 100), or take the text as one long one with --pieces file.",
        )
    different = f" ({pieces - duplicates:,} different)" if duplicates else ""
    return CorpusError(
        f"Of {pieces:,} pieces{different} none fell to {SPLITS[1]}, or none to {SPLITS[0]}: there are too few.",
        "Give more pieces: from about 100 on, some fall to every part."
        if music
        else "Give more pieces (about 100), or take the text as one long one with --pieces file.",
    )


def tell_totals(
    say: Say,
    out: Path,
    details: dict[str, Any],
    files: Sequence[FileReport],
    duplicates: int,
    dropped: Counter[str] | None,
    seconds: float,
) -> None:
    """The last lines: parts, tags, tokens, time, and what to type next."""
    counts = details["splits"]
    parts = [
        f"{name} {counted(part['characters'], 'character')}"
        + (f" in {counted(part['pieces'], 'piece')}" if details["shape"] == "pieces" else "")
        for name, part in counts.items()
    ]
    say(f"split       {listed(parts)}")
    if duplicates:
        repeated = counted(duplicates, "piece repeats", "pieces repeat")
        say(f"duplicates  {repeated} an earlier one; equal pieces stand in the same part")
    if details["tag_fields"]:
        tags = listed(f"{name} ({counted(len(values), 'value')})" for name, values in details["tag_fields"].items())
        say(f"tags        {tags}")
    tokens = sum(part["tokens"] for part in counts.values())
    facts, width = details["tokenizer"], np.dtype(details["dtype"]).itemsize
    each = "1 byte" if width == 1 else f"{width} bytes"
    say(f"tokens      {tokens:,} of {facts['vocab_size']:,} kinds ({facts['kind']}), {each} each")
    if dropped:
        rare = "".join(character for character, _ in dropped.most_common(20))
        say(f"left out    {counted(dropped.total(), 'rare character')} ({shown(rare)}), by --min-count")
    size = sum(file.bytes for file in files if file.kept)
    say(f"done        {size / 1e6:,.1f} MB in {seconds:.1f} s ({size / 1e6 / seconds:,.1f} MB/s)")
    say(f"wrote       {out}")
