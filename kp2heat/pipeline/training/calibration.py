"""The calibration picture: soft dots of distinct colours at known places, and where they are in a picture."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bytes, Floats, Ints
from kp2heat.libraries import opencv

GRID = (4, 3)
"""Columns and rows of dots; the left half of the dots are the partners of the right half."""
SIDE = 80
"""Pixels from dot to dot."""
RADIUS = 5.0
"""Standard deviation of a dot, px: a quarter of it is still sampled without loss."""
FAINT = 0.03
"""Share of a dot's peak below which a pixel is background."""
WHOLE = 0.7
"""A dot that shows less than this of its expected mass is cut by the border, and not measured."""


def partners() -> Ints:
    """Return the mirror partner (12,) of each dot."""
    count = GRID[0] * GRID[1]
    return np.roll(np.arange(count), count // 2)


def calibration(rng: np.random.Generator) -> tuple[Bytes, Floats]:
    """Return a picture (h, w, 3) uint8 of soft dots, and their places (12, 2)."""
    columns, rows = GRID
    size = np.array([columns, rows]) * SIDE
    grid = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2)
    order = np.argsort(grid[:, 0] >= columns // 2, kind="stable")  # left half first
    places = (grid[order] + 0.5) * SIDE - 0.5 + rng.uniform(-8, 8, (len(grid), 2))
    across, down = (
        np.exp(-((np.arange(size[i]) - places[:, i, None]) ** 2) / (2 * RADIUS**2)) for i in (0, 1)
    )
    canvas = np.einsum("ky,kx,kc->yxc", down, across, colours(), optimize=True)
    return np.rint(canvas * 255).astype(np.uint8), places


def colours() -> Floats:
    """Return (12, 3): colours evenly spaced in hue, whose channels add up to 1."""
    count = GRID[0] * GRID[1]
    bright = np.array([colorsys.hsv_to_rgb(k / count, 1.0, 1.0) for k in range(count)])
    return np.asarray(bright / bright.sum(axis=1, keepdims=True))


def measure(picture: Floats) -> Floats:
    """Return where each dot is (12, 2): the centre of mass of its blob; NaN where it is not whole in the picture."""
    brightness = picture.sum(axis=2)
    places = np.full((GRID[0] * GRID[1], 2), np.nan)
    if brightness.max() <= 0:
        return places
    bright = np.where(brightness > FAINT * brightness.max(), brightness, 0)
    labels, boxes = _components(bright)
    masses = np.bincount(labels.ravel(), bright.ravel())[1:]
    for number, (left, top, width, height) in enumerate(boxes.tolist(), 1):
        cut = left == 0 or top == 0 or left + width == bright.shape[1] or top + height == bright.shape[0]
        if cut or masses[number - 1] < WHOLE * np.median(masses):
            continue
        box = np.s_[top : top + height, left : left + width]
        y, x = np.nonzero(labels[box] == number)
        seen = picture[box][y, x].sum(axis=0)
        weight = bright[box][y, x] / masses[number - 1]
        likeness = colours() @ seen / np.linalg.norm(colours(), axis=1)
        places[int(likeness.argmax())] = left + x @ weight, top + y @ weight
    return places


def _components(bright: Floats) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return the number of each pixel's blob (h, w), 0 for none, and the blobs' boxes (B, 4)."""
    cv2 = opencv()
    _, labels, stats, _ = cv2.connectedComponentsWithStats((bright > 0).astype(np.uint8), connectivity=8)
    return np.asarray(labels), np.asarray(stats)[1:, :4]
