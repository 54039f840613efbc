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
    x, y    (P, w) and (P, h) float64: the profiles, zero outside a blob's cut
    """

    x0: Ints
    y0: Ints
    x: Floats
    y: Floats


def profile(
    centre: Floats, sigma: Floats, low: Floats, high: Floats, cells: int, reach: float = FARTHEST
) -> tuple[Ints, Floats]:
    """exp(-(g - centre)^2 / 2 sigma^2) where low <= g <= high, else 0. All (P,), in cells; ``reach`` in sigmas, at most FARTHEST.

    Returns the windows' first cells (P,) int64 and their values (P, w), w being the widest blob of the
    batch at most ``cells``. A wider window adds zeros only, so values do not depend on the batch.
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
    """Values below this are 0 once stored: half the least float16 or half a count of uint8, else TINIEST."""
    kind = np.dtype(dtype)
    if kind.kind == "u":
        return scale / 2
    return 2.0**-25 if kind == np.float16 else TINIEST


def both(values: Floats) -> Floats:
    """(P,) -> (P, 2), the same along both axes; written out, for numbers two at a time are slow to go through."""
    return np.repeat(values, 2).reshape(-1, 2)


def reach_of(floor: float) -> float:
    """Return how many sigmas from its centre a blob of peak 1 falls below ``floor``, a hair more."""
    return float(np.sqrt(-2 * np.log(floor)) * (1 + 1e-9))


def windows(
    centre: Floats,
    sigma: Floats,
    low: Floats,
    high: Floats,
    size: tuple[int, int],
    floor: float = TINIEST,
) -> Windows:
    """Profiles along both axes. centre, low, high (P, 2) in cells, sigma (P,), size (W, H).

    A blob ends where it falls below ``floor``, whatever its window: an uncut one is no larger than it shows.
    """
    reach = reach_of(floor)
    x0, x = profile(centre[:, 0], sigma, low[:, 0], high[:, 0], size[0], reach)
    y0, y = profile(centre[:, 1], sigma, low[:, 1], high[:, 1], size[1], reach)
    return Windows(x0, y0, x, y)


def patches(blobs: Windows, floor: float = TINIEST) -> Floats:
    """(P, h, w) float64: the outer products, with values below ``floor`` cut to 0."""
    return products(blobs.y, blobs.x, floor)


def products(y: Floats, x: Floats, floor: float) -> Floats:
    """(P, h, w) float64: y (P, h) times x (P, w), with values below ``floor`` cut to 0."""
    compiled = loops()
    if compiled is not None:
        return np.asarray(compiled.products(y, x, floor))
    values = y[:, :, None] * x[:, None, :]
    faintest_x, faintest_y = (np.where(side > 0, side, 1).min(initial=1) for side in (x, y))
    if faintest_x * faintest_y < floor:
        values[values < floor] = 0
    return values


def paint(maps: NDArray[Any], index: Ints, blobs: Windows, values: NDArray[Any], merge: str) -> None:
    """Put each blob's patch into map ``index`` (P,) of ``maps`` (M, H, W), in place.

    merge
        ``set``: maps named at most once; ``max``, ``sum`` and ``overwrite`` (by what is not 0): any number
        of blobs a map, put in order.
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
    """Split blobs, given by the map ``index`` (P,) they go to, so that no two in one turn share a map: the first of every map, the second, ..."""
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
"""Half kernels that OpenCV uses in place of its own sigma rule, from the middle outward."""


def opencv_kernel(taps: int) -> Floats:
    """(taps,) float64: ``cv2.getGaussianKernel(taps, 0)``, the blur of DARK, UDP and Megvii.

    sigma = 0.3 ((taps - 1) / 2 - 1) + 0.8 above 9 taps, fixed tables up to there. SpecError on even numbers.
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
    """Round to the stored dtype, once: floats to nearest even; uint8 counts of ``scale``, to nearest."""
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
    """``products`` as they are stored, (P, h, w)."""
    compiled = loops()
    if compiled is not None and np.dtype(dtype) == np.float16:
        halves = np.empty((len(y), y.shape[1] * x.shape[1]), np.uint16)
        if compiled.half_products(y, x, floor, halves):
            return halves.view(np.float16).reshape(len(y), y.shape[1], x.shape[1])
    return stored(products(y, x, floor), dtype, scale)


def greatest(rows: Floats) -> Floats:
    """(P,) the greatest of each row (P, w), at least 0."""
    compiled = loops()
    return np.asarray(rows.max(axis=1, initial=0) if compiled is None else compiled.greatest(rows))


def extent(rows: Floats) -> tuple[Ints, Ints]:
    """(P,) and (P,) the first and the last cell above 0 of each row (P, w); all of it where none is."""
    compiled = loops()
    if compiled is not None:
        first, last = compiled.extent(rows)
        return first, last
    seen = rows > 0
    return seen.argmax(axis=1), seen.shape[1] - 1 - seen[:, ::-1].argmax(axis=1)
