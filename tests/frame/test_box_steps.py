"""The boxes and the affine of published loaders, against their formulas and their own code's output."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import kp2heat
from kp2heat.frame import Size, crop
from kp2heat.frame.alignments import alignment
from kp2heat.frame.box_steps import BOX_STEPS
from kp2heat.spec import Spec
from tests.shared import ROOT, shared

SAMPLE = ROOT / "sample_data" / "annotations.json"

CONFIGS: Mapping[str, tuple[Size, Size]] = {
    "A192x256_48x64_s2": ((192, 256), (48, 64)),
    "C288x384_72x96_s3": ((288, 384), (72, 96)),
    "F224x224_7x7_s1": ((224, 224), (7, 7)),
}
sides = st.integers(-300, 900).map(lambda n: n / 4)


def hrnet(x: float, y: float, w: float, h: float, width: int, height: int) -> list[float]:
    """HRNet's lines, for one box."""
    x1, y1 = max(0, x), max(0, y)
    x2, y2 = min(width - 1, x1 + max(0, w - 1)), min(height - 1, y1 + max(0, h - 1))
    return [x1, y1, x2 - x1, y2 - y1]


def darkpose(*box: Any) -> list[float]:
    x1, y1, w, h = hrnet(*box)
    return [x1, y1, w + 1, h + 1]


def mmpose(x: float, y: float, w: float, h: float, width: int, height: int) -> list[float]:
    x1, x2 = (float(np.clip(v, 0, width - 1)) for v in (x, x + w))
    y1, y2 = (float(np.clip(v, 0, height - 1)) for v in (y, y + h))
    return [x1, y1, x2 - x1, y2 - y1]


@pytest.mark.parametrize(
    ("name", "published"), [("hrnet", hrnet), ("darkpose", darkpose), ("mmpose", mmpose)]
)
@settings(max_examples=60)
@given(
    box=st.tuples(sides, sides, sides.map(abs), sides.map(abs)), size=st.tuples(*[st.integers(2, 200)] * 2)
)
def test_boxes_are_those_of_the_loader(name: str, published: Any, box: tuple[float, ...], size: Size) -> None:
    wanted = published(*box, *size)
    if min(wanted[2:]) <= 0:
        wanted = list(box)  # the loaders drop such people, or crop nothing
    got = BOX_STEPS[name](np.array([box]), np.array([size], np.int32))
    np.testing.assert_array_equal(got[0], wanted)


@pytest.mark.parametrize("config", CONFIGS)
def test_darkposes_affine_is_that_of_its_own_code(config: str) -> None:
    """Joints in input px and in cells; the published affine holds its three points in float32."""
    input_size, size = CONFIGS[config]
    with np.load(shared("golden", "peers", f"crop__{config}.npz")) as golden:
        box, joints = golden["bbox_xywh"], golden["keypoints_image"]
        moved, cells = golden["dark_keypoints_input"], golden["dark_keypoints_hm_affine"]
    frame = crop(box, input_size, 1.25, "darkpose")
    bound = 6 * 2.0**-24 * (joints.max() + box.max()) * frame.matrix[:, 0, 0].max()
    np.testing.assert_allclose(frame.to_input(joints), moved, rtol=0, atol=bound)
    to_cell = alignment("darkpose", input_size, size).to_cell
    np.testing.assert_allclose(to_cell(frame.to_input(joints)), cells, rtol=0, atol=bound)


def moved_by(step: str, align: str) -> NDArray[np.float64]:
    """By how many input px a loader's step moves a joint from kp2heat's own crop."""
    rng = np.random.default_rng(3)
    box = np.concatenate([rng.uniform(50, 200, (200, 2)), rng.uniform(40, 250, (200, 2))], axis=1)
    joints = box[:, None, :2] + rng.uniform(0, 1, (200, 17, 2)) * box[:, None, 2:]
    size = np.full((200, 2), 640, np.int32)
    own = crop(box, (192, 256), 1.25, align if align != "darkpose" else "align-corners")
    literal = crop(BOX_STEPS[step](box, size), (192, 256), 1.25, align)
    return np.linalg.norm(literal.to_input(joints) - own.to_input(joints), axis=-1)


def test_how_far_ours_is_from_theirs() -> None:
    """The numbers of the page on codecs; mmpose's step moves boxes only that leave the image."""
    assert moved_by("mmpose", "stride").max() < 1e-9
    assert 0.3 < moved_by("hrnet", "stride").mean() < 1.0
    assert 0.3 < moved_by("darkpose", "darkpose").mean() < 1.5


def test_a_literal_run_crops_the_loaders_box_and_records_it(tmp_path: Path) -> None:
    spec = Spec.from_preset("coco-hrnet-w32-256x192")
    rows = kp2heat.read(SAMPLE)
    for name, literal in (("ours", False), ("literal", True)):
        kp2heat.encode_dataset(rows, tmp_path / name, spec.overridden({"params": {"literal": literal}})[0])
    ours, theirs = (kp2heat.open(tmp_path / name) for name in ("ours", "literal"))
    assert theirs.settings["box"] == "hrnet"
    assert np.abs(ours.shards[0].frame.matrix - theirs.shards[0].frame.matrix).max() > 0.1
    person = np.flatnonzero((rows.visible > 0).any(axis=1) & ~rows.crowd)[0]
    box = hrnet(*rows.bbox[person], *rows.images.size[rows.image[person]])
    wanted = crop(np.array([box]), (192, 256), 1.25, "stride").matrix[0]
    np.testing.assert_array_equal(theirs.shards[0].frame.matrix[0], wanted)
    assert set(np.unique(theirs[0]["48x64"]["weights"])) <= {0.0, 1.0}
