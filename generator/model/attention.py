"""Attention of the last layer over its own recent past, which streams in decoding.

One head of scaled dot products (Vaswani et al. 2017) over a sliding window; the context joins the
hidden state as in Luong, Pham & Manning (2015).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .state import State

__all__ = ["WindowAttention"]


class WindowAttention(nn.Module):
    """Look back over the last ``window`` outputs, the present one included.

    Args:
        hidden_size: Width of the outputs.
        window: How many outputs are in sight.
    """

    def __init__(self, hidden_size: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.query = nn.Linear(hidden_size, hidden_size, bias=False)
        self.key = nn.Linear(hidden_size, hidden_size, bias=False)
        self.value = nn.Linear(hidden_size, hidden_size, bias=False)
        self.combine = nn.Linear(2 * hidden_size, hidden_size, bias=False)

    def forward(self, outputs: Tensor, state: State) -> tuple[Tensor, Tensor, Tensor]:
        """Attend from every step of a chunk.

        Args:
            outputs: Outputs of the last layer [time, batch, hidden_size].
            state: The state before the chunk, with ``memory`` and ``filled``.
        Returns:
            [time, batch, hidden_size], and the memory and filled counts after the chunk.
        """
        assert state.memory is not None and state.filled is not None
        time, window, kind = outputs.shape[0], self.window, outputs.dtype
        now = outputs.transpose(0, 1)  # [batch, time, hidden]
        seen = torch.cat((state.memory.to(kind), now), dim=1)  # [batch, window + time, hidden]
        steps = torch.arange(time, device=outputs.device).unsqueeze(1)
        places = torch.arange(window + time, device=outputs.device).unsqueeze(0)
        in_window = (places > steps) & (places <= steps + window)  # [time, window + time]
        real = places >= (window - state.filled).unsqueeze(1)  # [batch, window + time]
        context = F.scaled_dot_product_attention(
            F.linear(now, self.query.weight.to(kind)),
            F.linear(seen, self.key.weight.to(kind)),
            F.linear(seen, self.value.weight.to(kind)),
            attn_mask=in_window.unsqueeze(0) & real.unsqueeze(1),
        )
        joined = F.linear(torch.cat((now, context), dim=2), self.combine.weight.to(kind)).tanh()
        memory = seen[:, -window:].to(state.memory.dtype)
        return joined.transpose(0, 1), memory, (state.filled + time).clamp(max=window)
