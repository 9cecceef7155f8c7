"""What ``generator.sample`` does with a model of music: wishes from the options, files of the pieces."""

from __future__ import annotations

import argparse
import json
import os
import re
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .config import MusicConfig, SamplingConfig, VerseConfig, from_options
from .copying import Copies
from .errors import ConfigError, GeneratorError, MissingPackage, RenderingError, TokenizerError
from .showing import Live, put_out, tell, watch

if TYPE_CHECKING:
    from .checkpoint import Checkpoint
    from .decoding import Composer, Composing, Sample
    from .music import Score

__all__ = ["perform", "refuse_music"]

OF_TEXT = (
    *(field.name for field in fields(VerseConfig)),
    *("forms", "until", "only", "prompt_file", "drop_unknown", "beam_size"),
)
OFFER = "--out FOLDER writes MIDI, MusicXML, sound, an engraved score and a picture of it"
OFFER_WITHOUT = (  # where the packages for the rest are not installed
    "--format musicxml,abc --out FOLDER writes files of it; MIDI, sound, an engraved score and a picture of it need "
    "the extra music: pip install -e '.[music]'"
)
OF_MUSIC = ("key", "tempo", "bars", "voices", "harmonise", "infill", "format", "tokens")


def refuse_music(options: argparse.Namespace) -> None:
    """Refuse options of music where the model writes text.

    Raises:
        ConfigError: naming the first of them.
    """
    for name in OF_MUSIC:
        if getattr(options, name, None):
            raise ConfigError(
                f"--{name} is about music, and {options.model} writes text.", "Leave it out, or ask chorales or fiddle."
            )


def perform(options: argparse.Namespace, loaded: Checkpoint, config: SamplingConfig, tags: dict[str, str]) -> int:
    """Write pieces of music and put them out.

    Args:
        options: Of the command.
        loaded: A model of music.
        config: How to draw.
        tags: What the pieces are to be like.
    Returns:
        The exit status.
    """
    from .decoding import Collector, Composer, Writer, write_music

    for name in OF_TEXT:
        if getattr(options, name, None):
            raise ConfigError(
                f"--{name.replace('_', '-')} is about text, and {options.model} writes music.", "Drop it."
            )
    formats = check_formats(options)
    writer = Writer.of(loaded, config.precision)
    for note in writer.choice.notes:
        tell(note)
    composer = Composer.of(loaded, writer)
    music = from_options(MusicConfig, options)
    made = write_music(
        composer,
        music,
        config,
        count=options.count,
        tags=tags,
        opening=None if options.prompt is None else opening(options, composer, music, tags),
        harmonise=None if options.harmonise is None else score_in(options.harmonise, "--harmonise"),
        infill=None if options.infill is None else score_in(options.infill, "--infill"),
    )
    for note in made.brief.notes:
        tell(note)
    generation = made.generation
    check_lines(made, formats)
    check_places(options, made, formats)
    copies = Copies(loaded, tell) if options.originality else None
    seeds = generation.seeds  # that were asked for, and so name the files; the best of several may have another
    hidden = options.json or options.out or formats or generation.config.particles
    live = Live(generation) if options.tokens and not hidden else None
    collector = Collector(generation.count)
    seconds, stopped = watch(generation, collector, live)
    for number, (seed, sample) in enumerate(zip(seeds, generation.collected(collector), strict=True), 1):
        copy = None if copies is None else copies.of(sample.written)
        try:
            put_piece(options, made, sample, seed, tags, formats, copy, number, shown=live is not None)
        except TokenizerError:
            if not stopped:
                raise  # else no note was written yet
        if copies is not None and copy is not None and not options.json:
            tell(copies.line(number, copy))
        if not sample.ended and not stopped:
            tell(f"The piece of seed {seed} was broken off after {len(sample.text):,} characters (--length).")
    if config.seed is None:
        tell(f"seed {generation.config.seed} (--seed {generation.config.seed} writes the same again)")
    tell(f"written in {seconds:.1f} s ({writer.choice.precision})")
    if stopped:
        tell("stopped")
    return 130 if stopped else 0


