"""The MATLAB page's numbers through its presets, from a file of landmarks as the page has them, counted from 1."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

import kp2heat
from kp2heat.spec import Spec

POINTS = np.array([[24.3, 78.5], [182.6, 201.9], [147.2, 153.0]])


def page(points: NDArray[np.float64], cells: int, activation: str) -> NDArray[np.float64]:
    """compute_heatmap of the page for a 224x224 image, its loops written out."""
    ratio = cells / 224
    tau = 20 * ratio
    total = np.zeros((cells, cells))
    for x, y in points:
        column, row = np.floor(x * ratio + 0.5), np.floor(y * ratio + 0.5)
        for i in range(1, cells + 1):
            for j in range(1, cells + 1):
                total[i - 1, j - 1] += np.exp(-((j - column) ** 2 + (i - row) ** 2) / (2 * tau**2))
    if activation == "sigmoid":
        return 1 / (1 + np.exp(-total))
    weights = np.exp(total - total.max())
    return weights / weights.sum()


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_the_preset_has_the_pages_numbers(tmp_path: Path, activation: str) -> None:
    table = tmp_path / "face.csv"
    header = ",".join(f"p{k}_{axis}" for k in (1, 2, 3) for axis in "xy")
    table.write_text(f"image,{header}\na.png,{','.join(map(str, POINTS.ravel()))}\n")
    spec = Spec.from_preset(f"matlab-{activation}-28-14-7", params={"groups": "face=1-3"})
    assert spec.literal
    kp2heat.encode_dataset(kp2heat.read(table, image_size=(224, 224)), tmp_path / "out", spec)
    sample = kp2heat.open(tmp_path / "out")[0]
    for cells in (28, 14, 7):
        maps = sample[f"{cells}x{cells}"]["heatmaps"]
        assert maps.shape[0] == 1
        np.testing.assert_allclose(maps[0], page(POINTS, cells, activation), rtol=2.0**-22, atol=0)


def test_the_default_form_lies_half_a_cell_further() -> None:
    """At stride 8 the same numbers are 1/2 + 1/16 cells further: a quarter of them round to the same cell."""
    xy = np.random.default_rng(1).uniform(10, 200, (400, 1, 2))
    peaks = []
    for literal in (False, True):
        maps = kp2heat.encode(xy, codec="matlab-group", input_size=(224, 224), size=(28, 28), literal=literal)
        flat = maps["heatmaps"].reshape(400, -1).argmax(axis=1)
        peaks.append(np.stack(np.divmod(flat, 28), axis=1))
    np.testing.assert_allclose((peaks[0] - peaks[1]).mean(), 0.5 + 1 / 16, atol=0.06)
