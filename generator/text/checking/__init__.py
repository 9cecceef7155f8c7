"""Whether a poem keeps its form, judged line by line and from the rules alone."""

from .judge import check
from .poems import Poem, check_language, poems_of
from .report import Finding, LineReport, Report, Rhyme
from .wishes import check_wishes

__all__ = ["Finding", "LineReport", "Poem", "Report", "Rhyme", "check", "check_language", "check_wishes", "poems_of"]
