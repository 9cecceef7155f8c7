"""Every setting of the program, once: its name, default, range and the sentence that explains it.

The command line, the documentation and the app are drawn from these classes (``add_options``,
``from_options``); nothing else states a default. A default of ``None`` means: chosen from the
corpus and the machine, and shown before work starts.
"""

from __future__ import annotations

import argparse
import dataclasses
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any, ClassVar, Self, TypeVar, get_args, get_origin, get_type_hints

from .errors import ConfigError

__all__ = [
    "CORPUS_SIZES",
    "ModelConfig",
    "MusicConfig",
    "PrepareConfig",
    "SamplingConfig",
    "TrainingConfig",
    "VerseConfig",
    "add_options",
    "from_options",
    "option",
]

T = TypeVar("T")
CORPUS_SIZES = (  # a corpus says, no person
    "vocab_size", "tag_sizes", "cue_sizes", "cue_tables", "cue_groups", "cue_ahead",
)  # fmt: skip
CELLS = ("lstm", "gru", "rnn")
TEXT = ("char", "byte", "bpe", "unigram")  # what one token of text is
MUSIC = ("melody", "voices", "midi")  # and of music


def option(
    default: Any,
    help: str,
    *,
    choices: Sequence[Any] | None = None,
    least: float | None = None,
    most: float | None = None,
    above: float | None = None,
    metavar: str | None = None,
    unsaid: str | None = None,
) -> Any:
    """Declare a setting: ``dataclasses.field`` with what the command line needs to know.

    Args:
        default: The value when nothing is said; None means chosen from corpus and machine.
        help: One sentence for a person.
        choices: The only lawful values.
        least, most: Inclusive bounds.
        above: An exclusive lower bound.
        metavar: What stands for the value in ``--help``.
        unsaid: What ``--help`` says of the default, where the value alone would mislead.
    """
    metadata = {
        "help": help, "choices": choices, "least": least, "most": most, "above": above, "metavar": metavar,
        "unsaid": unsaid,
    }  # fmt: skip
    return dataclasses.field(default=default, metadata=metadata)


def flag_of(name: str) -> str:
    """The option's spelling on the command line: ``num_layers`` is ``--num-layers``."""
    return "--" + name.replace("_", "-")


class Checked:
    """Base of the configuration classes: bounds and choices are checked on construction.

    Attributes:
        unsaid: What a default of None means, for ``--help``; None says nothing.
    """

    unsaid: ClassVar[str | None] = None

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value, limits = getattr(self, field.name), field.metadata
            if value is None or not limits:
                continue
            flag = flag_of(field.name)
            if limits["choices"] is not None and value not in limits["choices"]:
                raise ConfigError(
                    f"{flag} {value} is not known.", "Choose one of: " + ", ".join(map(str, limits["choices"])) + "."
                )
            if limits["least"] is not None and not value >= limits["least"]:
                raise ConfigError(f"{flag} {value} is too small.", f"Give at least {limits['least']}.")
            if limits["above"] is not None and not value > limits["above"]:
                raise ConfigError(f"{flag} {value} is too small.", f"Give more than {limits['above']}.")
            if limits["most"] is not None and not value <= limits["most"]:
                raise ConfigError(f"{flag} {value} is too large.", f"Give at most {limits['most']}.")
        self.check()

    def check(self) -> None:
        """Rules between two settings; subclasses raise ``ConfigError``."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return dataclasses.asdict(self)  # type: ignore[call-overload]

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Build from plain values.

        Raises:
            ConfigError: on a field that this version does not know.
        """
        known = {field.name: field for field in dataclasses.fields(cls)}  # type: ignore[arg-type]
        unknown = set(values) - set(known)
        if unknown:
            raise ConfigError(
                f"{cls.__name__} has no setting {', '.join(sorted(unknown))}.", cls._meant(sorted(unknown)[0], known)
            )
        hints = get_type_hints(cls)
        plain = {name: tuple(value) if get_origin(hints[name]) is tuple else value for name, value in values.items()}
        return cls(**plain)

    @classmethod
    def _meant(cls, unknown: str, known: Iterable[str]) -> str:
        """What to do about a setting that is not known."""
        for names in (set(known), Checked._all_settings() - {unknown}):
            if near := get_close_matches(unknown, sorted(names), n=1):
                return f"Did you mean {near[0]}?"
        return "Look at its spelling; or it comes from a newer version: update generator."

    @staticmethod
    def _all_settings() -> set[str]:
        """The names of the settings of every kind."""
        return {field.name for kind in Checked.__subclasses__() for field in dataclasses.fields(kind)}  # type: ignore[arg-type]


