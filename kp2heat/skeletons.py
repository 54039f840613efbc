"""The skeletons of the known data sets, by name, and those a user writes in a TOML file.

OKS sigmas: COCO, COCO-WholeBody and Halpe as their evaluation code has them; AI Challenger's are half of its
deltas; CrowdPose, MPII, JHMDB, PoseTrack18, AP-10K and Animal-Pose as mmpose (configs/_base_/datasets) gives them,
adapted from COCO. A data set without published sigmas has none here.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from kp2heat.errors import SpecError
from kp2heat.joint_groups import joint_groups
from kp2heat.skeleton import COCO_NAMES, COCO_SIGMAS, Skeleton

Pairs = tuple[tuple[int, int], ...]

COCO_LIMBS: Pairs = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6), (5, 7), (6, 8), (7, 9), (8, 10),
    (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip
HAND = (
    "wrist", *(f"{finger}{k}" for finger in ("thumb", "forefinger", "middle_finger", "ring_finger", "pinky_finger")
               for k in range(1, 5)),
)  # fmt: skip
HAND_LIMBS: Pairs = tuple((0 if k % 4 == 1 else k - 1, k) for k in range(1, 21))
FEET = tuple(f"{side}_{part}" for side in ("left", "right") for part in ("big_toe", "small_toe", "heel"))
HALPE_FEET = tuple(
    f"{side}_{part}" for part in ("big_toe", "small_toe", "heel") for side in ("left", "right")
)
FACE = tuple(f"face_{k}" for k in range(68))
HANDS = tuple(f"{side}_hand_{k}" for side in ("left", "right") for k in range(21))
HAND_SIGMAS = (
    .029, .022, .035, .037, .047, .026, .025, .024, .035, .018, .024, .022, .026, .017, .021, .021, .032, .02, .019,
    .022, .031,
)  # fmt: skip
FACE_SIGMAS = (
    .042, .043, .044, .043, .040, .035, .031, .025, .020, .023, .029, .032, .037, .038, .043, .041, .045, .013, .012,
    .011, .011, .012, .012, .011, .011, .013, .015, .009, .007, .007, .007, .012, .009, .008, .016, .010, .017, .011,
    .009, .011, .009, .007, .013, .008, .011, .012, .010, .034, .008, .008, .009, .008, .008, .007, .010, .008, .009,
    .009, .009, .007, .007, .008, .011, .008, .008, .008, .01, .008,
)  # fmt: skip


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _mirrored(
    count: int, *pairs: tuple[int, int], runs: Sequence[tuple[int, int]] = (), first: int = 0
) -> tuple[int, ...]:
    """Partners of ``count`` joints: single pairs, and runs (a, b) in which a+i mirrors b-i; offset by ``first``."""
    swap = [*range(count)]
    in_runs = [(a + i, b - i) for a, b in runs for i in range((b - a) // 2 + 1)]
    for a, b in (*pairs, *in_runs):
        swap[a + first], swap[b + first] = b + first, a + first
    return tuple(swap)


_FACE_PAIRS = ((36, 45), (37, 44), (38, 43), (39, 42), (40, 47), (41, 46), (55, 59), (56, 58), (65, 67))
_FACE_RUNS = ((0, 16), (17, 26), (31, 35), (48, 54), (60, 64))
FACE_SWAP = _mirrored(68, *_FACE_PAIRS, runs=_FACE_RUNS)
WFLW_SWAP = _mirrored(
    98, *((33 + i, 46 - i) for i in range(5)), *((38 + i, 50 - i) for i in range(4)), *((60 + i, 72 - i) for i in range(5)),
    *((65 + i, 75 - i) for i in range(3)), (96, 97), runs=((0, 32), (55, 59), (76, 82), (83, 87), (88, 92), (93, 95)),
)  # fmt: skip


def _with_face(names: tuple[str, ...], limbs: Pairs, sigmas: tuple[float, ...]) -> Skeleton:
    """Names that contain the 68 points of the face, mirrored as in 300-W, the others by their names."""
    by_name, first = Skeleton(names), names.index(FACE[0])
    face = _mirrored(len(names), *_FACE_PAIRS, runs=_FACE_RUNS, first=first)
    swap = tuple(
        f if first <= k < first + 68 else s for k, (f, s) in enumerate(zip(face, by_name.swap, strict=True))
    )
    return Skeleton(names, limbs, swap, sigmas)


_CROWDPOSE = (*COCO_NAMES[5:], "head", "neck")
_MPII = _names(
    "right_ankle right_knee right_hip left_hip left_knee left_ankle pelvis thorax upper_neck head_top right_wrist "
    "right_elbow right_shoulder left_shoulder left_elbow left_wrist"
)
_AIC = _names(
    "right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist right_hip right_knee right_ankle "
    "left_hip left_knee left_ankle head_top neck"
)
_AP10K = _names(
    "left_eye right_eye nose neck root_of_tail left_shoulder left_elbow left_front_paw right_shoulder right_elbow "
    "right_front_paw left_hip left_knee left_back_paw right_hip right_knee right_back_paw"
)
_ANIMALPOSE = _names(
    "L_Eye R_Eye L_EarBase R_EarBase Nose Throat TailBase Withers L_F_Elbow R_F_Elbow L_B_Elbow R_B_Elbow L_F_Knee "
    "R_F_Knee L_B_Knee R_B_Knee L_F_Paw R_F_Paw L_B_Paw R_B_Paw"
)
_JHMDB = _names(
    "neck belly head right_shoulder left_shoulder right_hip left_hip right_elbow left_elbow right_knee left_knee "
    "right_wrist left_wrist right_ankle left_ankle"
)
_MEDIAPIPE = _names(
    "nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer left_ear right_ear "
    "mouth_left mouth_right left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_pinky "
    "right_pinky left_index right_index left_thumb right_thumb left_hip right_hip left_knee right_knee left_ankle "
    "right_ankle left_heel right_heel left_foot_index right_foot_index"
)

SKELETONS: Mapping[str, Skeleton] = {
    "coco": Skeleton(COCO_NAMES, COCO_LIMBS, sigmas=COCO_SIGMAS),
    "coco-wholebody": _with_face(
        (*COCO_NAMES, *FEET, *FACE, *HANDS), COCO_LIMBS,
        (*COCO_SIGMAS, .068, .066, .066, .092, .094, .094, *FACE_SIGMAS, *HAND_SIGMAS, *HAND_SIGMAS),
    ),
    "halpe": _with_face(
        (*COCO_NAMES, "head", "neck", "hip", *HALPE_FEET, *FACE, *HANDS), COCO_LIMBS,
        (*COCO_SIGMAS, .08, .08, .08, *(.089,) * 6, *(.015,) * 110),
    ),
    "halpe26": Skeleton(
        (*COCO_NAMES, "head", "neck", "hip", *HALPE_FEET), COCO_LIMBS,
        sigmas=(*COCO_SIGMAS, .026, .026, .066, *(.079,) * 6),
    ),
    "crowdpose": Skeleton(
        _CROWDPOSE, ((12, 13), (13, 0), (13, 1), (0, 2), (2, 4), (1, 3), (3, 5), (13, 7), (13, 6), (7, 9), (9, 11), (6, 8), (8, 10)),
        sigmas=(*COCO_SIGMAS[5:], .079, .079),
    ),
    "posetrack18": Skeleton(
        ("nose", "head_bottom", "head_top", *COCO_NAMES[3:]), ((0, 1), (0, 2), (1, 5), (1, 6), *COCO_LIMBS[:12]),
        sigmas=COCO_SIGMAS,
    ),
    "mpii": Skeleton(
        _MPII, ((0, 1), (1, 2), (2, 6), (6, 3), (3, 4), (4, 5), (6, 7), (7, 8), (8, 9), (8, 12), (12, 11), (11, 10), (8, 13), (13, 14), (14, 15)),
        sigmas=(.089, .083, .107, .107, .083, .089, .026, .026, .026, .026, .062, .072, .179, .179, .072, .062),
    ),
    "aic": Skeleton(
        _AIC, ((2, 1), (1, 0), (0, 13), (13, 3), (3, 4), (4, 5), (8, 7), (7, 6), (6, 9), (9, 10), (10, 11), (12, 13), (0, 6), (3, 9)),
        sigmas=(.01388152, .01515228, .01057665, .01417709, .01497891, .01402144, .03909642, .03686941, .01981803,
                .03843971, .03412318, .02415081, .01291456, .01236173),
    ),
    "jhmdb": Skeleton(
        _JHMDB, ((5, 9), (9, 13), (5, 1), (6, 1), (6, 10), (10, 14), (1, 0), (0, 2), (0, 3), (3, 7), (7, 11), (0, 4), (4, 8), (8, 12)),
        sigmas=(.025, .107, .025, .079, .079, .107, .107, .072, .072, .087, .087, .062, .062, .089, .089),
    ),
    "ap10k": Skeleton(
        _AP10K, ((0, 1), (0, 2), (1, 2), (2, 3), (3, 4), (3, 5), (5, 6), (6, 7), (3, 8), (8, 9), (9, 10), (4, 11), (11, 12), (12, 13), (4, 14), (14, 15), (15, 16)),
        sigmas=(.025, .025, .026, .035, .035, .079, .079, .072, .072, .062, .062, .107, .107, .087, .087, .089, .089),
    ),
    "animalpose": Skeleton(
        _ANIMALPOSE, ((0, 1), (0, 2), (1, 3), (0, 4), (1, 4), (4, 5), (5, 7), (6, 7), (5, 8), (8, 12), (12, 16), (5, 9), (9, 13), (13, 17), (6, 10), (10, 14), (14, 18), (6, 11), (11, 15), (15, 19)),
        sigmas=(.025, .025, .026, .035, .035, *(.10,) * 3, *(.107,) * 4, *(.087,) * 4, *(.089,) * 4),
    ),
    "hand21": Skeleton(HAND, HAND_LIMBS),
    "mediapipe-pose": Skeleton(_MEDIAPIPE),
    "300w": replace(Skeleton.numbered(68), swap=FACE_SWAP),
    "wflw": replace(Skeleton.numbered(98), swap=WFLW_SWAP),
}  # fmt: skip


def _squashed(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(re.sub(r"[^a-z0-9]", "", name.lower()) for name in names)


_BY_NAMES = {
    _squashed(skeleton.names): name for name, skeleton in SKELETONS.items() if skeleton.names[0] != "joint_0"
}


def known(names: Sequence[str]) -> Skeleton | None:
    """The known skeleton of just these joints in this order, however they are spelled, under the names given."""
    found = _BY_NAMES.get(_squashed(names))
    return replace(SKELETONS[found], names=tuple(names)) if found else None


def load(name: str | Path) -> Skeleton:
    """A skeleton by its name in ``SKELETONS``, or of a TOML file; SpecError says what is wrong with either.

    The file has ``names``, and may have ``limbs`` and ``swap`` (pairs of names), ``sigmas``, and ``groups``
    (a table from name to joint names, or numbers counted from 1).
    """
    if str(name) in SKELETONS:
        return SKELETONS[str(name)]
    path = Path(name)
    if path.suffix != ".toml":
        raise SpecError(
            "skeleton", f"'{name}' is not known", f"use a .toml file or one of {', '.join(SKELETONS)}"
        )
    try:
        return _from_toml(tomllib.loads(path.read_text(encoding="utf-8")), path.name)
    except (OSError, ValueError) as problem:
        raise SpecError(
            f"skeleton {path.name}", f"cannot be read ({problem})", "write names = [...]"
        ) from None


def _from_toml(fields: dict[str, Any], source: str) -> Skeleton:
    names = tuple(map(str, fields.get("names", ())))
    unknown = [key for key in fields if key not in ("names", "limbs", "swap", "sigmas", "groups")]
    sigmas = tuple(map(float, fields.get("sigmas", ())))
    if not names or len(set(names)) < len(names) or unknown or len(sigmas) not in (0, len(names)):
        raise SpecError(
            f"skeleton {source}", f"has {len(names)} names, {len(sigmas)} sigmas" + f", unknown {unknown}" * bool(unknown),
            "write distinct names, and optionally limbs, swap (pairs of names), groups, and one sigma for each name",
        )  # fmt: skip
    skeleton = Skeleton(names, numbered(fields.get("limbs", ()), names, source), sigmas=sigmas)
    if "groups" in fields:
        groups = joint_groups(fields["groups"], skeleton)
        skeleton = replace(skeleton, groups=groups.members, group_names=groups.names)
    return swapped(skeleton, fields["swap"], source) if "swap" in fields else skeleton


def numbered(pairs: Iterable[Sequence[str]], names: Sequence[str], source: str) -> Pairs:
    """Pairs of names as pairs of joint numbers; SpecError names the joint that does not exist."""
    found = []
    for pair in pairs:
        lost = [name for name in pair if name not in names]
        if lost or len(pair) != 2:
            raise SpecError(
                f"skeleton {source}",
                f"{list(pair)} is not a pair of its joints",
                f"use {', '.join(names[:6])}, ...",
            )
        found.append((names.index(pair[0]), names.index(pair[1])))
    return tuple(found)


def swapped(skeleton: Skeleton, pairs: Iterable[Sequence[str]], source: str) -> Skeleton:
    """The skeleton with just these mirror pairs."""
    return replace(skeleton, swap=_mirrored(len(skeleton), *numbered(pairs, skeleton.names, source)))
