"""From files to a prepared corpus: manifests, download, reading, split, packed token files."""

from .manifest import Manifest, list_corpora
from .preparation import prepare
from .prepared import PreparedCorpus, TokenSplit, is_prepared, open_prepared, read_text

__all__ = [
    "Manifest",
    "PreparedCorpus",
    "TokenSplit",
    "is_prepared",
    "list_corpora",
    "open_prepared",
    "prepare",
    "read_text",
]
