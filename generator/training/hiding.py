"""Which tags and cues a network is shown while it learns, so that any of them may be left out later."""

from __future__ import annotations

import torch
from torch import Tensor

from ..config import ModelConfig, TrainingConfig

__all__ = ["shown"]


def shown(config: ModelConfig, settings: TrainingConfig, rows: int, random: torch.Generator) -> Tensor:
    """Which tags and cues are shown in a chunk: each tag by itself, cues by groups.

    Cues that tell of what is coming are often all hidden, as in free writing. Of the rest of the chunks, half
    show their first two groups alone, how many bars are left and what the top voice does, as when a melody is
    harmonised; a sixth the first alone, as when a piece of so many bars is written; and a third any of them, as
    when a passage is filled in.

    Args:
        config: The network's.
        settings: ``tag_dropout``, ``cue_dropout`` and ``ahead_share`` count.
        rows: Streams.
        random: Of the device that the result is on.
    Returns:
        1 for shown [rows, 1, fields + cues].
    """

    def drawn(width: int) -> Tensor:
        return torch.rand(rows, 1, width, generator=random, device=random.device)

    tags = drawn(len(config.tag_sizes)) >= settings.tag_dropout
    if not config.cue_groups:
        return tags
    groups = drawn(max(config.cue_groups) + 1) >= settings.cue_dropout
    if any(config.cue_ahead):
        ahead = sorted({group for group, told in zip(config.cue_groups, config.cue_ahead, strict=True) if told})
        kind, share = drawn(1), settings.ahead_share
        number = torch.arange(len(ahead), device=random.device)
        melody, bars = kind < share / 2, (kind >= share / 2) & (kind < share * 2 / 3)
        some = (kind >= share * 2 / 3) & (kind < share)
        groups[..., ahead] = (melody & (number < 2)) | (bars & (number < 1)) | (some & (drawn(len(ahead)) < 0.5))
    return torch.cat((tags, groups[..., list(config.cue_groups)]), -1)
