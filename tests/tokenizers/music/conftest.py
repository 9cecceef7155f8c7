"""The tests of this room also use the scores that Hypothesis makes for the room of music."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[2] / "music"))
