"""Measures of music: what a set of pieces is like, beside pieces by people."""

from .comparing import Comparison, compare, count_all
from .copying import CopyIndex, Run
from .features import FEATURES, features
from .part_writing import PartWriting, is_four_part, part_writing
from .report import as_table, measure
from .texture import TEXTURES

__all__ = [
    "FEATURES",
    "TEXTURES",
    "Comparison",
    "CopyIndex",
    "PartWriting",
    "Run",
    "as_table",
    "compare",
    "count_all",
    "features",
    "is_four_part",
    "measure",
    "part_writing",
]
