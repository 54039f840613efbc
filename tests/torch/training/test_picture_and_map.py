"""The picture and the map of an item show a joint in the same place, whatever the alignment, the fit and the augmentation."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from kp2heat.frame import ALIGNMENTS  # noqa: E402
from kp2heat.pipeline.training.augment import Augment, augment_preset  # noqa: E402
from kp2heat.spec import Spec  # noqa: E402
from kp2heat.torch import PoseDataset, decode  # noqa: E402

pytestmark = pytest.mark.torch
INPUT = (96, 128)
JOINTS = (
    np.array([[[61.3, 52.8], [183.4, 70.1], [75.9, 214.6], [170.2, 228.7]]])
    + np.arange(3)[:, None, None] * 5.37
)


def one_person_an_image(folder: Path) -> Path:
    """Three images of 240 x 300 px, on each a person of four joints that are far from each other."""
    images = [{"id": i, "file_name": f"{i}", "width": 240, "height": 300} for i in range(len(JOINTS))]
    people = [
        {
            "id": i,
            "image_id": i,
            "category_id": 1,
            "bbox": [30, 20, 190, 250],
            "keypoints": [number for x, y in joints.tolist() for number in (x, y, 2)],
        }
        for i, joints in enumerate(JOINTS)
    ]
    categories = [{"id": 1, "name": "person", "keypoints": ["a", "b", "c", "d"]}]
    path = folder / "people.json"
    path.write_text(json.dumps({"images": images, "annotations": people, "categories": categories}))
    return path


@cache
def soft_dots(name: str) -> np.ndarray:
    """The picture of such an image: a soft white dot at every joint."""
    y, x = np.mgrid[:300, :240]
    canvas = sum(np.exp(-((x - jx) ** 2 + (y - jy) ** 2) / (2 * 3.0**2)) for jx, jy in JOINTS[int(name)])
    return np.repeat((canvas * 255).round().astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("fit", ["crop", "letterbox", "stretch"])
@pytest.mark.parametrize("align", ALIGNMENTS)
def test_the_picture_shows_the_joint_where_its_map_peaks(align: str, fit: str, tmp_path: Path) -> None:
    """HRNet's affine is that of ``stride``, UDP's of ``align-corners``, DarkPose's of ``darkpose``."""
    agree(align, fit, Augment(rotate=40, scale=(0.8, 1.2), shift=0.1, flip=0.5), tmp_path)


@pytest.mark.parametrize("recipe", ["centernet", "centernet-shift"])
@pytest.mark.parametrize("align", ALIGNMENTS)
def test_so_it_does_with_recipes_for_whole_images(align: str, recipe: str, tmp_path: Path) -> None:
    agree(
        align,
        "letterbox",
        replace(augment_preset(recipe), rotate=20, scale=(0.6, 0.9), scale_step=0.0),
        tmp_path,
    )


def agree(align: str, fit: str, recipe: Augment, folder: Path) -> None:
    """Assert that joints well within the input are shown where their maps peak, within a tenth of a cell."""
    spec = Spec(input_size=INPUT, strides=(4,), align=align, fit=fit)
    data = PoseDataset(one_person_an_image(folder), spec, images=soft_dots, augment=recipe, seed=3)
    level, checked = data.levels["24x32"], 0
    columns = np.arange(-9, 10)
    for item in (data[index] for index in range(len(data))):
        assert item is not None
        picture = item["image"][0].numpy()
        (peaks,), _ = decode(item["24x32"]["heatmaps"][None], level, "lsq")
        for joint, peak in zip(item["xy"].numpy(), peaks.double().numpy(), strict=True):
            if (joint < 12).any() or (joint > np.array(INPUT) - 13).any():
                continue
            x, y = np.rint(joint).astype(int)
            dot = picture[y - 9 : y + 10, x - 9 : x + 10]
            seen = np.array([x + dot.sum(0) @ columns / dot.sum(), y + dot.sum(1) @ columns / dot.sum()])
            assert np.abs(peak - level.alignment.to_cell(seen)).max() < 0.1  # cells
            checked += 1
    assert checked >= 5
