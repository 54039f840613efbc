"""COCO-WholeBody's parts against the numbers of its evaluation script (jin-s13/xtcocoapi at d74033ff1635)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from kp2heat.errors import SpecError
from kp2heat.metrics.ap import NAMES
from kp2heat.pipeline.evaluation.report import Evaluation
from kp2heat.pipeline.evaluation.run import evaluate_files
from tests.pipeline.evaluation.whole_body_pair import whole_body_pair

OFFICIAL = {
    "wholebody": (0.0667, 0.166749, 0.0, 0.112211, 0.050495, 0.133333, 0.333333, 0.0, 0.133333, 0.133333),
    "body": (0.512346, 0.923267, 0.39769, 0.461221, 0.566337, 0.666667, 1.0, 0.666667, 0.666667, 0.666667),
    "foot": (0.665789, 0.923267, 0.775578, 0.568589, 0.755116, 0.808333, 1.0, 0.916667, 0.783333, 0.833333),
    "face": (0.008642, 0.086421, 0.0, 0.008416, 0.013225, 0.025, 0.25, 0.0, 0.016667, 0.033333),
    "lefthand": (0.17003, 0.342219, 0.191419, 0.071617, 0.245545, 0.244444, 0.555556, 0.222222, 0.2, 0.28),
    "righthand": (
        0.105132,
        0.194381,
        0.153085,
        0.106601,
        0.118663,
        0.241667,
        0.416667,
        0.333333,
        0.25,
        0.233333,
    ),
}
"""The script's ten numbers for ``whole_body_pair``, in the order of ``NAMES``."""


def scored(folder: Path, **options: Any) -> Evaluation:
    truth, results = whole_body_pair()
    (folder / "truth.json").write_text(json.dumps(truth))
    (folder / "results.json").write_text(json.dumps(results))
    return evaluate_files(folder / "results.json", folder / "truth.json", reading={}, **options)


@pytest.mark.parametrize("part", OFFICIAL)
def test_each_part_scores_as_the_official_script_does(tmp_path: Path, part: str) -> None:
    report = scored(tmp_path, part=part)
    assert [report.ap[name] for name in NAMES] == pytest.approx(OFFICIAL[part], abs=1e-6)


def test_without_a_part_all_133_joints_are_scored(tmp_path: Path) -> None:
    report = scored(tmp_path)
    assert report.ap["AP"] == pytest.approx(OFFICIAL["wholebody"][0], abs=1e-6)
    assert len(report.truth.skeleton) == 133


def test_a_part_narrows_every_metric(tmp_path: Path) -> None:
    report = scored(tmp_path, part="foot", metrics=["epe", "oks"])
    assert len(report.measured["epe"].joints["mean"]) == 6
    assert report.truth.skeleton.names[0] == "left_big_toe"


def test_parts_need_a_whole_body(tmp_path: Path) -> None:
    truth, results = whole_body_pair()
    for annotation in truth["annotations"]:
        for name in ("foot_kpts", "face_kpts", "lefthand_kpts", "righthand_kpts"):
            del annotation[name]
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    (tmp_path / "results.json").write_text(json.dumps(results))
    files = (tmp_path / "results.json", tmp_path / "truth.json")
    with pytest.raises(SpecError, match="the truth has 17 joints, COCO-WholeBody has 133"):
        evaluate_files(*files, reading={}, part="face")
    with pytest.raises(SpecError, match="'nose' is not a part; use one of wholebody, body"):
        scored(tmp_path, part="nose")


def test_results_of_the_body_alone_are_scored_against_a_whole_body(tmp_path: Path) -> None:
    truth, results = whole_body_pair()
    body = [{k: v for k, v in row.items() if not k.endswith("_kpts")} for row in results]
    (tmp_path / "truth.json").write_text(json.dumps(truth))
    (tmp_path / "results.json").write_text(json.dumps(body))
    report = evaluate_files(tmp_path / "results.json", tmp_path / "truth.json", reading={}, part="body")
    assert report.ap["AP"] == pytest.approx(OFFICIAL["body"][0], abs=1e-6)
