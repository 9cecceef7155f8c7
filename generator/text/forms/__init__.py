"""Verse forms as data."""

from .form import Form, Line, Pattern

__all__ = ["Form", "Line", "Pattern"]
