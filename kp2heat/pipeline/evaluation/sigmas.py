"""Estimate OKS sigmas from files in which several annotators marked the same instances."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats
from kp2heat.errors import InputError
from kp2heat.formats import read
from kp2heat.metrics.oks import areas
from kp2heat.metrics.sigma_estimation import estimate_sigmas
from kp2heat.pipeline.evaluation.options import plain


@dataclass(frozen=True, eq=False)
class SigmaReport:
    """The estimated sigmas of K joints.

    sigma      (K,) NaN where unknown
    count      (K,) number of instances used for each
    instances  number of instances that all files have
    """

    names: tuple[str, ...]
    sigma: Floats
    count: Floats
    instances: int

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values; ``sigmas`` is written as ``--sigmas`` takes it, empty where one is unknown."""
        known = np.isfinite(self.sigma).all()
        return {
            "instances": self.instances,
            "sigmas": ",".join(f"{s:.4g}" for s in self.sigma) if known else "",
            "joints": {
                name: plain({"sigma": s, "count": c})
                for name, s, c in zip(self.names, self.sigma, self.count, strict=True)
            },
        }


def sigmas_of_files(paths: Sequence[str | Path], **reading: Any) -> SigmaReport:
    """Return the estimates of instances matched by annotation id; areas are those of the first file.

    InputError where the joints differ, or no id is in every file.
    """
    files = [read(path, **reading) for path in paths]
    first = files[0]
    for other in files[1:]:
        if other.skeleton.names != first.skeleton.names:
            raise InputError(
                other.source, f"its joints are not those of {first.source}", "give files of one skeleton"
            )
    shared = reduce(np.intersect1d, [file.id for file in files])
    if not len(shared):
        raise InputError(
            first.source, "no annotation id is in every file", "give the same ids to the same instances"
        )
    rows = [_rows(file, shared) for file in files]
    area, _ = areas(first.area[rows[0]], first.bbox[rows[0]])
    sigma, count = estimate_sigmas(np.stack([f.xy[r] for f, r in zip(files, rows, strict=True)]), area)
    return SigmaReport(first.skeleton.names, sigma, count, len(shared))


def _rows(file: Annotations, ids: Any) -> Any:
    order = np.argsort(file.id)
    return order[np.searchsorted(file.id, ids, sorter=order)]
