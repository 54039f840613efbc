"""Several centres in one map: every one of a sum, and of a maximum every one that owns three cells."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat import normalize
from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.errors import SpecError
from kp2heat.frame import alignment

MATLAB = [(28, 2.5), (14, 1.25), (7, 0.625)]
"""Cells and sigma of the MATLAB page's three maps of a 224 px input."""
INPUT = 224
Array = NDArray[Any]


def level(cells: int, sigma: float) -> Level:
    return Level((cells, cells), sigma, alignment("half-pixel", (INPUT, INPUT), (cells, cells)))


def blobs(places: Array, cells: int, sigma: float) -> Array:
    """(M, n, cells, cells) a Gaussian of peak 1 at each of (M, n, 2)."""
    gx, gy = (np.exp(-0.5 * ((np.arange(cells) - places[..., i : i + 1]) / sigma) ** 2) for i in (0, 1))
    return gy[..., :, None] * gx[..., None, :]


def greatest_gap(truth: Array, found: Array) -> Array:
    """(M,) greatest distance in cells of the assignment for which it is least."""
    orders = permutations(range(truth.shape[1]))
    return np.min([np.linalg.norm(truth - found[:, order], axis=-1).max(axis=1) for order in orders], axis=0)


def close(count: int, cells: int, sigma: float) -> Array:
    """(count, 3, 2) centres that lie .3 to .6 sigma apart."""
    rng = np.random.default_rng(cells)
    first, angle = rng.uniform(1, cells - 2, (count, 2)), rng.uniform(0, 2 * np.pi, count)
    step = 0.3 * sigma * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    across = np.stack([-step[:, 1], step[:, 0]], axis=1)
    return np.stack([first, first + step, first + 1.7 * across], axis=1)


@pytest.mark.parametrize(("cells", "sigma"), MATLAB)
@pytest.mark.parametrize("norm", ["none", "sigmoid", "softmax"])
def test_three_landmarks_of_a_sum_come_back(cells: int, sigma: float, norm: str) -> None:
    """float32 tells centres apart that lie .3 sigma from each other; the limit is a thousandth of an input px."""
    anywhere = np.random.default_rng(1).uniform(0, cells - 1, (40, 3, 2))
    for truth in (anywhere, close(40, cells, sigma)):
        summed = blobs(truth, cells, sigma).sum(axis=1)[:, None]
        stored = normalize.apply(norm, summed, {}).astype(np.float32)
        maps = {"heatmaps": normalize.undo(norm, stored, {}).astype(np.float32)}
        absolute = 0.0 if norm == "none" else 1e-6
        found = decode("shared-maps", maps, level(cells, sigma), merge="sum", top=3, absolute=absolute)
        limit = 0.001 if norm == "none" or truth is anywhere else 1.0
        assert greatest_gap(truth, found.xy[:, 0]).max() * INPUT / cells < limit
        assert found.refined.all()


def owners(places: Array, cells: int, sigma: float) -> Array:
    """(M, n) how many cells of the cut maximum are nearest to each centre."""
    away = np.arange(cells) - places[..., None]
    squared = away[..., 1, :, None] ** 2 + away[..., 0, None, :] ** 2
    inside = (np.abs(away) <= 3 * sigma)[..., 1, :, None] & (np.abs(away) <= 3 * sigma)[..., 0, None, :]
    squared = np.where(inside, squared, np.inf)
    nearest = (squared == squared.min(axis=1, keepdims=True)) & np.isfinite(squared)
    return nearest.sum(axis=(2, 3))


@pytest.mark.parametrize("people", [2, 3, 5])
@pytest.mark.parametrize(("cells", "sigma"), [(28, 1.5), (14, 1.0), (7, 1.0)])
@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_everybody_who_owns_three_cells_of_a_maximum_is_found(
    cells: int, sigma: float, people: int, dtype: type
) -> None:
    """Three cells in a line leave two places, so a few in a hundred of the smallest map may be the wrong one."""
    truth = np.random.default_rng(people).uniform(-0.4, cells - 0.6, (200, people, 2))
    away = np.abs(np.arange(cells) - truth[..., None]) <= 3 * sigma
    cut = away[..., 1, :, None] & away[..., 0, None, :]
    maps = (blobs(truth, cells, sigma) * cut).max(axis=1)[:, None].astype(dtype)
    rounding = {"relative": 2.0**-11, "absolute": 2.0**-25} if dtype == np.float16 else {}
    found = decode("shared-maps", {"heatmaps": maps}, level(cells, sigma), top=people, **rounding).xy[:, 0]
    gap = np.linalg.norm(truth[:, :, None] - found[:, None], axis=-1)
    nearest = np.where(np.isfinite(gap), gap, np.inf).min(axis=2)[owners(truth, cells, sigma) >= 3]
    near = nearest < (1e-4 if dtype == np.float32 else 0.03)
    assert near.mean() > {28: 0.998, 14: 0.99, 7: 0.95}[cells]


