"""Discs round joints, and the vectors from their cells to the joint: which joint owns a cell.

Unlike blobs, offset maps cannot merge two joints: a cell points at one of them. In the corrected forms that is
the nearest joint, of equals the first; published code often lets the last one overwrite the others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.contracts import Level
from kp2heat.frame import Size
from kp2heat.gaussian import turns


def vector_dtype(dtype: DTypeLike) -> np.dtype[np.floating]:
    """Return the dtype of planes of signed values: float16 where that is asked for, else float32."""
    return np.dtype(np.float16 if np.dtype(dtype) == np.float16 else np.float32)


def owners(index: Ints, centre: Floats, radius: float, maps: int, size: Size, *, last: bool = False) -> Ints:
    """Return (maps, H, W) int64: the joint that owns each cell, -1 where there is none.

    index (P,) is the map of each joint, centre (P, 2) its position in cells. A joint claims the cells within
    ``radius`` cells, the rim included; an infinite radius claims all. Of several joints the nearest owns the
    cell, or with ``last`` the last.
    """
    width, height = size
    x0, columns = _span(centre[:, 0], radius, width)
    y0, rows = _span(centre[:, 1], radius, height)
    owner = np.full(maps * height * width, -1)
    nearest = np.full(maps * height * width, np.inf)
    for turn in turns(index):
        x, y = x0[turn, None] + np.arange(columns), y0[turn, None] + np.arange(rows)
        dx, dy = x - centre[turn, :1], y - centre[turn, 1:]
        distance = dx[:, None, :] ** 2 + dy[:, :, None] ** 2
        cells = (index[turn, None, None] * height + y[:, :, None]) * width + x[:, None, :]
        won = distance <= radius * radius
        if not last:
            won &= distance < nearest[cells]
        taken = cells[won]
        nearest[taken] = distance[won]
        owner[taken] = np.broadcast_to(np.arange(len(index))[turn, None, None], won.shape)[won]
    return owner.reshape(maps, height, width)


def _span(centre: Floats, radius: float, cells: int) -> tuple[Ints, int]:
    """Return the first cell of each window (P,) and their width: the disc's bounding box, moved into the map."""
    count = cells if 2 * radius + 1 >= cells else int(2 * radius) + 1
    first = np.ceil(np.clip(centre - radius, 0, cells - count))
    return first.astype(np.int64), count


def reached(centre: Floats, radius: float, size: Size) -> Bools:
    """Return (P,): whether the disc round ``centre`` (P, 2) holds the centre of a cell of the map."""
    rest = centre - np.clip(np.rint(centre), 0, np.asarray(size) - 1)
    return np.asarray((rest**2).sum(axis=-1) <= radius * radius)


def least_radius(level: Level, input_size: Size) -> float:
    """Return the radius in cells of a disc that, round any joint of the input, holds the centre of a cell."""
    ends = level.alignment.to_cell(np.array([[-0.5, -0.5], [input_size[0] - 0.5, input_size[1] - 0.5]]))
    beyond = np.maximum(-ends[0], ends[1] - (np.asarray(level.size) - 1))
    return float(np.hypot(*np.maximum(beyond, 0.5))) + 1e-9


def offsets(owner: Ints, centre: Floats) -> Floats:
    """Return (maps, 2, H, W): from each cell to its owner, x then y, in cells; 0 where there is none.

    >>> offsets(np.array([[[-1, 0]]]), np.array([[0.75, 0.5]])).tolist()
    [[[[0.0, -0.25]], [[0.0, 0.5]]]]
    """
    maps, height, width = owner.shape
    vectors = np.zeros((maps, 2, height, width))
    index, row, column = np.nonzero(owner >= 0)
    held = centre[owner[index, row, column]]
    vectors[index, 0, row, column] = held[:, 0] - column
    vectors[index, 1, row, column] = held[:, 1] - row
    return vectors
