"""Keypoints drawn and found again, for every blob of the table, at every size a network gives."""

from __future__ import annotations

import numpy as np
import pytest

from kp2heat.codecs import CODECS
from kp2heat.codecs.gaussian.convention import Convention
from kp2heat.codecs.gaussian.table import ROWS
from kp2heat.errors import SpecError
from kp2heat.pipeline.arrays import decode, encode
from kp2heat.pipeline.decoding.undo_normalisation import joint_channels
from kp2heat.skeleton import Skeleton

GRIDS = [((192, 256), (48, 64)), ((224, 224), (28, 28)), ((224, 224), (14, 14)), ((224, 224), (7, 7))]
JOINTED = [row for row in ROWS if row.maps_of != "center"]


def bound(blob: Convention, stride: float) -> float:
    """The largest error of a clean map, in px along one axis.

    A sub-pixel centre: 0.05 px, the bar of the project. ``floor`` decoded at the cell's middle: half a cell,
    and the half pixel by which an input reaches out on the left of a ``stride`` grid. ``nearest``: half a
    cell, and on the right all but half a pixel of a cell, whose middle is no cell of a ``stride`` grid.
    Averaging over cells turns a Gaussian into something else: 0.1 cells. A disc keeps whole cells only: 1.5
    sigma.
    """
    if blob.shape == "disc":
        return max(17.0, 1.5 * stride)
    if blob.rounding == "floor":
        return 0.5 * stride + 0.5
    if blob.rounding == "nearest":
        return max(0.5 * stride, stride - 0.5)
    if blob.rounding == "matlab":
        return 0.5 * stride
    return 0.1 * stride if blob.shrink == "area" else 0.05


@pytest.mark.parametrize(("input_size", "size"), GRIDS, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("blob", JOINTED, ids=lambda blob: blob.name)
def test_joints_come_back(blob: Convention, input_size: tuple[int, int], size: tuple[int, int]) -> None:
    corner = np.asarray(input_size) - 0.5
    xy = np.random.default_rng(7).uniform(-0.5, corner, (12, 17, 2))
    xy[0, :4] = [[-0.5, -0.5], corner, [0, 0], corner - 0.5]
    low = xy.min(axis=1)
    planes = encode(
        xy, codec=blob.name, input_size=input_size, size=size, bbox=np.hstack([low, xy.max(axis=1) - low])
    )
    found = decode(planes, codec=blob.name, input_size=input_size)
    assert found.xy.shape == xy.shape
    drawn = planes["weights"] > 0
    assert np.isnan(found.xy[~drawn]).all()
    assert np.abs(found.xy - xy)[drawn].max() <= bound(blob, input_size[0] / size[0]) + 1e-3


def test_joints_are_found_beside_a_background_that_comes_first() -> None:
    assert joint_channels(["background", "a", "b"], ["a", "b"]) == [1, 2]
    assert joint_channels(["a", "b"], ["a", "b"]) is None


def test_a_joint_that_shares_its_map_is_not_found_and_the_others_are() -> None:
    groups = [[0], [1, 2]]
    xy = np.array([[[50.0, 60.0], [100.0, 90.0], [110.0, 90.0]]])
    channels = CODECS["matlab-group"].channels
    names = channels(Skeleton(("nose", "eye", "ear")), groups=groups)
    assert names == ("nose", "eye+ear")
    assert joint_channels(names, ("nose", "eye", "ear")) == [0, -1, -1]
    maps = encode(xy, codec="matlab-group", input_size=(224, 224), size=(28, 28), groups=groups)["heatmaps"]
    assert maps.shape == (1, 2, 28, 28)


def test_maps_of_centres_hold_no_joint_to_find() -> None:
    with pytest.raises(SpecError, match="no joint has a map of its own"):
        joint_channels(["center"], ["a", "b"])


def test_a_group_names_joints_the_skeleton_has() -> None:
    xy = np.full((1, 3, 2), 20.0)
    with pytest.raises(SpecError, match="there is no joint 'elbow'"):
        encode(xy, codec="matlab-group", input_size=(64, 64), size=(8, 8), groups=[["elbow"]])


def test_a_background_can_be_asked_of_any_blob() -> None:
    xy = np.full((1, 3, 2), 20.0)
    maps = encode(xy, codec="gaussian", input_size=(64, 64), size=(16, 16), background="1-max")["heatmaps"]
    wanted = 1 - maps[:, :3].max(axis=1)
    np.testing.assert_allclose(
        maps[:, 3], wanted, rtol=0, atol=1.2e-7
    )  # two float32 roundings of values <= 1
    with pytest.raises(SpecError, match="'sum' is not a rule"):
        encode(xy, codec="gaussian", input_size=(64, 64), size=(16, 16), background="sum")
    with pytest.raises(SpecError, match="'full' is not a filling"):
        encode(xy, codec="lightning-pose", input_size=(64, 64), size=(16, 16), empty="full")


def test_openpose_masks_the_cells_it_draws_on() -> None:
    """A joint at cell 10.5 with sigma 0.875 reaches 3.035 sigma, 2.66 cells: 2 to either side, less the corners."""
    xy = np.array([[[87.5, 87.5]]])
    planes = encode(xy, codec="openpose", input_size=(368, 368), size=(46, 46), mask=True)
    assert planes["mask"].shape == (1, 1, 46, 46)
    np.testing.assert_array_equal(planes["mask"] > 0, planes["heatmaps"][:, :1] > 0)
    grid = np.arange(46) - 10.5
    near = np.hypot(grid[:, None], grid[None]) <= 0.875 * np.sqrt(2 * 4.6052)
    np.testing.assert_array_equal(planes["mask"][0, 0], near)
