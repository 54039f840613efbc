"""Suspicions about bodies: limbs of an unlikely length, joints that never move."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.formats.doctor.case import Case
from kp2heat.formats.findings import Finding

FEWEST_ROWS, FEWEST_LIMBS, FEWEST_POINTS = 10, 4, 20
"""Rows of a file, limbs of a body and points of a joint below which nothing is concluded."""
SPREADS, TIMES_LONGER = 6, 3
"""A limb is too long if it is so many robust deviations, and so many times, longer than the limbs of other rows."""


def limbs(case: Case) -> Iterator[Finding]:
    """Yield a finding on limbs far longer, for the size of their body, than elsewhere in the file."""
    if not case.parsed.limbs or len(case.xy) < FEWEST_ROWS:
        return
    a, b = np.array(case.parsed.limbs).T
    length = np.linalg.norm(case.xy[:, a] - case.xy[:, b], axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = _median(length, axis=1)[:, None]
        ratio = np.log(np.where(length > 0, length, np.nan) / np.where(size > 0, size, np.nan))
        middle = _median(ratio, axis=0)
        spread = 1.4826 * _median(np.abs(ratio - middle), axis=0)
        far = ratio - middle > np.maximum(SPREADS * spread, np.log(TIMES_LONGER))
    far &= (np.isfinite(length).sum(axis=1) >= FEWEST_LIMBS)[:, None]
    joints = np.zeros_like(case.labelled)
    n, limb = np.nonzero(far)
    joints[n, b[limb]] = True
    found = "ends a limb several times longer than in the other rows"
    todo = "look at the row: joints of two bodies may be mixed"
    yield from case.places("long-limb", "warning", joints, found, todo)


def _median(values: Floats, axis: int) -> Floats:
    """Return the median of the numbers along an axis, NaN where there is none."""
    empty: Bools = np.asarray(np.isnan(values).all(axis=axis))
    filled = np.where(np.expand_dims(empty, axis), 0.0, values)
    return np.where(empty, np.nan, np.nanmedian(filled, axis=axis))


def frozen_joints(case: Case) -> Iterator[Finding]:
    """Yield a finding on every joint that is at the very same place in most rows."""
    for k in range(case.xy.shape[1]):
        points = case.xy[case.labelled[:, k], k]
        if len(points) < FEWEST_POINTS:
            continue
        _, count = np.unique(points, axis=0, return_counts=True)
        if count.max() > 0.5 * len(points):
            name = f"joint {k} ({case.skeleton.names[k]})"
            found = f"{name} is at one and the same place in {count.max()} of {len(points)} rows"
            yield case.file(
                "frozen-joint", "warning", int(count.max()), found, "look whether it was really labelled"
            )
