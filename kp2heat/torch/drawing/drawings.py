"""The codecs that are drawn on a device or with gradients, by name, and what their labels can be differentiated by."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor

from kp2heat.codecs.gaussian.draw import chosen_row
from kp2heat.codecs.gaussian.table import CONVENTIONS
from kp2heat.contracts import Level
from kp2heat.scene import Scene
from kp2heat.spec import Spec
from kp2heat.torch.drawing.blobs import Leaves, follows_joint
from kp2heat.torch.drawing.gaussian_maps import probmap_maps, row_maps
from kp2heat.torch.drawing.other_blobs import landmarker_maps, megvii_maps
from kp2heat.torch.drawing.vectors import gaussian_vectors, standard_vectors

Drawing = Callable[[Scene, Level, Spec, Leaves], dict[str, Tensor]]
"""(scene, level, spec, leaves) -> planes, maps not normalised yet."""

DRAWINGS: Mapping[str, Drawing] = dict.fromkeys(CONVENTIONS, row_maps) | {
    "probmap": probmap_maps,
    "landmarker-gaussian": landmarker_maps,
    "landmarker-laplace": landmarker_maps,
    "megvii": megvii_maps,
    "simcc-gaussian": gaussian_vectors,
    "simcc-standard": standard_vectors,
}


def slopes(spec: Spec) -> tuple[bool, bool]:
    """Return whether labels on a device can be differentiated by the joints, and by ``sigma``.

    >>> slopes(Spec(codec="dark")), slopes(Spec(codec="msra")), slopes(Spec(codec="cid"))
    ((True, True), (False, True), (False, False))
    """
    if spec.codec in CONVENTIONS:
        row = chosen_row(CONVENTIONS[spec.codec], literal=spec.literal)
        smooth = row.shape != "disc"
        return follows_joint(row) and smooth and row.maps_of != "center", row.sigma_from == "level" and smooth
    if spec.codec == "simcc-gaussian":
        return not spec.literal, True
    if spec.codec == "probmap":
        return True, spec.settled["spread"] == "level"
    return (spec.codec.startswith("landmarker"),) * 2
