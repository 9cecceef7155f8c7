"""Measures of a model and of what it writes: likelihood, simple models to compare with, originality."""

from .dynamic import DynamicSettings, dynamic_nats
from .likelihood import PROTOCOLS, Score, carried_nats, evaluate_split, score
from .material import Material, find_corpus, material, same_corpus
from .ngram import KneserNey, baselines
from .originality import Copy, OriginalityIndex, open_index
from .report import judge
from .temperature import best_temperature
from .whereabouts import Place, place_of

__all__ = [
    "PROTOCOLS",
    "Copy",
    "DynamicSettings",
    "KneserNey",
    "Material",
    "OriginalityIndex",
    "Place",
    "Score",
    "baselines",
    "best_temperature",
    "carried_nats",
    "dynamic_nats",
    "evaluate_split",
    "find_corpus",
    "judge",
    "material",
    "open_index",
    "place_of",
    "same_corpus",
    "score",
]
