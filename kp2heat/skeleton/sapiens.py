"""The 308 joints of Sapiens2: body, fingers, and 238 points of face and ears.

Names, order, partners and sigmas are those of facebookresearch/sapiens2 at 3098c14, keypoints308.py (there ``goliath``).
Points numbered along a line run the same way on both sides of the face, so that a point's partner may have another
number: the first of an eyelid is the mirror of the second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from kp2heat.skeleton import other_side
from kp2heat.skeleton.tables import FINGERS, Pairs, numbers, words

_PARTNERS: Mapping[str, Mapping[str, str]] = {
    "eyebrow": {"2": "3", "3": "2"},
    "line": {"1": "2", "2": "1", "3": "6", "6": "3", "4": "5", "5": "4"},
    "lip": {"1": "2", "2": "1", "3": "6", "6": "3", "4": "5", "5": "4"},
    "iris": {"1": "4", "4": "1", "2": "3", "3": "2"},
    "iris border": {"3": "9", "9": "3"},
    "pupil": {"1": "4", "4": "1", "2": "3", "3": "2"},
    "pupil border": {"3": "9", "9": "3"},
    "helix": {"2": "8", "8": "2"},
}
"""The number of a point's partner, where it is another, by the part of the face; irises are numbered like clocks."""
_NUMBER = re.compile(r"(?<=point_)\d|(?<=iris_)\d+|(?<=pupil_)\d+")


def partner(name: str) -> str:
    """Return the name of a joint's mirror partner, its own where it has none.

    >>> partner("l_midpoint_6_of_upper_lash_line"), partner("tip_of_chin")
    ('r_midpoint_3_of_upper_lash_line', 'tip_of_chin')
    """
    part = next((word for word in re.split("_", name) if word in _PARTNERS), "")
    clock = " border" if part in ("iris", "pupil") and "midpoint" not in name else ""
    table = _PARTNERS.get(part + clock, {})
    return other_side(_NUMBER.sub(lambda number: table.get(number[0], number[0]), name))


def _numbered(form: str, points: str) -> tuple[str, ...]:
    """Return names of points: ``{}`` of the form stands for ``midpoint_1``, or another word, in turn."""
    return tuple(form.format(f"midpoint_{p}" if p.isdigit() else p) for p in points.split())


def _both(names: Sequence[str], *, mirrored: bool) -> tuple[str, ...]:
    """Return the names and those of the other side: partners in the same order, or points of the same number."""
    return (*names, *((partner if mirrored else other_side)(name) for name in names))


