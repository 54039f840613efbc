"""Match results with a truth and measure them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat.annotations import Annotations
from kp2heat.arrays import Bools, Floats, Ints
from kp2heat.contracts import Scores
from kp2heat.errors import DependencyError, InputError, SpecError, plural
from kp2heat.metrics import METRICS
from kp2heat.metrics.ap import average_precision, precision_by_crowding
from kp2heat.metrics.oks import areas
from kp2heat.metrics.pairing.detections import Detections
from kp2heat.metrics.pairing.groups import by_joints, by_visibility
from kp2heat.metrics.pairing.matching import LEAST, match, match_by_id, match_by_image, paired
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.metrics.sigmas import sigmas_of
from kp2heat.pipeline.encoding.planning.framing import person_boxes
from kp2heat.pipeline.evaluation.head_boxes import with_head_boxes
from kp2heat.pipeline.evaluation.options import chosen_settings, measure
from kp2heat.pipeline.evaluation.report import Evaluation
from kp2heat.pipeline.evaluation.whole_body_part import PARTS, detections_of_part, truth_of_part

ANY_SIGMA = 0.1
"""Sigma of every joint where none are known: for matching only (DeepLabCut's)."""
MATCHING = ("auto", "id", "image", "oks")
SIGMA_METRICS = frozenset({"oks", "kinds", "ap"})
DEFAULT = ("epe", "pck", "oks", "ap")
"""The metrics that are measured where none is named."""


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
    masks: Mapping[str, Bools] | None = None,
    part: str = "",
    **settings: Any,
) -> Evaluation:
    """Return the scores of detections against a truth.

    metrics   names of ``METRICS`` and ``ap``, or ``all``; by default epe, pck, oks and ap. A metric that cannot
              be computed is an error if it was named, else a note
    matching  ``id``: by annotation id; ``image``: the only detection of an image with its only instance;
              ``oks``: greedily as COCO does, at ``least`` that similar; ``auto``: the first of these that applies
    groups    measure also by visibility, by groups of joints, and by ``masks``: (N, K) masks by name
    part      score only this part of COCO-WholeBody's body
    settings  of the metrics, by name or metric.name

    SpecError for a metric, a setting, a part or sigmas that do not exist.
    """
    if part:
        whole = truth
        truth, detections = truth_of_part(whole, part), detections_of_part(detections, part)
        sigmas = sigmas_of(whole.skeleton, sigmas)[PARTS[part]].tolist()
    if min_score is not None:
        detections = detections.take(detections.score >= min_score)
    truth, scaled, notes = _boxed(truth)
    lenient = metrics is None or list(metrics) == ["all"]
    wanted = DEFAULT if metrics is None else (*METRICS, "ap") if lenient else metrics
    notes = [*detections.notes, *notes]
    known = _known_sigmas(truth, sigmas, required=not lenient and not SIGMA_METRICS.isdisjoint(wanted))
    how, matched = _matched(scaled, detections, known, matching, least)
    counted = np.isin(truth.image, detections.image) | (not detected_images_only)
    pairs = paired(truth, detections, matched).only(counted[:, None])
    chosen = _chosen(wanted, known, settings)
    measured = _measured(pairs, chosen, notes if lenient else None)
    ap: dict[str, float] = {}
    if "ap" in wanted and known is not None:
        ap = _ap(truth, detections, known, detected_images_only, notes if lenient else None)
    by_group = _groups(pairs, {name: chosen[name] for name in measured}, masks or {}) if groups else {}
    notes += _area_note(pairs, {*measured, *(["ap"] if ap else [])})
    return Evaluation(truth, detections, pairs, how, matched, measured, by_group, ap, tuple(notes), known)


def _boxed(truth: Annotations) -> tuple[Annotations, Annotations, list[str]]:
    """Return the truth with a box for every instance with labelled joints, the same for matching, and a note.

    The box round a few joints may be so thin that no detection is near enough. For matching, the area of such an
    instance is that of a square on the longer side of its box, or on the median of these sides.
    """
    rows = np.flatnonzero((truth.visible > 0).any(axis=1))
    boxes, filled = person_boxes(truth, rows)
    if not filled:
        return truth, truth, []
    whole, area = truth.bbox.copy(), truth.area.copy()
    whole[rows] = boxes
    made = rows[(boxes != truth.bbox[rows]).any(axis=1)]
    side = whole[made, 2:].max(axis=1)
    unknown = ~(area[made] > 0)
    area[made[unknown]] = (np.maximum(side, np.median(side)) ** 2)[unknown]
    note = f"{plural(filled, 'instance')} without a box: the extent of the labelled joints is used"
    return replace(truth, bbox=whole), replace(truth, bbox=whole, area=area), [note]


