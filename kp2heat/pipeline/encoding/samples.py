"""Cut annotations into samples: the annotated people of each, and how its image becomes the network's input."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from kp2heat import frame as frames
from kp2heat.annotations import Annotations, Skipped
from kp2heat.arrays import Floats, Ints
from kp2heat.box_steps import BOX_STEPS
from kp2heat.errors import SpecError
from kp2heat.frame import Frame, Size, show_size
from kp2heat.pipeline.encoding.augment_geometry import joint_order
from kp2heat.pipeline.encoding.invalid_annotations import outside, unsized
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
    frame: Frame
    left_out: dict[str, int]
    others: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    others_sample: Ints = field(default_factory=lambda: np.zeros(0, np.int64))

    def __len__(self) -> int:
        return len(self.image)

    def take(self, start: int, stop: int) -> Samples:
        """Return samples start..stop, people renumbered."""
        a, b = np.searchsorted(self.sample, (start, stop))
        c, d = np.searchsorted(self.others_sample, (start, stop))
        return Samples(
            self.image[start:stop],
            self.row[a:b],
            self.sample[a:b] - start,
            self.frame.take(slice(start, stop)),
            {},
            self.others[c:d],
            self.others_sample[c:d] - start,
        )

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


def make_samples(
    annotations: Annotations, spec: Spec, on_error: str = "fail"
) -> tuple[Samples, Spec, list[str], tuple[Skipped, ...]]:
    """Return the samples, the spec with its input size and fit, notes, and the skipped annotations.

    Crowd regions are left out. With ``sample="instance"`` so are annotations without a labelled joint; with
    ``sample="image"`` every image is a sample, empty ones too. Annotations with errors raise an InputError, or
    with ``on_error="skip"`` are left out and listed.
    """
    notes: list[str] = []
    crowd = annotations.crowd
    empty = ~(annotations.visible > 0).any(axis=1) & ~crowd
    left_out = {"crowd regions": int(crowd.sum()), "annotations without a labelled joint": int(empty.sum())}
    row = np.flatnonzero(~crowd & ~empty)
    if spec.sample == "image":
        row = row[np.argsort(annotations.image[row], kind="stable")]
    every = np.arange(len(annotations.images))
    of_samples = annotations.image[row] if spec.sample == "instance" else every
    spec, input_size = _with_input(spec, annotations, annotations.images.size[of_samples], row, notes)
    skipped: tuple[Skipped, ...] = ()
    if spec.fit != "crop":
        known, skipped = unsized(annotations, row, of_samples, on_error)
        every = np.unique(of_samples[known])
        row = row[np.isin(annotations.image[row], every)]
    if spec.outside == "error":
        person = _framed(annotations, spec, input_size, row, annotations.image[row], [])
        bad, more = outside(annotations, row, person, on_error)
        row, skipped = row[~bad], skipped + more
    if spec.sample == "instance":
        image, sample = annotations.image[row], np.arange(len(row))
    else:
        image, sample = every, np.searchsorted(every, annotations.image[row])
    frame = _framed(annotations, spec, input_size, row, image, notes)
    samples = Samples(image, row, sample, frame, left_out)
    if spec.sample == "instance" and spec.record.draws_bystanders:
        which, other = company(image)
        samples = replace(samples, others=row[other], others_sample=which)
    return samples, spec, notes, skipped


def company(image: Ints) -> tuple[Ints, Ints]:
    """Return pairs of a person and another on the same image, ordered by person; image (S,): the image of each."""
    order = np.argsort(image, kind="stable")
    first, last = (np.searchsorted(image[order], image, side) for side in ("left", "right"))
    counts = last - first
    person = np.repeat(np.arange(len(image)), counts)
    within = np.arange(len(person)) - np.repeat(np.cumsum(counts) - counts, counts)
    other = order[np.repeat(first, counts) + within]
    return person[other != person], other[other != person]


def _framed(
    annotations: Annotations, spec: Spec, input_size: Size, row: Ints, image: Ints, notes: list[str]
) -> Frame:
    """Return image px -> input px of samples of these images; with ``fit="crop"``, of these people."""
    align, size = frame_alignment(spec), annotations.images.size[image]
    if spec.fit == "letterbox":
        return frames.letterbox(size, input_size, align)
    if spec.fit == "stretch":
        return frames.stretch(size, input_size, align)
    boxes, filled = person_boxes(annotations, row)
    if filled:
        notes.append(
            f"{filled} people have no usable box: the extent of their joints within the image is used"
        )
    if spec.box_step is not None:
        unknown = int((size <= 0).any(axis=1).sum())
        if unknown:
            found = f"box = {spec.box!r} cuts boxes at the image, and {unknown} people have no image size"
            raise SpecError("box", found, "give --images or --image-size, or leave out --literal")
        boxes = BOX_STEPS[spec.box_step](boxes, size)
    return frames.crop(boxes, input_size, spec.padding, align)


def frame_alignment(spec: Spec) -> str:
    """Return the alignment between image and input px: the family of the level's alignment.

    Only crops know DarkPose's; whole images take align-corners in its place.
    """
    if spec.alignment_name == "darkpose" and spec.fit not in ("crop", None):
        return "align-corners"
    return spec.alignment_name.removeprefix("mmpose-").replace("udp", "align-corners")


def _with_input(
    spec: Spec, annotations: Annotations, size: NDArray[np.int32], row: Ints, notes: list[str]
) -> tuple[Spec, Size]:
    """Return the spec with input size and fit taken from the data where the user left them open."""
    fit, input_size = spec.fit, spec.input_size
    if input_size is None:
        if fit == "crop":
            raise SpecError(
                "input-size", "--fit crop needs the size of the network's input", "give --input-size 192x256"
            )
        known = np.unique(size[(size > 0).all(axis=1)], axis=0)
        if not len(known):
            known = np.array([[1, 1]])
        largest = known.max(axis=0)
        input_size = (int(largest[0]), int(largest[1]))
        if len(known) > 1:
            notes.append(
                f"images have {len(known)} different sizes: each is resized to {show_size(input_size)} px "
                f"({fit or 'stretch'}); give --input-size to choose"
            )
        fit = fit or "stretch"
    elif fit is None:
        boxed = (annotations.bbox[row, 2:] > 0).all(axis=1).any()
        fit = "crop" if spec.sample == "instance" and boxed else "stretch"
        whole = "the whole image" + ("" if spec.sample == "image" else ": no person has a usable box")
        notes.append(f"fit is {fit} ({'the annotated box' if fit == 'crop' else whole})")
    return replace(spec, fit=fit, input_size=input_size), input_size


def person_boxes(annotations: Annotations, row: Ints) -> tuple[Floats, int]:
    """Return (M, 4) boxes x, y, w, h in image px, and how many of them were missing or empty.

    Those are replaced by the extent of the labelled joints within the image, with sides of at least one pixel; of
    a person without such a joint, by the image.
    """
    boxes = annotations.bbox[row].copy()
    bad = ~(np.isfinite(boxes).all(axis=1) & (boxes[:, 2:] > 0).all(axis=1))
    if bad.any():
        size = annotations.images.size[annotations.image[row[bad]]].astype(float)
        size[size == 0] = np.inf
        boxes[bad] = _extents(annotations.xy[row[bad]], size)
    return boxes, int(bad.sum())


def _extents(xy: Floats, size: Floats) -> Floats:
    """Return (M, 4) x, y, w, h around the joints (M, K, 2) within images of these sizes (M, 2), inf where unknown."""
    inside = np.asarray(((xy >= -0.5) & (xy < size[:, None] - 0.5)).all(axis=2, keepdims=True))
    low = np.where(inside, xy, np.inf).min(axis=1)
    high = np.where(inside, xy, -np.inf).max(axis=1)
    nobody = ~np.asarray(inside[:, :, 0].any(axis=1))[:, None]
    whole = np.where(np.isfinite(size), size, 1.0)
    return np.hstack([np.where(nobody, -0.5, low), np.where(nobody, whole, np.maximum(high - low, 1))])


def scene_of(annotations: Annotations, samples: Samples, spec: Spec) -> Scene:
    """Return the people of these samples in input px, policies applied, then the others drawn with them."""
    own = _people(annotations, samples, samples.row, samples.sample, spec, spec.outside)
    if not len(samples.others):
        return own
    outside = "partial" if spec.outside == "partial" else "drop"
    return own.with_bystanders(
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
