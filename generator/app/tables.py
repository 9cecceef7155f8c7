"""Tables whose text wraps, and figures side by side: as a screen reader reads them, and with room for both on a phone.

A table is one of HTML, as against the canvas of ``st.dataframe``, which cuts what is longer than its column. Its cells
are Markdown, of which every sign is escaped.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import streamlit as st

from .escaping import escaped

__all__ = ["file_size", "in_pairs", "show_table"]

NARROWEST = 9  # letters of a column: Chinese could be broken after each of its characters
KILO, MEGA = 1_000, 1_000_000


def show_table(rows: Sequence[Mapping[str, object]], *, told: str, wide: Mapping[str, int] | None = None) -> None:
    """Show a table; where it is wider than its window it scrolls sideways.

    Args:
        rows: One mapping each of the same column names, which stand above the columns; the text is never markup.
        told: What the table holds, for who cannot see it.
        wide: Of columns of long text, how narrow each may become, in widths of a letter. A column that is not there is
            passed over.
    """
    from pandas import DataFrame  # type: ignore[import-untyped]  # with Streamlit

    cells = [{escaped(name): escaped(_said(value)) for name, value in row.items()} for row in rows]
    table: Any = DataFrame(cells)
    if cells:
        columns = list(rows[0])
        widths = [
            {"selector": f"td.col{columns.index(name)}", "props": f"min-width: {least}ch"}
            for name, least in (wide or {}).items()
            if name in columns
        ]
        table = table.style.set_table_styles([{"selector": "td", "props": f"min-width: {NARROWEST}ch"}, *widths])
    st.table(table, hide_index=True, alt=told)


def _said(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) else str(value)


def in_pairs(count: int) -> Iterator[Any]:
    """So many columns of one width beside each other; on a phone two in a row."""
    sizes = [min(2, count - first) for first in range(0, count, 2)]
    for outer, size in zip(st.columns(sizes), sizes, strict=True):
        yield from outer.columns(size, wrap=False)


def file_size(count: int) -> str:
    """A number of bytes as people say it, never parted by the end of a line: 49 kB, 1.1 MB."""
    if count >= MEGA - KILO / 2:
        return f"{count / MEGA:,.1f}\u00a0MB"
    return f"{max(round(count / KILO), min(count, 1))}\u00a0kB"
