"""Several predictions are brought together as their mean or sum, those of mirrored inputs mirrored back."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest

from kp2heat.formats import read
from kp2heat.pipeline.decoding.run import decode_dataset
from kp2heat.pipeline.encoding.planning.plan import plan
from kp2heat.pipeline.encoding.run import run_plan
from kp2heat.pipeline.predictions.align import Settings
from kp2heat.spec import Spec

ROOT = Path(__file__).parents[3]
SPEC = {"input_size": "96x128", "sizes": ["24x32"], "sigma": 1.5, "dtype": "f32"}


@pytest.fixture(scope="module")
def labels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Labels of the sample data, and predictions for them: the maps, three times the maps, and these mirrored."""
    folder = tmp_path_factory.mktemp("predictions")
    annotations = read(str(ROOT / "sample_data" / "annotations.json"))
    run_plan(plan(annotations, Spec.from_fields(SPEC, "test")), folder / "labels")
    with h5py.File(folder / "labels" / "shard-00000.h5") as file:
        maps = file["24x32"]["heatmaps"][:]
    swap = list(annotations.skeleton.swap)
    np.save(folder / "once.npy", maps)
    np.save(folder / "thrice.npy", 3 * maps)
    np.save(folder / "mirrored.npy", 3 * maps[:, swap, :, ::-1])
    return folder


@pytest.mark.parametrize(
    ("files", "flipped", "how", "factor"),
    [
        (["once", "thrice"], [], "mean", 2),
        (["once", "thrice"], [], "sum", 4),
        (["once"], ["mirrored"], "mean", 2),
        (["once"], ["mirrored"], "sum", 4),
    ],
)
def test_scores_are_those_of_the_mean_or_sum(
    labels: Path, files: list[str], flipped: list[str], how: str, factor: float
) -> None:
    names = [[str(labels / f"{name}.npy") for name in given] for given in (files, flipped)]
    given = Settings(names[0], names[1], accumulate=how)
    alone = decode_dataset(
        labels / "labels", method="argmax", predictions=Settings([str(labels / "once.npy")])
    )
    together = decode_dataset(labels / "labels", method="argmax", predictions=given)
    (one,), (all_,) = alone.results, together.results
    np.testing.assert_array_equal(all_.peaks.xy, one.peaks.xy)
    np.testing.assert_allclose(all_.peaks.score, factor * one.peaks.score, rtol=1e-6)
