"""A plan that holds the annotations of one part of its shards: the others' need no memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Ints
from kp2heat.frame import FramesOnDemand
from kp2heat.pipeline.encoding.planning.framing import frames_on_demand
from kp2heat.pipeline.encoding.planning.plan import Plan


def holding(plan: Plan, shards: range, read: Callable[[Ints], Annotations] | None = None) -> Plan:
    """Return the plan with the annotations of these shards' people alone.

    The jobs of these shards are those of the whole plan, and so are its settings and its number of samples; no
    other shard's job can be made.

    read  rows, ascending -> their annotations [default: those of the plan]
    """
    start, stop = plan.cuts[shards.start], plan.cuts[shards.stop]
    own, other = plan.samples.members(start, stop)
    rows = np.union1d(plan.samples.row[own], plan.samples.others[other])
    annotations = (read or plan.annotations.take)(rows)
    row, others = (np.searchsorted(rows, wanted) for wanted in (plan.samples.row, plan.samples.others))
    frame = plan.samples.frame
    if isinstance(frame, FramesOnDemand):
        frame = frames_on_demand(annotations, plan.spec, frame.input_size, row, plan.samples.image)
    samples = replace(plan.samples, row=row, others=others, frame=frame)
    return replace(plan, annotations=annotations, samples=samples, held=range(start, stop))
