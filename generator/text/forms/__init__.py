"""Verse forms as data: what a form is, and where the forms lie."""

from .draw import draw
from .file import form_text, parse_form, read_form
from .form import Form, Line, Pattern
from .listing import LEGENDS, forms_called, summary
from .load import find_form, list_forms
from .stanzas import with_stanzas

__all__ = [
    "LEGENDS",
    "Form",
    "Line",
    "Pattern",
    "draw",
    "find_form",
    "form_text",
    "forms_called",
    "list_forms",
    "parse_form",
    "read_form",
    "summary",
    "with_stanzas",
]
