"""Reports as one HTML file: of decoded shards, or of a results file against its truth."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kp2heat import __version__
from kp2heat.annotations import Annotations
from kp2heat.arrays import Floats
from kp2heat.formats import validate
from kp2heat.formats.findings import Finding
from kp2heat.formats.writers import coco
from kp2heat.metrics import epe, pck
from kp2heat.metrics.pairing.pairs import Pairs
from kp2heat.pictures.charts.errors import ErrorSeries, cumulative_chart, histogram_chart, reliability_chart
from kp2heat.pictures.page import Page, Picture, Table
from kp2heat.pipeline.decoding.metrics import truth_of
from kp2heat.pipeline.decoding.reporting.report import DecodeReport, LevelResult
from kp2heat.pipeline.seeing.images import Pictures
from kp2heat.pipeline.seeing.worst import joint_errors, worst_samples
from kp2heat.pipeline.seeing.worst_pictures import result_pictures, sample_pictures

WORST = 24
SHOWN = ("mean", "median", "p95", "max")
NEAR = 0.05


@dataclass(frozen=True, eq=False)
class Series:
    """One level and method, or one results file: its errors in ``unit``, and the same in the image for PCK."""

    name: str
    pairs: Pairs
    in_image: Pairs
    scores: Floats

    def lengths(self) -> ErrorSeries:
        """Return the errors of the scored joints, inf for those that were not found."""
        scored = self.pairs.scored
        lengths = np.where(self.pairs.found, self.pairs.distance, np.inf)[scored]
        return ErrorSeries(self.name, lengths, self.scores[scored])


def decoded_page(
    report: DecodeReport,
    *,
    findings: Sequence[Finding] | None = None,
    images: Pictures | None = None,
    worst: int = WORST,
) -> Page:
    """Return the report on decoded shards: every level and method, the worst samples of the first.

    findings  those of the annotations; by default what travels in the shards is examined
    images    where pictures of the worst samples come from
    """
    shards, people = report.shards, report.people
    series = [_decoded_series(report, result) for result in report.results]
    first = report.results[0]
    rows = worst_samples(joint_errors(first), people.sample, worst)
    path, attrs = shards.shards[0].path, shards.shards[0].attrs
    kind = "predictions for" if report.predicted else "labels of"
    return _page(
        title=f"Decoded {kind} {path.resolve().parent.name or path.name}",
        subtitle=f"{len(shards):,} samples, {len(people.xy):,} people, {len(shards.skeleton)} joints",
        unit="input px",
        series=series,
        findings=_examined(truth_of(shards)) if findings is None else findings,
        worst=sample_pictures(report, rows, images),
        worst_words=f"The {len(rows)} samples with the largest error of any joint at {series[0].name}, worst first.",
        settings=[
            *(
                (name.replace("_", " "), _text(value))
                for name, value in {**shards.settings, "input_size": attrs["input_size"]}.items()
            ),
            ("fingerprint", attrs["fingerprint"]),
            ("written by", attrs["generator"]),
            ("shards", str(len(shards.shards))),
            ("report by", f"kp2heat {__version__}"),
        ],
        notes=_lost(report.results),
    )


def evaluated_page(
    evaluation: Any, *, findings: Sequence[Finding], images: Pictures | None = None, worst: int = WORST
) -> Page:
    """Return the report on a results file against its truth; ``findings`` are the truth's."""
    pairs: Pairs = evaluation.pairs
    detections, matched = evaluation.detections, evaluation.matched
    scores = np.full((len(matched), detections.confidence.shape[1]), np.nan)
    scores[matched >= 0] = detections.confidence[matched[matched >= 0]]
    series = [Series(Path(detections.source).name or "results", pairs, pairs, scores)]
    counts = evaluation.counts()
    ap = [(name, f"{value:.3f}") for name, value in evaluation.ap.items() if name in ("AP", "AP50", "AR")]
    return _page(
        title=f"{detections.source or 'Results'} against {evaluation.truth.source or 'the truth'}",
        subtitle=f"{counts['matched']:,} of {counts['instances']:,} instances in {counts['images']:,} images matched "
        f"by {evaluation.matching}, {counts['unmatched_detections']:,} results left over",
        unit="image px",
        series=series,
        findings=findings,
        worst=result_pictures(evaluation, worst, images),
        worst_words="The instances with the largest error of any joint, worst first.",
        settings=[
            ("truth", evaluation.truth.source),
            ("read as", evaluation.truth.reading),
            ("results", detections.source),
            ("matching", evaluation.matching),
            ("report by", f"kp2heat {__version__}"),
        ],
        notes=evaluation.notes,
        facts=ap,
    )