@dataclass(frozen=True)
class PrepareConfig(Checked):
    """How files become a prepared corpus."""

    pieces: str = option(
        "auto",
        "what one piece is: the whole file, a line, a block between blank lines, or a record",
        choices=("auto", "file", "line", "blank", "record"),
    )
    blank_lines: int | None = option(
        None, "how many blank lines stand between two pieces that are blocks; fewer are inside a piece", least=1
    )
    text_field: str | None = option(None, "the field of a JSON or CSV record that holds the text", metavar="FIELD")
    tag_fields: tuple[str, ...] = option((), "fields of a record to keep as tags (repeat the option)", metavar="FIELD")
    tag_min_count: int = option(
        1, "values of a tag that fewer pieces have count as not given: too few to learn them from", least=1
    )
    encoding: str | None = option(None, "the encoding of the files, where the guess is wrong", metavar="NAME")
    tokenizer: str = option(
        "auto",
        "what one token is; auto: a character of text (char), or of music by what the scores are like: a single line "
        "(melody), a few voices (voices), anything else (midi)",
        choices=("auto", *TEXT, *MUSIC),
    )
    vocab_size: int = option(4096, "tokens of a bpe or unigram tokenizer", least=258, most=65536)
    min_count: int = option(
        1, "characters rarer than this are left out of a char tokenizer, and counted in the report", least=1
    )
    rare: str = option(
        "character",
        "what is left out where a character is rarer than --min-count: it alone, or the piece that it stands in",
        choices=("character", "piece"),
    )
    cues: str | None = option(
        None,
        "what to work out beside each token for the network: the forms of Chinese verse; music has its own",
        choices=("verse", *MUSIC),
    )
    verse: str | None = option(
        None, "the language of the poems, where it is to write them in forms later", choices=("zh", "en")
    )
    backward: bool = option(
        False, "turn every line round, so that its last word, and with it the rhyme, is written first"
    )
    voices: int | None = option(None, "of music: keep only the pieces with so many voices", least=1, most=8)
    transpose: bool = option(True, "of music: learn from the transpositions of each piece too, where keys are kept")
    split: str = option(
        "auto",
        "train, validation and test shares: 90/5/5, or the 90/10 without a test part that the literature "
        "on tinyshakespeare uses",
        choices=("auto", "90/5/5", "90/10"),
    )


@dataclass(frozen=True)
class ModelConfig(Checked):
    """The network; stored in every checkpoint."""

    unsaid: ClassVar[str | None] = "chosen from the corpus"

    vocab_size: int = option(0, "number of different tokens", least=0)
    cell: str = option("lstm", "the recurrent cell", choices=CELLS)
    embed_dim: int | None = option(None, "width of the token embedding; 0 feeds one-hot vectors", least=0, most=16384)
    hidden_size: int | None = option(None, "width of each recurrent layer", least=1, most=16384)
    num_layers: int | None = option(None, "recurrent layers, one on the other", least=1, most=32)
    tie_weights: bool | None = option(
        None, "use the embedding as the output matrix too, behind a projection where its width is another"
    )
    dropout: float | None = option(
        None, "share of units switched off between layers and before the output", least=0, most=0.95
    )
    input_dropout: float | None = option(None, "share of units switched off at the input", least=0, most=0.95)
    weight_dropout: float = option(0.0, "share of recurrent weights switched off", least=0, most=0.95)
    residual: bool = option(False, "add each layer's input to its output (from the second layer on)")
    layer_norm: bool = option(False, "normalise the input of each layer from the second on, and of the output")
    attention_window: int = option(0, "attend over this many past hidden states; 0 for none", least=0, most=4096)
    tag_sizes: tuple[int, ...] = option((), "values of each tag field; 0 stands for not given")
    cue_sizes: tuple[int, ...] = option(
        (), "values of each cue, a tag that changes from token to token; 0 for one that names a token"
    )
    cue_tables: tuple[int, ...] = option((), "which table each cue is looked up in; cues that mean the same share one")
    cue_groups: tuple[int, ...] = option((), "which cues are hidden together in training")
    cue_ahead: tuple[int, ...] = option(
        (), "1 for each cue that tells of what is still to be written, hidden where the model is judged; none if empty"
    )

    def check(self) -> None:
        if self.tie_weights and self.embed_dim == 0:
            raise ConfigError("--tie-weights needs an embedding.", "Give --embed-dim, or --no-tie-weights.")
        if not len(self.cue_sizes) == len(self.cue_tables) == len(self.cue_groups):
            raise ConfigError("Every cue needs a size, a table and a group.", "The checkpoint is damaged.")
        if self.cue_ahead and len(self.cue_ahead) != len(self.cue_sizes):
            raise ConfigError("Not every cue says whether it tells of what is ahead.", "The checkpoint is damaged.")
        if 0 in self.cue_sizes and self.embed_dim == 0:
            raise ConfigError("Cues that name tokens need an embedding.", "Give --embed-dim.")


