"""``cid``, ``dekr``, ``spr`` and ``tags`` against answers of the published code (golden/systems).

Made by running mmpose at 759b39c (DecoupledHeatmap.decode, SPR.decode, AssociativeEmbedding._group_keypoints) and DEKR
at 7a30313 (lib/core/inference.py, aggregate_results) on small maps; the values of the maps are stored as they were read.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kp2heat.contracts import Level
from kp2heat.decoders import decode
from kp2heat.errors import SpecError
from kp2heat.frame import alignment
from tests.shared import TRIMMED

INPUT, SIZE = (128, 128), (32, 32)
LEVEL = Level(SIZE, 1.5, alignment("stride", INPUT, SIZE))
STRIDE = 4


def load(name: str) -> dict[str, Any]:
    with np.load(TRIMMED / "systems" / f"{name}.npz") as file:
        return {key: file[key] for key in file}


@pytest.mark.parametrize(
    ("method", "plane", "answer", "scores"),
    [
        ("spr", "displacements", "spr_xy", "spr_root_scores"),
        ("dekr", "offsets", "dekr_xy", "dekr_center_scores"),
    ],
)
def test_people_of_centres_are_the_published_ones(method: str, plane: str, answer: str, scores: str) -> None:
    """All of them, the faint ones above 0.01 too; float32 there, 2^-24 of coordinates up to 160 px."""
    golden = load("bottom_up_decoders")
    planes = {
        "centers": golden["centers"][None, None].astype(np.float32),
        plane: golden["vectors"][None].astype(np.float32),
    }
    found = decode(method, planes, LEVEL)
    count = len(golden[answer])
    xy = found.xy[0, :, :count].swapaxes(0, 1) * STRIDE
    np.testing.assert_allclose(xy, golden[answer], atol=2e-5)
    np.testing.assert_allclose(found.score[0, 0, :count], golden[scores], atol=1e-7)
    assert np.isnan(found.xy[0, :, count:]).all()


def test_groups_of_tags_are_the_published_ones() -> None:
    """Two numbers a tag; one joint is too faint, one peak is nobody's. People come by score here, and cells are refined."""
    golden = load("bottom_up_decoders")
    planes = {
        "heatmaps": golden["tag_maps"][None].astype(np.float32),
        "tags": golden["tags"][None].astype(np.float32),
    }
    found = decode("tags", planes, LEVEL)
    groups = golden["tag_groups"]  # (people, joints, x y score), 0 where a joint is missing
    count = len(groups)
    assert np.isnan(found.xy[0, :, count:]).all()
    xy = found.xy[0, :, :count].swapaxes(0, 1)
    held = groups[..., 2] > 0
    apart = np.abs(xy - groups[:, None, :, :2]).max(axis=-1)  # (groups, seats, joints)
    seats = np.where(held[:, None], np.nan_to_num(apart, nan=99), 0).max(axis=2).argmin(axis=1)
    assert sorted(seats) == list(range(count))
    np.testing.assert_array_equal(np.isfinite(xy[seats]).all(axis=-1), held)
    np.testing.assert_allclose(xy[seats][held], groups[held][:, :2], atol=0.55)
    mean = found.score[0, :, :count].sum(axis=0) / held[np.argsort(seats)].sum(axis=1)
    assert (np.diff(mean) <= 0).all()


def test_cid_is_the_published_one() -> None:
    """But on the rim, where it takes no step; one of the maps is empty, and (-1, -1) there."""
    golden = load("cid")
    maps, people = golden["predicted"].astype(np.float32), len(golden["predicted"])
    planes = {
        "heatmaps": maps[:1],
        "instance_heatmaps": maps.reshape(1, -1, *SIZE),
        "instance_scores": golden["scores"].T,
    }
    found = decode("cid", planes, LEVEL, top=people)
    order = np.argsort(-golden["decoded_score"].sum(axis=1) / (golden["decoded_score"] > 0).sum(axis=1))
    xy, score = golden["decoded_xy"][order], golden["decoded_score"][order]
    np.testing.assert_allclose(found.score[0].T, score, atol=1e-7)
    ours, missing = found.xy[0].swapaxes(0, 1) * STRIDE, score == 0
    assert missing.sum() == 1
    np.testing.assert_array_equal(np.isnan(ours).any(axis=-1), missing)
    inner = ((xy > 2 * STRIDE) & (xy < 30 * STRIDE)).all(axis=-1)
    assert inner.sum() == 15
    np.testing.assert_allclose(ours[inner], xy[inner], atol=1e-5)


@pytest.mark.parametrize(
    ("plane", "shape", "message"),
    [
        ("instance_heatmaps", (1, 7, 32, 32), "instance_heatmaps: have shape"),
        ("instance_scores", (1, 3), "instance_scores: have shape"),
    ],
)
def test_maps_of_no_whole_number_of_people_are_refused(
    plane: str, shape: tuple[int, ...], message: str
) -> None:
    planes = {"heatmaps": np.ones((1, 5, 32, 32)), "instance_heatmaps": np.ones((1, 10, 32, 32))}
    with pytest.raises(SpecError, match=message):
        decode("cid", {**planes, plane: np.ones(shape)}, LEVEL)
