"""The plan of one part of a job, whose annotations are read without those of the other parts, where that is possible."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from kp2heat import formats
from kp2heat.contracts import Mapper
from kp2heat.formats.parsed import NotByBlocksError
from kp2heat.machine.heap import give_back
from kp2heat.pipeline.array_jobs.array_part import Part
from kp2heat.pipeline.array_jobs.held import holding
from kp2heat.pipeline.encoding.planning.plan import Plan, plan
from kp2heat.pipeline.encoding.planning.roll import RollCall
from kp2heat.pipeline.encoding.planning.samples import needs_positions
from kp2heat.spec import Spec


def plan_part(
    path: str | Path, options: dict[str, Any], spec: Spec, part: Part, engine: Mapper = map, **policy: Any
) -> Plan:
    """Return the plan of an annotation file, read with these ``options``, that holds the annotations of one part.

    A file that can be read block by block is read so: once for what planning asks of all annotations, and the
    part's own blocks once more. Any other is read whole, and one that is all for one part.

    engine  what reads the blocks of a large COCO file; policy: keywords of ``plan``
    """
    blocks = None
    if part.count > 1 and not needs_positions(spec):
        with suppress(NotByBlocksError):
            blocks = formats.open_blocks(path, engine=engine, **options)
            call, head = blocks.feed(RollCall)
            planned = plan(head, spec, roll=call.roll(head), **policy)
            give_back()
            return holding(planned, part.span(planned.shards), partial(blocks.read, head=head))
    annotations = (
        formats.read(path, engine=engine, **options)
        if blocks is None
        else formats.read_whole(path, **options)
    )
    planned = plan(annotations, spec, **policy)
    return holding(planned, part.span(planned.shards))
