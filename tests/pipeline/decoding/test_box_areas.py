"""``expected-oks`` takes the joints' sigmas from the skeleton and the area from each person's box."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import kp2heat
from kp2heat.decoders import decode
from tests.cli.run import SAMPLE


def test_sigmas_and_box_areas_are_those_of_the_labels(tmp_path: Path) -> None:
    """Decoding the shards gives what the decoder gives when told sigmas and areas by hand; boxes differ in area."""
    spec = kp2heat.Spec(input_size=(96, 128), sizes=((24, 32),), dtype="f32", fit="crop")
    kp2heat.encode_dataset(kp2heat.read(SAMPLE), tmp_path / "out", spec)
    report = kp2heat.decode_dataset(tmp_path / "out", method="expected-oks")
    shards = kp2heat.open(tmp_path / "out")
    (level,) = shards.levels.values()
    (result,) = report.results
    people, scale = report.people, np.abs(np.linalg.det(result.frame.matrix[:, :, :2]))
    areas = people.bbox[:, 2] * people.bbox[:, 3] * scale / np.prod(level.level.alignment.stride)
    assert np.nanmax(areas) > 1 + np.nanmin(areas)
    maps = np.stack([np.asarray(shards[i]["24x32"]["heatmaps"]) for i in range(len(shards))])
    told = decode("expected-oks", {"heatmaps": maps}, level.level, sigmas=shards.skeleton.sigmas, areas=areas)
    np.testing.assert_array_equal(result.peaks.xy, told.xy)
    untold = decode("expected-oks", {"heatmaps": maps}, level.level)
    assert np.nanmax(np.abs(untold.xy - told.xy)) > 0
