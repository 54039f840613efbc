"""The exact behaviour of published encoders, for ``literal=True``: their windows, rejections and weights.

Facts from mmpose 1.3.2 (codecs/utils/gaussian_heatmap.py), HRNet 6f69e46 and DarkPose 0185b42
(lib/dataset/JointsDataset.py). Their faults are kept: a centre truncated towards 0, a window whose
fractional 3 sigma moves the peak by a cell, blobs of joints up to 3 sigma outside the map.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats
from kp2heat.frame import Size


@dataclass(frozen=True)
class Published:
    """The switches of one published encoder.

    align       its alignment, with the precision and the inverse of the published code
    rounded     whether the window is placed round trunc(m + 0.5)
    centred     whether the blob in that window sits on the rounded centre rather than on the true one
    windowed    whether the blob ends at the window rather than filling the map
    truncates   whether the rejection test compares truncated integers
    half_drawn  whether a joint of weight exactly 0.5 is drawn

    >>> PUBLISHED["hrnet"].align
    'stride'
    """

    align: str
    rounded: bool
    centred: bool
    windowed: bool
    truncates: bool
    half_drawn: bool

    def drawn_and_weight(
        self, cells: Floats, flag: NDArray[np.float32], sigma: Floats, size: Size
    ) -> tuple[Bools, NDArray[np.float32]]:
        """Return which joints are drawn, (M, K) bool, and their weights, (M, K) float32.

        cells (M, K, 2); flag (M, K), the weight that the published loader gives each joint; sigma (M,) in
        cells; size (W, H). The weight is the flag, or 0 where the window misses the map. NaN joints, on which
        the published code crashes or fills the map with NaN, are not drawn and have weight 0.
        """
        finite = np.asarray(np.isfinite(cells).all(axis=-1))
        centre = np.where(finite[..., None], cells, 0)
        if self.rounded:
            centre = np.trunc(centre + 0.5)
        reach = 3 * sigma[:, None, None]
        low, high = centre - reach, centre + reach + 1
        if self.truncates:
            low, high = np.trunc(low), np.trunc(high)
        missed = (low >= size).any(axis=-1) | (high < 0).any(axis=-1) | ~finite
        seen = (flag >= 0.5) if self.half_drawn else (flag > 0.5)
        zeroed = missed & seen if self.half_drawn else missed
        return seen & ~missed, np.where(zeroed, 0, flag).astype(np.float32)

    def spans(self, cells: Floats, sigma: Floats) -> tuple[Floats, Floats, Floats]:
        """Return centre, first and last cell, (P, 2) each, of blobs at ``cells`` (P, 2) with sigma (P,)."""
        if not self.windowed:
            return cells, np.full_like(cells, -np.inf), np.full_like(cells, np.inf)
        reach = 3 * sigma[:, None]
        centre = np.trunc(cells + 0.5)
        left, right = np.trunc(centre - reach), np.trunc(centre + reach + 1)
        middle = left + (2 * reach + 1) // 2
        if not self.centred:
            middle = middle + (cells - centre)
        patch_end = left + np.ceil(2 * reach + 1) - 1
        return middle, left, np.minimum(right - 1, patch_end)


@dataclass(frozen=True)
class WholeMap:
    """ProbPose's encoder: every labelled joint fills its map, and weighs 1 where float64 holds any of it.

    >>> PUBLISHED["probmap"].align
    'mmpose-udp'
    """

    align: str
    centred: bool = False

    def drawn_and_weight(
        self, cells: Floats, flag: NDArray[np.float32], sigma: Floats, size: Size
    ) -> tuple[Bools, NDArray[np.float32]]:
        """Return as :meth:`Published.drawn_and_weight`; sigma is (M,) or (M, K)."""
        known = np.asarray(np.isfinite(cells).all(axis=-1))
        near = np.clip(np.rint(np.where(known[..., None], cells, 0)), 0, np.asarray(size) - 1)
        squared = ((near - cells) ** 2).sum(axis=-1)
        spread = sigma if sigma.ndim == 2 else sigma[:, None]
        with np.errstate(invalid="ignore", under="ignore"):
            held = np.exp(-squared / (2 * spread**2)) > 0
        drawn = known & (flag >= 0.5)
        return drawn, np.where(drawn, held, np.where(known, flag, 0)).astype(np.float32)

    def spans(self, cells: Floats, _sigma: Floats) -> tuple[Floats, Floats, Floats]:
        """Return centre, first and last cell, (P, 2) each, of blobs without a cut."""
        return cells, np.full_like(cells, -np.inf), np.full_like(cells, np.inf)


PUBLISHED: Mapping[str, Published | WholeMap] = {
    "mmpose-msra": Published("mmpose-stride", True, True, True, True, True),
    "hrnet": Published("stride", True, True, True, True, False),
    "mmpose-unbiased": Published("mmpose-stride", False, False, False, False, True),
    "darkpose": Published("align-corners", False, False, False, True, False),
    "mmpose-udp": Published("mmpose-udp", True, False, True, True, True),
    "probmap": WholeMap("mmpose-udp"),
}
