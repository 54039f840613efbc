"""Settings that work, and lose something of where a joint is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kp2heat.contracts import Level

LEAST_SIGMA: Mapping[str, float] = {"f16": 0.5, "f32": 0.0, "u8": 1.0}
"""Sigma in cells below which storing the map in this dtype loses the sub-cell position."""


def precision_warnings(dtype: str, levels: Sequence[Level]) -> list[str]:
    """Return a sentence for each level whose sigma is too small for the stored dtype, or too large for the map."""
    warnings = []
    for level in levels:
        least = LEAST_SIGMA[dtype]
        if level.sigma < least:
            warnings.append(
                f"{level.name}: sigma {level.sigma:.3g} cells does not survive {dtype}, which keeps "
                f"sub-cell positions from {least:g} cells on; use a larger sigma or --dtype f32"
            )
        if 6 * level.sigma > max(level.size):
            warnings.append(
                f"{level.name}: sigma {level.sigma:.3g} cells fills the map (6 sigma = {6 * level.sigma:.3g} "
                f"of {max(level.size)} cells); neighbouring positions become hard to tell apart"
            )
    return warnings
