"""The loop over a picture's bytes: what each becomes is looked up, channel by channel, in one pass."""

from __future__ import annotations

from typing import Any

from kp2heat.compiled.jit import jit


@jit
def looked_up(picture: Any, table: Any, out: Any) -> None:
    """Fill out (C, h, w) with table (C, 256) at picture (h, w, C) uint8."""
    for c in range(len(table)):
        row = table[c]
        for y in range(picture.shape[0]):
            for x in range(picture.shape[1]):
                out[c, y, x] = row[picture[y, x, c]]
