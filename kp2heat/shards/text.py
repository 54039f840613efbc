"""Columns of text: str in memory, UTF-8 of one length in the file. NumPy converts whole columns at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

ASCII = 128
"""Codes below it are the same in both."""


def to_utf8(values: NDArray[Any]) -> NDArray[np.bytes_]:
    """Return texts (N,) as UTF-8 bytes (N,), all as long as the longest."""
    if not values.size:
        return np.empty(values.shape, "S1")
    longest = max(1, int(np.char.str_len(values).max()))
    codes = _codes(values, np.uint32)[:, :longest]
    if codes.max() < ASCII:
        return codes.astype(np.uint8).view(f"S{longest}").reshape(-1)
    return np.char.encode(values, "utf-8")


def from_utf8(values: NDArray[Any]) -> NDArray[np.str_]:
    """Return UTF-8 bytes (N,) as texts (N,); UnicodeDecodeError where they are not UTF-8."""
    if not values.size:
        return np.empty(values.shape, "U1")
    codes = _codes(values, np.uint8)
    if codes.max() < ASCII:
        return codes.astype(np.uint32).view(f"U{codes.shape[1]}").reshape(-1)
    return np.char.decode(values, "utf-8")


def _codes(values: NDArray[Any], kind: type) -> NDArray[Any]:
    """Return the codes (N, length) of the letters of texts."""
    return np.ascontiguousarray(values).view(kind).reshape(len(values), -1)
