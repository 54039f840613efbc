"""``kp2heat evaluate``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.completion import names_of
from kp2heat.cli.options.json_output import json_option
from kp2heat.cli.options.sections import SectionedCommand
from kp2heat.cli.options.values import (
    listed,
    named_limit,
    pixels,
    report_file,
    results_file,
    threshold,
    words,
)
from kp2heat.cli.output.console import print_json, say, show
from kp2heat.cli.output.tables import evaluation_text
from kp2heat.errors import GateFailed, plural
from kp2heat.spec.language import parse_pairs

if TYPE_CHECKING:
    from kp2heat.pipeline.evaluation.report import Evaluation


@click.command("evaluate", cls=SectionedCommand)
@click.argument("results")
@click.option("--truth", required=True, metavar="FILE", help="The annotations: any file that encode reads.")
@listed(
    "--metric",
    "metrics",
    shell_complete=names_of("metric"),
    metavar="NAME,..",
    help="epe, pck, pckh, auc, nme, failures, oks, kinds, presence, ap, or all. [default: epe, pck, and oks and ap where sigmas are known]",
)
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="[METRIC.]NAME=VALUE",
    help="Set a parameter of a metric, e.g. by=inter-ocular or pck.thresholds=0.1,0.2.",
)
@click.option(
    "--sigmas",
    default="",
    metavar="NAME|S|S1,S2,..",
    help="OKS sigmas: coco, coco-wholebody, crowdpose, aic, halpe, ap10k, hand, face, ..., one number for all joints, or one per joint.",
)
@click.option(
    "--match",
    "matching",
    type=click.Choice(["auto", "id", "image", "oks"]),
    default="auto",
    show_default=True,
    help="How results are matched with instances: by annotation id, one per image, or greedily by OKS as COCO does.",
)
@click.option(
    "--least-oks",
    type=threshold,
    metavar="FLOAT",
    default=0.1,
    show_default=True,
    help="Smallest OKS of a match made by --match oks.",
)
@click.option("--min-score", type=threshold, metavar="FLOAT", help="Skip results with a lower score.")
@click.option("--detected-images", is_flag=True, help="Score only the images that have results.")
@click.option("--groups", is_flag=True, help="Also show the scores by visibility and by groups of joints.")
@click.option(
    "--part",
    default="",
    metavar="NAME",
    help="Part of COCO-WholeBody's body to score: body, foot, face, lefthand, righthand or wholebody.",
)
@click.option(
    "--head-boxes",
    metavar="FILE",
    help="Head boxes for pckh: MPII's .mat file, or a CSV or JSON with head_x, head_y, head_w, head_h.",
)
@click.option("--category", help="Category of the truth, where the file has several.")
@click.option(
    "--format",
    "truth_format",
    shell_complete=names_of("format"),
    help="Format of the truth, if the content does not tell.",
)
@click.option("--results-format", help="Format of the results, if the content does not tell.")
@click.option(
    "--calibrate",
    metavar="FILE",
    help="Fit a monotone map from score to expected OKS on these results, and show how far it holds for RESULTS.",
)
@click.option(
    "--calibrate-truth", metavar="FILE", help="Truth of the results to fit to.  [default: that of --truth]"
)
@click.option(
    "--calibrated",
    type=results_file,
    metavar="FILE",
    help="Write RESULTS with expected OKS for scores to FILE.json.",
)
@click.option(
    "--fail-above", type=pixels, metavar="PX", help="Exit 4 if the mean error in image px is larger."
)
@click.option(
    "--fail-below",
    type=named_limit,
    metavar="NAME=VALUE",
    help="Exit 4 if this number is smaller, e.g. ap=0.7 or PCK@0.1=0.9.",
)
@click.option(
    "-o",
    "--output",
    type=report_file,
    metavar="FILE",
    help="Write every number to FILE.json or FILE.csv (one per row); - is JSON on stdout.",
)
@json_option("The report")
@click.option(
    "--per-joint/--no-per-joint", default=True, show_default=True, help="Show the scores per joint."
)
def command(
    results: str,
    truth: str,
    output: Path | None,
    as_json: bool,
    per_joint: bool,
    fail_above: float | None,
    fail_below: tuple[str, float] | None,
    **given: Any,
) -> None:
    """Score RESULTS, a COCO results list (JSON) or a CSV of keypoints, against ground truth.

    \b
    kp2heat evaluate results.json --truth person_keypoints_val2017.json
    kp2heat evaluate results.json --truth faces.json --metric nme,failures --param by=inter-ocular
    kp2heat evaluate results.json --truth mine.json --sigmas 0.03,0.05,0.05 --metric all --groups
    kp2heat evaluate keypoints.csv --truth labels.csv --fail-above 2px -o report.csv
    """
    from kp2heat.pipeline.evaluation.report import write_evaluation

    report = _calibrated(_evaluated(results, truth, given), results, truth, given)
    if output == Path("-"):
        output, as_json = None, True
    for note in report.notes:
        say(f"note: {note}")
    if output is not None:
        write_evaluation(report, output)
    if as_json:
        print_json(report.to_json())
    else:
        show(evaluation_text(report, per_joint))
    _gate_above(report, fail_above)
    gate_below(report, fail_below)
    if report.detections.unknown:
        skipped, first = plural(report.detections.unknown, "result"), report.detections.first_unknown
        say(f"{skipped} skipped: the truth does not have their images (first: {first})")
        click.get_current_context().exit(3)


def _calibrated(report: Evaluation, results: str, truth: str, given: Mapping[str, Any]) -> Evaluation:
    """Return the report with the calibration asked for; write the results with calibrated scores."""
    from kp2heat.pipeline.evaluation.calibrate import calibrate, write_calibrated

    if given["calibrate"] is None:
        if given["calibrated"] is not None:
            raise click.UsageError("--calibrated needs --calibrate FILE, the results to fit to")
        return report
    only_oks = {**given, "metrics": ["oks"], "params": ()}
    fitted_on = _evaluated(given["calibrate"], given["calibrate_truth"] or truth, only_oks)
    report, calibration = calibrate(report, fitted_on)
    if given["calibrated"] is not None:
        write_calibrated(results, calibration, given["calibrated"])
    return report


def _evaluated(results: str, truth: str, given: Mapping[str, Any]) -> Evaluation:
    from kp2heat.pipeline.evaluation.run import evaluate_files

    same = ("results_format", "metrics", "matching", "min_score", "groups", "part", "head_boxes")
    return evaluate_files(
        results,
        truth,
        reading={"format": given["truth_format"], "category": given["category"]},
        sigmas=sigmas_option(given["sigmas"]),
        least=given["least_oks"],
        detected_images_only=given["detected_images"],
        **{name: given[name] for name in same},
        **parse_pairs(given["params"], "--param"),
    )


def sigmas_option(text: str) -> str | list[float]:
    """Return the name of a table, or a list of numbers; one number is the sigma of all joints.

    >>> sigmas_option(".05"), sigmas_option("0.03,0.05"), sigmas_option("coco")
    ([0.05], [0.03, 0.05], 'coco')
    """
    try:
        return [float(word) for word in words(text)] or text
    except ValueError:
        if "," in text:
            raise click.BadParameter(f"'{text}' is not a list of numbers", param_hint="--sigmas") from None
        return text


def _gate_above(report: Evaluation, limit: float | None) -> None:
    if limit is not None:
        mean = report.number("mean")
        if not mean <= limit:
            raise GateFailed(
                f"--fail-above {limit:g}px",
                f"the mean error is {mean:.4f} image px",
                "the gate needs better results",
            )


def gate_below(report: Evaluation, gate: tuple[str, float] | None) -> None:
    """Raise GateFailed where the number of the report that has this name is below the limit."""
    if gate is not None:
        name, limit = gate
        number = report.number(name)
        if not number >= limit:
            raise GateFailed(
                f"--fail-below {name}={limit:g}", f"{name} is {number:.4f}", "the gate needs better results"
            )
