"""``dekr`` and ``spr``: people from the peaks of their centres' map, joints from the vectors that lie there.

Geng et al. 2021 (DEKR), lib/core/inference.py ``get_multi_stage_outputs`` and ``aggregate_results``: a joint is the
centre's cell less the offset there. Nie et al. 2019 (SPM), mmpose 1.3.2 codecs/spr.py ``decode``: it is the root's cell
plus the displacement there. DEKR finds centres as the maxima of 3x3 cells, SPR of 5x5 (``nms``). A joint's score is
its person's; the published code goes on to weigh it with the joint's own map, DEKR at a whole cell, SPR between cells.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from kp2heat.contracts import Decoder, Level, Planes
from kp2heat.decoders.bottom_up.suppression import greatest_around
from kp2heat.decoders.refinement.locate import locate
from kp2heat.errors import SpecError
from kp2heat.peaks import Peaks


def decode(
    planes: Planes,
    _level: Level,
    *,
    top: int = 30,
    threshold: float = 0.01,
    nms: int = 3,
    name: str,
    sign: int,
) -> Peaks:
    """Return the joints (N, K, top, 2) of up to ``top`` people, best first; (N, K, 2) where ``top`` is 1.

    centers (N, 1, H, W); ``name``: the plane of vectors (N, 2K, H, W), x then y of each joint, which point from the
    cell to the joint (``sign`` 1) or back (-1). Where a label says which vectors it holds, those it lacks are NaN.
    SpecError where centres and vectors are of different size.

    >>> import kp2heat
    >>> more = {"input_size": (96, 128), "codec": "dekr"}
    >>> planes = kp2heat.encode([[[31.3, 52.8], [60.0, 90.5]]], size=(24, 32), **more)
    >>> kp2heat.decode(planes, method="dekr", top=1, **more).xy.round(1).tolist()
    [[[31.3, 52.8], [60.0, 90.5]]]
    """
    vectors = planes[name].astype(np.float64)
    n, channels, height, width = vectors.shape
    if planes["centers"].shape != (n, 1, height, width) or channels % 2:
        raise SpecError(
            name, f"have shape {vectors.shape}", "give (N, 2K, H, W), of the size of the heatmaps"
        )
    located = locate(greatest_around(planes["centers"], nms), max(2, top), threshold)
    seats = located.shape[2]
    sample, seat = np.divmod(located.slot, seats)
    ways = vectors.reshape(n, -1, 2, height, width)[sample, :, :, located.y, located.x]
    joints = np.stack([located.x, located.y], axis=1)[:, None] + sign * ways
    weights = planes.get(f"{name[:-1]}_weights")
    if weights is not None:
        held = weights.reshape(n, -1, 2, height, width)[sample, :, 0, located.y, located.x] > 0
        joints = np.where(held[..., None], joints, np.nan)
    xy, score = np.full((n, channels // 2, seats, 2), np.nan), np.zeros((n, channels // 2, seats))
    xy[sample, :, seat] = joints
    score[sample, :, seat] = np.where(np.isfinite(joints[..., 0]), located.score[:, None], 0)
    return Peaks(xy, score, score > 0, "cell").first(top)


DEKR = Decoder(
    "dekr",
    partial(decode, name="offsets", sign=-1),
    "people from centres, joints by the offsets there: Geng et al. 2021 (DEKR)",
    ("centers", "offsets"),
    absolute=True,
)
SPR = Decoder(
    "spr",
    partial(decode, nms=5, name="displacements", sign=1),
    "people from roots, joints by the displacements there: Nie et al. 2019 (SPM); mmpose 1.3.2 SPR.decode",
    ("centers", "displacements"),
    absolute=True,
)
