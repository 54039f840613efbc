"""Sapiens2's joints against its published list, by hash and by what a list can get wrong."""

from __future__ import annotations

import hashlib

import pytest

from kp2heat.skeleton.named import SKELETONS

BODY = SKELETONS["sapiens308"]
PUBLISHED = "ce6669b2e8284c6cf5e1e20a2217a4fc31d4514e12515f08c211c64f3ffb41a1"
"""sha256 of a line "name partner" per joint, from keypoints308.py of facebookresearch/sapiens2 at 3098c14."""


def test_names_order_and_partners_are_the_published_ones() -> None:
    lines = [f"{name} {BODY.names[BODY.swap[k]]}" for k, name in enumerate(BODY.names)]
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == PUBLISHED


@pytest.mark.parametrize(
    ("joint", "partner"),
    [
        ("right_thumb4", "left_thumb4"),
        ("l_midpoint_6_of_upper_crease_line", "r_midpoint_3_of_upper_crease_line"),
        ("upper_midpoint_2_of_r_eyebrow", "upper_midpoint_3_of_l_eyebrow"),
        ("midpoint_4_of_lower_inner_lip", "midpoint_5_of_lower_inner_lip"),
        ("l_border_of_pupil_9", "r_border_of_pupil_3"),
        ("l_border_of_iris_12", "r_border_of_iris_12"),
        ("r_point_8_of_inner_helix", "l_point_2_of_inner_helix"),
        ("tip_of_chin", "tip_of_chin"),
    ],
)
def test_partners_of_numbered_points(joint: str, partner: str) -> None:
    assert BODY.names[BODY.swap[BODY.names.index(joint)]] == partner
