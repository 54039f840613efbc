"""The lengths errors are measured against: one per instance, NaN where it cannot be told."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from kp2heat.errors import SpecError
from kp2heat.metrics.pairs import Pairs
from kp2heat.skeleton import Skeleton

Floats = NDArray[np.float64]


def joint(skeleton: Skeleton, name: str) -> int:
    """Number of the joint of that name, whatever its spelling (``left_hip``, ``LeftHip``, ``L Hip``)."""
    spelled = [_plain(n) for n in skeleton.names]
    if _plain(name) not in spelled:
        raise SpecError(
            "metric", f"the skeleton has no joint '{name}'", f"it has {', '.join(skeleton.names[:20])}"
        )
    return spelled.index(_plain(name))


def _plain(name: str) -> str:
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|^([LR])(?=[A-Z])", r"\1 ", name)
    words = re.split(r"[^a-z0-9]+", apart.lower())
    return "".join({"l": "left", "r": "right"}.get(word, word) for word in words)


def box(pairs: Pairs) -> Floats:
    """(N,): the longer side of the truth's box, max(w, h) (mmpose's "bbox" normaliser of PCK)."""
    return _positive(pairs.bbox[:, 2:].max(axis=1))


def torso(pairs: Pairs) -> Floats:
    """(N,): left shoulder to right hip (Sapp & Taskar 2013, MODEC; mmpose's tPCK on sub-JHMDB)."""
    ends = [joint(pairs.skeleton, name) for name in ("left_shoulder", "right_hip")]
    return between(pairs, *ends)


def between(pairs: Pairs, a: int, b: int) -> Floats:
    """(N,): distance of two labelled joints of the truth."""
    return _positive(np.hypot(*np.moveaxis(pairs.truth[:, a] - pairs.truth[:, b], -1, 0)))


def _positive(length: Floats) -> Floats:
    return np.where(np.isfinite(length) & (length > 0), length, np.nan)


LENGTHS: Mapping[str, Callable[[Pairs], Floats]] = {"box": box, "torso": torso}


def length(pairs: Pairs, by: str) -> Floats:
    """(N,) lengths of that name; SpecError on an unknown one."""
    if by not in LENGTHS:
        raise SpecError("metric", f"'{by}' is not a normalising length", f"use one of {', '.join(LENGTHS)}")
    return LENGTHS[by](pairs)
