"""The compiled loops of the decoders answer what NumPy answers, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.decoders.refinement.locate import locate
from kp2heat.decoders.refinement.lsq import shares
from kp2heat.decoders.refinement.peak_cells import PeakCells
from kp2heat.frame import alignment
from tests.compiled.test_compiled import loops

pytest.importorskip("numba", reason="the compiled loops are an extra: pip install 'kp2heat[fast]'")

ODD = (np.nan, -np.nan, np.inf, -np.inf, 0.0, -0.0, -1.0, 6e-8, 65504.0)


@st.composite
def maps(draw: st.DrawFn) -> NDArray[Any]:
    """Blobs anywhere, noise, ties, and now and then a value that is no number."""
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count, height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40)), draw(st.integers(1, 40))
    y, x = np.arange(height)[:, None], np.arange(width)
    centre = random.uniform(-2, 42, (count, 2, 1, 1))
    sigma = draw(st.floats(0.5, 4))
    values = np.exp(-((x - centre[:, 0]) ** 2 + (y - centre[:, 1]) ** 2) / (2 * sigma**2))
    values += random.normal(0, draw(st.sampled_from([0, 0.05])), values.shape)
    if draw(st.booleans()):
        values = np.round(values, 1)
    spoilt = random.random(values.shape) < draw(st.sampled_from([0, 0.01, 0.5]))
    values[spoilt] = random.choice(ODD, int(spoilt.sum()))
    with np.errstate(over="ignore"):
        return values.astype(draw(st.sampled_from(["<f4", "<f2"])))


@settings(max_examples=100)
@given(
    stack=maps(),
    method=st.sampled_from(["argmax", "lsq", "dark", "dark-udp", "fit", "weighted-fit"]),
    sigma=st.floats(0.5, 4),
)
def test_decoders(stack: NDArray[Any], method: str, sigma: float) -> None:
    size = (stack.shape[2], stack.shape[1])
    level = Level(size, sigma, alignment("stride", size, size))
    both = []
    for use in (False, True):
        with loops(use), np.errstate(invalid="ignore", over="ignore", divide="ignore"):
            found = decode(method, {"heatmaps": stack[None]}, level)
            both.append((found.xy.tobytes(), found.score.tobytes(), found.refined.tobytes()))
    assert both[0] == both[1]


@settings(max_examples=200)
@given(
    counts=st.integers(2, 4),
    size=st.tuples(st.integers(1, 12), st.integers(1, 12)),
    plateau=st.sampled_from(["middle", "first"]),
    seed=st.integers(0, 2**32 - 1),
)
def test_plateaus(counts: int, size: tuple[int, int], plateau: Any, seed: int) -> None:
    """Maps of few different values, most of whose peaks are many cells, connected and apart."""
    stack = np.random.default_rng(seed).integers(0, counts, (1, 20, *size)).astype(np.float32)
    both = []
    for use in (False, True):
        with loops(use):
            found = locate(stack, plateau=plateau)
            both.append(np.array([found.which, found.x, found.y, found.score]))
    np.testing.assert_array_equal(*both)


@pytest.mark.parametrize("dtype", [np.float32, np.float16])
def test_the_first_of_equal_cells_in_long_maps(dtype: type) -> None:
    """Where blocks of the search meet, and within them."""
    flat = np.zeros((40, 5000), dtype)
    random = np.random.default_rng(0)
    for row in flat:
        row[random.choice(5000, 3)] = 0.5
    flat[0], flat[1, -1] = 0.5, 0.75
    with loops(True):
        cells = locate(flat[None, :, None], plateau="first")
    np.testing.assert_array_equal(cells.x, flat.argmax(axis=1))
    np.testing.assert_array_equal(cells.score, flat.max(axis=1))


def test_every_half_is_read_as_it_is() -> None:
    """Next to a middle of 1, over a corner of the map."""
    halves = np.arange(1 << 16, dtype=np.uint16).view(np.float16)
    stack = np.ones((len(halves), 1, 2), np.float16)
    stack[:, 0, 1] = halves
    each, none = np.arange(len(halves)), np.zeros(len(halves), np.int64)
    at = PeakCells(stack, each, none, none, np.ones(len(halves)), each, (1, len(halves)))
    both = []
    for use in (False, True):
        with loops(use), np.errstate(over="ignore", invalid="ignore"):
            both.append([part.tobytes() for part in shares(at, 1)])
    assert both[0] == both[1]
