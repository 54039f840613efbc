"""Kinds of error: each placed by hand, and the boundaries of the similarities."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kp2heat.metrics.error_kinds import KINDS, kinds
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.skeleton import Skeleton

PAIR = Skeleton(("left_x", "right_x"), sigmas=(0.05, 0.05))
TRUTH = np.array([[[0.0, 0], [100, 0]], [[0, 500], [100, 500]]])
AREA = 10_000.0  # d(similarity) = sqrt(-ln similarity x 2 x area x (2 sigma)^2) = sqrt(-200 ln similarity)


def at(similarity: float) -> float:
    return math.sqrt(-200 * math.log(similarity))


def kind(x: float, y: float, truth: np.ndarray = TRUTH, together: bool = True) -> str:
    """What the first joint of the first instance is when it is predicted at (x, y)."""
    predicted = truth.copy()
    predicted[0, 0] = x, y
    pairs = Pairs(
        PAIR,
        truth,
        predicted,
        np.where(np.isfinite(truth[..., 0]), 2, 0),
        area=np.full(2, AREA),
        image=np.array([7, 7 if together else 8]),
    )
    joints = kinds(pairs.only(np.array([[True, False], [False, False]]))).joints
    return next(name for name in (*KINDS, "undetected") if joints[name][0] == 1)


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (0, at(0.86), "good"),
        (0, at(0.84), "jitter"),
        (0, at(0.51), "jitter"),
        (0, at(0.49), "miss"),
        (100, at(0.51), "inversion"),
        (100, at(0.49), "miss"),
        (0, 500 - at(0.51), "swap"),
        (100, 500 + at(0.51), "swap"),
        (np.nan, np.nan, "undetected"),
    ],
)
def test_each_kind(x: float, y: float, expected: str) -> None:
    assert kind(x, y) == expected


def test_a_neighbour_in_another_image_is_no_neighbour() -> None:
    assert kind(0, 500, together=False) == "miss"


def test_an_unlabelled_partner_cannot_be_taken_for_it() -> None:
    alone = TRUTH.copy()
    alone[0, 1] = np.nan
    assert kind(100, 0, truth=alone) == "miss"


def test_the_own_place_wins_a_tie() -> None:
    stacked = TRUTH.copy()
    stacked[1] = stacked[0]
    assert kind(0, 0, truth=stacked) == "good"


def test_shares_add_up() -> None:
    rng = np.random.default_rng(0)
    truth = rng.uniform(0, 60, (40, 2, 2))
    pairs = Pairs(
        PAIR,
        truth,
        truth + rng.normal(0, 10, truth.shape),
        np.full((40, 2), 2),
        area=np.full(40, AREA),
        image=np.repeat(np.arange(10), 4),
    )
    overall = kinds(pairs).overall
    assert sum(overall[name] for name in (*KINDS, "undetected")) == pytest.approx(1)
    assert min(overall[name] for name in KINDS) > 0
