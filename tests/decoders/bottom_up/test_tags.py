"""People put together from tags: as many as there are, each joint with its own person."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from kp2heat.scene import make_scene
from kp2heat.skeleton import Skeleton

SIZE = (64, 48)
LEVEL = Level(SIZE, 1.5, alignment("stride", (256, 192), SIZE))
PEOPLE = np.array(
    [
        [[40.0, 40.0], [60.0, 80.0], [40.0, 120.0]],
        [[200.0, 44.0], [180.0, 84.0], [200.0, 124.0]],
        [[120.0, 60.0], [np.nan, np.nan], [124.0, 160.0]],
    ]
)


def label(people: np.ndarray) -> dict[str, np.ndarray]:
    scene = make_scene(
        Skeleton.numbered(people.shape[1]),
        (256, 192),
        people,
        np.where(np.isfinite(people[..., 0]), 2, 0),
        sample=np.zeros(len(people), np.int64),
        samples=1,
    )
    return CODECS["associative-embedding-tags"].encode(scene, LEVEL, np.float32)


def tags_of_labels(planes: dict[str, np.ndarray]) -> np.ndarray:
    """The tags (N, K, H, W) that a perfect network would give: at a person's cells its number, counted by 10."""
    n, k, height, width = planes["heatmaps"].shape
    tags = np.zeros((n, k, height * width))
    sample, person, joint = np.nonzero(planes["tag_valid"])
    tags[sample, joint, planes["tag_index"][sample, person, joint]] = 10.0 * (person + 1)
    return tags.reshape(n, k, height, width)


def by_first_joint(xy: np.ndarray) -> np.ndarray:
    """(P, K, 2) of (K, P, 2), people from left to right."""
    return xy.swapaxes(0, 1)[np.argsort(xy[0, :, 0])]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 1, 0]])
@pytest.mark.parametrize("numbers", [1, 2])
def test_each_joint_is_with_its_own_person(order: list[int], numbers: int) -> None:
    """Whatever the order of the people, with one number per tag or two; a missing joint stays missing."""
    planes = label(PEOPLE[order])
    tags = np.tile(tags_of_labels(planes), (1, numbers, 1, 1))
    tags += np.random.default_rng(0).uniform(-0.2, 0.2, tags.shape)
    peaks = decode("tags", {"heatmaps": planes["heatmaps"], "tags": tags}, LEVEL, top=5)
    found = by_first_joint(LEVEL.alignment.to_input(peaks.xy[0, :, :3]))
    np.testing.assert_allclose(found, PEOPLE[[0, 2, 1]], atol=2.1)  # the codec rounds to cells of 4 px
    assert np.isnan(peaks.xy[0, :, 3:]).all()
    assert (peaks.score[0, :, 3:] == 0).all()


def test_tags_that_are_all_alike_make_as_many_people_as_a_map_has_peaks() -> None:
    """The assignment gives no person two peaks of one map."""
    planes = label(PEOPLE)
    peaks = decode("tags", {"heatmaps": planes["heatmaps"], "tags": np.zeros((1, 3, 48, 64))}, LEVEL, top=5)
    assert np.isfinite(peaks.xy[0, :, :, 0]).sum(axis=1).tolist() == [3, 2, 3]


def test_one_person_is_asked_for() -> None:
    planes = label(PEOPLE[:1])
    peaks = decode("tags", {"heatmaps": planes["heatmaps"], "tags": tags_of_labels(planes)}, LEVEL, top=1)
    np.testing.assert_allclose(LEVEL.alignment.to_input(peaks.xy[0]), PEOPLE[0], atol=2.1)


def test_tags_of_another_size_are_refused() -> None:
    with pytest.raises(SpecError, match="have shape"):
        decode("tags", {"heatmaps": label(PEOPLE)["heatmaps"], "tags": np.zeros((1, 3, 4, 4))}, LEVEL)
