"""Gaussians on grids: two float64 profiles, one outer product, one rounding to the stored dtype.

A blob is drawn only in a window round its centre. Every window of a batch has the same number of rows and
columns and lies inside its map (values beyond a blob's cut are zero), so a batch is a handful of array
operations with no loop over joints, and its bits do not depend on the size of the batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat.arrays import Floats, Ints
from kp2heat.compiled import loops
from kp2heat.errors import SpecError

TINIEST = float(np.finfo(np.float32).tiny)
"""2^-126, the least normal float32: products below it are drawn as 0 (subnormals cost 16 times as much)."""

FARTHEST = 37.0
"""Sigmas from a centre at which exp is still a normal number, far below TINIEST."""


class Windows(NamedTuple):
    """P blobs as separable windows.

    x0, y0  (P,) int64: first column and row of each window, in cells
    x, y    (P, w) and (P, h) float64: the profiles, zero beyond the cut of a blob
    """

    x0: Ints
    y0: Ints
    x: Floats
    y: Floats


def profile(
    centre: Floats, sigma: Floats, low: Floats, high: Floats, cells: int, reach: float = FARTHEST
) -> tuple[Ints, Floats]:
    """Return the first cell (P,) of each window, and exp(-(g - centre)^2 / 2 sigma^2) in it, (P, w).

    The value is 0 except where low <= g <= high; these, centre and sigma are (P,) in cells. ``reach``, in sigmas,
    is at most FARTHEST. w is the width of the widest blob of the batch, at most ``cells``: a wider window adds
    zeros only, so values do not depend on the batch.

    >>> far = np.array([9.0])
    >>> start, values = profile(np.array([2.0]), np.array([1.0]), -far, far, 4)
    >>> start.tolist(), values.round(3).tolist()
    ([0], [[0.135, 0.607, 1.0, 0.607]])
    """
    compiled = loops()
    if compiled is not None:
        start, exponents = compiled.exponents(centre, sigma, low, high, cells, reach)
        values = np.exp(exponents, out=exponents)
        compiled.cleared(values)
        return start, values
    low, high = np.maximum(low, centre - sigma * reach), np.minimum(high, centre + sigma * reach)
    first = np.clip(np.ceil(np.clip(low, 0, cells)), 0, cells - 1)
    last = np.clip(np.floor(np.clip(high, -1, cells - 1)), -1, cells - 1)
    width = int(np.clip((last - first).max(initial=0) + 1, 1, cells))
    start = np.minimum(first, cells - width).astype(np.int64)
    grid = start.astype(np.float64)[:, None] + np.arange(float(width))
    z = grid - centre[:, None]
    z /= sigma[:, None]
    z *= z
    z *= -0.5
    values = np.exp(z, out=z)
    values[(grid < low[:, None]) | (grid > high[:, None])] = 0
    return start, values


def least(dtype: DTypeLike, scale: float = 1.0) -> float:
    """Return the value below which a cell is 0 once stored: half the least float16, half a count, or TINIEST."""
    kind = np.dtype(dtype)
    if kind.kind == "u":
        return scale / 2
    return 2.0**-25 if kind == np.float16 else TINIEST


def both(values: Floats) -> Floats:
    """Return (P, 2) with the value (P,) along both axes, faster than by broadcasting."""
    return np.repeat(values, 2).reshape(-1, 2)


def reach_of(floor: float) -> float:
    """Return how many sigmas from its centre a blob of peak 1 falls below ``floor``, a hair more."""
    return float(np.sqrt(-2 * np.log(floor)) * (1 + 1e-9))


def windows(
    centre: Floats, sigma: Floats, low: Floats, high: Floats, size: tuple[int, int], floor: float = TINIEST
) -> Windows:
    """Return the windows of blobs: centre, low, high (P, 2) and sigma (P,) in cells; size (W, H).

    A blob ends where it falls below ``floor``, so the window of an uncut blob is no larger than its values.
    """
    reach = reach_of(floor)
    x0, x = profile(centre[:, 0], sigma, low[:, 0], high[:, 0], size[0], reach)
    y0, y = profile(centre[:, 1], sigma, low[:, 1], high[:, 1], size[1], reach)
    return Windows(x0, y0, x, y)


def patches(blobs: Windows, floor: float = TINIEST) -> Floats:
    """Return the outer products of the profiles, (P, h, w) float64, with 0 for values below ``floor``."""
    return products(blobs.y, blobs.x, floor)


def products(y: Floats, x: Floats, floor: float) -> Floats:
    """Return y (P, h) times x (P, w), (P, h, w) float64, with 0 for values below ``floor``.

    >>> products(np.array([[1.0, 0.5]]), np.array([[0.5, 1.0]]), 0.3).tolist()
    [[[0.5, 1.0], [0.0, 0.5]]]
    """
    compiled = loops()
    if compiled is not None:
        return np.asarray(compiled.products(y, x, floor))
    values = y[:, :, None] * x[:, None, :]
    faintest_x, faintest_y = (np.where(side > 0, side, 1).min(initial=1) for side in (x, y))
    if faintest_x * faintest_y < floor:
        values[values < floor] = 0
    return values


def paint(maps: NDArray[Any], index: Ints, blobs: Windows, values: NDArray[Any], merge: str) -> None:
    """Paint the patch of each blob into map ``index`` (P,) of ``maps`` (M, H, W), in place.

    merge is ``set`` where every map has at most one blob; else ``max``, ``sum`` or ``overwrite`` (by values that
    are not 0), and the blobs of a map are painted in order.
    """
    _, height, width = maps.shape
    if merge == "set" and values.shape[1:] == (height, width):
        maps[index] = values
        return
    flat = maps.reshape(-1)
    origin = (index * height + blobs.y0) * width + blobs.x0
    inside = np.arange(blobs.y.shape[1])[:, None] * width + np.arange(blobs.x.shape[1])
    for turn in turns(index):
        cells = origin[turn, None, None] + inside
        if merge == "set":
            flat[cells] = values[turn]
        elif merge == "max":
            flat[cells] = np.maximum(flat[cells], values[turn])
        elif merge == "overwrite":
            flat[cells] = np.where(values[turn] > 0, values[turn], flat[cells])
        else:
            flat[cells] += values[turn]


def turns(index: Ints) -> list[Any]:
    """Return selections of blobs, given their maps ``index`` (P,), in which no two share a map.

    They are the first blob of every map, then the second, and so on.

    >>> [turn.tolist() for turn in turns(np.array([0, 1, 0]))]
    [[0, 1], [2]]
    """
    if len(index) < 2 or (np.diff(index) > 0).all():
        return [slice(None)]
    order = np.argsort(index, kind="stable")
    ranked = index[order]
    starts = np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]])
    rank = np.arange(len(ranked)) - np.repeat(starts, np.diff(np.r_[starts, len(ranked)]))
    return [order[rank == turn] for turn in range(int(rank.max()) + 1)]


OPENCV_SMALL: Mapping[int, tuple[float, ...]] = {
    1: (1.0,),
    3: (0.5, 0.25),
    5: (0.375, 0.25, 0.0625),
    7: (0.28125, 0.21875, 0.109375, 0.03125),
    9: (60 / 256, 51 / 256, 30 / 256, 13 / 256, 4 / 256),
}
"""Half kernels, from the middle outward, that OpenCV uses in place of its sigma rule."""


def opencv_kernel(taps: int) -> Floats:
    """Return ``cv2.getGaussianKernel(taps, 0)``, (taps,) float64: the blur of DARK, UDP and Megvii.

    sigma = 0.3 ((taps - 1) / 2 - 1) + 0.8 above 9 taps, fixed tables below. SpecError on even numbers.

    >>> opencv_kernel(3).tolist()
    [0.25, 0.5, 0.25]
    """
    if taps < 1 or taps % 2 == 0:
        raise SpecError("kernel", f"{taps} is not a kernel size", "give an odd number of cells")
    half = np.arange(taps // 2 + 1)
    if taps in OPENCV_SMALL:
        side = np.array(OPENCV_SMALL[taps])
    else:
        side = np.exp(-0.5 * (half / (0.3 * (taps // 2 - 1) + 0.8)) ** 2)
    kernel = np.concatenate([side[:0:-1], side])
    return np.asarray(kernel / kernel.sum())


def stored(values: NDArray[Any], dtype: DTypeLike, scale: float = 1.0) -> NDArray[Any]:
    """Return values rounded to the stored dtype: floats to nearest even, uint8 to the nearest count of ``scale``.

    >>> stored(np.array([0.5, 1.0]), "u1", 1 / 255).tolist()
    [128, 255]
    """
    target = np.dtype(dtype)
    if target.kind == "u":
        return np.rint(np.clip(values / scale, 0, 255)).astype(target)
    compiled = loops()
    if compiled is not None and target == np.float16 and values.dtype == np.float64:
        halves = np.empty(values.shape, np.uint16)
        if compiled.halves(np.ravel(values), halves.reshape(-1)):
            return halves.view(np.float16)
    return values.astype(target, copy=False)


def stored_products(y: Floats, x: Floats, floor: float, dtype: DTypeLike, scale: float) -> NDArray[Any]:
    """Return ``products`` rounded to the stored dtype, (P, h, w)."""
    compiled = loops()
    if compiled is not None and np.dtype(dtype) == np.float16:
        halves = np.empty((len(y), y.shape[1] * x.shape[1]), np.uint16)
        if compiled.half_products(y, x, floor, halves):
            return halves.view(np.float16).reshape(len(y), y.shape[1], x.shape[1])
    return stored(products(y, x, floor), dtype, scale)


def greatest(rows: Floats) -> Floats:
    """Return (P,): the greatest value of each row (P, w), at least 0."""
    compiled = loops()
    return np.asarray(rows.max(axis=1, initial=0) if compiled is None else compiled.greatest(rows))


def extent(rows: Floats) -> tuple[Ints, Ints]:
    """Return (P,) and (P,): the first and the last cell above 0 of each row (P, w); the whole row where none is."""
    compiled = loops()
    if compiled is not None:
        first, last = compiled.extent(rows)
        return first, last
    seen = rows > 0
    return seen.argmax(axis=1), seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