def check_formats(options: argparse.Namespace) -> list[str] | None:
    """The formats that files are wanted in: empty for no file, None for all that can hold the piece.

    Raises:
        ConfigError: if one is unknown, or is not that of the file that is to be written.
        MissingPackage: if one cannot be written here.
    """
    from .rendering import FORMATS, check_packages

    known, out = ", ".join(FORMATS), options.out
    suffix = "" if out is None or out.is_dir() else out.suffix.lower().lstrip(".")
    if suffix == "zip":  # which holds any
        suffix = ""
    if options.format is None:
        formats = [suffix] if suffix else []
    else:
        names = (each.strip().lower().removeprefix(".") for each in options.format.split(","))
        formats = list(dict.fromkeys(filter(None, names)))
        if not formats:
            raise ConfigError(f"--format {options.format!r} names no format.", f"Choose among: {known}.")
    for each in formats:
        if each not in FORMATS:
            raise ConfigError(f"{each} is no format of music that is written.", f"Choose among: {known}.")
    wanted = formats if formats or out is None else [each for each in FORMATS if each != "abc"]
    check_packages(wanted)
    if suffix and formats != [suffix]:
        raise ConfigError(
            f"{out} is to be a file of {suffix}, and --format asks for {', '.join(formats)}.",
            "Leave --format out, or give a folder or a .zip with --out.",
        )
    return formats if formats or out is None else None


def has_packages() -> bool:
    """Whether every format can be written here."""
    from .rendering import FORMATS, check_packages

    try:
        check_packages(FORMATS)
    except MissingPackage:
        return False
    return True


def check_lines(made: Composing, formats: Sequence[str] | None) -> None:
    """Refuse ABC where the piece may have what it has no signs for.

    Raises:
        ConfigError: then.
    """
    composer = made.composer
    if "abc" in (formats or ()) and made.voices is None:
        raise ConfigError(
            f"ABC has no signs for all that {composer.name} writes: drums, and chords whose notes end apart.",
            "Take another format: musicxml or svg to read it, mid or wav to hear it.",
        )


def name_of(options: argparse.Namespace, made: Composing, seed: int) -> str:
    """What the files of a piece are called before their endings."""
    return f"{made.composer.name}-{seed}"


def place_of(options: argparse.Namespace, made: Composing, seed: int) -> tuple[Path, str]:
    """The folder or the zip that a piece goes to, and the name of its files."""
    out = options.out
    if out is None:
        return Path(), name_of(options, made, seed)
    if out.suffix.lower() == ".zip":
        return out, name_of(options, made, seed)
    if out.suffix and not out.is_dir():
        return out.parent, out.stem
    return out, name_of(options, made, seed)


def check_places(options: argparse.Namespace, made: Composing, formats: Sequence[str] | None) -> None:
    """Refuse before the work what could not be put out after it.

    Raises:
        ConfigError: if a file is there already, or a file is to hold several pieces.
    """
    from .rendering import FORMATS

    if formats == []:
        return
    single = options.out is not None and options.out.suffix and not options.out.is_dir()
    if single and made.generation.count > 1:
        raise ConfigError(f"{options.out} cannot hold {made.generation.count} pieces.", "Give a folder with --out.")
    if options.out is not None:
        check_writable(options.out)
    for seed in made.generation.seeds:
        folder, name = place_of(options, made, seed)
        there = [folder] if folder.suffix.lower() == ".zip" and folder.is_file() else []
        if folder.is_dir():
            files = re.compile(rf"{re.escape(name)}(-\d+)?\.({'|'.join(FORMATS)})")  # pages of a score are numbered
            there = [path for path in sorted(folder.iterdir()) if files.fullmatch(path.name)]
        if there and not options.force:
            raise ConfigError(
                f"{there[0]} is there already.", "Give another --out or --seed, or --force to replace it."
            )


def check_writable(out: Path) -> None:
    """Refuse a place below what is no folder, or below a folder that nothing can be written to.

    Raises:
        ConfigError: naming what stands in the way.
    """
    there = next(path for path in (out, *out.absolute().parents) if path.exists())
    if there != out and not there.is_dir():
        raise ConfigError(f"{out} cannot be written: {there} is not a folder.", "Give another place with --out.")
    if not os.access(there, os.W_OK):
        raise ConfigError(f"{out} cannot be written: {there} may not be changed.", "Give another place with --out.")


