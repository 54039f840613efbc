"""Measure where a transform moves a picture and where it moves the keypoints: half pixels, missing swaps, lost joints.

Calibration pictures of soft dots, each of its own colour, at known sub-pixel places go through the user's own
transform together with the dots' places. Where each dot really is afterwards is measured as its centre of mass.
Places are in the convention of kp2heat: an integer is the centre of a pixel.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kp2heat.arrays import Bytes, Floats
from kp2heat.errors import InputError
from kp2heat.libraries import opencv
from kp2heat.pipeline.training.calibration import calibration, measure, partners
from kp2heat.pipeline.training.transform_causes import compare, likely_cause

Transform = Callable[[Bytes, Floats], tuple[Any, Any]]

TOLERANCE = 0.15
"""Pixels of the output: offsets below are measuring errors and the rounding of a picture's values."""


UNSWAPPED = (
    "the picture is mirrored and left and right keep their places: swap the partners after this transform"
)


@dataclass(frozen=True, eq=False)
class TransformCheck:
    """What a transform did, over all pictures.

    ok           nothing is off by more than the tolerance, and no keypoint is lost
    mean, worst  of label minus picture, px of the output: (2,) and its greatest length
    where        the place of the worst offset, (2,) px of the output
    measured     how many dots were measured; lost: keypoints that came back as NaN, or did not come back, although
                 their dot is in the picture
    mirrored, swapped   how many pictures were mirrored, and in how many of these left and right changed places
    cause        the likely cause in one sentence, empty where all is well
    notes        further sentences
    picture      (h, w, 3) uint8: the worst picture, dots as they are, crosses where the labels say
    """

    ok: bool
    mean: Floats
    worst: float
    where: Floats
    measured: int
    lost: int
    mirrored: int
    swapped: int
    cause: str
    notes: tuple[str, ...] = ()
    picture: Bytes = field(default_factory=lambda: np.zeros((0, 0, 3), np.uint8))

    def to_json(self) -> dict[str, Any]:
        """Return plain values, without the picture."""
        return {
            "ok": self.ok,
            "mean_px": self.mean.round(4).tolist(),
            "worst_px": round(self.worst, 4),
            "where": self.where.round(2).tolist(),
            "measured": self.measured,
            "lost": self.lost,
            "mirrored": self.mirrored,
            "swapped": self.swapped,
            "cause": self.cause,
            "notes": list(self.notes),
        }

    def __str__(self) -> str:
        mean = f"({self.mean[0]:+.2f}, {self.mean[1]:+.2f})"
        head = "the transform keeps picture and keypoints together" if self.ok else self.cause
        lines = [
            head,
            f"label minus picture: mean {mean} px, worst {self.worst:.2f} px "
            f"at ({self.where[0]:.0f}, {self.where[1]:.0f}); {self.measured} dots measured, {self.lost} lost",
        ]
        return "\n".join([*lines, *self.notes])


@dataclass(frozen=True, eq=False)
class Trial:
    """One picture before and after: places (K, 2) given, returned and measured, NaN where there is none."""

    given: Floats
    returned: Floats
    measured: Floats
    size: tuple[int, int]
    picture: Bytes


def check_transform(
    transform: Transform, *, pictures: int = 8, seed: int = 0, require_swap: bool = False
) -> TransformCheck:
    """Return where ``transform(image, keypoints)`` puts keypoints, measured against where it puts the picture.

    transform     takes (h, w, 3) uint8 and keypoints (12, 2) float64, and returns both moved: the image as (h, w, 3)
                  or (3, h, w), in any range; the keypoints in their order, lost ones NaN. Tensors are taken too
    pictures      how many are pushed through; random transforms should be tried often
    require_swap  a mirrored picture whose left and right joints did not change places is an error too. The first
                  six keypoints are the left partners of the last six

    InputError where the transform fails or returns something else.

    >>> result = check_transform(lambda image, xy: (image[::2, ::2], xy / 2))
    >>> result.ok
    True
    >>> check_transform(lambda image, xy: (image[:, ::-1], np.array([image.shape[1], 0]) - xy * [1, -1])).ok
    False
    """
    rng = np.random.default_rng(seed)
    trials = [_trial(transform, rng) for _ in range(pictures)]
    return _judged(trials, require_swap)


def _trial(transform: Transform, rng: np.random.Generator) -> Trial:
    image, places = calibration(rng)
    try:
        answer = transform(image.copy(), places.copy())
    except Exception as error:  # whatever the user's own code raises
        raise InputError(
            "transform", f"fails: {type(error).__name__}: {error}", "it is called with (image, keypoints)"
        ) from error
    if not isinstance(answer, tuple | list) or len(answer) != 2:
        raise InputError("transform", f"returns {type(answer).__name__}", "return (image, keypoints)")
    moved, keypoints = answer
    picture, returned = _picture(moved), _keypoints(keypoints, len(places))
    return Trial(places, returned, measure(picture), (picture.shape[1], picture.shape[0]), _shown(picture))


