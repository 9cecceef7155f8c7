"""Is everything that comes out music? Pieces with wishes drawn at random, written, opened again and looked at.

    python benchmarks/music/lawful.py --models chorales,fiddle --count 1000

Half of the pieces come from each of two models. Wishes (metre, mode, key, bars, tempo, temperature) are
drawn at random for every request; a request is made for several pieces side by side. Each piece must

- end by itself, and be a lawful score: bars add up, ties join, voices are filled;
- keep its wishes: metre, key, number of bars;
- give MusicXML that music21 opens with as many sounding notes, MIDI that symusic opens with as many
  notes, and a WAV that the standard library opens, as long as the score lasts and above -40 dBFS.

The same seed gives the same pieces.
"""

from __future__ import annotations

import argparse
import io
import sys
import time
import wave
from collections import Counter
from fractions import Fraction
from random import Random
from typing import Any

import numpy as np

from generator import checkpoint
from generator.command import Parser, run
from generator.config import MusicConfig, SamplingConfig
from generator.decoding import Composer, Writer, write_music
from generator.errors import GeneratorError
from generator.music import Score, parse_key, score_bytes
from generator.rendering import wav_bytes

LEAST_DBFS = -40.0
TAIL_S = 8.0  # a WAV may last so much longer than the score: its last sound fades
SHOWN = 20
KEYS = ("C", "G", "D", "A", "E", "F", "Bb", "Eb")


def wishes(kind: str, fields: dict[str, list[str]], random: Random) -> tuple[MusicConfig, dict[str, str]]:
    """Some wishes, each asked for in about half of the requests."""
    tags = {
        field: random.choice(fields[field])
        for field in ("metre", "mode", "type")
        if fields.get(field) and random.random() < (0.3 if field == "type" else 0.5)
    }
    key = None
    if random.random() < 0.5:
        key = random.choice(KEYS)
        if kind == "voices":
            key += f" {tags.get('mode') or random.choice(['major', 'minor'])}"
    bars = str(random.randint(4, 24)) if random.random() < 0.6 else None
    tempo = float(random.randint(50, 160)) if random.random() < 0.5 else None
    return MusicConfig(key=key, tempo=tempo, bars=bars), tags


def troubles(score: Score, music: MusicConfig, tags: dict[str, str], ended: bool) -> list[str]:
    """What is not as it should be."""
    found = list(score.problems())
    if not ended:
        found.append("did not come to its end")
    full = score.metres[0].bar
    bars = sum(end - start == full for start, end in score.bar_spans())
    whole = len(score.bars) - (1 if score.pickup else 0)
    if music.bars is not None and int(music.bars) not in (bars, whole):
        found.append(f"{whole} bars where {music.bars} were asked for")
    if "metre" in tags and score.metres[0].name != tags["metre"]:
        found.append(f"in {score.metres[0].name} where {tags['metre']} was asked for")
    if music.key is not None:
        asked = parse_key(music.key if " " in music.key else f"{music.key} {score.keys[0].key.mode}")
        if asked.tonic_class != score.keys[0].key.tonic_class or asked.mode != score.keys[0].key.mode:
            found.append(f"in {score.keys[0].key.name} where {music.key} was asked for")
    if "mode" in tags and score.keys[0].key.mode != tags["mode"]:
        found.append(f"in {score.keys[0].key.mode} where {tags['mode']} was asked for")
    notes = sum(len(voice.sounding()) for voice in score.voices())
    if not notes:
        return [*found, "no note in it"]
    return [*found, *reopened(score, notes)]


