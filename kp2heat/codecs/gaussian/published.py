"""What the published encoders really do, for ``literal=True``: their windows, rejections and weights.

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
    """One published encoder.

    align      its alignment, with the precision and the way back it really has
    rounded    the window is placed round trunc(m + 0.5)
    centred    the blob in that window sits on the rounded centre (False: on the true one)
    windowed   the blob ends at the window (False: it fills the map)
    truncates  the rejection test compares truncated integers
    half_drawn a joint of visibility exactly 0.5 is drawn
    """

    align: str
    rounded: bool
    centred: bool
    windowed: bool
    truncates: bool
    half_drawn: bool

    def verdict(
        self, cells: Floats, visible: NDArray[np.generic], sigma: Floats, size: Size
    ) -> tuple[Bools, NDArray[np.float32]]:
        """(M, K, 2) cells, (M, K) visibility, (M,) sigma -> which joints are drawn, and their weights.

        The weight is the visibility as it came, 0 where the window misses the map. NaN joints, on which the
        references crash or fill the map with NaN, are not drawn and weigh 0.
        """
        flag = visible.astype(float)
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
        """Centre, first and last cell (P, 2) of the blobs at ``cells``, sigma (P,), window faults included."""
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


PUBLISHED: Mapping[str, Published] = {
    "mmpose-msra": Published("mmpose-stride", True, True, True, True, True),
    "hrnet": Published("stride", True, True, True, True, False),
    "mmpose-unbiased": Published("mmpose-stride", False, False, False, False, True),
    "darkpose": Published("align-corners", False, False, False, True, False),
    "mmpose-udp": Published("mmpose-udp", True, False, True, True, True),
}
