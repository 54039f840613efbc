"""Head boxes from MATLAB, CSV and JSON files, and the PCKh they give."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat import formats
from kp2heat.annotations import Annotations
from kp2heat.errors import InputError
from kp2heat.pipeline.evaluation.head_boxes import with_head_boxes
from kp2heat.pipeline.evaluation.run import evaluate_files

BOXES = np.array([[3.0, 4.0, 30.0, 40.0], [1.0, 1.0, 6.0, 8.0]])


@pytest.fixture
def truth(tmp_path: Path) -> Annotations:
    path = tmp_path / "truth.csv"
    path.write_text("image,annotation_id,neck_x,neck_y\na.png,7,100,100\nb.png,9,100,100\n")
    return formats.read(path, coords="pixel")


def test_mpii_writes_corners_and_counts_from_1(truth: Annotations, tmp_path: Path) -> None:
    scipy_io = pytest.importorskip("scipy.io")
    corners = np.stack([BOXES[:, :2] + 1, BOXES[:, :2] + BOXES[:, 2:] + 1]).transpose(0, 2, 1)
    scipy_io.savemat(tmp_path / "gt.mat", {"headboxes_src": corners})
    np.testing.assert_allclose(with_head_boxes(truth, tmp_path / "gt.mat").head, BOXES)
    scipy_io.savemat(tmp_path / "few.mat", {"headboxes_src": corners[..., :1]})
    with pytest.raises(InputError, match="has 1 head boxes, the truth 2 annotations"):
        with_head_boxes(truth, tmp_path / "few.mat")
    scipy_io.savemat(tmp_path / "other.mat", {"x": 1})
    with pytest.raises(InputError, match="has no variable headboxes_src"):
        with_head_boxes(truth, tmp_path / "other.mat")
    (tmp_path / "text.mat").write_text("no matrix in here, only words")
    with pytest.raises(InputError, match=r"text.mat: cannot be read"):
        with_head_boxes(truth, tmp_path / "text.mat")


def rows(ids: list[int] | None) -> list[dict[str, Any]]:
    names = ("head_x", "head_y", "head_w", "head_h")
    boxes = [dict(zip(names, box, strict=True)) for box in BOXES.tolist()]
    return boxes if ids is None else [box | {"id": i} for box, i in zip(boxes, ids, strict=True)]


def test_rows_belong_to_their_annotation_or_come_in_order(truth: Annotations, tmp_path: Path) -> None:
    path = tmp_path / "heads.json"
    path.write_text(json.dumps(rows(None)))
    np.testing.assert_array_equal(with_head_boxes(truth, path).head, BOXES)
    path.write_text(json.dumps({"annotations": rows([9, 7])}))
    np.testing.assert_array_equal(with_head_boxes(truth, path).head, BOXES[::-1])
    table = tmp_path / "heads.csv"
    table.write_text("annotation_id,head_x,head_y,head_w,head_h\n9,1,1,6,8\n")
    np.testing.assert_array_equal(with_head_boxes(truth, table).head, [[np.nan] * 4, [1, 1, 6, 8]])


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("h.csv", "id,head_x,head_y,head_w\n7,1,2,3\n", "has no column head_h"),
        ("h.csv", "id,head_x,head_y,head_w,head_h\n1,1,2,3,4\n", "no id is that of an annotation"),
        ("h.json", "[1]", "is not a list of objects"),
        ("h.json", "{", "cannot be read"),
    ],
)
def test_files_without_boxes_are_refused(
    truth: Annotations, tmp_path: Path, name: str, text: str, message: str
) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError, match=message):
        with_head_boxes(truth, tmp_path / name)


def test_pckh_of_a_truth_with_head_columns(tmp_path: Path) -> None:
    # Half of 0.6 x 50 px is 15 px, half of 0.6 x 10 px is 3 px; both results are 10 px off.
    table = (
        "image,neck_x,neck_y,head_x,head_y,head_w,head_h\na.png,100,100,3,4,30,40\nb.png,100,100,1,1,6,8\n"
    )
    (tmp_path / "truth.csv").write_text(table)
    (tmp_path / "results.csv").write_text("image,neck_x,neck_y\na.png,110,100\nb.png,110,100\n")
    report = evaluate_files(
        tmp_path / "results.csv", tmp_path / "truth.csv", reading={"coords": "pixel"}, metrics=["pckh"]
    )
    assert report.measured["pckh"].overall["PCKh@0.5"] == 0.5
