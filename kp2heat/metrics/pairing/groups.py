"""Groups of joints that a report lists separately: masks for :meth:`kp2heat.metrics.pairing.pairs.Pairs.only`."""

from __future__ import annotations

import re

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.skeleton import Skeleton


def by_visibility(pairs: Pairs) -> dict[str, Bools]:
    """Return (N, K) masks of the ``visible`` (v = 2) and the ``hidden`` (v = 1) joints."""
    return {"visible": pairs.visible == 2, "hidden": pairs.visible == 1}


def by_border(xy: Floats, size: tuple[int, int], margin: float = 2.0) -> dict[str, Bools]:
    """Return (N, K) masks: ``border`` within ``margin`` cells of the map's edge, ``interior`` further in.

    xy (N, K, 2) in cells of a map of ``size`` (W, H), which covers [-0.5, W - 0.5]; joints that are NaN or
    outside the map are in neither. The published DARK leaves a rim of 2 cells unrefined.

    >>> by_border(np.array([[[1.0, 30.0], [20.0, 30.0]]]), (48, 64))["border"]
    array([[ True, False]])
    """
    across, down = (np.minimum(xy[..., axis], size[axis] - 1 - xy[..., axis]) + 0.5 for axis in (0, 1))
    inside = np.minimum(across, down)
    return {"border": (inside >= 0) & (inside < margin), "interior": inside >= margin}


def by_joints(skeleton: Skeleton) -> dict[str, Bools]:
    """Return (K,) masks of the skeleton's groups, or else of each joint with its mirror partner (MPII's tables).

    >>> list(by_joints(Skeleton(("nose", "left_eye", "right_eye"))))
    ['eye']
    """
    pairs = tuple((k, other) for k, other in enumerate(skeleton.swap) if k < other)
    groups = skeleton.groups or pairs
    numbers = np.arange(len(skeleton))
    return {_title([skeleton.names[k] for k in group]): np.isin(numbers, group) for group in groups}


def _title(names: list[str]) -> str:
    """Return the name the joints share without their side, or all names joined by "+"."""
    bare = {
        re.sub(r"(?i)(^|[ _.\-])(left|right|l|r)(?=$|[ _.\-])|^(left|right)", "", n).strip(" _.-")
        for n in names
    }
    return bare.pop() if len(bare) == 1 else "+".join(names)
