"""Does it help to see the coming melody, and to try many ways? Held-out melodies of Bach's harmonised.

    python benchmarks/music/harmonising.py chorales --count 20

Of each held-out chorale the soprano is given. Two things are measured:

- nats a note of Bach's own lower voices, all their characters charged (holds and rests too), divided by the
  notes that they begin: with the coming melody shown to the network, and hidden as in plain forced decoding,
  where the given notes are put into its mouth one by one;
- the harmonies that it writes: by plain forced decoding, shown the melody, by particles, by both, and where
  parallel fifths and octaves are made less likely besides (--strictness of generator.sample);
  breaches of part writing a chorale beside Bach's own, the probability that the model (shown the melody)
  gives to what each way wrote, and how probable the given soprano was in it: the fit of melody and harmony.

Standard errors are over chorales; differences are paired.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np
import torch

from generator import checkpoint
from generator.checkpoint import Checkpoint
from generator.command import Parser, run
from generator.config import SamplingConfig
from generator.corpus import PreparedCorpus
from generator.decoding import Writer, generate
from generator.decoding.constraints import MusicForm
from generator.evaluation import find_corpus
from generator.evaluation.music import PartWriting, part_writing
from generator.evaluation.stream import hidden_cues, judged
from generator.music import Score
from generator.tokenizers.music import FIRST, MusicTokenizer, Wish
from generator.tokenizers.music.voices import Voices
from generator.tokenizers.music.voices_signs import PITCHES

RULES = {
    "parallel fifths": lambda found: found.parallel_fifths,
    "parallel octaves": lambda found: found.parallel_octaves,
    "hidden": lambda found: found.hidden,
    "crossed frames, %": lambda found: 100 * found.crossed / max(found.frames, 1),
    "wide frames, %": lambda found: 100 * found.wide / max(found.frames, 1),
    "out of range, %": lambda found: 100 * sum(found.outside) / max(sum(found.notes), 1),
}


def held_out(prepared: PreparedCorpus, count: int) -> list[str]:
    """The texts of held-out chorales: the test part first, then validation."""
    texts = []
    for split in ("test", "validation"):
        part = prepared.split(split)
        texts += [prepared.tokenizer.decode(part.piece(number)) for number in range(len(part))]
    return texts[:count]


def lower_slots(text: str) -> np.ndarray:
    """Which characters belong to a lower voice [characters]; a fermata belongs to the voice that it stands before."""
    marks, slot = np.zeros(len(text), bool), 0
    from generator.tokenizers.music.voices_signs import FERMATA, HOLD

    for place, character in enumerate(text):
        if character == FERMATA or character >= HOLD:
            marks[place] = slot % 4 != 0
            slot += character != FERMATA
    return marks


def nats(loaded: Checkpoint, text: str, *, shown: bool, wish: Wish) -> np.ndarray:
    """What each character costs the network [characters]."""
    tokenizer, model = loaded.tokenizer, loaded.model
    assert isinstance(tokenizer, MusicTokenizer)
    ids = torch.from_numpy(np.concatenate(([0], tokenizer.encode(text).astype(np.int64))))[None]
    cues = cues_along(tokenizer, text, wish)
    if not shown:
        cues[:, hidden_cues(model)] = 0
    fields = len(model.config.tag_sizes)
    tags = torch.zeros(1, ids.shape[1], fields + cues.shape[1], dtype=torch.int64)
    tags[0, :, fields:] = torch.from_numpy(cues)
    with judged(model):
        logits, _ = model(ids, None, tags)
    log_probs = torch.log_softmax(logits[0, :-1].double(), -1)
    return -log_probs.gather(1, ids[0, 1:, None])[:, 0].numpy()


def cues_along(tokenizer: MusicTokenizer, text: str, wish: Wish) -> np.ndarray:
    """The cues of each character where only what the wish says is settled [characters + 1, cues]."""
    place = tokenizer.musical.begin(wish)
    rows = [place.cues()]
    for character in text:
        place = place.advance(character)
        rows.append(place.cues())
    found = np.array(rows, np.int64)
    for column in tokenizer.naming:
        found[:, column] = np.where(found[:, column] > 0, found[:, column] - FIRST + 1, 0)
    return found


def soprano_of(score: Score) -> Score:
    """The top line alone."""
    from dataclasses import replace

    return replace(score, parts=score.parts[:1])


def harmonies(
    writer: Writer,
    tokenizer: MusicTokenizer,
    wish: Wish,
    seed: int,
    particles: int,
    blind: bool,
    temperature: float,
    avoid: float,
) -> str:
    """One harmonisation by one of the ways."""
    rule = MusicForm(tokenizer, wish, blind=blind, avoid=avoid)
    config = SamplingConfig(seed=seed, temperature=temperature, particles=particles, length=20_000)
    return generate(writer, "", config, constraints=[rule]).samples()[0].text


def measure(options: argparse.Namespace) -> int:
    """Measure both, and print two tables."""
    loaded = checkpoint.load(options.model)
    tokenizer = loaded.tokenizer
    assert isinstance(tokenizer, MusicTokenizer)
    alphabet = tokenizer.musical
    assert isinstance(alphabet, Voices)
    prepared = find_corpus(loaded.config.get("provenance") or {}, options.corpus)
    texts = held_out(prepared, options.count)
    wishes = [Wish(given=alphabet.given(soprano_of(alphabet.read(text)), voices=4)) for text in texts]

    costs: dict[str, list[float]] = {"shown": [], "hidden": []}
    for text, wish in zip(texts, wishes, strict=True):
        lower = lower_slots(text)
        notes = sum(character in PITCHES for character, own in zip(text, lower, strict=True) if own)
        for name in costs:
            costs[name].append(float(nats(loaded, text, shown=name == "shown", wish=wish)[lower].sum() / notes))
    print(f"{len(texts)} held-out chorales; nats a note of Bach's lower voices\n")
    print("| the coming melody is | nats a note |\n|---|---:|")
    for name, values in costs.items():
        print(f"| {name} | {mean(values)} |")
    print(f"| difference, paired | {mean(np.subtract(costs['hidden'], costs['shown']))} |\n")

    writer = Writer.of(loaded, "int8")
    ways = {
        "plain forced decoding": (0, True, 0.0),
        "shown the melody": (0, False, 0.0),
        f"{options.particles} particles": (options.particles, True, 0.0),
        f"shown, {options.particles} particles": (options.particles, False, 0.0),
        "shown, parallels avoided": (0, False, options.avoid),
        f"shown, {options.particles} particles, parallels avoided": (options.particles, False, options.avoid),
    }
    heads = ["", *RULES, "nats a note, lower", "nats a note, given"]
    print("| " + " | ".join(heads) + " |")
    print("|---|" + "---:|" * (len(heads) - 1))
    print(row("Bach", [alphabet.read(text) for text in texts], None))
    for name, (particles, blind, avoid) in ways.items():
        found, scores, fits = [], [], []
        for number, wish in enumerate(wishes):
            for again in range(options.tries):
                text = harmonies(
                    writer, tokenizer, wish, 1000 * again + number, particles, blind, options.temperature, avoid
                )
                cost, lower = nats(loaded, text, shown=True, wish=wish), lower_slots(text)
                unseen = nats(loaded, text, shown=False, wish=wish)
                pitched = np.array([character in PITCHES for character in text])
                found.append(float(cost[lower].sum() / max((lower & pitched).sum(), 1)))
                fits.append(float(unseen[~lower].sum() / max((~lower & pitched).sum(), 1)))
                scores.append(alphabet.read(text))
        print(row(name, scores, (found, fits)))
    return 0


def row(name: str, scores: list[Score], costs: tuple[list[float], list[float]] | None) -> str:
    """One line of the second table."""
    counted: list[PartWriting] = [part_writing(score) for score in scores]
    cells: list[Any] = [name, *(mean([rule(each) for each in counted]) for rule in RULES.values())]
    cells += ["", ""] if costs is None else [mean(costs[0]), mean(costs[1])]
    return "| " + " | ".join(map(str, cells)) + " |"


def mean(values: Any) -> str:
    """A mean with its standard error."""
    array = np.asarray(values, float)
    return f"{array.mean():.3f} ± {array.std(ddof=1) / np.sqrt(len(array)):.3f}"


def main() -> int:
    """Run the command."""
    parser = Parser("benchmarks/music/harmonising.py", __doc__ or "")
    parser.add_argument("model", nargs="?", default="chorales", help="default: chorales")
    parser.add_argument("--corpus", help="the prepared corpus (default: that of the model)")
    parser.add_argument("--count", type=int, default=20, metavar="N", help="melodies (default: 20)")
    parser.add_argument("--tries", type=int, default=3, metavar="N", help="harmonies of each, by each way (default: 3)")
    parser.add_argument("--particles", type=int, default=16, metavar="N", help="default: 16")
    parser.add_argument("--temperature", type=float, default=0.9, help="default: 0.9")
    parser.add_argument("--avoid", type=float, default=4.0, metavar="NATS", help="default: 4, as --strictness")
    return run(parser, measure)


if __name__ == "__main__":
    raise SystemExit(main())
