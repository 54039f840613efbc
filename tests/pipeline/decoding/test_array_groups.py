"""``kp2heat.decode`` of maps that hold groups of joints."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import kp2heat
from kp2heat.errors import InputError, SpecError

GROUPS = {"eyes": [1, 2, 3], "mouth": [4, 5]}
SHAPE: dict[str, Any] = {"input_size": (224, 224), "size": (28, 28)}


def drawn(**how: Any) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Joints a third of a sigma and more apart, one of them not labelled, and their planes."""
    xy = np.random.default_rng(0).uniform(30, 190, (6, 5, 2))
    xy[0, 1] = xy[0, 0] + [6.0, 2.0]
    xy[2, 4] = np.nan
    return xy, kp2heat.encode(xy, groups=GROUPS, **SHAPE, **how)


@pytest.mark.parametrize(
    "how",
    [
        {"codec": "gaussian"},
        {"codec": "gaussian", "normalize": "softmax", "normalize_params": {"beta": 10.0}},
        {"codec": "cpm"},
        {"codec": "cpm-label"},
    ],
)
def test_every_joint_of_a_group_comes_back(how: dict[str, Any]) -> None:
    """Maxima, and sums cut at 1 and, blob by blob, below 1 %. Sorted along x, since a map does not say which of its joints is which."""
    xy, planes = drawn(**how)
    found = kp2heat.decode(planes, groups=GROUPS, input_size=(224, 224), **how)
    assert found.xy.shape == (6, 2, 3, 2)
    for person in range(6):
        for group, members in enumerate(GROUPS.values()):
            want = xy[person, np.array(members) - 1]
            want = want[np.isfinite(want[:, 0])]
            have = found.xy[person, group]
            have = have[np.isfinite(have[:, 0])]
            assert len(have) == len(want)
            off = have[np.argsort(have[:, 0])] - want[np.argsort(want[:, 0])]
            assert np.abs(off).max(initial=0) < (0.06 if how["codec"].startswith("cpm") else 2e-3)


def test_a_networks_maps_show_how_many_joints_they_hold() -> None:
    """Whatever the label says: a map of two joints, one of them not labelled, shows one; scores are heights."""
    _, planes = drawn(codec="gaussian")
    maps = planes["heatmaps"] * np.float32(0.8)
    found = kp2heat.decode(maps, groups=GROUPS, method="shared-peaks", input_size=(224, 224))
    assert found.xy.shape == (6, 2, 3, 2)
    assert np.isfinite(found.xy[2, 1, :, 0]).sum() == 1
    assert np.isfinite(found.xy[2, 0, :, 0]).all()
    heights = found.score[found.score > 0]
    assert (np.abs(heights - 0.8) < 0.001).mean() > 0.9  # two pairs lie within half a sigma, and are one blob


def test_a_spec_knows_its_groups() -> None:
    spec = kp2heat.Spec(
        codec="gaussian", sizes=((28, 28),), input_size=(224, 224), params={"groups": GROUPS}, dtype="f32"
    )
    _, planes = drawn(codec="gaussian")
    by_hand = kp2heat.decode(planes, groups=GROUPS, input_size=(224, 224))
    np.testing.assert_array_equal(kp2heat.decode(planes, like=spec).xy, by_hand.xy)


def test_what_cannot_be_taken_apart_is_named() -> None:
    _, planes = drawn(codec="gaussian")
    with pytest.raises(InputError, match="hold 2 maps; give 3"):
        kp2heat.decode(planes["heatmaps"], groups=[[0], [1], [2]], input_size=(224, 224))
    with pytest.raises(SpecError, match="no skeleton"):
        kp2heat.decode(planes["heatmaps"], groups={"eyes": ["left"]}, input_size=(224, 224))
    with pytest.raises(SpecError, match="no sums or maxima"):
        kp2heat.decode(planes["heatmaps"], groups=GROUPS, codec="deeplabcut-disc", input_size=(224, 224))


def test_confidence_is_in_input_px() -> None:
    """The covariance of cells, times the stride along both axes; nothing of it unless asked for."""
    planes = kp2heat.encode([[[100.3, 90.1]]], input_size=(224, 112), size=(28, 28))
    maps = planes["heatmaps"] + np.random.default_rng(0).normal(0, 0.02, (1, 1, 28, 28)).astype(np.float32)
    assert kp2heat.decode(maps, input_size=(224, 112)).covariance is None
    wide = kp2heat.decode(maps, input_size=(224, 112), with_confidence=True)
    square = kp2heat.decode(maps, input_size=(28, 28), with_confidence=True)
    assert wide.covariance is not None
    assert square.covariance is not None
    np.testing.assert_allclose(
        wide.covariance[0, 0], square.covariance[0, 0] * [[64, 32], [32, 16]], rtol=1e-9
    )
    assert wide.share is not None
