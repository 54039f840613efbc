"""``kp2heat decode``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from kp2heat.cli.options.completion import names_of
from kp2heat.cli.options.engine import engine_options, part_from
from kp2heat.cli.options.isolate import isolate_option, readable_shards
from kp2heat.cli.options.json_output import json_option, progress_option
from kp2heat.cli.options.predictions import prediction_options, predictions_of
from kp2heat.cli.options.sections import SectionedCommand
from kp2heat.cli.options.values import listed, named_limit, pixels, results_file, threshold
from kp2heat.cli.output.console import print_json, say, show
from kp2heat.errors import OutputError, SpecError
from kp2heat.files.atomic import write_whole
from kp2heat.files.storage import location
from kp2heat.spec.language import parse_pairs

if TYPE_CHECKING:
    from kp2heat.pipeline.array_jobs.array_part import Part
    from kp2heat.pipeline.decoding.reporting.totals import Totals
    from kp2heat.pipeline.evaluation.report import Evaluation
    from kp2heat.pipeline.predictions.align import Settings

METHODS = "auto, all, or names with commas; kp2heat decoders lists them."


@click.command("decode", cls=SectionedCommand)
@click.argument("shards", nargs=-1, type=location)
@click.option("--method", shell_complete=names_of("method"), default="auto", show_default=True, help=METHODS)
@click.option("--literal", is_flag=True, help="Follow the published code of the method, its bugs included.")
@click.option(
    "--param",
    "params",
    multiple=True,
    metavar="NAME=VALUE",
    help="A parameter of the method; kp2heat decoders NAME lists them.",
)
@listed("--level", metavar="WxH,..", help="Decode only these map sizes.")
@prediction_options
@listed("--swap", "mirrored", metavar="A:B,..", help="Joints that mirror each other, for --flipped.")
@click.option(
    "--score",
    type=click.Choice(["peak", "share", "amplitude", "expected-oks"]),
    default="peak",
    show_default=True,
    help="Score for -o and AP: the map's peak, the share of the map that one blob explains, that blob's amplitude, or the expected OKS.",
)
@click.option("--min-score", type=threshold, metavar="FLOAT", help="Treat lower-scoring joints as missing.")
@click.option(
    "--boxes",
    type=click.Path(path_type=Path),
    help="Without shards: boxes of the predictions, a COCO detections list.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="Without shards: the settings of the network's labels (TOML).",
)
@click.option(
    "--preset",
    shell_complete=names_of("preset"),
    help="Without shards: these settings by the name of a preset.",
)
@click.option(
    "-o",
    "--output",
    type=results_file,
    metavar="FILE",
    help="Keypoints to FILE.json (COCO results) or FILE.csv.",
)
@click.option("--overwrite", is_flag=True, help="Replace the file of -o if it exists.")
@click.option(
    "--fail-above",
    type=pixels,
    metavar="PX",
    help="Exit 4 if the mean error at a map size is larger, in input px, e.g. 0.1px.",
)
@listed(
    "--metric",
    "metrics",
    shell_complete=names_of("metric"),
    metavar="NAME,..",
    help="Metrics to report, as in evaluate: ap, oks, nme, pckh, auc, failures, kinds, all.",
)
@click.option(
    "--metric-param",
    multiple=True,
    metavar="[METRIC.]NAME=VALUE",
    help="Set a parameter of a metric, e.g. by=inter-ocular.",
)
@click.option("--sigmas", default="", metavar="NAME|S1,S2,..", help="OKS sigmas where the skeleton has none.")
@click.option("--groups", is_flag=True, help="Also show the metrics by visibility and by groups of joints.")
@click.option(
    "--fail-below",
    type=named_limit,
    metavar="NAME=VALUE",
    help="Exit 4 if this number of the metrics is smaller, e.g. ap=0.7.",
)
@click.option(
    "--report",
    "report_path",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Also write the report as FILE.html, as kp2heat report does.",
)
@isolate_option
@engine_options
@click.option(
    "--part",
    metavar="I/N|auto",
    help="Part I of N, for array jobs (auto: by the batch system), with --into.",
)
@click.option(
    "--into",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="FOLDER",
    help="With --part: folder for the parts of the report; then kp2heat merge FOLDER.",
)
@json_option("The report")
@click.option("--per-joint/--no-per-joint", default=False, help="Also show the tables per joint.")
@progress_option
@click.option("-q", "--quiet", is_flag=True, help="Print no report.")
def command(shards: tuple[Path, ...], output: Path | None, **given: Any) -> None:
    """Bring the heatmaps of SHARDS (files, or the OUT folder of encode) back to keypoints, and report the error.

    \b
    kp2heat decode labels --method dark
    kp2heat decode labels --method dark,quarter,argmax --literal --level 28x28
    kp2heat decode labels --predictions out.npy --flipped flipped.npy --predicted-as logits
    kp2heat decode labels --predictions out.h5:heatmaps -o results.json --fail-above 2px
    kp2heat decode labels --predictions out.npy --metric ap,oks --fail-below ap=0.7
    kp2heat decode labels -o results.csv --part 1/100 --into parts
    kp2heat decode --predictions out.npy --boxes detections.json --preset coco-hrnet-w32-256x192 -o results.json
    """
    if output is not None and output.exists() and not given["overwrite"]:
        raise OutputError(str(output), "exists already", "choose another name, or say --overwrite")
    params = parse_pairs(given["params"], "--param")
    given["params"] = {**params, "literal": True} if given["literal"] else params
    predictions = predictions_of(given, given["mirrored"])
    part = part_from(given)
    if (part is None) != (given["into"] is None):
        raise click.UsageError("--part and --into go together.")
    from kp2heat.decoders import literal_rules

    for sentence in literal_rules(given["method"].split(","), given["params"]):
        say(f"note: {sentence}")
    if shards:
        _of_shards(shards, predictions, output, part, given)
    else:
        _without_labels(predictions, output, given)


def _of_shards(
    shards: tuple[Path, ...],
    predictions: Settings | None,
    output: Path | None,
    part: Part | None,
    given: dict[str, Any],
) -> None:
    """Decode shards, and print the report unless this is a part of them."""
    from kp2heat.cli.output.decode_run import decode_at_once, decode_by_jobs
    from kp2heat.pipeline.decoding.provenance import decoded_from
    from kp2heat.pipeline.decoding.reporting.report_json import report_json, useless
    from kp2heat.shards.reading.dataset import shard_files

    if given["report_path"] is not None:
        from kp2heat.pipeline.seeing.output_file import check_page

        check_page(given["report_path"], "--report")
    damaged = 0
    if given["isolate"]:
        files, damaged = readable_shards(shards, all_needed=predictions is not None)
    else:
        files = shard_files(shards)
    whole: Totals | None
    evaluations: dict[str, Evaluation] = {}
    if given["metrics"] or given["fail_below"] or given["report_path"]:
        whole, evaluations = decode_at_once(files, predictions, output, given)
    else:
        whole = decode_by_jobs(files, predictions, output, part, given)
    if whole is None:  # a part without shards
        return
    _show({**report_json(whole), "sources": decoded_from(files, predictions)}, evaluations, given)
    if useless(whole):
        say("warning: most joints were missed, so the errors mean little; see the joint status")
    if useless(whole) or damaged:
        click.get_current_context().exit(3)


def _show(numbers: dict[str, Any], evaluations: Mapping[str, Evaluation], given: dict[str, Any]) -> None:
    """Print the report and the metrics by method; raise GateFailed where a number misses its limit."""
    from kp2heat.cli.evaluate import gate_below
    from kp2heat.cli.output.decode_report import gate, show_evaluations
    from kp2heat.cli.output.tables import report_text

    first = next(iter(evaluations.values()), None)
    if first is not None:
        numbers["evaluation"] = first.to_json()
    if len(evaluations) > 1:
        numbers["evaluations"] = {method: scores.to_json() for method, scores in evaluations.items()}
    silent = given["as_json"] or given["quiet"]
    if given["as_json"]:
        print_json(numbers)
    elif not silent:
        show(report_text(numbers, given["per_joint"]))
    show_evaluations(evaluations, None if silent else given["per_joint"])
    if first is not None:
        gate_below(first, given["fail_below"])
    gate(given["fail_above"], numbers)


def _without_labels(predictions: Settings | None, output: Path | None, given: dict[str, Any]) -> None:
    """Decode predictions in boxes to COCO results; without truth there is no report."""
    from kp2heat.pipeline.predictions.in_boxes import decode_boxes
    from kp2heat.spec.presets import load_config, load_preset

    if predictions is None or given["boxes"] is None or bool(given["config"]) == bool(given["preset"]):
        raise click.UsageError("Give SHARDS; or --predictions, --boxes and --config or --preset.")
    if output is None and not given["as_json"]:
        raise click.UsageError("Without shards there is no report: give -o FILE.json or --json.")
    if output is not None and output.suffix != ".json":
        raise SpecError("-o", f"'{output.name}' is no .json", "without shards the results are COCO's")
    spec = load_preset(given["preset"]) if given["preset"] else load_config(given["config"])
    policy = {"method": given["method"], "min_score": given["min_score"], **given["params"]}
    rows = decode_boxes(predictions, spec, given["boxes"], **policy)
    if output is not None:
        write_whole(output, json.dumps(rows) + "\n")
        say(f"{output}: {len(rows)} results")
    if given["as_json"]:
        print_json(rows)
