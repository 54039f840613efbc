"""How loops are compiled, and what they are called from."""

from __future__ import annotations

from typing import Any

from numba import njit


def jit(loop: Any) -> Any:
    """Compile a loop and keep it for the next process; where nothing can be written, each process compiles."""
    try:
        return njit(cache=True, nogil=True, error_model="numpy")(loop)
    except RuntimeError:
        return njit(nogil=True, error_model="numpy")(loop)
