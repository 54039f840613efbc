"""Maps moved from one grid to another by separable cubic interpolation at exact positions."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats, Ints
from kp2heat.frame import Alignment

Maps = NDArray[np.float32]

SHARPNESS = -0.5
"""Parameter of Keys' cubic convolution that is exact for parabolas, as in MATLAB; OpenCV's -0.75 is not exact
even for a line."""


def taps(positions: Floats, cells: int) -> tuple[Ints, Floats]:
    """Return (n, 4) cells and (n, 4) weights that interpolate a line of ``cells`` values at n positions, in cells.

    Cubic convolution (Keys 1981) over four cells; beyond the ends the last value continues. A position
    on a cell takes that cell exactly.

    >>> [column.tolist() for column in taps(np.array([1.5]), 4)]
    [[[0, 1, 2, 3]], [[-0.0625, 0.5625, 0.5625, -0.0625]]]
    """
    first = np.floor(positions).astype(np.int64)
    steps = np.arange(-1, 3)
    d = np.abs((positions - first)[:, None] - steps)
    near = ((SHARPNESS + 2) * d - (SHARPNESS + 3)) * d * d + 1
    far = ((SHARPNESS * d - 5 * SHARPNESS) * d + 8 * SHARPNESS) * d - 4 * SHARPNESS
    return np.clip(first[:, None] + steps, 0, cells - 1), np.where(d <= 1, near, far)


def weights(positions: Floats, cells: int) -> Floats:
    """Return (len(positions), cells): row i interpolates a line of ``cells`` values at position i, in cells.

    >>> weights(np.array([1.0, 1.5]), 4).tolist()
    [[0.0, 1.0, 0.0, 0.0], [-0.0625, 0.5625, 0.5625, -0.0625]]
    """
    places, shares = taps(positions, cells)
    out = np.zeros((len(positions), cells))
    rows = np.arange(len(positions))
    for step in range(places.shape[1]):
        np.add.at(out, (rows, places[:, step]), shares[:, step])
    return out


def resample(maps: Maps, x: Floats, y: Floats) -> Maps:
    """Return maps (N, K, H, W) at columns ``x`` and rows ``y``, in cells: (N, K, len(y), len(x)) float32."""
    _, _, height, width = maps.shape
    if np.array_equal(x, np.arange(width)) and np.array_equal(y, np.arange(height)):
        return maps
    across = weights(x, width).astype(np.float32)
    down = weights(y, height).astype(np.float32)
    return np.asarray(down @ maps @ across.T)


def regrid(maps: Maps, source: Alignment, target: Alignment, size: tuple[int, int]) -> Maps:
    """Return maps of the grid ``source`` on the grid ``target`` of ``size`` (W, H) over the same input."""
    x, y = (np.arange(cells, dtype=float) for cells in size)
    columns, rows = np.stack([x, 0 * x], axis=-1), np.stack([0 * y, y], axis=-1)
    x, y = (source.to_cell(target.to_input(line))[:, axis] for axis, line in enumerate((columns, rows)))
    return resample(maps, x, y)


def unflip(maps: Maps, grid: Alignment, input_size: tuple[int, int], swap: Ints) -> Maps:
    """Return maps of the mirrored input as maps of the input: columns mirrored by the grid, joints swapped.

    Exact for ``half-pixel`` and ``align-corners``, which are mirror symmetric. On a ``stride`` grid the
    mirrored cells fall between cells, (s - 1)/s of a cell aside, and are interpolated; the shift by one whole
    cell that HRNet makes instead is that step, rounded.
    """
    width, height = maps.shape[3], maps.shape[2]
    x = np.arange(width, dtype=float)
    at = grid.to_input(np.stack([x, np.zeros(width)], axis=-1))
    at[:, 0] = input_size[0] - 1 - at[:, 0]
    mirrored = grid.to_cell(at)[:, 0]
    if np.allclose(mirrored, x[::-1], atol=1e-9):
        return np.asarray(maps[:, swap, :, ::-1])
    return resample(maps[:, swap], mirrored, np.arange(height, dtype=float))


def shift_right(maps: Maps) -> Maps:
    """Return maps moved one cell to the right, with the first column kept: HRNet's SHIFT_HEATMAP.

    >>> shift_right(np.array([[[[1, 2, 3]]]], np.float32)).tolist()
    [[[[1.0, 1.0, 2.0]]]]
    """
    out = maps.copy()
    out[..., 1:] = maps[..., :-1]
    return out
