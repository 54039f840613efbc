"""The table of Gaussian conventions: every label that is a blob in a map is one row of switches.

Coordinates below are cells. A row says where a blob's centre goes (``rounding``), how far it reaches
(``cut``), and how blobs that share a map are merged; the alignment says where cells lie in the input.
With ``literal=True`` a row follows its published code to the last bit, faults included
(``codecs/published.py``); without it, the same convention with those faults corrected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from kp2heat import gaussian
from kp2heat.codecs.published import PUBLISHED, Published
from kp2heat.contracts import Codec, Level
from kp2heat.scene import Scene

Floats = NDArray[np.float64]


class Spans(NamedTuple):
    """Where P blobs are drawn: centre, first and last cell of each axis, all (P, 2) in cells."""

    centre: Floats
    low: Floats
    high: Floats


def _nearest(cells: Floats) -> Floats:
    """Round half up, on both sides of 0 (the published truncation folds -0.8 onto cell 0)."""
    return np.floor(cells + 0.5)


ROUNDINGS: Mapping[str, Callable[[Floats], Floats]] = {
    "none": lambda cells: cells,
    "nearest": _nearest,
}


@dataclass(frozen=True)
class Blob:
    """One convention.

    align      its alignment of input px and cells
    rounding   of the centre: a key of ROUNDINGS
    cut        half-width of the square window in sigmas; None: as far as float32 goes
    merge      of blobs that share a map: max | sum
    published  the row of PUBLISHED that ``literal=True`` follows
    source     where the convention comes from
    """

    name: str
    source: str
    align: str
    rounding: str = "none"
    cut: float | None = 3.0
    merge: str = "max"
    published: str | None = None

    def spans(self, cells: Floats, sigma: float) -> Spans:
        """Centres and windows of blobs at ``cells`` (P, 2)."""
        centre = ROUNDINGS[self.rounding](cells)
        reach = np.inf if self.cut is None else self.cut * sigma
        return Spans(centre, centre - reach, centre + reach)


BLOBS: tuple[Blob, ...] = (
    Blob("gaussian", "kp2heat: sub-pixel centre, square window of 3 sigma, half-pixel grid", "half-pixel"),
    Blob(
        "msra",
        "Xiao et al. 2018 (SimpleBaseline); mmpose 1.3.2 MSRAHeatmap",
        "stride",
        rounding="nearest",
        published="mmpose-msra",
    ),
    Blob(
        "hrnet",
        "Sun et al. 2019 (HRNet), JointsDataset.generate_target",
        "stride",
        rounding="nearest",
        published="hrnet",
    ),
    Blob(
        "dark",
        "Zhang et al. 2020 (DARK), unbiased encoding, eq. 2; mmpose 1.3.2 MSRAHeatmap(unbiased=True)",
        "stride",
        cut=None,
        published="mmpose-unbiased",
    ),
    Blob(
        "darkpose",
        "Zhang et al. 2020 (DARK), JointsDataset.generate_target of DarkPose",
        "align-corners",
        cut=None,
        published="darkpose",
    ),
    Blob(
        "udp",
        "Huang et al. 2020 (UDP), Gaussian form; mmpose 1.3.2 UDPHeatmap('gaussian')",
        "align-corners",
        published="mmpose-udp",
    ),
)


def encode(
    blob: Blob,
    scene: Scene,
    level: Level,
    dtype: DTypeLike = np.float32,
    *,
    scale: float = 1.0,
    literal: bool = False,
) -> dict[str, NDArray[Any]]:
    """Heatmaps (S, K, H, W) in ``dtype`` (uint8: counts of ``scale``) and weights (S, K) float32."""
    cells = level.alignment.to_cell(scene.xy)
    drawn, weight = scene.drawn, scene.weight
    if literal:
        published = PUBLISHED[blob.published or ""]
        drawn, weight = published.verdict(cells, scene.visible, level)
    m, k = np.nonzero(drawn)
    chosen = cells[m, k]
    spans = Spans(*published.spans(chosen, level)) if literal else blob.spans(chosen, level.sigma)
    width, height = level.size
    joints = scene.xy.shape[1]
    blobs = gaussian.windows(spans.centre, np.full(len(m), level.sigma), spans.low, spans.high, level.size)
    touches = (blobs.x.max(axis=1, initial=0) > 0) & (blobs.y.max(axis=1, initial=0) > 0)
    if not literal:
        weight = weight.copy()
        weight[m[~touches], k[~touches]] = 0
    maps = np.zeros((scene.samples * joints, height, width), dtype)
    values = gaussian.stored(gaussian.patches(blobs), dtype, scale)
    gaussian.paint(maps, scene.sample[m] * joints + k, blobs, values, "set" if scene.alone else blob.merge)
    return {
        "heatmaps": maps.reshape(scene.samples, joints, height, width),
        "weights": scene.per_sample(weight),
    }


def codec(blob: Blob) -> Codec:
    """The blob as a codec."""
    published: Published | None = PUBLISHED[blob.published] if blob.published else None
    return Codec(
        name=blob.name,
        encode=partial(encode, blob),
        align=blob.align,
        literal_align=published.align if published else blob.align,
        source=blob.source,
        params={"literal": False} if published else {},
    )
