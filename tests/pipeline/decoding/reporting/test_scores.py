"""What ``--score`` says of a joint, in results files and in AP."""

from __future__ import annotations

import numpy as np
import pytest

import kp2heat
from kp2heat.errors import SpecError
from kp2heat.pipeline.decoding.metrics import score
from kp2heat.pipeline.decoding.reporting.report import DecodeReport
from kp2heat.pipeline.decoding.reporting.scores import SCORES, scores_of
from tests.cli.run import SAMPLE

SPEC = kp2heat.Spec(input_size=(96, 128), sizes=((24, 32),), dtype="f32", fit="crop")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> DecodeReport:
    """Predictions of the sample's labels: the first half exact and 1.5 times too high, the second noisy."""
    folder = tmp_path_factory.mktemp("scores")
    kp2heat.encode_dataset(kp2heat.read(SAMPLE / "annotations.json"), folder / "labels", SPEC)
    shards = kp2heat.open(folder / "labels")
    maps = np.stack([shards[i]["24x32"]["heatmaps"] for i in range(len(shards))]).astype(np.float32)
    half = len(maps) // 2
    maps[:half] *= 1.5
    maps[half:] += np.random.default_rng(0).normal(0, 0.1, maps[half:].shape)
    np.save(folder / "maps.npy", maps)
    return kp2heat.decode_dataset(folder / "labels", predictions=folder / "maps.npy")


def test_scores_are_shares_of_a_sure_joint(report: DecodeReport) -> None:
    """``peak`` is cut at the label's; share and expected OKS are surer of exact maps than of noisy ones."""
    (result,) = report.results
    half = len(result.peaks.score) // 2
    found = np.isfinite(result.peaks.xy[..., 0]) & result.scored
    peak = scores_of(report, result, "peak")
    assert result.peaks.score[found].max() > 1.4
    assert peak.max() == 1
    np.testing.assert_allclose(scores_of(report, result, "amplitude")[:half][found[:half]], 1.5, rtol=0.02)
    for kind in ("share", "expected-oks"):
        values = scores_of(report, result, kind)
        assert ((values >= 0) & (values <= 1)).all()
        assert np.median(values[:half][found[:half]]) > np.median(values[half:][found[half:]])
    assert set(SCORES) == {"peak", "share", "amplitude", "expected-oks"}


def test_expected_oks_is_the_mean_of_oks_over_the_covariance(report: DecodeReport) -> None:
    (result,) = report.results
    assert result.peaks.covariance is not None
    assert result.peaks.share is not None
    person, joint = np.argwhere(result.scored & np.isfinite(result.peaks.xy[..., 0]))[-1]
    rng = np.random.default_rng(1)
    off = rng.multivariate_normal((0, 0), result.peaks.covariance[person, joint], 100_000)
    matrix = np.linalg.inv(result.frame.matrix[person, :, :2]) * result.info.level.alignment.stride
    squared = ((off @ matrix.T) ** 2).sum(axis=1)
    falloff = report.people.area[person] * (2 * report.shards.skeleton.sigmas[joint]) ** 2
    want = np.exp(-squared / (2 * falloff)).mean() * result.peaks.share[person, joint]
    assert scores_of(report, result, "expected-oks")[person, joint] == pytest.approx(want, abs=0.005)


def test_ap_is_by_the_score_that_was_asked_for(report: DecodeReport) -> None:
    """Only the order of people changes: AR stays, and AP by expected OKS is no lower here."""
    (result,) = report.results
    by = {kind: score(report, result, kind, metrics=["ap"]).ap for kind in ("peak", "expected-oks")}
    assert by["peak"]["AR"] == by["expected-oks"]["AR"]
    assert by["peak"]["AP"] != by["expected-oks"]["AP"] or by["peak"]["AP"] == 1
    with pytest.raises(SpecError, match="peak, share"):
        scores_of(report, result, "certainty")
