"""Sources of labels that are drawn when they are read: annotations, a plan, or the truth in shards."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kp2heat.annotations import Annotations, Images
from kp2heat.drawing.labels import LabelSource
from kp2heat.drawing.samples import Samples, company
from kp2heat.frame import Frame
from kp2heat.pipeline.encoding.planning.plan import Plan, plan
from kp2heat.shards.reading.dataset import Shards
from kp2heat.spec import Spec


def from_plan(planned: Plan) -> LabelSource:
    """Return the samples of a plan."""
    return LabelSource(planned.annotations, planned.samples.framed(), planned.spec)


def from_annotations(annotations: Annotations, spec: Spec, on_error: str = "fail") -> LabelSource:
    """Return the samples of annotations under a spec, which is checked as for an encoding."""
    return from_plan(plan(annotations, spec, on_error=on_error))


def from_shards(shards: Shards) -> LabelSource:
    """Return the samples of shards from the truth that travels in them; no map is read."""
    truth, others, size = shards.truth, shards.bystanders, shards.column("image_size")
    people = truth if others is None else truth.joined(others)
    ids, names = shards.column("image_id"), shards.column("file_name")
    _, first, image = np.unique(ids, return_index=True, return_inverse=True)
    image = image.reshape(-1)
    images = Images(ids[first], names[first], size[first])
    annotations = people.annotations(shards.skeleton, images, image, "shards")
    frame = Frame(shards.column("frame"), shards.shards[0].frame.input_size)
    spec = replace(Spec.from_fields(shards.settings, "spec"), input_size=frame.input_size)
    samples = Samples(image, np.arange(len(truth.xy)), truth.sample, frame, {})
    if others is not None:
        rows = np.arange(len(truth.xy), len(people.xy))
        samples = replace(samples, others=rows, others_sample=others.sample)
    elif spec.sample == "instance" and spec.record.draws_bystanders:
        which, other = company(image)
        samples = replace(samples, others=other, others_sample=which)
    return LabelSource(annotations, samples, spec)
