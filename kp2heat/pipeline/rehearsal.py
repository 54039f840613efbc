"""Imported by the process that workers are forked from: one small shard is made, and dropped.

After that all is loaded that a worker would load for its first shard, the compiled loops too where they were
imported before: two thirds of a second (numba loads what it has cached only when it is first called).
"""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

from kp2heat import compiled
from kp2heat.annotations import Annotations, Images
from kp2heat.pipeline.encoding.plan import plan
from kp2heat.pipeline.encoding.run import encode_shard
from kp2heat.pipeline.encoding.shard_job import make_job
from kp2heat.skeleton import Skeleton
from kp2heat.spec import Spec

PEOPLE = 64
SIDE = 224
SETTINGS = {"input_size": f"{SIDE}x{SIDE}", "sizes": ["28x28", "7x7"], "sigma": [1.5, 1]}


def rehearse() -> None:
    """Draw and lay out a shard; nothing is written."""
    if "kp2heat.compiled.kernels" in sys.modules:
        compiled.expect(compiled.WORTH)
    encode_shard(make_job(plan(_people(), Spec.from_fields(SETTINGS, "rehearsal")), 0, Path()))


def _people() -> Annotations:
    """One joint each, all over the picture."""
    row = np.arange(PEOPLE)
    return Annotations(
        Skeleton.numbered(1),
        Images(row, row.astype(np.str_), np.full((PEOPLE, 2), SIDE, np.int32)),
        xy=np.linspace(0, SIDE, 2 * PEOPLE).reshape(PEOPLE, 1, 2),
        visible=np.full((PEOPLE, 1), 2, np.uint8),
        bbox=np.tile([0.0, 0, SIDE, SIDE], (PEOPLE, 1)),
        area=np.full(PEOPLE, float(SIDE * SIDE)),
        crowd=np.zeros(PEOPLE, bool),
        image=row,
        id=row,
    )


with suppress(Exception):  # what fails here fails again in a worker, which says what it was
    rehearse()
