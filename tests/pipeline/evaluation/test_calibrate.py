"""A calibration fitted on one results file, judged and applied on another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kp2heat.errors import InputError, SpecError
from kp2heat.pipeline.evaluation.calibrate import calibrate, oks_of_detections, write_calibrated
from kp2heat.pipeline.evaluation.report import Evaluation
from kp2heat.pipeline.evaluation.run import evaluate_files

pytest.importorskip("scipy.optimize", reason="calibration needs SciPy")


def scored(folder: Path, shifts: list[float], scale: float, **options: Any) -> Evaluation:
    """One instance an image, each found a shift too far right; the score is the OKS over a scale."""
    folder.mkdir()
    truth: dict[str, Any] = {
        "images": [],
        "annotations": [],
        "categories": [{"id": 1, "name": "t", "keypoints": ["p"]}],
    }
    results = []
    for n, shift in enumerate(shifts, start=1):
        truth["images"].append({"id": n, "file_name": f"{n}.png", "width": 200, "height": 100})
        box = {"bbox": [10, 10, 60, 60], "area": 3600}
        truth["annotations"].append(
            {"id": n, "image_id": n, "category_id": 1, "keypoints": [40, 40, 2], **box}
        )
        # exp(-d^2 / (2 x 3600 x 0.2^2)), the OKS at sigma 0.1
        score = float(np.exp(-(shift**2) / 288)) / scale
        results.append({"image_id": n, "category_id": 1, "keypoints": [40 + shift, 40, 0.7], "score": score})
    (folder / "truth.json").write_text(json.dumps(truth))
    (folder / "results.json").write_text(json.dumps(results))
    return evaluate_files(folder / "results.json", folder / "truth.json", reading={}, sigmas=[0.1], **options)


def test_scores_of_another_scale_become_the_oks_they_stand_for(tmp_path: Path) -> None:
    fitted_on = scored(tmp_path / "fit", np.linspace(0, 30, 40).tolist(), scale=3)
    report, calibration = calibrate(scored(tmp_path / "other", [2, 9, 17], scale=3), fitted_on)
    assert report.calibration["before"]["ECE"] > 0.2
    assert report.calibration["after"]["ECE"] < 0.01
    assert ("calibration", "after", "count", 3) in report.rows()
    write_calibrated(tmp_path / "other" / "results.json", calibration, tmp_path / "new.json")
    rows = json.loads((tmp_path / "new.json").read_text())
    assert [row["score"] for row in rows] == pytest.approx(np.exp(-np.array([4, 81, 289]) / 288), abs=0.01)
    assert rows[0]["keypoints"] == [42, 40, 0.7]


def test_unmatched_results_have_no_oks(tmp_path: Path) -> None:
    report = scored(tmp_path / "far", [0, 500], scale=1, matching="oks")
    oks, counted = oks_of_detections(report)
    assert oks.tolist() == [1, 0]
    assert counted.all()


def test_what_cannot_be_calibrated_says_so(tmp_path: Path) -> None:
    report = scored(tmp_path / "one", [1, 2], scale=1)
    _, calibration = calibrate(report, report)
    (tmp_path / "bare.json").write_text(json.dumps([{"image_id": 1, "keypoints": [1, 2, 3]}]))
    with pytest.raises(InputError, match="is not a COCO results list with a score in each result"):
        write_calibrated(tmp_path / "bare.json", calibration, tmp_path / "new.json")
    with pytest.raises(SpecError, match=r"does not end in .json"):
        write_calibrated(tmp_path / "one" / "results.json", calibration, tmp_path / "new.csv")
