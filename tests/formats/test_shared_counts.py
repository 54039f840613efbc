"""Every third-party COCO file loads with the counts its README row states; the table is the test."""

from __future__ import annotations

import re

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.errors import InputError
from tests.shared import SHARED, shared

ROW = re.compile(
    r"\| `(?P<file>[^`]+\.json)` \| (?P<images>\d+) image rows \(\d+ ids\), (?P<annotations>\d+) annotations \(\d+ ids\), "
    r"(?P<labelled>\d+) labelled keypoints, K=\{(?P<K>[^}]*)\}, v=\{(?P<v>[^}]*)\}"
)
README = SHARED / "data" / "README.md"
ROWS = (
    [m.groupdict() for m in map(ROW.match, README.read_text().splitlines()) if m] if README.is_file() else []
)


def test_the_table_was_understood() -> None:
    shared("data", "README.md")
    assert len(ROWS) >= 28


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["file"])
def test_counts(row: dict[str, str]) -> None:
    joints = {int(k): int(n) for k, n in (pair.split(": ") for pair in row["K"].split(", ") if pair)}
    categories: list[str | None] = [None] if len(joints) < 2 else ["1", "2"]
    parts = [formats.read(shared("data", row["file"]), category=category) for category in categories]
    assert {len(p.images) for p in parts} == {int(row["images"])}
    assert sum(map(len, parts)) == int(row["annotations"])
    assert sum(int((p.visible > 0).sum()) for p in parts) == int(row["labelled"])
    assert {len(p.skeleton): len(p) for p in parts if len(p)} == joints
    stated = {float(v): int(n) for v, n in (pair.split(": ") for pair in row["v"].split(", ") if pair)}
    if 2 in stated:
        counted = {v: sum(int((p.visible == v).sum()) for p in parts) for v in stated}
        assert counted == stated
    for part in parts:
        np.testing.assert_array_equal(np.isnan(part.xy).any(axis=-1), part.visible == 0)


CSV = {
    "dlc_openfield/labeled-data/m4s1/CollectedData_Pranav.csv": ("DeepLabCut 3-row", 116, 4, 464),
    "dlc_variants/dlc_testdata.csv": ("DeepLabCut 3-row", 4, 3, 8),
    "dlc_variants/dlc_testdata_v2.csv": ("DeepLabCut 3-row", 4, 3, 8),
    "dlc_variants/madlc_testdata.csv": ("DeepLabCut 4-row", 5, 3, 13),
    "dlc_variants/madlc_testdata_v2.csv": ("DeepLabCut 4-row", 5, 3, 13),
    "fencer_mediapipe_long/pose_landmarks.csv": ("long CSV", 299, 33, 9867),
    "lightning_pose/CollectedData.csv": ("DeepLabCut 3-row", 90, 17, 90 * 17 - 268 // 2),
    "lizard_single_point/keypoints.csv": ("wide CSV", 774, 1, 774),
    "lsp_headerless/test_joints.csv": ("CSV without column names", 200, 3, 401),
    "sleap_analysis/minimal_instance.analysis.csv": ("wide CSV", 1, 2, 2),
    "udacity_faces/test_frames_keypoints.csv": ("CSV without column names", 770, 68, 770 * 68),
}
"""Title, instances, joints, labelled joints; the README states rows, columns and empty cells. Of the 391
cells of -1 of lsp_headerless 7 stand next to a number, so 384 / 2 + 7 of its 600 joints are missing."""


@pytest.mark.parametrize("file", CSV)
def test_csv_counts(file: str) -> None:
    title, instances, joints, labelled = CSV[file]
    a = formats.read(shared("data", "csv", *file.split("/")), image_size=(640, 480))
    assert a.reading.startswith(title)
    assert (a.visible.shape, int((a.visible > 0).sum())) == ((instances, joints), labelled)


LISTS = {
    "eval_pairs/faster_coco_eval/dt_dataset.json": (128, 17, 1),
    "eval_pairs/litehrnet_25/dt.json": (25, 17, 25),
    "eval_pairs/xtcoco_coco/dt.json": (73, 17, 4),
    "results_only/alphapose_small.json": (1, 17, 1),
    "results_only/openpifpaf_000000081988.jpg.predictions.json": (5, 17, 1),
    "results_only/person_keypoints_val2014_fakekeypoints100_results.json": (125, 17, 47),
    "coco_json/mmpose/mpii/test_mpii.json": (5, 16, 5),
}


@pytest.mark.parametrize("file", LISTS)
def test_list_counts(file: str) -> None:
    a = formats.read(shared("data", *file.split("/")))
    assert (*a.visible.shape, len(a.images)) == LISTS[file]


REFUSED = {
    "coco_json/mmpose/coco/test_coco_det_AP_H_56.json": "detected boxes without keypoints",
    "coco_json/mmpose/300vw/001/annot/000006.pts": "ibug .pts",
    "results_only/val2014_fake_eval_res.txt": "neither COCO keypoints JSON nor a keypoint CSV",
    "csv/lightning_pose/labeled-data/img00.png": "is an image",
}


@pytest.mark.parametrize("file", REFUSED)
def test_what_is_not_ours_is_named(file: str) -> None:
    with pytest.raises(InputError, match=REFUSED[file]):
        formats.read(shared("data", *file.split("/")))
