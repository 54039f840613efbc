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
from numpy.typing import NDArray

from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.decoders.refinement.locate import Maps, window
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


def greatest(heatmaps: Maps) -> tuple[Ints, Ints, Floats]:
    """Return x, y (N, K) of the first greatest value of each map, whatever it is, and the value (N, K)."""
    *shape, height, width = heatmaps.shape
    flat = heatmaps.reshape(*shape, height * width)
    cell = flat.argmax(axis=-1)
    score = np.take_along_axis(flat, cell[..., None], -1)[..., 0].astype(np.float64)
    return cell % width, cell // width, score


def maxima(heatmaps: Maps, rule: str) -> tuple[Ints, Ints, Floats]:
    """Return x, y (N, K) of the first greatest value, or of the rule's nowhere; score (N, K)."""
    check_choice("rule", rule, NOWHERE)
    x, y, score = greatest(heatmaps)
    absent = ~(score > 0) if rule == "hrnet" else score <= 0
    nowhere = NOWHERE[rule]
    return np.where(absent, nowhere, x), np.where(absent, nowhere, y), score


def answer(x: NDArray[np.generic], y: NDArray[np.generic], score: Floats, refined: Bools) -> Peaks:
    """Return peaks in cells."""
    return Peaks(np.stack([x, y], axis=-1).astype(np.float64), score, refined, "cell")


def argmax(heatmaps: Maps, rule: str) -> Peaks:
    """Follow HRNet ``get_max_preds``; mmpose ``get_heatmap_maximum``."""
    x, y, score = maxima(heatmaps, rule)
    return answer(x, y, score, np.zeros(score.shape, bool))


def quarter_steps(x: Any, y: Any, width: int, height: int, rule: str) -> tuple[Any, Any]:
    """Return whether a quarter of a cell is stepped across and down from these cells, arrays or tensors."""
    wide, high = (x > 1) & (x < width - 1), (y > 1) & (y < height - 1)
    if rule == "hrnet":
        return wide & high, wide & high
    return wide & (y > 0) & (y < height), high & (x > 0) & (x < width)


def quarter(heatmaps: Maps, rule: str) -> Peaks:
    """Follow HRNet ``get_final_preds`` with POST_PROCESS; mmpose ``refine_keypoints``."""
    height, width = heatmaps.shape[-2:]
    x, y, score = maxima(heatmaps, rule)
    wide, high = quarter_steps(x, y, width, height, rule)
    maps = heatmaps.reshape(-1, height, width)
    block = window(maps, np.arange(len(maps)), x.ravel(), y.ravel(), 1).reshape(*x.shape, 3, 3)
    dx = 0.25 * np.sign(block[..., 1, 2] - block[..., 1, 0])
    dy = 0.25 * np.sign(block[..., 2, 1] - block[..., 0, 1])
    return answer(x + np.where(wide, dx, 0), y + np.where(high, dy, 0), score, wide | high)


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
    x, y, score = maxima(heatmaps, rule)
    inside = (x > 1) & (x < width - 2) & (y > 1) & (y < height - 2)
    logs = np.log(np.maximum(modulated(heatmaps, kernel), 1e-10)).reshape(-1, height, width)
    which = np.flatnonzero(inside)
    dx, dy, det = newton(two_cell(window(logs, which, x[inside], y[inside], 2)))
    steps = np.zeros((*x.shape, 2))
    steps[inside] = np.where((det != 0)[:, None], np.stack([dx, dy], axis=-1), 0)
    return answer(x + steps[..., 0], y + steps[..., 1], score, inside)


def dark_udp(heatmaps: Maps, kernel: int) -> Peaks:
    """Follow mmpose ``refine_keypoints_dark_udp``: a step at every cell, edge values repeated outside.

    (-1, -1) reads the padding, and beyond it the joint before or the sample's last, as the flat index there does.
    """
    n, k, height, width = heatmaps.shape
    x, y, score = maxima(heatmaps, "mmpose")
    logs = np.log(np.clip(modulated(heatmaps, kernel), 1e-3, 50))
    flat = np.pad(logs, ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    row, size = width + 2, (width + 2) * (height + 2)
    flat = flat.reshape(n, k * size)
    at = x + 1 + (y + 1) * row + np.arange(k) * size
    around = np.array([[v * row + u for u in (-1, 0, 1)] for v in (-1, 0, 1)]).ravel()
    cells = (at[:, :, None] + around) % flat.shape[1]
    block = np.take_along_axis(flat, cells.reshape(n, k * 9), 1).reshape(n, k, 3, 3)
    d = one_cell(block)
    eps = float(np.finfo(np.float32).eps)
    with np.errstate(invalid="ignore"):
        dx, dy, _ = newton(Derivatives(d.x, d.y, d.xx + eps, d.yy + eps, d.xy))
    return answer(x + dx, y + dy, score, np.isfinite(dx))
