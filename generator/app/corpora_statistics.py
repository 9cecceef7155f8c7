"""What a prepared corpus is like, in numbers that can be drawn: characters or pitches, lengths, simple models' scores.

They are worked out once, by the process that prepares a corpus or by one of their own, and kept beside
it in ``statistics.json``, where they come and go with the corpus.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from ..corpus import PreparedCorpus
from ..errors import GeneratorError
from ..files import read_json, write_json
from ..music import Score, score_to_json

__all__ = ["STATISTICS", "kept_statistics", "measure", "music_alphabet", "pitch_name"]

STATISTICS = "statistics.json"
FORMAT_VERSION = 1
MOST_SYMBOLS = 60  # shown by frequency
BINS = 24  # of lengths
PREVIEWS, LONGEST_PREVIEW = 3, 600  # pieces and their characters
LONGEST_SCORE = 20_000  # characters of a previewed piece as JSON: what is longer is shown by its signs
MOST_SCORES = 200  # read back to count their pitches
MOST_JUDGED = 2_000_000  # validation tokens, as in a training
PITCHES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")


def measure(corpus: PreparedCorpus) -> dict[str, Any]:
    """Work the statistics of a corpus out, keep them beside it, and give them.

    Returns:
        ``symbols`` (shown, count), ``distinct``, ``lengths`` (``bins`` as from, to, count; ``least``, ``median``,
        ``most``), ``baselines`` in bits per character, ``preview``; for music also ``pitches`` (MIDI number, count),
        ``scores``, how many pieces they were counted in, ``one_tonic``, whether all were read in the same key, and
        ``preview_scores``, the pieces of ``preview`` as JSON, None where one cannot be engraved.
    """
    train = corpus.split("train")
    tokenizer = corpus.tokenizer
    counts = np.bincount(train.ids, minlength=tokenizer.vocab_size)
    counts[0] = 0  # the boundary is no character
    order = np.argsort(-counts, kind="stable")
    found: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "digest": corpus.details["digest"],
        "distinct": int((counts > 0).sum()),
        "tokens": int(counts.sum()),
        "symbols": [
            [tokenizer.token_label(int(token)), int(counts[token])] for token in order[:MOST_SYMBOLS] if counts[token]
        ],
        "lengths": _lengths(corpus),
        "baselines": {},
        "preview": [_shown(corpus, _text(corpus, number))[:LONGEST_PREVIEW] for number in _chosen(corpus, PREVIEWS)],
    }
    if is_music(corpus):
        found |= _pitches(corpus)
        found["preview_scores"] = [_previewed(corpus, number) for number in _chosen(corpus, PREVIEWS)]
    write_json(corpus.folder / STATISTICS, found)  # for who is waiting: what follows loads heavy libraries
    found["baselines"] = _baselines(corpus)
    write_json(corpus.folder / STATISTICS, found)
    return found


def kept_statistics(folder: Path, digest: str) -> dict[str, Any] | None:
    """What was worked out before of the corpus of that digest in ``folder``; None where there is nothing."""
    try:
        found = read_json(folder / STATISTICS)
    except (OSError, ValueError):
        return None
    lawful = isinstance(found, dict) and found.get("format_version") == FORMAT_VERSION
    return found if lawful and found.get("digest") == digest else None


def is_music(corpus: PreparedCorpus) -> bool:
    """Whether its pieces are music."""
    return getattr(type(corpus.tokenizer), "medium", "text") == "music"


def music_alphabet(corpus: PreparedCorpus) -> str:
    """The alphabet that the music of a corpus is written in; empty where it is text."""
    return corpus.tokenizer.kind if is_music(corpus) else ""


def pitch_name(midi: int) -> str:
    """A pitch as it is named on a piano, where black keys have two names: the commoner. 60 is C4.

    >>> pitch_name(70)
    'B♭4'
    """
    return f"{PITCHES[midi % 12]}{midi // 12 - 1}"


def _lengths(corpus: PreparedCorpus) -> dict[str, Any]:
    """How long the training pieces are, in tokens; of one long text there is but one."""
    train = corpus.split("train")
    ends = np.append(train.starts[1:].astype(np.int64), len(train.ids) - 1)
    lengths = ends - train.starts.astype(np.int64) - 1
    least, most = int(lengths.min()), int(lengths.max())
    # a few pieces far longer than all others would press these into one bar: they share the last one
    top = max(int(np.quantile(lengths, 0.99)), least + 1)
    width = max(math.ceil((top + 1 - least) / BINS), 1)
    edges = [*range(least, top + 1, width)]
    counts = np.bincount(np.minimum((lengths - least) // width, len(edges) - 1), minlength=len(edges))
    bins = [[edge, edge + width - 1, int(count)] for edge, count in zip(edges, counts, strict=True)]
    bins[-1][1] = max(bins[-1][1], most)
    return {"bins": bins, "least": least, "median": float(np.median(lengths)), "most": most, "pieces": len(lengths)}


def _baselines(corpus: PreparedCorpus) -> dict[str, float]:
    """What simple models score on the validation part, in bits per character, as a training tells it."""
    from ..evaluation import baselines

    train, valid = corpus.split("train"), corpus.split("validation")
    ids = np.asarray(valid.ids[:MOST_JUDGED])
    per_char = (len(valid.ids) - 1) / max(valid.characters, 1) / math.log(2)
    found = baselines(train.ids, ids, corpus.tokenizer.vocab_size)
    return {name: value * per_char for name, value in found.items()}


def _chosen(corpus: PreparedCorpus, count: int) -> list[int]:
    """Numbers of some training pieces, evenly spread."""
    pieces = len(corpus.split("train"))
    return sorted(set(np.linspace(0, pieces - 1, min(count, pieces)).astype(int).tolist()))


def _text(corpus: PreparedCorpus, number: int) -> str:
    """The text of a training piece; of a text, the beginning is enough to be looked at."""
    ids = corpus.split("train").piece(number)
    return corpus.tokenizer.decode(ids if is_music(corpus) else ids[: LONGEST_PREVIEW * 4])


def _shown(corpus: PreparedCorpus, text: str) -> str:
    """A piece as people read it."""
    if is_music(corpus):
        return str(corpus.tokenizer.musical.shown(text))  # type: ignore[attr-defined]
    if corpus.details.get("backward"):
        from ..corpus.packing import turned

        return turned(text)
    return text.strip("\n")


def _score(corpus: PreparedCorpus, number: int) -> Score | None:
    """A training piece read back; None where it breaks a rule of reading."""
    train, keys = corpus.split("train"), corpus.tag_fields.get("key", [])
    column = list(corpus.tag_fields).index("key") if keys else 0
    tag = int(train.tags[number, column]) if keys and train.tags is not None else 0
    key = keys[tag - 1].split()[0] if tag else None  # an alphabet may write pieces relative to their tonic
    try:
        score: Score = corpus.tokenizer.musical.read(_text(corpus, number), key=key)  # type: ignore[attr-defined]
    except GeneratorError:
        return None
    return score


def _previewed(corpus: PreparedCorpus, number: int) -> dict[str, Any] | None:
    """A training piece as a page can engrave it."""
    score = _score(corpus, number)
    found = None if score is None else score_to_json(score)
    return found if len(json.dumps(found)) <= LONGEST_SCORE else None


def _pitches(corpus: PreparedCorpus) -> dict[str, Any]:
    """Pitches by frequency, of pieces that are read back; those that break a rule of reading are passed over."""
    counts: Counter[int] = Counter()
    read = 0
    for number in _chosen(corpus, MOST_SCORES):
        score = _score(corpus, number)
        if score is None:
            continue
        read += 1
        counts.update(note.pitch.midi for voice in score.voices() for note in voice.sounding())
    return {
        "pitches": [list(item) for item in sorted(counts.items())],
        "scores": read,
        "one_tonic": corpus.tokenizer.kind == "melody",  # keeps tunes without their keys: all are read in the same
    }
