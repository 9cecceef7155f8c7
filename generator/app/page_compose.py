"""The page compose."""

from __future__ import annotations

import streamlit as st

from .languages import _

__all__ = ["page"]


def page() -> None:
    """Show the page."""
    st.write(_("Write a poem, a text or a tune with a model."))