_FINGER_ENDS = tuple(f"_{finger}{end}" for finger in FINGERS for end in ("4", "3", "2", "_third_joint"))
_BODY = words(
    "nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_hip "
    "right_hip left_knee right_knee left_ankle right_ankle left_big_toe left_small_toe left_heel right_big_toe "
    "right_small_toe right_heel"
)
_FACE_MIDDLE = words(
    "neck center_of_glabella center_of_nose_root tip_of_nose_bridge midpoint_1_of_nose_bridge "
    "midpoint_2_of_nose_bridge midpoint_3_of_nose_bridge center_of_labiomental_groove tip_of_chin"
)
_EYEBROW = words(
    "upper_startpoint_of_r_eyebrow lower_startpoint_of_r_eyebrow end_of_r_eyebrow upper_midpoint_1_of_r_eyebrow "
    "lower_midpoint_1_of_r_eyebrow upper_midpoint_2_of_r_eyebrow upper_midpoint_3_of_r_eyebrow "
    "lower_midpoint_2_of_r_eyebrow lower_midpoint_3_of_r_eyebrow"
)
_LASH = "inner_end outer_end centerpoint 2 1 6 5 4 3"
_UPPER_EYE = (
    *_numbered("l_{}_of_upper_lash_line", _LASH),
    *_numbered("l_{}_of_upper_eyelid_line", "outer_end 6 2 5 centerpoint 4 1 3"),
    *_numbered("l_{}_of_upper_crease_line", "6 2 5 centerpoint 4 1 3"),
)
_LOWER_EYE = (
    *_numbered("l_{}_of_lower_lash_line", _LASH),
    *_numbered("l_{}_of_lower_eyelid_line", "outer_end 6 2 5 centerpoint 4 1 3"),
)
_NOSE = words(
    "tip_of_nose bottom_center_of_nose r_outer_corner_of_nose l_outer_corner_of_nose inner_corner_of_r_nostril "
    "outer_corner_of_r_nostril upper_corner_of_r_nostril inner_corner_of_l_nostril outer_corner_of_l_nostril "
    "upper_corner_of_l_nostril"
)
_MOUTH = (
    *words("r_outer_corner_of_mouth l_outer_corner_of_mouth center_of_cupid_bow center_of_lower_outer_lip"),
    *(f"midpoint_{p}_of_{lip}_outer_lip" for r in ("12", "3456") for lip in ("upper", "lower") for p in r),
    *words(
        "r_inner_corner_of_mouth l_inner_corner_of_mouth center_of_upper_inner_lip center_of_lower_inner_lip"
    ),
    *(f"midpoint_{p}_of_{lip}_inner_lip" for r in ("12", "3456") for lip in ("upper", "lower") for p in r),
)
_EAR = words(
    "l_top_end_of_inferior_crus l_top_end_of_superior_crus l_start_of_antihelix l_end_of_antihelix "
    "l_midpoint_1_of_antihelix l_midpoint_1_of_inferior_crus l_midpoint_2_of_antihelix l_midpoint_3_of_antihelix "
    "l_point_1_of_inner_helix l_point_2_of_inner_helix l_point_3_of_inner_helix l_point_4_of_inner_helix "
    "l_point_5_of_inner_helix l_point_6_of_inner_helix l_point_7_of_inner_helix l_highest_point_of_antitragus "
    "l_bottom_point_of_tragus l_protruding_point_of_tragus l_top_point_of_tragus l_start_point_of_crus_of_helix "
    "l_deepest_point_of_concha l_tip_of_ear_lobe l_midpoint_between_22_15 "
    "l_bottom_connecting_point_of_ear_lobe l_top_connecting_point_of_helix l_point_8_of_inner_helix"
)
_RING = "l_center_of_{0} l_border_of_{0}_3 l_border_of_{0}_midpoint_1 l_border_of_{0}_12 l_border_of_{0}_midpoint_4 "
_RING += "l_border_of_{0}_9 l_border_of_{0}_midpoint_3 l_border_of_{0}_6 l_border_of_{0}_midpoint_2"

NAMES = (
    *_BODY,
    *(f"{side}{end}" for side in ("right", "left") for end in (*_FINGER_ENDS, "_wrist")),
    *(f"{side}_{part}" for part in ("olecranon", "cubital_fossa", "acromion") for side in ("left", "right")),
    *_FACE_MIDDLE,
    *_both(_EYEBROW, mirrored=False),
    *_both(_UPPER_EYE, mirrored=True),
    *_both(_LOWER_EYE, mirrored=True),
    *_NOSE,
    *_MOUTH,
    *_both(_EAR, mirrored=True),
    *_both(words(_RING.format("iris")), mirrored=False),
    *_both(words(_RING.format("pupil")), mirrored=False),
)
_PLACE = {name: k for k, name in enumerate(NAMES)}
SWAP = tuple(_PLACE[partner(name)] for name in NAMES)
_SIDE_LIMBS = (
    *words("ankle-knee knee-hip hip-shoulder shoulder-elbow elbow-wrist shoulder-ear ear-eye"),
    *words("ankle-big_toe ankle-small_toe ankle-heel"),
    *(f"wrist-{finger}_third_joint" for finger in FINGERS),
    *(f"{finger}_third_joint-{finger}2" for finger in FINGERS),
    *(f"{finger}{k}-{finger}{k + 1}" for finger in FINGERS for k in (2, 3)),
)
_MIDDLE_LIMBS = words(
    "left_hip-right_hip left_shoulder-right_shoulder left_eye-right_eye nose-left_eye nose-right_eye"
)


def _limb(pair: str, side: str = "") -> tuple[int, int]:
    """Return the numbers of two joints written ``ankle-knee``, both of a side."""
    start, end = pair.split("-")
    return _PLACE[side + start], _PLACE[side + end]


LIMBS: Pairs = (
    *(_limb(pair, side) for side in ("left_", "right_") for pair in _SIDE_LIMBS),
    *(_limb(pair) for pair in _MIDDLE_LIMBS),
)
_HAND_SIGMAS = (
    ".047 .037 .035 .022 .035 .024 .025 .026 .026 .022 .024 .018 .032 .021 .021 .017 .031 .022 .019 .02 .062"
)
SIGMAS = numbers(
    ".026 .025*2 .035*2 .079*2 .072*2 .107*2 .087*2 .089*2 .068 .066*2 .092 .094*2 "
    f"{_HAND_SIGMAS} {_HAND_SIGMAS} .072*4 .079*3 .01*238"
)
