"""Masks of joints: visibility, border, names."""

from __future__ import annotations

import numpy as np

from kp2heat.metrics.epe import epe
from kp2heat.metrics.pairing.groups import by_border, by_joints, by_visibility
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.skeleton import COCO_NAMES, Skeleton


def test_border_is_measured_from_the_maps_edge_not_its_last_centre() -> None:
    xy = np.array([[[-0.5, 3], [1.49, 3], [1.5, 3], [3, 4.51], [3, 4.5], [-0.51, 3], [np.nan, 3]]])
    masks = by_border(xy, (7, 7), margin=2)
    assert masks["border"].tolist() == [[True, True, False, True, False, False, False]]
    assert masks["interior"].tolist() == [[False, False, True, False, True, False, False]]


def test_visibility_splits_the_report() -> None:
    truth = np.zeros((1, 2, 2))
    pairs = Pairs(Skeleton(("a", "b")), truth, truth + np.array([[[1, 0], [3, 0]]]), np.array([[1, 2]]))
    parts = {name: epe(pairs.only(mask)).overall["mean"] for name, mask in by_visibility(pairs).items()}
    assert parts == {"visible": 3, "hidden": 1}


def test_partners_are_grouped_under_their_common_name() -> None:
    masks = by_joints(Skeleton(COCO_NAMES))
    assert list(masks) == ["eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle"]
    assert np.flatnonzero(masks["wrist"]).tolist() == [9, 10]


def test_the_skeletons_own_groups_come_first() -> None:
    masks = by_joints(Skeleton(("a", "b", "left_c", "right_c"), groups=((0, 1), (2, 3))))
    assert list(masks) == ["a+b", "c"]
    assert masks["a+b"].tolist() == [True, True, False, False]
