"""SimCC's vectors in PyTorch: bins, rejection and weights are those of ``codecs.simcc``."""

from __future__ import annotations

from math import pi, sqrt

import numpy as np
import torch
from torch import Tensor

from kp2heat.codecs import simcc
from kp2heat.contracts import Level
from kp2heat.scene import Scene
from kp2heat.spec import Spec
from kp2heat.torch.drawing.blobs import Leaves, motion, per_sample


def gaussian_vectors(scene: Scene, level: Level, spec: Spec, leaves: Leaves) -> dict[str, Tensor]:
    """Return simcc_x (S, K, W), simcc_y (S, K, H) and weights (S, K) of ``simcc-gaussian``."""
    own_y = spec.settled["sigma_y"]
    widths = np.array([level.sigma, own_y or level.sigma])
    bins, drawn, weight = simcc.gaussian_bins(scene, level, widths, spec.literal)
    centre = leaves.put(bins)
    if leaves.xy is not None and not spec.literal:
        centre = centre + motion(leaves.xy, level)
    rows = []
    for axis, cells in enumerate(level.size):
        width = torch.tensor(float(widths[axis]), dtype=torch.float64, device=leaves.device)
        if leaves.sigma is not None and not (axis == 1 and own_y):
            width = leaves.sigma.to(width)
        grid = torch.arange(cells, dtype=torch.float64, device=leaves.device)
        away = (grid - centre[..., axis, None]) / width
        values = torch.exp(-0.5 * away * away)
        rows.append(values / (width * sqrt(2 * pi)) if spec.settled["normalize"] else values)
    return _planes(scene, rows, drawn, weight)


def standard_vectors(scene: Scene, level: Level, spec: Spec, leaves: Leaves) -> dict[str, Tensor]:
    """Return the planes of ``simcc-standard``: 1 - smooth at the joint's bin."""
    smooth = spec.settled["smooth"]
    bins, drawn, weight = simcc.standard_bins(scene, level, spec.literal)
    centre = leaves.put(bins)
    rows = [
        torch.where(
            torch.arange(cells, device=leaves.device) == centre[..., axis, None],
            1 - smooth,
            smooth / max(1, cells - 1),
        )
        for axis, cells in enumerate(level.size)
    ]
    return _planes(scene, rows, drawn, weight)


def _planes(scene: Scene, rows: list[Tensor], drawn: np.ndarray, weight: np.ndarray) -> dict[str, Tensor]:
    """Return each sample's vectors, the greater of two people's values in a bin, and its weights."""
    shown = torch.from_numpy(drawn).to(rows[0].device)[..., None]
    x, y = (per_sample(scene, torch.where(shown, row, 0).to(torch.float32)) for row in rows)
    return {
        "simcc_x": x,
        "simcc_y": y,
        "weights": torch.from_numpy(scene.per_sample(weight)).to(shown.device),
    }
