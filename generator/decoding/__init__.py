"""Floor 5: how text comes out of a trained network, one step at a time."""

from .engine import Engine, EngineState

__all__ = ["Engine", "EngineState"]
