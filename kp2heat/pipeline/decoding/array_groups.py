"""Arrays of maps that hold groups of joints: what the decoder of shared maps has to know of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from kp2heat.codecs import CODECS
from kp2heat.codecs.gaussian.channels import drawn_groups
from kp2heat.errors import InputError, SpecError
from kp2heat.pipeline.decoding.map_sharing import hides_peaks, known_blobs, shared_settings
from kp2heat.pipeline.decoding.undo_normalisation import joint_channels
from kp2heat.pipeline.like import MapSettings
from kp2heat.skeleton import Skeleton
from kp2heat.skeleton.groups import Groups


class GroupMaps(NamedTuple):
    """How groups lie in an array of maps.

    channels  those of their maps (None: all); ``settings``: of ``shared-maps``; ``most``: the most joints of a map
    """

    channels: list[int] | None
    settings: dict[str, Any]
    most: int


def group_maps(
    planes: Mapping[str, NDArray[Any]],
    made: MapSettings,
    groups: Groups,
    skeleton: Skeleton | None,
    scale: float,
) -> GroupMaps:
    """Return how the groups lie in ``planes["heatmaps"]`` (N, C, H, W).

    A map holds as many blobs as its group has joints of a weight above 0, or joints where there are no weights.
    SpecError where the codec's maps cannot be taken apart, or names of joints are given without their skeleton;
    InputError where there are not as many maps as groups.
    """
    row = known_blobs(made)
    if hides_peaks(made):
        found = f"'{made.normalize}' hides the peaks of the blobs that share a map"
        raise SpecError("groups", found, "decode its maps one joint each, or maps normalised otherwise")
    if row is None:
        todo = "decode its maps one joint each, or draw groups with gaussian or matlab-group"
        raise SpecError(
            "groups", f"maps of '{made.codec}' are no sums or maxima of blobs of one sigma and peak 1", todo
        )
    weights = planes.get("weights")
    joints = skeleton or Skeleton.numbered(_joints(groups) if weights is None else weights.shape[1])
    held = drawn_groups(row, joints, groups)
    names = CODECS[made.codec].channels(joints, **{**made.params, "groups": groups})
    maps = planes["heatmaps"]
    if len(names) != maps.shape[1]:
        raise InputError("heatmaps", f"hold {maps.shape[1]} maps", f"give {len(names)}: {', '.join(names)}")
    drawn = np.ones((len(maps), len(joints)), bool) if weights is None else np.asarray(weights) > 0
    counts = np.stack([drawn[:, list(members)].sum(axis=1) for members in held.members], axis=1)
    settings = shared_settings(row, maps.dtype, scale, made.normalize, made.normalize_params)
    most = max(len(members) for members in held.members)
    return GroupMaps(joint_channels(names, held.names), {**settings, "counts": counts}, most)


def _joints(groups: Groups) -> int:
    """Return how many joints groups of numbers are of: a mapping counts from 1, a list of lists from 0."""
    lists = list(groups.values()) if isinstance(groups, Mapping) else [(*members,) for members in groups]
    flat = [joint for members in lists for joint in members]
    if not all(isinstance(joint, int | np.integer) for joint in flat):
        raise SpecError("groups", "joints are given by name, and there is no skeleton", "give skeleton=...")
    return int(max(flat)) + (0 if isinstance(groups, Mapping) else 1)
