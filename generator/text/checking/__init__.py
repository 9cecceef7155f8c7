"""Whether a poem keeps its form, judged line by line and from the rules alone."""

from .judge import check, poems_in
from .report import Finding, LineReport, Report, Rhyme
from .wishes import check_wishes

__all__ = ["Finding", "LineReport", "Report", "Rhyme", "check", "check_wishes", "poems_in"]
