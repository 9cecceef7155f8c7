"""Which files a source holds: one file, a folder and all below it, or an archive of either.

Every file is either handed on to be read or handed on with the reason why not; none is skipped in
silence.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

from .archives import members
from .inputs import InputFile, Rejected, archive_kind, kind_of, refusal
from .rules import Rules

__all__ = ["walk"]


def walk(sources: Sequence[tuple[str, Path]], rules: Rules) -> Iterator[InputFile | Rejected]:
    """Every file of the sources, in the order of their names.

    Args:
        sources: Names to show and the files or folders themselves. Files are named by their path below the folder;
            where there are several folders, the folder's name stands before it.
        rules: What counts as text, what is left out.
    """
    for name, path in sources:
        if path.is_dir():
            yield from walk_folder(path, rules, f"{name}/" if len(sources) > 1 else "")
        else:
            yield from one_file(name, path, rules, asked_for=True)


def walk_folder(top: Path, rules: Rules, before: str = "") -> Iterator[InputFile | Rejected]:
    """All files below a folder; links to folders are not followed, so there are no circles.

    Args:
        top: The folder.
        rules: What counts as text, what is left out.
        before: What stands before the path of each file in its name.
    """
    failed: list[OSError] = []
    for folder, below, files in os.walk(top, onerror=failed.append):
        here = Path(folder)
        below.sort()
        for name in list(below):
            path, shown = here / name, before + (here / name).relative_to(top).as_posix() + "/"
            if reason := folder_refusal(path, rules):
                below.remove(name)
                yield Rejected(shown, 0, reason)
        for name in sorted(files):
            path = here / name
            yield from one_file(before + path.relative_to(top).as_posix(), path, rules)
    for error in failed:
        yield Rejected(str(error.filename), 0, f"cannot be opened: {error.strerror}")


def folder_refusal(path: Path, rules: Rules) -> str | None:
    """Why nothing below a folder is read; None if it is."""
    if any(fnmatch(path.name, pattern) for pattern in rules.leave_out):
        return "left out by the corpus's description"
    if path.name.startswith(".") or path.name == "__MACOSX":
        return "a hidden folder"
    if path.is_symlink():
        return "a link to a folder, not followed"
    if (path / "corpus.json").is_file() and (path / "tokenizer").is_dir():
        return "a prepared corpus, not text"
    return None


def one_file(name: str, path: Path, rules: Rules, *, asked_for: bool = False) -> Iterator[InputFile | Rejected]:
    """A file of the disk, or what is in it where it is an archive."""
    try:
        facts = path.stat()
    except OSError as error:
        yield Rejected(name, 0, "a link to nothing" if path.is_symlink() else f"cannot be opened: {error.strerror}")
        return
    if not stat.S_ISREG(facts.st_mode):
        yield Rejected(name, 0, "not a regular file")
        return
    size = facts.st_size
    hidden = not asked_for and path.name.startswith(".")
    if (archive := archive_kind(path.name)) and not hidden:
        yield from members(archive, name, path, rules)
        return
    reason = refusal(path.name, rules)
    if asked_for and reason and kind_of(path.name, rules) is None:
        # a person who names one file means it: it is tried as text, and a NUL in it will tell
        reason = None
    if reason:
        yield Rejected(name, size, reason)
    elif size == 0:
        yield Rejected(name, 0, "empty")
    else:
        yield InputFile(name, kind_of(path.name, rules) or "text", size, path=path)
