"""Planes of the Gaussian table's rows in PyTorch, and of ProbPose's, which is such a row with more planes."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from kp2heat.codecs import probmap
from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.draw import chosen_row
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.contracts import Level
from kp2heat.scene import Scene
from kp2heat.spec import Spec
from kp2heat.torch.drawing.blobs import Leaves, draw, per_sample


def row_maps(scene: Scene, level: Level, spec: Spec, leaves: Leaves) -> dict[str, Tensor]:
    """Return heatmaps, weights and, where asked for, the mask of a row of the Gaussian table."""
    row = chosen_row(CONVENTIONS[spec.codec], **spec.params)

    def maps(people: Scene, joints: Tensor | None) -> tuple[Tensor, Tensor]:
        return draw(row, people, level, leaves._replace(xy=joints))

    if row.maps_of == "center":
        drawn, _ = maps(scene.first_instances().box_centers(), None)
        weights = torch.zeros((scene.samples, scene.xy.shape[1]), device=leaves.device)
    elif row.with_bystanders:
        first = np.flatnonzero(np.diff(scene.sample, prepend=-1))
        own = None if leaves.xy is None else leaves.xy[leaves.put(first)]
        drawn, instances = maps(scene.first_instances(), own)
        weights = per_sample(scene.first_instances(), instances)
        drawn = torch.cat([drawn, maps(scene, leaves.xy)[0]], dim=1)
    else:
        drawn, instances = maps(scene, leaves.xy)
        weights = per_sample(scene, instances)
    planes = {"heatmaps": drawn, "weights": weights}
    if row.mask:
        planes["mask"] = (_joints(row, drawn) > 0).to(torch.uint8)
    return planes


def probmap_maps(scene: Scene, level: Level, spec: Spec, leaves: Leaves) -> dict[str, Tensor]:
    """Return ProbPose's planes: heatmaps as wide as the level's sigma or the joints' OKS kernels, and presence."""
    row = chosen_row(probmap.convention(spec.settled["spread"]), literal=spec.literal)
    drawn, weights = draw(row, scene, level, leaves)
    presence = probmap.presence(scene, spec.literal)
    more = {name: leaves.put(plane) for name, plane in presence.items()}
    return {"heatmaps": drawn, "weights": per_sample(scene, weights), **more}


def _joints(row: Convention, maps: Tensor) -> Tensor:
    """Return the maps but the background."""
    if row.background == "none":
        return maps
    return maps[:, 1:] if row.background_first else maps[:, :-1]
