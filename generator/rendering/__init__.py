"""What becomes of a score for a person: engraved pages, a piano roll, sound, and all of them in a folder or a zip."""

from .bundle import FORMATS, bundle, zip_bytes
from .engraving import Engraving, Moment, engrave
from .packages import check_packages
from .performance import orchestrated, performed
from .places import Anchor, Box, Places, System, cursor, places
from .roll import PianoRoll, RollNote, piano_roll
from .roll_pictures import roll_chart, roll_png
from .sound import sound, wav_bytes

__all__ = [
    "FORMATS",
    "Anchor",
    "Box",
    "Engraving",
    "Moment",
    "PianoRoll",
    "Places",
    "RollNote",
    "System",
    "bundle",
    "check_packages",
    "cursor",
    "engrave",
    "orchestrated",
    "performed",
    "piano_roll",
    "places",
    "roll_chart",
    "roll_png",
    "sound",
    "wav_bytes",
    "zip_bytes",
]
