"""``shared-peaks``: a network's maps of several joints, whose number is found from the map."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from tests.decoders.refinement.test_weighted_fit import NETWORKS, level
from tests.decoders.shared_maps.test_split import blobs

TRIPLES = [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11], [12, 13, 14]]
MERGED = {"max": np.max, "sum": np.sum, "sum-clamp": lambda maps, axis: np.minimum(maps.sum(axis=axis), 1)}
SQUARE = Level((28, 28), 1.5, alignment("half-pixel", (112, 112), (28, 28)))


def heights(truth: NDArray[np.float64], noise: float, merge: str, seed: int = 0) -> NDArray[np.float32]:
    """(M, 1, 28, 28) blobs of heights .5 to 1, merged, under white noise."""
    rng = np.random.default_rng(seed)
    each = blobs(truth, 28, SQUARE.sigma) * rng.uniform(0.5, 1, (*truth.shape[:2], 1, 1))
    maps = MERGED[merge](each, axis=1)[:, None]
    return np.asarray(maps + rng.normal(0, noise, maps.shape), np.float32)


def apart(people: int, count: int, gap: float) -> NDArray[np.float64]:
    """(people, count, 2) cells, no two nearer than ``gap`` sigmas."""
    rng, found = np.random.default_rng(count), []
    while len(found) < people:
        xy = rng.uniform(2, 25, (count, 2))
        away = np.linalg.norm(xy[:, None] - xy, axis=-1) + 99 * np.eye(count)
        if away.min() > gap * SQUARE.sigma:
            found.append(xy)
    return np.array(found)


@pytest.mark.parametrize("merge", ["max", "sum", "sum-clamp"])
@pytest.mark.parametrize("count", [1, 2, 3, 5])
def test_as_many_as_there_are_come_back(merge: str, count: int) -> None:
    """Two sigmas apart and more, under noise of 2 %: a tenth of a cell is six times the Cramer-Rao bound at height 1."""
    truth = apart(30, count, 2.0)
    found = decode("shared-peaks", {"heatmaps": heights(truth, 0.02, merge)}, SQUARE, merge=merge, top=8)
    assert (np.isfinite(found.xy[:, 0, :, 0]).sum(axis=1) == count).mean() > 0.95
    gap = np.linalg.norm(truth[:, :, None] - found.xy[:, 0, None], axis=-1)
    nearest = np.where(np.isfinite(gap), gap, np.inf).min(axis=2)
    assert (nearest < 0.2).mean() > 0.95
    assert np.median(nearest) < 0.1
    assert (np.diff(found.score[:, 0], axis=1) <= 0).all()


def test_two_that_make_one_peak_are_told_apart() -> None:
    """1.4 sigmas apart their sum has a single maximum."""
    truth = np.array([[[12.0, 13.0], [14.1, 13.0]]])
    maps = blobs(truth, 28, SQUARE.sigma).sum(axis=1)[:, None]
    assert np.isfinite(decode("peaks", {"heatmaps": maps}, SQUARE).xy[0, 0, :, 0]).sum() == 1
    found = decode("shared-peaks", {"heatmaps": maps}, SQUARE, merge="sum", top=4).xy[0, 0]
    np.testing.assert_allclose(np.sort(found[:2, 0]), [12.0, 14.1], atol=1e-3)
    assert np.isnan(found[2:]).all()


@pytest.mark.parametrize(("name", "recall", "mean"), [("mse", 0.9, 0.4), ("weak", 0.8, 0.6)])
@pytest.mark.parametrize("merge", ["max", "sum"])
def test_merged_maps_of_networks(name: str, merge: str, recall: float, mean: float) -> None:
    """Three joints' maps of a network merged: no fewer are found, and nearer, than by local maxima."""
    with np.load(NETWORKS) as stored:
        maps, truth = stored[f"{name}_maps"].astype(np.float32), stored[f"{name}_truth"]
        grid = level(float(stored[f"{name}_sigma"]))
    merged = np.stack([MERGED[merge](maps[:, of], axis=1) for of in TRIPLES], axis=1)
    joints = np.stack([truth[:, of] for of in TRIPLES], axis=1)
    answers = {}
    for method, more in (("shared-peaks", {"merge": merge}), ("weighted-fit", {})):
        found = decode(method, {"heatmaps": merged}, grid, top=3, **more).xy
        gap = np.linalg.norm(joints[:, :, :, None] - found[:, :, None], axis=-1)
        nearest = np.where(np.isfinite(gap), gap, np.inf).min(axis=3)[np.isfinite(joints[..., 0])]
        answers[method] = (nearest < 2).mean(), nearest[nearest < 2].mean()
    assert answers["shared-peaks"][0] >= max(recall, answers["weighted-fit"][0])
    assert answers["shared-peaks"][1] < min(mean, answers["weighted-fit"][1])


def test_a_map_alone_gives_the_same_bits() -> None:
    maps = heights(apart(7, 3, 1.0), 0.02, "sum")
    together = decode("shared-peaks", {"heatmaps": maps}, SQUARE, merge="sum", top=4)
    for i in range(len(maps)):
        alone = decode("shared-peaks", {"heatmaps": maps[i : i + 1]}, SQUARE, merge="sum", top=4)
        np.testing.assert_array_equal(alone.xy[0], together.xy[i])


def test_empty_and_broken_maps_hold_nobody() -> None:
    maps = np.zeros((1, 3, 28, 28), np.float32)
    maps[0, 1], maps[0, 2] = np.nan, -1
    found = decode("shared-peaks", {"heatmaps": maps}, SQUARE)
    assert np.isnan(found.xy).all()
    assert not found.score.any()


@pytest.mark.parametrize("wrong", [{"merge": "mean"}, {"share": 0.0}, {"share": 2.0}])
def test_settings_out_of_range_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(SpecError):
        decode("shared-peaks", {"heatmaps": np.ones((1, 1, 28, 28), np.float32)}, SQUARE, **wrong)
