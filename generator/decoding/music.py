"""Writing music: wishes checked, a piece written by its grammar, and the score that comes of it.

composer = Composer.of(loaded, writer)
made = write_music(composer, MusicConfig(key="E minor", bars="16"), SamplingConfig(seed=5))
scores = [made.score(sample) for sample in made.generation.samples()]
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..config import MusicConfig, SamplingConfig
from ..errors import ConfigError, DecodingError, TokenizerError
from ..music import Part, Score, Tempo
from ..music.beams import beat_of
from ..tokenizers.music import MusicTokenizer, Wish
from ..tokenizers.music.melody import Melody
from ..tokenizers.music.voices_given import played_bars, voice_number
from ..tokenizers.music.voices_signs import CHOIR, VOICE_COUNTS
from .constraints.music_form import MusicForm
from .generate import Generation, generate
from .openings import SAME_MODE, abc_key, agreeing, check_mode, key_mode, tonic_of
from .steps import Sample
from .writer import Writer

if TYPE_CHECKING:
    from ..checkpoint import Checkpoint
    from ..tokenizers.music.voices import Voices

__all__ = ["Composer", "Composing", "write_music"]

LONGEST = 20_000  # characters of a piece, where no number of bars is asked for
MOST_BARS = 1_000  # that may be asked for
BAR = 150  # characters that a bar has at most: four voices in 4/2 have 129
PARTICLES = 8  # where something is given, unless another number is asked for
REPEATED = "The repeats of the score are played out: its bars {bars} are bars {played} of the piece."
USUAL_TEMPO = {"voices": 72, "melody": 104}  # beats a minute; a MIDI piece has tempos of its own


@dataclass(frozen=True)
class Composer:
    """A model of music with what it needs to write scores.

    Attributes:
        writer: The model.
        tokenizer: Its characters.
        name: What the model is called, for titles.
        count: The number of voices of all pieces that it learnt from; None where it differs.
    """

    writer: Writer
    tokenizer: MusicTokenizer
    name: str
    count: int | None = None

    @classmethod
    def of(cls, loaded: Checkpoint, writer: Writer) -> Composer:
        """The composer of a checkpoint.

        Raises:
            DecodingError: if it was not trained on music.
        """
        tokenizer = loaded.tokenizer
        if not isinstance(tokenizer, MusicTokenizer):
            raise DecodingError(
                f"{loaded.config.get('name')} writes text, not music.",
                "Ask chorales or fiddle, or train one: python -m generator.train MUSIC_FOLDER",
            )
        settings = (loaded.config.get("provenance") or {}).get("settings") or {}
        return cls(writer, tokenizer, str(loaded.config.get("name") or loaded.folder.name), settings.get("voices"))

    @property
    def reads_midi(self) -> bool:
        """Whether it keeps what is in a MIDI file and not in a score: velocities, instruments."""
        return self.tokenizer.kind == "midi"

    def text_of_midi(self, content: bytes) -> str:
        """A MIDI file as text of the alphabet ``midi``."""
        alphabet: Any = self.tokenizer.musical
        return str(alphabet.text_of_midi(content))

    def voices(self, option: str) -> Voices:
        """The alphabet of voices.

        Raises:
            DecodingError: if the model has another.
        """
        from ..tokenizers.music.voices import Voices

        alphabet = self.tokenizer.musical
        if not isinstance(alphabet, Voices):
            raise DecodingError(
                f"--{option} needs a model that writes several voices, and {self.name} writes the alphabet "
                f"{alphabet.kind}.",
                "Ask chorales.",
            )
        return alphabet


@dataclass(frozen=True)
class Brief:
    """What is to be written, found from the wishes.

    Attributes:
        wish: For the grammar.
        opening: What the piece begins with.
        tags: Told to the model.
        source: The score that is harmonised or filled in; None in free writing.
        fixed: The voices of ``source`` that stay as they are, by their number from the top.
        notes: What to tell who asked, beside the piece.
    """

    wish: Wish
    opening: str = ""
    tags: Mapping[str, str] = dataclasses.field(default_factory=dict)
    source: Score | None = None
    fixed: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Composing:
    """Pieces of music that are being written.

    Attributes:
        generation: The steps.
        composer: Who writes.
        brief: What was asked.
        music: The settings.
    """

    generation: Generation
    composer: Composer
    brief: Brief
    music: MusicConfig

    def score(self, sample: Sample) -> Score:
        """The score of a sample, in the key and at the tempo that were asked for; what was given stands as it was.

        Raises:
            TokenizerError: if there is no music in it yet.
        """
        alphabet = self.composer.tokenizer.musical
        score = alphabet.read(sample.text, key=tonic_of(self.music.key or self.brief.wish.key))
        source = self.brief.source
        if source is not None:
            kept = [part for part in source.parts for _ in part.voices]
            voices = list(source.voices())
            score = replace(
                score,
                parts=tuple(
                    Part((voices[number],), kept[number].name or part.name, kept[number].program)
                    if number in self.brief.fixed
                    else replace(part, name=kept[number].name or part.name)
                    if number < len(kept) and len(kept) == len(score.parts)
                    else part
                    for number, part in enumerate(score.parts)
                ),
            )
        tempos = score.tempos or (source.tempos if source is not None else ())
        beats = self.music.tempo or (None if tempos else USUAL_TEMPO.get(alphabet.kind))
        if beats is not None:
            metre = score.metre_at(Fraction(0))
            bpm = Fraction(str(beats)) * (beat_of(metre) if metre else 1)
            tempos = (Tempo(Fraction(0), bpm),)
        title = (source.title if source is not None else "") or f"{self.composer.name}, seed {sample.seed}"
        return replace(score, tempos=tempos, title=score.title or title)

    @property
    def voices(self) -> int | None:
        """How many voices the pieces will have; None where that is not settled."""
        kind, given, opening = self.composer.tokenizer.kind, self.brief.wish.given, self.brief.opening
        if kind != "voices":
            return 1 if kind == "melody" else None
        if given is not None:
            return len(given.moves)
        return VOICE_COUNTS[opening[3]] if opening else len(CHOIR)

    def performance(self, sample: Sample) -> bytes | None:
        """The MIDI file of a sample where it says more than its score; None where it does not."""
        if not self.composer.reads_midi or self.music.tempo is not None:
            return None
        alphabet: Any = self.composer.tokenizer.musical
        return bytes(alphabet.midi_of(sample.text))


def write_music(
    composer: Composer,
    music: MusicConfig | None = None,
    config: SamplingConfig | None = None,
    *,
    count: int = 1,
    tags: Mapping[str, str] | None = None,
    opening: Score | str | None = None,
    harmonise: Score | None = None,
    infill: Score | None = None,
) -> Composing:
    """Write pieces of music.

    Args:
        composer: Who writes.
        music: Key, tempo, bars and voices.
        config: How to draw; its ``length`` is seen to here. ``particles`` is 8 where something is given, or bars of
            a chorale are counted, and nothing else is said.
        count: How many pieces; piece i is the one that the seed + i writes alone.
        tags: What they are to be like: ``metre``, ``mode``, ``type``.
        opening: A score that the piece goes on from, or text of the alphabet.
        harmonise: One line, kept as it is, to which the other voices are written.
        infill: A score of several voices, of which ``music.voices`` are written anew in ``music.bars``.
    Returns:
        The generation, and what makes scores of its samples.
    Raises:
        ConstraintUnsatisfiable: before anything is written, if a wish cannot be met.
        DecodingError: if the model cannot do what is asked.
        ConfigError: if two wishes exclude each other.
    """
    music, config, given_tags = music or MusicConfig(), config or SamplingConfig(), dict(tags or {})
    if "key" in given_tags and "key" not in composer.writer.tag_fields:
        music = replace(music, key=music.key or given_tags["key"])
        del given_tags["key"]
    check_mode(music.key, composer.writer.tag_fields.get("mode", ()))
    if sum(each is not None for each in (opening, harmonise, infill)) > 1:
        raise ConfigError("A prompt, --harmonise and --infill cannot be used together.", "Keep one of them.")
    if infill is None and music.voices is not None:
        raise ConfigError("--voices says what --infill is to write anew.", "Give a score with --infill.")
    if harmonise is not None:
        brief = to_harmonise(composer, harmonise, music, given_tags)
    elif infill is not None:
        brief = to_fill_in(composer, infill, music, given_tags)
    else:
        brief = freely(composer, music, given_tags, opening)
    given = harmonise is not None or infill is not None
    # where bars are counted, several are written, and the one that comes to its end there is taken
    settled = given or (brief.wish.bars is not None and composer.tokenizer.kind == "voices")
    if settled and not config.particles and config.best_of == 1 and not config.beam_size:
        config = replace(config, particles=PARTICLES)
    config = replace(config, length=max(config.length, LONGEST, BAR * (brief.wish.bars or 0)))
    rule = MusicForm(composer.tokenizer, brief.wish, brief.opening, brief.tags, avoid=music.strictness)
    generation = generate(composer.writer, "", config, count=count, tags=given_tags, constraints=[rule])
    generation.readable = lambda text: composer.tokenizer.musical.shown(text) + " " if text else ""
    return Composing(generation, composer, brief, music)


def freely(composer: Composer, music: MusicConfig, tags: dict[str, str], opening: Score | str | None) -> Brief:
    """A new piece, or one that goes on from an opening."""
    alphabet = composer.tokenizer.musical
    bars = None
    if music.bars is not None:
        if not re.fullmatch(r"\d+", str(music.bars)):
            raise ConfigError(f"--bars {music.bars} is no number of bars.", "A range such as 5-8 goes with --infill.")
        bars = int(music.bars)
        if bars > MOST_BARS:
            raise ConfigError(f"--bars {bars} is too many.", f"Ask for at most {MOST_BARS}.")
    key, mode = music.key, tags.get("mode")
    if opening is not None:
        opening = agreeing(alphabet, opening, key or tags.get("key"), tags)
    if key is None and isinstance(opening, Score) and isinstance(alphabet, Melody):
        key = alphabet.tonic(opening)  # which the text does not hold
    if key is not None and mode is not None and alphabet.kind != "melody":
        key = abc_key(key, mode)
    modes = tuple(composer.writer.tag_fields.get("mode", ()))
    wish = Wish(key=key, mode=mode, metre=tags.get("metre"), bars=bars, modes=modes)
    said = key_mode(key) if key else None
    following = {"key": key or "", "mode": mode or SAME_MODE.get(said or "", said) or ""}
    if opening is None:
        return Brief(wish, "", {field: value for field, value in following.items() if value})
    if isinstance(opening, Score):
        voices = len(list(opening.voices()))
        if composer.count not in (None, voices):
            raise DecodingError(
                f"{composer.name} writes {composer.count} voices, and the opening has {voices}.",
                "Give an opening of as many voices, or one line with --harmonise.",
            )
        following = {**alphabet.tags(opening), **{field: value for field, value in following.items() if value}}
        present = len(opening.bars) - (opening.pickup > 0)
        opening = opening_of(composer, opening)
    else:
        present = alphabet.known(opening).bars or 0
    if bars is not None and present > bars:
        raise ConfigError(f"The opening has {present} bars, and --bars asks for {bars} in all.", "Ask for more.")
    return Brief(wish, opening, {field: value for field, value in following.items() if value})


def opening_of(composer: Composer, score: Score) -> str:
    """The text of a score that is to be gone on from.

    Raises:
        DecodingError: if the alphabet cannot write it.
    """
    alphabet: Any = composer.tokenizer.musical
    try:
        return str(alphabet.opening(score) if hasattr(alphabet, "opening") else alphabet.write(score))
    except TokenizerError as error:
        raise DecodingError(f"{composer.name} cannot go on from this: {error.message}", error.hint) from error


def to_harmonise(composer: Composer, source: Score, music: MusicConfig, tags: dict[str, str]) -> Brief:
    """Three voices to one that is given."""
    alphabet = composer.voices("harmonise")
    settled = [name for name in ("key", "bars") if getattr(music, name) is not None]
    settled += [f"tag {name}" for name in ("metre", "mode", "key") if name in tags]
    if settled:
        raise ConfigError(
            f"--{settled[0]} cannot be asked of a melody that is given.", "The melody has its own; leave it out."
        )
    if (count := len(list(source.voices()))) != 1:
        raise ConfigError(
            f"--harmonise needs a single line, and this score has {count} voices.",
            "Give the melody alone; --infill with --voices alto,tenor,bass writes the lower voices of a score anew.",
        )
    given = alphabet.given(source, voices=4)
    return Brief(Wish(given=given), "", alphabet.tags(source), source, (0,))


def to_fill_in(composer: Composer, source: Score, music: MusicConfig, tags: dict[str, str]) -> Brief:
    """Some voices in some bars, the rest as it is."""
    alphabet = composer.voices("infill")
    if music.key is not None or any(name in tags for name in ("metre", "mode", "key")):
        raise ConfigError("--infill keeps the key and the metre of the score.", "Leave --key and --tag out.")
    bars = None
    if music.bars is not None:
        found = re.fullmatch(r"(\d+)(?:-(\d+))?", str(music.bars))
        if found is None:
            raise ConfigError(f"--bars {music.bars} is no range of bars.", "Write it as 5-8, or 5 for one bar.")
        bars = int(found[1]), int(found[2] or found[1])
        if bars[0] > bars[1]:
            raise ConfigError(f"--bars {music.bars} runs backwards.", f"Write it as {bars[1]}-{bars[0]}.")
    count = len(list(source.voices()))
    named = [name.strip() for name in (music.voices or "").split(",") if name.strip()]
    free: list[str | int] = [int(name) if name.isdecimal() else name for name in named]
    if not free:
        if bars is None:
            raise ConfigError("--infill needs to know what to write anew.", "Say which with --bars, --voices or both.")
        free = list(range(1, count + 1))
    given = alphabet.given(source, free=free, bars=bars)  # which also refuses voices that are not there
    chosen = {voice_number(each, count) for each in free}
    fixed = tuple(number for number in range(count) if number not in chosen)
    notes: tuple[str, ...] = ()
    if bars is not None and source.printed:
        times = played_bars(source, bars)
        notes = (REPEATED.format(bars=span(*bars), played=" and ".join(span(*each) for each in times)),)
    return Brief(Wish(given=given), "", alphabet.tags(source), source, fixed, notes)


def span(first: int, last: int) -> str:
    """``5-8``, or ``5``."""
    return str(first) if first == last else f"{first}-{last}"
