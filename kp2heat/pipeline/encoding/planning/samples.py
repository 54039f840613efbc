"""Cut annotations into samples: the annotated people of each, and how its image becomes the network's input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from kp2heat.annotations import Annotations, Skipped
from kp2heat.drawing.samples import Samples, company
from kp2heat.pipeline.encoding.planning.framing import (
    check_boxes,
    frames_on_demand,
    with_input_size,
)
from kp2heat.pipeline.encoding.planning.invalid_annotations import of_readable_images, outside, unsized
from kp2heat.pipeline.encoding.planning.roll import Roll
from kp2heat.pipeline.training.augment_samples import with_copies
from kp2heat.spec import Spec


def make_samples(
    annotations: Annotations,
    spec: Spec,
    on_error: str,
    unreadable: Mapping[int, str],
    roll: Roll,
) -> tuple[Samples, Spec, list[str], tuple[Skipped, ...]]:
    """Return the samples, the spec with its input size and fit, notes, and the skipped annotations.

    Crowd regions are left out. With ``sample="instance"`` so are annotations without a labelled joint; with
    ``sample="image"`` every image is a sample, empty ones too. Annotations with errors raise an InputError, or
    with ``on_error="skip"`` are left out and listed, as are those of unreadable images (row -> reason) always.

    roll  of all annotations, where ``annotations`` holds none of them yet; what is asked of their positions then has
          to wait: joints outside that are errors (``spec.outside``), and copies
    """
    notes: list[str] = []
    empty = ~roll.labelled & ~roll.crowd
    left_out = {
        "crowd regions": int(roll.crowd.sum()),
        "annotations without a labelled joint": int(empty.sum()),
    }
    row = np.flatnonzero(~roll.crowd & ~empty)
    if spec.sample == "image":
        row = row[np.argsort(roll.image[row], kind="stable")]
    every = np.delete(np.arange(len(roll.images)), list(unreadable))
    row, skipped = of_readable_images(roll, row, unreadable)
    of_samples = roll.image[row] if spec.sample == "instance" else every
    spec, input_size = with_input_size(spec, roll.boxed[row], roll.images.size[of_samples], notes)
    if spec.fit != "crop":
        known, more = unsized(roll, row, of_samples, on_error)
        skipped += more
        every = np.unique(of_samples[known])
        row = row[np.isin(roll.image[row], every)]
    if spec.outside == "error":
        person = frames_on_demand(annotations, spec, input_size, row, roll.image[row])
        bad, more = outside(annotations, row, person.take(slice(None)), on_error)
        row, skipped = row[~bad], skipped + more
    if spec.sample == "instance":
        image, sample = roll.image[row], np.arange(len(row))
    else:
        image, sample = every, np.searchsorted(every, roll.image[row])
    notes += check_boxes(roll.boxed[row], roll.images.size[image], spec)
    samples = Samples(
        image, row, sample, frames_on_demand(annotations, spec, input_size, row, image), left_out
    )
    if spec.sample == "instance" and spec.record.draws_bystanders:
        which, other = company(image)
        samples = replace(samples, others=row[other], others_sample=which)
    if spec.augment:
        samples = with_copies(annotations, samples, spec)
    return samples, spec, notes, skipped


def needs_positions(spec: Spec) -> bool:
    """Return whether the samples of a spec depend on where the joints of all annotations are.

    >>> needs_positions(Spec(input_size=(64, 64), outside="error"))
    True
    """
    return spec.outside == "error" or bool(spec.augment)
