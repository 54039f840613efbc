"""Decoded joints: where they are, and how sure that is."""

from __future__ import annotations

from dataclasses import dataclass

from kp2heat.arrays import Bools, Floats


@dataclass(frozen=True, eq=False)
class Peaks:
    """Decoded keypoints.

    xy       (N, K, 2), or (N, K, P, 2) where P candidates a map were asked for; float64, in ``space``;
             NaN where the map holds no peak
    score    (N, K) or (N, K, P) float64: the undone map's value at its peak (of decoders that fit a blob: at the
             blob's centre, not at the nearest cell); 0 where there is none
    refined  (N, K) or (N, K, P) bool: a sub-cell step was taken (False: refused, or the method has none)
    space    "cell", "input" or "image"
    """

    xy: Floats
    score: Floats
    refined: Bools
    space: str
