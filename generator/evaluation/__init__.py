"""Measures of a model and of what it writes: likelihood, simple models to compare with, originality."""

from .dynamic import DynamicSettings, dynamic_nats
from .likelihood import PROTOCOLS, Score, carried_nats, evaluate_split, score
from .ngram import KneserNey, baselines
from .originality import Copy, OriginalityIndex, open_index
from .temperature import best_temperature

__all__ = [
    "PROTOCOLS",
    "Copy",
    "DynamicSettings",
    "KneserNey",
    "OriginalityIndex",
    "Score",
    "baselines",
    "best_temperature",
    "carried_nats",
    "dynamic_nats",
    "evaluate_split",
    "open_index",
    "score",
]
