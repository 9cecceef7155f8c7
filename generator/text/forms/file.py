"""Form files: a form from TOML, and a form as TOML. ``docs/forms.md`` says how to write one."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from generator.errors import ConfigError

from .form import EITHER, LANGUAGES, Form, Line, Pattern
from .notation import read_lines, write_lines

__all__ = ["check", "form_text", "parse_form", "read_form"]

KEYS: Mapping[str, type | tuple[type, ...]] = {
    "name": str,
    "language": str,
    "title": dict,
    "aliases": list,
    "pairs": list,
    "opposed": bool,
    "distinct_rhymes": bool,
    "kindred": list,
    "book": str,
    "gaps": list,
    "preferred": list,
    "coverage": (int, float),
    "note": str,
    "pattern": list,
}
PATTERN_KEYS: Mapping[str, type | tuple[type, ...]] = {"name": str, "lines": list, "cycle": list, "counts": list}


def read_form(path: Path) -> Form:
    """The form that a file describes.

    Raises:
        ConfigError: if it cannot be read or describes no form; the message names the file.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the form file {path} cannot be read: {error}") from error
    return parse_form(text, str(path))


def parse_form(text: str, where: str = "the form") -> Form:
    """The form that a TOML text describes.

    Raises:
        ConfigError: if it describes none; the message says where and what.
    """
    try:
        return form_of(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{where}: not TOML: {error}", "docs/forms.md has an example.") from error
    except ConfigError as error:
        raise ConfigError(f"{where}: {error.message}", error.hint) from error


def form_of(said: Mapping[str, Any]) -> Form:
    typed(said, KEYS, "form")
    for key in ("name", "language", "pattern"):
        if not said.get(key):
            raise ConfigError(f"a form needs {key!r}", "docs/forms.md has an example.")
    language = said["language"]
    if language not in LANGUAGES:
        raise ConfigError(f"there is no language {language!r}", f"One of: {', '.join(LANGUAGES)}")
    form = Form(
        name=said["name"],
        language=language,
        title=strings_of(said.get("title", {})),
        aliases=tuple(map(str, said.get("aliases", ()))),
        patterns=tuple(pattern for table in said["pattern"] for pattern in patterns_of(table, language)),
        pairs=tuple((upper - 1, lower - 1) for upper, lower in twos(said.get("pairs", ()), int, "pairs")),
        opposed=said.get("opposed", False),
        distinct_rhymes=said.get("distinct_rhymes", True),
        kindred=twos(said.get("kindred", ()), str, "kindred"),
        book=said.get("book"),
        gaps=tuple(said.get("gaps", ())),
        preferred=tuple(said.get("preferred", ())),
        coverage=said.get("coverage"),
        note=said.get("note", ""),
    )
    check(form)
    return form


def patterns_of(table: Any, language: str) -> list[Pattern]:
    """One pattern, or one for each count where the lines go round in a cycle."""
    if not isinstance(table, dict):
        raise ConfigError(f"a pattern is a table with name and lines, not {table!r}")
    typed(table, PATTERN_KEYS, "pattern")
    name = table.get("name", "")
    head, cycle = table.get("lines", []), table.get("cycle", [])
    if not all(isinstance(line, str) for line in (*head, *cycle)):
        raise ConfigError(f"the lines of pattern {name!r} are strings", 'lines = ["7，", "7。 A"]')
    if bool(cycle) != bool(table.get("counts")):
        raise ConfigError(f"pattern {name!r} needs cycle and counts together", "counts: how many lines it may have")
    if not cycle:
        return [Pattern(name, read_lines(head, language))]
    found = []
    for count in table["counts"]:
        if not isinstance(count, int) or isinstance(count, bool) or not len(head) < count <= 200:
            raise ConfigError(f"pattern {name!r} cannot have {count!r} lines")
        rounds = -(-(count - len(head)) // len(cycle))
        found.append(Pattern(f"{name} ({count})".strip(), read_lines([*head, *cycle * rounds][:count], language)))
    return found


def typed(said: Mapping[str, Any], keys: Mapping[str, type | tuple[type, ...]], what: str) -> None:
    for key, value in said.items():
        if key not in keys:
            raise ConfigError(f"a {what} has no {key!r}", f"It may have: {', '.join(keys)}")
        if not isinstance(value, keys[key]) or (isinstance(value, bool) and keys[key] is not bool):
            raise ConfigError(f"{key} of a {what} cannot be {value!r}", "docs/forms.md has an example.")


def strings_of(said: Mapping[str, Any]) -> dict[str, str]:
    if not all(isinstance(value, str) for value in said.values()):
        raise ConfigError(f"a title is text in each language, not {dict(said)!r}")
    return dict(said)


def twos(said: Any, kind: type, what: str) -> tuple[tuple[Any, Any], ...]:
    if not all(isinstance(two, list) and len(two) == 2 and all(type(one) is kind for one in two) for two in said):
        raise ConfigError(f"{what} is a list of twos, not {said!r}", "pairs = [[3, 4], [5, 6]]")
    return tuple((first, second) for first, second in said)


def check(form: Form) -> None:
    """Refuse a form that contradicts itself.

    Raises:
        ConfigError: which says where.
    """
    if any(not isinstance(gap, int) or isinstance(gap, bool) or gap < 1 for gap in form.gaps):
        raise ConfigError(f"gaps is a list of counts of lines, not {list(form.gaps)!r}", "gaps = [4, 8, 12]")
    named = [pattern.name for pattern in form.patterns]
    if strange := [name for name in form.preferred if name not in named]:
        raise ConfigError(f"{form.name} prefers {strange[0]!r}, which none of its patterns is called")
    for pattern in form.patterns:
        where = f"pattern {pattern.name!r} of {form.name}"
        if not pattern.lines:
            raise ConfigError(f"{where} has no lines")
        for number, line in enumerate(pattern.lines, start=1):
            check_line(line, f"line {number} in {where}")
        tones: dict[str, str | None] = {}
        for line in pattern.lines:
            if line.rhyme and tones.setdefault(line.rhyme, line.rhyme_tone) != line.rhyme_tone:
                raise ConfigError(f"the rhyme {line.rhyme} has two tones in {where}")
        for upper, lower in form.pairs:
            if not 0 <= upper < lower < len(pattern.lines):
                raise ConfigError(f"{where} has no lines {upper + 1} and {lower + 1} to stand as a pair")
            if pattern.lines[upper].length != pattern.lines[lower].length:
                raise ConfigError(f"the pair {upper + 1}, {lower + 1} differs in length in {where}")


def check_line(line: Line, where: str) -> None:
    if line.rhyme and line.rhyme_tone:
        wrong = [tones for tones in line.tones if tones[-1] not in (line.rhyme_tone, EITHER)]
        if wrong:
            raise ConfigError(f"{where} rhymes in {line.rhyme_tone}, but its pattern is {wrong[0]}")


def form_text(form: Form) -> str:
    """The form as a TOML text, which ``parse_form`` reads back."""
    lines = [f"name = {quoted(form.name)}", f"language = {quoted(form.language)}"]
    if form.aliases:
        lines.append(f"aliases = [{', '.join(map(quoted, form.aliases))}]")
    if form.pairs:
        lines.append(f"pairs = {[[upper + 1, lower + 1] for upper, lower in form.pairs]}")
    if form.opposed:
        lines.append("opposed = true")
    if not form.distinct_rhymes:
        lines.append("distinct_rhymes = false")
    if form.kindred:
        lines.append(f"kindred = [{', '.join(f'[{quoted(one)}, {quoted(other)}]' for one, other in form.kindred)}]")
    if form.book is not None:
        lines.append(f"book = {quoted(form.book)}")
    if form.gaps:
        lines.append(f"gaps = {list(form.gaps)}")
    if form.preferred:
        lines.append(f"preferred = [{', '.join(map(quoted, form.preferred))}]")
    if form.coverage is not None:
        lines.append(f"coverage = {form.coverage}")
    if form.note:
        lines.append(f"note = {quoted(form.note)}")
    if form.title:
        lines += ["", "[title]", *(f"{key(language)} = {quoted(title)}" for language, title in form.title.items())]
    for pattern in form.patterns:
        lines += ["", "[[pattern]]", f"name = {quoted(pattern.name)}", "lines = ["]
        lines += [f"    {quoted(line)}," for line in write_lines(pattern.lines)]
        lines.append("]")
    return "\n".join(lines) + "\n"


def key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else quoted(name)


def quoted(text: str) -> str:
    # A string of JSON is one of TOML, but for DEL, which TOML wants escaped.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007F")
