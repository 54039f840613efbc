"""Stored planes -> what a decoder is given: raw float32 joint maps, every normalisation undone."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat import normalize
from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.decoders import DECODERS, decode, decoder
from kp2heat.errors import SpecError
from kp2heat.peaks import Peaks
from kp2heat.pipeline.like import MapSettings
from kp2heat.shards.reading.header import LevelInfo
from kp2heat.skeleton import Skeleton

BEST_FIT = "weighted-fit"
"""What ``auto`` takes for predictions of Gaussians."""


def choose(method: str, codec: str, *, predicted: bool = False) -> str:
    """Resolve ``auto`` to the decoder that is exact for labels of this codec, or best for predictions of them."""
    if method != "auto":
        return method
    exact = CODECS[codec].decoder
    return BEST_FIT if predicted and exact == "lsq" else exact


def methods_for(method: str, codec: str, planes: Sequence[str], *, predicted: bool) -> list[str]:
    """Return the decoders that ``a,b``, ``all`` or ``auto`` name, in order; SpecError where none or one twice."""
    names = [name.strip() for name in method.split(",")]
    if names == ["all"]:
        return [n for n, d in DECODERS.items() if set(d.needs) <= set(planes) and "top" in d.params]
    chosen = [choose(name, codec, predicted=predicted) for name in names]
    if len(set(chosen)) < len(chosen):
        raise SpecError("method", f"'{method}' names a method twice", "leave one out")
    return [decoder(name).name for name in chosen]


def for_method(method: str, given: Mapping[str, Any], methods: Sequence[str]) -> dict[str, Any]:
    """Return those settings that this decoder has; one that no method has is kept for all, to be refused."""
    return {
        name: value
        for name, value in given.items()
        if name in DECODERS[method].params or not any(name in DECODERS[m].params for m in methods)
    }


def recorded(method: str, drawn_with: Mapping[str, Any], skeleton: Skeleton, people: int) -> dict[str, Any]:
    """Return the settings of a decoder that the labels themselves answer: the codec's own, the limbs, the most people per map.

    ``literal`` is none of them: published labels may be decoded either way.
    """
    known = {**drawn_with, "limbs": skeleton.limbs, "sigmas": skeleton.sigmas, "top": people}
    return {key: value for key, value in known.items() if key in DECODERS[method].params and key != "literal"}


def raw(
    heatmaps: NDArray[Any],
    made: LevelInfo | MapSettings,
    *,
    scale: float = 1.0,
    channels: Sequence[int] | None = None,
    halves: bool = False,
) -> NDArray[np.floating]:
    """Return stored maps (N, C, H, W) as (N, K, H, W) float32 with the scale and the normalisation undone.

    ``scale``: what a count of uint8 maps is worth. ``channels`` picks the joints' maps out of a stack that holds others
    (background, centre); -1: an empty map. ``halves``: float16 maps with nothing to undo stay as they are. Maps that
    sum to 1 are brought back to blobs of peak 1.
    """
    plain = made.normalize == "none" and scale == 1.0
    if halves and channels is None and plain and heatmaps.dtype == np.float16:
        return heatmaps
    chosen = heatmaps if channels is None else heatmaps[:, channels]
    values = chosen.astype(np.float32, copy=False)
    if scale != 1.0:
        values = values * np.float32(scale)
    values = normalize.undo(made.normalize, values, made.normalize_params)
    if made.normalize == "sum":
        values = values * np.float32(blob_sum(made.level.sigma))
    if channels is not None and min(channels) < 0:
        values[:, np.asarray(channels) < 0] = 0
    return values


def blob_sum(sigma: float) -> float:
    """Return the sum over all cells of a Gaussian of peak 1.

    >>> round(blob_sum(2.0), 3)
    25.133
    """
    return 2 * math.pi * sigma * sigma


def joint_channels(channels: Sequence[str], joints: Sequence[str]) -> list[int] | None:
    """Return the channels of the joints' maps, -1 for a joint without one; None: they are the channels.

    SpecError where no joint has a map of its own.
    """
    if tuple(channels) == tuple(joints):
        return None
    where = {name: i for i, name in enumerate(channels)}
    if where.keys().isdisjoint(joints):
        shown = ", ".join(channels[:3])
        raise SpecError(
            "heatmaps", f"no joint has a map of its own, they are of {shown}", "there is nothing to decode"
        )
    return [where.get(name, -1) for name in joints]


def center_channel(channels: Sequence[str], planes: Iterable[str]) -> list[int] | None:
    """Return where the people's centres are among a stack's maps, which decoders read as the plane ``centers``.

    None where no map is of them, or where the planes hold them already.

    >>> center_channel(("nose", "tail", "center"), ("heatmaps", "offsets"))
    [2]
    """
    joined = "center" in channels and len(channels) > 1 and "centers" not in planes
    return [list(channels).index("center")] if joined else None


def peaks_in_cells(
    planes: Mapping[str, NDArray[Any]], level: Level, codec: str, method: str, **params: Any
) -> Peaks:
    """Decode raw planes; the codec's quantisation shift is added back where the decoder found cells only."""
    peaks = decode(method, planes, level, **params)
    shift = cell_shift(method, codec)
    return replace(peaks, xy=peaks.xy + shift) if shift else peaks


def cell_shift(method: str, codec: str) -> float:
    """Return what is added to the cells of peaks: the codec's quantisation shift, where the method finds cells only."""
    return 0.0 if DECODERS[method].absolute else CODECS[codec].shift


def in_input_px(peaks: Peaks, level: Level) -> Peaks:
    """Return peaks in cells of the level as peaks in input px, with their covariance.

    >>> from kp2heat.frame import alignment
    >>> level = Level((16, 16), 1.5, alignment("stride", (64, 64), (16, 16)))
    >>> in_input_px(Peaks(np.ones((1, 1, 2)), np.ones((1, 1)), np.ones((1, 1), bool), "cell"), level).xy.tolist()
    [[[4.0, 4.0]]]
    """
    along = np.asarray(level.alignment.back_stride)
    spread = None if peaks.covariance is None else peaks.covariance * along[:, None] * along
    return replace(peaks, xy=level.alignment.to_input(peaks.xy), covariance=spread, space="input")