def reopened(score: Score, notes: int) -> list[str]:
    """What the files do not give back, by other programs than the one that wrote them."""
    import music21
    import symusic

    found = []
    parsed: Any = music21.converter.parseData(score_bytes(score, ".musicxml").decode(), format="musicxml")
    # not stripTies, which takes a natural sign that is printed and one that is not for two pitches
    count = sum(note.tie is None or note.tie.type == "start" for note in parsed.flatten().notes)
    if count != notes:
        found.append(f"MusicXML has {count} notes by music21, not {notes}")
    opened: Any = symusic.Score.from_midi(score_bytes(score, ".mid"))
    if opened.note_num() != notes:
        found.append(f"MIDI has {opened.note_num()} notes by symusic, not {notes}")
    with wave.open(io.BytesIO(wav_bytes(score, sample_rate_hz=22050))) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float64) / 32768
        seconds = sound.getnframes() / sound.getframerate()
    level = 20 * np.log10(max(float(np.sqrt(np.mean(samples**2))), 1e-9))
    bpm = score.tempos[0].bpm if score.tempos else Fraction(100)
    lasts = float(score.length * 60 / bpm)
    if level < LEAST_DBFS:
        found.append(f"the sound is at {level:.0f} dBFS")
    if not 0.5 * lasts <= seconds <= 1.5 * lasts + TAIL_S:
        found.append(f"the sound lasts {seconds:.1f} s, the score {lasts:.1f} s")
    return found


def measure(options: argparse.Namespace) -> int:
    """Write, open, look, and print a table."""
    names = options.models.split(",")
    print("| model | pieces | with trouble | requests | refused before writing | s a piece to write | to open |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    shown: list[str] = []
    bad_in_all = 0
    for name in names:
        random = Random(f"{options.seed} {name}")
        loaded = checkpoint.load(name)
        composer = Composer.of(loaded, Writer.of(loaded, "int8"))
        fields = loaded.config.get("tag_fields") or {}
        wanted = options.count // len(names)
        counts: Counter[str] = Counter()
        writing = opening = 0.0
        while counts["pieces"] < wanted:
            music, tags = wishes(composer.tokenizer.kind, fields, random)
            config = SamplingConfig(seed=random.randrange(1 << 30), temperature=random.choice([0.7, 0.9, 1.0, 1.1]))
            rows = min(options.rows, wanted - counts["pieces"])
            counts["requests"] += 1
            begun = time.perf_counter()
            try:
                made = write_music(composer, music, config, count=rows, tags=tags)
                samples = made.generation.samples()
            except GeneratorError as error:
                counts["refused"] += 1
                shown.append(f"refused {music.to_dict()} {tags}: {error.message}")
                continue
            writing += time.perf_counter() - begun
            begun = time.perf_counter()
            for sample in samples:
                counts["pieces"] += 1
                try:
                    found = troubles(made.score(sample), music, tags, sample.ended)
                except (GeneratorError, ValueError) as error:
                    found = [f"cannot be opened: {error}"]
                if found:
                    counts["bad"] += 1
                    shown.append(f"{name} seed {sample.seed} {music.to_dict()} {tags}: {'; '.join(found[:3])}")
            opening += time.perf_counter() - begun
            print(f"\r{name}: {counts['pieces']} pieces", end="", file=sys.stderr)
        print(file=sys.stderr)
        bad_in_all += counts["bad"]
        print(
            f"| {name} | {counts['pieces']:,} | {counts['bad']} | {counts['requests']} | {counts['refused']} | "
            f"{writing / counts['pieces']:.2f} | {opening / counts['pieces']:.2f} |"
        )
    for line in shown[:SHOWN]:
        print(line)
    return 1 if bad_in_all else 0


def main() -> int:
    """Run the command."""
    parser = Parser("benchmarks/music/lawful.py", __doc__ or "")
    parser.add_argument("--models", default="chorales,fiddle", metavar="NAMES", help="default: chorales,fiddle")
    parser.add_argument("--count", type=int, default=1000, metavar="N", help="pieces in all (default: 1000)")
    parser.add_argument("--rows", type=int, default=20, metavar="N", help="pieces of one request (default: 20)")
    parser.add_argument("--seed", type=int, default=1, help="of wishes and pieces (default: 1)")
    return run(parser, measure)


if __name__ == "__main__":
    raise SystemExit(main())