@dataclass(frozen=True)
class TrainingConfig(Checked):
    """How a network is trained; stored in every run."""

    unsaid: ClassVar[str | None] = "chosen from the corpus"

    minutes: float | None = option(
        None, "time to train, validation included", above=0, unsaid="none, --epochs says when it ends"
    )
    epochs: float | None = option(None, "passes over the training text, where no time is given", above=0)
    batch_size: int | None = option(None, "streams read side by side", least=1, most=65536)
    bptt_steps: int | None = option(None, "tokens back through which gradients flow", least=2, most=65536)
    learning_rate: float | None = option(None, "peak rate of AdamW", above=0)
    final_rate_share: float = option(0.02, "the rate at the end, as a share of the peak", least=0, most=1)
    warmup_steps: int | None = option(None, "steps over which the rate rises to its peak", least=0)
    weight_decay: float = option(0.05, "AdamW's decay of the weight matrices", least=0)
    grad_clip: float = option(1.0, "largest norm of the gradient", above=0)
    ema_decay: float = option(0.998, "averaging of the weights, a step; 0 for none", least=0, most=0.99999)
    label_smoothing: float = option(
        0.0, "share of each target spread over all tokens; makes the model less sure of itself", least=0, most=0.9
    )
    zero_state_share: float = option(0.02, "share of the chunks that start from the zero state", least=0, most=1)
    tag_dropout: float = option(
        0.3, "share of tags hidden in training, so that any subset may be given later", least=0, most=1
    )
    cue_dropout: float = option(0.15, "share of cues hidden in training, a group at a time", least=0, most=1)
    ahead_share: float = option(
        0.6,
        "of music: share of the chunks in which something of what is coming is shown: half of the time the upper voice "
        "alone, a sixth of it the number of bars alone",
        least=0,
        most=1,
    )
    patience: int = option(12, "validations without a gain before training stops early; 0 for never", least=0)
    validations: int = option(40, "how often the validation text is read in a run, about", least=1)
    save_seconds: float = option(60.0, "seconds between two savings of the state", above=0)
    precision: str = option(
        "auto", "arithmetic of the training: chosen by measurement, or as said", choices=("auto", "float32", "bfloat16")
    )
    device: str = option(
        "auto", "where to train: cpu, cuda, cuda:N or mps; auto takes CUDA GPUs where there are any", metavar="DEVICE"
    )
    threads: int | None = option(None, "processor threads", least=1, unsaid="one for each core that may be used")
    seed: int = option(1337, "seed of weights, dropout and order", least=0)
    tensorboard: bool = option(False, "also write TensorBoard event files (needs the package tensorboard)")


@dataclass(frozen=True)
class VerseConfig(Checked):
    """A poem in a form: which, and what else is asked of it."""

    form: str | None = option(
        None, "a verse form: qijue, sonnet, ci:浣溪沙, ABAB/8, or the path of a form file", metavar="FORM"
    )
    acrostic: str | None = option(
        None,
        "let the lines begin with the characters of this word; a text without a form ends with them",
        metavar="WORD",
    )
    rhyme: str | None = option(
        None, "the rhyme: a group of the book (东), or in English a word that the first rhyme is to match",
        metavar="RHYME",
    )  # fmt: skip
    book: str = option(
        "pingshui", "the rhyme book of Chinese poems", choices=("pingshui", "xinyun", "cilin"),
        unsaid="the form's own, or else pingshui",
    )  # fmt: skip
    theme: str | None = option(None, "what the poem is about: words parted by commas", metavar="WORDS")
    theme_weight: float = option(
        3.0, "how much the characters of a theme are favoured until they stand in a Chinese poem", least=0, most=20
    )
    author: str | None = option(None, "in whose manner", metavar="NAME")
    start: str | None = option(None, "how the poem begins; kept as it is", metavar="TEXT")
    upper: str | None = option(None, "the upper line of a couplet, to which the lower one is written", metavar="LINE")
    word: tuple[str, ...] = option((), "a word that must stand in the poem (repeat the option)", metavar="WORD")
    repeat: bool = option(False, "let characters come again freely; else they are avoided where the form allows")
    script: str = option(
        "auto", "the characters of Chinese poems: as the wishes are written, or as said",
        choices=("auto", "simplified", "traditional"),
    )  # fmt: skip
    candidates: int = option(16, "tries for each poem, of which the best is shown", least=1, most=256)
    lookahead: float = option(0.5, "how much a line is led towards its end in time; 0 for not at all", least=0, most=10)

    @property
    def themes(self) -> tuple[str, ...]:
        """The words of the theme."""
        return tuple(word.strip() for word in (self.theme or "").replace("，", ",").split(",") if word.strip())


