"""The published decoders as they are, faults included: what ``literal`` asks for.

=========  ==================================================  ==================================================
rule       code                                                a map with nothing above 0
=========  ==================================================  ==================================================
hrnet      HRNet ``lib/core/inference.py``; DarkPose's same    (0, 0)
mmpose     mmpose 1.3.2 ``codecs/utils/{post_processing,       (-1, -1)
           refinement}.py``
=========  ==================================================  ==================================================

Scores are the maps' maxima as they are. Known faults, kept here: no step in the outer two columns and rows
(``quarter``, ``dark``); zeros blurred in from outside bend the log map there; no bound on a step and no check
of the Hessian's sign (``dark``, ``dark-udp``); half a cell outward at every side, values clipped to
[1e-3, 50], NaN for empty maps (``dark-udp``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kp2heat.arrays import Floats
from kp2heat.decoders.refinement.peak_cells import Maps, PeakCells, stack, window
from kp2heat.decoders.refinement.taylor import Derivatives, blur, newton, one_cell, two_cell
from kp2heat.errors import check_choice
from kp2heat.gaussian import opencv_kernel
from kp2heat.peaks import Peaks

NOWHERE = {"hrnet": 0, "mmpose": -1}


def followed(method: str, rule: str) -> str:
    """Return the sentence that says whose rule the literal form of a method is.

    >>> followed("quarter", "hrnet")
    "quarter --literal is hrnet's; --param rule=mmpose gives mmpose's"
    """
    others = " or ".join(f"--param rule={other} gives {other}'s" for other in NOWHERE if other != rule)
    return f"{method} --literal is {rule}'s; {others}"


def greatest(heatmaps: Maps) -> PeakCells:
    """Return the first greatest cell of each map (N, K, H, W), whatever its value."""
    maps = stack(heatmaps)
    each, (height, width) = np.arange(len(maps)), maps.shape[1:]
    y, x = np.divmod(maps.reshape(len(maps), height * width).argmax(axis=1), width)
    return PeakCells(maps, each, x, y, maps[each, y, x].astype(np.float64), each, heatmaps.shape[:2])


def maxima(heatmaps: Maps, rule: str) -> PeakCells:
    """Return the first greatest cell of each map, or the rule's nowhere where that is not above 0."""
    check_choice("rule", rule, NOWHERE)
    at = greatest(heatmaps)
    absent = ~(at.score > 0) if rule == "hrnet" else at.score <= 0
    x, y = (np.where(absent, NOWHERE[rule], side) for side in (at.x, at.y))
    return at._replace(x=x, y=y)


def argmax(heatmaps: Maps, rule: str) -> Peaks:
    """Follow HRNet ``get_max_preds``; mmpose ``get_heatmap_maximum``."""
    return maxima(heatmaps, rule).unrefined()


def quarter_steps(x: Any, y: Any, width: int, height: int, rule: str) -> tuple[Any, Any]:
    """Return whether a quarter of a cell is stepped across and down from these cells, arrays or tensors."""
    wide, high = (x > 1) & (x < width - 1), (y > 1) & (y < height - 1)
    if rule == "hrnet":
        return wide & high, wide & high
    return wide & (y > 0) & (y < height), high & (x > 0) & (x < width)


def quarter(heatmaps: Maps, rule: str) -> Peaks:
    """Follow HRNet ``get_final_preds`` with POST_PROCESS; mmpose ``refine_keypoints``."""
    height, width = heatmaps.shape[-2:]
    at = maxima(heatmaps, rule)
    wide, high = quarter_steps(at.x, at.y, width, height, rule)
    block = window(at, 1)
    dx = 0.25 * np.sign(block[:, 1, 2] - block[:, 1, 0])
    dy = 0.25 * np.sign(block[:, 2, 1] - block[:, 0, 1])
    return at.peaks((np.where(wide, dx, 0), np.where(high, dy, 0), wide | high))


def modulated(heatmaps: Maps, size: int) -> Floats:
    """Return (N, K, H, W) float64: blurred with zeros outside, each map scaled back to its own old maximum."""
    half = size // 2
    padded = np.pad(heatmaps.astype(np.float64), ((0, 0), (0, 0), (half, half), (half, half)))
    smooth = blur(padded, opencv_kernel(size))
    with np.errstate(invalid="ignore", divide="ignore"):
        scaled: Floats = smooth * (
            heatmaps.max((-2, -1), keepdims=True) / smooth.max((-2, -1), keepdims=True)
        )
    return scaled


def dark(heatmaps: Maps, rule: str, kernel: int) -> Peaks:
    """Follow mmpose ``refine_keypoints_dark``; DarkPose ``get_final_preds``: steps two cells off every side only."""
    height, width = heatmaps.shape[-2:]
    at = maxima(heatmaps, rule)
    inside = (at.x > 1) & (at.x < width - 2) & (at.y > 1) & (at.y < height - 2)
    logs = np.log(np.maximum(modulated(heatmaps, kernel), 1e-10))
    dx, dy, det = newton(two_cell(window(at.take(inside)._replace(maps=stack(logs)), 2)))
    steps = np.zeros((2, len(inside)))
    steps[:, inside] = np.where(det != 0, [dx, dy], 0)
    return at.peaks((*steps, inside))


def dark_udp(heatmaps: Maps, kernel: int) -> Peaks:
    """Follow mmpose ``refine_keypoints_dark_udp``: a step at every cell, edge values repeated outside.

    (-1, -1) reads the padding, and beyond it the joint before or the sample's last, as the flat index there does.
    """
    n, k, height, width = heatmaps.shape
    at = maxima(heatmaps, "mmpose")
    logs = np.log(np.clip(modulated(heatmaps, kernel), 1e-3, 50))
    flat = np.pad(logs, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    row, size = width + 2, (width + 2) * (height + 2)
    flat = flat.reshape(n, k * size)
    first = at.x + 1 + (at.y + 1) * row + at.which % k * size
    around = np.array([[v * row + u for u in (-1, 0, 1)] for v in (-1, 0, 1)]).ravel()
    cells = (first[:, None] + around) % flat.shape[1]
    block = np.take_along_axis(flat, cells.reshape(n, k * 9), 1).reshape(n * k, 3, 3)
    d = one_cell(block)
    eps = float(np.finfo(np.float32).eps)
    with np.errstate(invalid="ignore"):
        dx, dy, _ = newton(Derivatives(d.x, d.y, d.xx + eps, d.yy + eps, d.xy))
    return at.peaks((dx, dy, np.isfinite(dx)))
