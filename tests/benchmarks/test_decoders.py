"""Speed of the decoders, as a ratio to the plain loop over joints that published code runs."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat.contracts import Level
from kp2heat.decoders import DECODERS, decode
from tests.decoders.clean import GRIDS, joints, level_of, maps_of

pytestmark = pytest.mark.benchmark
PEOPLE, JOINTS = 120, 17


def least_time(work: Callable[[], object], turns: int = 5) -> float:
    """Seconds of the fastest of several runs: the others were disturbed."""
    times = []
    for _ in range(turns):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)


def predicted(grid: str) -> NDArray[np.float32]:
    """(PEOPLE, JOINTS, H, W) labels with 1 % of noise."""
    maps = maps_of(grid, joints(grid, PEOPLE * JOINTS))
    noise = np.random.default_rng(0).standard_normal(maps.shape, np.float32)
    return (maps + np.float32(0.01) * noise).reshape(PEOPLE, JOINTS, *maps.shape[2:])


def loop(maps: NDArray[np.float32], level: Level) -> NDArray[np.float64]:
    """DARK joint by joint: blur the map, log, differences in a 5x5 block, one 2x2 solve."""
    cv2 = pytest.importorskip("cv2")
    out = np.zeros((*maps.shape[:2], 2))
    width, height = level.size
    for n in range(maps.shape[0]):
        for k in range(maps.shape[1]):
            raw = maps[n, k]
            y, x = np.unravel_index(raw.argmax(), raw.shape)
            out[n, k] = x, y
            if not (1 < x < width - 2 and 1 < y < height - 2):
                continue
            blurred = cv2.GaussianBlur(raw, (11, 11), 0)
            logs = np.log(np.maximum(blurred * (raw.max() / blurred.max()), 1e-10))
            block = logs[y - 2 : y + 3, x - 2 : x + 3].astype(float)
            gradient = np.array([block[2, 3] - block[2, 1], block[3, 2] - block[1, 2]]) / 2
            xx = (block[2, 4] - 2 * block[2, 2] + block[2, 0]) / 4
            yy = (block[4, 2] - 2 * block[2, 2] + block[0, 2]) / 4
            xy = (block[3, 3] - block[1, 3] - block[3, 1] + block[1, 1]) / 4
            if xx * yy != xy * xy:
                out[n, k] -= np.linalg.solve(np.array([[xx, xy], [xy, yy]]), gradient)
    return out


@pytest.mark.parametrize("grid", ["48x64", "28x28", "14x14"])
@pytest.mark.parametrize("method", ["dark", "lsq"])
def test_ten_times_a_loop_over_joints(method: str, grid: str) -> None:
    """At 7x7 the loop refines only a joint in five, so there is nothing to compare."""
    maps, level = predicted(grid), level_of(grid)
    slow = least_time(lambda: loop(maps, level))
    fast = least_time(lambda: decode(method, {"heatmaps": maps}, level))
    print(f"{method} {grid}: {slow / fast:.0f} times the loop")
    assert slow > 10 * fast


@pytest.mark.parametrize("grid", GRIDS)
def test_time_every_decoder(grid: str) -> None:
    """Microseconds a joint, for the reader; nothing is asserted of seconds."""
    maps, level = predicted(grid), level_of(grid)
    print()
    for name, decoder in DECODERS.items():
        if decoder.needs == ("heatmaps",):
            taken = least_time(lambda name=name: decode(name, {"heatmaps": maps}, level))  # type: ignore[misc]
            print(f"{grid:>6} {name:12} {taken / PEOPLE / JOINTS * 1e6:8.2f} us a joint")
