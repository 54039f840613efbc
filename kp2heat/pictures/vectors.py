"""Label planes that are no heatmaps: fields of limbs, offsets to joints, and vectors along the axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Bytes, Floats, Ints
from kp2heat.frame import Alignment
from kp2heat.libraries import opencv
from kp2heat.pictures.colours import INK, joint_colours, wheel_colours
from kp2heat.pictures.panel import Panel
from kp2heat.skeleton import Skeleton

ARROWS = 40
"""Arrows along the longer side of a panel, at most: more run together."""
HEAD = 7.0
"""Panel px of an arrow's head, at most."""
FARTHEST = 1 << 20
"""Panel px: no arrow ends farther away, which OpenCV's whole numbers would not hold."""


def field_overlay(backdrop: Bytes, field: NDArray[Any], alignment: Alignment, panel: Panel) -> Bytes:
    """Return the backdrop under a vector field (2, H, W), hue for direction and strength for length, cell by cell."""
    height, width = field.shape[1:]
    at = np.rint(alignment.to_cell(panel.axes())).astype(int)
    x = np.clip(at[: panel.size[0], 0], 0, width - 1)
    y = np.clip(at[: panel.size[1], 1], 0, height - 1)
    dx, dy = (part[y][:, x].astype(float) for part in field)
    strength = np.minimum(np.hypot(dx, dy), 1)
    colours = wheel_colours(np.arctan2(dy, dx) / (2 * np.pi), np.ones_like(strength))
    cover = (0.9 * strength)[..., None]
    return np.asarray(backdrop * (1 - cover) + colours * cover + 0.5, np.uint8)


def strongest_field(fields: NDArray[Any]) -> Floats:
    """Return (2, H, W): of fields (2L, H, W), x then y of each limb, the longest vector of every cell."""
    pairs = np.asarray(fields, np.float64).reshape(-1, 2, *fields.shape[1:])
    best = np.hypot(pairs[:, 0], pairs[:, 1]).argmax(axis=0)
    return np.asarray(np.take_along_axis(pairs, best[None, None], axis=0)[0])


def draw_wheel(canvas: Bytes, radius: int = 18) -> None:
    """Draw the key of a field's colours into the canvas's lower right corner."""
    if min(canvas.shape[:2]) < 5 * radius:
        return
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1].astype(float)
    length = np.hypot(x, y) / radius
    disc = wheel_colours(np.arctan2(y, x) / (2 * np.pi), np.ones_like(length))
    corner = canvas[-2 * radius - 7 : -6, -2 * radius - 7 : -6]
    cover = np.clip((1.0 - length) * radius, 0, 1)[..., None]
    corner[...] = (corner * (1 - cover) + disc * cover + 0.5).astype(np.uint8)


def draw_offsets(
    canvas: Bytes, offsets: NDArray[Any], alignment: Alignment, panel: Panel, unit: Floats
) -> None:
    """Draw arrows from cells to their joint, coloured by direction; offsets (2K, H, W), x then y, times ``unit`` (2,).

    Where several joints claim a cell, the longest is drawn.
    """
    longest = strongest_field(offsets)
    y, x = _thinned(np.hypot(*longest) > 0)
    steps = longest[:, y, x].T * unit
    turns = np.arctan2(steps[:, 1], steps[:, 0]) / (2 * np.pi)
    _draw_arrows(canvas, x, y, steps, alignment, panel, wheel_colours(turns, np.ones(len(turns))))


def draw_stars(
    canvas: Bytes, offsets: NDArray[Any], alignment: Alignment, panel: Panel, unit: Floats, skeleton: Skeleton
) -> None:
    """Draw arrows from the middle of every patch of cells to all joints, in the joints' colours."""
    pairs = np.asarray(offsets, np.float64).reshape(-1, 2, *offsets.shape[1:])
    y, x = _middles((pairs != 0).any(axis=(0, 1)))
    for steps, colour in zip(pairs[:, :, y, x].transpose(0, 2, 1), joint_colours(skeleton), strict=True):
        known = (steps != 0).any(axis=1)
        colours = np.repeat(colour[None], int(known.sum()), axis=0)
        _draw_arrows(canvas, x[known], y[known], steps[known] * unit, alignment, panel, colours)


def _thinned(cells: Bools) -> tuple[Ints, Ints]:
    """Return y and x of at most ``ARROWS`` of these cells (H, W) along a line."""
    step = max(1, -(-max(cells.shape) // ARROWS))
    y, x = np.nonzero(cells[::step, ::step])
    return y * step, x * step


def _middles(cells: Bools) -> tuple[Ints, Ints]:
    """Return y and x of the cell nearest to the middle of each connected patch of these cells (H, W)."""
    count, labels = opencv().connectedComponents(cells.astype(np.uint8))
    middles = []
    for label in range(1, count):
        patch = np.argwhere(labels == label)
        middles.append(patch[((patch - patch.mean(axis=0)) ** 2).sum(axis=1).argmin()])
    y, x = np.array(middles, np.int64).reshape(-1, 2).T
    return y, x


def _draw_arrows(
    canvas: Bytes, x: Ints, y: Ints, steps: Floats, alignment: Alignment, panel: Panel, colours: Bytes
) -> None:
    """Draw arrows from cells (n,) by ``steps`` (n, 2) input px."""
    cv2 = opencv()
    start = alignment.to_input(np.stack([x, y], axis=-1).astype(float))
    ends = np.clip(panel.to_panel(np.stack([start, start + steps])), -FARTHEST, FARTHEST)
    fixed = np.rint(ends * 32).astype(int)
    for a, b, colour in zip(*fixed.tolist(), colours.tolist(), strict=True):
        length = max(1.0, np.hypot(a[0] - b[0], a[1] - b[1]) / 32)
        cv2.arrowedLine(canvas, a, b, colour, 1, cv2.LINE_AA, 5, min(0.35, HEAD / length))


def draw_axis_curves(
    canvas: Bytes, x: NDArray[Any], y: NDArray[Any], alignment: Alignment, panel: Panel, colours: Bytes
) -> None:
    """Draw the vectors of joints as curves: x (K, W) along the lower side, y (K, H) along the right; colours (K, 3)."""
    high = 0.22 * np.array(panel.size[::-1])
    for axis, vectors in enumerate((x, y)):
        vectors = np.asarray(vectors, float)
        greatest = vectors.max(initial=0)
        if not greatest > 0:
            continue
        bins = np.repeat(np.arange(vectors.shape[1], dtype=float)[:, None], 2, axis=1)
        along = panel.to_panel(alignment.to_input(bins))[:, axis]
        for k in np.flatnonzero(vectors.max(axis=1) > 0):
            up = panel.size[1 - axis] - 1 - vectors[k] / greatest * high[axis]
            curve = np.stack([along, up] if axis == 0 else [up, along], axis=-1)
            points = np.rint(curve * 32).astype(np.int32)[:, None]
            cv2 = opencv()
            cv2.polylines(canvas, [points], False, tuple(colours[k].tolist()), 1, cv2.LINE_AA, 5)
    opencv().rectangle(canvas, (0, 0), (panel.size[0] - 1, panel.size[1] - 1), INK, 1)
