"""Verse forms as data: what a form is, and where the forms lie."""

from .draw import draw
from .file import form_text, parse_form, read_form
from .form import Form, Line, Pattern
from .load import find_form, list_forms

__all__ = ["Form", "Line", "Pattern", "draw", "find_form", "form_text", "list_forms", "parse_form", "read_form"]
