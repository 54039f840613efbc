"""A shape with rounded corners: how far a place is from its edge."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def signed_distance(corners: Array, x: Array, y: Array) -> Array:
    """How far (x, y) lies outside the polygon with rounded corners (x, y, radius); inside is negative."""
    distance = np.full(np.shape(x), np.inf)
    inside = np.zeros(np.shape(x), bool)
    for (ax, ay, ar), (bx, by, br) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        ux, uy = bx - ax, by - ay
        t = np.clip(((x - ax) * ux + (y - ay) * uy) / ((ux * ux + uy * uy) or 1.0), 0, 1)
        distance = np.minimum(distance, np.hypot(x - ax - t * ux, y - ay - t * uy) - ar - t * (br - ar))
        inside ^= ((ay > y) != (by > y)) & (x < ax + ux * (y - ay) / (uy or 1.0))
    return np.where(inside, -np.inf, distance)


def coverage(distance: Array) -> Array:
    """The share of a pixel that a shape covers, given its centre's distance from the edge."""
    return np.clip(0.5 - distance, 0, 1)