def put_piece(
    options: argparse.Namespace,
    made: Composing,
    sample: Sample,
    seed: int,
    tags: dict[str, str],
    formats: Sequence[str] | None,
    copy: dict[str, Any] | None,
    number: int,
    *,
    shown: bool,
) -> None:
    """Put out one piece: its files, its JSON, or on the terminal as ABC.

    What ABC has no signs for is put out in the characters of the alphabet, and so is any piece with ``--tokens``,
    unless they were shown while it was written.
    """
    from .rendering import bundle

    score = made.score(sample)
    settings = settings_of(options, made, sample, tags)
    written: list[Path] = []
    if formats != []:
        folder, name = place_of(options, made, seed)
        written = bundle(
            score, folder, name=name, settings=settings, formats=formats, performance=made.performance(sample)
        )
        for path in written:
            tell(str(path))
    if options.json:
        known = facts_of(score) if copy is None else {**facts_of(score), "originality": copy}
        print(json.dumps({**settings, **known, "files": list(map(str, written))}, ensure_ascii=False))
    elif not written:
        text = readable(score, number)
        tokens = "" if shown else made.composer.tokenizer.musical.shown(sample.text) + "\n"
        texts = [tokens if options.tokens or text is None else "", text or ""]
        put_out(None, ("\n" if shown or number > 1 else "") + "\n".join(filter(None, texts)))
        tell(OFFER if has_packages() else OFFER_WITHOUT)


def settings_of(options: argparse.Namespace, made: Composing, sample: Sample, tags: dict[str, str]) -> dict[str, Any]:
    """What made a piece, as plain values: enough to make it again."""
    config = replace(
        made.generation.config, seed=sample.seed, best_of=1, precision=made.composer.writer.choice.precision
    )
    return {
        "model": options.model,
        "seed": sample.seed,
        "tags": tags,
        "music": made.music.to_dict(),
        "prompt": options.prompt,
        "harmonise": None if options.harmonise is None else str(options.harmonise),
        "infill": None if options.infill is None else str(options.infill),
        "settings": config.to_dict(),
        "characters": len(sample.text),
        "ended": sample.ended,
        "log_prob": sample.log_prob,
        "bits_per_char": sample.bits_per_char,
    }


def facts_of(score: Score) -> dict[str, Any]:
    """What there is to know about a score."""
    return {
        "title": score.title,
        "bars": len(score.bars) - (1 if score.pickup else 0),
        "quarters": float(score.length),
        "metre": score.metres[0].name if score.metres else None,
        "key": score.keys[0].key.name if score.keys else None,
        "voices": len(list(score.voices())),
        "abc": readable(score),
    }


def readable(score: Score, number: int = 1) -> str | None:
    """A score as ABC, which people read, the tune of a number; None for one that ABC has no signs for."""
    from .music.abc_writing import write_abc

    try:
        return write_abc(score, number)
    except RenderingError:
        return None


def score_in(path: Path, option: str) -> Score:
    """The score of a file that an option names.

    Raises:
        GeneratorError: if it cannot be read, naming the option.
    """
    from .music import read_score

    try:
        return read_score(path)
    except GeneratorError as error:
        raise type(error)(f"{option}: {error.message}", error.hint) from error


def opening(options: argparse.Namespace, composer: Composer, music: MusicConfig, tags: dict[str, str]) -> Score | str:
    """What is to be gone on from: a file of music, or a few notes of ABC as they are typed.

    Raises:
        ConfigError: if it is neither.
    """
    from .decoding.openings import abc_key, check_notes
    from .music.reading import read_bytes

    text = str(options.prompt)
    path, there = Path(text), False
    try:
        path = path.expanduser()
        there = path.is_file()
    except (OSError, RuntimeError):
        pass  # too long for a name of a file, or no home: these are notes
    if there and path.suffix.lower() in (".mid", ".midi") and composer.reads_midi:
        return composer.text_of_midi(path.read_bytes())
    if there or path.suffix.lower() in (".abc", ".mid", ".midi", ".musicxml", ".mxl", ".xml", ".krn"):
        return score_in(path, "--prompt")
    check_notes(text, f"--prompt {text}")
    metre = tags.get("metre", "4/4")
    key = abc_key(music.key or tags.get("key"), tags.get("mode"))
    found = read_bytes(f"X:1\nM:{metre}\nL:1/8\nK:{key}\n{text}\n".encode(), "abc", "--prompt")[0]
    if found.score is None:
        raise ConfigError(
            f"--prompt {text} is neither a file of music nor notes in ABC: {found.reason.rstrip('.')}.",
            'Give a file (opening.abc), or notes such as "D2 FA d2".',
        )
    return found.score
