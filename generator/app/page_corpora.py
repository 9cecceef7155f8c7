"""The page corpora."""

from __future__ import annotations

import streamlit as st

from .languages import _

__all__ = ["page"]


def page() -> None:
    """Show the page."""
    st.write(_("The texts and the music that can be learnt from."))