def _chosen(
    wanted: Sequence[str], sigmas: Floats | None, settings: Mapping[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return the settings of each metric, without those that need sigmas where none are known."""
    names = [name for name in wanted if name != "ap" and (sigmas is not None or name not in SIGMA_METRICS)]
    chosen = chosen_settings(names, settings)
    return {
        name: {**given, "sigmas": sigmas.tolist()} if sigmas is not None and name in SIGMA_METRICS else given
        for name, given in chosen.items()
    }


def _measured(
    pairs: Pairs, chosen: Mapping[str, Mapping[str, Any]], notes: list[str] | None
) -> dict[str, Scores]:
    """Return the scores by metric; one that cannot be computed raises, or is noted if ``notes`` is given."""
    measured: dict[str, Scores] = {}
    for name, given in chosen.items():
        try:
            measured |= measure(pairs, {name: given})
        except SpecError as problem:
            if notes is None:
                raise
            notes.append(f"no {name}: {problem}")
    return measured


def _known_sigmas(truth: Annotations, sigmas: str | Sequence[float], required: bool) -> Floats | None:
    try:
        return sigmas_of(truth.skeleton, sigmas)
    except SpecError:
        if required or sigmas:
            raise
        return None


def _matched(
    truth: Annotations, detections: Detections, sigmas: Floats | None, how: str, least: float
) -> tuple[str, Ints]:
    if how not in MATCHING:
        raise SpecError("--match", f"unknown matching method '{how}'", f"use one of {', '.join(MATCHING)}")
    ways = {"id": match_by_id, "image": match_by_image}
    for name, way in ways.items():
        if how == name or (how == "auto" and not (name == "id" and detections.merely_numbered())):
            matched = way(truth, detections)
            if matched is not None:
                return name, matched
            if how == name:
                raise SpecError("--match", f"the results cannot be matched by {name}", "use --match oks")
    any_sigmas = np.full(len(truth.skeleton), ANY_SIGMA)
    return "oks", match(truth, detections, any_sigmas if sigmas is None else sigmas, least)


def _ap(
    truth: Annotations, detections: Detections, sigmas: Floats, detected: bool, notes: list[str] | None
) -> dict[str, float]:
    """Return COCO's numbers, and CrowdPose's where the truth has crowd indices.

    A missing library, or results without an order, raise, or are noted if ``notes`` is given.
    """
    try:
        if detections.unranked:
            todo = "write a score for each result, or choose other metrics"
            raise InputError(detections.source, detections.unranked, todo)
        numbers = average_precision(truth, detections, sigmas, detected_images_only=detected)
        return {**numbers, **precision_by_crowding(truth, detections, sigmas)}
    except (DependencyError, InputError) as problem:
        if notes is None:
            raise
        notes.append(f"no AP: {str(problem).removeprefix('AP: ')}")
        return {}


def _area_note(pairs: Pairs, measured: Collection[str]) -> list[str]:
    from_box = areas(pairs.area, pairs.bbox)[1] & (pairs.scored.sum(axis=1) > 0)
    if not from_box.any() or SIGMA_METRICS.isdisjoint(measured):
        return []
    return [f"{plural(int(from_box.sum()), 'instance')} without an area: 0.53 of the box is used"]


def _groups(
    pairs: Pairs, chosen: Mapping[str, Mapping[str, Any]], masks: Mapping[str, Bools]
) -> dict[str, dict[str, Scores]]:
    every = {**by_visibility(pairs), **masks, **by_joints(pairs.skeleton)}
    return {
        name: measure(pairs.only(mask), chosen) for name, mask in every.items() if (pairs.scored & mask).any()
    }


def evaluate_files(
    results: str | Path,
    truth: str | Path,
    *,
    reading: Mapping[str, Any],
    results_format: str | None = None,
    part: str = "",
    head_boxes: str | Path | None = None,
    **options: Any,
) -> Evaluation:
    """Return what :func:`evaluate` says of files.

    reading     options of :func:`kp2heat.read` for the truth
    head_boxes  a file for :func:`kp2heat.pipeline.evaluation.head_boxes.with_head_boxes`
    """
    from kp2heat.formats import read
    from kp2heat.pipeline.evaluation.results_reader import read_detections

    annotations = read(truth, **reading)
    if head_boxes is not None:
        annotations = with_head_boxes(annotations, head_boxes)
    detections = read_detections(results, annotations, format=results_format, part=part)
    return evaluate(annotations, detections, part=part, **options)
