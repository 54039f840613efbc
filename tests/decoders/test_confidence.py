"""What a covariance and a share owe: larger where the map says less, and the same for any batch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.decoders.confidence import confidence
from kp2heat.frame import alignment
from kp2heat.pipeline.decoding.reporting.reliability import confidences, reliability
from tests.decoders.noise import noisy, profiles

LEVEL = Level((24, 32), 1.5, alignment("half-pixel", (96, 128), (24, 32)))
NETWORKS = Path(__file__).parents[1] / "golden" / "network_output.npz"


def blob(x: float, y: float) -> np.ndarray:
    return profiles(np.array([y]), 32, 1.5)[0].T * profiles(np.array([x]), 24, 1.5)[0]


def sure(maps: np.ndarray):
    return confidence(maps, decode("weighted-fit", {"heatmaps": maps}, LEVEL), LEVEL)


def test_noise_widens_the_ellipse_and_a_second_blob_lowers_the_share() -> None:
    cells = np.full((200, 2), (11.3, 15.6))
    variances = [
        np.median(sure(noisy(LEVEL, cells, noise)).covariance[:, 0, 0, 0]) for noise in (0.01, 0.05, 0.2)
    ]
    assert variances[0] < variances[1] < variances[2]
    maps = np.stack([blob(8.2, 9.4), blob(8.2, 9.4) + 0.9 * blob(17.0, 24.0), 0 * blob(0, 0)])[None]
    found = sure(maps)
    np.testing.assert_allclose(found.share[0, 0], 1, atol=1e-3)
    np.testing.assert_allclose(found.amplitude[0, :2], 1, atol=0.02)
    assert found.share[0, 1] < 0.7
    assert np.isnan(found.share[0, 2])
    assert np.isnan(found.covariance[0, 2]).all()


def test_the_ellipse_does_not_depend_on_the_scale_of_the_maps() -> None:
    """Powers of two change no digit."""
    maps = noisy(LEVEL, np.full((20, 2), (11.3, 15.6)), 0.05)
    found, larger = sure(maps), sure(maps * 4)
    np.testing.assert_allclose(larger.covariance, found.covariance, rtol=1e-9)
    np.testing.assert_allclose(larger.share, found.share, rtol=1e-9)
    np.testing.assert_allclose(larger.amplitude, 4 * found.amplitude, rtol=1e-9)


def test_the_ellipse_lies_along_an_elongated_blob() -> None:
    """The covariance of a blob turned by 45 degrees is larger along it than across it."""
    y, x = np.mgrid[:32, :24]
    along, across = (x - 11.3 + y - 15.6) / 2**0.5, (x - 11.3 - y + 15.6) / 2**0.5
    maps = np.exp(-((along / 2.2) ** 2 + (across / 1.3) ** 2) / 2)[None, None]
    found = sure(maps + np.random.default_rng(0).normal(0, 0.02, maps.shape)).covariance[0, 0]
    assert found[0, 1] == found[1, 0] > 0.2 * found[0, 0]
    assert np.linalg.eigvalsh(found)[0] > 0


def test_a_map_alone_gives_the_same_bits() -> None:
    maps = noisy(LEVEL, np.random.default_rng(0).uniform(2, 20, (9, 2)), 0.05)
    together = sure(maps)
    for i in range(len(maps)):
        alone = sure(maps[i : i + 1])
        for name in ("covariance", "share", "amplitude"):
            np.testing.assert_array_equal(getattr(alone, name)[0], getattr(together, name)[i])


def test_ellipses_hold_about_what_they_claim_of_network_output() -> None:
    """102 joints of a network: 95 % ellipses hold between 88 and 100 % (3 standard deviations of the share)."""
    with np.load(NETWORKS) as stored:
        for name in ("mse", "weak"):
            maps, truth = stored[f"{name}_maps"].astype(np.float32), stored[f"{name}_truth"]
            known = np.isfinite(truth[..., 0])
            of = confidences(sure(maps), truth, known, known, LEVEL)
            assert of is not None
            said = reliability(of)
            assert said is not None
            assert 0.88 <= said["ellipses"]["95"] <= 1
            assert said["ellipses"]["50"] < said["ellipses"]["95"]
            assert sum(part["count"] for part in said["bins"]) == known.sum()
