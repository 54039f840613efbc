"""Where a data set's joints are, how many are seen, how large people are, and how that compares with sigma."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.contracts import Level
from kp2heat.frame import finite
from kp2heat.pictures.charts.statistics import BOX_MARGIN, Counted
from kp2heat.pipeline.evaluation.options import plain
from kp2heat.pipeline.seeing.source import Source
from kp2heat.skeleton import Skeleton

TILE = 48
"""Cells of a density along the longer side of the image, or of the box."""
SEEN = ("visible", "hidden", "unlabelled", "outside")
"""What is counted of each joint."""
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True, eq=False)
class Statistics(Counted):
    """Counts and densities of N people with labelled joints, K joints; the densities have TILE x TILE cells.

    counts   images, annotations, people, crowd, duplicates and the like, by name
    outside  (K,) people whose joint is labelled, but outside the image
    """

    source: str
    counts: Mapping[str, int]
    outside: Ints

    @property
    def share_outside(self) -> Floats:
        """Return (K,) share of the labelled joints that lie outside the image, 0 where none is labelled."""
        return np.asarray(self.outside / np.maximum(1, self.visible + self.hidden))

    def to_json(self) -> dict[str, Any]:
        """Return every number but the densities."""
        names = self.skeleton.names
        keys = [f"p{100 * q:g}" for q in QUANTILES]
        limbs = [f"{names[a]}:{names[b]}" for a, b in self.skeleton.limbs]
        return {
            "source": self.source,
            **self.counts,
            "per_joint": {
                name: {
                    **{key: int(getattr(self, key)[k]) for key in SEEN},
                    "share_outside": float(self.share_outside[k]),
                }
                for k, name in enumerate(names)
            },
            "joints_per_person": self.per_person.tolist(),
            "box": _rows(("width", "height"), keys, map(_quantiles, self.box.T)),
            "together": _rows(names, names, self.together),
            "limbs_per_box": _rows(limbs, keys, self.limbs),
            "limbs_in_sigmas": {level: _rows(limbs, keys, rows) for level, rows in self.in_sigmas.items()},
        }


def _rows(names: Iterable[str], keys: Sequence[str], rows: Iterable[Floats]) -> dict[str, Any]:
    """Return a table as plain values by the names of its rows and columns."""
    return {name: plain(dict(zip(keys, row, strict=True))) for name, row in zip(names, rows, strict=True)}


def _quantiles(values: Floats) -> Floats:
    """Return (5,) quantiles of the finite values, NaN where there are none."""
    known = values[np.isfinite(values)]
    return np.quantile(known, QUANTILES) if len(known) else np.full(len(QUANTILES), np.nan)


def statistics(annotations: Annotations, drawn: Source | None = None) -> Statistics:
    """Count. Crowd regions are skipped, and people without a labelled joint are counted only as such.

    drawn: the same people as an encoding draws them, whose limbs are then measured in sigmas too.
    """
    labelled: Bools = (annotations.visible > 0) & finite(annotations.xy)
    people = np.flatnonzero(labelled.any(axis=1) & ~annotations.crowd)
    rows, seen = annotations.take(people), labelled[people]
    visible = rows.visible
    size = annotations.images.size[rows.image].astype(float)
    outside = np.logical_and(seen, _outside(rows.xy, size))
    sized = np.asarray((rows.bbox[:, 2:] > 0).all(axis=1))
    box = np.where(sized[:, None], rows.bbox, np.nan)
    return Statistics(
        source=annotations.source,
        skeleton=annotations.skeleton,
        counts=_counts(annotations, rows, seen, outside, box),
        visible=(seen & (visible >= 2)).sum(axis=0),
        hidden=(seen & (visible == 1)).sum(axis=0),
        unlabelled=(~seen).sum(axis=0),
        outside=outside.sum(axis=0),
        over_image=density((rows.xy + 0.5) / np.where(size > 0, size, np.nan)[:, None], seen),
        over_box=density(_in_box(rows.xy, box), seen),
        together=_together(seen),
        per_person=np.bincount(seen.sum(axis=1), minlength=len(rows.skeleton) + 1),
        box=box[:, 2:],
        limbs=_limb_quantiles(rows.skeleton, rows.xy, box[:, 2:].max(axis=1)),
        in_sigmas={} if drawn is None else _in_sigmas(drawn),
    )


def _counts(
    everyone: Annotations, rows: Annotations, seen: Bools, outside: Bools, box: Floats
) -> dict[str, int]:
    per_image = np.bincount(rows.image, minlength=len(everyone.images))
    return {
        "images": len(everyone.images),
        "images_without_people": int((per_image == 0).sum()),
        "most_people_in_an_image": int(per_image.max(initial=0)),
        "annotations": len(everyone),
        "crowd_regions": int(everyone.crowd.sum()),
        "people": len(rows),
        "without_labelled_joints": int(len(everyone) - len(rows) - everyone.crowd.sum()),
        "without_box": int(np.isnan(box[:, 0]).sum()),
        "duplicates": duplicates(rows),
        "labelled_joints": int(seen.sum()),
        "joints_outside_the_image": int(outside.sum()),
    }


def duplicates(rows: Annotations) -> int:
    """Return how many people have the joints of an earlier one of the same image, to the last bit."""
    joints = np.nan_to_num(rows.xy, nan=-1e9) + 0.0  # -0.0 is 0.0
    people = zip(rows.image.tolist(), (joints[row].tobytes() for row in range(len(rows))), strict=True)
    return len(rows) - len(set(people))


def _outside(xy: Floats, size: Floats) -> Bools:
    """Return (N, K): not within the image; False where the image's size is unknown."""
    extent = size[:, None]
    beyond = ((xy < -0.5) | (xy > extent - 0.5)) & (extent > 0)
    return np.logical_or(beyond[..., 0], beyond[..., 1])


