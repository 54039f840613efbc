"""Choose the network's input, and map images to it: whole, letterboxed, or cropped to the person's box."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from kp2heat import frame as frames
from kp2heat.annotations import Annotations
from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.errors import SpecError
from kp2heat.formats.parsed import FAR
from kp2heat.frame import Frame, FramesOnDemand, Size, show_size
from kp2heat.frame.box_steps import BOX_STEPS
from kp2heat.spec import Spec

LEAST_SIDE = 1e-3
"""Image px of the shortest side of a box that is cut out."""


def check_boxes(boxed: Bools, size: NDArray[np.int32], spec: Spec) -> list[str]:
    """Return a sentence where boxes that are to be cropped to are missing; SpecError where a size is that cuts them.

    boxed (M,): whether a person has a usable box; size (M, 2): of the image of each.
    """
    if spec.fit != "crop":
        return []
    if spec.box_step is not None:
        unknown = int((size <= 0).any(axis=1).sum())
        if unknown:
            found = f"box = {spec.box!r} cuts boxes at the image, and {unknown} people have no image size"
            raise SpecError("box", found, "give --images or --image-size, or leave out --literal")
    filled = int(np.count_nonzero(~boxed))
    words = f"{filled} people have no usable box: the extent of their joints within the image is used"
    return [words] if filled else []


def frames_on_demand(
    annotations: Annotations, spec: Spec, input_size: Size, row: Ints, image: Ints
) -> FramesOnDemand:
    """Return image px -> input px of samples of these images, or of these people, worked out when it is asked for.

    image: of each sample; row: with ``fit="crop"``, the person of each.
    """
    return FramesOnDemand(partial(_frames, annotations, spec, input_size, row, image), input_size)


def _frames(
    annotations: Annotations, spec: Spec, input_size: Size, row: Ints, image: Ints, which: slice | Ints
) -> Frame:
    """Return the frames of some samples; a plan can be pickled, and so this is no function within one."""
    align, size = frame_alignment(spec), annotations.images.size[image[which]]
    if spec.fit == "letterbox":
        return frames.letterbox(size, input_size, align)
    if spec.fit == "stretch":
        return frames.stretch(size, input_size, align)
    boxes, _ = person_boxes(annotations, row[which])
    if spec.box_step is not None:
        boxes = BOX_STEPS[spec.box_step](boxes, size)
    return frames.crop(boxes, input_size, spec.padding, align)


def frame_alignment(spec: Spec) -> str:
    """Return the alignment between image and input px: the family of the level's alignment.

    Only crops know DarkPose's; whole images take align-corners in its place.
    """
    if spec.alignment_name == "darkpose" and spec.fit not in ("crop", None):
        return "align-corners"
    return spec.alignment_name.removeprefix("mmpose-").replace("udp", "align-corners")


def with_input_size(spec: Spec, boxed: Bools, size: NDArray[np.int32], notes: list[str]) -> tuple[Spec, Size]:
    """Return the spec with input size and fit taken from the data where the user left them open.

    boxed (M,): whether a person has a usable box; size (S, 2): of the samples' images.
    """
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
        fit = "crop" if spec.sample == "instance" and boxed.any() else "stretch"
        whole = "the whole image" + ("" if spec.sample == "image" else ": no person has a usable box")
        notes.append(f"fit is {fit} ({'the annotated box' if fit == 'crop' else whole})")
    return replace(spec, fit=fit, input_size=input_size), input_size


def person_boxes(annotations: Annotations, row: Ints) -> tuple[Floats, int]:
    """Return (M, 4) boxes x, y, w, h in image px, and how many of them were missing, empty or beyond all images.

    Those are replaced by the extent of the labelled joints within the image, with sides of at least one pixel; of
    a person without such a joint, by the image.
    """
    boxes = annotations.bbox[row]
    bad = ~usable_boxes(boxes)
    if bad.any():
        size = annotations.images.size[annotations.image[row[bad]]].astype(float)
        size[size == 0] = np.inf
        boxes[bad] = _extents(annotations.xy[row[bad]], size)
    return boxes, int(bad.sum())


def usable_boxes(boxes: Floats) -> Bools:
    """Return (M,): whether boxes (M, 4) x, y, w, h can be cropped to: neither missing, nor empty, nor beyond all images."""
    near = np.asarray((np.abs(boxes) < FAR).all(axis=1))  # false for NaN
    return near & np.asarray((boxes[:, 2:] >= LEAST_SIDE).all(axis=1))


def _extents(xy: Floats, size: Floats) -> Floats:
    """Return (M, 4) x, y, w, h around the joints (M, K, 2) within images of these sizes (M, 2), inf where unknown."""
    inside = np.asarray(((xy >= -0.5) & (xy < size[:, None] - 0.5)).all(axis=2, keepdims=True))
    low = np.where(inside, xy, np.inf).min(axis=1)
    high = np.where(inside, xy, -np.inf).max(axis=1)
    nobody = ~np.asarray(inside[:, :, 0].any(axis=1))[:, None]
    whole = np.where(np.isfinite(size), size, 1.0)
    return np.hstack([np.where(nobody, -0.5, low), np.where(nobody, whole, np.maximum(high - low, 1))])
