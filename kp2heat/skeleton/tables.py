"""The joints, limbs and OKS sigmas of the known data sets, as written tables.

OKS sigmas: COCO, COCO-WholeBody and Halpe as their evaluation code has them; AI Challenger's are half of its
deltas; CrowdPose, MPII, JHMDB, PoseTrack18, AP-10K and Animal-Pose as mmpose (configs/_base_/datasets) gives them,
adapted from COCO. A data set without published sigmas has none here.
"""

from __future__ import annotations

Pairs = tuple[tuple[int, int], ...]


def words(text: str) -> tuple[str, ...]:
    """Return the names of a text."""
    return tuple(text.split())


def numbers(text: str) -> tuple[float, ...]:
    """Return the numbers of a text; ``.1*3`` is three times .1.

    >>> numbers(".2 .1*3")
    (0.2, 0.1, 0.1, 0.1)
    """
    parts = [word.partition("*") for word in text.split()]
    return tuple(float(value) for value, _, times in parts for _ in range(int(times or 1)))


def limbs(text: str) -> Pairs:
    """Return pairs of joint numbers, counted from 0, written ``15-13 13-11``.

    >>> limbs("15-13 13-11")
    ((15, 13), (13, 11))
    """
    pairs = [word.split("-") for word in text.split()]
    return tuple((int(a), int(b)) for a, b in pairs)


COCO_LIMBS = limbs("15-13 13-11 16-14 14-12 11-12 5-11 6-12 5-6 5-7 6-8 7-9 8-10 1-2 0-1 0-2 1-3 2-4 3-5 4-6")
FINGERS = words("thumb forefinger middle_finger ring_finger pinky_finger")
HAND = ("wrist", *(f"{finger}{k}" for finger in FINGERS for k in range(1, 5)))
HAND_LIMBS: Pairs = tuple((0 if k % 4 == 1 else k - 1, k) for k in range(1, 21))
SIDES = words("left right")
FEET = tuple(f"{side}_{part}" for side in SIDES for part in ("big_toe", "small_toe", "heel"))
HALPE_FEET = tuple(f"{side}_{part}" for part in ("big_toe", "small_toe", "heel") for side in SIDES)
FACE = tuple(f"face_{k}" for k in range(68))
HANDS = tuple(f"{side}_hand_{k}" for side in SIDES for k in range(21))
HAND_SIGMAS = numbers(
    ".029 .022 .035 .037 .047 .026 .025 .024 .035 .018 .024 .022 .026 .017 .021 .021 .032 .02 .019 .022 .031"
)
FACE_SIGMAS = numbers(
    ".042 .043 .044 .043 .04 .035 .031 .025 .02 .023 .029 .032 .037 .038 .043 .041 .045 .013 .012 .011 "
    ".011 .012 .012 .011 .011 .013 .015 .009 .007*3 .012 .009 .008 .016 .01 .017 .011 .009 .011 .009 .007 "
    ".013 .008 .011 .012 .01 .034 .008 .008 .009 .008 .008 .007 .01 .008 .009*3 .007 .007 .008 .011 "
    ".008*3 .01 .008"
)
WHOLE_BODY_FEET_SIGMAS = numbers(".068 .066 .066 .092 .094 .094")
MPII = words(
    "right_ankle right_knee right_hip left_hip left_knee left_ankle pelvis thorax upper_neck head_top "
    "right_wrist right_elbow right_shoulder left_shoulder left_elbow left_wrist"
)
AIC = words(
    "right_shoulder right_elbow right_wrist left_shoulder left_elbow left_wrist right_hip right_knee "
    "right_ankle left_hip left_knee left_ankle head_top neck"
)
AP10K = words(
    "left_eye right_eye nose neck root_of_tail left_shoulder left_elbow left_front_paw right_shoulder "
    "right_elbow right_front_paw left_hip left_knee left_back_paw right_hip right_knee right_back_paw"
)
ANIMALPOSE = words(
    "L_Eye R_Eye L_EarBase R_EarBase Nose Throat TailBase Withers L_F_Elbow R_F_Elbow L_B_Elbow R_B_Elbow "
    "L_F_Knee R_F_Knee L_B_Knee R_B_Knee L_F_Paw R_F_Paw L_B_Paw R_B_Paw"
)
JHMDB = words(
    "neck belly head right_shoulder left_shoulder right_hip left_hip right_elbow left_elbow right_knee "
    "left_knee right_wrist left_wrist right_ankle left_ankle"
)
MEDIAPIPE = words(
    "nose left_eye_inner left_eye left_eye_outer right_eye_inner right_eye right_eye_outer left_ear "
    "right_ear mouth_left mouth_right left_shoulder right_shoulder left_elbow right_elbow left_wrist "
    "right_wrist left_pinky right_pinky left_index right_index left_thumb right_thumb left_hip right_hip "
    "left_knee right_knee left_ankle right_ankle left_heel right_heel left_foot_index right_foot_index"
)
CROWDPOSE_LIMBS = limbs("12-13 13-0 13-1 0-2 2-4 1-3 3-5 13-7 13-6 7-9 9-11 6-8 8-10")
MPII_LIMBS = limbs("0-1 1-2 2-6 6-3 3-4 4-5 6-7 7-8 8-9 8-12 12-11 11-10 8-13 13-14 14-15")
AIC_LIMBS = limbs("2-1 1-0 0-13 13-3 3-4 4-5 8-7 7-6 6-9 9-10 10-11 12-13 0-6 3-9")
JHMDB_LIMBS = limbs("5-9 9-13 5-1 6-1 6-10 10-14 1-0 0-2 0-3 3-7 7-11 0-4 4-8 8-12")
AP10K_LIMBS = limbs("0-1 0-2 1-2 2-3 3-4 3-5 5-6 6-7 3-8 8-9 9-10 4-11 11-12 12-13 4-14 14-15 15-16")
ANIMALPOSE_LIMBS = limbs(
    "0-1 0-2 1-3 0-4 1-4 4-5 5-7 6-7 5-8 8-12 12-16 5-9 9-13 13-17 6-10 10-14 14-18 6-11 11-15 15-19"
)
MPII_SIGMAS = numbers(".089 .083 .107 .107 .083 .089 .026*4 .062 .072 .179 .179 .072 .062")
AIC_SIGMAS = numbers(
    ".01388152 .01515228 .01057665 .01417709 .01497891 .01402144 .03909642 .03686941 .01981803 .03843971 "
    ".03412318 .02415081 .01291456 .01236173"
)
JHMDB_SIGMAS = numbers(".025 .107 .025 .079 .079 .107 .107 .072 .072 .087 .087 .062 .062 .089 .089")
AP10K_SIGMAS = numbers(".025 .025 .026 .035 .035 .079 .079 .072 .072 .062 .062 .107 .107 .087 .087 .089 .089")
ANIMALPOSE_SIGMAS = numbers(".025 .025 .026 .035 .035 .1*3 .107*4 .087*4 .089*4")
