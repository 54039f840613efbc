"""Fit a map from score to expected OKS on one results file, and judge and apply it on another."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from kp2heat.arrays import Bools, Floats
from kp2heat.errors import InputError, SpecError
from kp2heat.files.atomic import write_whole
from kp2heat.files.input_file import check_regular
from kp2heat.metrics.calibration import Calibration, calibration_numbers, fit_calibration
from kp2heat.metrics.oks import joint_similarity
from kp2heat.pipeline.evaluation.report import Evaluation


def calibrate(report: Evaluation, fitted_on: Evaluation) -> tuple[Evaluation, Calibration]:
    """Return an evaluation with the numbers of a calibration that was fitted on another, and the calibration.

    The numbers before are those of the scores themselves, clipped to 0 and 1. SpecError where the evaluations
    have different joints, or no OKS sigmas are known.
    """
    if len(report.truth.skeleton) != len(fitted_on.truth.skeleton):
        found = f"has {len(fitted_on.truth.skeleton)} joints, the truth {len(report.truth.skeleton)}"
        raise SpecError("--calibrate", found, "fit to results of the same joints")
    oks, counted = oks_of_detections(fitted_on)
    calibration = fit_calibration(fitted_on.detections.score[counted], oks[counted])
    oks, counted = oks_of_detections(report)
    score = report.detections.score[counted]
    shown = {
        "before": calibration_numbers(np.clip(score, 0, 1), oks[counted]),
        "after": calibration_numbers(calibration.apply(score), oks[counted]),
        "map": {"score": calibration.score.tolist(), "expected_oks": calibration.expected.tolist()},
    }
    return replace(report, calibration=shown), calibration


def oks_of_detections(report: Evaluation) -> tuple[Floats, Bools]:
    """Return the (M,) OKS of each detection, 0 if it matched no instance, and the (M,) mask of those that count.

    Unmatched detections in images with a crowd or an unlabelled instance may be right, and do not count.
    """
    if report.sigmas is None:
        raise SpecError("--calibrate", "no OKS sigmas are known", "give --sigmas")
    near, counted = joint_similarity(report.pairs, report.sigmas.tolist())
    scored = counted.any(axis=1)
    rows = np.flatnonzero(scored & (report.matched >= 0))
    detection = report.matched[rows]
    oks = np.zeros(len(report.detections))
    oks[detection] = (near * counted).sum(axis=1)[rows] / counted.sum(axis=1)[rows]
    unsure = np.isin(report.detections.image, report.truth.image[~scored])
    unsure[detection] = False
    return oks, ~unsure


def write_calibrated(results: str | Path, calibration: Calibration, path: Path) -> None:
    """Write a copy of a COCO results list whose scores are expected OKS.

    SpecError where the results are no list with scores; the other fields stay as they are.
    """
    if path.suffix != ".json":
        raise SpecError("--calibrated", f"'{path.name}' does not end in .json", "write a .json file")
    check_regular(Path(results))
    try:
        rows = json.loads(Path(results).read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        rows = None
    if not isinstance(rows, list) or not all(
        isinstance(row, dict) and isinstance(row.get("score"), int | float) for row in rows
    ):
        found = "is not a COCO results list with a score in each result"
        raise InputError(str(results), found, "only such lists can be written with new scores")
    scores = calibration.apply(np.array([row["score"] for row in rows], np.float64)).tolist()
    copies = [row | {"score": score} for row, score in zip(rows, scores, strict=True)]
    write_whole(path, json.dumps(copies) + "\n")
