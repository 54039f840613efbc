"""Integer peaks: ties, plateaus, thresholds, several a map."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.decoders.refinement.locate import locate
from kp2heat.decoders.refinement.peak_cells import window


def one(rows: list[list[float]]) -> np.ndarray:
    return np.array(rows, np.float32)[None, None]


def test_the_first_of_equal_maxima_wins() -> None:
    found = locate(one([[0, 1, 0], [1, 0, 1]]))
    assert (found.x[0], found.y[0], found.score[0]) == (1, 0, 1)


def test_a_plateau_is_one_peak() -> None:
    found = locate(one([[0, 0, 0, 0], [0, 3, 3, 0], [0, 3, 3, 0], [0, 0, 0, 2]]), top=5)
    assert list(zip(found.x, found.y, found.score, strict=True)) == [(1, 1, 3)]


def test_a_plateau_peaks_in_its_middle() -> None:
    """Three cells or more of one value that touch; equals elsewhere, and of two the first, are no middle."""
    ring = one([[0, 0, 0, 0, 0], [0, 3, 3, 3, 0], [0, 3, 3, 3, 0], [0, 3, 3, 3, 0], [3, 0, 0, 0, 0]])
    peak = locate(ring)
    assert (peak.x[0], peak.y[0], peak.score[0]) == (2, 2, 3), "the cell (0, 4) touches a corner"
    apart = locate(one([[0, 3, 0, 0], [0, 0, 0, 3], [0, 0, 3, 0]]))
    assert (apart.x[0], apart.y[0]) == (1, 0)
    pair = locate(one([[0, 3, 3, 0]]))
    assert (pair.x[0], pair.y[0]) == (1, 0)


@pytest.mark.parametrize("step", [(0, 1), (1, -1), (1, 0), (1, 1)])
def test_a_plateau_of_any_direction_has_a_middle(step: tuple[int, int]) -> None:
    maps = np.zeros((1, 1, 5, 5), np.float32)
    for n in (-1, 0, 1):
        maps[0, 0, 2 + n * step[0], 2 + n * step[1]] = 3
    found = locate(maps)
    assert (found.x[0], found.y[0]) == (2, 2)


def test_a_plateau_that_goes_on_in_the_first_column_has_a_middle() -> None:
    found = locate(one([[0, 0, 0], [0, 3, 0], [3, 0, 0], [3, 0, 0]]))
    assert (found.x[0], found.y[0]) == (0, 2)


def test_the_best_of_several_come_first() -> None:
    maps = one([[1, 0, 5, 0, 1], [0, 0, 0, 0, 0], [4, 0, 0, 0, 5]])
    found = locate(maps, top=3, threshold=1.0)
    assert list(zip(found.x, found.y, found.score, found.slot, strict=True)) == [
        (2, 0, 5, 0),
        (4, 2, 5, 1),
        (0, 2, 4, 2),
    ]
    assert locate(maps, top=2).shape == (1, 1, 2)
    assert len(locate(maps, top=2).x) == 2


def test_a_peak_must_exceed_the_threshold() -> None:
    maps = np.concatenate([one([[0, 0.5]]), one([[0, 0.4]])])
    for top in (1, 2):
        assert locate(maps, top, threshold=float(np.float32(0.4))).which.tolist() == [0]


def test_not_a_number_is_less_than_any_number() -> None:
    maps = one([[2, np.nan, 3], [1, np.nan, 0]])
    assert locate(maps).score.tolist() == [3]
    assert locate(maps, top=4).score.tolist() == [3, 2]
    endless = one([[np.inf, 2], [1, 0]])
    assert (locate(endless).x[0], locate(endless).y[0]) == (0, 0)


def test_windows_end_at_the_sides_with_zeros() -> None:
    maps = np.arange(1.0, 13.0).reshape(1, 1, 3, 4)
    at, zero = locate(maps), np.array([0])
    beside = window(at._replace(x=zero + 3, y=zero), 1)[0]
    np.testing.assert_array_equal(beside, [[0, 0, 0], [3, 4, 0], [7, 8, 0]])
    np.testing.assert_array_equal(window(at._replace(x=zero + 1, y=zero + 1), 1)[0], maps[0, 0, :, :3])


def test_half_floats_are_found_as_their_float32_values_are() -> None:
    """Every kind of half: zeros of both signs, subnormals, negatives, infinities and NaN of both signs."""
    random = np.random.default_rng(0)
    bits = random.integers(0, 1 << 16, (4000, 1, 3, 2)).astype(np.uint16)
    quiet = np.where((bits & 0x7C00 == 0x7C00) & (bits & 0x3FF != 0), bits | 0x200, bits)
    maps = quiet.view(np.float16)
    maps[2000:2500, ..., 1] = np.inf
    maps[:1000] = -np.abs(maps[:1000])
    maps[1000:2000, ..., :1] = -0.0
    half, single = locate(maps), locate(maps.astype(np.float32))
    for ours, theirs in zip(half, single, strict=True):
        np.testing.assert_array_equal(ours, theirs)