def _picture(moved: Any) -> Floats:
    """Return (h, w, 3) float64, background 0 in every channel."""
    values = np.asarray(moved.detach().cpu() if hasattr(moved, "detach") else moved, np.float64)
    if values.ndim == 3 and values.shape[0] == 3 and values.shape[2] != 3:
        values = values.transpose(1, 2, 0)
    if values.ndim != 3 or values.shape[2] != 3 or not np.isfinite(values).all():
        raise InputError(
            "transform", f"returns a picture of shape {values.shape}", "return (h, w, 3) or (3, h, w), finite"
        )
    return np.asarray(np.abs(values - np.median(values.reshape(-1, 3), axis=0)))


def _keypoints(keypoints: Any, count: int) -> Floats:
    values = np.asarray(keypoints.detach().cpu() if hasattr(keypoints, "detach") else keypoints, np.float64)
    if values.ndim != 2 or values.shape[1] < 2 or len(values) > count:
        raise InputError(
            "transform", f"returns keypoints of shape {values.shape}", f"return ({count}, 2), in their order"
        )
    if len(values) < count:
        raise InputError(
            "transform",
            f"returns {len(values)} of {count} keypoints, so nobody knows which is which",
            "keep the others as NaN (remove_invisible=False, or the like)",
        )
    return values[:, :2]


def _judged(trials: Sequence[Trial], require_swap: bool) -> TransformCheck:
    """Compare labels and pictures over all trials."""
    swap = partners()
    cases = [compare(trial.given, trial.returned, trial.measured, trial.size, swap) for trial in trials]
    mirrored, swapped = sum(case.mirrored for case in cases), sum(case.swapped for case in cases)
    offsets = np.concatenate([case.offset for case in cases])
    places = np.concatenate([case.place for case in cases])
    lengths = np.linalg.norm(offsets, axis=1)
    lost = sum(case.lost for case in cases)
    if not len(offsets):
        nowhere = np.full(2, np.nan)
        found = "no dot is left whole in any picture" if not lost else "every keypoint is lost"
        return TransformCheck(
            False, nowhere, np.nan, nowhere, 0, lost, mirrored, swapped, found, (), trials[0].picture
        )
    worst = int(lengths.argmax())
    cause = likely_cause(cases) if lengths[worst] > TOLERANCE else ""
    cause = cause or (f"{lost} keypoints are lost although their dots are in the picture" if lost else "")
    notes: tuple[str, ...] = ()
    if swapped > sum(case.swapped and case.mirrored for case in cases):
        cause = cause or "left and right change places though the picture is not mirrored"
    if mirrored and not swapped and require_swap:
        cause = cause or "the picture is mirrored, and left and right joints do not change places"
    elif mirrored and not swapped:
        notes = (UNSWAPPED,)
    shown = int(np.searchsorted(np.cumsum([len(case.offset) for case in cases]), worst, side="right"))
    picture = _with_crosses(trials[shown])
    return TransformCheck(
        not cause,
        offsets.mean(axis=0),
        float(lengths[worst]),
        places[worst],
        len(offsets),
        lost,
        mirrored,
        swapped,
        cause,
        notes,
        picture,
    )


def _shown(picture: Floats) -> Bytes:
    return np.asarray(np.rint(picture / max(picture.max(), 1e-9) * 255), np.uint8)


ENLARGED = 640
"""Pixels of the longer side that a small picture is enlarged to, so that half a pixel shows."""


def _with_crosses(trial: Trial) -> Bytes:
    """Return the picture enlarged, with white crosses where the labels say and rings where the dots are."""
    cv2 = opencv()
    factor = max(1, ENLARGED // max(trial.size))
    canvas = np.repeat(np.repeat(trial.picture, factor, axis=0), factor, axis=1).copy()
    for points, mark in ((trial.returned, cv2.MARKER_CROSS), (trial.measured, cv2.MARKER_DIAMOND)):
        for x, y in points[np.isfinite(points).all(axis=1)]:
            centre = (round((x + 0.5) * factor - 0.5), round((y + 0.5) * factor - 0.5))
            colour = (255, 255, 255) if mark == cv2.MARKER_CROSS else (160, 160, 160)
            cv2.drawMarker(canvas, centre, colour, mark, 12, 1, cv2.LINE_AA)
    return canvas
