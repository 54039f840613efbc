"""Results against a truth: read, matched, measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kp2heat.annotations import Annotations
from kp2heat.contracts import Scores
from kp2heat.errors import DependencyError, SpecError
from kp2heat.metrics import METRICS
from kp2heat.metrics.ap import average_precision
from kp2heat.metrics.detections import Detections
from kp2heat.metrics.groups import by_joints, by_visibility
from kp2heat.metrics.matching import LEAST, match, match_by_id, match_by_image, paired
from kp2heat.metrics.oks import areas
from kp2heat.metrics.pairs import Floats, Pairs
from kp2heat.metrics.sigmas import sigmas_of
from kp2heat.pipeline.measure import chosen_settings, measure, plain, scores_json

ANY_SIGMA = 0.1
"""Sigma of every joint where none are known: for matching only (DeepLabCut's)."""

HOW = ("auto", "id", "image", "oks")
SIGMA_METRICS = ("oks", "kinds", "ap")


@dataclass(frozen=True, eq=False)
class Evaluation:
    """How good some detections are.

    matching  how they found their instances: id, image or oks
    matched   (N,) row of each instance's detection, -1 for none
    measured  metric -> scores of all scored joints; groups: the same of some joints, overall only
    ap        COCO's ten numbers, or empty
    notes     what a reader of the numbers must know
    """

    truth: Annotations
    detections: Detections
    pairs: Pairs
    matching: str
    matched: NDArray[np.int64]
    measured: Mapping[str, Scores]
    groups: Mapping[str, Mapping[str, Scores]]
    ap: Mapping[str, float]
    notes: tuple[str, ...]

    def counts(self) -> dict[str, int]:
        """Images, instances, detections, and what became of them."""
        instances = self.pairs.scored.any(axis=1)
        found = self.matched >= 0
        return {
            "images": len(self.truth.images),
            "instances": int(instances.sum()),
            "matched": int((instances & found).sum()),
            "detections": len(self.detections),
            "unmatched_detections": int(len(self.detections) - found.sum()),
            "on_unknown_images": self.detections.unknown,
        }

    def number(self, name: str) -> float:
        """One number of the report by its name, in either case; SpecError where there is none."""
        numbers = {key.lower(): value for key, value in self.ap.items()}
        for scores in self.measured.values():
            numbers = {key.lower(): value for key, value in scores.overall.items()} | numbers
        if name.lower() not in numbers:
            raise SpecError("report", f"it has no number '{name}'", f"it has {', '.join(sorted(numbers))}")
        return numbers[name.lower()]

    def to_json(self) -> dict[str, Any]:
        """What ``--json`` says."""
        names = self.truth.skeleton.names
        return {
            **self.counts(),
            "matching": self.matching,
            "joints": list(names),
            "metrics": {name: scores_json(scores, names) for name, scores in self.measured.items()},
            "groups": {
                group: {name: plain(s.overall) for name, s in scores.items()}
                for group, scores in self.groups.items()
            },
            "ap": plain(self.ap),
            "notes": list(self.notes),
        }


def evaluate(
    truth: Annotations,
    detections: Detections,
    *,
    metrics: Sequence[str] | None = None,
    sigmas: str | Sequence[float] = "",
    matching: str = "auto",
    min_score: float | None = None,
    least: float = LEAST,
    detected_images_only: bool = False,
    groups: bool = False,
    **settings: Any,
) -> Evaluation:
    """Match and measure.

    metrics   names of ``METRICS`` and ``ap``; ``all`` that apply; by default epe, pck, and oks and ap where sigmas are known
    matching  ``id``: as the results' ids name annotations; ``image``: the only detection of an image to its
              only instance; ``oks``: COCO's greedy one, at ``least`` that similar; ``auto``: the first that can
    settings  of the metrics, by name or metric.name

    SpecError where a metric, a setting or the sigmas asked for are not to be had.
    """
    if min_score is not None:
        detections = detections.take(detections.score >= min_score)
    every = list(metrics or ()) == ["all"]
    wanted = [*METRICS, "ap"] if every else list(metrics or _default_metrics(truth, sigmas))
    known = _known_sigmas(truth, sigmas, required=not every and bool({*wanted} & {*SIGMA_METRICS}))
    if known is None:
        wanted = [name for name in wanted if name not in SIGMA_METRICS]
    chosen = chosen_settings([name for name in wanted if name != "ap"], settings)
    for name in {*chosen} & {*SIGMA_METRICS}:
        chosen[name]["sigmas"] = known
    how, matched = _matched(truth, detections, known, matching, least)
    counted = np.isin(truth.image, detections.image) | (not detected_images_only)
    pairs = paired(truth, detections, matched).only(counted[:, None])
    measured, notes = _measured(pairs, chosen, lenient=every)
    ap: dict[str, float] = {}
    more: tuple[str, ...] = ()
    if "ap" in wanted and known is not None:
        ap, more = _ap(truth, detections, known, detected_images_only, required=bool(metrics) and not every)
    parts = _groups(pairs, {name: chosen[name] for name in measured}) if groups else {}
    return Evaluation(
        truth, detections, pairs, how, matched, measured, parts, ap,
        (*notes, *more, *_area_note(pairs, wanted)),
    )  # fmt: skip


def _measured(
    pairs: Pairs, chosen: Mapping[str, Mapping[str, Any]], lenient: bool
) -> tuple[dict[str, Scores], tuple[str, ...]]:
    """Scores by metric, and why some of them are not to be had, if that is allowed."""
    if not lenient:
        return measure(pairs, chosen), ()
    measured: dict[str, Scores] = {}
    notes = []
    for name, own in chosen.items():
        try:
            measured |= measure(pairs, {name: own})
        except SpecError as problem:
            notes.append(f"no {name}: {problem}")
    return measured, tuple(notes)


def _known_sigmas(truth: Annotations, sigmas: str | Sequence[float], required: bool) -> Floats | None:
    try:
        return sigmas_of(truth.skeleton, sigmas)
    except SpecError:
        if required or sigmas:
            raise
        return None


def _default_metrics(truth: Annotations, sigmas: str | Sequence[float]) -> list[str]:
    with_sigmas = [] if _known_sigmas(truth, sigmas, required=False) is None else ["oks", "ap"]
    return ["epe", "pck", *with_sigmas]


def _matched(
    truth: Annotations, detections: Detections, sigmas: Floats | None, how: str, least: float
) -> tuple[str, NDArray[np.int64]]:
    if how not in HOW:
        raise SpecError("--match", f"'{how}' is no way of matching", f"use one of {', '.join(HOW)}")
    ways = {"id": match_by_id, "image": match_by_image}
    for name, way in ways.items():
        if how in ("auto", name):
            matched = way(truth, detections)
            if matched is not None:
                return name, matched
            if how == name:
                raise SpecError("--match", f"the results cannot be matched by {name}", "use --match oks")
    any_sigmas = np.full(len(truth.skeleton), ANY_SIGMA)
    return "oks", match(truth, detections, any_sigmas if sigmas is None else sigmas, least)


def _ap(
    truth: Annotations, detections: Detections, sigmas: Floats, detected: bool, required: bool
) -> tuple[dict[str, float], tuple[str, ...]]:
    """COCO's numbers; where they were not asked for by name, a missing library is only noted."""
    try:
        return average_precision(truth, detections, sigmas, detected_images_only=detected), ()
    except DependencyError as problem:
        if required:
            raise
        return {}, (f"no AP: {problem}",)


def _area_note(pairs: Pairs, wanted: Sequence[str]) -> tuple[str, ...]:
    from_box = areas(pairs.area, pairs.bbox)[1] & (pairs.scored.sum(axis=1) > 0)
    if not from_box.any() or not {*wanted} & {*SIGMA_METRICS}:
        return ()
    return (f"{from_box.sum()} instances have no area: 0.53 of their box stands in for it",)


def _groups(pairs: Pairs, chosen: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Scores]]:
    masks = {**by_visibility(pairs), **by_joints(pairs.skeleton)}
    return {
        name: measure(pairs.only(mask), chosen) for name, mask in masks.items() if (pairs.scored & mask).any()
    }


def evaluate_files(
    results: str | Path,
    truth: str | Path,
    *,
    reading: Mapping[str, Any],
    results_format: str | None = None,
    **options: Any,
) -> Evaluation:
    """:func:`evaluate` on files; ``reading`` are the options of :func:`kp2heat.read` for the truth."""
    from kp2heat.formats import read
    from kp2heat.pipeline.detections import read_detections

    annotations = read(truth, **reading)
    return evaluate(annotations, read_detections(results, annotations, format=results_format), **options)
