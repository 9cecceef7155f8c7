"""Write text with a trained model.

python -m generator.sample shakespeare --prompt "ROMEO:" --temperature 0.8 --seed 7
python -m generator.sample shakespeare -n 4 --top-p 0.95 --length 500 --out scenes.txt
python -m generator.sample shakespeare --acrostic ROSE --json
python -m generator.sample tang --form qijue --acrostic 春夏秋冬
python -m generator.sample sonnets --form sonnet --theme winter --seed 3
python -m generator.sample tang --forms       # which forms it writes; drawn with --forms --form 七绝
python -m generator.sample tang --tags        # what --tag and --author may name
python -m generator.sample chorales --out out/   # MIDI, MusicXML, WAV, SVG, a piano roll, all of one piece
python -m generator.sample fiddle --tag metre=6/8 --key E --tempo 110 --seed 5
python -m generator.sample fiddle --prompt opening.abc      # or notes: --prompt "D2 FA d2"
python -m generator.sample chorales --harmonise tune.musicxml --out out/
python -m generator.sample chorales --infill score.musicxml --bars 5-8 --voices alto,tenor --out out/
python -m generator.sample                    # which models are here

The text goes to the terminal as it is written, the prompt first; what else there is to say goes to
standard error. Several texts are written side by side, shown one after the other with an empty line
between (two where poems have stanzas), and text i is the one that seed + i writes alone.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .command import Parser, positive, run
from .config import MusicConfig, SamplingConfig, VerseConfig, add_options, from_options
from .copying import Copies
from .errors import ConfigError, UnknownSymbol, UnreadableFile
from .showing import BETWEEN, Live, put_out, tell, watch
from .wording import counted

if TYPE_CHECKING:
    from .checkpoint import Checkpoint
    from .decoding import Generation, Sample, Writer
    from .decoding.constraints import Constraint


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; ``arguments`` stand for those of the command line."""
    parser = Parser("generator.sample", __doc__ or "")
    parser.add_argument(
        "model",
        metavar="MODEL",
        nargs="?",
        help="a name under checkpoints/, a run directory or a path; none lists them",
    )
    what = parser.add_argument_group("what to write")
    what.add_argument(
        "--prompt",
        metavar="TEXT",
        help="write on from this; line breaks count. For music a file, or a few notes of ABC",
    )
    what.add_argument("--prompt-file", metavar="FILE", help="write on from what stands in a file (- is standard input)")
    what.add_argument("-n", "--count", type=positive, default=1, metavar="N", help="how many texts (default: 1)")
    what.add_argument(
        "--tag",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="what the text is to be like (repeat the option)",
    )
    what.add_argument("--until", default="", metavar="TEXT", help="end a text once it has written this")
    what.add_argument("--only", metavar="CHARACTERS", help="write with these characters only")
    what.add_argument(
        "--drop-unknown", action="store_true", help="leave out characters of the prompt that the model has never seen"
    )
    what.add_argument("--tags", action="store_true", help="list what --tag may say, and so --author and --theme")
    verse = add_options(parser, VerseConfig, title="a poem in a form")
    verse.add_argument(
        "--forms",
        action="store_true",
        help="list the forms that the model can write; with --form draw that one, or all with these letters in a name",
    )
    music = add_options(parser, MusicConfig, title="a piece of music")
    music.add_argument("--harmonise", type=Path, metavar="FILE", help="write three voices to this melody")
    music.add_argument(
        "--infill", type=Path, metavar="FILE", help="write --voices of this score anew in --bars, and keep the rest"
    )
    music.add_argument(
        "--format", metavar="NAMES", help="which files to write: mid,musicxml,abc,wav,svg,png (default with --out: all)"
    )
    music.add_argument(
        "--tokens", action="store_true", help="also show the characters that the model writes a piece in, as it does"
    )
    add_options(parser, SamplingConfig, title="how to draw")
    where = parser.add_argument_group("where it goes")
    where.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write to this file instead of the terminal; for music a folder, a .zip or one file",
    )
    where.add_argument("--force", action="store_true", help="let --out replace a file that is there")
    where.add_argument("--json", action="store_true", help="one JSON object for each text, on a line of its own")
    where.add_argument(
        "--originality",
        action="store_true",
        help="also show the longest run that each text copies from the training text",
    )
    return run(parser, sample, arguments)


def sample(options: argparse.Namespace) -> int | None:
    """Load, write, show."""
    if options.model is None:
        list_models()
        return None
    config = from_options(SamplingConfig, options)
    if options.format is not None:
        from .sheets import check_formats

        check_formats(options)

    from . import checkpoint

    loaded = checkpoint.load(options.model)
    if options.tags:
        show_tags(loaded)
        return None
    if loaded.config.get("medium") == "music":
        from .sheets import perform

        return perform(options, loaded, config, tags_of(options.tag))
    return write_text(options, loaded, config)


