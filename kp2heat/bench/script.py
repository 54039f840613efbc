"""The script that kp2heat replaces: person by person, joint by joint, into ``create_dataset(compression="gzip")``.

Written as such scripts are, after the published loops (mmpose 1.3.2 ``MSRAHeatmap``, ``UDPHeatmap`` and its
``refine_keypoints_dark``; HRNet ``JointsDataset``): the same array operations per joint, no better, no worse.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bytes, Floats
from kp2heat.libraries import opencv

Size = tuple[int, int]
Encoder = Callable[[Floats, Bytes, Size, float], tuple[Any, Any]]
"""xy (K, 2) cells, visible (K,), size (W, H), sigma -> maps (K, H, W) float32, weights (K,)."""


def _touching(x: float, y: float, reach: float, size: Size) -> tuple[int, int, int, int] | None:
    left, top = int(x - reach), int(y - reach)
    right, bottom = int(x + reach + 1), int(y + reach + 1)
    if left >= size[0] or top >= size[1] or right < 0 or bottom < 0:
        return None
    return left, top, right, bottom


def windowed(xy: Floats, visible: Bytes, size: Size, sigma: float, *, shifted: bool) -> tuple[Any, Any]:
    """Draw MSRA's (``shifted``: UDP's) window of 3 sigma round the rounded joint."""
    width, height = size
    maps = np.zeros((len(xy), height, width), np.float32)
    weights = visible.astype(np.float32)
    reach = sigma * 3
    grid = np.arange(0, 2 * reach + 1, 1, dtype=np.float32)
    column, middle = grid[:, None], (2 * reach + 1) // 2
    for joint in range(len(xy)):
        if visible[joint] < 0.5:
            continue
        x, y = (xy[joint] + 0.5).astype(np.int64)
        corners = _touching(x, y, reach, size)
        if corners is None:
            weights[joint] = 0
            continue
        left, top, right, bottom = corners
        dx, dy = (xy[joint] - (x, y)) if shifted else (0, 0)
        patch = np.exp(-((grid - middle - dx) ** 2 + (column - middle - dy) ** 2) / (2 * sigma**2))
        gx, gy = (max(0, -left), min(right, width) - left), (max(0, -top), min(bottom, height) - top)
        hx, hy = (max(0, left), min(right, width)), (max(0, top), min(bottom, height))
        region = maps[joint, hy[0] : hy[1], hx[0] : hx[1]]
        np.maximum(region, patch[gy[0] : gy[1], gx[0] : gx[1]], out=region)
    return maps, weights


def uncut(xy: Floats, visible: Bytes, size: Size, sigma: float) -> tuple[Any, Any]:
    """Draw DARK's unbiased encoding: every cell of the map."""
    width, height = size
    maps = np.zeros((len(xy), height, width), np.float32)
    weights = visible.astype(np.float32)
    columns = np.arange(0, width, 1, dtype=np.float32)
    rows = np.arange(0, height, 1, dtype=np.float32)[:, None]
    for joint in range(len(xy)):
        if visible[joint] < 0.5:
            continue
        x, y = xy[joint]
        if _touching(x, y, sigma * 3, size) is None:
            weights[joint] = 0
            continue
        maps[joint] = np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * sigma**2))
    return maps, weights


def msra(xy: Any, visible: Any, size: Size, sigma: float) -> tuple[Any, Any]:
    """Draw Gaussians at rounded centres."""
    return windowed(xy, visible, size, sigma, shifted=False)


def udp(xy: Any, visible: Any, size: Size, sigma: float) -> tuple[Any, Any]:
    """Draw Gaussians at sub-pixel centres."""
    return windowed(xy, visible, size, sigma, shifted=True)


ENCODERS: Mapping[str, Encoder] = {"msra": msra, "udp": udp, "dark": uncut}


def write(
    path: Path,
    encoder: Encoder,
    levels: Sequence[tuple[Size, float, Floats]],
    visible: Bytes,
    dtype: str = "<f4",
) -> None:
    """Draw and store every person. levels: size, sigma, xy (N, K, 2) in cells; visible (N, K)."""
    import h5py

    count, joints = visible.shape
    with h5py.File(path, "w") as file:
        targets = []
        for (width, height), _, _ in levels:
            group = file.create_group(f"{width}x{height}")
            shape = (joints, height, width)
            maps = group.create_dataset(
                "heatmaps", (count, *shape), dtype, chunks=(1, *shape), compression="gzip", compression_opts=4
            )
            targets.append((maps, group.create_dataset("weights", (count, joints), "<f4")))
        for person in range(count):
            for (size, sigma, xy), (maps, weights) in zip(levels, targets, strict=True):
                maps[person], weights[person] = encoder(xy[person], visible[person], size, sigma)


def decode_dark(maps: NDArray[np.float32], kernel: int = 11) -> Floats:
    """Decode one person's maps (K, H, W) -> xy (K, 2) cells: blur, logarithm, Taylor step, joint by joint."""
    cv2 = opencv()
    count, height, width = maps.shape
    cell = maps.reshape(count, -1).argmax(axis=1)
    xy = np.stack([cell % width, cell // width], axis=1).astype(np.float64)
    half = (kernel - 1) // 2
    for joint in range(count):
        greatest = maps[joint].max()
        if greatest <= 0:
            continue
        padded = np.zeros((height + 2 * half, width + 2 * half), np.float32)
        padded[half:-half, half:-half] = maps[joint]
        blurred = cv2.GaussianBlur(padded, (kernel, kernel), 0)[half:-half, half:-half]
        h = np.log(np.maximum(blurred * greatest / blurred.max(), 1e-10))
        x, y = xy[joint].astype(int)
        if 1 < x < width - 2 and 1 < y < height - 2:
            dx, dy = 0.5 * (h[y, x + 1] - h[y, x - 1]), 0.5 * (h[y + 1, x] - h[y - 1, x])
            dxx = 0.25 * (h[y, x + 2] - 2 * h[y, x] + h[y, x - 2])
            dyy = 0.25 * (h[y + 2, x] - 2 * h[y, x] + h[y - 2, x])
            dxy = 0.25 * (h[y + 1, x + 1] - h[y - 1, x + 1] - h[y + 1, x - 1] + h[y - 1, x - 1])
            if dxx * dyy - dxy**2 != 0:
                hessian = np.array([[dxx, dxy], [dxy, dyy]])
                xy[joint] -= np.linalg.inv(hessian) @ np.array([dx, dy])
    return xy
