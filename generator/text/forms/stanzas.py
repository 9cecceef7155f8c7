"""A poem as it is shown: an empty line between the parts that its form has.

The models write none of these lines: lyrics and sonnets stand without them in the texts that they learnt.
"""

from __future__ import annotations

import re

from .form import Form, Pattern

__all__ = ["with_stanzas"]

CHINESE = re.compile(r"([^，。！？；：、,.!?;:\s]+)[，。！？；：、,.!?;:]*")


def with_stanzas(text: str, form: Form) -> str:
    """The poem with an empty line after each part of it; what is written so far will do.

    Args:
        text: The poem, or its beginning, as the model writes it.
        form: Its form.
    """
    if form.language == "zh":
        return chinese(text, form)
    if not form.gaps:
        return text
    lines = text.split("\n")
    return "\n".join(("\n" + line) if number in form.gaps and line else line for number, line in enumerate(lines))


def chinese(text: str, form: Form) -> str:
    found = list(CHINESE.finditer(text))
    lengths = [len(line[1]) for line in found]
    pattern = next((pattern for pattern in form.patterns if begins(pattern, lengths)), None)
    if pattern is None:
        return text
    for line, verse in reversed(list(zip(pattern.lines, found, strict=False))):
        if line.stanza and text[verse.end() :].strip():
            text = text[: verse.end()] + "\n\n" + text[verse.end() :].lstrip("\n")
    return text


def begins(pattern: Pattern, lengths: list[int]) -> bool:
    """Whether lines of these lengths can begin the pattern; the last of them may be unfinished."""
    due = [line.length or 0 for line in pattern.lines]
    whole = lengths[:-1]
    return len(lengths) <= len(due) and whole == due[: len(whole)] and (not lengths or lengths[-1] <= due[len(whole)])