def write_text(options: argparse.Namespace, loaded: Checkpoint, config: SamplingConfig) -> int | None:
    """Write with a model of text."""
    from .sheets import refuse_music

    check_out(options)
    refuse_music(options)
    prompt = prompt_of(options)
    wish = from_options(VerseConfig, options)
    if options.forms:
        show_forms(loaded, wish.form)
        return None
    check_wish(options, wish)

    from .decoding import Poet, Writer, compose

    writer = Writer.of(loaded, config.precision)
    for note in writer.choice.notes:
        tell(note)
    if wish.form is None:
        generation = written_on(options, writer, prompt, config, wish)
        generation.finish = script_of(loaded, wish)
    else:
        generation = compose(Poet.of(loaded, writer), wish, config, count=options.count, tags=tags_of(options.tag))
    copies = Copies(loaded, tell) if options.originality else None
    return show(options, copies, writer, generation, drawn=config.seed is None)


def written_on(
    options: argparse.Namespace, writer: Writer, prompt: str, config: SamplingConfig, wish: VerseConfig
) -> Generation:
    """Text that goes on from the prompt, in no form."""
    from .decoding import generate
    from .decoding.matter import author_tag

    try:
        return generate(
            writer,
            prompt,
            config,
            count=options.count,
            tags=tags_of(options.tag)
            | ({} if wish.author is None else {"author": author_tag(wish.author, writer.tag_fields)}),
            constraints=constraints_of(options, wish),
            until=options.until,
            unknown="drop" if options.drop_unknown else "error",
        )
    except UnknownSymbol as error:
        raise UnknownSymbol(
            f"In the prompt: {error.message}", "Change it, or leave such characters out with --drop-unknown."
        ) from None


def check_wish(options: argparse.Namespace, wish: VerseConfig) -> None:
    """Refuse what cannot go together, before anything is loaded."""
    if wish.form is None:
        given = next((name for name in IN_FORMS if hasattr(options, name)), None)
        if given:
            raise ConfigError(
                f"--{given.replace('_', '-')} is about a poem in a form.", "Say which with --form; --forms shows them."
            )
        return
    for name in ("prompt", "prompt_file", "until", "only"):
        if getattr(options, name):
            raise ConfigError(
                f"--{name.replace('_', '-')} cannot be used with --form.",
                "The form says where the poem ends; give its beginning with --start.",
            )


# Settings of a poem that say nothing of a text without a form.
IN_FORMS = ("rhyme", "book", "theme", "theme_weight", "start", "upper", "word", "repeat", "candidates", "lookahead")


def script_of(loaded: Checkpoint, wish: VerseConfig) -> Callable[[str], str]:
    """What turns a text without a form into the script that it is to be shown in, as a poem in a form is.

    Raises:
        ConfigError: if a script is asked of a model of English verse.
    """
    from .decoding.verse import simplified
    from .text.chinese.script import simplified_alone

    verse = loaded.config.get("verse") or ("zh" if loaded.config.get("cues") == "verse" else None)
    if verse == "en" and wish.script != "auto":
        raise ConfigError("--script is about Chinese poems, and this model writes English.", "Drop it.")
    asked = wish.script != "auto" or (verse == "zh" and (wish.acrostic or wish.author) is not None)
    return simplified_alone if asked and simplified(wish) else str


def show_tags(loaded: Checkpoint) -> None:
    """List the fields of a model's tags with their values."""
    fields = loaded.config.get("tag_fields") or {}
    if not fields:
        print("This model was trained without tags.")
    for field, values in fields.items():
        print(f"{field} ({len(values)}): {', '.join(values)}")


def show_forms(loaded: Checkpoint, name: str | None) -> None:
    """List the forms of the language that a model writes, or draw those of a name."""
    from .decoding import Poet
    from .text.forms import LEGENDS, draw, forms_called, list_forms, summary

    language = Poet.language_of(loaded)
    if name is not None:
        print(LEGENDS[language], end="\n\n")
        print("\n\n".join(map(draw, forms_called(name, language))))
        return
    print("\n".join(summary(list_forms(language))))
    if language == "en":
        print("And any scheme, such as ABAB/8 or AABBA/9,9,6,6,9:anapaestic.")
    print(
        "\nDrawn with their tones and rhymes:" if language == "zh" else "\nDrawn with their stresses and rhymes:",
        end=" ",
    )
    print(f"--forms --form {'七绝' if language == 'zh' else 'sonnet'}, or a part of a name")


