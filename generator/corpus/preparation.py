"""From a source to a prepared corpus: read twice as a stream, written beside, renamed into place.

First every file is read, cut into pieces and spooled to a temporary file, with a digest of each
piece; then the tokenizer learns its vocabulary, and the spool is encoded into the token files.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import tokenizers
from ..config import PrepareConfig
from ..errors import ConfigError, CorpusError, TokenizerError
from ..files import atomic_folder, write_json
from ..tokenizers import Tokenizer
from ..wording import counted
from . import telling
from .charsets import text_of_head
from .cues import cues_of
from .ingest import Ingest
from .inputs import InputFile, Rejected
from .origin import Origin, find_origin
from .packing import Packed, pack
from .prepared import FORMAT_VERSION, PreparedCorpus, is_prepared, open_prepared
from .progress import Progress
from .report import FileReport
from .rules import Rules
from .scores import holds_music, read_music
from .shapes import Shape, guess_blank_lines, prevailing_shape
from .sources import walk
from .splits import LEAST_DEALT, LONG_FILE, SMALL, Deal, even_edges
from .spool import Spool
from .suiting import check_language, check_left
from .workplace import claim, clear_stale

__all__ = ["prepare"]

PLAIN = PrepareConfig()
# what is read off every poem of a language, tag to the function of ``forms.DERIVED``
TOLD = {"zh": {"form": "chinese_form", "rhyme": "rhyme_group"}, "en": {"theme": "theme_word"}}
HEADS = 64  # text files looked at for the guess
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
        ConfigError: if an option has nothing to do with such a source.
    """
    out = Path(out)
    origin = find_origin(source, progress=progress)
    check_place(origin, out)
    rules = origin.rules.said(config)
    silent = {key: value for key, value in origin.settings.items() if getattr(config, key) == getattr(PLAIN, key)}
    config = replace(config, **silent)
    music = holds_music(origin, rules, config)
    if config.voices is not None and not music:
        raise ConfigError("--voices is about music, and this is text.", "Leave it out.")
    if config.tokenizer == "auto" and not music:
        config = replace(config, tokenizer="char")
    if config.verse == "zh" and config.tokenizer == "char":
        config = replace(config, cues="verse")
    if config.verse is not None and not rules.derive and not music:
        rules = replace(rules, derive=TOLD[config.verse])
    clear_stale(out)
    atomic_folder(out, lambda folder: Preparation(folder, out, origin, rules, config, name, say, progress, music).run())
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
    music: bool = False

    def run(self) -> None:
        """Read, split, tokenize, write."""
        begun = time.perf_counter()
        with claim(self.folder), ExitStack() as stack:
            self.say(f"source      {self.origin.described}")
            if self.music:
                spool, files = self.read_scores(stack)
            else:
                spool = stack.enter_context(Spool(self.folder, self.rules.tag_names))
                files = self.read_texts(spool)
            if not spool.pieces:
                raise telling.nothing_read(self.origin, self.rules, files)
            split = self.origin.split if self.config.split == "auto" else self.config.split
            whole = all(file.shape == "file" for file in files if file.kept)
            long = whole and spool.pieces == 1
            duplicates = spool.count_duplicates()
            deal, parts = self.deal(spool, split, whole, duplicates)
            if not self.music:
                check_language(self.config.verse, next(spool.blocks(deal)).text)
            tokenizer = self.train_tokenizer(spool, deal)
            dropped: Counter[str] | None = Counter() if self.config.min_count > 1 else None
            with Progress("writing", spool.characters, self.progress) as advance:
                packed = pack(self.folder, spool, deal, tokenizer, parts, dropped, advance, self.config)
            self.check_packed(packed)
            if not packed.left_out:  # else it is not known of which files those are
                count_learnt(files, spool.learnt(deal))
        tokenizer.save(self.folder / "tokenizer")
        details = self.details(packed, tokenizer, split, long)
        if self.config.cues is not None:
            self.write_cues(PreparedCorpus(self.folder, {**details, "cues": None}))
        write_json(self.folder / "report.json", self.report(files, duplicates, dropped, packed.left_out))
        write_json(self.folder / "corpus.json", details)
        seconds = time.perf_counter() - begun
        telling.tell_totals(self.say, self.out, details, files, duplicates, dropped, seconds)
        if packed.left_out:
            held = counted(packed.left_out, "piece that holds", "pieces that hold")
            self.say(f"left out    {held} such characters, by --rare piece")

    def check_packed(self, packed: Packed) -> None:
        """Refuse what holds too little after rare characters were left out, and forget an empty test part."""
        check_left(packed.counts, packed.left_out, self.config.min_count)
        for name in [name for name, part in packed.counts.items() if not part["pieces"]]:
            del packed.counts[name]
            for file in self.folder.glob(f"{name}.*.bin"):
                file.unlink()

    def read_texts(self, spool: Spool) -> list[FileReport]:
        """Read every file of text into the spool, and tell what became of it."""
        shape, guess = self.find_shape()
        ingest = Ingest(spool, self.rules, shape, guess)
        files = self.read_all(ingest)
        telling.tell_files(self.say, files, self.rules, guess, ingest.others)
        return files

    def read_scores(self, stack: ExitStack) -> tuple[Spool, list[FileReport]]:
        """Read every file of music, settle the alphabet, and put the pieces into a spool."""
        pieces = read_music(self.origin, self.rules, self.config, self.folder, self.say, progress=self.progress)
        self.config = replace(self.config, tokenizer=pieces.kind, cues=pieces.kind)
        spool = stack.enter_context(Spool(self.folder, pieces.tag_names, cuts=False))  # a piece is transposed whole
        if pieces.texts:
            spool.add(pieces.texts, pieces.rows())
        telling.tell_files(self.say, pieces.files, self.rules, False, {})
        return spool, pieces.files

    def write_cues(self, packed: PreparedCorpus) -> None:
        """Work the cues out from the token files, part after part."""
        splits = packed.details["splits"]
        tokens = sum(counts["tokens"] for counts in splits.values())
        with Progress("working out cues", tokens, self.progress) as advance:
            for name in splits:
                part = packed.split(name)
                cues = cues_of(str(self.config.cues), part.ids, part.starts, packed.tokenizer)
                (self.folder / f"{name}.cues.bin").write_bytes(cues.astype("<u2").tobytes())
                advance(len(part.ids))

    def find_shape(self) -> tuple[Shape, bool]:
        """How text files are cut, and whether that is a guess which each file can change."""
        pieces, blank_lines = self.rules.pieces, self.rules.blank_lines
        if pieces == "auto":
            return prevailing_shape(list(islice(self.heads(), HEADS))), True
        if pieces == "blank":
            return Shape("blank", blank_lines or guess_blank_lines(list(islice(self.heads(), HEADS))), ""), False
        return Shape("line" if pieces == "line" else "file", 0, ""), False

    def heads(self) -> Iterator[str]:
        """The beginnings of the text files."""
        for file in walk(self.origin.paths, self.rules):
            if isinstance(file, InputFile) and (
                file.kind == "text" or (self.rules.pieces == "blank" and file.kind != "music")
            ):
                try:
                    with file.open() as stream:
                        yield text_of_head(stream, self.rules.encoding)
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

    def deal(self, spool: Spool, split: str, whole: bool, duplicates: int) -> tuple[Deal, list[bool]]:
        """Decide how pieces fall to the parts, and which parts get any.

        Args:
            spool: The pieces.
            split: "90/5/5" or "90/10".
            whole: Whether each piece is a whole file.
            duplicates: Pieces that repeat another.
        Raises:
            CorpusError: if there is too little for a validation part.
        """
        long = whole and spool.pieces == 1
        deal = Deal(split, 0 if long else LONG_FILE)
        counts = spool.count_parts(deal)
        own = not self.origin.licence  # parts of a corpus known by name stay as they are
        if own and not long and spool.pieces >= LEAST_DEALT and spool.characters < SMALL:
            edges = even_edges(split, *spool.lengths_and_digests())
            if edges is not None:
                self.say("split       a small corpus: pieces are dealt such that there is enough to validate on")
                deal = replace(deal, edges=edges)
                counts = spool.count_parts(deal)
        if whole and not long and not (counts[0] and counts[1]):
            self.say(f"split       {spool.pieces} files are too few to keep whole ones back: each is cut by position")
            deal = Deal(split, 0)
            counts = spool.count_parts(deal)
        if not (counts[0] and counts[1]):
            raise telling.too_small(spool.pieces, duplicates, spool.characters, long, self.music)
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

    def details(self, packed: Packed, tokenizer: Tokenizer, split: str, long: bool) -> dict[str, Any]:
        """What ``corpus.json`` holds."""
        largest = max((len(values) for values in packed.tag_values.values()), default=0)
        return {
            "format_version": FORMAT_VERSION,
            "name": self.name or self.origin.name,
            "source": self.origin.described,
            "licence": self.origin.licence,
            "address": self.origin.address,
            "shape": "long" if long else "pieces",
            "digest": packed.digest,
            "tokenizer": {"kind": tokenizer.kind, "vocab_size": tokenizer.vocab_size, "digest": tokenizer.digest},
            "dtype": tokenizer.dtype.newbyteorder("<").str,
            "tag_dtype": "<u2" if largest < 1 << 16 else "<u4",
            "tag_fields": packed.tag_values,
            "tag_counts": packed.tag_counts,
            "splits": packed.counts,
            "split": split,
            "settings": self.config.to_dict(),
            "cues": self.config.cues,
            "verse": self.config.verse,
            "backward": self.config.backward,
            "start_text": "\n" if long and knows_newline(tokenizer) else "",
        }

    def report(
        self, files: list[FileReport], duplicates: int, dropped: Counter[str] | None, left_out: int
    ) -> dict[str, Any]:
        """What ``report.json`` holds."""
        kept = [file for file in files if file.kept]
        return {
            "format_version": FORMAT_VERSION,
            "source": self.origin.described,
            "totals": {
                "files": len(files),
                "files_kept": len(kept),
                "pieces": sum(file.pieces for file in kept),
                "characters": sum(file.characters for file in kept),
                "duplicate_pieces": duplicates,
                "newlines_changed": sum(file.newlines_changed for file in kept),
                "characters_left_out": dict(dropped or {}),
                "pieces_left_out": left_out,
            },
            "files": [file.to_dict() for file in files],
        }


def count_learnt(files: list[FileReport], learnt: NDArray[np.bool_]) -> None:
    """Write down of every file how many of its pieces are learnt from; so the file of each of them can be told."""
    at = 0
    for file in files:
        if file.kept:
            file.learnt = int(learnt[at : at + file.pieces].sum())
            at += file.pieces


def knows_newline(tokenizer: Tokenizer) -> bool:
    """Whether a text can begin after a newline."""
    try:
        return len(tokenizer.encode("\n")) > 0
    except TokenizerError:
        return False