def off_line(cells: Array) -> bool:
    """Whether some cells (H, W) are three that do not lie in line."""
    y, x = np.nonzero(cells)
    return len(x) >= 3 and np.linalg.matrix_rank(np.stack([x - x[0], y - y[0]])) == 2


@pytest.mark.parametrize(("people", "cells"), [(5, 14), (8, 9), (10, 9)])
def test_everybody_whose_cells_are_not_in_line_is_found(people: int, cells: int) -> None:
    """Cells that touch or not: a diagonal and a knight's move will do. In line they leave two places."""
    truth = np.random.default_rng(people).uniform(1, cells - 2, (150, people, 2))
    each = blobs(truth, cells, 1.0)
    maps = each.max(axis=1)[:, None].astype(np.float32)
    found = decode("shared-maps", {"heatmaps": maps}, level(cells, 1.0), top=people).xy[:, 0]
    gap = np.linalg.norm(truth[:, :, None] - found[:, None], axis=-1)
    nearest = np.where(np.isfinite(gap), gap, np.inf).min(axis=2)
    owned = each == each.max(axis=1, keepdims=True)
    sure = np.array([[off_line(owned[i, j]) for j in range(people)] for i in range(len(truth))])
    assert sure.sum() > 0.8 * sure.size
    assert nearest[sure].max() < 1e-3


def rounding_bound(truth: Array, cells: int, sigma: float) -> Array:
    """(M, n) least rms error in cells that float16 leaves, by Fisher information of the cells of each centre.

    A value of float16 is off by up to half its last place, with a variance of a twelfth of that place squared; 2^-24 is
    its least place.
    """
    u, v = (np.arange(cells) - truth[..., i : i + 1] for i in (0, 1))
    each = blobs(truth, cells, sigma)
    last = np.maximum(2.0 ** (np.floor(np.log2(each)) - 10), 2.0**-24)
    weight = np.where(each == each.max(axis=1, keepdims=True), 12 * each**2 / (last**2 * sigma**4), 0)
    xx, yy = (
        (weight * u[..., None, :] ** 2).sum(axis=(2, 3)),
        (weight * v[..., :, None] ** 2).sum(axis=(2, 3)),
    )
    xy = (weight * u[..., None, :] * v[..., :, None]).sum(axis=(2, 3))
    return np.sqrt((xx + yy) / (xx * yy - xy**2))


def test_float16_costs_no_more_than_its_rounding() -> None:
    """The mean length of a normal error is .89 of its rms where both axes are alike, and less where they are not."""
    truth = np.random.default_rng(8).uniform(0, 13, (150, 3, 2))
    truth = truth[owners(truth, 14, 2.0).min(axis=1) >= 12]
    maps = {"heatmaps": blobs(truth, 14, 2.0).max(axis=1)[:, None].astype(np.float16)}
    rounding = {"relative": 2.0**-11, "absolute": 2.0**-25}
    found = decode("shared-maps", maps, level(14, 2.0), top=3, **rounding).xy[:, 0]
    gap = np.linalg.norm(truth[:, :, None] - found[:, None], axis=-1).min(axis=2)
    assert gap.mean() < 1.1 * 0.89 * rounding_bound(truth, 14, 2.0).mean()


def test_cells_beside_a_line_decide_on_its_side_in_float16() -> None:
    """Five cells of one column hide the side .09 cells off; two beside it, a sixth further on, tell it."""
    truth = np.array([[[3.743, 1.597], [0.807, 1.185], [1.909, 1.5], [4.995, 1.546]]])
    maps = {"heatmaps": blobs(truth, 7, 1.0).max(axis=1)[:, None].astype(np.float16)}
    found = decode("shared-maps", maps, level(7, 1.0), top=4, relative=2.0**-11, absolute=2.0**-25).xy[:, 0]
    assert greatest_gap(truth, found) < 0.005


def test_a_map_alone_gives_the_same_bits() -> None:
    truth = np.random.default_rng(4).uniform(0, 13, (7, 3, 2))
    for merge, merged in (("max", np.max), ("sum", np.sum)):
        maps = merged(blobs(truth, 14, 1.25), axis=1)[:, None].astype(np.float32)
        together = decode("shared-maps", {"heatmaps": maps}, level(14, 1.25), merge=merge, top=3).xy
        for i in range(len(maps)):
            alone = decode(
                "shared-maps", {"heatmaps": maps[i : i + 1]}, level(14, 1.25), merge=merge, top=3
            ).xy
            np.testing.assert_array_equal(alone[0], together[i])


