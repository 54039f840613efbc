"""Detections find their instances: by score, by OKS, within their image."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from kp2heat.annotations import Annotations, Images
from kp2heat.metrics.pairing.detections import Detections
from kp2heat.metrics.pairing.matching import match, match_by_id, match_by_image, paired
from kp2heat.metrics.pairing.neighbours import rank_within, rows_of
from kp2heat.skeleton import Skeleton

ONE = Skeleton(("a",), sigmas=(0.05,))
SIGMAS = np.array([0.05])


def truth(x: list[float], image: list[int], visible: list[int] | None = None, crowd: int = -1) -> Annotations:
    n = len(x)
    return Annotations(
        ONE,
        Images(np.arange(3), np.array(["p", "q", "r"]), np.zeros((3, 2))),
        xy=np.array([[[v, 0.0]] for v in x]).reshape(n, 1, 2),
        visible=np.reshape(visible or [2] * n, (n, 1)),
        bbox=np.tile([0, 0, 100, 100.0], (n, 1)),
        area=np.full(n, 10_000.0),
        crowd=np.arange(n) == crowd,
        image=np.array(image, np.int64),
        id=np.arange(n),
    )


def detections(x: list[float], image: list[int], score: list[float]) -> Detections:
    n = len(x)
    xy = np.array([[[v, 0.0]] for v in x]).reshape(n, 1, 2)
    return Detections(xy, np.ones((n, 1)), np.array(score), np.zeros((n, 4)), np.array(image, np.int64))


def test_the_best_score_chooses_first_even_if_another_is_nearer() -> None:
    # one instance at 0: both are near it, the surer one gets it although it lies further off
    assert match(truth([0], [0]), detections([1, 5], [0, 0], [0.3, 0.9]), SIGMAS).tolist() == [1]


def test_each_takes_the_most_similar_that_is_free() -> None:
    # at 0 and 10; the surest, at 4, takes 0; the next, at 1, must do with 10
    assert match(truth([0, 10], [0, 0]), detections([1, 4], [0, 0], [0.5, 0.9]), SIGMAS).tolist() == [1, 0]


def test_images_do_not_mix() -> None:
    both = truth([0, 0], [2, 0])
    assert match(both, detections([0, 0, 0], [0, 1, 2], [1, 1, 1]), SIGMAS).tolist() == [2, 0]


def test_too_far_is_no_match() -> None:
    # similarity exp(-d^2 / (2 x 10^4 x 0.01)) is 0.1 at d = sqrt(200 ln 10) = 21.46
    assert match(truth([0], [0]), detections([21.4], [0], [1]), SIGMAS).tolist() == [0]
    assert match(truth([0], [0]), detections([21.5], [0], [1]), SIGMAS).tolist() == [-1]


def test_crowds_and_unlabelled_instances_are_not_matched() -> None:
    rows = truth([0, 0, 0], [0, 0, 0], [2, 0, 2], crowd=0)
    assert match(rows, detections([0, 0], [0, 0], [1, 1]), SIGMAS).tolist() == [-1, -1, 0]
    assert not paired(rows, detections([0], [0], [1]), np.array([-1, -1, 0])).scored[0].any()


def test_similarity_is_the_mean_over_the_labelled_joints() -> None:
    """Of two people with three joints each, the second's third joint is not labelled."""
    two = truth([0, 30], [0, 0])
    rows = replace(
        two,
        skeleton=Skeleton(("a", "b", "c"), sigmas=(0.05,) * 3),
        xy=np.stack([np.zeros((3, 2)), np.full((3, 2), 30.0)]),
        visible=np.array([[2, 2, 2], [2, 2, 0]]),
    )
    for stray, matched in ((0.0, [-1, 0]), (1000.0, [-1, 0])):
        found = replace(
            detections([0], [0], [1]),
            xy=np.array([[[30.0, 30], [30, 30], [stray, 30]]]),
            confidence=np.ones((1, 3)),
        )
        assert match(rows, found, np.full(3, 0.05)).tolist() == matched


@pytest.mark.parametrize(("n", "m"), [(0, 1), (1, 0), (0, 0)])
def test_nothing_to_match(n: int, m: int) -> None:
    found = match(truth([0.0] * n, [0] * n), detections([0.0] * m, [0] * m, [1.0] * m), SIGMAS)
    assert found.tolist() == [-1] * n


def test_pairs_hold_the_detection_of_each_instance() -> None:
    pairs = paired(truth([0, 50], [0, 0]), detections([3], [0], [1]), np.array([0, -1]))
    assert pairs.offset[0, 0].tolist() == [3, 0]
    assert pairs.found.tolist() == [[True], [False]]
    assert pairs.image.tolist() == [0, 0]


def test_many_images_at_once_agree_with_each_alone() -> None:
    rng = np.random.default_rng(3)
    image, seen = rng.integers(0, 3, 60), rng.integers(0, 3, 90)
    people = truth(rng.uniform(0, 300, 60).tolist(), image.tolist())
    boxes = detections(rng.uniform(0, 300, 90).tolist(), seen.tolist(), rng.uniform(0, 1, 90).tolist())
    together = match(people, boxes, SIGMAS)
    for i in range(3):
        mine, theirs = np.flatnonzero(image == i), np.flatnonzero(seen == i)
        alone = match(
            people.take(mine),
            Detections(*(getattr(boxes, c)[theirs] for c in ("xy", "confidence", "score", "bbox", "image"))),
            SIGMAS,
        )
        expected = np.where(alone >= 0, theirs[alone], -1)
        np.testing.assert_array_equal(together[mine], expected)
    assert (together >= 0).sum() > 30


def test_rows_of_an_image() -> None:
    image = np.array([2, 0, 2, 2])
    assert rank_within(image).tolist() == [0, 0, 1, 2]
    assert rows_of(image, 3).tolist() == [[1, -1, -1], [-1, -1, -1], [0, 2, 3]]


def test_ids_decide_where_every_one_is_an_annotation_of_its_image() -> None:
    people = truth([0, 10, 0], [0, 0, 1])
    named = replace(people, id=np.array([40, 50, 60]))
    made = replace(detections([10, 0], [0, 1], [1, 1]), id=np.array(["50", "60"]))
    found = match_by_id(named, made)
    assert found is not None
    assert found.tolist() == [-1, 0, 1]


@pytest.mark.parametrize("ids", [[50, 40], [50, 99], [50, 50], []])
def test_ids_that_do_not_tell_are_not_believed(ids: list[int]) -> None:
    # of another image, unknown, twice, none
    named = replace(truth([0, 10, 0], [0, 0, 1]), id=np.array([40, 50, 60]))
    assert (
        match_by_id(named, replace(detections([10, 0], [0, 1], [1, 1]), id=np.array(ids, np.int64))) is None
    )


def test_one_an_image_pairs_whatever_the_distance() -> None:
    people = truth([0, 0, 0], [0, 1, 1], [2, 2, 0])
    far = match_by_image(people, detections([900, 5], [1, 2], [1, 1]))
    assert far is not None
    assert far.tolist() == [-1, 0, -1]
    assert match_by_image(truth([0, 9], [1, 1]), detections([0], [1], [1])) is None
    assert match_by_image(people, detections([0, 9], [1, 1], [1, 1])) is None
