"""Suspicions about bodies: limbs of an unlikely length, joints that never move."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.formats.doctor.case import Case
from kp2heat.formats.findings import Finding


def limbs(case: Case) -> Iterator[Finding]:
    """Limbs far longer, for the size of their body, than elsewhere in the file."""
    if not case.parsed.limbs or len(case.xy) < 10:
        return
    a, b = np.array(case.parsed.limbs).T
    length = np.linalg.norm(case.xy[:, a] - case.xy[:, b], axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = _median(length, axis=1)[:, None]
        ratio = np.log(np.where(length > 0, length, np.nan) / np.where(size > 0, size, np.nan))
        middle = _median(ratio, axis=0)
        spread = 1.4826 * _median(np.abs(ratio - middle), axis=0)
        far = (ratio - middle > np.maximum(6 * spread, np.log(3))) & (np.isfinite(length).sum(axis=1) >= 4)[
            :, None
        ]
    joints = np.zeros_like(case.labelled)
    n, limb = np.nonzero(far)
    joints[n, b[limb]] = True
    yield from case.joints("long-limb", "warning", joints, "ends a limb several times longer than in the other rows",
        "look at the row: joints of two bodies may be mixed")  # fmt: skip


def _median(values: Floats, axis: int) -> Floats:
    """nanmedian that is NaN, silently, where there is nothing."""
    empty: Bools = np.asarray(np.isnan(values).all(axis=axis))
    filled = np.where(np.expand_dims(empty, axis), 0.0, values)
    return np.where(empty, np.nan, np.nanmedian(filled, axis=axis))


def frozen_joints(case: Case) -> Iterator[Finding]:
    """A joint at the very same place in most rows."""
    for k in range(case.xy.shape[1]):
        points = case.xy[case.labelled[:, k], k]
        if len(points) < 20:
            continue
        _, count = np.unique(points, axis=0, return_counts=True)
        if count.max() > 0.5 * len(points):
            yield case.file("frozen-joint", "warning", int(count.max()), f"joint {k} ({case.skeleton.names[k]}) stands at one and the same place in {count.max()} of {len(points)} rows",
                "look whether it was really labelled")  # fmt: skip
