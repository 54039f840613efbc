"""Where joints were found."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, eq=False)
class Peaks:
    """Decoded keypoints.

    xy       (N, K, 2), or (N, K, P, 2) where P candidates a map were asked for; float64, in ``space``;
             NaN where the map holds no peak
    score    (N, K) or (N, K, P) float64: the undone map's value at the peak; 0 where there is none
    refined  (N, K) or (N, K, P) bool: a sub-cell step was taken (False: refused, or the method has none)
    space    "cell", "input" or "image"
    """

    xy: NDArray[np.float64]
    score: NDArray[np.float64]
    refined: NDArray[np.bool_]
    space: str
