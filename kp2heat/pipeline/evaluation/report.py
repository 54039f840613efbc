"""The report of an evaluation: numbers by name, as JSON and as rows of a table."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats, Ints
from kp2heat.contracts import Scores
from kp2heat.errors import SpecError
from kp2heat.files.atomic import whole_or_absent
from kp2heat.metrics.pairing.detections import Detections
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.pipeline.evaluation.json_report import EvaluationJson
from kp2heat.pipeline.evaluation.options import plain, scores_json


@dataclass(frozen=True, eq=False)
class Evaluation:
    """The scores of detections against a truth.

    matching  how detections were matched with instances: id, image or oks
    matched   (N,) row of each instance's detection, -1 for none
    measured  scores of all scored joints by metric; groups: those of some joints by name, overall only
    ap        COCO's ten numbers, CrowdPose's three where the truth has crowd indices; or empty
    notes     what a reader of the numbers must know
    sigmas    (K,) OKS sigmas, where they are known
    calibration  numbers and map of :mod:`kp2heat.pipeline.evaluation.calibrate`, as plain JSON values; or empty
    """

    truth: Annotations
    detections: Detections
    pairs: Pairs
    matching: str
    matched: Ints
    measured: Mapping[str, Scores]
    groups: Mapping[str, Mapping[str, Scores]]
    ap: Mapping[str, float]
    notes: tuple[str, ...]
    sigmas: Floats | None = None
    calibration: Mapping[str, Any] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        """Return the numbers of images, instances and detections, and how many of them are matched."""
        instances = self.pairs.scored.any(axis=1)
        has_detection = self.matched >= 0
        return {
            "images": len(self.truth.images),
            "instances": int(instances.sum()),
            "matched": int((instances & has_detection).sum()),
            "detections": len(self.detections),
            "unmatched_detections": int(len(self.detections) - has_detection.sum()),
            "on_unknown_images": self.detections.unknown,
        }

    def number(self, name: str) -> float:
        """Return one number of the report by its name, in upper or lower case; SpecError where there is none."""
        numbers = {key.lower(): value for key, value in self.ap.items()}
        for scores in self.measured.values():
            numbers = {key.lower(): value for key, value in scores.overall.items()} | numbers
        if name.lower() not in numbers:
            held = ", ".join(sorted(numbers))
            raise SpecError("--fail-below", f"the report has no number '{name}'", f"it has {held}")
        return numbers[name.lower()]

    def rows(self) -> list[tuple[str, str, str, float | int | None]]:
        """Return every number of the report as (metric, part, name, value); parts are all, groups and joints."""
        shown = self.to_json()
        rows = [("ap", "all", name, value) for name, value in shown["ap"].items()]
        for part in ("before", "after"):
            rows += [("calibration", part, *number) for number in self.calibration.get(part, {}).items()]
        for metric, scores in shown["metrics"].items():
            groups = {name: parts[metric] for name, parts in shown["groups"].items()}
            parts = {"all": scores["overall"], **groups, **scores["per_joint"]}
            rows += [(metric, part, *number) for part, numbers in parts.items() for number in numbers.items()]
        return rows

    def to_json(self) -> EvaluationJson:
        """Return the report as plain JSON values."""
        names = self.truth.skeleton.names
        return {
            **self.counts(),  # type: ignore[typeddict-item]
            "matching": self.matching,
            "images_identified_by": self.detections.identity,
            "joints": list(names),
            "metrics": {name: scores_json(scores, names) for name, scores in self.measured.items()},
            "groups": {
                group: {name: plain(s.overall) for name, s in scores.items()}
                for group, scores in self.groups.items()
            },
            "ap": plain(self.ap),
            "calibration": dict(self.calibration),
            "notes": list(self.notes),
        }


def write_evaluation(report: Evaluation, path: Path) -> None:
    """Write every number to ``.json`` as ``to_json`` has it, or to ``.csv``, one per row; SpecError for other suffixes."""
    if path.suffix not in (".json", ".csv"):
        raise SpecError(
            "-o", f"'{path.name}' ends in neither .json nor .csv", "choose a name that ends in one of them"
        )
    with whole_or_absent(path) as part, part.open("w", encoding="utf-8", newline="") as file:
        if path.suffix == ".json":
            json.dump(report.to_json(), file, indent=1)
        else:
            table = csv.writer(file, lineterminator="\n")
            table.writerows([("metric", "part", "name", "value"), *report.rows()])