def show(
    options: argparse.Namespace,
    copies: Copies | None,
    writer: Writer,
    generation: Generation,
    *,
    drawn: bool,
) -> int | None:
    """Run the generation and put out what it writes; Ctrl-C keeps what is there."""
    from .decoding import Collector

    collector = Collector(generation.count, costs=hasattr(options, "form"))
    # a poem that is chosen among many is shown when it is, and one in another script when it is whole
    whole = hasattr(options, "form") or generation.finish is not str
    live = None if options.json or options.out or whole else Live(generation)
    seconds, stopped = watch(generation, collector, live)
    samples = generation.collected(collector)
    # compared as it was written: a poem may be shown in other characters, or with capitals
    plain = collector.samples(generation.prompt, generation.seeds)
    found = [copies.of(item.written) for item in plain] if copies else [None] * len(plain)
    records = [record(options, writer, generation, item, copy) for item, copy in zip(samples, found, strict=True)]
    shown = [item.text.rstrip("\n") for item in samples]
    stanzas = hasattr(options, "form") and any("\n\n" in text for text in shown)
    between = BETWEEN + "\n" if stanzas else BETWEEN
    if options.json:
        put_out(options.out, "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in records))
    elif options.out:
        put_out(options.out, between.join(shown) + "\n")
    elif live is None:
        print(between.join(shown))
    for number, copy in enumerate(found, 1):
        if copies is not None and copy is not None and not options.json:
            tell(copies.line(number, copy))
    summary(options, generation, samples, writer.choice.precision, seconds, drawn=drawn)
    if stopped:
        tell("stopped")
        return 130
    return None


def list_models() -> None:
    """Which models are here."""
    from .listing import print_models, print_runs
    from .places import RUNS, checkpoints_home

    print("Say which model is to write: python -m generator.sample MODEL")
    print_models(checkpoints_home())
    print_runs(RUNS)


def check_out(options: argparse.Namespace) -> None:
    """Refuse an output file that is there already, before any work is done."""
    if options.out and options.out.exists() and not options.force:
        raise ConfigError(f"{options.out} is there already.", "Give another name, or --force to replace it.")


def prompt_of(options: argparse.Namespace) -> str:
    """The prompt, from the option or the file."""
    if options.prompt_file is None:
        return options.prompt or ""
    if options.prompt is not None:
        raise ConfigError("--prompt and --prompt-file cannot be used together.", "Drop one.")
    try:
        content = sys.stdin.buffer.read() if options.prompt_file == "-" else Path(options.prompt_file).read_bytes()
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"{options.prompt_file} is not UTF-8 text: byte {error.start} cannot be read.", "Convert it to UTF-8."
        ) from None
    return text.replace("\r\n", "\n")


def tags_of(given: Sequence[str]) -> dict[str, str]:
    """``["author=Blake"]`` as a mapping."""
    for entry in given:
        if "=" not in entry:
            raise ConfigError(f"--tag {entry} is no tag.", "Write it as FIELD=VALUE.")
    pairs = [entry.split("=", 1) for entry in given]
    found = dict(pairs)
    for field, value in pairs:
        if found[field] != value:
            raise ConfigError(
                f"--tag {field}={value} and --tag {field}={found[field]} exclude each other.", "Keep one."
            )
    return found


def constraints_of(options: argparse.Namespace, wish: VerseConfig) -> list[Constraint]:
    """The rules that were asked for."""
    from .decoding.constraints import Acrostic, Alphabet

    found: list[Constraint] = []
    if options.only is not None:
        found.append(Alphabet(options.only.replace("\\n", "\n")))
    if wish.acrostic is not None:
        found.append(Acrostic(wish.acrostic))
    return found


def record(
    options: argparse.Namespace, writer: Writer, generation: Generation, item: Sample, copy: dict[str, Any] | None
) -> dict[str, Any]:
    """What there is to know about one text, as plain values."""
    # these settings alone write this text again: not the search that picked it, but the draw
    settings = replace(generation.config, seed=item.seed, best_of=1, precision=writer.choice.precision).to_dict()
    entry = {
        "text": item.text,
        "prompt": item.prompt,
        "seed": item.seed,
        "model": options.model,
        "tags": tags_of(options.tag),
        "until": options.until,
        "only": options.only,
        "acrostic": getattr(options, "acrostic", None),
        "settings": settings,
        "chosen_from": generation.config.best_of,
        "precision": writer.choice.precision,
        "characters": len(item.written),
        "tokens": len(item.tokens),
        "ended": item.ended,
        "log_prob": item.log_prob,
        "bits_per_char": item.bits_per_char,
    }
    if hasattr(options, "form"):
        entry["verse"] = from_options(VerseConfig, options).to_dict()
        entry["drawn"], entry["mask_cost"] = generation.drawn(item.seed), item.mask_cost
    return entry if copy is None else {**entry, "originality": copy}


def summary(
    options: argparse.Namespace,
    generation: Generation,
    samples: Sequence[Sample],
    precision: str,
    seconds: float,
    *,
    drawn: bool,
) -> None:
    """Say where the text went, and the seed where it was not given."""
    if options.out:
        characters = sum(len(item.written) for item in samples)
        written = f"{counted(len(samples), 'text')}, {counted(characters, 'character')}"
        tell(f"{written} in {seconds:.1f} s ({precision}), in {options.out}")
    if drawn and generation.config.temperature > 0 and not generation.config.beam_size:
        tell(f"seed {generation.config.seed} (--seed {generation.config.seed} writes the same again)")


if __name__ == "__main__":
    raise SystemExit(main())
