"""Measures of a model and of what it writes: likelihood, simple models to compare with, originality."""

from .ngram import KneserNey, baselines

__all__ = ["KneserNey", "baselines"]
