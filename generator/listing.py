"""Tables of what is here, as commands print them."""

from __future__ import annotations

import unicodedata
from pathlib import Path

from . import catalogue

__all__ = ["print_corpora", "print_models", "print_runs", "print_table", "size_text"]


def print_models(folder: Path) -> None:
    """Print the models in a folder."""
    rows = [model_row(entry) for entry in catalogue.models(folder)]
    print_table(f"Models in {folder.name}/", rows, "none yet")


def print_corpora(prepared: Path) -> None:
    """Print the corpora known by name."""
    print_table("Corpora that can be named", [corpus_row(entry) for entry in catalogue.corpora(prepared)], "none here")


def print_runs(folder: Path) -> None:
    """Print the runs in a folder."""
    print_table(f"Runs in {folder.name}/", [run_row(entry) for entry in catalogue.runs(folder)], "none yet")


def model_row(entry: catalogue.ModelEntry) -> list[str]:
    """One line about a model."""
    if entry.problem:
        return [entry.name, f"damaged: {entry.problem}"]
    score = "" if entry.bits_per_char is None else f"{entry.bits_per_char:.3f} bits per character"
    return [entry.name, entry.writes, f"{entry.parameters:,} parameters", size_text(entry.size), score]


def corpus_row(entry: catalogue.CorpusEntry) -> list[str]:
    """One line about a corpus."""
    if entry.problem:
        return [entry.name, f"damaged: {entry.problem}"]
    prepared = f"prepared in {entry.prepared}" if entry.prepared else "not prepared"
    size = "" if entry.size is None else size_text(entry.size)
    return [entry.name, size, prepared, f"{entry.title} [{entry.licence}]"]


def run_row(entry: catalogue.RunEntry) -> list[str]:
    """One line about a run."""
    if entry.problem:
        return [entry.name, f"damaged: {entry.problem}"]
    return [entry.name, entry.state, entry.details]


def size_text(size: int) -> str:
    """Bytes as a person says them: ``950 bytes``, ``1.1 MB``."""
    for unit, least in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= least * 0.9995:
            return f"{size / least:.1f} {unit}"
    return f"{size} bytes"


def shown_width(text: str) -> int:
    """How many columns of a terminal the text takes: Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(symbol) in "WF" else 1 for symbol in text)


def print_table(title: str, rows: list[list[str]], instead: str = "") -> None:
    """Print rows under a title with their columns aligned, or what stands instead of no rows."""
    print(f"\n{title}")
    widths: dict[int, int] = {}
    for row in rows:
        for column, cell in enumerate(row[:-1]):
            widths[column] = max(widths.get(column, 0), shown_width(cell))
    for row in rows:
        cells = [cell + " " * (widths.get(column, 0) - shown_width(cell)) for column, cell in enumerate(row)]
        print("  " + "  ".join(cells).rstrip())
    if not rows:
        print(f"  {instead}")
