"""The samples of an encoding: the annotated people of each, and their scenes in input px."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats, Ints
from kp2heat.drawing.mirror import joint_order
from kp2heat.frame import Frame, FramesOnDemand
from kp2heat.scene import Scene, make_scene
from kp2heat.spec import Spec


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of an encoding: S samples of M people.

    image     (S,) int64: row of the image table
    row       (M,) int64: row of the annotations, ordered by sample
    sample    (M,) int64, ascending: the sample each belongs to
    frame     image px -> input px of every sample
    left_out  reason -> number of annotations that make no sample, or are drawn in none
    others    (E,) int64: rows of people drawn in a sample that is not theirs, ``others_sample`` (E,), ascending
    """

    image: Ints
    row: Ints
    sample: Ints
    frame: Frame | FramesOnDemand
    left_out: dict[str, int]
    others: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    others_sample: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.image)

    def framed(self) -> Samples:
        """Return the same with all frames at hand."""
        return replace(self, frame=self.frame.take(slice(None)))

    def take(self, start: int, stop: int) -> Samples:
        """Return samples start..stop, people renumbered."""
        own, other = self.members(start, stop)
        return Samples(
            self.image[start:stop],
            self.row[own],
            self.sample[own] - start,
            self.frame.take(slice(start, stop)),
            {},
            self.others[other],
            self.others_sample[other] - start,
        )

    def members(self, start: int, stop: int) -> tuple[slice, slice]:
        """Return where the people of samples start..stop are, and the others of them."""
        of = (self.sample, self.others_sample)
        own, other = (slice(*np.searchsorted(sample, (start, stop)).tolist()) for sample in of)
        return own, other

    def pick(self, which: Ints) -> Samples:
        """Return these samples (ascending), people renumbered."""
        chosen, also = np.isin(self.sample, which), np.isin(self.others_sample, which)
        return Samples(
            self.image[which],
            self.row[chosen],
            np.searchsorted(which, self.sample[chosen]),
            self.frame.take(which),
            {},
            self.others[also],
            np.searchsorted(which, self.others_sample[also]),
        )


def company(image: Ints) -> tuple[Ints, Ints]:
    """Return pairs of a person and another on the same image, ordered by person; image (S,): the image of each."""
    order = np.argsort(image, kind="stable")
    first, last = (np.searchsorted(image[order], image, side) for side in ("left", "right"))
    counts = last - first
    person = np.repeat(np.arange(len(image)), counts)
    within = np.arange(len(person)) - np.repeat(np.cumsum(counts) - counts, counts)
    other = order[np.repeat(first, counts) + within]
    return person[other != person], other[other != person]


def scene_of(annotations: Annotations, samples: Samples, spec: Spec) -> Scene:
    """Return the people of these samples in input px, policies applied, then the others drawn with them."""
    people = _people(annotations, samples, samples.row, samples.sample, spec, spec.outside)
    if not len(samples.others):
        return people
    outside = "partial" if spec.outside == "partial" else "drop"
    return people.with_bystanders(
        _people(annotations, samples, samples.others, samples.others_sample, spec, outside)
    )


def _people(
    annotations: Annotations,
    samples: Samples,
    row: Ints,
    sample: Ints,
    spec: Spec,
    outside: str,
) -> Scene:
    """Return these rows of the annotations, each in its sample's input px."""
    frame = samples.frame
    person = Frame(frame.matrix[sample], frame.input_size)
    xy, visible = annotations.xy[row], annotations.visible[row]
    order = joint_order(annotations.skeleton, person.matrix)
    if order is not None:
        xy = np.take_along_axis(xy, order[..., None], axis=1)
        visible = np.take_along_axis(visible, order, axis=1)
    scene = make_scene(
        annotations.skeleton,
        frame.input_size,
        person.to_input(xy),
        visible,
        bbox=_boxes_in_input(annotations.bbox[row], person),
        sample=sample,
        samples=len(samples),
        hidden=spec.hidden,
        outside=outside,
    )
    return scene.as_published_loaders() if spec.literal else scene


def _boxes_in_input(bbox: Floats, person: Frame) -> Floats:
    """Return boxes (M, 4) in input px: the extent of their corners, which a frame may have turned or mirrored."""
    x, y, w, h = bbox.T
    corners = person.to_input(np.stack([x, y, x + w, y, x, y + h, x + w, y + h], axis=1).reshape(-1, 4, 2))
    low, high = corners.min(axis=1), corners.max(axis=1)
    return np.concatenate([low, high - low], axis=1)
