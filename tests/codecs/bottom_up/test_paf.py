"""Part affinity fields: literal forms against seven systems' own planes, and what the corrected form corrects.

===================  ===========================  =====================================================
array                compared with                tolerance
===================  ===========================  =====================================================
paf_lastwriter       paf-caffe                    2e-6 (direct formula, float32 in the reference)
paf_average_openpose paf                          2e-6
count, pafmask       paf_count, paf_count > 0     exact
paf_average_strict   paf-pytorch                  2e-6
hyperpose_vectormap  paf-hyperpose                2e-6
tfpose_vectormap     paf-tfpose                   1e-3 (float16 in the reference)
pt_paf_width20       paf-dlc                      2e-6
pafs_sigma15         paf-sleap                    derived: distances in float32 px (see ``test_sleap``)
===================  ===========================  =====================================================
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from kp2heat.codecs import CODECS
from kp2heat.contracts import Level
from kp2heat.errors import SpecError
from kp2heat.frame import Size, alignment
from kp2heat.scene import Scene, make_scene
from kp2heat.skeleton import Skeleton
from tests.shared import shared

ATOL = 2e-6


def together(xy: NDArray[Any], visible: NDArray[Any], limbs: Any, input_size: Size) -> Scene:
    """All people in one sample."""
    names = tuple(f"joint_{k}" for k in range(xy.shape[1]))
    skeleton = Skeleton(names, limbs=tuple((int(a), int(b)) for a, b in limbs))
    return make_scene(
        skeleton,
        input_size,
        xy.astype(float),
        visible,
        outside="partial",
        sample=np.zeros(len(xy), np.int64),
        samples=1,
    )


def planes(codec: str, scene: Scene, size: Size, *, literal: bool = True) -> dict[str, NDArray[Any]]:
    grid = alignment(CODECS[codec].align, scene.input_size, size)
    drawn = CODECS[codec].encode(scene, Level(size, 1.0, grid), np.float32, literal=literal)
    return {name: plane[0] for name, plane in drawn.items()}


@pytest.mark.parametrize("case", ["c0", "c1", "c2"])
@pytest.mark.parametrize(
    ("codec", "published"),
    [
        ("paf-caffe", "paf_lastwriter_caffe"),
        ("paf", "paf_average_openpose"),
        ("paf-pytorch", "paf_average_strict_pytorch"),
    ],
)
def test_the_caffe_family(codec: str, published: str, case: str) -> None:
    with np.load(shared("golden", "systems", "paf_caffe_family.npz")) as golden:
        points, (stride, height, width) = golden[f"{case}_kpts_xyv"], golden[f"{case}_stride_h_w"].tolist()
        seen = np.where(points[..., 2] == 2, 0, 2)
        scene = together(points[..., :2], seen, golden[f"{case}_limbs"], (width * stride, height * stride))
        drawn = planes(codec, scene, (width, height))
        np.testing.assert_allclose(drawn["pafs"], golden[f"{case}_{published}"], rtol=0, atol=ATOL)
        if codec == "paf":
            np.testing.assert_array_equal(drawn["paf_count"], golden[f"{case}_count_openpose"])
            mask = np.repeat(drawn["paf_count"] > 0, 2, axis=0)
            np.testing.assert_array_equal(mask, golden[f"{case}_pafmask_openpose"])


@pytest.mark.parametrize("case", ["c0", "c1"])
@pytest.mark.parametrize(
    ("codec", "published", "atol"),
    [("paf-tfpose", "tfpose_vectormap", 1e-3), ("paf-hyperpose", "hyperpose_vectormap", ATOL)],
)
def test_tfpose_and_hyperpose(codec: str, published: str, atol: float, case: str) -> None:
    with np.load(shared("golden", "systems", "heatmap_vectormap_tfpose.npz")) as golden:
        points, (height, width) = golden[f"{case}_joints_xy"][:, :18], golden[f"{case}_hw"].tolist()
        seen = np.where((points < -100).any(axis=-1), 0, 2)
        scene = together(points, seen, golden["limbs_0based"], (width, height))
        drawn = planes(codec, scene, (width // 8, height // 8))
        np.testing.assert_allclose(drawn["pafs"], golden[f"{case}_{published}"], rtol=0, atol=atol)


def test_deeplabcut() -> None:
    with np.load(shared("golden", "systems", "deeplabcut.npz")) as golden:
        points, (height, width) = golden["kpts_xyv"], golden["h_w"].tolist()
        seen = np.where(points[..., 2] > 0, 2, 0)
        scene = together(points[..., :2], seen, golden["pt_paf_graph"], (width * 8, height * 8))
        drawn = planes("paf-dlc", scene, (width, height))["pafs"]
        np.testing.assert_allclose(drawn, golden["pt_paf_width20"], rtol=0, atol=ATOL)


def test_sleap() -> None:
    """exp(-q^2 / 2 s^2) of q = d^2 changes by at most exp(-1/2) / s per unit of q, where d = sqrt(s).

    The reference holds coordinates up to X px in float32: three roundings of 2^-24 X in d change q by 2 d times
    that. Every person of a cell may add as much, and each sum a rounding.
    """
    sigma = 15.0
    with np.load(shared("golden", "systems", "sleap.npz")) as golden:
        points, (height, width) = golden["instances_xy"], golden["img_h_w"].tolist()
        seen = np.where(np.isnan(points).any(axis=-1), 0, 2)
        scene = together(points, seen, golden["edges"], (width, height))
        drawn = planes("paf-sleap", scene, (width // 4, height // 4))["pafs"]
        published = golden["pafs_sigma15"]
        distance = 3 * 2.0**-24 * max(width, height)
        atol = len(points) * (np.exp(-0.5) / sigma * 2 * np.sqrt(sigma) * distance + 2.0**-23)
        np.testing.assert_allclose(drawn.reshape(published.shape), published, rtol=0, atol=atol)


def test_a_level_limb_fills_the_rows_on_both_its_sides_by_default() -> None:
    """Published: a limb on row 10 of the stride grid fills rows 9 and 10, not 11. Ours: a row on either side."""
    points = np.array([[[16.0, 80.0], [120.0, 80.0]]])
    scene = together(points, np.full((1, 2), 2), [(0, 1)], (160, 160))
    literal = planes("paf", scene, (20, 20))["paf_count"][0]
    assert np.flatnonzero(literal.any(axis=1)).tolist() == [9, 10]
    points = np.array([[[19.5, 83.5], [123.5, 83.5]]])  # half-pixel cell 10 is input px 83.5
    scene = together(points, np.full((1, 2), 2), [(0, 1)], (160, 160))
    ours = planes("paf", scene, (20, 20), literal=False)["paf_count"][0]
    assert np.flatnonzero(ours.any(axis=1)).tolist() == [9, 10, 11]


@pytest.mark.parametrize("codec", ["paf", "paf-caffe", "paf-tfpose"])
def test_people_who_share_a_cell_are_averaged_in_any_order(codec: str) -> None:
    """Two limbs crossing at a right angle: their mean has length sqrt(1/2) where both are."""
    cross = np.array([[[10.0, 80.0], [150.0, 80.0]], [[80.0, 10.0], [80.0, 150.0]]])
    drawn = [
        planes(codec, together(xy, np.full((2, 2), 2), [(0, 1)], (160, 160)), (20, 20), literal=False)
        for xy in (cross, cross[::-1])
    ]
    both = drawn[0]["paf_count"][0] == 2
    assert both.any()
    np.testing.assert_allclose(np.hypot(*drawn[0]["pafs"][:, both]), np.sqrt(0.5), atol=1e-7)
    np.testing.assert_array_equal(drawn[0]["pafs"], drawn[1]["pafs"])


def test_a_skeleton_without_limbs_is_refused() -> None:
    scene = together(np.zeros((1, 2, 2)), np.full((1, 2), 2), [], (32, 32))
    with pytest.raises(SpecError, match="limbs"):
        planes("paf", scene, (4, 4))


def test_tfpose_literal_wants_a_grid_that_divides_the_input() -> None:
    """It draws at full size and takes means of whole blocks."""
    xy = np.array([[[10.0, 12.0], [40.0, 44.0]]])
    scene = together(xy, np.full((1, 2), 2), [(0, 1)], (64, 64))
    for size in ((10, 10), (10, 8), (8, 10)):
        with pytest.raises(SpecError, match=f"{size[0]}x{size[1]} does not divide the 64x64 input"):
            planes("paf-tfpose", scene, size, literal=True)
    assert planes("paf-tfpose", scene, (8, 8), literal=True)["paf_count"].any()
