"""From a source to a prepared corpus: read twice as a stream, written beside, renamed into place.

First every file is read, cut into pieces and spooled to a temporary file, with a digest of each
piece; then the tokenizer learns its vocabulary, and the spool is encoded into the token files.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from .. import tokenizers
from ..config import PrepareConfig
from ..errors import CorpusError, TokenizerError, UnsupportedFormat
from ..files import atomic_folder, write_json
from ..tokenizers import Tokenizer
from .charsets import text_of_head
from .ingest import Ingest
from .inputs import InputFile, Rejected, kind_of
from .origin import Origin, find_origin
from .packing import pack
from .prepared import FORMAT_VERSION, PreparedCorpus, is_prepared, open_prepared
from .progress import Progress
from .report import FileReport, shown, table
from .rules import Rules
from .shapes import Shape, blanks, guess_blank_lines, guess_shape
from .sources import walk
from .splits import LONG_FILE, SPLITS, Deal
from .spool import Spool
from .workplace import claim, clear_stale

__all__ = ["prepare"]

HEADS = 64  # text files looked at for the guess
HEAD_BYTES = 1 << 18
Say = Callable[[str], object]


def prepare(
    source: str | Path,
    out: Path,
    config: PrepareConfig,
    *,
    name: str | None = None,
    say: Say = print,
    progress: bool = True,
) -> PreparedCorpus:
    """Read a source, split it and write it as token files.

    Args:
        source: A corpus name, a file, a folder or an archive.
        out: The folder to write; a prepared corpus that stands there is replaced, at the end.
        config: How to read, tokenize and split.
        name: What to call the corpus; by default after its source.
        say: Gets the guesses, the table of files and the totals, line by line.
        progress: Whether to draw progress bars.
    Raises:
        CorpusError: if the source is missing, nothing of it can be read, it is too small to be
            split, a download fails, or something else stands at ``out``.
    """
    out = Path(out)
    origin = find_origin(source, progress=progress)
    check_place(origin, out)
    rules = origin.rules.said(config)
    clear_stale(out)
    atomic_folder(out, lambda folder: Preparation(folder, out, origin, rules, config, name, say, progress).run())
    return open_prepared(out)


def check_place(origin: Origin, out: Path) -> None:
    """Refuse to write where something else stands, or into what is read."""
    if out.exists() and not is_prepared(out) and not (out.is_dir() and not any(out.iterdir())):
        raise CorpusError(f"{out} is there already and is not a prepared corpus.", "Give another place with --out.")
    for _, path in origin.paths:
        if out.resolve() == path.resolve() or out.resolve() in path.resolve().parents:
            raise CorpusError(
                f"{out} holds the source {path}, and would be replaced.", "Give another place with --out."
            )


@dataclass
class Preparation:
    """One run of ``prepare``: what it was asked, step by step in ``run``."""

    folder: Path
    out: Path
    origin: Origin
    rules: Rules
    config: PrepareConfig
    name: str | None
    say: Say
    progress: bool

    def run(self) -> None:
        """Read, split, tokenize, write."""
        begun = time.perf_counter()
        with claim(self.folder), Spool(self.folder, self.rules.tag_names) as spool:
            self.say(f"source      {self.origin.described}")
            shape, guessed = self.find_shape()
            ingest = Ingest(spool, self.rules, shape)
            files = self.read_all(ingest)
            self.tell_shape(shape, guessed, files, ingest)
            for line in table(files):
                self.say(line)
            if not spool.pieces:
                raise self.nothing_read(files)
            split = self.origin.split if self.config.split == "auto" else self.config.split
            long = shape.pieces == "file" and spool.pieces == 1 and all(f.kind == "text" for f in files if f.kept)
            deal, parts = self.deal(spool, split, shape, long)
            tokenizer = self.train_tokenizer(spool, deal)
            dropped: Counter[str] | None = Counter() if self.config.min_count > 1 else None
            with Progress("writing", spool.characters, self.progress) as advance:
                counts, tags, digest = pack(self.folder, spool, deal, tokenizer, parts, dropped, advance)
            duplicates = spool.count_duplicates()
        tokenizer.save(self.folder / "tokenizer")
        seconds = time.perf_counter() - begun
        details = self.details(counts, tags, digest, tokenizer, split, long)
        write_json(self.folder / "report.json", self.report(files, shape, guessed, duplicates, dropped))
        write_json(self.folder / "corpus.json", details)
        self.tell_totals(details, files, duplicates, dropped, seconds)

    def find_shape(self) -> tuple[Shape, bool]:
        """How text files are cut, and whether that is a guess."""
        pieces, blank_lines = self.rules.pieces, self.rules.blank_lines
        if pieces == "record" or pieces in ("file", "line"):
            return Shape(pieces if pieces != "record" else "file", 0, ""), False
        if pieces == "blank" and blank_lines:
            return Shape("blank", blank_lines, ""), False
        heads = list(islice(self.heads(), HEADS))
        if pieces == "blank":
            return Shape("blank", guess_blank_lines(heads), "the widest that stands there regularly"), True
        return guess_shape(heads), True

    def heads(self) -> Iterator[str]:
        """The beginnings of the text files."""
        for file in walk(self.origin.paths, self.rules):
            if isinstance(file, InputFile) and file.kind == "text":
                try:
                    with file.open() as stream:
                        yield text_of_head(stream, self.rules.encoding, HEAD_BYTES)
                except OSError:
                    continue  # read_all meets the same error, and reports it

    def read_all(self, ingest: Ingest) -> list[FileReport]:
        """Read every file into the spool."""
        files = []
        with Progress("reading", self.origin.size, self.progress) as advance:
            for file in walk(self.origin.paths, self.rules):
                if isinstance(file, Rejected):
                    files.append(FileReport(file.name, file.size, reason=file.reason))
                else:
                    files.append(ingest.read(file))
                advance(file.size)
        return files

    def tell_shape(self, shape: Shape, guessed: bool, files: list[FileReport], ingest: Ingest) -> None:
        """Say what a piece was taken to be, and how to overrule it."""
        kept = [file for file in files if file.kept]
        texts = [file for file in kept if not file.text_field and file.kind == "text"]
        if texts:
            what = {
                "file": "one long text" if len(kept) == 1 else "each file is a piece",
                "line": "each line is a piece",
                "blank": f"each block is a piece, with {blanks(shape.blank_lines)} or more between blocks",
            }[shape.pieces]
            self.say(f"pieces      {what}" + (f": a guess, {shape.why} (--pieces to overrule)" if guessed else ""))
        fields = Counter(file.text_field for file in kept if file.kind != "text" and file.text_field)
        if fields:
            names = ", ".join(repr(field) for field in fields)
            note = " (--text-field to overrule)" if self.rules.text_field is None else ""
            self.say(f"records     the text is in {names}{': a guess' if note else ''}{note}")
        others = {field: count for field, count in ingest.others.items() if field not in self.rules.tags.values()}
        if others and not self.rules.tags:
            listed = ", ".join(f"{field} ({count} values seen)" for field, count in others.items())
            self.say(f"tags        none; fields that could be: {listed} (--tag-fields to keep one)")

    def nothing_read(self, files: list[FileReport]) -> CorpusError:
        """The error for a source without any text."""
        paths = [path for _, path in self.origin.paths]
        if not files:
            return CorpusError(f"{self.origin.described} holds no file.", "Give a file of text, or a folder of them.")
        if len(files) == 1 and paths[0].is_file() and kind_of(files[0].name, self.rules) is None:
            return UnsupportedFormat(
                f"{files[0].name} cannot be read: {files[0].reason}.",
                "Text is read from .txt, .md, .json, .jsonl and .csv files, and from .zip and .gz of them.",
            )
        reasons = Counter(file.reason for file in files).most_common(3)
        return CorpusError(
            f"Nothing could be read from {self.origin.described}: "
            + "; ".join(f"{reason} ({count:,} file{'s' if count > 1 else ''})" for reason, count in reasons)
            + ".",
            "Text is read from .txt, .md, .json, .jsonl and .csv files, and from .zip and .gz of them.",
        )

    def deal(self, spool: Spool, split: str, shape: Shape, long: bool) -> tuple[Deal, list[bool]]:
        """Decide how pieces fall to the parts, and which parts get any.

        Raises:
            CorpusError: if there is too little for a validation part.
        """
        whole = shape.pieces == "file"
        deal = Deal(split, 0 if long else LONG_FILE if whole else None)
        counts = spool.count_parts(deal)
        if whole and not long and not (counts[0] and counts[1]):
            self.say(f"split       {spool.pieces} files are too few to keep whole ones back: each is cut by position")
            deal = Deal(split, 0)
            counts = spool.count_parts(deal)
        if not (counts[0] and counts[1]):
            raise too_small(spool, long)
        return deal, [bool(count) for count in counts]

    def train_tokenizer(self, spool: Spool, deal: Deal) -> Tokenizer:
        """Learn the vocabulary: characters from all of the text, subwords from what is trained on."""
        options: dict[str, Any] = {"min_count": self.config.min_count} if self.config.tokenizer == "char" else {}
        if self.config.tokenizer in ("bpe", "unigram"):
            options["vocab_size"] = self.config.vocab_size
        with Progress("learning tokens", spool.characters, self.progress) as advance:
            return tokenizers.train(self.config.tokenizer, self.training_texts(spool, deal, advance), **options)

    def training_texts(self, spool: Spool, deal: Deal, advance: Callable[[int], object]) -> Iterator[str]:
        """What the tokenizer learns from, as a stream."""
        for block in spool.blocks(deal):
            if self.config.tokenizer in ("bpe", "unigram"):
                yield from (text for text, part in zip(block.segments, block.parts, strict=True) if part == 0)
            else:
                yield block.text
            advance(len(block.text))

    def details(
        self,
        counts: dict[str, Any],
        tags: dict[str, list[str]],
        digest: str,
        tokenizer: Tokenizer,
        split: str,
        long: bool,
    ) -> dict[str, Any]:
        """What ``corpus.json`` holds."""
        largest = max((len(values) for values in tags.values()), default=0)
        return {
            "format_version": FORMAT_VERSION,
            "name": self.name or self.origin.name,
            "source": self.origin.described,
            "licence": self.origin.licence,
            "address": self.origin.address,
            "shape": "long" if long else "pieces",
            "digest": digest,
            "tokenizer": {"kind": tokenizer.kind, "vocab_size": tokenizer.vocab_size, "digest": tokenizer.digest},
            "dtype": tokenizer.dtype.newbyteorder("<").str,
            "tag_dtype": "<u2" if largest < 1 << 16 else "<u4",
            "tag_fields": tags,
            "splits": counts,
            "split": split,
            "settings": self.config.to_dict(),
            "start_text": "\n" if long and knows_newline(tokenizer) else "",
        }

    def report(
        self, files: list[FileReport], shape: Shape, guessed: bool, duplicates: int, dropped: Counter[str] | None
    ) -> dict[str, Any]:
        """What ``report.json`` holds."""
        kept = [file for file in files if file.kept]
        return {
            "format_version": FORMAT_VERSION,
            "source": self.origin.described,
            "shape": {**asdict(shape), "guessed": guessed},
            "totals": {
                "files": len(files),
                "files_kept": len(kept),
                "pieces": sum(file.pieces for file in kept),
                "characters": sum(file.characters for file in kept),
                "duplicate_pieces": duplicates,
                "newlines_changed": sum(file.newlines_changed for file in kept),
                "characters_left_out": dict(dropped or {}),
            },
            "files": [file.to_dict() for file in files],
        }

    def tell_totals(
        self,
        details: dict[str, Any],
        files: list[FileReport],
        duplicates: int,
        dropped: Counter[str] | None,
        seconds: float,
    ) -> None:
        """The last lines: parts, tokens, time, and what to type next."""
        counts = details["splits"]
        parts = [
            f"{name} {part['characters']:,} characters"
            + (f" in {part['pieces']:,} pieces" if details["shape"] == "pieces" else "")
            for name, part in counts.items()
        ]
        self.say(f"split       {', '.join(parts)}")
        if duplicates:
            self.say(f"duplicates  {duplicates:,} pieces repeat an earlier one; equal pieces stand in the same part")
        tokens = sum(part["tokens"] for part in counts.values())
        facts = details["tokenizer"]
        self.say(
            f"tokens      {tokens:,} of {facts['vocab_size']:,} kinds ({facts['kind']}), {details['dtype'][1:]} each"
        )
        if dropped:
            listed = "".join(character for character, _ in dropped.most_common(20))
            self.say(f"left out    {dropped.total():,} rare characters ({shown(listed)}), by --min-count")
        size = sum(file.bytes for file in files if file.kept)
        self.say(f"done        {size / 1e6:,.1f} MB in {seconds:.1f} s ({size / 1e6 / seconds:,.1f} MB/s)")
        self.say(f"wrote       {self.out}; next: python -m generator.train {self.out}")


def knows_newline(tokenizer: Tokenizer) -> bool:
    """Whether a text can begin after a newline."""
    try:
        return len(tokenizer.encode("\n")) > 0
    except TokenizerError:
        return False


def too_small(spool: Spool, long: bool) -> CorpusError:
    """The error for a corpus that gives no validation part."""
    if long:
        return CorpusError(
            f"A text of {spool.characters:,} characters is too short to keep a part of it back for validation.",
            "Give at least 20 characters; some 20,000 before training makes sense.",
        )
    return CorpusError(
        f"Of {spool.pieces:,} pieces none fell to {SPLITS[1]} or none to {SPLITS[0]}: they are too few.",
        "Give more pieces (about 100), or take the text as one long one with --pieces file.",
    )
