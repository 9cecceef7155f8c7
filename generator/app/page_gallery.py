"""The page gallery."""

from __future__ import annotations

import streamlit as st

from .languages import _

__all__ = ["page"]


def page() -> None:
    """Show the page."""
    st.write(_("What you have kept."))
