"""Maps of blobs that are no row of the Gaussian table, in PyTorch: landmarker's ellipses and Megvii's blurred dots."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from kp2heat import gaussian
from kp2heat.arrays import Ints
from kp2heat.codecs import landmarker, megvii
from kp2heat.contracts import Level
from kp2heat.scene import Scene
from kp2heat.spec import Spec
from kp2heat.torch.drawing.blobs import Leaves, motion, painted


def landmarker_maps(scene: Scene, level: Level, spec: Spec, leaves: Leaves) -> dict[str, Tensor]:
    """Return the planes of ``landmarker-gaussian`` and ``landmarker-laplace``, maps in float64."""
    sigma = torch.tensor(level.sigma, dtype=torch.float64) if leaves.sigma is None else leaves.sigma
    width = sigma.to(leaves.device, torch.float64)
    inverse = landmarker.precision(1.0, spec.settled["ratio"], spec.settled["rotation"])
    (along_y, across), (_, along_x) = inverse.tolist()
    m, k = np.nonzero(scene.drawn)
    centre = leaves.put(level.alignment.to_cell(scene.xy)[m, k])
    if leaves.xy is not None:
        centre = centre + motion(leaves.xy[leaves.put(m), leaves.put(k)], level)
    dx, dy = (
        (torch.arange(cells, dtype=torch.float64, device=leaves.device) - centre[:, axis, None]) / width
        for axis, cells in enumerate(level.size)
    )
    q = (
        along_y * dy[:, :, None] ** 2
        + along_x * dx[:, None, :] ** 2
        + 2 * across * dy[:, :, None] * dx[:, None, :]
    )
    if spec.codec == "landmarker-laplace":  # no slope at the tip, where the root has none
        q = torch.where(q > 0, 12 * q, 1).sqrt() * (q > 0)
    values = torch.exp(-q / 2)
    values = torch.where(values >= gaussian.TINIEST, values, 0)
    unseen = ~(values.detach() > 0).flatten(1).any(dim=1).cpu().numpy()
    weight = scene.weight.copy()
    weight[m[unseen], k[unseen]] = 0
    return _planes(scene, m, k, values, "sum" if spec.literal else "max", weight)


def megvii_maps(scene: Scene, level: Level, spec: Spec, leaves: Leaves) -> dict[str, Tensor]:
    """Return the planes of ``megvii``, maps in float64; a dot stays in its cell, so they have no slope."""
    (m, k), dots, weight = megvii.find_dots(scene, level, spec.literal)
    sides = megvii.sides(level, spec.settled["kernel"], spec.literal)
    columns, rows = (leaves.put(side).to(torch.float64) for side in sides)
    x, y = leaves.put(dots).T
    values = rows[y][:, :, None] * columns[x][:, None, :]
    values = torch.where(values >= gaussian.TINIEST, values, 0)
    if spec.literal:
        peak = values[torch.arange(len(x), device=leaves.device), y, x]
        values = values / (peak / float(megvii.TOP))[:, None, None]
    return _planes(scene, m, k, values, "max", weight)


def _planes(
    scene: Scene, m: Ints, k: Ints, values: Tensor, merge: str, weight: np.ndarray
) -> dict[str, Tensor]:
    joints = scene.xy.shape[1]
    maps = painted(scene.sample[m] * joints + k, scene.samples * joints, values, merge)
    return {
        "heatmaps": maps.reshape(scene.samples, joints, *values.shape[1:]),
        "weights": torch.from_numpy(scene.per_sample(weight)).to(values.device),
    }
