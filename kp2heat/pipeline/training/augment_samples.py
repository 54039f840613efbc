"""The frames of augmented samples: for a network that trains, and for copies that an encoding stores."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats, Ints
from kp2heat.drawing.samples import Samples
from kp2heat.errors import SpecError
from kp2heat.frame import Frame
from kp2heat.pipeline.encoding.planning.framing import frame_alignment
from kp2heat.pipeline.training.augment import Augment, augment_preset, choose
from kp2heat.pipeline.training.augment_geometry import augmented
from kp2heat.spec import Spec


def augmented_frame(
    annotations: Annotations, samples: Samples, spec: Spec, i: int, recipe: Augment, seed: int, epoch: int
) -> Floats:
    """Return the frame (2, 3), image px to input px, of sample i as the recipe moves it in this epoch."""
    single = spec.sample == "instance"
    name = annotations.id[samples.row[i]] if single else annotations.images.id[samples.image[i]]
    choice = choose(recipe, seed, epoch, str(name))
    person = None
    if choice.half and single and spec.fit == "crop":
        row = samples.row[i]
        person = (annotations.skeleton, annotations.xy[row], annotations.visible[row])
    frame, input_size = np.asarray(samples.frame.matrix[i]), samples.frame.input_size
    width, height = annotations.images.size[samples.image[i]].tolist()
    return augmented(recipe, choice, frame, input_size, frame_alignment(spec), person, (width, height))


def check_recipe(recipe: Augment, spec: Spec) -> None:
    """Raise a SpecError where the recipe is for whole images, and samples are crops round a person."""
    if recipe.border is not None and spec.fit == "crop":
        found = "draws the crop's centre anywhere in the image, and samples are crops round a person"
        raise SpecError("augment", found, 'use fit="letterbox" (--fit letterbox), or a recipe without border')


def with_copies(annotations: Annotations, samples: Samples, spec: Spec) -> Samples:
    """Return ``spec.augment`` augmented copies of each sample, one after another, in place of the sample.

    Copy n is what a data set with the same recipe and seed draws in epoch n.
    """
    recipe, copies = augment_preset(spec.augment_preset), spec.augment
    check_recipe(recipe, spec)
    which = np.repeat(np.arange(len(samples)), copies)
    samples = samples.framed()
    matrix = [
        augmented_frame(annotations, samples, spec, i, recipe, spec.augment_seed, epoch)
        for i in range(len(samples))
        for epoch in range(copies)
    ]
    people, sample = _members(samples.sample, which)
    others, others_sample = _members(samples.others_sample, which)
    return replace(
        samples,
        image=samples.image[which],
        row=samples.row[people],
        sample=sample,
        frame=Frame(np.reshape(matrix, (-1, 2, 3)), samples.frame.input_size),
        others=samples.others[others],
        others_sample=others_sample,
    )


def _members(sample: Ints, which: Ints) -> tuple[Ints, Ints]:
    """Return the members of each of these samples, and its place in ``which``; sample: of every member, ascending."""
    first, last = (np.searchsorted(sample, which, side) for side in ("left", "right"))
    counts = last - first
    place = np.repeat(np.arange(len(which)), counts)
    within = np.arange(len(place)) - np.repeat(np.cumsum(counts) - counts, counts)
    return np.repeat(first, counts) + within, place
