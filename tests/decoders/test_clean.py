"""Round trip of clean labels, 10,000 joints over the whole input, border cells included, in input px."""

from __future__ import annotations

from functools import partial

import pytest

from kp2heat.decoders import decode
from tests.decoders.clean import GRIDS, errors

LSQ = partial(decode, "lsq")

F16_MEAN = {"48x64": 0.001, "28x28": 0.005, "14x14": 0.005, "7x7": 0.01}
"""White rounding noise of relative deviation e = 2^-11 / sqrt(3) x 0.72 moves lsq by e / sqrt(2 pi) cells an
axis, 1.25 times that in length: 1e-4 cells, 0.0004 px at stride 4 and 0.0032 at stride 32, border cells more."""

U8_MEAN = {"48x64": 0.02, "28x28": 0.03, "14x14": 0.05, "7x7": 0.1}
"""Rounding to 1/255 is white noise of 1/(255 sqrt(12)); the Cramer-Rao bound is sqrt(2/pi) of it in cells an
axis: 0.0045 px at stride 4, 0.036 px at stride 32, border cells more."""


@pytest.mark.parametrize("norm", ["none", "sigmoid", "softmax"])
@pytest.mark.parametrize("grid", GRIDS)
def test_lsq_is_exact_in_f32(grid: str, norm: str) -> None:
    assert errors(grid, LSQ, norm=norm, count=10_000).max() < 0.01


@pytest.mark.parametrize("grid", GRIDS)
def test_lsq_loses_to_f16_only_its_rounding(grid: str) -> None:
    assert errors(grid, LSQ, "f2").mean() < F16_MEAN[grid]


@pytest.mark.parametrize("grid", GRIDS)
def test_lsq_loses_to_u8_only_its_rounding(grid: str) -> None:
    assert errors(grid, LSQ, "u1").mean() < U8_MEAN[grid]


@pytest.mark.parametrize("method", ["dark", "dark-udp"])
def test_dark_over_the_whole_map(method: str) -> None:
    found = errors("48x64", partial(decode, method))
    assert found.mean() < 0.01
    assert found.max() < 0.1


@pytest.mark.parametrize("method", ["dark", "dark-udp"])
def test_dark_on_the_smallest_map(method: str) -> None:
    """Published DARK refines 9 of the 49 cells."""
    cells = errors("7x7", partial(decode, "argmax"), count=2500)
    assert errors("7x7", partial(decode, method), count=2500).mean() * 20 < cells.mean()