def _in_box(xy: Floats, box: Floats) -> Floats:
    """Return (N, K, 2): 0 to 1 across the box and its margin."""
    within = (xy - box[:, None, :2]) / box[:, None, 2:]
    return np.asarray((within + BOX_MARGIN) / (1 + 2 * BOX_MARGIN))


def density(places: Floats, seen: Bools) -> Ints:
    """Return (K, TILE, TILE) counts of places (N, K, 2) from 0 to 1, row by row; those beyond are not counted.

    >>> int(density(np.array([[[0.0, 0.99]]]), np.array([[True]]))[0, TILE - 1, 0])
    1
    """
    x, y = places[..., 0], places[..., 1]
    inside = seen & (x >= 0) & (x < 1) & (y >= 0) & (y < 1)
    count = places.shape[1]
    joint = np.broadcast_to(np.arange(count), inside.shape)[inside]
    column, row = (np.asarray(axis[inside] * TILE, np.int64) for axis in (x, y))
    counts = np.bincount((joint * TILE + row) * TILE + column, minlength=count * TILE * TILE)
    return counts.reshape(count, TILE, TILE)


def _together(seen: Bools) -> Floats:
    """Return (K, K) shares; people are counted as bits, which is faster and more exact than a product of matrices."""
    bits = np.packbits(seen, axis=0).T
    both = np.array([np.bitwise_count(bits & row).sum(axis=1, dtype=np.int64) for row in bits])
    alone = np.diag(both)
    return np.asarray(np.where(alone[:, None] > 0, both / np.maximum(alone, 1)[:, None], np.nan))


def _limb_quantiles(skeleton: Skeleton, xy: Floats, unit: Floats) -> Floats:
    """Return (L, 5) quantiles of the limbs' lengths over ``unit`` (N,)."""
    ends = np.array(skeleton.limbs, np.int64).reshape(-1, 2)
    x, y = xy[..., 0], xy[..., 1]
    lengths = [np.hypot(x[:, a] - x[:, b], y[:, a] - y[:, b]) / unit for a, b in ends]
    return np.array([_quantiles(row) for row in lengths]).reshape(len(ends), len(QUANTILES))


def _in_sigmas(drawn: Source) -> dict[str, Floats]:
    truth = drawn.truth(np.arange(len(drawn.people.xy)))
    levels: dict[str, Level] = {name: info.level for name, info in drawn.levels.items()}
    return {
        name: _limb_quantiles(
            drawn.skeleton, level.alignment.to_cell(truth), np.full(len(truth), level.sigma)
        )
        for name, level in levels.items()
    }
