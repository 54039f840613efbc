"""Peaks and the vector a second plane holds there: ``offset`` (UDP), ``locref`` (DeepLabCut), ``cell-offset`` (SLEAP).

The map only has to say which cells belong to the joint; each of them knows the way to it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from kp2heat.arrays import Floats
from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.refinement.locate import locate
from kp2heat.decoders.refinement.peak_cells import Maps
from kp2heat.decoders.refinement.taylor import blur
from kp2heat.gaussian import opencv_kernel
from kp2heat.peaks import Peaks

UDP_BLUR = 23
"""Taps with which mmpose blurs the discs, sides mirrored, before it looks for their peak: 2 x 11 + 1."""


def _pointed(maps: Maps, vectors: NDArray[np.generic], unit: Floats, top: int, threshold: float) -> Peaks:
    """Return peaks of maps (N, K, H, W) plus ``unit`` (x, y; cells) times vectors (N, 2K, H, W), x then y a joint."""
    located = locate(maps, top, threshold, plateau="first")
    pairs = vectors.reshape(-1, 2, *maps.shape[-2:])
    step = pairs[located.which, :, located.y, located.x].astype(np.float64) * unit
    return located.peaks((step[:, 0], step[:, 1], np.asarray(np.isfinite(step).all(axis=1))))


def offset(
    planes: Planes,
    level: Level,
    *,
    radius_factor: float = 0.0546875,
    literal: bool = False,
    top: int = 1,
    threshold: float = 0.0,
) -> Peaks:
    """Decode UDP's combined form: disc maps and ``offsets`` in units of R, the radius ``udp-combined`` draws with.

    ``literal=True`` blurs the discs first and scores with the blurred maximum, as mmpose 1.3.2 does, and takes
    R without the least radius of our discs.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32), codec="udp-combined")
    >>> kp2heat.decode(planes, method="offset", input_size=(96, 128), codec="udp-combined").xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    radius = radius_factor * max(level.size)
    maps = planes["heatmaps"]
    if literal:
        sides = [(0, 0), (0, 0), (UDP_BLUR // 2,) * 2, (UDP_BLUR // 2,) * 2]
        maps = blur(np.pad(maps.astype(np.float64), sides, mode="reflect"), opencv_kernel(UDP_BLUR))
    else:
        radius = max(radius, 0.5**0.5 + 1e-9)
    return _pointed(maps, planes["offsets"], np.array([radius, radius]), top, threshold)


def locref(
    planes: Planes, level: Level, *, locref_std: float = 7.2801, top: int = 1, threshold: float = 0.0
) -> Peaks:
    """Return peaks plus DeepLabCut's ``locref`` (N, 2K, H, W), in units of ``locref_std`` input px.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32), codec="dlc-gaussian")
    >>> kp2heat.decode(planes, method="locref", input_size=(96, 128), codec="dlc-gaussian").xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    unit = locref_std / np.asarray(level.alignment.stride)
    return _pointed(planes["heatmaps"], planes["locref"], unit, top, threshold)


def cell_offset(planes: Planes, _level: Level, *, top: int = 1, threshold: float = 0.0) -> Peaks:
    """Return peaks plus SLEAP's ``cell_offsets`` (N, 2K, H, W), in cells.

    >>> import kp2heat
    >>> planes = kp2heat.encode([[[31.3, 52.8]]], input_size=(96, 128), size=(24, 32), codec="sleap-offsets")
    >>> kp2heat.decode(planes, method="cell-offset", input_size=(96, 128), codec="sleap-offsets").xy.round(1).tolist()
    [[[31.3, 52.8]]]
    """
    return _pointed(planes["heatmaps"], planes["cell_offsets"], np.ones(2), top, threshold)


OFFSET = Decoder(
    "offset",
    offset,
    "Huang et al. 2020 (UDP); mmpose 1.3.2 UDPHeatmap('combined').decode",
    ("heatmaps", "offsets"),
    absolute=True,
)
LOCREF = Decoder(
    "locref",
    locref,
    "Mathis et al. 2018 (DeepLabCut), core/predict.py argmax_pose_predict",
    ("heatmaps", "locref"),
    absolute=True,
)
CELL_OFFSET = Decoder(
    "cell-offset",
    cell_offset,
    "Pereira et al. 2022 (SLEAP), offset refinement",
    ("heatmaps", "cell_offsets"),
    absolute=True,
)
