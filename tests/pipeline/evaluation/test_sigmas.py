"""Sigmas from several annotators' files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kp2heat.errors import InputError
from kp2heat.pipeline.evaluation.sigmas import sigmas_of_files


def write(
    path: Path, rows: dict[int, list[float]], names: tuple[str, ...] = ("a", "b"), area: float = 5000
) -> Path:
    """One image, an annotation of each id."""
    box = [0, 0, 100, 5000 / 53]  # 0.53 w h = 5000
    annotations: list[dict[str, Any]] = [
        {"id": i, "image_id": 1, "category_id": 1, "keypoints": points, "area": area, "bbox": box}
        for i, points in rows.items()
    ]
    path.write_text(
        json.dumps(
            {
                "images": [{"id": 1, "file_name": "p.jpg", "width": 640, "height": 480}],
                "categories": [{"id": 1, "name": "x", "keypoints": list(names)}],
                "annotations": annotations,
            }
        )
    )
    return path


@pytest.mark.parametrize("area", [5000, 0])
def test_instances_meet_by_id_in_any_order(tmp_path: Path, area: float) -> None:
    first = write(tmp_path / "1.json", {7: [10, 10, 2, 30, 30, 2], 9: [50, 50, 2, 0, 0, 0]}, area=area)
    second = write(
        tmp_path / "2.json", {9: [50, 50, 2, 0, 0, 0], 7: [16, 18, 2, 30, 30, 2], 3: [1, 1, 2, 1, 1, 2]}
    )
    report = sigmas_of_files([first, second])
    # a: (25 + 25) / 5000 and 0, over 2 degrees of freedom: sigma = sqrt(0.005)
    shown = report.to_json()
    assert shown["instances"] == 2
    assert shown["joints"]["a"] == {"sigma": pytest.approx(0.005**0.5), "count": 2}
    assert shown["joints"]["b"] == {"sigma": 0, "count": 1}
    assert shown["sigmas"] == "0.07071,0"


def test_files_that_do_not_belong_together_are_refused(tmp_path: Path) -> None:
    points = [1, 1, 2, 2, 2, 2]
    first = write(tmp_path / "1.json", {7: points})
    with pytest.raises(InputError, match=r"its joints are not those of 1\.json"):
        sigmas_of_files([first, write(tmp_path / "2.json", {7: points}, names=("a", "c"))])
    with pytest.raises(InputError, match="no annotation id is in every file"):
        sigmas_of_files([first, write(tmp_path / "3.json", {8: points})])
    with pytest.raises(InputError, match="give the files of two annotators"):
        sigmas_of_files([first])
