"""From files to a prepared corpus: manifests, download, reading, split, packed token files."""

from .cues import CUES, cue_fields, cues_of
from .manifest import Manifest, list_corpora
from .preparation import prepare
from .prepared import PreparedCorpus, TokenSplit, is_prepared, open_prepared, read_text

__all__ = [
    "CUES",
    "Manifest",
    "PreparedCorpus",
    "TokenSplit",
    "cue_fields",
    "cues_of",
    "is_prepared",
    "list_corpora",
    "open_prepared",
    "prepare",
    "read_text",
]