def test_counts_may_differ_and_empty_maps_have_none() -> None:
    truth = np.array([[[3.2, 4.1], [9.4, 8.7]]])
    both = blobs(truth, 14, 1.0)
    maps = np.stack([both.max(axis=1), both[:, 0], 0 * both[:, 0]], axis=1).astype(np.float32)
    found = decode("shared-maps", {"heatmaps": maps}, level(14, 1.0), counts=np.array([[2, 1, 0]]))
    assert np.isfinite(found.xy[0, :, :, 0]).sum(axis=1).tolist() == [2, 1, 0]
    np.testing.assert_allclose(sorted(found.xy[0, 0].tolist()), sorted(truth[0].tolist()), atol=1e-5)
    with pytest.raises(SpecError, match="use one of max, sum"):
        decode("shared-maps", {"heatmaps": maps}, level(14, 1.0), merge="mean")


def test_sums_of_blobs_that_are_cut_off_come_back() -> None:
    """CPM draws no value below .01, and cuts sums at 1: what is not there is known to be there from the rule."""
    truth = np.random.default_rng(3).uniform(0, 13, (60, 3, 2))
    each = blobs(truth, 14, 1.2)
    maps = np.minimum(np.where(each < 0.01, 0, each).sum(axis=1), 1)[:, None].astype(np.float32)
    found = decode(
        "shared-maps", {"heatmaps": maps}, level(14, 1.2), merge="sum-clamp", top=3, least=0.01
    ).xy[:, 0]
    assert np.quantile(greatest_gap(truth, found), 0.9) < 1e-4


def test_two_cells_give_a_centre_but_for_the_side_which_limbs_decide() -> None:
    """A wrist between two others owns cells of one column; its own elbow lies to the right."""
    wrists = np.array([[[3.2, 3.0], [4.85, 3.0], [4.1, 3.3]]])
    elbows = np.array([[[1.0, 1.0], [6.0, 0.0], [4.3, 1.0]]])
    for mirror in (False, True):
        shift = np.array([8.0, 0.0]) if mirror else 0.0
        turn = np.array([-1.0, 1.0]) if mirror else 1.0
        truth = np.stack([wrists, elbows], axis=1) * turn + shift
        maps = blobs(truth[0], 9, 1.0).max(axis=1)[None].astype(np.float32)
        found = decode("shared-maps", {"heatmaps": maps}, level(9, 1.0), top=3, limbs=[(0, 1)])
        assert greatest_gap(truth[0], found.xy[0]).max() < 1e-4
        assert found.refined.all()


def test_a_centre_with_one_cell_lies_on_the_circle_that_the_cell_tells() -> None:
    around = [[5.0, 4.2], [4.2, 5.0], [5.0, 5.0], [3.2, 3.9], [3.9, 3.1]]
    truth = np.array([[*around, [4.45, 4.45]]])
    own = owners(truth, 9, 1.0)[0]
    maps = blobs(truth, 9, 1.0).max(axis=1)[:, None].astype(np.float32)
    found = decode("shared-maps", {"heatmaps": maps}, level(9, 1.0), top=6)
    gap = np.linalg.norm(found.xy[0, 0] - truth[0, -1], axis=1).min()
    assert own[-1] == 1
    assert gap < 0.3
    assert found.refined[0, 0].sum() == 5


@pytest.mark.parametrize("merge", ["max", "sum", "sum-clamp"])
def test_an_empty_map_holds_nobody(merge: str) -> None:
    empty = {"heatmaps": np.zeros((1, 2, 14, 14), np.float32)}
    peaks = decode("shared-maps", empty, level(14, 1.25), merge=merge)
    assert np.isnan(peaks.xy).all()
    assert not peaks.score.any()


def test_no_cell_of_noise_is_looked_for_among_scattered_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each pair of the 784 cells would be tried, for minutes; the places are the brightest cells, not refined."""
    monkeypatch.setattr("kp2heat.decoders.shared_maps.maximum.crossings", None)
    noisy = blobs(np.array([[[4.3, 5.1], [20.2, 9.7]]]), 28, 2.0).max(axis=1)
    noisy = noisy + np.random.default_rng(0).normal(0, 0.02, (1, 28, 28))
    found = decode("shared-maps", {"heatmaps": noisy[:, None]}, level(28, 2.0), top=2)
    assert np.isfinite(found.xy).all()
    assert not found.refined.any()
