"""Check a poem against a form: what each line keeps and what it breaks.

    python -m generator.check poem.txt --form qijue
    python -m generator.check lyrics.txt --form ci:浣溪沙 --book pingshui
    python -m generator.check - --form "ABAB/8" < poem.txt

A Chinese file may hold several poems, parted by empty lines; an English one holds one. Title and
author above a poem are told apart from it and not judged; in a Chinese file they have no mark at
their end, and an empty line below them or another length than the first line. The exit
status is 0 if all keep the form, 1 if some do not, 2 after an error.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .command import Parser, run
from .errors import UnreadableFile

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence


def parser() -> Parser:
    """The options of the command."""
    assert __doc__ is not None
    options = Parser("generator.check", __doc__)
    options.add_argument("poem", metavar="FILE", help="a file with the poem; - for standard input")
    options.add_argument(
        "--form",
        required=True,
        help="a form by name (qijue, 七绝, ci:浣溪沙, sonnet), a scheme (ABAB/8) or a .toml file",
    )
    options.add_argument(
        "--book",
        choices=("pingshui", "cilin", "xinyun"),
        help="Chinese: the rhyme book (default: the form's own, or else pingshui)",
    )
    options.add_argument("--slant", action="store_true", help="English: let slant rhymes count as rhymes")
    options.add_argument(
        "--exact", action="store_true", help="ask for the form's own punctuation, stanzas and line breaks, too"
    )
    options.add_argument("--json", action="store_true", help="print one JSON object")
    return options


def work(options: argparse.Namespace) -> int:
    """Check, and print the report of each poem."""
    from .text.checking import check, check_language, poems_of
    from .text.forms import find_form

    form = find_form(options.form)
    text = read(options.poem, form.language)
    check_language(text, form)
    poems = poems_of(text, form)
    reports = [check(poem.text, form, book=options.book, slant=options.slant, exact=options.exact) for poem in poems]
    kept = sum(report.ok for report in reports)
    if options.json:
        told = [
            {"heading": list(poem.heading), **report.as_json()} for poem, report in zip(poems, reports, strict=True)
        ]
        print(json.dumps({"form": form.name, "ok": kept == len(reports), "poems": told}, ensure_ascii=False))
    else:
        shown = [
            "\n".join([*(f"above the poem, not judged: {line}" for line in poem.heading), *report.told()])
            for poem, report in zip(poems, reports, strict=True)
        ]
        print("\n\n\n".join(shown))
        if len(reports) > 1:
            print(f"\n\n{kept} of {len(reports)} poems keep the form")
    return 0 if kept == len(reports) else 1


def read(name: str, language: str) -> str:
    """The text of a file, or of standard input.

    Raises:
        UnreadableFile: if it is empty, or in no encoding that texts of the language are in.
        OSError: if the file cannot be read.
    """
    raw = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    for encoding in ("utf-8-sig", "gb18030" if language == "zh" else "cp1252"):
        try:
            text = raw.decode(encoding).replace("\r\n", "\n")
        except UnicodeDecodeError:
            continue
        if not text.strip():
            raise UnreadableFile(f"{name} holds no poem.", "Write one into it, line by line.")
        return text
    raise UnreadableFile(f"{name} is not text in an encoding that is known", "Save it as UTF-8.")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; ``arguments`` stand for those of the command line."""
    return run(parser(), work, arguments)


if __name__ == "__main__":
    sys.exit(main())
