"""Cut annotations into samples: the annotated people of each, and how its image becomes the network's input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from kp2heat.annotations import Annotations, Skipped
from kp2heat.arrays import Ints
from kp2heat.drawing.samples import Samples, company
from kp2heat.frame import Frame, FramesOnDemand
from kp2heat.pipeline.encoding.planning.framing import check_boxes, image_to_input, with_input_size
from kp2heat.pipeline.encoding.planning.invalid_annotations import of_readable_images, outside, unsized
from kp2heat.pipeline.training.augment_samples import with_copies
from kp2heat.spec import Spec

NONE: Mapping[int, str] = MappingProxyType({})


def make_samples(
    annotations: Annotations, spec: Spec, on_error: str = "fail", unreadable: Mapping[int, str] = NONE
) -> tuple[Samples, Spec, list[str], tuple[Skipped, ...]]:
    """Return the samples, the spec with its input size and fit, notes, and the skipped annotations.

    Crowd regions are left out. With ``sample="instance"`` so are annotations without a labelled joint; with
    ``sample="image"`` every image is a sample, empty ones too. Annotations with errors raise an InputError, or
    with ``on_error="skip"`` are left out and listed, as are those of unreadable images (row -> reason) always.
    """
    notes: list[str] = []
    crowd = annotations.crowd
    empty = ~(annotations.visible > 0).any(axis=1) & ~crowd
    left_out = {"crowd regions": int(crowd.sum()), "annotations without a labelled joint": int(empty.sum())}
    row = np.flatnonzero(~crowd & ~empty)
    if spec.sample == "image":
        row = row[np.argsort(annotations.image[row], kind="stable")]
    every = np.setdiff1d(np.arange(len(annotations.images)), list(unreadable))
    row, skipped = of_readable_images(annotations, row, unreadable)
    of_samples = annotations.image[row] if spec.sample == "instance" else every
    spec, input_size = with_input_size(spec, annotations, annotations.images.size[of_samples], row, notes)
    if spec.fit != "crop":
        known, more = unsized(annotations, row, of_samples, on_error)
        skipped += more
        every = np.unique(of_samples[known])
        row = row[np.isin(annotations.image[row], every)]
    if spec.outside == "error":
        person = image_to_input(annotations, spec, input_size, row, annotations.image[row])
        bad, more = outside(annotations, row, person, on_error)
        row, skipped = row[~bad], skipped + more
    if spec.sample == "instance":
        image, sample = annotations.image[row], np.arange(len(row))
    else:
        image, sample = every, np.searchsorted(every, annotations.image[row])
    notes += check_boxes(annotations, spec, row, image)
    framed = spec

    def frames(which: slice | Ints) -> Frame:
        people = row[which] if framed.sample == "instance" else row
        return image_to_input(annotations, framed, input_size, people, image[which])

    samples = Samples(image, row, sample, FramesOnDemand(frames, input_size), left_out)
    if spec.sample == "instance" and spec.record.draws_bystanders:
        which, other = company(image)
        samples = replace(samples, others=row[other], others_sample=which)
    if spec.augment:
        samples = with_copies(annotations, samples, spec)
    return samples, spec, notes, skipped
