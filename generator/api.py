"""The face for Python programs: load a model by its name, and let it write.

import generator

model = generator.load("shakespeare")
for step in model.stream("ROMEO:", temperature=0.8, seed=7):
    print(step.text, end="")
for sample in model.generate("ROMEO:", count=4, top_p=0.95):
    print(sample.text, sample.bits_per_char)
print(model.score("To be, or not to be").bits_per_char)
for poem in generator.load("tang").compose("qijue", acrostic="春夏秋冬", count=2):
    print(poem.text)
for piece in generator.load("chorales").write_music(key="E minor", bars="16", seed=5):
    piece.save("out")  # piece.score holds parts, voices and notes
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import checkpoint
from .config import MusicConfig, SamplingConfig, VerseConfig
from .corpus.packing import turned
from .decoding import (
    Composer,
    Constraint,
    Generation,
    Poet,
    Sample,
    Writer,
    compose,
    generate,
    write_music,
)
from .evaluation import Score, score

if TYPE_CHECKING:
    from .music import Score as MusicScore

__all__ = ["Model", "Piece", "load"]


@dataclass(frozen=True)
class Piece:
    """A piece of music that a model wrote.

    Attributes:
        score: Its parts, voices and notes.
        sample: How it was written: seed, characters, log-probability.
        name: What its files are called.
        performance: Its MIDI file where that says more than the score.
    """

    score: MusicScore
    sample: Sample
    name: str
    performance: bytes | None = None

    def save(self, place: str | Path, formats: Sequence[str] | None = None) -> list[Path]:
        """Write MIDI, MusicXML, sound, engraved pages and a piano roll into a folder, or a ``.zip``.

        Args:
            place: The folder, made if need be.
            formats: Some of ``mid musicxml abc wav svg png``; None for all that can hold the piece.
        Returns:
            The files.
        Raises:
            RenderingError: if one cannot be written.
        """
        from .rendering import bundle

        return bundle(self.score, Path(place), name=self.name, formats=formats, performance=self.performance)


class Model:
    """A trained model.

    Args:
        loaded: Its checkpoint.
    """

    def __init__(self, loaded: checkpoint.Checkpoint) -> None:
        self._checkpoint = loaded
        self._writers: dict[str, Writer] = {}

    @property
    def name(self) -> str:
        """What it is called."""
        return str(self._checkpoint.config.get("name") or self._checkpoint.folder.name)

    @property
    def config(self) -> dict[str, Any]:
        """The checkpoint's ``config.json``: sizes, tags, provenance, measured scores."""
        return self._checkpoint.config

    @property
    def tag_fields(self) -> dict[str, list[str]]:
        """The tags that it understands: field to values."""
        return dict(self._checkpoint.config.get("tag_fields") or {})

    def writer(self, precision: str = "auto") -> Writer:
        """The model made ready to write, once for each precision."""
        if precision not in self._writers:
            self._writers[precision] = Writer.of(self._checkpoint, precision)
        return self._writers[precision]

    def stream(
        self,
        prompt: str = "",
        *,
        count: int = 1,
        tags: Mapping[str, str] | None = None,
        constraints: Sequence[Constraint] = (),
        until: str = "",
        **settings: Any,
    ) -> Generation:
        """Write on from ``prompt``, step by step; ``step.text`` is what the first row gains.

        Args:
            prompt: Any text; it is not repeated by the steps. A model that writes lines from their ends (``sonnets``)
                goes on from whole lines only, and its steps give line by line, as they are read.
            count: How many rows are written side by side.
            tags: What the text is to be like: ``{"author": "..."}``.
            constraints: Rules about what may come next.
            until: End a row once it has written this.
            settings: Those of ``SamplingConfig``: temperature, top_p, seed, length, ...
        Returns:
            An iterator of steps, which are made when they are asked for.
        Raises:
            GeneratorError: if what is asked cannot be done.
        """
        config = SamplingConfig.from_dict(settings)
        return generate(
            self.writer(config.precision),
            prompt,
            config,
            count=count,
            tags=tags,
            constraints=constraints,
            until=until,
        )

    def generate(self, prompt: str = "", *, count: int = 1, **settings: Any) -> list[Sample]:
        """Write ``count`` whole texts; every argument is one of ``stream``'s."""
        return self.stream(prompt, count=count, **settings).samples()

    def compose(
        self, form: str, *, count: int = 1, tags: Mapping[str, str] | None = None, **wishes: Any
    ) -> list[Sample]:
        """Write poems in a form; see ``docs/verse.md``.

        Args:
            form: A name (``qijue``, ``sonnet``, ``ci:浣溪沙``), a scheme (``ABAB/8``) or the path of a form file.
            count: How many poems.
            tags: What they are to be like: ``{"author": "李白"}``.
            wishes: Settings of ``VerseConfig`` (acrostic, rhyme, theme, start, ...) and ``SamplingConfig``.
        Raises:
            ConstraintUnsatisfiable: before anything is written, if a wish cannot be met.
            GeneratorError: if the model writes no verse, or there is no such form.
        """
        verse = {name: value for name, value in wishes.items() if hasattr(VerseConfig, name)}
        config = SamplingConfig.from_dict({name: value for name, value in wishes.items() if name not in verse})
        poet = Poet.of(self._checkpoint, self.writer(config.precision))
        return compose(poet, VerseConfig.from_dict({**verse, "form": form}), config, count=count, tags=tags).samples()

    def write_music(
        self,
        *,
        count: int = 1,
        tags: Mapping[str, str] | None = None,
        opening: MusicScore | str | None = None,
        harmonise: MusicScore | None = None,
        infill: MusicScore | None = None,
        **settings: Any,
    ) -> list[Piece]:
        """Write pieces of music; see ``docs/composing.md``.

        Args:
            count: How many.
            tags: What they are to be like: ``{"metre": "6/8", "mode": "dorian"}``.
            opening: A score to go on from.
            harmonise: A melody, kept as it is, to which three voices are written.
            infill: A score of which ``voices`` are written anew in ``bars``.
            settings: Those of ``MusicConfig`` (key, tempo, bars, voices) and ``SamplingConfig``.
        Raises:
            ConstraintUnsatisfiable: before anything is written, if a wish cannot be met.
            GeneratorError: if the model writes no music, or cannot do what is asked.
        """
        wishes = {name: value for name, value in settings.items() if hasattr(MusicConfig, name)}
        config = SamplingConfig.from_dict({name: value for name, value in settings.items() if name not in wishes})
        composer = Composer.of(self._checkpoint, self.writer(config.precision))
        made = write_music(
            composer,
            MusicConfig.from_dict(wishes),
            config,
            count=count,
            tags=tags,
            opening=opening,
            harmonise=harmonise,
            infill=infill,
        )
        return [
            Piece(made.score(sample), sample, f"{self.name}-{sample.seed}", made.performance(sample))
            for sample in made.generation.samples()
        ]

    def score(self, text: str, *, context: str = "", tags: Mapping[str, str] | None = None) -> Score:
        """What ``text`` costs the model, after ``context``: ``.nats`` and ``.bits_per_char``.

        A model that writes lines from their ends reads them so, too.

        Raises:
            DecodingError: if it does, and the context ends within a line.
        """
        writer = self.writer("float32")
        ids = writer.tag_ids(tags)
        if writer.backward:
            writer.context(context)  # which refuses what is no whole line
            text, context = turned(text), turned(context)
        return score(
            self._checkpoint.model,
            self._checkpoint.tokenizer,
            text,
            context=context,
            tags=None if ids is None else ids.tolist(),
        )

    def __repr__(self) -> str:
        return f"<generator model {self.name}>"


def load(model: str | Path) -> Model:
    """Load a trained model.

    Args:
        model: A name under ``checkpoints/``, a run directory, or a path.
    Raises:
        CheckpointError: if there is none, or it cannot be read.
    """
    return Model(checkpoint.load(model))
