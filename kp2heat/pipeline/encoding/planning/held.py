"""A plan that holds the annotations of one part of its shards: the others' need no memory."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kp2heat.arrays import Ints
from kp2heat.frame import Frame, FramesOnDemand
from kp2heat.pipeline.encoding.planning.plan import Plan


def holding(plan: Plan, shards: range) -> Plan:
    """Return the plan with the annotations of these shards' people alone.

    The jobs of these shards are those of the whole plan, and so are its settings and its number of samples; no
    other shard's job can be made.
    """
    start, stop = plan.cuts[shards.start], plan.cuts[shards.stop]
    own = plan.samples.take(start, stop)
    rows = np.union1d(own.row, own.others)
    row, others = (np.searchsorted(rows, wanted) for wanted in (plan.samples.row, plan.samples.others))

    def frames(which: slice | Ints) -> Frame:
        if isinstance(which, slice):
            return own.frame.take(slice(which.start - start, which.stop - start))
        return own.frame.take(which - start)

    frame = FramesOnDemand(frames, own.frame.input_size)
    samples = replace(plan.samples, row=row, others=others, frame=frame)
    return replace(plan, annotations=plan.annotations.take(rows), samples=samples, held=range(start, stop))
