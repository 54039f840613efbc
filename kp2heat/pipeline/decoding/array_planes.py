"""Planes given as arrays: the maps that decoders read out of a stack of channels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from numpy.typing import NDArray

from kp2heat.codecs import CODECS
from kp2heat.pipeline.decoding.array_groups import GroupMaps
from kp2heat.pipeline.decoding.undo_normalisation import center_channel, joint_channels, raw
from kp2heat.pipeline.like import MapSettings
from kp2heat.skeleton import Skeleton


def raw_planes(
    planes: Mapping[str, NDArray[Any]], made: MapSettings, scale: float, shared: GroupMaps | None
) -> dict[str, NDArray[Any]]:
    """Return the joints' or groups' maps, and the people's centres, with scale and normalisation undone.

    scale: what a count of uint8 maps is worth; shared: how groups lie among the maps
    """
    maps = planes["heatmaps"]
    channels = (
        _joint_maps(made.codec, maps.shape[1], planes.get("weights")) if shared is None else shared.channels
    )
    undone = partial(raw, maps, made, scale=scale)
    names = CODECS[made.codec].channels(Skeleton.numbered(maps.shape[1] - 1)) if maps.shape[1] > 1 else ()
    centers = center_channel(names, planes) if len(names) == maps.shape[1] else None
    return {"heatmaps": undone(channels=channels)} | (
        {"centers": undone(channels=centers)} if centers else {}
    )


def _joint_maps(codec: str, count: int, weights: NDArray[Any] | None) -> list[int] | None:
    """Return which of ``count`` maps are joints', where the codec draws a background too."""
    joints = Skeleton.numbered(count if weights is None else weights.shape[1])
    channels = CODECS[codec].channels(joints)
    return joint_channels(channels, joints.names) if len(channels) == count else None
