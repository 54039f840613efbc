"""Decoded joints: where they are, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

from kp2heat.arrays import Bools, Floats


@dataclass(frozen=True, eq=False)
class Peaks:
    """Decoded keypoints.

    xy       (N, K, 2), or (N, K, P, 2) where P candidates per map were asked for; float64, in ``space``;
             NaN where the map holds no peak
    score    (N, K) or (N, K, P) float64: the undone map's value at its peak (of decoders that fit a blob: at the
             blob's centre, not at the nearest cell); 0 where there is none
    refined  (N, K) or (N, K, P) bool: a sub-cell step was taken (False: refused, or the method has none)
    space    "cell", "input" or "image"

    Of predictions, where they are asked for (``kp2heat.decoders.confidence``), else None:

    covariance  (N, K, 2, 2) of the place, squared px or cells of ``space``
    share       (N, K) of the map's square that one blob explains, 0 to 1
    amplitude   (N, K) of that blob

    depth       (N, K) of decoders that read three axes, in bins of the third; else None

    >>> import numpy as np
    >>> Peaks(np.array([[[3.5, 4.0]]]), np.array([[0.9]]), np.array([[True]]), "cell").space
    'cell'
    """

    xy: Floats
    score: Floats
    refined: Bools
    space: str
    covariance: Floats | None = None
    share: Floats | None = None
    amplitude: Floats | None = None
    depth: Floats | None = None

    def first(self, count: int = 1) -> Peaks:
        """Return the first candidates of each map's P: xy (N, K, P, 2) as (N, K, count, 2), or of one as (N, K, 2)."""
        some = 0 if count == 1 else slice(count)
        return Peaks(self.xy[:, :, some], self.score[:, :, some], self.refined[:, :, some], self.space)