def _page(
    *,
    title: str,
    subtitle: str,
    unit: str,
    series: Sequence[Series],
    findings: Sequence[Finding],
    worst: Sequence[Picture],
    worst_words: str,
    settings: Sequence[tuple[str, str]],
    notes: Sequence[str],
    facts: Sequence[tuple[str, str]] = (),
) -> Page:
    summaries = [epe.epe(one.pairs) for one in series]
    near = [pck.pck(one.in_image, (NEAR,)) for one in series]
    columns = ["joints", "not found", *SHOWN, "dx", "dy", f"PCK@{NEAR:g}, %"]
    lengths = [one.lengths() for one in series]
    charts = [
        ("Cumulative error", "The higher and the further left, the better.", cumulative_chart(lengths, unit)),
        ("Error histogram", "Joints that were not found are in no bin.", histogram_chart(lengths, unit)),
        (
            "Reliability of the score",
            "Solid lines are medians, dotted ones the 90th percentile. A score that can be trusted falls from left to right.",
            reliability_chart(lengths, unit),
        ),
    ]
    names = series[0].pairs.skeleton.names
    return Page(
        title=title,
        subtitle=subtitle,
        facts=[*facts, *_facts(series[0].name, summaries[0].overall, near[0].overall, unit)],
        summary=Table(
            ["", *columns],
            [
                [one.name, *_numbers(summary.overall), _known(100 * close.overall[f"PCK@{NEAR:g}"])]
                for one, summary, close in zip(series, summaries, near, strict=True)
            ],
        ),
        charts=charts,
        joints=Table(
            ["joint", "of", *columns],
            [
                [
                    name,
                    one.name,
                    *_numbers({key: values[k] for key, values in summary.joints.items()}),
                    _known(100 * close.joints[f"PCK@{NEAR:g}"][k]),
                ]
                for one, summary, close in zip(series, summaries, near, strict=True)
                for k, name in enumerate(names)
            ],
        ),
        findings=[(f.severity, f.code, f.count, f.found, f.todo, "; ".join(f.places)) for f in findings],
        worst=worst,
        worst_words=worst_words,
        settings=[(name, value) for name, value in settings if value],
        notes=notes,
    )


def _facts(
    name: str, numbers: Mapping[str, float], near: Mapping[str, float], unit: str
) -> list[tuple[str, str]]:
    """Return the cards at the top of the page, of the first series."""
    shown = [(f"{key} error, {unit}, {name}", numbers[key]) for key in ("mean", "p95", "max")]
    cards = [(words, "–" if np.isnan(value) else f"{value:.3g}") for words, value in shown]
    share = near[f"PCK@{NEAR:g}"]
    cards.append((f"PCK@{NEAR:g}, {name}", "–" if np.isnan(share) else f"{100 * share:.1f} %"))
    missed, scored = int(numbers["missed"]), int(numbers["missed"] + numbers["count"])
    return [*cards, (f"not found of {scored:,} joints", f"{missed:,}")]


def _numbers(numbers: Mapping[str, float]) -> list[float | int | None]:
    counts = [int(numbers["count"]), int(numbers["missed"])]
    return [*counts, *(_known(numbers[name]) for name in (*SHOWN, "dx", "dy"))]


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def _decoded_series(report: DecodeReport, result: LevelResult) -> Series:
    people, skeleton = report.people, report.shards.skeleton
    truth, peaks = result.true_places(), result.decoded_places()
    pairs, in_image = (
        Pairs(
            skeleton, truth[space], peaks[space], people.visible, result.scored, bbox=people.bbox, space=space
        )
        for space in ("input", "image")
    )
    return Series(f"{result.name} {result.method}", pairs, in_image, result.peaks.score)


def _examined(rows: Annotations) -> tuple[Finding, ...]:
    """Return the doctor's findings on annotations in memory: it examines files as they are written."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "truth.json"
        path.write_bytes(coco(rows))
        return validate(path)


def _lost(results: Sequence[LevelResult]) -> list[str]:
    lost = {name: count for result in results for name, count in result.lost.items() if count}
    return [f"{count} {name.replace('_', ' ')} in the predictions" for name, count in lost.items()]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
