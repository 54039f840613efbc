"""Skeletons, numbered joints, decoded points and errors drawn on a panel, at sub-pixel places."""

from __future__ import annotations

from math import sqrt

import numpy as np

from kp2heat.arrays import Bools, Bytes, Floats
from kp2heat.frame import finite
from kp2heat.libraries import opencv
from kp2heat.pictures.colours import DECODED, INK, TRUTH, joint_colours
from kp2heat.pictures.labels import Labels
from kp2heat.pictures.panel import Panel
from kp2heat.skeleton import Skeleton

SHIFT = 5
"""OpenCV is given 1/32 px."""
NEAR = 1 << 20
"""Px: farther points are not drawn, and OpenCV's whole numbers would not hold them."""


def _fixed(xy: Floats) -> tuple[int, int]:
    return round(float(xy[0]) * 2**SHIFT), round(float(xy[1]) * 2**SHIFT)


def _line(canvas: Bytes, a: Floats, b: Floats, colour: tuple[int, ...], width: int) -> None:
    cv2 = opencv()
    cv2.line(canvas, _fixed(a), _fixed(b), colour, width, cv2.LINE_AA, SHIFT)


def _circle(canvas: Bytes, at: Floats, radius: float, colour: tuple[int, ...], width: int) -> None:
    cv2 = opencv()
    cv2.circle(canvas, _fixed(at), round(radius * 2**SHIFT), colour, width, cv2.LINE_AA, SHIFT)


def marker_radius(panel: Panel, joints: int, people: int) -> float:
    """Return px of a joint's dot: smaller on small panels, and where many joints or people share it."""
    return float(np.clip(max(panel.size) / 80 / _crowding(joints, people), 1.2, 7))


def _crowding(joints: int, people: int) -> float:
    """Return by how much marks and numbers are smaller than those of a few people with 17 joints."""
    return sqrt(max(1.0, joints / 17) * max(1.0, people / 3))


def draw_skeletons(
    canvas: Bytes, panel: Panel, skeleton: Skeleton, xy: Floats, visible: Bytes, *, numbered: bool = True
) -> int:
    """Draw P people's limbs, joints (hollow where hidden) and numbers into the canvas.

    xy (P, K, 2) input px; visible (P, K) 0, 1, 2. Returns the number of labels for which there was no room.
    """
    labelled = finite(xy) & (visible > 0) & (np.abs(np.nan_to_num(xy)) < NEAR).all(axis=-1)
    places = np.where(labelled[..., None], panel.to_panel(xy), np.nan)
    colours = joint_colours(skeleton)
    radius = marker_radius(panel, len(skeleton), len(xy))
    for person in range(len(xy)):
        _limbs(canvas, places[person], labelled[person], skeleton, colours, radius)
    for person, k in np.argwhere(labelled):
        at, colour = places[person, k], tuple(colours[k].tolist())
        _circle(canvas, at, radius + 1, (0, 0, 0), -1)
        _circle(canvas, at, radius, colour, -1)
        if visible[person, k] == 1:
            _circle(canvas, at, radius * 0.55, (0, 0, 0), -1)
    if not numbered:
        return 0
    size = int(np.clip(max(panel.size) / 24 / _crowding(len(skeleton) // 3, len(xy)), 10, 22))
    flat = places.reshape(-1, 2)
    labels = Labels(panel.size)
    labels.keep_free(flat, radius)
    words = [str(k) for _ in xy for k in range(len(skeleton))]
    return labels.put(canvas, flat, words, np.tile(colours, (len(xy), 1)), size, radius + 3)


def _limbs(
    canvas: Bytes, places: Floats, labelled: Bools, skeleton: Skeleton, colours: Bytes, radius: float
) -> None:
    for a, b in skeleton.limbs:
        if labelled[a] and labelled[b]:
            mixed = (colours[a].astype(int) + colours[b]) // 2
            _line(canvas, places[a], places[b], tuple(mixed.tolist()), max(1, round(radius * 0.7)))


def draw_errors(canvas: Bytes, panel: Panel, truth: Floats, decoded: Floats, *, written: int = 3) -> None:
    """Draw truth as rings, decoded points as crosses and errors as lines, the largest with their length.

    truth, decoded (P, K, 2) input px, NaN where there is none.
    """
    crowding = _crowding(truth.shape[1], len(truth))
    truth, decoded = (xy.reshape(-1, 2) for xy in (truth, decoded))
    pairs = finite(truth) & finite(decoded) & (np.abs(np.nan_to_num(decoded)) < NEAR).all(axis=-1)
    a, b = panel.to_panel(truth[pairs]), panel.to_panel(decoded[pairs])
    radius = float(np.clip(max(panel.size) / 90 / crowding, 1.5, 6))
    for at, end in zip(a, b, strict=True):
        _line(canvas, at, end, DECODED, 2)
        _circle(canvas, at, radius, (0, 0, 0), 2)
        _circle(canvas, at, radius, TRUTH, 1)
        draw_cross(canvas, end, radius * 0.8, DECODED)
    lengths = np.linalg.norm(truth[pairs] - decoded[pairs], axis=1)
    order = np.argsort(-lengths, kind="stable")[:written]
    labels = Labels(panel.size)
    labels.keep_free(np.concatenate([a, b]), radius + 1)
    words = [f"{show_length(length)} px" for length in lengths[order]]
    size = int(np.clip(max(panel.size) / 26, 10, 20))
    labels.put(canvas, b[order], words, [INK] * len(order), size, radius + 4)


def show_length(length: float) -> str:
    """Return a distance with as many digits as are of interest.

    >>> show_length(0.0001), show_length(0.0123), show_length(1.234), show_length(45.67)
    ('<0.001', '0.012', '1.23', '45.7')
    """
    if length < 0.001:
        return "<0.001"
    return f"{length:.3f}" if length < 0.1 else f"{length:.2f}" if length < 10 else f"{length:.1f}"


def draw_cross(canvas: Bytes, at: Floats, radius: float, colour: tuple[int, ...]) -> None:
    """Draw an upright cross of this half width at a place on the canvas, (2,) px."""
    for step in (np.array([radius, 0]), np.array([0, radius])):
        _line(canvas, at - step, at + step, colour, 1)
