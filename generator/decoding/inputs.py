"""What the token, and the tags, add to the gates of the first layer: a table of rows, looked up.

With ``weight_ih`` multiplied into the embedding beforehand, the first layer reads one row of a
table where it would read a whole matrix. Only where that table would be very large is the product
made at every step.
"""

from __future__ import annotations

import itertools

import torch
import torch.nn.functional as F
from torch import Tensor

from .products import Product, padded

__all__ = ["FirstInput", "InputSlot"]

MOST_TABLE_BYTES = 400_000_000


class InputSlot:
    """What the input keeps for a number of rows."""

    def __init__(self, source: FirstInput, rows: int) -> None:
        self.tokens = torch.zeros(rows, dtype=torch.int64)
        self.tags: Tensor | None = None  # [rows, outputs]: what the tags of each row add
        self.operand: Tensor | None = None
        if source.product is not None:
            self.operand = torch.zeros(rows, source.width, dtype=source.kind.operand_dtype)
            self.accumulator = source.kind.accumulator(rows, len(source.bias))


class FirstInput:
    """The input part of the first layer's gates.

    Args:
        kind: The arithmetic, used only where the table would be too large.
        embedding: [vocab_size, embed_dim], or None for one-hot input.
        weight_ih: [outputs, embed_dim] or, for one-hot input, [outputs, vocab_size]; prepared rows.
        bias: [outputs].
        tag_embeddings: Tables of tags and cues [values, embed_dim], or [values, outputs] for one-hot input.
        columns: For each tag and cue, which table it is looked up in.
        most_table_bytes: Above this no table is made.
    """

    def __init__(
        self,
        kind: type[Product],
        embedding: Tensor | None,
        weight_ih: Tensor,
        bias: Tensor,
        tag_embeddings: list[Tensor],
        columns: list[int],
        most_table_bytes: int = MOST_TABLE_BYTES,
    ) -> None:
        self.kind = kind
        self.bias = bias
        self.product: Product | None = None
        if embedding is None:
            self.table = weight_ih.t() + bias
            tables = [values.clone() for values in tag_embeddings]
        else:
            tables = [values @ weight_ih.t() for values in tag_embeddings]
            if len(embedding) * len(bias) * 4 <= most_table_bytes:
                self.table = embedding @ weight_ih.t() + bias
            else:
                self.width = padded(embedding.shape[1])
                wide = weight_ih.new_zeros(len(weight_ih), self.width)
                wide[:, : embedding.shape[1]] = weight_ih
                self.product = kind(wide, bounded=False)
                self.table = embedding.new_zeros(len(embedding), self.width)
                self.table[:, : embedding.shape[1]] = embedding
        for table in tables:
            table[0] = 0  # 0 stands for not given
        # all tables in one, so that the values of a row are looked up and summed at once
        begins = [0, *itertools.accumulate(map(len, tables))]
        self.tag_table = torch.cat(tables) if tables else None
        self.offsets = torch.tensor([begins[table] for table in columns], dtype=torch.int64)

    def set_tags(self, slot: InputSlot, tags: Tensor | None) -> None:
        """Make ``tags`` [rows, fields] those of the rows; None for none."""
        slot.tags = None
        if tags is not None and self.tag_table is not None:
            slot.tags = F.embedding_bag(tags + self.offsets, self.tag_table, mode="sum")

    def write(self, slot: InputSlot, out: Tensor) -> None:
        """Write the input part of the gates [rows, outputs] for ``slot.tokens``."""
        if self.product is None:
            torch.index_select(self.table, 0, slot.tokens, out=out)
        else:
            assert slot.operand is not None
            scale = self.kind.store_scaled(slot.operand, self.table[slot.tokens])
            self.product(slot.operand, slot.accumulator, out, self.bias, scale)
        if slot.tags is not None:
            out.add_(slot.tags)
