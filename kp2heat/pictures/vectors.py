"""Label planes that are no heatmaps: fields of limbs, offsets to joints, and vectors along the axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Bytes, Floats
from kp2heat.frame import Alignment
from kp2heat.pictures.colours import INK, joint_colours, wheel_colours
from kp2heat.pictures.opencv import opencv
from kp2heat.pictures.panel import Panel
from kp2heat.skeleton import Skeleton

ARROWS = 40
"""Arrows along the longer side of a panel, at most: more run together."""


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
    """Draw arrows from cells to their joints; offsets (2K, H, W), x then y, in units of ``unit`` (2,) input px."""
    cv2 = opencv()
    longest = strongest_field(offsets)
    step = max(1, -(-max(longest.shape[1:]) // ARROWS))
    y, x = np.nonzero(np.hypot(*longest) > 0)
    thinned = (y % step == 0) & (x % step == 0)
    y, x = y[thinned], x[thinned]
    start = alignment.to_input(np.stack([x, y], axis=-1).astype(float))
    end = start + longest[:, y, x].T * unit
    for a, b in zip(panel.to_panel(start), panel.to_panel(end), strict=True):
        turn = np.arctan2(*(b - a)[::-1]) / (2 * np.pi)
        colour = tuple(wheel_colours(np.array(turn), np.array(1.0)).tolist())
        ends = ((round(float(p[0]) * 32), round(float(p[1]) * 32)) for p in (a, b))
        cv2.arrowedLine(canvas, *ends, colour, 1, cv2.LINE_AA, 5, 0.35)


def draw_axis_curves(
    canvas: Bytes, x: NDArray[Any], y: NDArray[Any], alignment: Alignment, panel: Panel, skeleton: Skeleton
) -> None:
    """Draw the vectors of every joint as curves: x (K, W) along the lower side, y (K, H) along the right side."""
    colours = joint_colours(skeleton)
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
