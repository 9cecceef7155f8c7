"""How the files of one source are to be read: what the person said, over what a manifest says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..config import PrepareConfig
from ..errors import ConfigError

__all__ = ["Rules", "check_encoding"]


@dataclass(frozen=True)
class Rules:
    """What the readers need to know of one source.

    Attributes:
        pieces: "auto", "file", "line", "blank" or "record", as in ``PrepareConfig``.
        blank_lines: Blank lines that part two pieces, where pieces are blocks; None to look.
        encoding: A codec's name where the person gave one.
        text_field: The field of a record that holds the text; None to look.
        tags: Tag to the field of a record that holds its value.
        derive: Tag to the function of ``forms.DERIVED`` that reads it off the text.
        after, before: A text file counts only after, and only before, the line that starts so.
        strip: What is taken out of each record, in words, to the regular expression that finds it.
        replace: Pairs of strings, the second put for the first in each piece.
        refuse: Why a record is left out, in words, to the regular expression that finds it, after all this.
        suffixes: Endings of file names that are plain text besides the usual ones.
        leave_out: Names of files and folders, with wild cards, that are not read.
    """

    pieces: str = "auto"
    blank_lines: int | None = None
    encoding: str | None = None
    text_field: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    derive: Mapping[str, str] = field(default_factory=dict)
    after: str | None = None
    before: str | None = None
    strip: Mapping[str, str] = field(default_factory=dict)
    replace: tuple[tuple[str, str], ...] = ()
    refuse: Mapping[str, str] = field(default_factory=dict)
    suffixes: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()

    @property
    def tag_names(self) -> tuple[str, ...]:
        """Every tag, those of fields first."""
        return (*self.tags, *(name for name in self.derive if name not in self.tags))

    def said(self, config: PrepareConfig) -> Rules:
        """These rules with what a person said put over them.

        Raises:
            ConfigError: if the encoding has no codec.
        """
        if config.encoding is not None:
            check_encoding(config.encoding)
        tags = {name: self.tags.get(name, name) for name in config.tag_fields if name not in self.derive}
        derive = {name: self.derive[name] for name in config.tag_fields if name in self.derive}
        return Rules(
            pieces=self.pieces if config.pieces == "auto" else config.pieces,
            blank_lines=config.blank_lines or self.blank_lines,
            encoding=config.encoding or self.encoding,
            text_field=config.text_field or self.text_field,
            tags=tags if config.tag_fields else self.tags,
            derive=derive if config.tag_fields else self.derive,
            after=self.after,
            before=self.before,
            strip=self.strip,
            replace=self.replace,
            refuse=self.refuse,
            suffixes=self.suffixes,
            leave_out=self.leave_out,
        )


def check_encoding(name: str) -> None:
    """Raise ``ConfigError`` unless ``name`` is a codec of text."""
    try:
        "a".encode(name).decode(name)
    except (LookupError, ValueError) as error:
        raise ConfigError(
            f"--encoding {name} is not an encoding that Python knows.",
            "Some that it knows: utf-8, utf-16, gb18030, big5, cp1252, latin-1, shift_jis.",
        ) from error
