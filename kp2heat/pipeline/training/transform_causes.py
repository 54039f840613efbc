"""Explain why a transform's keypoints miss its picture: known mistakes, each with its effect on the labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kp2heat.arrays import Floats, Ints

AGREES = 0.15
"""Pixels of the output within which a mistake explains the offsets."""

NEAR = 10.0
"""Pixels of the output within which a keypoint counts as following the dot of its partner."""


@dataclass(frozen=True, eq=False)
class Case:
    """One picture: what its P measured dots say.

    given, returned   places before and after, (P, 2), by the keypoints; place: where their dots are
    offset            returned minus place
    linear            (2, 2) what the picture did to distances
    size              (w, h) of the output
    """

    given: Floats
    returned: Floats
    place: Floats
    offset: Floats
    linear: Floats
    size: tuple[int, int]
    mirrored: bool
    swapped: bool
    lost: int


def compare(given: Floats, returned: Floats, measured: Floats, size: tuple[int, int], swap: Ints) -> Case:
    """Return what one picture shows of the transform.

    given, returned, measured: the keypoints (K, 2) before it, from it, and as the dots of the picture lie after it;
    NaN where there is none. swap (K,): the mirror partner of each.
    """
    seen = np.isfinite(measured).all(axis=1)
    linear = np.eye(2)
    if seen.sum() >= 3:
        known = np.concatenate([given[seen], np.ones((seen.sum(), 1))], axis=1)
        linear = np.linalg.lstsq(known, measured[seen], rcond=None)[0][:2].T
    direct, exchanged = returned - measured, returned - measured[swap]
    swapped = _typical(exchanged) < min(_typical(direct), NEAR)
    place, source = (measured[swap], given[swap]) if swapped else (measured, given)
    placed = np.isfinite(place).all(axis=1)
    whole = placed & np.isfinite(returned).all(axis=1)
    return Case(
        given=source[whole],
        returned=returned[whole],
        place=place[whole],
        offset=(returned - place)[whole],
        linear=linear,
        size=size,
        mirrored=bool(np.linalg.det(linear) < 0),
        swapped=swapped,
        lost=int((placed & ~whole).sum()),
    )


def _typical(offset: Floats) -> float:
    lengths = np.linalg.norm(offset, axis=1)
    lengths = lengths[np.isfinite(lengths)]
    return float(np.median(lengths)) if len(lengths) else np.inf


def _half_pixel(case: Case) -> Floats:
    """Test for keypoints in the corner convention: (x + 1/2) was meant to be moved, and 1/2 taken off again."""
    return np.broadcast_to(0.5 - case.linear @ np.full(2, 0.5), case.offset.shape)


def _corners_on_corners(case: Case) -> Floats:
    """Test for keypoints scaled by (w' - 1) / (w - 1), pictures by w' / w."""
    scale = np.abs(np.diag(case.linear))
    middle = (np.array(case.size) - 1) / 2
    source = np.array(case.size) / np.maximum(scale, 1e-9)
    ratio = (np.array(case.size) - 1) / np.maximum(source - 1, 1e-9) / np.maximum(scale, 1e-9)
    return (case.place - middle) * (ratio - 1)


HALF_PIXEL = (
    "half a pixel: corner against centre convention; the keypoints are moved as if a pixel covered 0 to 1 "
    "(x w'/w), the picture by pixel centres ((x + 0.5) w'/w - 0.5)"
)
WHOLE_PIXEL = "a whole pixel: the keypoints are mirrored by w - x; between pixel centres it is w - 1 - x"

MISTAKES: Mapping[str, Callable[[Case], Floats]] = {
    "the picture is mirrored and the keypoints are not, or the other way round": lambda case: np.stack(
        [case.size[0] - 1 - 2 * case.place[:, 0], np.zeros(len(case.place))], axis=1
    ),
    "the picture moves and the keypoints do not": lambda case: case.given - case.place,
    "x and y of the keypoints are exchanged (row, column against x, y)": lambda case: (
        case.place[:, ::-1] - case.place
    ),
    HALF_PIXEL: _half_pixel,
    "half a pixel: the picture is moved by corners, the keypoints by pixel centres": lambda c: (
        -_half_pixel(c)
    ),
    "the keypoints are scaled by (w' - 1) / (w - 1), the picture by w' / w": _corners_on_corners,
    "the keypoints are rounded to whole pixels": lambda case: np.rint(case.place) - case.place,
}
"""Sentence -> the offsets (P, 2) that the mistake makes."""


def likely_cause(cases: Sequence[Case]) -> str:
    """Return the mistake that explains the offsets of all pictures, in a sentence.

    >>> place = np.array([[10.0, 12.0], [70.0, 41.0]])
    >>> case = Case(place * 4, place, place, np.full((2, 2), 0.375), np.eye(2) / 4, (80, 60), False, False, 0)
    >>> likely_cause([case])[:12]
    'half a pixel'
    """
    for sentence, mistake in MISTAKES.items():
        left = [np.abs(case.offset - mistake(case)).max(initial=0) for case in cases]
        if max(left) <= AGREES:
            return _by_mirror(cases) if sentence == HALF_PIXEL else sentence
    mean = np.concatenate([case.offset for case in cases]).mean(axis=0).round(2) + 0.0
    spread = max(np.ptp(case.offset, axis=0).max(initial=0) for case in cases)
    if spread <= AGREES:
        return f"the keypoints are shifted by ({mean[0]:+.2f}, {mean[1]:+.2f}) px against the picture"
    return "the keypoints do not follow the picture: another centre, order or size of the transform"


def _by_mirror(cases: Sequence[Case]) -> str:
    """Return the half pixel's sentence, or the whole pixel's where pictures of their own size were mirrored."""
    plain = [case for case in cases if np.abs(np.abs(case.linear) - np.eye(2)).max() < 0.01]
    return WHOLE_PIXEL if len(plain) == len(cases) and any(case.mirrored for case in cases) else HALF_PIXEL