@dataclass(frozen=True)
class MusicConfig(Checked):
    """A piece of music: what is asked of it."""

    key: str | None = option(None, "the key: E, Bb, E minor, A dorian", metavar="KEY")
    tempo: float | None = option(
        None, "beats a minute; a beat of 6/8, 9/8 and 12/8 is dotted", least=10, most=400, metavar="BPM"
    )
    bars: str | None = option(None, "how many full bars; with --infill which are written anew, as 5-8", metavar="BARS")
    strictness: float = option(
        4.0,
        "how strictly parallel fifths and octaves are avoided between voices; 0 leaves it to the model",
        least=0,
        most=30,
    )
    voices: str | None = option(
        None, "with --infill the voices that are written anew: alto,tenor, or numbers from the top", metavar="NAMES"
    )


@dataclass(frozen=True)
class SamplingConfig(Checked):
    """How text is drawn from a model."""

    length: int = option(1000, "most tokens to write", least=1, most=10_000_000)
    temperature: float = option(
        0.8, "0 always takes the likeliest; below 1 is safer, above 1 wilder", least=0, most=100
    )
    top_k: int = option(0, "draw from the k likeliest tokens only; 0 for all", least=0)
    top_p: float = option(1.0, "draw from the likeliest tokens that together hold this probability", above=0, most=1)
    min_p: float = option(0.0, "drop tokens less likely than this share of the likeliest", least=0, most=1)
    repetition_penalty: float = option(
        1.0, "above 1 makes tokens of the last part written less likely", above=0, most=100
    )
    repetition_window: int = option(64, "how many of the last tokens the repetition penalty looks at", least=1)
    beam_size: int = option(
        0, "search for the likeliest text with this many beams instead of drawing; 0 for none", least=0, most=256
    )
    best_of: int = option(
        1, "write this many for each one shown, and keep the one with the best mean log-probability", least=1, most=1024
    )
    particles: int = option(
        0,
        "where something is settled already, try this many ways side by side towards it; 0 for one",
        least=0,
        most=256,
        unsaid="0; 8 with --harmonise and --infill, and for a chorale of so many --bars",
    )
    seed: int | None = option(None, "the same seed, settings and model give the same text", least=0)
    precision: str = option(
        "auto",
        "arithmetic of the decoding engine: measured on this processor, or as said",
        choices=("auto", "float32", "bfloat16", "int8"),
    )

    def check(self) -> None:
        if self.beam_size and self.best_of > 1:
            raise ConfigError(
                "--beam-size and --best-of cannot be used together.",
                "A beam search returns its best text already; drop one.",
            )
        if self.particles > 1 and (self.beam_size or self.best_of > 1):
            raise ConfigError(
                "--particles cannot be used with --beam-size or --best-of.", "All three choose among tries; drop one."
            )


def add_options(
    parser: argparse.ArgumentParser, config: type[Checked], *, skip: Sequence[str] = (), title: str | None = None
) -> argparse._ActionsContainer:
    """Add one option to ``parser`` for each setting of ``config`` that is not in ``skip``; in a group with a title.

    Returns:
        The group, or the parser, for more options of the kind.
    """
    group = parser.add_argument_group(title) if title else parser
    hints = get_type_hints(config)
    for field in dataclasses.fields(config):  # type: ignore[arg-type]
        if field.name in skip:
            continue
        kinds = [kind for kind in get_args(hints[field.name]) if kind is not type(None)] or [hints[field.name]]
        kind, flag, meta = kinds[0], flag_of(field.name), field.metadata
        shown = meta["unsaid"] or (config.unsaid if field.default is None else field.default)
        text = meta["help"].replace("%", "%%")
        if shown not in (None, ()) and not isinstance(shown, bool):
            text += f" (default: {shown})"
        if kind is bool:
            group.add_argument(flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS, help=text)
        elif get_origin(hints[field.name]) is tuple:
            group.add_argument(flag, action="append", default=argparse.SUPPRESS, help=text, metavar=meta["metavar"])
        else:
            metavar = meta["metavar"] or ("N" if kind is int else "X" if kind is float else None)
            group.add_argument(
                flag,
                type=kind,
                choices=meta["choices"],
                default=argparse.SUPPRESS,
                help=text,
                metavar=None if meta["choices"] else metavar,
            )
    return group


def from_options(config: type[T], options: argparse.Namespace, **more: Any) -> T:
    """Build ``config`` from what was said on the command line; the rest keeps its default."""
    names = {field.name for field in dataclasses.fields(config)}  # type: ignore[arg-type]
    said = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in vars(options).items()
        if name in names
    }
    return config(**{**said, **more})
