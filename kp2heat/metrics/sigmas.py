"""OKS sigmas of the published skeletons: data, each table with its source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kp2heat.errors import SpecError
from kp2heat.metrics.lengths import plain
from kp2heat.skeleton import COCO_NAMES, COCO_SIGMAS, Skeleton

_FOOT = (.068, .066, .066, .092, .094, .094)  # fmt: skip
_FACE = (
    .042, .043, .044, .043, .040, .035, .031, .025, .020, .023, .029, .032, .037, .038, .043, .041, .045,
    .013, .012, .011, .011, .012, .012, .011, .011, .013, .015, .009, .007, .007, .007, .012, .009, .008,
    .016, .010, .017, .011, .009, .011, .009, .007, .013, .008, .011, .012, .010, .034, .008, .008, .009,
    .008, .008, .007, .010, .008, .009, .009, .009, .007, .007, .008, .011, .008, .008, .008, .010, .008,
)  # fmt: skip
_HAND = (
    .029, .022, .035, .037, .047, .026, .025, .024, .035, .018, .024, .022, .026, .017, .021, .021, .032,
    .020, .019, .022, .031,
)  # fmt: skip
_CROWDPOSE = (.079, .079, .072, .072, .062, .062, .107, .107, .087, .087, .089, .089, .079, .079)  # fmt: skip
_AIC = (
    .01388152, .01515228, .01057665, .01417709, .01497891, .01402144, .03909642, .03686941, .01981803,
    .03843971, .03412318, .02415081, .01291456, .01236173,
)  # fmt: skip
_AP10K = (
    .025, .025, .026, .035, .035, .079, .079, .072, .072, .062, .062, .107, .107, .087, .087, .089, .089,
)  # fmt: skip


@dataclass(frozen=True)
class SigmaTable:
    """The sigmas of one skeleton; ``opening``: the names of its first joints, empty where K alone tells."""

    sigmas: tuple[float, ...]
    opening: tuple[str, ...]
    source: str


SIGMAS: Mapping[str, SigmaTable] = {
    "coco": SigmaTable(COCO_SIGMAS, COCO_NAMES[:3], "cocodataset.org; pycocotools Params"),
    "wholebody": SigmaTable(
        COCO_SIGMAS + _FOOT + _FACE + _HAND + _HAND, (), "COCO-WholeBody, evaluation/myeval_wholebody.py"
    ),
    "crowdpose": SigmaTable(
        _CROWDPOSE, ("left_shoulder", "right_shoulder", "left_elbow"), "CrowdPose; mmpose crowdpose.py"
    ),
    "aic": SigmaTable(
        _AIC, ("right_shoulder", "right_elbow", "right_wrist"),
        "AI Challenger 2017, keypoint_eval.py (delta = 2 sigma); mmpose aic.py",
    ),
    "halpe": SigmaTable(
        COCO_SIGMAS + (.08,) * 3 + (.089,) * 6 + (.015,) * 110, (), "Halpe-FullBody, halpecocotools cocoeval.py"
    ),
    "ap10k": SigmaTable(
        _AP10K, ("left_eye", "right_eye", "nose"), "mmpose ap10k.py, in its order (the paper states none)"
    ),
    "hand": SigmaTable(_HAND, ("wrist", "thumb1", "thumb2"), "the hand of COCO-WholeBody; mmpose"),
    "face": SigmaTable(_FACE, (), "the face of COCO-WholeBody"),
}  # fmt: skip


def sigmas_of(skeleton: Skeleton, given: str | Sequence[float] = "") -> NDArray[np.float64]:
    """(K,) sigmas: those ``given`` (a table's name, or K numbers), else the skeleton's, else a table's.

    A table is taken unasked only where it fits beyond doubt: by the names of its first joints, or by K where
    only one skeleton has so many and these have no names. SpecError where there is none, or the count is
    not K.
    """
    if isinstance(given, str):
        values = _named(given) if given else skeleton.sigmas or _guessed(skeleton)
    else:
        values = tuple(given)
    if len(values) != len(skeleton):
        raise SpecError(
            "sigmas", f"{len(values)} sigmas for {len(skeleton)} joints", "give one number for each joint"
        )
    array = np.asarray(values, dtype=np.float64)
    if not (np.isfinite(array) & (array > 0)).all():
        raise SpecError("sigmas", "a sigma is not a positive number", "correct it")
    return array


def _named(name: str) -> tuple[float, ...]:
    if name not in SIGMAS:
        raise SpecError("sigmas", f"'{name}' is not a table of sigmas", f"use one of {', '.join(SIGMAS)}")
    return SIGMAS[name].sigmas


def _guessed(skeleton: Skeleton) -> tuple[float, ...]:
    for table in SIGMAS.values():
        opening = [plain(n) for n in skeleton.names[: len(table.opening)]]
        if len(table.sigmas) == len(skeleton) and (
            opening == [plain(n) for n in table.opening] if table.opening else len(skeleton) > 100
        ):
            return table.sigmas
    raise SpecError(
        "sigmas", f"no OKS sigmas are known for this skeleton of {len(skeleton)} joints",
        f"name a table ({', '.join(SIGMAS)}), give {len(skeleton)} numbers, or estimate them (kp2heat sigmas)",
    )  # fmt: skip
